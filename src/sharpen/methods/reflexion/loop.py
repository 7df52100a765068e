"""Reflexion (Shinn et al., arXiv 2303.11366, algorithm 1): try, judge, reflect in words, remember, try again.

1. The actor makes a trajectory: the short-term memory.
2. The evaluator gives it a binary reward. At 1 the problem is done.
3. Self-reflection puts into words what went wrong; the last Omega of these are the long-term memory.
4. The actor tries again with both memories, up to a number of trials.

In the paper's first version a heuristic h(s, a, Omega, epsilon) ends a trial: :func:`heuristic`. The loop is
the same for programs, questions and games. What differs is the :class:`Family`: who acts, what judges.

Deviations from the paper and its code:

1. Hidden tests judge every program, for the record alone: the loop never sees them. So a figure follows the
   accounting ``self_tests``. With ``oracle="first"`` the hidden tests decide about the first program, as in
   the code of March 2023: the run's accounting is then ``oracle_first``.
2. A draw of trial t is sample t of its prompt, so that a trial that repeats a prompt is a fresh draw.
3. Prompts go on in the conversation of the program. ``prompts="paper"`` has the code's form (a system role, a
   worked example, the reflection as the assistant's turn) in our words; games and questions have one form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

from pydantic import NonNegativeInt, PositiveInt, model_validator

from sharpen.methods.prompts import Prompts
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


PRESETS: Mapping[str, Mapping[str, object]] = {
    "paper": {"temperature": 0.2, "top_p": 1.0, "max_tokens": 1024, "trials": 10, "memory": 1},
    "paper-questions": {"temperature": 0.0, "top_p": 1.0, "max_tokens": 250, "trials": 6},
}
"""The settings of the paper's code for programs (ten trials in its HumanEval log) and for questions."""


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
    oracle: Literal["none", "first"] = "none"
    """first: the hidden tests decide about the first program, and a failing one is always reflected on."""
    evaluator: Literal["tests", "model"] = "tests"
    """Who judges a program between trials: the model's own tests, or a model that reads it."""
    evaluator_model: str | None = None
    """Who writes the tests or judges; the model itself if not given."""
    reflection_model: str | None = None
    """Who reflects; the model itself if not given."""
    trace: Literal["recorded", "imagined"] = "recorded"
    """For self-debug-trace: values that the sandbox recorded block by block, or the model's own guess."""
    agreement: Literal["codet", "product"] = "codet"
    """codet: root of the programs times all tests, as often as written; product: programs times six tests."""
    test_samples: PositiveInt = 1
    """Answers with tests that codet draws; CodeT's own runs draw 100."""
    prompts: Prompts = "chat"
    """chat, paper (system role, worked example), codellama (the same as one text), or a FOLDER of prompts."""
    preset: Literal["none", "paper", "paper-questions"] = "none"
    """Temperature, lengths and trials of the paper's code; an option that is given comes first."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in_preset(cls, given: Any) -> Any:  # noqa: ANN401 - whatever a caller gives
        preset = PRESETS.get(given.get("preset", "")) if isinstance(given, dict) else None
        return {**preset, **given} if preset else given

    @property
    def determining(self) -> dict[str, Any]:
        """As of every method; CodeT's rule and the trace are named where they count: others were first."""
        later: dict[str, dict[str, Any]] = {
            "codet": {"agreement": self.agreement},
            "self-debug-trace": {"trace": self.trace},
        }
        return super().determining | later.get(self.strategy, {})

    @property
    def models(self) -> frozenset[str]:
        """Who acts, who judges and who reflects."""
        return frozenset({self.model, *filter(None, (self.evaluator_model, self.reflection_model))})

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


async def reflexion(
    family: Family, trials: int, omega: int, *, reflects: bool = True, gated: bool = False
) -> Trial:
    """Try until the evaluator is content or the trials are used up, and return the last one.

    Where it is ``gated``, the hidden tests decide about the first trial: the chain ends where they pass, and
    goes on where they fail, whatever the evaluator says.
    """
    memory: tuple[Node, ...] = ()
    trial = await family.evaluate(0, await family.act(0, memory, None))
    if gated and trial.steps[-1].passed:
        return trial
    for number in range(1, trials):
        if trial.ended and not (gated and number == 1):
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
