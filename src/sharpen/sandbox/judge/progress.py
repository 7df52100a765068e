"""How far a program has come in its suite: the tests it has passed, and how far that can be trusted."""

from dataclasses import dataclass, field

from sharpen.types import Outcome, Suite, Trust, VerdictKind


@dataclass(slots=True)
class TrialProgress:
    """What has been seen of one program so far.

    Attributes:
        running: the index of the test that runs, -1 while the program loads.
        outcomes: of the tests that have ended.
        measured: figures that the test that runs has taken.
        trust: ``in_process`` as soon as one test had to run beside the program.
    """

    suite: Suite
    running: int = -1
    outcomes: list[Outcome] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)
    trust: Trust = "isolated"

    def passed(self) -> None:
        """Record that the test that runs has passed."""
        self._ended(self.running, "passed")

    def failed(self, kind: VerdictKind) -> None:
        """Record the failure; it belongs to the test that runs, or to the first."""
        self._ended(max(self.running, 0), kind)

    def _ended(self, index: int, kind: VerdictKind) -> None:
        self.outcomes.append(Outcome(self.suite.tests[index].id, kind, self.measured))
        self.measured = {}
