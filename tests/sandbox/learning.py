"""Programs that learn hidden answers by guessing, where anything that they write is still there for the next.

A program cannot compute the answers. It hands on which it knows and what it guessed last: a further question
says that the guess was right. Without a memory each copy guesses the same, and none passes.
"""

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
}
"""Ways to hand a number below 1,024 to the next program, where the sandbox lets them."""

OPEN = {
    "the numbers of pipes": """
        def number():
            ends = os.pipe()
            try: return os.fstat(ends[0]).st_ino >> 12 & 1023
            finally: [os.close(end) for end in ends]
        def load(): return number()
        def store(state):
            end = time.process_time() + 4
            while number() != state and time.process_time() < end:
                for _ in range(200): [os.close(end) for end in os.pipe()]
    """,
}
"""Ways that no layer closes; docs/sandbox.md says how much they carry."""


def program(memory: str, form: str, copy: int) -> str:
    """Return one of many programs that differ by a comment."""
    code = _LEARN.format(memory=dedent((MEMORIES | OPEN)[memory]))
    main = "print(f(int(input())))\n" if form == "stdio" else ""
    return f"# {copy}\n{code}{main}"
