"""Games that TextWorld's generator makes from a seed (Côté et al. 2018, arXiv 1806.11532).

They are compiled programs, so the package of ``sharpen[household]`` plays them, in this process and offline.
"""

import tempfile
import warnings
from functools import partial
from pathlib import Path
from typing import Any

from sharpen.benchmarks.base import Benchmark, Environment
from sharpen.benchmarks.household.environment import Household, game_benchmark, game_problem, observed
from sharpen.errors import UsageError
from sharpen.types import Problem

MADE = 20
"""Games that the generator makes."""


class MadeWorld:
    """A made game that has begun: see :class:`sharpen.benchmarks.household.environment.World`."""

    def __init__(self, environment: Any) -> None:  # noqa: ANN401 - the package has no types
        self._environment = environment
        self._state = environment.reset()
        self.over = False
        self.seen = f"{self._state['objective']}\n\n{observed(self._state['description'])}"

    @property
    def templates(self) -> list[str]:
        """The commands that the game knows, with variables."""
        return list(self._state["command_templates"])

    @property
    def admissible(self) -> list[str]:
        """The commands that can be carried out now."""
        return sorted(self._state["admissible_commands"])

    @property
    def policy(self) -> list[str]:
        """The commands that win from here."""
        return list(self._state["policy_commands"])

    @property
    def won(self) -> bool:
        """Whether the quest is done."""
        return bool(self._state["won"])

    def step(self, command: str) -> str:
        """Carry out a command and return what is said about it."""
        self._state, _, done = self._environment.step(command)
        self.over = bool(done) or self.won
        return str(self._state.feedback)

    def close(self) -> None:
        """End the interpreter."""
        self._environment.close()


def make(seed: int) -> MadeWorld:
    """Make a game from a seed, three rooms with six objects and a quest of four steps, and begin it."""
    textworld = _textworld()
    options = textworld.GameOptions()
    options.seeds, options.nb_rooms, options.nb_objects = seed, 3, 6
    options.quest_length, options.quest_breadth = 4, 1
    with tempfile.TemporaryDirectory(prefix="sharpen-game-") as folder:
        options.path = f"{folder}/game.z8"
        path = textworld.generator.compile_game(textworld.generator.make_game(options), options)
        facts = ("won", "command_templates", "objective", "description", "admissible_commands")
        wanted = textworld.EnvInfos(policy_commands=True, **dict.fromkeys(facts, True))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the interpreter does not know the game; TextWorld does
            environment = textworld.start(path, wanted)
        return MadeWorld(environment)


def load(path: Path | None) -> Benchmark:
    """Return games that are made from the seeds 0, 1, 2 ...

    Raises:
        UsageError: a file is given, or the package is not installed.
    """
    if path is not None:
        raise UsageError("textworld makes its own games and reads no file: say textworld")
    source = f"made by textworld {_textworld().__version__}"
    problems = [
        game_problem(f"textworld/{seed}", "A game of TextWorld's", "", source) for seed in range(MADE)
    ]

    def environment(problem: Problem) -> Environment:
        return Household(partial(make, int(problem.id.rpartition("/")[2])))

    return game_benchmark("textworld", problems, environment, source)


def _textworld() -> Any:  # noqa: ANN401 - the package has no types
    try:
        import textworld
        import textworld.generator
    except ImportError as error:
        raise UsageError(
            f"TextWorld's games need packages that are not here ({error}): pip install 'sharpen[household]'"
        ) from error
    return textworld
