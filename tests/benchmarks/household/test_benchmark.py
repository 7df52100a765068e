"""Household games as benchmarks: ALFWorld's are played by our engine, TextWorld's by its package."""

import gzip
import json
from pathlib import Path

import pytest

from sharpen.benchmarks.household.environment import MOST_STEPS, Household, observed, worded
from sharpen.benchmarks.household.games import FAMILIES, read
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, UsageError

GAMES = "valid_unseen_even.jsonl.gz"


def test_a_command_is_listed_with_words_for_its_variables() -> None:
    assert worded(["put {o} on {s}"]) == ["put OBJECT on SUPPORTER"]
    assert worded(["go to [{r.name | receptacleatlocation(r:receptacle, lend:location)}]"]) == ["go to PLACE"]
    assert worded(["take {o} from {r}"] * 2) == ["take OBJECT from PLACE"]


def test_an_observation_is_without_status_line_and_bare_place() -> None:
    assert observed("A room.\n\n>      -= Cellar =-0/2") == "A room."
    assert (
        observed("You arrive at loc 3. On the desk 1, you see a pen 1.") == "On the desk 1, you see a pen 1."
    )
    assert observed("You arrive at desk 1. You see nothing.") == "You arrive at desk 1. You see nothing."


def test_games_are_read_with_their_families(shared_data: Path) -> None:
    games = list(read(shared_data / "alfworld" / GAMES))
    assert len(games) == 67
    assert {game.family for game in games} == set(FAMILIES)
    assert len({game.id for game in games}) == 67


def test_games_are_read_from_the_official_layout(shared_data: Path, tmp_path: Path) -> None:
    games = list(read(shared_data / "alfworld" / GAMES))[:2]
    for game in games:
        folder = tmp_path / game.id
        folder.mkdir(parents=True)
        (folder / "game.tw-pddl").write_text(json.dumps(game.data))
        (folder / "traj_data.json").write_text(json.dumps(game.traj))
    assert sorted(game.id for game in read(tmp_path)) == sorted(game.id for game in games)


@pytest.mark.parametrize(
    "line", ["{", "{}", '{"gamefile": "a/b/c", "game": "{}", "traj": {"task_type": "x"}}']
)
def test_what_is_no_game_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "games.jsonl").write_text(line + "\n")
    with pytest.raises(DataError, match=r"games\.jsonl, line 1"):
        list(read(tmp_path / "games.jsonl"))


def test_a_missing_file_is_one_sentence() -> None:
    with pytest.raises(UsageError, match=r"no benchmark file nowhere\.jsonl"):
        load("alfworld@nowhere.jsonl")


class TestALFWorld:
    def world(self, shared_data: Path, number: int = 0) -> Household:
        benchmark = load(f"alfworld@{shared_data / 'alfworld' / GAMES}")
        environment = benchmark.environment(benchmark.problems[number])
        assert isinstance(environment, Household)
        return environment

    def test_a_game_begins_as_alfworld_recorded_it(self, shared_data: Path) -> None:
        path = shared_data / "alfworld" / GAMES
        benchmark = load(f"alfworld@{path}")
        with gzip.open(path, "rt") as lines:
            goals = [json.loads(line)["goal_text"] for line, _ in zip(lines, range(3), strict=False)]
        for problem, goal in zip(benchmark.problems, goals, strict=False):
            world = benchmark.environment(problem)
            assert world.reset().partition("\n\nCommands: ")[0] == goal.rpartition("___")[0]
            world.close()

    def test_the_same_commands_lead_to_the_same_place(self, shared_data: Path) -> None:
        environment = self.world(shared_data)
        seen = []
        for _ in range(2):
            first = environment.reset()
            commands = environment.world.admissible[:3]
            seen.append([first, *(environment.step(command).observation for command in commands)])
        assert seen[0] == seen[1]
        assert environment.step("dance").observation == "Nothing happens."
        assert environment.step("> look") == environment.step("look")
        assert not environment.step("think: hm").done
        assert environment.most_steps == MOST_STEPS == 30
        environment.close()

    def test_a_family_is_a_variant(self, shared_data: Path) -> None:
        benchmark = load(f"alfworld/heat@{shared_data / 'alfworld' / GAMES}")
        assert len(benchmark.problems) == 13
        assert {problem.difficulty for problem in benchmark.problems} == {"heat"}


class TestTextWorld:
    @pytest.fixture(autouse=True)
    def _packages(self) -> None:
        pytest.importorskip("textworld", reason="needs sharpen[household]")

    def test_a_made_game_is_won_by_its_policy_and_is_the_same_every_time(self) -> None:
        from sharpen.benchmarks.household.players import at_random, by_policy

        benchmark = load("textworld")
        environment = benchmark.environment(benchmark.problems[0])
        assert isinstance(environment, Household)
        first = environment.reset()
        assert "Commands: " in first and "{" not in first
        assert "verb I recognise" in environment.step("dance wildly").observation
        for command in ("save", "quit", "restart", "x" * 500, "é" * 90):
            assert not environment.step(command).done
        assert environment.step("> look").observation == environment.step("look").observation
        assert environment.reset() == first
        assert by_policy(environment, 10) == 4
        assert at_random(environment, seed=0, most_steps=2) is None
        environment.close()

    def test_it_reads_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "games").write_text("")
        with pytest.raises(UsageError, match="makes its own games"):
            load(f"textworld@{tmp_path / 'games'}")
