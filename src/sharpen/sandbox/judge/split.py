"""Which assertion tests run in the judge, with the candidate as a remote call, and running them there.

A test can when everything it names is Python's own, its context's, its own, or the entry point, and by its
syntax it could not tell the judge from the program's process (:mod:`sharpen.sandbox.judge.needs`). Whether
it then could is seen while it runs: a value that is no plain data, an argument that was changed, an exception
that it may catch. There it is stopped, and everything runs again beside the program. So a verdict of the
judge is that of plain Python.
"""

import ast
import builtins
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from types import CodeType

from sharpen.sandbox.child import assertion, explain
from sharpen.sandbox.child.explain import CONTEXT, TEST
from sharpen.sandbox.judge import memory
from sharpen.sandbox.judge.candidate import Candidate, FailedError
from sharpen.sandbox.judge.channel import Interruption
from sharpen.sandbox.judge.inert import is_inert
from sharpen.sandbox.judge.needs import BESIDE, Needs, names_bound, needs_of, parsed
from sharpen.sandbox.launch import HarnessFaultError
from sharpen.types import AssertTest, Suite

_PYTHONS = frozenset(vars(builtins))


_REMEMBERED = 4096  # all of HumanEval's assertions are 1,200


@lru_cache(maxsize=_REMEMBERED)
def _compiled(code: str, name: str) -> CodeType:
    return compile(code, name, "exec", dont_inherit=True)


@lru_cache(maxsize=_REMEMBERED)
def foreign_names(code: str) -> frozenset[str]:
    """Return the names that ``code`` uses and neither binds itself nor finds in Python."""
    used, bound = set(), set()
    for node in ast.walk(parsed(code)):
        match node:
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
    is_method = "." in entry_point and entry_point.replace(".", "").isidentifier()
    if is_method or not entry_point or (suite.trusted == "nothing" and context.strip()):
        return None
    try:
        names: dict[str, object] = {"__name__": "tests", "__builtins__": builtins}
        exec(_compiled(context, CONTEXT), names)  # noqa: S102 - the benchmark's own code
    except Exception:  # noqa: BLE001 - it needs the program to be there, or it fails beside it too
        return None
    names |= {entry_point: candidate, "candidate": candidate}
    return names if foreign_names(context) <= names.keys() else None


def in_judge(suite: Suite, indices: Sequence[int], names: dict[str, object] | None) -> dict[int, Needs]:
    """Return the assertions that run in the judge, with what they could notice.

    They are those before the first that cannot, and none where a later one needs a name that they bind.
    """
    tests = {index: test.code for index in indices if isinstance(test := suite.tests[index], AssertTest)}
    split: dict[int, Needs] = {}
    bound = set(names or ())
    for index, code in tests.items():
        needs = BESIDE if names is None else _needs(code, suite, bound)
        if needs.beside:
            break
        split[index] = needs
        bound |= names_bound(code)
    own = bound.difference(names or ())
    needed = {name for index in tests.keys() - split.keys() for name in _uses(tests[index])}
    return {} if own & needed else split


def _needs(code: str, suite: Suite, names: AbstractSet[str]) -> Needs:
    if suite.trusted != "all" and not is_inert(code, suite.entry_point):
        return BESIDE
    try:
        if not foreign_names(code) <= names:
            return BESIDE
        return needs_of(code, suite.context, suite.entry_point)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # it fails where it runs, and that tells
        return BESIDE


def _uses(code: str) -> frozenset[str]:
    try:
        return foreign_names(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()


def run(code: str, entry_point: str, needs: Needs, names: dict[str, object], candidate: Candidate) -> None:
    """Run a test's statements.

    Raises:
        FailedError: the test failed, or the program did.
        BesideError: it has to run beside the program.
        Interruption: the conversation is over; ``statement`` says what was running.
    """
    candidate.begin(needs)
    try:
        exec(_compiled(code, TEST), names)  # noqa: S102 - the benchmark's own code
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
