"""I.i.d. sampling at the tokens that repairs cost: the question whether self-repair paid.

The paper puts both methods on one plane, mean pass rate against mean tokens (pass@t, arXiv 2306.09896,
section 3), and compares a tree with the i.i.d. samples that cost the same. Here tokens are equal on every
problem, hence also in the mean: the two methods share the first n_p programs. Where one of them passes, both
stop, and the problem adds nothing. Where none passes, one method draws feedback and repairs, and the other
draws further samples until it has spent as many tokens. The paper's baseline draws the same number of samples
on every problem, also on those that are solved, so this one is harder to beat.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sharpen.errors import EstimateError
from sharpen.estimate.draws import Estimator
from sharpen.estimate.points import Order, PassAtT, pass_at_t
from sharpen.estimate.tree import Bool, Float, Tree


@dataclass(frozen=True, slots=True)
class Samples:
    """Further i.i.d. samples of one problem, in the order in which they were drawn.

    Attributes:
        passed: (M,), whether each is right.
        tokens: (M,), tokens of each.
    """

    passed: Bool = field(default_factory=lambda: np.zeros(0, dtype=bool))
    tokens: Float = field(default_factory=lambda: np.zeros(0))


def tokens_below(tree: Tree) -> Float:
    """Return (...): the tokens of all feedback and repairs where no program passes; 0 where one does."""
    repairs = tree.feedback_tokens + tree.repair_tokens.sum(axis=-1)
    below: Float = np.where(tree.repaired, repairs.sum(axis=-1), 0.0).sum(axis=-1)
    return np.where(tree.passed.any(axis=-1), 0.0, below)


def pass_rate_within(samples: Samples, tokens: float) -> float:
    """Return the chance that samples drawn until ``tokens`` are spent hold one that passes.

    The sample that exceeds what is left is drawn with the chance that spends ``tokens`` in the mean.

    Raises:
        EstimateError: the samples cost less than ``tokens``, so that more have to be drawn.
    """
    spent = samples.tokens.cumsum()
    if tokens > 0 and (not len(spent) or spent[-1] < tokens):
        raise EstimateError(f"the samples cost {samples.tokens.sum():g} tokens, not {tokens:g}: draw more")
    before = spent - samples.tokens
    drawn = np.where(spent <= tokens, 1.0, np.clip((tokens - before) / np.maximum(samples.tokens, 1), 0, 1))
    return float(1 - np.prod(1 - drawn * samples.passed))


@dataclass(frozen=True, slots=True)
class IidBaseline:
    """I.i.d. samples of the same problems.

    Attributes:
        first: (D, K), samples that were drawn on every problem.
        further: of each problem, those that were drawn because none of the first passed; empty if none were.
    """

    first: Tree
    further: Sequence[Samples] = ()

    def curve(self, estimator: Estimator = "unbiased", order: Order = "batch") -> PassAtT:
        """Return pass@k and its tokens (D, K + M), M being what every unsolved problem has further samples.

        The first K decide whether there are further samples, so only those after K enter where they pass.
        """
        most = self.first.passed.shape[-1]
        start = pass_at_t(self.first, range(1, most + 1), 0, order=order, estimator=estimator)
        unsolved = np.flatnonzero(~self.first.passed.any(axis=-1)).tolist()
        longest = min((len(self.further[i].passed) for i in unsolved), default=0) if self.further else 0
        if not longest:
            return start
        chosen = [self.further[i] for i in unsolved]
        samples = Tree.of_programs(
            np.stack([each.passed[:longest] for each in chosen]),
            np.stack([each.tokens[:longest] for each in chosen]),
        )
        more = pass_at_t(samples, range(1, longest + 1), 0, order=order, estimator=estimator)
        rate = np.repeat(start.pass_rate[:, -1:], longest, axis=1)
        tokens = np.repeat(start.tokens[:, -1:], longest, axis=1)
        if order == "batch":  # all are drawn at once, whether the first pass or not
            tokens = tokens + np.multiply.outer(self.first.tokens.mean(axis=-1), np.arange(1, longest + 1))
        else:
            tokens[unsolved] += more.tokens
        rate[unsolved] = more.pass_rate
        return PassAtT(
            np.concatenate([start.pass_rate, rate], axis=1), np.concatenate([start.tokens, tokens], axis=1)
        )
