"""Players of household games: the expert wins, chance does not."""

from pathlib import Path

import pytest

from sharpen.benchmarks.household.alfworld import game_environment
from sharpen.benchmarks.household.games import FAMILIES, Game, read
from sharpen.benchmarks.household.players import at_random, by_hand
from sharpen.errors import DataError
from tests.benchmarks.household.small_game import data


def games(shared_data: Path) -> list[Game]:
    return list(read(shared_data / "alfworld" / "valid_unseen_even.jsonl.gz"))


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_expert_wins_the_first_games_of_a_family(shared_data: Path, family: str) -> None:
    first = [game for game in games(shared_data) if game.family == family][:2]
    assert all(by_hand(game, most_steps=50) for game in first)


def test_the_expert_does_not_win_without_enough_commands(shared_data: Path) -> None:
    assert by_hand(games(shared_data)[0], most_steps=2) is None


def test_a_task_that_the_game_cannot_satisfy_ends_the_experts_walk(shared_data: Path) -> None:
    game = games(shared_data)[0]
    task = game.traj["pddl_params"] | {"object_target": "Unicorn"}
    assert by_hand(Game(game.id, game.data, game.traj | {"pddl_params": task}), most_steps=200) is None


def test_a_game_in_which_nothing_can_be_put_down_is_named() -> None:
    game = Game("look/one", data(), {"task_type": FAMILIES["put"], "pddl_params": {}})
    with pytest.raises(DataError, match=r"look/one has no command like 'put \{o\} in/on \{r\}'"):
        by_hand(game, most_steps=3)


def test_a_random_player_does_the_same_with_the_same_seed(shared_data: Path) -> None:
    environment = game_environment(games(shared_data)[0])
    assert at_random(environment, seed=0, most_steps=5) == at_random(environment, seed=0, most_steps=5)
