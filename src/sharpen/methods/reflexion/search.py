"""Strategies that choose among many programs, by the model's own tests alone.

- CodeT (Chen et al. 2022, arXiv 2207.10397): programs that pass the same tests agree with each other, and
  the largest agreement wins. By the paper's code it is the square root of the number of programs times the
  number of tests that they pass, each as often as the model wrote it; ``product`` is the paper's formula
  without the root (section 2.2), on the first six tests.
- ``codet-read``: the same with tests that the model writes after reading the first of its programs.
- Uniform-cost search (Reflexion's code): the state of a program is which tests it passes, its cost how many
  it fails; the cheapest state is expanded next, each state once.
- REx (Tang et al. 2024, arXiv 2405.17503): Thompson sampling. A program that passes a share h of the tests
  and was refined n times without success is worth Beta(1 + C h, 1 + C (1 - h) + n).
- LATS (Zhou et al. 2023, arXiv 2310.04406): tree search by upper confidence bounds (UCT).

CodeT draws all its programs at once. The others end at the first program that passes every own test, and
otherwise submit the one that passes most.

Deviations: LATS's value is the share of own tests passed, without the model's own opinion; all draw at the
run's temperature (uniform-cost search's code uses 0.75); REx starts from one program.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Literal

from sharpen.methods.reflexion.loop import Trial
from sharpen.methods.reflexion.programming import Programming

REX_C = 20.0
"""How much REx trusts the share of tests passed over the number of refinements."""
Agreement = Literal["codet", "product"]
"""How the agreement of programs and tests is scored."""
UCT = math.sqrt(2)
"""Weight of exploration in LATS."""


async def codet(coder: Programming, programs: int, rule: Agreement) -> Trial:
    """Draw programs independently and return the first of the largest agreement."""
    trials = await coder.drafts(programs)
    return trials[largest_agreement([trial.passed for trial in trials], coder.weights, rule)]


def largest_agreement(passed: Sequence[Sequence[bool]], weights: Sequence[int], rule: Agreement) -> int:
    """Return the position of the first program in the group whose agreement is largest.

    Args:
        passed: of each program, which distinct tests it passes.
        weights: how often each test was written.
        rule: how a group of programs that pass the same tests is scored.
    """
    groups: dict[tuple[bool, ...], list[int]] = {}
    for position, tests in enumerate(passed):
        groups.setdefault(tuple(tests), []).append(position)

    def score(tests: tuple[bool, ...]) -> float:
        if rule == "product":
            return len(groups[tests]) * sum(tests)
        return math.sqrt(len(groups[tests])) * sum(compress(weights, tests))

    return groups[max(groups, key=score)][0]


async def uniform_cost(coder: Programming, programs: int, width: int) -> Trial:
    """Expand the cheapest state that was not expanded yet."""
    best = await coder.first()
    reached, closed = {best.passed: best}, set[tuple[bool, ...]]()
    number = 1
    while not best.ended and number < programs and len(closed) < len(reached):
        cheapest = min((reached[state] for state in reached.keys() - closed), key=_cost)
        closed.add(cheapest.passed)
        for _ in range(min(width, programs - number)):
            trial = await coder.refined(number, cheapest)
            number += 1
            reached.setdefault(trial.passed, trial)
            best = min(best, trial, key=failures)
            if best.ended:
                break
    return best


def _cost(trial: Trial) -> tuple[int, int]:
    return failures(trial), trial.outcome.index


async def thompson(coder: Programming, programs: int, seed: int) -> Trial:
    """Refine the program that wins a draw from every program's Beta distribution."""
    chance = random.Random(f"{seed} {coder.problem.id}")  # noqa: S311 - it allots tries
    arms = [Arm(await coder.first())]
    for number in range(1, programs):
        if arms[-1].trial.ended:
            break
        arm = max(arms, key=lambda arm: arm.drawn(chance))
        arm.refined += 1
        arms.append(Arm(await coder.refined(number, arm.trial)))
    return min((arm.trial for arm in arms), key=failures)


@dataclass
class Arm:
    """A program that may be refined again, and how often it was."""

    trial: Trial
    refined: int = 0

    def drawn(self, chance: random.Random) -> float:
        """Return a draw of what refining it is worth."""
        h = share(self.trial)
        return chance.betavariate(1 + REX_C * h, 1 + REX_C * (1 - h) + self.refined)


async def tree_search(coder: Programming, programs: int, width: int) -> Trial:
    """Go down to a leaf by upper confidence bounds, expand it, and tell its ancestors what came of it."""
    root = Branch(await coder.first())
    trials = [root.trial]
    number = 1
    while not trials[-1].ended and number < programs:
        path = [root]
        while path[-1].children:
            path.append(max(path[-1].children, key=path[-1].bound))
        for _ in range(min(width, programs - number)):
            leaf = Branch(await coder.refined(number, path[-1].trial))
            path[-1].children.append(leaf)
            trials.append(leaf.trial)
            number += 1
            for branch in path:
                branch.visits += 1
                branch.value += share(leaf.trial)
            if leaf.trial.ended:
                break
    return min(trials, key=failures)


@dataclass
class Branch:
    """A program in the tree, with the sum of values and the number of visits below it."""

    trial: Trial
    visits: int = 1
    value: float = 0.0
    children: list["Branch"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.value = share(self.trial)

    def bound(self, child: "Branch") -> float:
        """Return the upper confidence bound of a child (UCT)."""
        return child.value / child.visits + UCT * math.sqrt(math.log(self.visits) / child.visits)


def failures(trial: Trial) -> int:
    """Return how many of its own tests a program fails."""
    return trial.passed.count(False)


def share(trial: Trial) -> float:
    """Return the share of its own tests that a program passes; 0 where there is none."""
    return sum(trial.passed) / len(trial.passed) if trial.passed else 0.0
