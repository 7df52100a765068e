"""How far a program has come in its suite: the tests it has passed, and how far that can be trusted."""

from dataclasses import dataclass, field

from sharpen.sandbox.judge.candidate import FailedError
from sharpen.types import Outcome, Suite, Trust, VerdictKind


@dataclass(slots=True)
class TrialProgress:
    """What has been seen of one program so far. After a failure nothing is recorded any more.

    Attributes:
        running: the index of the test that runs, -1 while the program loads.
        outcomes: of the tests that have ended.
        measured: figures that the test that runs has taken.
        trust: ``in_process`` as soon as one test had to run beside the program.
        failure: the first failure.
    """

    suite: Suite
    running: int = -1
    outcomes: list[Outcome] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)
    trust: Trust = "isolated"
    failure: FailedError | None = None

    def begin(self, index: int) -> None:
        """Say which test runs now."""
        if not self.failure:
            self.running = index

    def passed(self) -> None:
        """Record that the test that runs has passed."""
        if not self.failure:
            self._ended(self.running, "passed")

    def failed(self, failure: FailedError) -> None:
        """Record a failure, if it is the first; it belongs to the test that runs, or to the first of all."""
        if not self.failure:
            self.failure = failure
            self._ended(max(self.running, 0), failure.kind)

    def _ended(self, index: int, kind: VerdictKind) -> None:
        self.outcomes.append(Outcome(self.suite.tests[index].id, kind, self.measured))
        self.measured = {}
