"""Our engine answers as ALFWorld's own packages did: every text, list of commands and end of recorded walks.

``walks.jsonl.gz`` was written by ``scripts/record_household.py`` with alfworld 0.4.2, textworld 1.7.0 and
fast-downward-textworld 20.6.4. It holds commands, texts and digests; the games are ALFWorld's own files.
"""

import gzip
import hashlib
import json
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest

from sharpen.benchmarks.household.engine import Definition
from sharpen.benchmarks.household.games import FAMILIES, Game, read

WALKS = Path(__file__).parent / "walks.jsonl.gz"


def digest(commands: list[str]) -> str:
    return hashlib.sha256("\n".join(commands).encode()).hexdigest()[:10]


def walks() -> list[dict[str, Any]]:
    with gzip.open(WALKS, "rt") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture
def games(shared_data: Path) -> dict[str, Game]:
    return read_games(shared_data / "alfworld")


@cache
def read_games(folder: Path) -> dict[str, Game]:
    files = ("valid_unseen_even.jsonl.gz", "valid_train_60.jsonl.gz")
    return {game.id: game for file in files for game in read(folder / file)}


def assert_same(definition: Definition, walk: dict[str, Any]) -> None:
    play = definition.begin()
    assert [play.intro, digest(play.commands)] == [walk["first"], walk["admissible"]], walk["id"]
    for number, (command, text, commands, won) in enumerate(walk["steps"]):
        where = f"{walk['id']}, {walk['player']}, step {number}"
        assert (play.step(command), digest(play.commands), play.won) == (text, commands, won), where


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_the_first_recorded_game_of_a_family(games: dict[str, Game], family: str) -> None:
    walk = next(walk for walk in walks() if walk["player"] == "expert" and games[walk["id"]].family == family)
    assert_same(Definition(games[walk["id"]].data), walk)


@pytest.mark.slow
def test_every_recorded_walk(games: dict[str, Game]) -> None:
    for identity, of_game in groupby(walks(), key=itemgetter("id")):
        definition = Definition(games[identity].data)
        for walk in of_game:
            assert_same(definition, walk)


def test_the_walks_reach_every_end() -> None:
    recorded = walks()
    assert {walk["player"] for walk in recorded} == {"package", "expert", "random"}
    assert all(walk["steps"][-1][3] for walk in recorded if walk["player"] == "expert")
    nothing = [step for walk in recorded for step in walk["steps"] if step[1] == "Nothing happens."]
    assert len(nothing) > 100
