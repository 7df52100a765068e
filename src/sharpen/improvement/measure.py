"""What a training changed: paired differences between two runs on the same problems, with 95 % intervals."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sharpen.estimate import paired_interval, rate_interval
from sharpen.journal.journal import Journal
from sharpen.types import Stage

Counts = Mapping[str, tuple[int, int]]
"""Passed and drawn programs, by problem."""


@dataclass(frozen=True, slots=True)
class Change:
    """A measure before and after, on the problems that both runs have.

    Attributes:
        measure: what is measured.
        problems: how many problems it is a mean over.
        before, after: the mean over problems of the share of programs that pass.
        difference: after - before; NaN, as all figures, without a common problem.
        low, high: the 95 % interval of the difference, by a bootstrap over problems; NaN below 2 problems.
        gained: problems that were solved only after.
        lost: problems that were solved only before.
    """

    measure: str
    problems: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasuredMean:
    """A measure of one run: a mean over problems, with its 95 % interval."""

    measure: str
    problems: int
    value: float
    low: float
    high: float


def change(measure: str, before: Path, after: Path, stage: Stage = "program") -> Change:
    """Return how the share of programs that pass differs between two runs.

    With the stage ``repair`` only problems count that have repairs in both runs.

    Raises:
        JournalError: a run cannot be read.
    """
    old, new = counts(before, stage), counts(after, stage)
    common = [problem for problem in old if problem in new]
    if not common:
        nan = math.nan
        return Change(measure, 0, nan, nan, nan, nan, nan, (), ())
    shares = [np.array([side[problem][0] / side[problem][1] for problem in common]) for side in (old, new)]
    gap = paired_interval(shares[1], shares[0])
    return Change(
        measure=measure,
        problems=len(common),
        before=float(shares[0].mean()),
        after=float(shares[1].mean()),
        difference=float(gap.value),
        low=float(gap.low),
        high=float(gap.high),
        gained=tuple(problem for problem in common if new[problem][0] and not old[problem][0]),
        lost=tuple(problem for problem in common if old[problem][0] and not new[problem][0]),
    )


def rate(measure: str, run: Path, stage: Stage = "program") -> MeasuredMean:
    """Return the share of programs of a run that pass.

    Raises:
        JournalError: the run cannot be read.
    """
    tally = counts(run, stage)
    if not tally:
        return MeasuredMean(measure, 0, math.nan, math.nan, math.nan)
    mean = rate_interval(np.array([passed / drawn for passed, drawn in tally.values()]))
    return MeasuredMean(measure, len(tally), float(mean.value), float(mean.low), float(mean.high))


def counts(run: Path, stage: Stage) -> Counts:
    """Return passed and drawn programs of a stage, by problem, for problems that have one."""
    by_problem = {}
    with Journal.read(run) as journal:
        for problem in journal.problems():
            drawn = [node.passed for node in journal.nodes(problem.id) if node.stage == stage]
            if drawn:
                by_problem[problem.id] = sum(drawn), len(drawn)
    return by_problem
