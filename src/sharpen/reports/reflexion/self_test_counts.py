"""How often a model's own tests agree with the hidden tests (arXiv 2303.11366, table 2)."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sharpen.reports.reflexion.trials import Attempt


@dataclass(frozen=True, slots=True)
class SelfTestCounts:
    """Programs by what the model's own tests and the hidden tests decide (the paper's table 2).

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
        """The four counts, in this order."""
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


def self_test_counts(attempts: Sequence[Attempt]) -> SelfTestCounts:
    """Count attempts by the verdicts of own and hidden tests; attempts without own tests are left out."""
    counts = Counter((a.reward == 1, a.success) for a in attempts if a.reward is not None)
    return SelfTestCounts(
        *(counts[key] for key in ((True, True), (True, False), (False, True), (False, False)))
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
