"""Calls and assertions: what the judge asks of a program that defines functions."""

from collections.abc import Sequence
from dataclasses import replace

from sharpen.sandbox.child.explain import call, show, while_running
from sharpen.sandbox.judge import compare, split
from sharpen.sandbox.judge.candidate import Candidate, FailedError, NotPlainError, decoded
from sharpen.sandbox.judge.channel import ChildEndedError, LostAnswersError, TimeLimitError, packed
from sharpen.sandbox.judge.progress import Progress
from sharpen.types import AssertTest, CallTest, Test
from sharpen.values.packed import Written

AHEAD = 64
"""Calls that are asked before the first of them is answered."""


def ask_all(candidate: Candidate, progress: Progress, indices: Sequence[int], ahead: int) -> None:
    """Run calls and assertions in order; up to ``ahead`` calls are asked together.

    Raises:
        FailedError: one failed.
        LostAnswersError: one of several calls that were asked ended the child.
        Interruption: the conversation ended.
    """
    suite = progress.suite
    asked, tests = indices[0], suite.tests[: indices[-1] + 1]
    namespace: dict[str, object] | None = None
    if any(isinstance(suite.tests[index], AssertTest) for index in indices):
        namespace = split.namespace(suite, candidate)
    for index in indices:
        test = suite.tests[index]
        if isinstance(test, CallTest):
            asked = _ask_ahead(candidate, tests, max(asked, index), index, ahead)
            candidate.load()
            progress.running = index
            try:
                _judge_value(candidate, suite.entry_point, test)
            except (ChildEndedError, TimeLimitError) as end:
                known = isinstance(end, TimeLimitError) and (end.where or end.on_clock)
                if asked > index + 1 and not known:
                    raise LostAnswersError("which call it was is not known") from end
                raise
        elif isinstance(test, AssertTest):
            candidate.load()
            progress.running = index
            _run_assert(candidate, progress, test.code, namespace)
        progress.passed()
    candidate.finish()


def _ask_ahead(candidate: Candidate, tests: Sequence[Test], asked: int, index: int, ahead: int) -> int:
    """Ask the calls from ``asked`` on, up to ``ahead`` after ``index``; return the first not asked yet."""
    if asked > index + ahead // 2:
        return asked
    calls = []
    for test in tests[asked : index + ahead]:
        if not isinstance(test, CallTest):
            break
        calls.append(test.args)
    if calls:
        candidate.channel.ask(packed("calls", calls))
    return asked + len(calls)


def _judge_value(candidate: Candidate, entry_point: str, test: CallTest) -> None:
    expected = test.expected
    try:
        body = candidate.value()
        if isinstance(expected, Written) and test.comparison == "equal" and expected.is_text(body):
            return
        value = decoded(body)
    except Exception:  # a program may raise anything; what it did not raise goes on
        if candidate.raised is None:
            raise
        _, kind, message = candidate.raised
        raise FailedError(kind, message + while_running(call(entry_point, test.args))) from None
    if isinstance(expected, Written):
        test = replace(test, expected=expected.value)
    if not compare.same_value(value, test):
        asked = call(entry_point, test.args)
        said = f"{asked} returned {show(value)}, expected {show(test.expected)}"
        raise FailedError("wrong_answer", said)


def _run_assert(
    candidate: Candidate, progress: Progress, code: str, namespace: dict[str, object] | None
) -> None:
    """Run an assertion here if it can be split from the program, else beside it."""
    entry_point = progress.suite.entry_point
    if namespace is not None and split.can_split(code, progress.suite, namespace):
        try:
            split.run(code, entry_point, namespace, candidate)
        except NotPlainError:  # what the test hands over cannot be sent
            pass
        else:
            return
    progress.trust = "in_process"
    candidate.channel.ask(packed("assert", code))
    candidate.passed()
