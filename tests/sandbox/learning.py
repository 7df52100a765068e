"""Programs that learn hidden answers by guessing, where anything that they write is still there for the next.

A program cannot compute the answers. It hands on which it knows and what it guessed last: where the judge ends
a wrong program, it learns from being asked on that its guess was right. Without a memory each copy guesses the
same, and none passes; nor does any where the judge asks everything, whatever is answered.
"""

import os
from textwrap import dedent

from sharpen.types import AssertTest, CallTest, SourceTest, StdioTest, Suite

ANSWERS = (2, 1, 3)
"""Each is one of 0, 1, 2 and 3, and none is the first guess."""

_RUN = "module = {}\nexec(solution, module)\nexec(tests, module)"
FORMS = {
    "call": Suite(tuple(CallTest(f"c{k}", (k,), answer) for k, answer in enumerate(ANSWERS)), "f"),
    "assert": Suite(
        tuple(AssertTest(f"a{k}", f"assert f({k}) == {answer}") for k, answer in enumerate(ANSWERS)), "f"
    ),
    "stdio": Suite(tuple(StdioTest(f"s{k}", f"{k}\n", f"{answer}\n") for k, answer in enumerate(ANSWERS))),
    "source": Suite(
        (SourceTest("s", _RUN, "\n".join(f"assert f({k}) == {a}" for k, a in enumerate(ANSWERS))),)
    ),
}
"""In the last the test runs beside the program, which could read it: its verdict does not say ``isolated``."""

_LEARN = """
import os, sys, threading, time
{memory}
def send_what_was_answered():
    frame = sys._getframe()
    while frame:
        for value in frame.f_locals.values():
            if hasattr(value, "send") and hasattr(value, "answer"):  # what answers the judge
                value.send()
        frame = frame.f_back
state = load()
def f(k):
    global state
    if k > 0:
        send_what_was_answered()
        time.sleep(0.05)  # time for the judge to end a program that was wrong
    n, guess, known = state >> 8, state >> 6 & 3, state & 63
    if k < n:
        answer = known >> 2 * k & 3
    else:
        known &= 4**n - 1
        if k > n:
            known, n, guess = known | (guess - 1 & 3) << 2 * n, n + 1, 0
        answer, state = guess, n << 8 | (guess + 1 & 3) << 6 | known
    store(state)
    return answer
"""

MEMORIES = {
    "the place in standard error": """
        def load(): return os.lseek(2, 0, 1)
        def store(state): os.lseek(2, state, 0)
    """,
    "the numbers of files": """
        def number():
            made = os.open("made", os.O_CREAT)
            os.close(made)
            try: return os.stat("made").st_ino % 2048
            finally: os.unlink("made")
        def load(): return number() // 2
        def store(state):
            while number() != 2 * state - 1 & 2047: pass
    """,
    "the numbers of processes": """
        def number():
            found = []
            thread = threading.Thread(target=lambda: found.append(threading.get_native_id()))
            thread.start()
            thread.join()
            return found[0] % 2048
        def load(): return os.getpid() % 2048 // 2
        def store(state):
            while number() != 2 * state - 1 & 2047: pass
    """,
    "the processor time of the zygote": """
        def used(): return time.clock_gettime(~1 << 3 | 2) % 10.24
        def load(): return int(used() * 100)
        def store(state):
            for number in range(4000):
                if load() == state: break
                open(str(number), "wb").write(bytes(10000))
    """,
    "the numbers of pipes and sockets": """
        import mmap, socket
        def seen(look):
            try: return look()
            except OSError: return 0
        def made():
            ends = os.pipe()
            try: return os.fstat(ends[0]).st_ino
            finally: [os.close(end) for end in ends]
        def moves(): return seen(lambda: os.fstat(3).st_ino) or os.fstat(os.pipe()[0]).st_dev != os.stat(".").st_dev
        def load(): return made() >> 12 & 1023
        def store(state):
            end = time.process_time() + 4
            while moves() and load() != state and time.process_time() < end:
                for _ in range(200):
                    made()
                    seen(socket.socketpair)
                    seen(lambda: mmap.mmap(-1, 2 << 20, flags=0x40022))  # of large pages
    """,
    "the names that were looked up": """
        FOLDER = os.path.dirname(os.__file__) + "/json/RUN"
        NAMES, BITS, place = range(48), 12, 0
        def look(name):
            began = time.perf_counter_ns()
            try: os.stat(FOLDER + name)
            except OSError: pass
            return time.perf_counter_ns() - began
        def write(text): [look(f"{text} {n}") for n in NAMES]
        def ratio(one, other):
            times = [(look(f"{one} {n}"), look(f"{other} {n}")) for n in NAMES]
            first, second = (sorted(each)[len(NAMES) // 2] for each in zip(*times))
            return first / second
        def load():
            global place
            while ratio(f"place {place}", os.urandom(8).hex()) < 0.87: place += 1
            state = 0
            for bit in range(BITS if place else 0):
                state |= (ratio(f"{place - 1} {bit} 1", f"{place - 1} {bit} 0") < 1) << bit
            store(state)
            return state
        def store(state):
            global place
            write(f"place {place}")
            for bit in range(BITS): write(f"{place} {bit} {state >> bit & 1}")
            place += 1
    """,
}
"""Ways to hand a number below 1,024 to the next program, where the sandbox lets them."""

LEFT_OPEN = "the names that were looked up"
"""A way that no layer closes: the system finds sooner that a name is missing if it was looked up before. To look
writes it down, so each state has names of its own. It is worth nothing to a program that is not told whether its
guesses are right; where tests run beside it (``source``) it could read the answers themselves."""

_RUN_OF_THIS_PROCESS = os.urandom(8).hex()


def program(memory: str, form: str, copy: int) -> str:
    """Return one of many programs that differ by a comment."""
    way = dedent(MEMORIES[memory]).replace("RUN", f"{_RUN_OF_THIS_PROCESS} {form}")
    code = _LEARN.format(memory=way)
    main = "print(f(int(input())))\n" if form == "stdio" else ""
    return f"# {copy}\n{code}{main}"
