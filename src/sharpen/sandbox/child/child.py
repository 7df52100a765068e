"""Runs one program in a fork of the zygote, behind every layer, and answers what the judge asks.

1. The program runs in a module of its own (``solution``; ``__main__`` when it is to read and print).
2. ``call``: the entry point is called with plain values and its plain value is sent back
   (:mod:`sharpen.values.codec`), with what a copy of it does not say. Who expects what is not known here.
   ``watch``: so too, and it is also noted when a copy could be seen to be one (:mod:`.held`). ``calls``: the
   same as ``call`` with each of many, and what they return in quick succession is sent together; what was not
   sent yet is lost with a child that is killed.
3. ``assert``: a test that cannot be split from its program runs here, in another namespace with builtins of
   its own (:mod:`.names`): first the benchmark's ``context``, then the entry point out of the program. Any
   other name comes from the program only when neither the context, nor the test, nor builtins define it. So a
   program cannot redefine what its tests are made of, short of reaching into frames: such a verdict is
   ``in_process``. The modules that tests use are put back as they were (:mod:`.originals`).
   ``guard``: so too, but operators of the program are not believed (:mod:`.guard`).
4. ``source``: a test that runs the program itself gets its text, and nothing of it has run before. What the
   test measures is sent before how it ended; such a verdict is ``in_process`` too.

What is asked is a frame of four bytes of length and a marshalled tuple. An answer is a frame of length, the
nonce that the judge gave, a letter and a body; the letters are the constants below.
"""

import builtins
import marshal
import os
import sys
import time
from _signal import (  # type: ignore[import-not-found]  # the signal module wraps each call in enums
    ITIMER_PROF,
    ITIMER_REAL,
    SIG_DFL,
    SIGALRM,
    SIGPROF,
    setitimer,
    signal,
)
from collections.abc import Callable
from contextlib import suppress
from errno import EROFS
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from sharpen.sandbox.child import assertion, explain, guard, held
from sharpen.sandbox.child.explain import CONTEXT, PROGRAM, TEST
from sharpen.sandbox.child.names import Namespace, SharedNamespace
from sharpen.sandbox.child.originals import Originals
from sharpen.values import codec

LOADED, RAISED, PASSED, FAILED, DETAIL, ENDED, LATE_CPU, LATE_CLOCK, MEASURED = b"lrpfdecwm"
"""The letters of answers: what a frame's body is."""

VALUE, HELD = 0x80, 8
"""The letter of a value, less what is noted of it in its lower bits: those of the codec, and that the program
changed what it was given, or still refers to that or to the value."""

CHANNEL = 3
"""The descriptor on which a child is asked and answers; all above is closed."""

EXPLAIN_SECONDS = 1.0
"""How long explaining a failure may take before the plain message stands."""

MAX_MESSAGE_CHARS = 4000
_SMALL = 1 << 16
_EXITS = ("sys.exit(", "exit(", "quit(", "raise SystemExit")
"""How statements begin that end a process."""
_HOLD_SECONDS = 0.002
"""How long the value of one of many calls may wait for those of the next."""

Task = tuple[str, str, str, str, list[str], list[str], bool, float, int, bytes]
"""Module name, program, context, entry point, names that tests share with the program, modules that tests
beside it use, whether they replace parts of modules themselves, seconds of processor time, bytes of a value,
nonce.

Without a module name the program is not run but handed to its tests as text.
"""

_REHEARSALS = 40
_REHEARSED = """
from typing import Dict, List


def f(values: List[int], place: int = 0) -> Dict[str, object]:
    \'\'\'Return the value at a place.\'\'\'
    found = {}
    for index, value in enumerate(values):
        if index == place:
            found[str(index)] = (value, len(values))
    return sorted(found) if found and place > 6 else values[place]
"""
_REHEARSED_CONTEXT = "import math\nfrom typing import List\n"
_REHEARSED_VALUE = [
    7,
    -1.5,
    "text",
    None,
    True,
    [1, 2, 3],
    {"a": (1, 2), "b": [0.5]},
    ("x", "y"),
    {1},
    10**30,
]

_modules: dict[str, ModuleType] = {}
"""What :func:`prepare` made; a child is the only one that uses it."""

_read, _write, _leave, _process_time = os.read, os.write, os._exit, time.process_time  # before any program
_getpid, _loads, _monotonic = os.getpid, marshal.loads, time.monotonic


def prepare() -> None:
    """Make, before the fork, the modules that a child needs; let integers of any length be read and printed.

    The program, and tests beside it, get builtins of their own: the harness' code must not call what a
    program puts there.
    """
    sys.set_int_max_str_digits(0)
    for name in ("builtins", "tests"):
        _modules[name] = ModuleType("builtins")
        vars(_modules[name]).update(vars(builtins))
    for name in ("solution", "__main__"):
        _modules[name] = ModuleType(name)
        vars(_modules[name])["__builtins__"] = _modules["builtins"]


def rehearse() -> None:
    """Judge a program of our own, before the fork, and leave no trace of it.

    The interpreter rewrites code as it runs, and keeps what it has looked up: what a child would write to,
    and so copy page by page, is then written already.
    """
    places = range(len(_REHEARSED_VALUE))
    questions: list[Any] = [("call", (_REHEARSED_VALUE, place), {}) for place in places]
    questions.append(("calls", [(_REHEARSED_VALUE, place) for place in places]))
    questions.append(("watch", (_REHEARSED_VALUE,), {}))
    task: Task = (
        "solution",
        _REHEARSED,
        _REHEARSED_CONTEXT,
        "f",
        [],
        ["math"],
        False,
        600.0,
        1 << 20,
        bytes(8),
    )
    frames = [marshal.dumps(each) for each in (task, ("assert", "assert f('ab', 1) == 'b'"), *questions)]
    data = b"".join([len(frame).to_bytes(4, "big") + frame for frame in frames])
    genuine = sys.modules.copy()
    for _ in range(_REHEARSALS):
        prepare()
        reading, asking = os.pipe()
        _write(asking, data)
        os.close(asking)
        answering = os.open(os.devnull, os.O_WRONLY)
        serve(reading, answering)
        os.close(reading)
        os.close(answering)
    setitimer(ITIMER_PROF, 0)
    for number in (SIGPROF, SIGALRM):
        signal(number, SIG_DFL)
    for name in ("solution", *guard.MODULES):
        del sys.modules[name]
    sys.modules |= {name: genuine[name] for name in ("builtins", "__main__")}


def serve(questions: int = CHANNEL, answers: int = CHANNEL) -> None:
    """Answer what is asked on a descriptor until nobody asks any more."""
    trial = ChildTrial(next_question(questions), answers)
    if not trial.load():
        return
    while question := next_question(questions):
        operation, *content = question
        if operation == "call":
            trial.call(*content, asserted=True)
        elif operation == "calls":
            trial.call_all(*content)
        elif operation == "watch":
            trial.call(*content, asserted=True, watch=True)
        elif operation in {"assert", "guard"}:
            trial.run_assert(*content, guarded=operation == "guard")
        elif operation == "source":
            trial.run_source(*content)
        else:
            trial.end()
            return


def next_question(descriptor: int) -> tuple[Any, ...]:
    """Return what is asked next; nothing when nobody will ask any more.

    Of what comes after it nothing is read: which places in memory are free when the program runs would depend
    on how much the judge had sent by then.
    """
    head = _exactly(descriptor, 4)
    body = _exactly(descriptor, int.from_bytes(head, "big")) if head else b""
    return _loads(body) if body else ()


def _exactly(descriptor: int, size: int) -> bytes | bytearray:
    """Return the next bytes; none where the other end has left."""
    data = _read(descriptor, min(size, _SMALL))
    if len(data) in {0, size}:
        return data
    gathered = bytearray(data)
    while len(gathered) < size:
        more = _read(descriptor, min(size - len(gathered), _SMALL))
        if not more:
            return b""
        gathered += more
    return gathered


class ChildTrial:
    """One program and what is asked of it; see the module's docstring."""

    def __init__(self, task: Task, answers: int) -> None:
        self.answers = answers
        self.name, self.program, self.context, self.entry_point, self.shared_names = task[:5]
        self.modules, self.tests_replace, cpu, self.max_chars, self.nonce = task[5:]
        self.originals: Originals | None = None
        self.script = self.name == "__main__"
        self.builtins = _modules["tests"].__dict__
        self.module: dict[str, object] = {}
        self.namespace: Namespace | None = None
        self.guarded: bool | None = None  # whether the entry point in it is guarded
        self.owner = _getpid()
        self.held, self.held_since, self.sending = bytearray(), 0.0, False
        _watch_time(cpu, self.late)

    def answer(self, letter: int, body: str = "", *, more: bool = False) -> None:
        """Send a frame, at once or, if there is ``more`` to come soon, together with that."""
        text = body.encode("utf-8", "backslashreplace")
        head = (len(self.nonce) + 1 + len(text)).to_bytes(4, "big") + self.nonce + bytes((letter,))
        if len(text) >= _SMALL:  # what is large is not copied
            self.send(head, text)
            return
        if not self.held:
            self.held_since = _monotonic()
        self.held += head + text  # in one go: a limit on time may end this process at any line
        if not more or len(self.held) >= _SMALL or _monotonic() - self.held_since >= _HOLD_SECONDS:
            self.send()

    def send(self, *last: bytes) -> None:
        """Send what is held, and then ``last``; a fork of this process ends instead."""
        if _getpid() != self.owner:
            _leave(0)
        self.sending = True
        pieces: list[bytes | bytearray] = [self.held, *last]
        self.held = bytearray()
        for data in pieces:
            rest = memoryview(data)
            while rest:
                rest = rest[_write(self.answers, rest) :]
        self.sending = False

    def load(self) -> bool:
        """Run the program's module and find the entry point; a script ends with it."""
        if not self.name:
            sys.modules["builtins"] = _modules["builtins"]
            self.answer(LOADED)
            return True
        code = self.compile_program()
        if code is None:
            return False
        module = _modules[self.name]
        sys.modules["builtins"] = _modules["builtins"]
        sys.modules |= dict.fromkeys((self.name, *guard.MODULES), module)
        self.module = module.__dict__
        if self.modules and not self.attempt(self.keep_modules):
            return False
        if not self.attempt(lambda: exec(code, self.module)):  # noqa: S102 - what the sandbox is for
            return False
        if self.script:
            if self.attempt(lambda: _finish(self.module)):
                self.answer(ENDED)
            return False
        if self.entry_point and not self.attempt(self.find_entry):
            return False
        if self.originals:
            self.originals.put_back()
        self.answer(LOADED)
        return True

    def keep_modules(self) -> None:
        """Note what the modules of tests beside the program hold, before it runs."""
        self.originals = Originals(self.modules)

    def compile_program(self) -> CodeType | None:
        """Return the program's code; None when it has none and that was reported."""
        try:
            return compile(self.program, PROGRAM, "exec", dont_inherit=True)
        except SyntaxError as error:
            self.fail("syntax", explain.syntax_error(error))
        except (ValueError, RecursionError, MemoryError, OverflowError) as error:  # NUL bytes, nesting
            self.fail("syntax", explain.error_line(error))
        return None

    def find_entry(self) -> None:
        """Bind the function: by name, as a method of its class or of ``Solution``, or by an expression."""
        self.entry = _find_entry(self.module, self.entry_point)

    def call_all(self, calls: list[tuple[object, ...]]) -> None:
        """Call the entry point with the arguments of each."""
        for arguments in calls[:-1]:
            self.call(arguments, {}, more=True)
        self.call(calls[-1], {})

    def call(
        self,
        arguments: tuple[object, ...],
        keywords: dict[str, object],
        *,
        more: bool = False,
        asserted: bool = False,
        watch: bool = False,
    ) -> None:
        """Call the entry point and send what it returns, or what it raises.

        A value that is too large to be sent is wrong; for an assertion it is one that says too little.
        """
        seen = False
        try:
            if watch:
                (value,), seen = held.watched(self.entry, arguments, keywords)
            else:
                value = self.entry(*arguments, **keywords)
            body, notes = codec.encode_noted(value, max_chars=self.max_chars)
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is a fact about it
            if asserted and isinstance(error, codec.WireError):
                self.answer(VALUE | codec.LOSSY, "null")
                return
            kind, name = kind_of(error), type(error).__name__
            self.answer(RAISED, f"{kind}\n{name}\n{_plain_message(error)}")
            self.answer(DETAIL, _message(error, self.program))
            if isinstance(error, MemoryError):
                _leave(0)
        else:
            self.answer(VALUE | notes | (HELD if seen else 0), body, more=more)

    def run_assert(self, code: str, *, guarded: bool) -> None:
        """Run a test's statements beside the program."""

        def run() -> None:
            namespace = self.test_namespace(guarded=guarded)
            compiled = compile(code, TEST, "exec", dont_inherit=True)
            namespace.provide_to_classes(compiled)
            exec(compiled, namespace)  # noqa: S102 - what the sandbox is for

        if self.attempt(run, code):
            self.answer(PASSED)

    def run_source(self, code: str, tests: str) -> None:
        """Run a test that gets the program as text, and send what it measures."""
        measured: dict[str, float] = {}

        def run() -> None:
            namespace = self.test_namespace()
            namespace |= {"solution": self.program, "tests": tests, "measured": measured}
            try:
                exec(compile(code, CONTEXT, "exec", dont_inherit=True), namespace)  # noqa: S102
            finally:
                if measured:
                    self.answer(MEASURED, codec.encode(measured, max_chars=self.max_chars))

        if self.attempt(run, tests or code):
            self.answer(PASSED)

    def end(self) -> None:
        """Say that everything was answered, unless the program replaced what its tests use while they ran."""
        replaced = self.originals.put_back() if self.originals and not self.tests_replace else ""
        if replaced:
            self.fail("forbidden", f"the program replaced {replaced}, which its tests use")
        else:
            self.answer(ENDED)

    def test_namespace(self, *, guarded: bool = False) -> Namespace:
        """Return the namespace of this process's tests, made by the first of them."""
        if self.namespace is None:
            self.namespace = (
                SharedNamespace(self.module, self.builtins, self.shared_names)
                if self.shared_names
                else Namespace(self.module, self.builtins)
            )
            exec(compile(self.context, CONTEXT, "exec", dont_inherit=True), self.namespace)  # noqa: S102
        if self.entry_point and self.name and self.guarded != guarded:
            self.guarded = guarded
            self.namespace.provide(self.entries(guarded=guarded))
        return self.namespace

    def entries(self, *, guarded: bool) -> dict[str, object]:
        """Return the names by which tests call the program."""
        if guarded:
            entry = guard.guarded(self.entry, self.name)
            return {"candidate": entry, self.entry_point: entry}
        root = self.entry_point.partition(".")[0]
        entries = {root: self.module.get(root, self.entry)} if root.isidentifier() else {}
        return entries | {"candidate": self.entry}

    def attempt(self, action: Callable[[], object], test: str = "") -> bool:
        """Run ``action``; report whatever it raises as a failure and return whether there was none."""
        try:
            action()
        except SystemExit as error:
            if self.script:  # an ordinary end of a script; its output decides
                return True
            if test and _is_success(error, test, self.entry_point):
                return True
            self.fail("exception", _plain_message(error))
        except BaseException as error:  # noqa: BLE001 - whatever a program raises is a fact about it
            self.fail_by(error, test)
        else:
            return True
        return False

    def fail_by(self, error: BaseException, test: str) -> None:
        """Report the kind of a failure at once, then, in bounded time, what explains it."""
        kind = kind_of(error)
        self.fail(kind, explain.error_line(error))
        signal(SIGALRM, lambda *_: _leave(0))
        setitimer(ITIMER_REAL, EXPLAIN_SECONDS)
        if kind == "wrong_answer":
            message = assertion.failed(explain.frames(error), test, self.entry_point)
            detail = explain.error_line(error).partition(": ")[2].strip()
            if detail and message.endswith(
                " failed"
            ):  # assertEqual and the like say more than their statement
                message += f": {detail}"
        else:
            statement = assertion.statement(explain.frames(error), test, self.entry_point) if test else ""
            message = _message(error, self.program) + explain.while_running(statement)
        self.answer(DETAIL, message[:MAX_MESSAGE_CHARS])

    def fail(self, kind: str, message: str) -> None:
        """Report that the program, or a test beside it, failed for good."""
        self.answer(FAILED, f"{kind}\n{message[:MAX_MESSAGE_CHARS]}")

    def late(self, letter: int, frame: FrameType | None) -> None:
        """Report at which line a limit on time was reached, and end; the judge knows the limits itself."""
        if not self.sending:  # what comes after half a frame would be no answer
            self.answer(letter, explain.place(explain.stack(frame), self.program))
        _leave(1)


def _watch_time(cpu_seconds: float, late: Callable[[int, FrameType | None], None]) -> None:
    """Have the line reported that runs when a limit is reached.

    The judge's own clocks decide; it asks by an alarm when the time on the clock is over.
    """

    def on_cpu(_: int, frame: FrameType | None) -> None:
        left = cpu_seconds - _process_time()
        if left > 0:  # the kernel's timer counts in ticks and may be early
            setitimer(ITIMER_PROF, left)
        else:
            setitimer(ITIMER_PROF, 0)
            late(LATE_CPU, frame)

    signal(SIGPROF, on_cpu)
    signal(SIGALRM, lambda _, frame: late(LATE_CLOCK, frame))
    setitimer(ITIMER_PROF, cpu_seconds)


def _plain_message(error: BaseException) -> str:
    line = explain.error_line(error)
    early = isinstance(error, SystemExit)
    return f"the program exited before its tests ended ({line})" if early else line


def _message(error: BaseException, program: str) -> str:
    if isinstance(error, codec.WireError | SystemExit):
        return _plain_message(error)
    return explain.exception(error, program)[:MAX_MESSAGE_CHARS]


def kind_of(error: BaseException) -> str:
    """Return the kind of verdict that an exception means."""
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, PermissionError) or (isinstance(error, OSError) and error.errno == EROFS):
        return "forbidden"
    if isinstance(error, SyntaxError) and error.filename == PROGRAM:
        return "syntax"
    if explain.is_failed_test(error) or isinstance(error, codec.WireError):
        return "wrong_answer"
    return "exception"


def _find_entry(module: dict[str, object], entry_point: str) -> Callable[..., object]:
    if not entry_point.replace(".", "").isidentifier():
        return eval(compile(entry_point, CONTEXT, "eval", dont_inherit=True), module)  # type: ignore[no-any-return]  # noqa: S307
    owner, _, name = entry_point.rpartition(".")
    if not owner and name in module:
        return module[name]  # type: ignore[return-value]  # calling what is no function is its own failure
    holder = module.get(owner or "Solution")
    if holder is not None and hasattr(holder, name):
        return getattr(holder() if isinstance(holder, type) else holder, name)  # type: ignore[no-any-return]
    if name in module:
        return module[name]  # type: ignore[return-value]
    raise NameError(f"name {name!r} is not defined")


def _is_success(error: SystemExit, test: str, entry_point: str) -> bool:
    """Whether a test itself ended the process with success, by a statement that asks the program nothing."""
    status = error.code
    if status is not None and (type(status) not in {int, bool} or status):
        return False
    entries = explain.frames(error)
    if any(frame.f_code.co_filename == PROGRAM for frame, _ in entries):
        return False
    statement = assertion.statement(entries, test, entry_point)
    return statement.startswith(_EXITS) and f"{entry_point}(" not in statement


def _finish(module: dict[str, object]) -> None:
    """End a script as an interpreter does: join its threads, run its exit hooks, drop its objects, flush.

    What it holds is dropped before its functions and classes, which a ``__del__`` may still call.
    """
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()  # noqa: SLF001 - what an interpreter calls to join threads
    import atexit
    import gc

    atexit._run_exitfuncs()  # noqa: SLF001 - what an interpreter calls at its end
    own, genuine = sys.stdout, sys.__stdout__
    if own is not genuine:
        with suppress(Exception):  # an object of the program's own; an interpreter goes on too
            own.flush()
        del own
    _flush(genuine)
    sys.stdout = genuine
    used = [name for name, value in module.items() if isinstance(value, FunctionType | ModuleType | type)]
    for names in ([name for name in module if name not in {*used, "__builtins__"}], used):
        module.update(dict.fromkeys(names))
        gc.collect()
    _flush(genuine)


def _flush(stream: Any) -> None:  # noqa: ANN401 - what a program left there
    try:
        closed = stream is None or stream.closed
    except ValueError:  # its buffer was detached
        closed = True
    if not closed:
        stream.flush()
