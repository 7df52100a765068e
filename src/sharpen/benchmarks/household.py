"""Household games in words: ALFWorld's (Shridhar et al. 2021, arXiv 2010.03768) and TextWorld's own.

- ``alfworld``: the 134 evaluation games, fetched once. ``alfworld@FILE``: others, from JSON lines (plain or
  ``.gz``) with ``gamefile``, ``game`` (``game.tw-pddl`` as text) and ``traj`` (``traj_data.json``), or from
  a folder in the official layout. The six task families are variants: ``alfworld/heat``.
- ``textworld``: games that TextWorld's generator makes from a seed; nothing is fetched.

Both need the packages of ``sharpen[household]`` and play in this process, offline. 30 actions end a trial, as
in Reflexion's first version. Names in a game are given out as the package's own evaluation does.

Deviations: the commands that a game knows are told with its first observation, because they differ between
builds of the games (``put X in/on Y`` and ``move X to Y``). A thought is no action, so that ``think:`` is not
needed; it is answered with ``OK.`` all the same.
"""

import hashlib
import re
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sharpen.benchmarks.base import ActionResult, Benchmark, Environment, ask
from sharpen.benchmarks.games import ADDRESS, Game, evaluation_games, read
from sharpen.errors import DataError, UsageError
from sharpen.types import Problem, Program, Suite

MOST_STEPS = 30
MADE = 20
"""Games that the generator makes."""
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
"""What the packages' letters in a command stand for."""


@dataclass(frozen=True, slots=True)
class World:
    """A game that has begun: the package's environment and state, what is seen, the commands it knows."""

    environment: Any
    state: Any
    seen: str
    commands: list[str]


class Household:
    """A game as an environment: 30 steps, and a world that :meth:`reset` makes anew.

    Attributes:
        state: the package's own state after the last command, for players that see more than an agent.
    """

    most_steps = MOST_STEPS

    def __init__(self, begin: Callable[[], World]) -> None:
        self._begin = begin
        self._world: World | None = None
        self.state: Any = None

    def reset(self) -> str:
        """Begin anew and return what there is to see, with the commands that the game knows."""
        self.close()
        self._world = self._begin()
        self.state = self._world.state
        return f"{self._world.seen.strip()}\n\nCommands: {'; '.join(self._world.commands)}"

    def step(self, action: str) -> ActionResult:
        """Carry out one command; what the game does not know is answered by the game."""
        command = action.removeprefix(">").strip()
        if command.lower().startswith("think"):
            return ActionResult("OK.")
        if len(command) > LONGEST or command.lower().partition(" ")[0] in OUTSIDE:
            return ActionResult("Nothing happens.")
        assert self._world is not None
        self.state, _, done = self._world.environment.step(command)
        won = bool(self.state["won"])
        return ActionResult(observed(self.state.feedback), done=bool(done) or won, reward=float(won))

    def close(self) -> None:
        """End the world, if one is open."""
        if self._world is not None:
            self._world.environment.close()
            self._world = None


def begin(game: Game) -> World:
    """Begin one of ALFWorld's games."""
    infos, pddl, demangler = _alfworld()
    environment = demangler(pddl(infos(won=True, admissible_commands=True)))
    environment.load(game.data)
    state = environment.reset()
    return World(environment, state, state.feedback.partition("\n\n")[2], _commands(state))


def make(seed: int) -> World:
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
        state = environment.reset()
    return World(
        environment, state, f"{state['objective']}\n\n{observed(state['description'])}", _commands(state)
    )


def _commands(state: Any) -> list[str]:  # noqa: ANN401 - the package's own state
    return sorted({worded(template) for template in state["command_templates"]})


def load(path: Path | None, variant: str) -> Benchmark:
    """Return ALFWorld's games of ``path`` or the 134 evaluation games, all of them or one family's.

    Raises:
        UsageError: the packages are not installed.
        DataError: it holds no games.
        FetchError: no path is given, and the games are not in the cache and cannot be reached.
    """
    _alfworld()
    where = path or evaluation_games()
    games = {game.id: game for game in read(where) if variant in ("", game.family)}
    if not games:
        raise DataError(f"{where} holds no game{f' of the family {variant}' if variant else ''}")
    source = str(path or ADDRESS)
    if where.is_file():
        source += f" sha256:{hashlib.sha256(where.read_bytes()).hexdigest()}"
    problems = [_problem(game.id, game.traj["task_type"], game.family, source) for game in games.values()]

    def environment(problem: Problem) -> Environment:
        return Household(partial(begin, games[problem.id]))

    return _benchmark(f"alfworld/{variant}" if variant else "alfworld", problems, environment, source)


def load_textworld(path: Path | None) -> Benchmark:
    """Return games that are made from the seeds 0, 1, 2 ...

    Raises:
        UsageError: a file is given, or the package is not installed.
    """
    if path is not None:
        raise UsageError("textworld makes its own games and reads no file: say textworld")
    version = _textworld().__version__
    source = f"made by textworld {version}"
    problems = [_problem(f"textworld/{seed}", "A game of TextWorld's", "", source) for seed in range(MADE)]

    def environment(problem: Problem) -> Environment:
        return Household(partial(make, int(problem.id.rpartition("/")[2])))

    return _benchmark("textworld", problems, environment, source)


def observed(feedback: str) -> str:
    """Return an observation as an agent sees it: without a bare place, the prompt and the status line."""
    text = feedback.partition("\n>")[0].strip()
    return text.partition(". ")[2] if text.startswith("You arrive at loc ") else text


def worded(template: str) -> str:
    """Return a template of a command with words for its blanks: ``open CONTAINER``."""
    return re.sub(r"\[?\{(\w+)[^}]*\}\]?", lambda blank: BLANKS.get(blank[1], blank[1]).upper(), template)


def _problem(identity: str, statement: str, family: str, source: str) -> Problem:
    nothing = Suite(())
    return Problem(identity, statement, nothing, nothing, difficulty=family, provenance={"source": source})


def _benchmark(
    name: str, problems: list[Problem], environment: Callable[[Problem], Environment], source: str
) -> Benchmark:
    return Benchmark(
        name=name,
        problems=problems,
        prompt=lambda _: ask("household.txt"),
        extract=lambda _problem, _answer: Program("", "none"),
        visible_tests="none: the game gives the reward",
        source=source,
        environment=environment,
    )


def _textworld() -> Any:  # noqa: ANN401 - the package has no types
    try:
        import textworld
        import textworld.generator
    except ImportError as error:
        raise _missing(error) from error
    return textworld


def _alfworld() -> tuple[Any, Any, Any]:
    try:
        from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
        from textworld.core import EnvInfos
        from textworld.envs.pddl import PddlEnv
    except ImportError as error:
        raise _missing(error) from error
    return EnvInfos, PddlEnv, AlfredDemangler


def _missing(error: ImportError) -> UsageError:
    return UsageError(
        f"household games need packages that are not here ({error}): pip install 'sharpen[household]'"
    )
