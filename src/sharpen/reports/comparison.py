"""Paired differences between runs, on the problems or programs that they share."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sharpen import estimate
from sharpen.estimate import Tree
from sharpen.reports import words
from sharpen.reports.figures import Rate, mean, mean_share, share, share_difference
from sharpen.reports.repair.record import RunRecord
from sharpen.reports.repair.results import RepairCounts

Points = dict[str, tuple[float, float]]
"""Pass rate and completion tokens of each finished problem."""


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Two runs, or two kinds of feedback, on the same problems: the mean difference a - b, with its interval.

    Attributes:
        a, b: the names of the two sides.
        rate_a, rate_b: their figures on the common problems.
        difference: a - b.
        tokens_a, tokens_b: mean completion tokens per problem; NaN when repairs are compared.
        programs: failing programs that both sides repaired; 0 when whole runs are compared.
    """

    a: str
    b: str
    rate_a: Rate
    rate_b: Rate
    difference: Rate
    tokens_a: float = math.nan
    tokens_b: float = math.nan
    programs: int = 0


def comparisons(records: Sequence[RunRecord]) -> Iterable[PairedDifference]:
    """Yield every pair of runs of one benchmark, each at its full size, on the problems of both."""
    per_run = [points(record) for record in records]
    for i, a in enumerate(records):
        for j, b in enumerate(records[i + 1 :], i + 1):
            common = [problem for problem in per_run[i] if problem in per_run[j]]
            if common and a.config.benchmark == b.config.benchmark:
                left, right = ([per_run[side][p] for p in common] for side in (i, j))
                yield paired(a.name, b.name, left, right)


def at_equal_tokens(a: RunRecord, b: RunRecord) -> PairedDifference | None:
    """Compare two runs of full trees at the same mean tokens per problem: what the cheaper one spends.

    The other is read off its curve of growing n_p there, a straight line between two points, as on the
    paper's plane of pass rate against tokens (arXiv 2306.09896, section 3). None where a run has no full
    trees, the runs have no common problem, or the curve begins above these tokens.
    """
    common = [problem for problem in a.trees if problem in b.trees]
    if not common or a.config.benchmark != b.config.benchmark:
        return None
    curves = [_curve(record, common) for record in (a, b)]
    tokens = min(float(curve.tokens[:, -1].mean()) for curve in curves)
    if tokens < max(float(curve.tokens.mean(axis=0).min()) for curve in curves):
        return None
    left, right = ([(rate, tokens) for rate in _rates_at(tokens, curve)] for curve in curves)
    return paired(a.name, b.name, left, right)


def _curve(record: RunRecord, problems: Sequence[str]) -> estimate.PassAtT:
    assert record.layout.size is not None
    size = record.layout.size
    trees = Tree.stack([record.trees[problem] for problem in problems])
    return estimate.pass_at_t(trees, range(1, size.n_p + 1), size.n_f, size.n_r or 1)


def _rates_at(tokens: float, curve: estimate.PassAtT) -> list[float]:
    """Return the pass rate of each problem where the curve costs ``tokens`` in the mean."""
    means = curve.tokens.mean(axis=0)
    order = np.argsort(means)
    return [float(np.interp(tokens, means[order], rates[order])) for rates in curve.pass_rate]


def ahead(pair: PairedDifference | None) -> str:
    """Return which of two runs is ahead at equal tokens, in one sentence."""
    if pair is None:
        return (
            "Which run is ahead at equal tokens is unknown: that needs full trees of both, of similar cost."
        )
    gap = pair.difference
    sure = gap.value != 0 if math.isnan(gap.low) else gap.low > 0 or gap.high < 0
    word = "is ahead of" if gap.value > 0 else "is behind"
    who = f"{pair.a} {word} {pair.b}" if sure else f"No difference is shown between {pair.a} and {pair.b}"
    return f"{who}: {words.at_equal_tokens(gap)} ({words.count(pair.tokens_a)} tokens a problem)."


def paired(
    a: str, b: str, left: Sequence[tuple[float, float]], right: Sequence[tuple[float, float]]
) -> PairedDifference:
    """Return the difference a - b of two sides' (pass rate, tokens) on the same problems, in one order."""
    (rates_a, tokens_a), (rates_b, tokens_b) = zip(*left, strict=True), zip(*right, strict=True)
    gap = mean([x - y for x, y in zip(rates_a, rates_b, strict=True)])
    spent = [sum(tokens) / len(tokens) for tokens in (tokens_a, tokens_b)]
    return PairedDifference(a, b, mean_share(rates_a), mean_share(rates_b), gap, *spent)


def points(record: RunRecord) -> Points:
    """Return pass rate and tokens of each finished problem at the run's full size."""
    size = record.layout.size
    if size is None or not record.trees:
        return {r.id: (float(r.solved_at is not None), float(r.tokens)) for r in record.finished}
    stacked = Tree.stack(list(record.trees.values()))
    estimates = estimate.pass_at_t(stacked, size.n_p, size.n_f, size.n_r or 1)
    pairs = zip(estimates.pass_rate.tolist(), estimates.tokens.tolist(), strict=True)
    return dict(zip(record.trees, pairs, strict=True))


def human_and_model_feedback(records: Sequence[RunRecord]) -> dict[str, PairedDifference]:
    """Compare human feedback with models' on the programs that both explained (2306.09896, section 4.3).

    Returns the columns of the paper's table: a comparison for each difficulty, if there are several, and
    ``overall``. Empty where no program has both.
    """
    sides: dict[str, dict[str, dict[bool, list[RepairCounts]]]] = {}
    difficulties: dict[str, str] = {}
    for record in records:
        for result in record.results:
            difficulties[result.id] = result.difficulty
            for repairs in result.first_round:
                programs = sides.setdefault(result.id, {}).setdefault(repairs.program, {})
                programs.setdefault(repairs.human, []).append(repairs)
    both = {problem: [p for p in programs.values() if len(p) == 2] for problem, programs in sides.items()}
    both = {problem: programs for problem, programs in both.items() if programs}
    if not both:
        return {}
    labels = dict.fromkeys(difficulties[problem] for problem in both)
    groups = {
        name: [pair for problem, pair in both.items() if difficulties[problem] == name] for name in labels
    }
    columns = {name: _human_against_model(group) for name, group in groups.items() if name}
    return (columns if len(labels) > 1 else {}) | {"overall": _human_against_model(list(both.values()))}


def _human_against_model(both: Sequence[Sequence[dict[bool, list[RepairCounts]]]]) -> PairedDifference:
    """Compare on programs, grouped by problem, that have repairs of both kinds."""
    rates = {kind: [[_rate(p[kind]) for p in programs] for programs in both] for kind in (True, False)}
    counts = [len(programs) for programs in both]
    humans, models = ([sum(rates_of) for rates_of in rates[kind]] for kind in (True, False))
    gap = [x - y for x, y in zip(humans, models, strict=True)]
    return PairedDifference(
        "human",
        "model",
        share(humans, counts),
        share(models, counts),
        share_difference(gap, counts),
        programs=sum(counts),
    )


def _rate(repairs: Sequence[RepairCounts]) -> float:
    return sum(r.passed for r in repairs) / sum(r.sampled for r in repairs)
