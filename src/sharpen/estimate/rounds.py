"""Repairs of repairs: how success and tokens grow with the rounds, and when to start afresh.

A chain is a program, a repair of it where it fails, a repair of that ..., one after another, up to a
number of rounds. A recorded tree with several rounds holds many chains, one for each way down from a first
program. The mean over all of them is exact: a program that passes ends its chain, and where one fails the
chance that the rest fails too, and what it costs, are means over what was drawn below it.
:mod:`sharpen.estimate.points` reads the first round only.

How fast the gain of a further round decays is the question of the Debugging Decay Index (arXiv 2506.18403),
and its answer is a policy: give up after r rounds and start with a new program. n programs under that policy
are draws of independent chains, so their pass rate and their expected tokens are closed forms too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sharpen.errors import EstimateError
from sharpen.estimate.draws import without_replacement
from sharpen.estimate.points import PassAtT
from sharpen.estimate.tree import Float


@dataclass(frozen=True, slots=True)
class ChainProgram:
    """A program in a tree of any depth.

    Attributes:
        passed: whether it is right.
        tokens: of the program, and of the explanation that it followed.
        repairs: what was drawn to repair it; empty in the last round, and where no error could be quoted.
    """

    passed: bool
    tokens: float
    repairs: tuple["ChainProgram", ...] = ()


def chains(problem: Sequence[ChainProgram], rounds: int) -> tuple[Float, Float]:
    """Return the chance that a chain fails and its expected tokens, each (N, rounds + 1).

    They are of each first program, and of every number of repairs that may follow it.

    Raises:
        EstimateError: there is no program.
    """
    if not problem:
        raise EstimateError("chains need at least one program")
    both = np.array([[_chain(attempt, left) for left in range(rounds + 1)] for attempt in problem])
    return both[..., 0], both[..., 1]


def _chain(attempt: ChainProgram, left: int) -> tuple[float, float]:
    if attempt.passed:
        return 0.0, attempt.tokens
    if not left or not attempt.repairs:
        return 1.0, attempt.tokens
    below = np.array([_chain(repair, left - 1) for repair in attempt.repairs]).mean(axis=0)
    return float(below[0]), attempt.tokens + float(below[1])


def restarts(problems: Sequence[Sequence[ChainProgram]], rounds: int, programs: int) -> PassAtT:
    """Return (D, rounds + 1, programs): chains of r repairs, one after another, up to the first success.

    ``[:, 0]`` is i.i.d. sampling. A chain without repairs to draw ends at its program.

    Raises:
        EstimateError: a problem has fewer programs, or there is none.
    """
    if not problems or min(map(len, problems)) < programs:
        fewest = min(map(len, problems), default=0)
        raise EstimateError(f"{programs} programs were asked of trees of {fewest}: ask for fewer")
    points = [_restarts(problem, rounds, programs) for problem in problems]
    return PassAtT(*(np.stack(column) for column in zip(*points, strict=True)))


def _restarts(problem: Sequence[ChainProgram], rounds: int, programs: int) -> tuple[Float, Float]:
    fails, costs = chains(problem, rounds)
    fail, cost = without_replacement(fails, costs, programs)
    return 1 - fail[1:].T, cost[1:].cumsum(axis=0).T
