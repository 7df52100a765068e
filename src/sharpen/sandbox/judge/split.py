"""Which assertion tests run in the judge, with the candidate as a remote call, and running them there.

A test can when everything it names is Python's own, its context's, its own, or the entry point, and by its
syntax it could not tell the judge from the program's process (:mod:`sharpen.sandbox.judge.needs`). Whether
it then could is seen while it runs: a value that is no plain data, an argument that was changed, an exception
that it may catch. There it is stopped, and everything runs again beside the program. So a verdict of the
judge is that of plain Python.
"""

import builtins
import sys
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from types import CodeType

from sharpen.sandbox.child import assertion, explain
from sharpen.sandbox.child.explain import CONTEXT
from sharpen.sandbox.judge import going_on, memory
from sharpen.sandbox.judge.candidate import BesideError, Candidate, FailedError
from sharpen.sandbox.judge.channel import Interruption
from sharpen.sandbox.judge.inert import is_inert
from sharpen.sandbox.judge.names import global_names
from sharpen.sandbox.judge.needs import BESIDE, Needs, needs_of
from sharpen.sandbox.launch import HarnessFaultError
from sharpen.types import AssertTest, SourceTest, StdioTest, Suite, Test


@lru_cache(maxsize=4096)
def _compiled(context: str) -> CodeType:
    return compile(context, CONTEXT, "exec", dont_inherit=True)


def namespace(suite: Suite, candidate: Candidate | None) -> dict[str, object] | None:
    """Return where tests of this suite run; None when they can only run beside their program.

    Without a candidate it only serves to ask which run in the judge.
    """
    context, entry_point = suite.context, suite.entry_point
    is_method = "." in entry_point and entry_point.replace(".", "").isidentifier()
    if is_method or not entry_point or (suite.trusted == "nothing" and context.strip()):
        return None
    try:
        names: dict[str, object] = {"__name__": "tests", "__builtins__": builtins}
        exec(_compiled(context), names)  # noqa: S102 - the benchmark's own code
    except Exception:  # noqa: BLE001 - it needs the program to be there, or it fails beside it too
        return None
    names |= {entry_point: candidate, "candidate": candidate}
    return names if global_names(context).foreign <= names.keys() else None


class SuiteSplit:
    """Which assertions of a suite run in the judge: decided once, for all programs and all callers."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self._decided: dict[tuple[int, ...], dict[int, Needs]] = {}

    def in_judge(self, indices: Sequence[int]) -> dict[int, Needs]:
        """Return which tests of a batch run in the judge, with what they could notice.

        They are those before the first that cannot, and none where a later one needs a name that they bind.
        """
        batch = tuple(indices)
        if batch not in self._decided:
            self._decided[batch] = _in_judge(self.suite, batch)
        return self._decided[batch]

    @cached_property
    def some_beside(self) -> bool:
        """Whether an assertion runs beside the program, whatever the program does."""
        for indices in batches(self.suite):
            asserted = [index for index in indices if isinstance(self.suite.tests[index], AssertTest)]
            if len(self.in_judge(indices)) < len(asserted):
                return True
        return False


def batches(suite: Suite) -> list[list[int]]:
    """Return which tests share a child: functions next to each other do, where a failure ends the run."""
    groups: list[list[int]] = []
    for index, test in enumerate(suite.tests):
        before = suite.tests[index - 1]
        if not groups or suite.alone or suite.every or _is_alone(test) or _is_alone(before):
            groups.append([])
        groups[-1].append(index)
    return groups


def _is_alone(test: Test) -> bool:
    return isinstance(test, StdioTest | SourceTest)


def _in_judge(suite: Suite, indices: Sequence[int]) -> dict[int, Needs]:
    tests = {index: test.code for index in indices if isinstance(test := suite.tests[index], AssertTest)}
    if not tests:
        return {}
    names = namespace(suite, None)
    split: dict[int, Needs] = {}
    bound = set(names or ())
    for index, code in tests.items():
        needs = BESIDE if names is None else _needs(code, suite, bound)
        if needs.beside:
            break
        split[index] = needs
        bound |= global_names(code).bound
    own = bound.difference(names or ())
    needed = {name for index in tests.keys() - split.keys() for name in _reads(tests[index])}
    return {} if own & needed else split


def _needs(code: str, suite: Suite, names: AbstractSet[str]) -> Needs:
    if suite.trusted != "all" and not is_inert(code, suite.entry_point):
        return BESIDE
    try:
        if not global_names(code).foreign <= names:
            return BESIDE
        return needs_of(code, suite.context, suite.entry_point)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # it fails where it runs, and that tells
        return BESIDE


def _reads(code: str) -> frozenset[str]:
    try:
        return global_names(code).read
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()


def run(
    code: str,
    suite: Suite,
    needs: Needs,
    names: dict[str, object],
    candidate: Candidate,
    failed: Callable[[FailedError], None],
) -> None:
    """Run a test's statements. They go on after one that fails, and ``failed`` is called with the failure.

    Raises:
        FailedError: the test failed and cannot go on, or the program failed.
        BesideError: it has to run beside the program.
        Interruption: the conversation is over; ``statement`` says what was running.
    """
    entry_point = suite.entry_point

    def note() -> None:
        error = sys.exc_info()[1]
        if error is None:
            return
        failure = _failure(error, code, entry_point, candidate)
        if failure.kind != "wrong_answer":
            raise failure from None
        failed(failure)

    candidate.begin(needs)
    names[going_on.NOTE] = note
    try:
        exec(going_on.compiled(code, suite.context), names)  # noqa: S102 - the benchmark's own code
    except Interruption as error:
        error.statement = assertion.statement(explain.frames(error), code, entry_point)
        raise
    except BaseException as error:  # noqa: BLE001 - a failed test is a verdict
        raise _failure(error, code, entry_point, candidate) from None


def _failure(error: BaseException, code: str, entry_point: str, candidate: Candidate) -> FailedError:
    """Return what an exception in a test means, explained if nothing has failed before.

    Raises:
        BesideError: only beside the program could that be said.
        HarnessFaultError: it may be this machine's.
    """
    ours = not candidate.raised or error is not candidate.raised[0]
    if ours and isinstance(error, RecursionError):
        raise BesideError("the program may have raised the limit of recursion") from None
    if ours and isinstance(error, MemoryError) and memory.is_short():
        raise HarnessFaultError("this machine leaves the judge too little memory for the tests") from None
    is_wrong = ours and explain.is_failed_test(error)
    if candidate.failed:
        return FailedError("wrong_answer" if is_wrong else "exception", "")
    entries = explain.frames(error)
    if is_wrong:
        candidate.replaying = True
        try:
            return FailedError("wrong_answer", assertion.failed(entries, code, entry_point))
        finally:
            candidate.replaying = False
    during = explain.while_running(assertion.statement(entries, code, entry_point))
    if candidate.raised and not ours:
        _, kind, message = candidate.raised
        return FailedError(kind, message + during)
    kind = "memory" if isinstance(error, MemoryError) else "exception"
    return FailedError(kind, explain.error_line(error) + during)
