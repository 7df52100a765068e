"""How far a program has come in its suite: the tests it has passed, and how far that can be trusted."""

from dataclasses import dataclass, field

from sharpen.types import Outcome, Suite, Trust, VerdictKind


@dataclass(slots=True)
class Progress:
    """What has been seen of one program so far.

    Attributes:
        running: the index of the test that runs, -1 while the program loads.
        outcomes: of the tests that have ended.
        trust: ``in_process`` as soon as one test had to run beside the program.
    """

    suite: Suite
    running: int = -1
    outcomes: list[Outcome] = field(default_factory=list)
    trust: Trust = "isolated"

    def passed(self) -> None:
        """Record that the test that runs has passed."""
        self.outcomes.append(Outcome(self.suite.tests[self.running].id, "passed"))

    def failed(self, kind: VerdictKind) -> None:
        """Record the failure; it belongs to the test that runs, or to the first."""
        self.outcomes.append(Outcome(self.suite.tests[max(self.running, 0)].id, kind))
