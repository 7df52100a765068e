"""Runs a response's own tests in the process of their program. The text of this module is a suite's context.

The program and its tests are one module, as in a script, with two differences: the program is not
``__main__`` while it loads, so its main guard is skipped, and the tests are. The marks that
:mod:`sharpen.selfcodealign.validate.checks` inserted report that a check was reached, and can make it fail.

1. The tests run once, unchanged. They must end without an exception. ``SystemExit`` is one, unless the
   tests and not the program raise it with status 0, as ``unittest.main`` does.
2. They run once more for each check, which is made to fail: the run must fail, or nothing heeds the check.
3. They run once more under a tracer that counts the lines of the program's functions.

:func:`answer` runs no tests: it makes calls and measures what they return.

This module imports nothing of sharpen, which is not there where it runs.
"""

import builtins
import hashlib
import random
import re
import sys
from collections.abc import Callable, MutableMapping, Sequence
from types import CodeType, FrameType, ModuleType
from typing import Any

Tracer = Callable[[FrameType, str, Any], Any]

MOST = 50
"""Checks that are made to fail, at most: each costs a run of the tests up to it."""

_OPTIMIZED = 1  # the flag of functions' code, which modules and class bodies lack


class RepeatableProgram:
    """A program with its tests, which can be run any number of times.

    Attributes:
        reached: the checks that the last run reached.
    """

    def __init__(self, program: str, tests: str, mark: str, seed: int) -> None:
        self.program = compile(program, "<program>", "exec", dont_inherit=True)
        self.tests = compile(tests, "<test>", "exec", dont_inherit=True)
        self.mark, self.seed = mark, seed
        self.reached: set[int] = set()

    def run(self, broken: int = -1) -> None:
        """Run the tests; the check with the number ``broken`` fails.

        Raises:
            BaseException: they failed.
        """
        self.reached = set()
        module = ModuleType("__main__")
        names = vars(module)
        names["__builtins__"] = builtins
        names[self.mark] = self.marker(broken)
        sys.modules["__main__"] = sys.modules["solution"] = module
        random.seed(self.seed)
        try:
            names["__name__"] = "solution"
            exec(self.program, names)  # noqa: S102 - what the sandbox is for
            names["__name__"] = "__main__"
            exec(self.tests, names)  # noqa: S102
        except SystemExit as end:
            if end.code or _came_through(end, "<program>"):
                raise AssertionError(f"left with {end.code!r}") from end

    def marker(self, broken: int) -> Callable[[int], None]:
        """Return the function that is called before each check."""
        reached = self.reached

        def mark(check: int) -> None:
            reached.add(check)
            if check == broken:
                raise AssertionError("made to fail")

        return mark

    def heeds(self, check: int) -> bool:
        """Return whether the run fails when a check does."""
        try:
            self.run(check)
        except BaseException:  # noqa: BLE001 - any failure counts
            return True
        return False

    def trace(self) -> set[int]:
        """Run the tests and return the lines of the program's functions that were run."""
        lines: set[int] = set()

        def local(frame: FrameType, event: str, _: object) -> Tracer:
            if event == "line":
                lines.add(frame.f_lineno)
            return local

        def enter(frame: FrameType, _: str, __: object) -> Tracer | None:
            code = frame.f_code
            return local if code.co_filename == "<program>" and code.co_flags & _OPTIMIZED else None

        sys.settrace(enter)
        try:
            self.run()
        finally:
            sys.settrace(None)
        return lines


def _came_through(error: BaseException, file: str) -> bool:
    at = error.__traceback__
    while at is not None and at.tb_frame.f_code.co_filename != file:
        at = at.tb_next
    return at is not None


def lines_of(code: CodeType) -> set[int]:
    """Return the lines of the functions in ``code`` that can run."""
    lines: set[int] = set()
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            lines |= lines_of(inner)
            if inner.co_flags & _OPTIMIZED:
                own = {line for _, _, line in inner.co_lines() if line}
                lines |= own - {inner.co_firstlineno} or own
    return lines


def try_out(
    program: str,
    tests: str,
    measured: MutableMapping[str, float],
    *,
    mark: str,
    seed: int,
    thorough: bool,
) -> None:
    """Run the tests and measure how many checks are ``reached``.

    If ``thorough``, also measure how many checks are ``ignored`` when they fail, of :data:`MOST` at most; how
    many ``lines`` the functions have; and how many of these are ``covered``.

    Raises:
        BaseException: the tests failed.
    """
    trial = RepeatableProgram(program, tests, mark, seed)
    trial.run()
    reached = sorted(trial.reached)
    measured["reached"] = len(reached)
    if thorough:
        broken = reached[:: -(-len(reached) // MOST) or 1]
        measured["ignored"] = sum(not trial.heeds(check) for check in broken)
        lines = lines_of(trial.program)
        measured["lines"] = len(lines)
        measured["covered"] = len(lines & trial.trace())


def answer(program: str, calls: Sequence[str], measured: MutableMapping[str, float]) -> None:
    """Measure what a program returns or raises for each call, as 48 bits of a hash, by the call's number.

    Raises:
        BaseException: the program does not load.
    """
    module = ModuleType("solution")
    names = vars(module)
    names["__builtins__"] = builtins
    sys.modules["solution"] = module
    names["__name__"] = "solution"
    exec(compile(program, "<program>", "exec", dont_inherit=True), names)  # noqa: S102
    for number, call in enumerate(calls):
        try:
            result = re.sub(r" at 0x[0-9a-f]+", "", repr(eval(call, names)))  # noqa: S307
        except BaseException as error:  # noqa: BLE001 - an exception is a result too
            result = f"raises {type(error).__name__}"
        measured[str(number)] = int.from_bytes(
            hashlib.sha256(result.encode("utf-8", "replace")).digest()[:6], "big"
        )
