"""The baseline of Reflexion runs: i.i.d. sampling with the same number of tokens.

The figure is pass@k, with k chosen so that sampling k programs costs as many completion tokens on average;
between whole numbers of k it is interpolated. Where an accounting lets the hidden tests end a chain early,
they end the sampling early too (:data:`ProgramsDrawn`); otherwise ending early would look like a gain.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sharpen import estimate
from sharpen.reports.figures import Rate, mean, mean_share
from sharpen.reports.reflexion.trials import TrialRecord
from sharpen.reports.repair.record import RunRecord

UNDEFINED = Rate(math.nan, math.nan, math.nan, 0)
"""A figure that is undefined."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """I.i.d. samples: how many, how many pass, and their mean tokens, by problem."""

    name: str
    drawn: Mapping[str, int]
    passed: Mapping[str, int]
    tokens: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TokenPoint:
    """A share of problems solved at a mean number of completion tokens per problem."""

    tokens: float
    rate: Rate


@dataclass(frozen=True, slots=True)
class EqualTokens:
    """The result of i.i.d. sampling with the same number of tokens.

    Attributes:
        k: how many programs cost the same; NaN where one program costs more.
        iid: their pass@k; undefined where one program costs more.
        gap: the paired difference, Reflexion minus sampling.
        exhausted: whether the baseline ran out of samples; then the gap is an upper bound.
    """

    k: float
    iid: Rate
    gap: Rate
    exhausted: bool = False


Floats = NDArray[np.float64]
ProgramsDrawn = Callable[[Floats], Floats]
"""From pass@k to the mean number of programs drawn with a limit of k; rows are k from 1, columns problems."""


def whatever_passes(passes: Floats) -> Floats:
    """Return k: the hidden tests never end the sampling."""
    return np.broadcast_to(_limits(passes), passes.shape)


def unless_the_first_passes(passes: Floats) -> Floats:
    """Return 1 where the first program passes, else k."""
    return 1 + (_limits(passes) - 1) * (1 - passes[:1])


def until_one_passes(passes: Floats) -> Floats:
    """Return how many are drawn until one passes."""
    return 1 + np.vstack([np.zeros_like(passes[:1]), np.cumsum(1 - passes[:-1], axis=0)])


def _limits(passes: Floats) -> Floats:
    return np.arange(1.0, len(passes) + 1)[:, None]


def at_equal_tokens(
    baseline: Baseline, results: Mapping[str, tuple[float, float]], drawn: ProgramsDrawn
) -> EqualTokens:
    """Compare success and tokens of each problem with i.i.d. sampling, on the common problems."""
    ids = [name for name in results if name in baseline.drawn]
    if not ids:
        return EqualTokens(math.nan, UNDEFINED, UNDEFINED)
    passes, costs = _by_k(baseline, ids, drawn)
    tokens = sum(results[name][1] for name in ids) / len(ids)
    slack = 1e-9 * tokens  # equal tokens differ by rounding
    if tokens < costs[0] - slack:
        return EqualTokens(math.nan, UNDEFINED, UNDEFINED)
    k = float(np.interp(tokens, costs, np.arange(1, len(costs) + 1)))
    low, high = passes[math.floor(k) - 1], passes[math.ceil(k) - 1]
    iid = low + (k - math.floor(k)) * (high - low)
    gap = [float(results[name][0]) - float(value) for name, value in zip(ids, iid, strict=True)]
    return EqualTokens(k, mean_share(iid.tolist()), mean(gap), exhausted=bool(tokens > costs[-1] + slack))


def curve(baseline: Baseline) -> tuple[TokenPoint, ...]:
    """Return pass@k against the tokens of sampling until one passes, for every k that has samples."""
    passes, costs = _by_k(baseline, list(baseline.drawn), until_one_passes)
    return tuple(
        TokenPoint(cost, mean_share(rates.tolist()))
        for cost, rates in zip(costs.tolist(), passes, strict=True)
    )


def _by_k(baseline: Baseline, ids: Sequence[str], drawn: ProgramsDrawn) -> tuple[Floats, Floats]:
    """Return pass@k by problem and the mean tokens of a problem, for every k that each has samples for."""
    n, c = (np.array([counts[name] for name in ids]) for counts in (baseline.drawn, baseline.passed))
    passes = np.array([estimate.pass_at_k(n, c, k) for k in range(1, int(n.min()) + 1)])
    each = np.array([baseline.tokens[name] for name in ids])
    return passes, (drawn(passes) * each).mean(axis=1)


def sampled(one: RunRecord) -> Baseline:
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
