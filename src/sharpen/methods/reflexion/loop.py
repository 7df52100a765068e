"""Reflexion (Shinn et al., arXiv 2303.11366, algorithm 1): try, judge, reflect in words, remember, try again.

1. The actor makes a trajectory: the short-term memory.
2. The evaluator gives it a binary reward. At 1 the problem is done.
3. Self-reflection puts into words what went wrong; the last Omega of these are the long-term memory.
4. The actor tries again with both memories, up to a number of trials.

In the paper's first version a heuristic h(s, a, Omega, epsilon) ends a trial: :func:`heuristic`. The loop is
the same for programs, questions and games. What differs is the :class:`Family`: who acts, what judges.

Deviations from the paper and its code:

1. Hidden tests judge every program, for the record alone: the loop never sees them. Which accounting a
   figure follows is said in the report (``self_tests``, ``oracle_first``, ``oracle_every``).
2. A draw of trial t is sample t of its prompt, so that a trial that repeats a prompt is a fresh draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from pydantic import NonNegativeInt, PositiveInt

from sharpen.run.config import FAILING, RunConfig
from sharpen.types import Node

Strategy = Literal[
    "reflexion",
    "simple",
    "immediate-reflexion",
    "immediate-refinement",
    "test-acc",
    "self-debug",
    "self-debug-trace",
    "codet",
    "ucs",
    "rex",
    "lats",
    "s-star",
    "codet-read",
    "none",
    "last-attempt",
    "both",
]


class Reflexion(RunConfig):
    """Try, judge, reflect, remember, try again."""

    method: ClassVar[str] = "reflexion"
    feedback_tests: ClassVar[str] = "own"

    strategy: Strategy = "reflexion"
    """What is done between trials; `none` for games and questions is the actor alone."""
    trials: PositiveInt = 5
    """Attempts per problem, at most."""
    memory: NonNegativeInt | None = None
    """Reflections kept (Omega); 1 for programs and 3 otherwise if not given."""
    width: PositiveInt = 2
    """Programs that a search (ucs, lats) draws from one; rounds of debugging in s-star."""
    repeats: PositiveInt = 3
    """The heuristic ends a trial when one action in one state was repeated more often."""

    @property
    def answers_per_problem(self) -> float:
        """Own tests, then a program and a reflection a trial, if half of the trials succeed."""
        return 1 + 2 * sum(FAILING**trial for trial in range(self.trials))


@dataclass(frozen=True, slots=True)
class Trial:
    """One trajectory with what the evaluator said of it.

    Attributes:
        steps: what was done and seen, in order.
        outcome: the evaluator's row.
        passed: per own test, for programs.
    """

    steps: tuple[Node, ...]
    outcome: Node
    passed: tuple[bool, ...] = ()

    @property
    def ended(self) -> bool:
        """Whether there is nothing to try again for: the reward is 1, or nothing could be judged."""
        return self.outcome.reward != 0


class Family(Protocol):
    """Programs, questions or games: an actor, an evaluator and self-reflection."""

    async def act(self, number: int, memory: Sequence[Node], last: Trial | None) -> tuple[Node, ...]:
        """Make trial ``number``'s trajectory."""
        ...

    async def evaluate(self, number: int, steps: tuple[Node, ...]) -> Trial:
        """Give it a reward."""
        ...

    async def reflect(self, number: int, trial: Trial, memory: Sequence[Node]) -> Node:
        """Say what went wrong and what to do differently."""
        ...


async def reflexion(family: Family, trials: int, omega: int, *, reflects: bool = True) -> Trial:
    """Try until the evaluator is content or the trials are used up, and return the last one."""
    memory: tuple[Node, ...] = ()
    trial = await family.evaluate(0, await family.act(0, memory, None))
    for number in range(1, trials):
        if trial.ended:
            break
        if reflects:
            memory = (*memory, await family.reflect(number, trial, memory))[-omega:] if omega else ()
        trial = await family.evaluate(number, await family.act(number, memory, trial))
    return trial


def heuristic(steps: Sequence[tuple[str, str]], omega: int, epsilon: int) -> str:
    """Return why a trial should end now (h = 1), or an empty string (h = 0).

    Args:
        steps: state (what was last seen) and action, in order.
        omega: how often one action may be repeated in one state.
        epsilon: actions that a trial may take.
    """
    if steps and steps.count(steps[-1]) - 1 > omega:
        return f"the same action in the same state was repeated {steps.count(steps[-1]) - 1} times"
    if len(steps) >= epsilon:
        return f"no more than {epsilon} {'action' if epsilon == 1 else 'actions'} may be taken"
    return ""
