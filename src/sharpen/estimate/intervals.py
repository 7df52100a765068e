"""How sure a figure of a suite is: percentile intervals by resampling its problems.

The problems are the sample, so they are what is resampled (the paper's printed spread is that of one
simulated run of the suite, which says nothing about other problems). A problem's own figure is unbiased
but noisy, as its tree is finite; that noise is part of the spread between problems, hence of the interval.
Where all problems have the same rate there is no spread, and Wilson's interval says what is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from sharpen.errors import EstimateError
from sharpen.estimate.points import PassAtT
from sharpen.estimate.tree import Float

BLOCK = 1_000
"""Resamples that are computed at once."""
MOST_KEPT = 5_000_000
"""Counts of resampled problems that are kept for the next figure of the same suite: 40 MB."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure of a suite of problems and its bootstrap interval, as arrays of one shape (0-d for one).

    Attributes:
        value: from all problems as they are.
        low, high: the interval's ends; NaN where they cannot be told.
        confidence: the interval's level.
    """

    value: Float
    low: Float
    high: Float
    confidence: float


def interval(values: Float, *, confidence: float = 0.95, resamples: int = 10_000, seed: int = 0) -> Interval:
    """Return the mean over problems of values (D, ...) with its interval.

    With fewer than two problems the ends are NaN.

    Raises:
        EstimateError: there is no problem.
    """
    values = np.asarray(values, dtype=np.float64)
    if not len(values):
        raise EstimateError("an interval over problems needs at least one problem")
    columns = values.reshape(len(values), -1)
    low, high = _ends(_resampled_means(columns, resamples, seed), confidence, len(values))
    shape = values.shape[1:]
    value = columns.mean(axis=0).reshape(shape)
    return Interval(value, low.reshape(shape), high.reshape(shape), confidence)


def rate_interval(
    values: Float, *, confidence: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Return the mean over problems of rates (D, ...) from 0 to 1, such as pass@1, with its interval.

    Where all problems have the same rate, be it 1, every resample is the same and would give an interval
    without width. There the ends are Wilson's (1927) for D trials, also for D = 1: a problem is one trial,
    however many samples it has, since these are not independent of each other. Elsewhere it is
    :func:`interval`.

    Raises:
        EstimateError: there is no problem.
    """
    values = np.asarray(values, dtype=np.float64)
    ends = interval(values, confidence=confidence, resamples=resamples, seed=seed)
    agree = (values == values[0]).all(axis=0)
    low, high = wilson(values[0], len(values), confidence)
    return Interval(ends.value, np.where(agree, low, ends.low), np.where(agree, high, ends.high), confidence)


def wilson(rate: Float, trials: int, confidence: float) -> tuple[Float, Float]:
    """Return the ends of Wilson's score interval (1927) of a rate from 0 to 1 in so many trials."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (rate + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z * np.sqrt(rate * (1 - rate) / trials + (z / (2 * trials)) ** 2) / (1 + z**2 / trials)
    return np.where(rate > 0, middle - half, 0.0), np.where(rate < 1, middle + half, 1.0)  # not by rounding


def paired_interval(
    a: Float, b: Float, *, confidence: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Return the mean difference a - b of two methods on the same problems (D, ...), with its interval.

    Raises:
        EstimateError: the shapes differ, so that problems cannot be paired, or there is no problem.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise EstimateError(f"only equal shapes can be paired, not {a.shape} and {b.shape}")
    return interval(a - b, confidence=confidence, resamples=resamples, seed=seed)


def ratio_of_sums(
    part: Float, whole: Float, *, confidence: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Return sum(part) / sum(whole) over problems (D,), such as passing over sampled repairs.

    Both sums are of the same resampled problems. The value is NaN where the whole is 0; a resample
    without a whole counts as lying beyond either end.

    Raises:
        EstimateError: the two are not of the same problems, or there is no problem.
    """
    columns = np.stack([np.asarray(part, np.float64), np.asarray(whole, np.float64)], axis=-1)
    if columns.ndim != 2 or not len(columns):
        raise EstimateError(f"a ratio of sums needs two of (D,) with D > 0, not {columns.shape[:-1]}")
    means = _resampled_means(columns, resamples, seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.divide(*columns.sum(axis=0))
        ratios = means[:, 0] / means[:, 1]
    low, high = _ends(ratios[:, None], confidence, len(columns))
    return Interval(value, low[0], high[0], confidence)


def ratio_to_baseline(
    points: PassAtT,
    baseline: PassAtT,
    *,
    confidence: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
) -> Interval:
    """Return the suite's pass rate over the baseline's at equal tokens: the cells of the paper's heat map.

    Both axes are means over problems; between its points the baseline is a straight line. The value is
    NaN where no baseline point has as few or as many tokens (the paper prints O.O.B.), or where the
    baseline is 0. Each resample of problems interpolates anew; a resample without a ratio counts as
    lying beyond either end, so an end is NaN where too many have none.

    Args:
        points: (D, ...), any settings.
        baseline: (D, K), a curve of ascending tokens on the same problems.
        confidence: the interval's level.
        resamples: how often problems are resampled.
        seed: of the resampling.

    Raises:
        EstimateError: the two are not of the same problems.
    """
    problems, shape = len(points.tokens), points.tokens.shape[1:]
    if not problems or baseline.tokens.ndim != 2 or len(baseline.tokens) != problems:
        raise EstimateError(
            f"a ratio needs points (D, ...) and a baseline (D, K) of the same problems, "
            f"not {points.tokens.shape} and {baseline.tokens.shape}"
        )
    axes = (points.pass_rate, points.tokens, baseline.pass_rate, baseline.tokens)
    columns = [axis.reshape(problems, -1) for axis in axes]
    cuts = np.cumsum([column.shape[1] for column in columns])[:-1]
    together = np.concatenate(columns, axis=1)
    value = _ratio(*np.split(together.mean(axis=0, keepdims=True), cuts, axis=1))[0]
    means = _resampled_means(together, resamples, seed)
    blocks = (means[start : start + BLOCK] for start in range(0, resamples, BLOCK))
    ratios = [_ratio(*np.split(block, cuts, axis=1)) for block in blocks]
    low, high = _ends(np.concatenate(ratios), confidence, problems)
    low[np.isnan(value)] = high[np.isnan(value)] = np.nan
    return Interval(value.reshape(shape), low.reshape(shape), high.reshape(shape), confidence)


def _ratio(passed: Float, tokens: Float, base_passed: Float, base_tokens: Float) -> Float:
    """Return (R, C) from points (R, C) and baselines (R, K), each row interpolated on its own baseline."""
    first, last = base_tokens[:, :1], base_tokens[:, -1:]
    slack = 1e-9 * last  # equal tokens differ by rounding
    inside = (tokens >= first - slack) & (tokens <= last + slack)
    base = _interpolated(np.clip(tokens, first, last), base_tokens, base_passed)
    ratio = np.full_like(passed, np.nan)
    return np.divide(passed, base, out=ratio, where=inside & (base > 0))


def _interpolated(x: Float, known_x: Float, known_y: Float) -> Float:
    """Return (R, C): y at x by straight lines between known points (R, K), row by row."""
    if known_x.shape[1] == 1:
        return np.broadcast_to(known_y, x.shape)
    after = (known_x[:, None, :] <= x[:, :, None]).sum(axis=-1).clip(1, known_x.shape[1] - 1)
    x0, x1, y0, y1 = (
        np.take_along_axis(known, place, axis=1)
        for known in (known_x, known_y)
        for place in (after - 1, after)
    )
    share = np.divide(x - x0, x1 - x0, out=np.ones_like(x), where=x1 > x0)
    line: Float = y0 + share * (y1 - y0)
    return line


def _resampled_means(columns: Float, resamples: int, seed: int) -> Float:
    """Return (resamples, C): means over problems drawn with replacement from columns (D, C)."""
    problems = len(columns)
    small = problems * resamples <= MOST_KEPT
    blocks = _cached_draws(problems, resamples, seed) if small else _draws(problems, resamples, seed)
    return np.concatenate([block @ columns for block in blocks]) / problems


@lru_cache(maxsize=4)
def _cached_draws(problems: int, resamples: int, seed: int) -> tuple[Float, ...]:
    return tuple(_draws(problems, resamples, seed))


def _draws(problems: int, resamples: int, seed: int) -> Iterator[Float]:
    """Yield (block, problems): how often each resample draws each problem."""
    rng, even = np.random.default_rng(seed), np.full(problems, 1 / problems)
    for start in range(0, resamples, BLOCK):
        yield rng.multinomial(problems, even, size=min(BLOCK, resamples - start)).astype(np.float64)


def _ends(means: Float, confidence: float, problems: int) -> tuple[Float, Float]:
    """Return the percentile interval of (resamples, C); a NaN counts as lying beyond either end."""
    if problems < 2:
        return np.full_like(means[0], np.nan), np.full_like(means[0], np.nan)
    tail, undefined = (1 - confidence) / 2, np.isnan(means)
    low = np.quantile(np.where(undefined, -np.inf, means), tail, axis=0, method="lower")
    high = np.quantile(np.where(undefined, np.inf, means), 1 - tail, axis=0, method="higher")
    return np.where(np.isinf(low), np.nan, low), np.where(np.isinf(high), np.nan, high)
