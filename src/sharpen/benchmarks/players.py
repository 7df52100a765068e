"""Two ends of a scale for household games: the packages' own experts, and a player that acts at random.

They see what an agent does not: which commands would change something, and the state behind the game. An
agent that does not beat chance has learned nothing; one as good as the expert has nothing more to learn.
"""

import json
import random
import tempfile
from pathlib import Path
from typing import Any

from sharpen.benchmarks.games import Game
from sharpen.benchmarks.household import Household


def at_random(game: Household, seed: int, most_steps: int) -> int | None:
    """Return after how many commands a random player wins; None when it does not.

    It draws from the commands that the game admits at the moment.
    """
    chance = random.Random(seed)  # noqa: S311 - a player, not a secret
    game.reset()
    for number in range(1, most_steps + 1):
        turn = game.step(chance.choice(sorted(game.state["admissible_commands"])))
        if turn.done:
            return number if turn.reward else None
    return None


def by_policy(game: Household, most_steps: int) -> int | None:
    """Return after how many commands TextWorld's winning policy wins a game of its own."""
    game.reset()
    for number in range(1, most_steps + 1):
        turn = game.step(game.state["policy_commands"][0])
        if turn.done:
            return number if turn.reward else None
    return None


def by_hand(game: Game, seed: int, most_steps: int) -> int | None:
    """Return after how many commands ALFWorld's hand-coded expert wins; None when it does not.

    The expert draws from Python's shared generator, which is seeded here.
    """
    from alfworld.agents.environment.alfred_tw_env import AlfredDemangler, AlfredExpert
    from textworld.core import EnvInfos
    from textworld.envs.pddl import PddlEnv

    infos = EnvInfos(won=True, admissible_commands=True, facts=True, extras=["expert_plan"])
    random.seed(seed)
    environment: Any = AlfredExpert(AlfredDemangler(PddlEnv(infos)))
    with tempfile.TemporaryDirectory(prefix="sharpen-game-") as folder:
        path = Path(folder) / "game.tw-pddl"
        path.write_text(json.dumps(game.data))
        (Path(folder) / "traj_data.json").write_text(json.dumps(game.traj))
        environment.load(str(path))
        state = environment.reset()
        for number in range(1, most_steps + 1):
            state, _, _ = environment.step(state["extra.expert_plan"][0])
            if state["won"]:
                return number
    return None
