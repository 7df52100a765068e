"""Record walks through ALFWorld's games as its own packages play them, to compare our engine with them.

    python scripts/record_household.py GAMES.jsonl.gz OUT.jsonl.gz

Needs ``pip install 'alfworld>=0.4.2' 'textworld[pddl]>=1.7.0'``. A row is one walk: the game, who walked, and
for each step the command, the observation, a digest of the commands that are admissible afterwards, and
whether the game is won. Three players walk: the package's hand-coded expert, ours, and one that draws from
the admissible commands and, once in ten times, from the commands of earlier steps.
"""

import argparse
import gzip
import hashlib
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from copy import deepcopy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from sharpen.benchmarks.household.engine import Definition
from sharpen.benchmarks.household.environment import observed
from sharpen.benchmarks.household.expert import Expert
from sharpen.benchmarks.household.games import Game, read

MOST = {"package": 40, "expert": 100, "random": 100}
"""Commands of a walk, by player."""


def main() -> None:
    """Record the walks of every game."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("games", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--part", default="0/1", help="every N-th game from the K-th on, as K/N")
    options = parser.parse_args()
    first, step = map(int, options.part.split("/"))
    read_once()
    with gzip.open(options.out, "wt") as out:
        for number, game in list(enumerate(read(options.games)))[first::step]:
            for walk in walks(game, number):
                out.write(json.dumps(walk, ensure_ascii=False) + "\n")
            out.flush()


def read_once() -> None:
    """Let the packages keep what they have read: they read the same texts and problems anew at every step.

    They also copy for every text what nothing changes: the names of objects. The walks stay the same.
    """
    import fast_downward
    from textworld import logic
    from textworld.envs.pddl import textgen
    from textworld.generator.game import EntityInfo

    for unchanged in (EntityInfo, logic.Variable, logic.Placeholder):
        unchanged.__deepcopy__ = lambda self, _memo: self
    read_text = cache(textgen._parse_and_convert)  # noqa: SLF001 - there is no other place to do it
    textgen._parse_and_convert = lambda *args, **options: deepcopy(read_text(*args, **options))  # noqa: SLF001
    logic._parse_and_convert = cache(logic._parse_and_convert)  # noqa: SLF001
    fast_downward.pddl2sas = lru_cache(maxsize=4)(fast_downward.pddl2sas)


def walks(game: Game, seed: int) -> Iterator[dict[str, Any]]:
    """Yield a game's walks by the packages' expert, ours, and the random player."""
    with tempfile.TemporaryDirectory(prefix="sharpen-game-") as folder:
        (Path(folder) / "game.tw-pddl").write_text(json.dumps(game.data))
        (Path(folder) / "traj_data.json").write_text(json.dumps(game.traj))
        path = f"{folder}/game.tw-pddl"
        yield {"id": game.id, "player": "package", **_by_package(path, seed)}
        for player in ("expert", "random"):
            environment = opened(path)
            state = environment.reset()
            chooser = _ours(game, state) if player == "expert" else _random(seed, state)
            yield {"id": game.id, "player": player, **_walk(environment, state, chooser, MOST[player])}
            environment.close()


def opened(path: str, expert: bool = False) -> Any:  # noqa: ANN401 - the package has no types
    """Open a game with the packages, as ALFWorld's own evaluation does."""
    from alfworld.agents.environment.alfred_tw_env import AlfredDemangler, AlfredExpert
    from textworld.core import EnvInfos
    from textworld.envs.pddl import PddlEnv

    extras = ["expert_plan"] if expert else []
    environment = AlfredDemangler(
        PddlEnv(EnvInfos(won=True, admissible_commands=True, facts=expert, extras=extras))
    )
    environment = AlfredExpert(environment) if expert else environment
    environment.load(path)
    return environment


def digest(commands: Sequence[str]) -> str:
    """Return a short digest of a list of commands."""
    return hashlib.sha256("\n".join(commands).encode()).hexdigest()[:10]


def _by_package(path: str, seed: int) -> dict[str, Any]:
    random.seed(seed)
    environment = opened(path, expert=True)
    state = environment.reset()

    def plan() -> Iterator[str]:
        current = state
        while True:
            current = yield current["extra.expert_plan"][0]

    walk = _walk(environment, state, plan(), MOST["package"])
    environment.close()
    return walk


def _random(seed: int, state: Any) -> Iterator[str]:  # noqa: ANN401
    chance = random.Random(seed)
    seen: set[str] = set()
    while True:
        seen |= set(state["admissible_commands"])
        state = yield chance.choice(sorted(seen) if chance.random() < 0.1 else state["admissible_commands"])


def _ours(game: Game, state: Any) -> Iterator[str]:  # noqa: ANN401
    first = state.feedback.partition("\n\n")[2]
    walk = Expert(game, Definition(game.data).task, first, state["command_templates"]).walk()
    command = next(walk)
    while True:
        state = yield command
        try:
            command = walk.send(observed(state.feedback))
        except (StopIteration, LookupError):
            return


def _walk(environment: Any, state: Any, player: Any, most: int) -> dict[str, Any]:  # noqa: ANN401
    walk = {"first": state.feedback, "admissible": digest(state["admissible_commands"]), "steps": []}
    command = next(player)
    for _ in range(most):
        state, _, done = environment.step(command)
        walk["steps"].append(
            [command, state.feedback, digest(state["admissible_commands"]), bool(state["won"])]
        )
        if done:
            break
        try:
            command = player.send(state)
        except StopIteration:
            break
    return walk


if __name__ == "__main__":
    main()
