"""A household game as an environment that an agent acts in, whichever engine plays it."""

import re
from collections.abc import Callable, Iterable
from typing import Protocol

from sharpen.benchmarks.base import ActionResult, Benchmark, Environment, ask
from sharpen.types import Problem, Program, Suite

MOST_STEPS = 30
LONGEST = 100
"""Characters that a command may have: the interpreter of TextWorld's games would cut it."""
OUTSIDE = frozenset(
    {
        "quit",
        "q",
        "restart",
        "restore",
        "save",
        "script",
        "unscript",
        "transcript",
        "undo",
        "version",
        "verify",
    }
)
"""Commands to the interpreter and not to the game: they write files, or leave the game."""
BLANKS = {
    "c": "container", "d": "door", "f": "food", "k": "key", "o": "object", "s": "supporter", "t": "thing",
    "r": "place", "co": "object", "ko": "knife", "outero": "object", "outerr": "object",
}  # fmt: skip
"""What a variable in the template of a command stands for."""


class World(Protocol):
    """A game that has begun.

    Attributes:
        seen: what there is to see at first, with the task.
        templates: the commands that the game knows, with variables.
        admissible: the commands that can be carried out now, in alphabetical order.
        won: whether the goal is reached.
        over: whether the game has ended in any way.
    """

    seen: str

    @property
    def templates(self) -> list[str]: ...  # noqa: D102

    @property
    def admissible(self) -> list[str]: ...  # noqa: D102

    @property
    def won(self) -> bool: ...  # noqa: D102

    @property
    def over(self) -> bool: ...  # noqa: D102

    def step(self, command: str) -> str:
        """Carry out a command and return what is said about it."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class Household:
    """A game as an environment: 30 steps, and a world that :meth:`reset` makes anew."""

    most_steps = MOST_STEPS

    def __init__(self, begin: Callable[[], World]) -> None:
        self._begin = begin
        self._world: World | None = None

    @property
    def world(self) -> World:
        """The game behind it, for players that see more than an agent; there is one after :meth:`reset`."""
        assert self._world is not None
        return self._world

    def reset(self) -> str:
        """Begin anew and return what there is to see, with the commands that the game knows."""
        self.close()
        self._world = self._begin()
        return f"{self._world.seen.strip()}\n\nCommands: {'; '.join(worded(self._world.templates))}"

    def step(self, action: str) -> ActionResult:
        """Carry out one command; what the game does not know is answered by the game."""
        command = action.removeprefix(">").strip()
        if command.lower().startswith("think"):
            return ActionResult("OK.")
        if len(command) > LONGEST or command.lower().partition(" ")[0] in OUTSIDE:
            return ActionResult("Nothing happens.")
        seen = observed(self.world.step(command))
        return ActionResult(seen, done=self.world.over, reward=float(self.world.won))

    def close(self) -> None:
        """End the world, if one is open."""
        if self._world is not None:
            self._world.close()
            self._world = None


def observed(feedback: str) -> str:
    """Return an observation as an agent sees it: without a bare place, the prompt and the status line."""
    text = feedback.partition("\n>")[0].strip()
    return text.partition(". ")[2] if text.startswith("You arrive at loc ") else text


def worded(templates: Iterable[str]) -> list[str]:
    """Return templates of commands with words for their variables, each once: ``open CONTAINER``."""
    variable = re.compile(r"\[?\{(\w+)[^}]*\}\]?")
    return sorted(
        {variable.sub(lambda blank: BLANKS.get(blank[1], blank[1]).upper(), one) for one in templates}
    )


def game_problem(identity: str, statement: str, family: str, source: str) -> Problem:
    """Return a game as a problem without tests."""
    nothing = Suite(())
    return Problem(identity, statement, nothing, nothing, difficulty=family, provenance={"source": source})


def game_benchmark(
    name: str, problems: list[Problem], environment: Callable[[Problem], Environment], source: str
) -> Benchmark:
    """Return games as a benchmark."""
    return Benchmark(
        name=name,
        problems=problems,
        prompt=lambda _: ask("household.txt"),
        extract=lambda _problem, _answer: Program("", "none"),
        visible_tests="none: the game gives the reward",
        source=source,
        environment=environment,
    )
