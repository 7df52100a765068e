"""Exact estimates from recorded repair trees, for every smaller tree: pass rates, tokens and intervals.

Self-repair (arXiv 2306.09896, sections 2 and 3) draws n_p programs; for each that fails n_f feedback
texts; for each of these n_r repairs. One large tree a problem is sampled once, and the figures of
smaller trees are means over its sub-trees. This package knows nothing but numbers.

Deviations from the paper:

1. The paper simulates 1,000 sub-trees a setting; here their mean is computed exactly.
2. The paper draws with replacement. That is a plug-in estimate: it is biased low, and most for the
   widest draws, which are the baseline's (docs/estimators.md). It is kept as ``"plug_in"``.
3. The paper prints the spread of one simulated run of the suite. Intervals here resample problems.
"""

from sharpen.estimate.draws import Estimator
from sharpen.estimate.equal_tokens import IidBaseline, Samples, pass_rate_within, tokens_below
from sharpen.estimate.intervals import (
    Interval,
    interval,
    paired_interval,
    rate_interval,
    ratio_of_sums,
    ratio_to_baseline,
    wilson,
)
from sharpen.estimate.paper import bootstrap_paper
from sharpen.estimate.points import Order, PassAtT, expected_tokens, pass_at_k, pass_at_t, pass_rate
from sharpen.estimate.tree import Tree

__all__ = [
    "Estimator",
    "IidBaseline",
    "Interval",
    "Order",
    "PassAtT",
    "Samples",
    "Tree",
    "bootstrap_paper",
    "expected_tokens",
    "interval",
    "paired_interval",
    "pass_at_k",
    "pass_at_t",
    "pass_rate",
    "pass_rate_within",
    "rate_interval",
    "ratio_of_sums",
    "ratio_to_baseline",
    "tokens_below",
    "wilson",
]
