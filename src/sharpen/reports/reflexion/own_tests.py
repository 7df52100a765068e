"""How tests that a model wrote for itself lie (arXiv 2303.11366, table 2)."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sharpen.reports.reflexion.trials import Attempt


@dataclass(frozen=True, slots=True)
class OwnTests:
    """What own tests said against what hidden tests say (the paper's table 2).

    Attributes:
        right_passed, wrong_passed: programs whose own tests pass, by hidden verdict.
        right_failed, wrong_failed: programs whose own tests fail.
    """

    right_passed: int
    wrong_passed: int
    right_failed: int
    wrong_failed: int

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """The four, in this order."""
        return self.right_passed, self.wrong_passed, self.right_failed, self.wrong_failed

    @property
    def shares(self) -> dict[str, float]:
        """The paper's four figures: P(right or wrong, given that own tests pass or fail)."""
        passed = self.right_passed + self.wrong_passed
        failed = self.right_failed + self.wrong_failed
        return {
            "TP": _share(self.right_passed, passed),
            "FN": _share(self.right_failed, failed),
            "FP": _share(self.wrong_passed, passed),
            "TN": _share(self.wrong_failed, failed),
        }


def own_tests(attempts: Sequence[Attempt]) -> OwnTests:
    """Count attempts by what own and hidden tests say; those without own tests are left out."""
    counts = Counter((a.reward == 1, a.success) for a in attempts if a.reward is not None)
    return OwnTests(*(counts[key] for key in ((True, True), (True, False), (False, True), (False, False))))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
