"""I.i.d. sampling at equal tokens, beside the figures of Reflexion runs.

It is pass@k, which chooses by the hidden tests, where k programs at most cost as many completion tokens on
average, linear between whole k. Where an accounting lets the hidden tests end a chain, they end the sampling
as well (:data:`Drawn`): else its early end alone would look like a gain.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sharpen import estimate
from sharpen.reports.figures import Rate, mean, mean_share
from sharpen.reports.reflexion.trials import TrialRecord
from sharpen.reports.repair.record import Record

NOTHING = Rate(math.nan, math.nan, math.nan, 0)
"""A figure that cannot be told."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """I.i.d. samples: how many, how many pass, and their mean tokens, by problem."""

    name: str
    drawn: Mapping[str, int]
    passed: Mapping[str, int]
    tokens: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Point:
    """A share of problems solved at a mean number of completion tokens per problem."""

    tokens: float
    rate: Rate


@dataclass(frozen=True, slots=True)
class Held:
    """What i.i.d. sampling reaches at equal tokens.

    Attributes:
        k: how many programs at most cost the same; NaN where one costs more.
        iid: their pass@k; nothing where one costs more.
        gap: the paired difference of what is held against it.
        bound: whether all samples cost less, so that ``k`` is their number, and the gap an upper bound.
    """

    k: float
    iid: Rate
    gap: Rate
    bound: bool = False


Floats = NDArray[np.float64]
Drawn = Callable[[Floats], Floats]
"""How many programs are drawn on average, k at most. Rows are k from 1 on, columns problems; of pass@k."""


def whatever_passes(passes: Floats) -> Floats:
    """Return k: hidden tests end nothing."""
    return np.broadcast_to(_limits(passes), passes.shape)


def unless_the_first_passes(passes: Floats) -> Floats:
    """Return 1 where the first program is right, else k."""
    return 1 + (_limits(passes) - 1) * (1 - passes[:1])


def until_one_passes(passes: Floats) -> Floats:
    """Return how many are drawn until one is right: another one while none of those before is."""
    return 1 + np.vstack([np.zeros_like(passes[:1]), np.cumsum(1 - passes[:-1], axis=0)])


def _limits(passes: Floats) -> Floats:
    return np.arange(1.0, len(passes) + 1)[:, None]


def at_equal_tokens(baseline: Baseline, results: Mapping[str, tuple[float, float]], drawn: Drawn) -> Held:
    """Hold success and tokens of each problem against i.i.d. sampling on the problems that both have."""
    ids = [name for name in results if name in baseline.drawn]
    if not ids:
        return Held(math.nan, NOTHING, NOTHING)
    passes, costs = _by_k(baseline, ids, drawn)
    tokens = sum(results[name][1] for name in ids) / len(ids)
    slack = 1e-9 * tokens  # equal tokens differ by rounding
    if tokens < costs[0] - slack:
        return Held(math.nan, NOTHING, NOTHING)
    k = float(np.interp(tokens, costs, np.arange(1, len(costs) + 1)))
    low, high = passes[math.floor(k) - 1], passes[math.ceil(k) - 1]
    iid = low + (k - math.floor(k)) * (high - low)
    gap = [float(results[name][0]) - float(value) for name, value in zip(ids, iid, strict=True)]
    return Held(k, mean_share(iid.tolist()), mean(gap), bound=bool(tokens > costs[-1] + slack))


def curve(baseline: Baseline) -> tuple[Point, ...]:
    """Return pass@k against the tokens of sampling until one is right, for every k that has samples."""
    passes, costs = _by_k(baseline, list(baseline.drawn), until_one_passes)
    return tuple(
        Point(cost, mean_share(rates.tolist())) for cost, rates in zip(costs.tolist(), passes, strict=True)
    )


def _by_k(baseline: Baseline, ids: Sequence[str], drawn: Drawn) -> tuple[Floats, Floats]:
    """Return pass@k by problem and the mean tokens of a problem, for every k that each has samples for."""
    n, c = (np.array([counts[name] for name in ids]) for counts in (baseline.drawn, baseline.passed))
    passes = np.array([estimate.pass_at_k(n, c, k) for k in range(1, int(n.min()) + 1)])
    each = np.array([baseline.tokens[name] for name in ids])
    return passes, (drawn(passes) * each).mean(axis=1)


def sampled(one: Record) -> Baseline:
    """Return the samples of a `sample` run."""
    done = [result for result in one.finished if result.programs]
    tokens = {r.id: r.answers["program"].tokens / r.answers["program"].sampled for r in done}
    return Baseline(
        one.name, {r.id: r.programs for r in done}, {r.id: r.programs_passed for r in done}, tokens
    )


def simple(one: TrialRecord) -> Baseline:
    """Return the programs of a run of the strategy `simple`."""
    done = [problem for problem in one.finished if problem.attempts]
    return Baseline(
        one.name,
        {p.id: len(p.attempts) for p in done},
        {p.id: sum(attempt.success for attempt in p.attempts) for p in done},
        {p.id: p.attempts[-1].tokens / len(p.attempts) for p in done},
    )
