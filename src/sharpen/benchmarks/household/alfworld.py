"""ALFWorld's household games in words (Shridhar et al. 2021, arXiv 2010.03768), played by our own engine.

``alfworld`` means the 134 evaluation games, fetched once. ``alfworld@FILE`` means others, from JSON lines
(plain or ``.gz``) with ``gamefile``, ``game`` (``game.tw-pddl`` as text) and ``traj`` (``traj_data.json``),
or from a folder in the official layout. The six task families are variants: ``alfworld/heat``.

30 actions end a trial, as in Reflexion's first version. Objects are named as ALFWorld's own evaluation names
them.

Deviations: the first observation lists the commands that a game knows, because they differ between builds of
the games (``put X in/on Y`` and ``move X to Y``). A thought is not an action, so ``think:`` is not needed;
the answer to it is ``OK.`` all the same.
"""

import hashlib
from functools import partial
from pathlib import Path

from sharpen.benchmarks.base import Benchmark, Environment
from sharpen.benchmarks.household.engine import Definition, Play
from sharpen.benchmarks.household.environment import Household, game_benchmark, game_problem
from sharpen.benchmarks.household.games import ADDRESS, Game, evaluation_games, read
from sharpen.errors import DataError
from sharpen.types import Problem


class AlfredWorld:
    """One of ALFWorld's games that has begun: see :class:`sharpen.benchmarks.household.environment.World`."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.play: Play = definition.begin()
        self.templates = sorted({text.template for text in definition.grammar.actions.values()})
        self.seen = self.play.intro.partition("\n\n")[2]

    @property
    def admissible(self) -> list[str]:
        """The commands that can be carried out now."""
        return self.play.commands

    @property
    def won(self) -> bool:
        """Whether the goal is reached."""
        return self.play.won

    over = won

    def step(self, command: str) -> str:
        """Carry out a command and return what is said about it."""
        return self.play.step(command)

    def close(self) -> None:
        """It holds nothing but memory."""


def game_environment(game: Game) -> Household:
    """Return one of ALFWorld's games as an environment.

    Raises:
        DataError: the game's file cannot be read.
    """
    return Household(partial(AlfredWorld, Definition(game.data)))


def load(path: Path | None, variant: str) -> Benchmark:
    """Return ALFWorld's games of ``path`` or the 134 evaluation games, all of them or one family's.

    Raises:
        DataError: it holds no games.
        FetchError: no path is given, and the games are not in the cache and cannot be reached.
    """
    where = path or evaluation_games()
    games = {game.id: game for game in read(where) if variant in ("", game.family)}
    if not games:
        raise DataError(f"{where} holds no game{f' of the family {variant}' if variant else ''}")
    source = str(path or ADDRESS)
    if where.is_file():
        source += f" sha256:{hashlib.sha256(where.read_bytes()).hexdigest()}"
    problems = [game_problem(game.id, game.traj["task_type"], game.family, source) for game in games.values()]

    def environment(problem: Problem) -> Environment:
        return game_environment(games[problem.id])

    return game_benchmark(f"alfworld/{variant}" if variant else "alfworld", problems, environment, source)
