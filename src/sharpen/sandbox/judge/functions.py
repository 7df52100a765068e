"""Calls and assertions: what the judge asks of a program that defines functions."""

import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sharpen.sandbox.child.explain import call, show, while_running
from sharpen.sandbox.judge import compare, split
from sharpen.sandbox.judge.candidate import BesideError, Candidate, FailedError, IdleError, decoded
from sharpen.sandbox.judge.channel import (
    CancelledError,
    ChildEndedError,
    Interruption,
    LostAnswersError,
    PrefetchMissError,
    TimeLimitError,
    packed,
)
from sharpen.sandbox.judge.checks import IDLE
from sharpen.sandbox.judge.needs import Needs
from sharpen.sandbox.judge.progress import TrialProgress
from sharpen.types import AssertTest, CallTest, Test
from sharpen.values.packed import PackedValue

AHEAD = 64
"""Calls that are asked before the first of them is answered."""

REST_SECONDS = 10.0
"""Processor time that the tests themselves may take in the judge after a failure: they may never end then."""


class FunctionTests:
    """The calls and assertions of a suite that share a child.

    After a wrong answer the rest is asked as well, and the child answers all of it, as that of a right
    program does: see :meth:`.BaseTrial.verdict`.

    Attributes:
        first: the first failure.
        sent: the first of the tests whose call was not asked yet.
    """

    def __init__(
        self,
        candidate: Candidate,
        progress: TrialProgress,
        indices: Sequence[int],
        in_judge: Mapping[int, Needs],
        ahead: int,
        *,
        beside: bool,
    ) -> None:
        """Prepare them; up to ``ahead`` calls are asked together.

        ``in_judge`` are the assertions that run in the judge (:class:`.SuiteSplit`). ``beside`` says that
        one of them could notice that it was run in the judge: none is now.
        """
        self.candidate, self.progress, self.indices, self.ahead = candidate, progress, indices, ahead
        self.suite = progress.suite
        self.guarded = in_judge
        self.in_judge = {} if beside else in_judge
        self.names = split.namespace(self.suite, candidate) if self.in_judge else None
        self.first: FailedError | None = None
        self.sent = indices[0]

    def ask_all(self) -> None:
        """Run them in order.

        Raises:
            FailedError: one failed.
            BesideError: an assertion could notice that it was run in the judge.
            IdleError: they passed without a call.
            LostAnswersError: one of several calls that were asked ended the child.
            Interruption: the conversation ended.
        """
        try:
            self._ask_in_order()
        except (CancelledError, LostAnswersError):  # it runs once more, after right and after wrong answers
            raise
        except Interruption as end:
            if not self.first:
                raise
            if isinstance(end, PrefetchMissError | BesideError):  # the judge's reasons; the program sees none
                self.candidate.leave()
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if self.first:
            raise self.first

    def _ask_in_order(self) -> None:
        for index in self.indices:
            try:
                if not self._ask(index, self.suite.tests[index]):
                    return
            except FailedError as failure:
                self.failed(failure)
                if failure.kind != "wrong_answer":
                    return
            else:
                self.progress.passed()
        if len(self.in_judge) == len(self.suite.tests) and not self.candidate.channel.sent and not self.first:
            raise IdleError(IDLE)
        self.candidate.finish()

    def failed(self, failure: FailedError) -> None:
        """Keep a failure, if it is the first; what comes after it may not keep the judge for long."""
        self.progress.failed(failure)
        if not self.first:
            self.first, self.candidate.failed = failure, True
            signal.signal(signal.SIGVTALRM, _out_of_time)
            signal.setitimer(signal.ITIMER_VIRTUAL, REST_SECONDS)

    def _ask(self, index: int, test: Test) -> bool:
        """Run one test; return whether it ran: one beside the program does not after any failure."""
        if isinstance(test, CallTest):
            self._call(index, test)
        elif isinstance(test, AssertTest):
            self.candidate.load()
            self.progress.begin(index)
            if index in self.in_judge and self.names is not None:
                needs = self.in_judge[index]
                split.run(test.code, self.suite, needs, self.names, self.candidate, self.failed)
            elif self.progress.failure:
                return False
            else:
                self._run_beside(index, test.code)
        return True

    def _call(self, index: int, test: CallTest) -> None:
        self._ask_ahead(index)
        self.candidate.load()
        self.progress.begin(index)
        try:
            _judge_value(self.candidate, self.suite.entry_point, test)
        except (ChildEndedError, TimeLimitError) as end:
            known = isinstance(end, TimeLimitError) and (end.where or end.on_clock)
            if self.sent > index + 1 and not known:
                raise LostAnswersError("which call it was is not known") from end
            raise

    def _ask_ahead(self, index: int) -> None:
        """Ask the calls that were not asked yet, up to ``ahead`` after ``index``."""
        self.sent = max(self.sent, index)
        if self.sent > index + self.ahead // 2:
            return
        calls = []
        for test in self.suite.tests[self.sent : min(index + self.ahead, self.indices[-1] + 1)]:
            if not isinstance(test, CallTest):
                break
            calls.append(test.args)
        if calls:
            self.candidate.channel.ask(packed("calls", calls))
        self.sent += len(calls)

    def _run_beside(self, index: int, code: str) -> None:
        """Run an assertion beside the program; guarded where only what the program did brought it there."""
        self.progress.trust = "in_process"
        self.candidate.channel.ask(packed("guard" if index in self.guarded else "assert", code))
        self.candidate.passed()


def _out_of_time(*_: object) -> None:
    raise TimeLimitError(on_clock=False)


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
