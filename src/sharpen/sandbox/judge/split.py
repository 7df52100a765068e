"""Which assertion tests can run in the judge, with the candidate as a remote call, and running them there.

A test can when everything it names is Python's own, its context's, its own, or the entry point, and it does
nothing with the entry point but call it. Then no object of the program is ever near the assertion. This is a
property of the test, never of the program: what the program returns cannot move a test to its side.
"""

import ast
import builtins
from functools import lru_cache
from types import CodeType

from sharpen.sandbox.child import assertion, explain
from sharpen.sandbox.child.explain import CONTEXT, TEST
from sharpen.sandbox.judge import memory
from sharpen.sandbox.judge.candidate import Candidate, FailedError
from sharpen.sandbox.judge.channel import Interruption
from sharpen.sandbox.judge.inert import is_inert
from sharpen.sandbox.launch import HarnessFaultError
from sharpen.types import Suite

_PYTHONS = frozenset(vars(builtins))


_KEPT = 4096  # all of HumanEval's assertions are 1,200


@lru_cache(maxsize=_KEPT)
def _compiled(code: str, name: str) -> CodeType:
    return compile(code, name, "exec", dont_inherit=True)


@lru_cache(maxsize=_KEPT)
def foreign_names(code: str, entry_point: str) -> frozenset[str]:
    """Return the names that ``code`` uses and neither binds itself nor finds in Python.

    The entry point is one of them where it is used for more than to be called or handed on.
    """
    tree = ast.parse(code)
    used, bound = set(), set()
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name)) if name == entry_point:
                used.add(f"{name}.")
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.arg(arg=name):
                bound.add(name)
            case ast.alias(name=name, asname=asname):
                bound.add(asname or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)):
                bound.add(name)
    return frozenset(used - bound - _PYTHONS)


def namespace(suite: Suite, candidate: Candidate) -> dict[str, object] | None:
    """Return where tests of this suite run; None when they can only run beside their program."""
    context, entry_point = suite.context, suite.entry_point
    if "." in entry_point or not entry_point or (suite.trusted == "nothing" and context.strip()):
        return None
    try:
        found: dict[str, object] = {"__name__": "tests", "__builtins__": builtins}
        exec(_compiled(context, CONTEXT), found)  # noqa: S102 - the benchmark's own code
    except Exception:  # noqa: BLE001 - it needs the program to be there, or it fails beside it too
        return None
    found |= {entry_point: candidate, "candidate": candidate}
    return found if foreign_names(context, entry_point) <= found.keys() else None


def can_split(code: str, suite: Suite, found: dict[str, object]) -> bool:
    """Return whether the test ``code`` may run in the judge, and can, in the namespace ``found``."""
    if suite.trusted != "all" and not is_inert(code, suite.entry_point):
        return False
    try:
        return foreign_names(code, suite.entry_point) <= found.keys()
    except (SyntaxError, ValueError, RecursionError):  # it fails where it runs, and that tells
        return False


def run(code: str, entry_point: str, found: dict[str, object], candidate: Candidate) -> None:
    """Run a test's statements.

    Raises:
        FailedError: the test failed, or the program did.
        Interruption: the conversation is over; ``statement`` says what was running.
    """
    candidate.forget()
    try:
        exec(_compiled(code, TEST), found)  # noqa: S102 - the benchmark's own code
    except Interruption as error:
        error.statement = assertion.statement(explain.frames(error), code, entry_point)
        raise
    except BaseException as error:  # noqa: BLE001 - a failed test is a verdict
        ours = not candidate.raised or error is not candidate.raised[0]
        if ours and isinstance(error, MemoryError) and memory.is_short():
            raise HarnessFaultError("this machine leaves the judge too little memory for the tests") from None
        raise _failure(error, code, entry_point, candidate) from None


def _failure(error: BaseException, code: str, entry_point: str, candidate: Candidate) -> FailedError:
    entries = explain.frames(error)
    if explain.is_failed_test(error) and not (candidate.raised and error is candidate.raised[0]):
        candidate.replaying = True
        try:
            return FailedError("wrong_answer", assertion.failed(entries, code, entry_point))
        finally:
            candidate.replaying = False
    during = explain.while_running(assertion.statement(entries, code, entry_point))
    if candidate.raised and error is candidate.raised[0]:
        _, kind, message = candidate.raised
        return FailedError(kind, message + during)
    kind = "memory" if isinstance(error, MemoryError) else "exception"
    return FailedError(kind, explain.error_line(error) + during)
