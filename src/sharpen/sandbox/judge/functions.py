"""Calls and assertions: what the judge asks of a program that defines functions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sharpen.sandbox.child.explain import call, show, while_running
from sharpen.sandbox.judge import compare, split
from sharpen.sandbox.judge.candidate import Candidate, FailedError, IdleError, decoded
from sharpen.sandbox.judge.channel import ChildEndedError, LostAnswersError, TimeLimitError, packed
from sharpen.sandbox.judge.checks import IDLE
from sharpen.sandbox.judge.needs import Needs
from sharpen.sandbox.judge.progress import TrialProgress
from sharpen.types import AssertTest, CallTest, Test
from sharpen.values.packed import PackedValue

AHEAD = 64
"""Calls that are asked before the first of them is answered."""


def ask_all(
    candidate: Candidate,
    progress: TrialProgress,
    indices: Sequence[int],
    in_judge: Mapping[int, Needs],
    ahead: int,
    *,
    beside: bool,
) -> None:
    """Run calls and assertions in order; up to ``ahead`` calls are asked together.

    ``in_judge`` are the assertions that run in the judge (:class:`.SuiteSplit`). ``beside`` says that one of
    them could notice that it was run in the judge: none is now.

    Raises:
        FailedError: one failed.
        BesideError: an assertion could notice that it was run in the judge.
        IdleError: they passed without a call.
        LostAnswersError: one of several calls that were asked ended the child.
        Interruption: the conversation ended.
    """
    suite = progress.suite
    sent, tests = indices[0], suite.tests[: indices[-1] + 1]
    namespace = split.namespace(suite, candidate) if in_judge else None
    for index in indices:
        test = suite.tests[index]
        if isinstance(test, CallTest):
            sent = _ask_ahead(candidate, tests, max(sent, index), index, ahead)
            candidate.load()
            progress.running = index
            try:
                _judge_value(candidate, suite.entry_point, test)
            except (ChildEndedError, TimeLimitError) as end:
                known = isinstance(end, TimeLimitError) and (end.where or end.on_clock)
                if sent > index + 1 and not known:
                    raise LostAnswersError("which call it was is not known") from end
                raise
        elif isinstance(test, AssertTest):
            candidate.load()
            progress.running = index
            if index in in_judge and namespace is not None and not beside:
                split.run(test.code, suite.entry_point, in_judge[index], namespace, candidate)
            else:
                _run_beside(candidate, progress, test.code, guarded=index in in_judge)
        progress.passed()
    if len(in_judge) == len(suite.tests) and not beside and not candidate.channel.sent:
        raise IdleError(IDLE)
    candidate.finish()


def _ask_ahead(candidate: Candidate, tests: Sequence[Test], sent: int, index: int, ahead: int) -> int:
    """Ask the calls from ``asked`` on, up to ``ahead`` after ``index``; return the first not asked yet."""
    if sent > index + ahead // 2:
        return sent
    calls = []
    for test in tests[sent : index + ahead]:
        if not isinstance(test, CallTest):
            break
        calls.append(test.args)
    if calls:
        candidate.channel.ask(packed("calls", calls))
    return sent + len(calls)


def _judge_value(candidate: Candidate, entry_point: str, test: CallTest) -> None:
    expected = test.expected
    try:
        body = candidate.value()
        if isinstance(expected, PackedValue) and test.comparison == "equal" and expected.is_text(body):
            return
        value = decoded(body)
    except Exception:  # a program may raise anything; what it did not raise goes on
        if candidate.raised is None:
            raise
        _, kind, message = candidate.raised
        raise FailedError(kind, message + while_running(call(entry_point, test.args))) from None
    if isinstance(expected, PackedValue):
        test = replace(test, expected=expected.value)
    if not compare.same_value(value, test):
        question = call(entry_point, test.args)
        message = f"{question} returned {show(value)}, expected {show(test.expected)}"
        raise FailedError("wrong_answer", message)


def _run_beside(candidate: Candidate, progress: TrialProgress, code: str, *, guarded: bool) -> None:
    """Run an assertion beside the program; guarded where only what the program did brought it there."""
    progress.trust = "in_process"
    candidate.channel.ask(packed("guard" if guarded else "assert", code))
    candidate.passed()
