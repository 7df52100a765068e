"""Two ends of a scale for household games: experts, and a player that acts at random.

They see what an agent does not: which commands would change something, and the game's files. An agent that
does not beat chance has learned nothing; one as good as the expert has nothing more to learn.
"""

import random

from sharpen.benchmarks.household.alfworld import AlfredWorld, game_environment
from sharpen.benchmarks.household.environment import Household
from sharpen.benchmarks.household.expert import Expert
from sharpen.benchmarks.household.games import Game
from sharpen.benchmarks.household.textworld import MadeWorld


def at_random(game: Household, seed: int, most_steps: int) -> int | None:
    """Return after how many commands a random player wins; None when it does not.

    It draws from the commands that the game admits at the moment.
    """
    chance = random.Random(seed)  # noqa: S311 - a player, not a secret
    game.reset()
    for number in range(1, most_steps + 1):
        turn = game.step(chance.choice(game.world.admissible))
        if turn.done:
            return number if turn.reward else None
    return None


def by_policy(game: Household, most_steps: int) -> int | None:
    """Return after how many commands TextWorld's winning policy wins a game of its own."""
    game.reset()
    assert isinstance(game.world, MadeWorld)
    for number in range(1, most_steps + 1):
        turn = game.step(game.world.policy[0])
        if turn.done:
            return number if turn.reward else None
    return None


def by_hand(game: Game, most_steps: int) -> int | None:
    """Return after how many commands our hand-coded expert wins; None when it does not.

    Raises:
        DataError: the game has no command that puts an object somewhere.
    """
    environment = game_environment(game)
    first = environment.reset()
    assert isinstance(environment.world, AlfredWorld)
    walk = Expert(game, environment.world.definition.task, first, environment.world.templates).walk()
    try:
        command = next(walk)
        for number in range(1, most_steps + 1):
            turn = environment.step(command)
            if turn.done:
                return number if turn.reward else None
            command = walk.send(turn.observation)
    except (StopIteration, LookupError):
        return None
    return None
