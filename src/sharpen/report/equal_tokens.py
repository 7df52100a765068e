"""I.i.d. sampling at equal tokens, beside the figures of Reflexion runs.

It is pass@k, where k programs cost as many completion tokens on average, linear between whole k. It chooses
by the hidden tests, as the accounting ``oracle_every`` does.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sharpen import estimate
from sharpen.report.figures import Rate, mean
from sharpen.report.record import Record
from sharpen.report.trials import TrialRecord

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
        k: how many programs cost the same.
        iid: their pass@k; nothing where fewer were sampled.
        gap: the paired difference of what is held against it.
    """

    k: float
    iid: Rate
    gap: Rate


def at_equal_tokens(baseline: Baseline, results: Mapping[str, tuple[float, float]]) -> Held:
    """Hold success and tokens of each problem against i.i.d. sampling on the problems that both have."""
    ids = [name for name in results if name in baseline.drawn]
    if not ids:
        return Held(math.nan, NOTHING, NOTHING)
    k = sum(results[name][1] for name in ids) / sum(baseline.tokens[name] for name in ids)
    n = np.array([baseline.drawn[name] for name in ids])
    if not 1 <= k <= n.min():
        return Held(k, NOTHING, NOTHING)
    c = np.array([baseline.passed[name] for name in ids])
    low, high = (estimate.pass_at_k(n, c, whole) for whole in (math.floor(k), math.ceil(k)))
    iid = low + (k - math.floor(k)) * (high - low)
    gap = [float(results[name][0]) - float(value) for name, value in zip(ids, iid, strict=True)]
    return Held(k, mean(iid.tolist()), mean(gap))


def curve(baseline: Baseline) -> tuple[Point, ...]:
    """Return pass@k against the tokens of k programs, for every k that each problem has samples for."""
    n, c = (np.array(list(counts.values())) for counts in (baseline.drawn, baseline.passed))
    each = sum(baseline.tokens.values()) / len(baseline.tokens)
    ks = range(1, int(n.min()) + 1)
    return tuple(Point(k * each, mean(estimate.pass_at_k(n, c, k).tolist())) for k in ks)


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
