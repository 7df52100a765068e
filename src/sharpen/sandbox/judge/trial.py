"""One program, one suite, one verdict: the judge's work. Holds the expected values; runs no program.

A pass needs every test's own fact, in the order in which the judge asked: a value that is right, an output
that is right, an assertion that held. An exit status, or silence, is never a pass.
"""

import secrets
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace

from sharpen.sandbox.base import Limits
from sharpen.sandbox.child.explain import show, while_running
from sharpen.sandbox.judge import failures, script
from sharpen.sandbox.judge.candidate import BesideError, Candidate, FailedError, IdleError
from sharpen.sandbox.judge.channel import (
    CancelledError,
    Channel,
    ChildEndedError,
    Clocks,
    Interruption,
    LostAnswersError,
    PrefetchMissError,
    ProtocolFaultError,
    TimeLimitError,
    packed,
)
from sharpen.sandbox.judge.functions import AHEAD, FunctionTests
from sharpen.sandbox.judge.prefetch import KnownCalls
from sharpen.sandbox.judge.progress import TrialProgress
from sharpen.sandbox.judge.shared_modules import SharedModules
from sharpen.sandbox.judge.split import SuiteSplit, batches
from sharpen.sandbox.judge.zygote_handle import Ending, Zygote
from sharpen.sandbox.launch import HarnessFaultError
from sharpen.types import AssertTest, CallTest, SourceTest, StdioTest, Suite, Test, Verdict

END_SECONDS = 0.5
"""Seconds within which a process whose socket is closed is expected to have ended."""

LEAST_SECONDS = 0.01

STARVED = 0.1
"""The share of its time for which a program must have waited for a processor to be tried again.

Only where its time on the clock was over: one that used up its processor time had a processor for all of it.
"""


class BaseTrial(ABC):
    """The trial of one program, in any language.

    Attributes:
        starved: whether it had to wait for a processor when its time on the clock was over.
    """

    def __init__(self, code: str, suite: Suite, limits: Limits) -> None:
        self.code, self.suite, self.limits = code, suite, limits
        self.progress = TrialProgress(suite)
        self.cpu_seconds = self.wall_seconds = 0.0
        self.peak_bytes = 0
        self.starved = False

    def verdict(self) -> Verdict:
        """Run the program on every test.

        After a wrong answer the rest is run as well: a program that is asked no more knows that it was wrong,
        and it may find a way to tell the next. Nothing of that rest is recorded, if the suite does not ask
        for every outcome, and it ends where the program fails in a way that it sees itself.

        Raises:
            HarnessFaultError: the processes around the program failed.
            CancelledError: nobody wants the verdict any more.
            IdleError: the tests check nothing.
            ValueError: an argument of a call is not plain data.
        """
        first: FailedError | None = None
        for indices in batches(self.suite):
            if self.suite.every:
                self.progress.failure = None
            elif first and self.is_beside(self.suite.tests[indices[0]]):
                break
            try:
                self.run_batch(indices)
            except FailedError as failure:
                self.progress.failed(failure)
                first = first or failure
                if failure.kind != "wrong_answer" and not self.suite.every:
                    break
            except IdleError:
                if not first:
                    raise
        return Verdict(
            kind=first.kind if first else "passed",
            outcomes=tuple(self.progress.outcomes),
            message=first.message if first else "",
            cpu_seconds=self.cpu_seconds,
            wall_seconds=self.wall_seconds,
            peak_bytes=self.peak_bytes,
            trust=self.progress.trust,
        )

    def is_beside(self, test: Test) -> bool:
        """Whether a test always runs beside the program, which can read there what is expected."""
        return isinstance(test, SourceTest) or (
            isinstance(test, AssertTest) and self.suite.language != "python"
        )

    @abstractmethod
    def run_batch(self, indices: Sequence[int]) -> None:
        """Run the tests that share a process.

        Raises:
            FailedError: one failed.
        """


class ProgramTrial(BaseTrial):
    """The trial of one program in Python."""

    def __init__(
        self,
        code: str,
        suite: Suite,
        limits: Limits,
        known_calls: KnownCalls,
        split: SuiteSplit,
        shared_modules: SharedModules,
        shared_names: Sequence[str],
        zygote: Zygote,
        cancel: socket.socket,
        suspected: Callable[[], None],
        *,
        beside: bool,
    ) -> None:
        super().__init__(code, suite, limits)
        self.known_calls, self.split = known_calls, split
        self.shared_modules, self.shared_names = shared_modules, [*shared_names]
        self.zygote, self.cancel, self.suspected = zygote, cancel, suspected
        self.cpu_before = self.wall_before = 0.0  # of tests that had the limits to themselves
        self.ahead = AHEAD
        self.apart = suite.alone or suite.every
        self.beside = beside  # an assertion could notice that it was run in the judge
        self.allowed = limits.cpu_seconds

    def run_batch(self, indices: Sequence[int]) -> None:
        """Run the tests that share a child.

        Raises:
            FailedError: one failed.
        """
        test = self.suite.tests[indices[0]]
        if self.apart:
            self.cpu_before, self.wall_before = self.cpu_seconds, self.wall_seconds
            own = test.seconds if isinstance(test, CallTest) else 0.0
            self.allowed = min(own or self.limits.cpu_seconds, self.limits.cpu_seconds)
        if isinstance(test, StdioTest):
            self.run_script(indices[0], test)
        elif isinstance(test, SourceTest):
            self.run_source(indices[0], test)
        else:
            self.run_functions(indices)

    def run_functions(self, indices: Sequence[int]) -> None:
        """Run the calls and assertions that share a child."""
        self.progress.begin(indices[0] if self.apart else -1)

        def talk(candidate: Candidate) -> None:
            in_judge, ahead = self.split.in_judge(indices), self.ahead
            FunctionTests(candidate, self.progress, indices, in_judge, ahead, beside=self.beside).ask_all()

        self.settle(*self.with_prefetch(indices[0], "solution", talk))

    def run_script(self, index: int, test: StdioTest) -> None:
        """Run the program as a script on one input."""
        self.progress.begin(index)
        with script.streams(test) as (given, printed):
            streams = given.fileno(), printed.fileno()
            problem, ending = self.converse("__main__", Candidate.ended, *streams)
            output = script.output_of(printed, self.limits.output_bytes)
        if isinstance(problem, ChildEndedError) and ending.alone and ending.status == 0:
            problem = None  # a script may end by itself: its output decides
        if isinstance(problem, FailedError) and problem.kind != "syntax":
            statement = f"the program on the input {show(test.stdin)}"
            problem = FailedError(problem.kind, problem.message + while_running(statement))
        self.settle(problem, ending)
        script.check(test, output)
        self.progress.passed()

    def run_source(self, index: int, test: SourceTest) -> None:
        """Run a test that runs the program itself."""
        self.progress.begin(index)
        self.progress.trust = "in_process"

        def talk(candidate: Candidate) -> None:
            candidate.channel.ask(packed("source", test.code, test.tests))
            try:
                candidate.passed()
            finally:
                self.progress.measured = candidate.measured
            candidate.finish()

        self.settle(*self.with_prefetch(index, "", talk))
        self.progress.passed()

    def with_prefetch(
        self, first: int, name: str, talk: Callable[[Candidate], None]
    ) -> tuple[Interruption | None, Ending]:
        """Converse with all questions asked beforehand, where they are known; else learn them.

        It is held again where other questions were asked; one call at a time, where answers were lost; with
        the assertions beside the program, where one could notice that it was in the judge.
        """
        before = replace(self.progress, outcomes=[*self.progress.outcomes])
        used = self.cpu_seconds, self.wall_seconds
        prefetched = self.known_calls.questions(first)
        while True:
            problem, ending = self.converse(name, talk, prefetched=prefetched)
            match problem:
                case PrefetchMissError():
                    self.known_calls.give_up(first)
                case LostAnswersError():
                    self.ahead = 1
                case BesideError():
                    self.beside = True
                case _:
                    break
            prefetched = ()
            self.progress = replace(before, outcomes=[*before.outcomes])
            self.cpu_seconds, self.wall_seconds = used
        if self.channel.complete and not self.beside:
            self.known_calls.learn(first, self.channel.sent, self.channel.bytes_taken)
        return problem, ending

    def converse(
        self, name: str, talk: Callable[[Candidate], None], *streams: int, prefetched: Sequence[bytes] = ()
    ) -> tuple[Interruption | None, Ending]:
        """Load the program as module ``name`` in a new child, talk to it, and end it.

        Returns what ended the conversation before its time, and how the child ended.

        Raises:
            HarnessFaultError: the child was never ready.
        """
        began = time.monotonic()
        clocks = Clocks(
            zygote=self.zygote.process,
            cpu_seconds=max(self.allowed - self.cpu_seconds + self.cpu_before, LEAST_SECONDS),
            wall_seconds=max(self.limits.wall_seconds - self.wall_seconds + self.wall_before, LEAST_SECONDS),
            suspected=self.suspected,
            others=self.zygote.others,
        )
        size, nonce = self.limits.output_bytes, secrets.token_bytes(8)
        ours, theirs = socket.socketpair()
        problem: Interruption | None = CancelledError()
        with ours:
            with theirs:
                self.fork(clocks.cpu_seconds, theirs.fileno(), *streams)
            channel = self.channel = Channel(
                ours, clocks, nonce=nonce, max_chars=size, cancel=self.cancel, prefetched=prefetched
            )
            modules = self.shared_modules.to_keep(beside=self.beside)
            trusted = self.suite.context, self.suite.entry_point, self.shared_names
            kept = modules, self.shared_modules.tests_replace
            try:
                channel.begin(name, self.code, *trusted, *kept, clocks.cpu_seconds, size, nonce)
                talk(Candidate(channel))
                channel.finish()
                problem = None
            except Interruption as interruption:
                problem = interruption
            finally:
                ending = self.zygote.end(END_SECONDS if isinstance(problem, ChildEndedError) else 0)
        self.cpu_seconds += ending.cpu_seconds
        self.wall_seconds += time.monotonic() - began
        self.peak_bytes = max(self.peak_bytes, ending.peak_bytes)
        on_clock = isinstance(problem, TimeLimitError) and problem.on_clock
        self.starved = on_clock and clocks.waited > STARVED * (time.monotonic() - began)
        if not ending.ready:
            raise HarnessFaultError(f"a child could not be prepared (status {ending.status})")
        return problem, ending

    def fork(self, cpu_seconds: float, *descriptors: int) -> None:
        """Have a child made."""
        self.zygote.fork(
            list(descriptors),
            cpu_seconds=cpu_seconds,
            memory=self.limits.memory_bytes,
            file_size=self.limits.output_bytes,
            threads=self.limits.processes,
        )

    def settle(self, problem: Interruption | None, ending: Ending) -> None:
        """Say what the end of a conversation means.

        Raises:
            FailedError: the program failed.
            CancelledError: nobody wants the verdict any more.
            IdleError: the tests check nothing.
        """
        used_up = self.cpu_seconds - self.cpu_before > self.allowed
        if isinstance(problem, ChildEndedError) and failures.is_out_of_time(ending):
            used_up = True
        if used_up and (problem is None or isinstance(problem, ChildEndedError)):
            problem = TimeLimitError(on_clock=False)
        if problem is None:
            return
        during = failures.during(self.suite, self.progress.running, problem.statement)
        match problem:
            case FailedError() | CancelledError() | IdleError():
                raise problem
            case ProtocolFaultError():
                raise failures.forgery(problem)
            case TimeLimitError():
                raise failures.late(replace(self.limits, cpu_seconds=self.allowed), problem, during)
            case _:
                raise failures.death(ending, during)
