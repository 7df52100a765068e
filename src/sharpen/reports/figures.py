"""Figures of a suite of problems: rates with intervals, pass@t curves, the paper's heat map.

Every interval resamples problems (:mod:`sharpen.estimate.intervals`), unless all of them agree.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass, replace
from itertools import compress
from typing import Any, Literal

import numpy as np

from sharpen import estimate
from sharpen.estimate import Estimator, IidBaseline, Interval, PassAtT, Tree
from sharpen.estimate.tree import Float
from sharpen.journal.layout import Size

RESAMPLES = 10_000
RESAMPLES_OF_PART = 1_000
"""Resamples for the curves and heat maps of one difficulty."""
SEED = 0
CONFIDENCE = 0.95
Mode = Literal["tokens", "tokens-paper", "samples", "samples-paper"]
"""The axis of a heat map, and whether it is by the paper's estimator."""


SAME = 1e-9
"""Pass rates that differ by less are the same."""
WIDTHS = (1, 2, 3, 5, 10, 25, 50)
"""Rows and columns of a heat map that is too large to show whole; the paper's, and 2."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A figure over problems with its interval; NaN where it is undefined.

    Attributes:
        value, low, high: the figure and the ends of its interval.
        n: problems behind it.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One configuration on the pass@t plane.

    Attributes:
        n_p: programs.
        samples: programs and repairs, counted whether they are drawn or not: the paper's k.
        tokens: mean completion tokens per problem, batch form.
        tokens_in_sequence: the same in the sequential form, depth first, which stops at the first pass.
        tokens_breadth_first: the same where all programs come before the first repair.
        rate: mean pass rate.
    """

    n_p: int
    samples: int
    tokens: float
    tokens_in_sequence: float
    tokens_breadth_first: float
    rate: Rate


@dataclass(frozen=True, slots=True)
class Curve:
    """Points of one (n_f, n_r) for growing n_p; n_f = 0 is the i.i.d. baseline, where n_p is k."""

    n_f: int
    n_r: int
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True, slots=True)
class HeatMapCell:
    """One cell of the heat maps: the pass rate over the baseline's at equal cost.

    Attributes:
        n_p, n_f, n_r: the configuration.
        samples: the paper's k = n_p (1 + n_f n_r).
        tokens, rate: its point on the pass@t plane.
        ratio: at equal mean tokens, unbiased; NaN where the baseline has no point of equal cost.
        paper_ratio: from draws with replacement, as the paper's code does: biased up.
        out_of_bounds: whether the tree costs more (or less) than any baseline of the samples there are.
        sample_ratio, paper_sample_ratio: the same two at k samples: NaN where there are fewer.
        ahead, behind: the problems whose pass rate is above and below the baseline's at equal mean tokens.
    """

    n_p: int
    n_f: int
    n_r: int
    samples: int
    tokens: float
    rate: Rate
    ratio: Rate
    paper_ratio: Rate
    out_of_bounds: bool
    sample_ratio: Rate
    paper_sample_ratio: Rate
    ahead: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()

    def shown(self, mode: Mode) -> Rate:
        """Return the ratio of one heat map."""
        return {
            "tokens": self.ratio,
            "tokens-paper": self.paper_ratio,
            "samples": self.sample_ratio,
            "samples-paper": self.paper_sample_ratio,
        }[mode]


@dataclass(frozen=True, slots=True)
class RepairGain:
    """How much repairs add to the pass rate of the programs they start from.

    Attributes:
        tokens: mean completion tokens of feedback and repairs per problem.
        repairs: pass rate of full trees minus that of their first programs alone.
        samples: gain from spending the same tokens on more i.i.d. samples; NaN where there are too few.
        difference: repairs - samples, paired by problem.
        samples_rate: pass rate of the first programs with these further samples; NaN where ``samples`` is.
    """

    tokens: float
    repairs: Rate
    samples: Rate
    difference: Rate
    samples_rate: Rate


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates for every smaller tree, from full trees.

    Attributes:
        problems: how many the figures are means of.
        joint: whether n_f is the paper's n_fr.
        baseline: the i.i.d. curve; its last k is what was sampled.
        baseline_run: the run that the baseline's samples are from.
        curves: one for each (n_f, n_r).
        cells: of the heat map, row by row.
        repair_gain: the gain from repairs at full size; None for samples alone.
    """

    problems: int
    joint: bool
    baseline: Curve
    baseline_run: str
    curves: tuple[Curve, ...]
    cells: tuple[HeatMapCell, ...]
    repair_gain: RepairGain | None


def mean(values: Sequence[float]) -> Rate:
    """Return the mean over problems with its interval; NaN when there is no problem.

    Where all values are the same there is no interval: resampling them would give one without width.
    """
    if not values:
        return Rate(math.nan, math.nan, math.nan, 0)
    if len(set(values)) == 1:
        return Rate(values[0], math.nan, math.nan, len(values))
    return _means(np.asarray(values, dtype=float)[:, None])[0]


def mean_share(values: Sequence[float]) -> Rate:
    """Return the mean over problems of shares, with its interval (:func:`sharpen.estimate.rate_interval`)."""
    if not values:
        return Rate(math.nan, math.nan, math.nan, 0)
    return _rates(np.asarray(values, dtype=float)[:, None])[0]


def share(part: Sequence[float], whole: Sequence[float]) -> Rate:
    """Return sum(part) / sum(whole) over problems with its interval; NaN when the whole is nothing.

    Where all problems have the same share, such as 0, the interval is Wilson's with each problem as one
    trial, as that of :func:`mean_share`.
    """
    rate = _ratio(part, whole)
    if _ratios_agree(part, whole):
        low, high = estimate.wilson(np.asarray(rate.value), rate.n, CONFIDENCE)
        return replace(rate, low=float(low), high=float(high))
    return rate


def share_difference(part: Sequence[float], whole: Sequence[float]) -> Rate:
    """Return sum(part) / sum(whole), where parts are differences; no interval where all are the same."""
    rate = _ratio(part, whole)
    return replace(rate, low=math.nan, high=math.nan) if _ratios_agree(part, whole) else rate


def _ratios_agree(part: Sequence[float], whole: Sequence[float]) -> bool:
    return len({p / w for p, w in zip(part, whole, strict=True) if w}) == 1


def _ratio(part: Sequence[float], whole: Sequence[float]) -> Rate:
    if not sum(whole):
        return Rate(math.nan, math.nan, math.nan, 0)
    ratio = estimate.ratio_of_sums(
        np.asarray(part, dtype=float),
        np.asarray(whole, dtype=float),
        confidence=CONFIDENCE,
        resamples=RESAMPLES,
        seed=SEED,
    )
    return Rate(float(ratio.value), float(ratio.low), float(ratio.high), int(np.count_nonzero(whole)))


def estimates(
    tree: Tree,
    size: Size,
    baseline: IidBaseline,
    baseline_run: str,
    problems: Sequence[str] = (),
    resamples: int = RESAMPLES,
) -> Estimates:
    """Return the curves and the heat map of stacked trees.

    Args:
        tree: (D, N), (D, N, F) and (D, N, F, R): the repair trees.
        size: their widths.
        baseline: i.i.d. samples on the same problems.
        baseline_run: the name of the run that the baseline is from.
        problems: the ids of the D problems, for the heat map's cells to name.
        resamples: of the intervals of curves and cells.
    """
    below = [(n_f, n_r) for n_r in shown_widths(size.n_r) for n_f in shown_widths(size.n_f)]
    return Estimates(
        problems=len(tree.passed),
        joint=size.joint,
        baseline=baseline_curve(baseline, resamples),
        baseline_run=baseline_run,
        curves=tuple(curve(tree, size.n_p, n_f, n_r, resamples) for n_f, n_r in below),
        cells=tuple(heat_map(tree, size, baseline, problems, resamples)),
        repair_gain=repair_gain(tree, size, baseline) if size.n_f else None,
    )


def repair_gain(tree: Tree, size: Size, baseline: IidBaseline) -> RepairGain:
    """Return the gain from repairs, and the gain from the same tokens spent on more i.i.d. samples.

    Both start from the same first programs, so that luck with these speaks for neither. With samples of the
    run's own, tokens are equal on every problem (:mod:`sharpen.estimate.equal_tokens`). With those of another
    run they are equal in the mean over problems, as on the paper's plane (arXiv 2306.09896, section 3).
    """
    full = estimate.pass_at_t(tree, size.n_p, size.n_f, size.n_r)
    alone = estimate.pass_at_t(tree, size.n_p, 0)
    tokens = float((full.tokens - alone.tokens).mean())
    gain = full.pass_rate - alone.pass_rate
    start, samples = _further(tree, baseline) if baseline.further else _of_other_run(size, baseline, tokens)
    if samples is None:
        undefined = mean([])
        return RepairGain(tokens, mean(gain.tolist()), undefined, undefined, undefined)
    return RepairGain(
        tokens,
        mean(gain.tolist()),
        mean(samples.tolist()),
        mean((gain - samples).tolist()),
        mean_share((start + samples).tolist()),
    )


def _further(tree: Tree, baseline: IidBaseline) -> tuple[Float, Float]:
    """Return the pass rate of the first programs, and what the run's own further samples add."""
    start = tree.passed.any(axis=-1).astype(float)
    within = [
        0.0 if passed else estimate.pass_rate_within(samples, float(tokens))
        for passed, samples, tokens in zip(start, baseline.further, estimate.tokens_below(tree), strict=True)
    ]
    return start, np.array(within)


def _of_other_run(size: Size, baseline: IidBaseline, tokens: float) -> tuple[Float, Float | None]:
    """Return pass@n_p of another run's samples, and what as many tokens of further ones add, if there are."""
    iid = baseline.curve()
    affordable = size.n_p + tokens / float(iid.tokens[:, 0].mean())
    most = iid.pass_rate.shape[1]
    start: Float = iid.pass_rate[:, min(size.n_p, most) - 1]
    if affordable > most:
        return start, None
    counts = np.arange(1, most + 1)
    return start, np.array([np.interp(affordable, counts, row) for row in iid.pass_rate]) - start


def baseline_curve(baseline: IidBaseline, resamples: int) -> Curve:
    """Return pass@k against the tokens of k samples, for every k that there is."""
    batch, sequence = baseline.curve(), baseline.curve(order="dfs")
    return _curve(0, 1, batch, (sequence.tokens, sequence.tokens), resamples)


def curve(tree: Tree, most: int, n_f: int, n_r: int, resamples: int) -> Curve:
    """Return the points of n_p = 1 to ``most``."""
    widths = range(1, most + 1)
    batch = estimate.pass_at_t(tree, widths, n_f, n_r)
    depth_first, breadth_first = (
        estimate.expected_tokens(tree, widths, n_f, n_r, order) for order in ("dfs", "bfs")
    )
    return _curve(n_f, n_r, batch, (depth_first, breadth_first), resamples)


def _curve(n_f: int, n_r: int, batch: PassAtT, in_sequence: tuple[Float, Float], resamples: int) -> Curve:
    """Return a curve; ``in_sequence`` are its tokens depth first and breadth first."""
    rates = _rates(batch.pass_rate, resamples)
    tokens = (batch.tokens, *in_sequence)
    columns = zip(
        range(1, len(rates) + 1), *(each.mean(axis=0).tolist() for each in tokens), rates, strict=True
    )
    points = (CurvePoint(k, samples(k, n_f, n_r), t, s, b, rate) for k, t, s, b, rate in columns)
    return Curve(n_f, n_r, tuple(points))


def samples(n_p: int, n_f: int, n_r: int) -> int:
    """Return the paper's k of a tree: its programs and all repairs that it may draw."""
    return n_p * (1 + n_f * n_r)


def heat_map(
    tree: Tree, size: Size, baseline: IidBaseline, problems: Sequence[str], resamples: int
) -> list[HeatMapCell]:
    """Return the cells of the paper's heat maps, row by row of n_p."""
    iid, biased_iid = baseline.curve("unbiased"), baseline.curve("plug_in")
    rows, columns = shown_widths(size.n_p), shown_widths(size.n_f)
    grid = [(n_p, n_f) for n_p in rows for n_f in columns]
    cells = []
    for n_r in shown_widths(size.n_r):
        unbiased, biased = (
            _points(tree, rows, columns, n_r, estimator) for estimator in ("unbiased", "plug_in")
        )
        ks = [samples(n_p, n_f, n_r) for n_p, n_f in grid]
        ratios = zip(
            _ratios(unbiased, iid, resamples),
            _ratios(biased, biased_iid, resamples),
            _ratios(_by_samples(unbiased, ks), _by_samples(iid), resamples),
            _ratios(_by_samples(biased, ks), _by_samples(biased_iid), resamples),
            strict=True,
        )
        solved, spent = unbiased.pass_rate, unbiased.tokens.mean(axis=0).tolist()
        facts = zip(grid, ks, spent, solved.T, _rates(solved, resamples), ratios, strict=True)
        for (n_p, n_f), k, tokens, column, rate, (ratio, paper, by_k, paper_by_k) in facts:
            gap = _gap(column, tokens, iid)
            sides = [tuple(compress(problems, side)) for side in (gap > SAME, gap < -SAME)]
            outside = bool(np.isnan(gap).any())
            cells.append(
                HeatMapCell(n_p, n_f, n_r, k, tokens, rate, ratio, paper, outside, by_k, paper_by_k, *sides)
            )
    return cells


def _gap(rates: Float, tokens: float, iid: PassAtT) -> Float:
    """Return (D,): pass rates minus the baseline's at equal mean tokens; NaN where it has no such point."""
    means = iid.tokens.mean(axis=0)
    if not means[0] * (1 - 1e-9) <= tokens <= means[-1] * (1 + 1e-9):
        return np.full(len(rates), math.nan)
    gap: Float = rates - np.array([np.interp(tokens, means, row) for row in iid.pass_rate])
    return gap


def shown_widths(most: int) -> tuple[int, ...]:
    """Return the widths to show of 1 to ``most``: all of a few, else the paper's and the largest."""
    if most <= 6:
        return tuple(range(1, most + 1))
    return tuple(sorted({width for width in WIDTHS if width < most} | {most}))


def _points(
    tree: Tree, rows: Sequence[int], columns: Sequence[int], n_r: int, estimator: Estimator
) -> PassAtT:
    """Return the cells (D, rows x columns) of one heat map as points of the pass@t plane."""
    points = estimate.pass_at_t(tree, rows, columns, n_r, estimator=estimator)
    return PassAtT(
        points.pass_rate.reshape(len(points.pass_rate), -1), points.tokens.reshape(len(points.tokens), -1)
    )


def _by_samples(points: PassAtT, ks: Sequence[int] = ()) -> PassAtT:
    """Return the points with their numbers of samples in place of tokens; 1, 2, ... if none are given."""
    numbers = np.asarray(ks or range(1, points.tokens.shape[1] + 1), dtype=float)
    return PassAtT(points.pass_rate, np.broadcast_to(numbers, points.tokens.shape))


def _ratios(points: PassAtT, baseline: PassAtT, resamples: int) -> list[Rate]:
    ratios = estimate.ratio_to_baseline(
        points, baseline, confidence=CONFIDENCE, resamples=resamples, seed=SEED
    )
    ends = zip(ratios.value, ratios.low, ratios.high, strict=True)
    return [Rate(float(v), float(low), float(high), len(points.tokens)) for v, low, high in ends]


def _rates(values: Float, resamples: int = RESAMPLES) -> list[Rate]:
    """Return the mean of each column of rates (D, K) with its interval."""
    return _with_ends(
        estimate.rate_interval(values, confidence=CONFIDENCE, resamples=resamples, seed=SEED), len(values)
    )


def _means(values: Float) -> list[Rate]:
    """Return the mean of each column of (D, K) with its interval."""
    return _with_ends(
        estimate.interval(values, confidence=CONFIDENCE, resamples=RESAMPLES, seed=SEED), len(values)
    )


def _with_ends(means: Interval, problems: int) -> list[Rate]:
    ends = zip(means.value, means.low, means.high, strict=True)
    return [Rate(float(v), float(low), float(high), problems) for v, low, high in ends]


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return dataclasses, mappings and sequences as JSON values; NaN and infinity as None."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
