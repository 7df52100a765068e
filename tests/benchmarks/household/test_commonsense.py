"""TextWorld Commonsense's games, played by their own rules."""

import json
from pathlib import Path
from typing import Any

import pytest

from sharpen.benchmarks.household.commonsense import TidyGame, TidyWorld, load, read
from sharpen.benchmarks.registry import load as load_word
from sharpen.errors import DataError, UsageError

LOGIC = """
type t { rules { examine/t :: at(P, r) & $at(t, r) -> at(P, r); }
    inform7 { commands { examine/t :: "examine {t}" :: "examining the {t}"; } } }  # everything
type o : t { }
type f : o { }
type s : t { }
type r { rules { go/north :: at(P, r) & $north_of(r', r) -> at(P, r'); look :: at(P, r) -> at(P, r); }
    constraints { r1 :: at(P, r) & at(P, r') -> fail(); }
    inform7 { commands { go/north :: "go north" :: "going north"; look :: "look" :: "looking"; } } }
type c : t { rules { open/c :: $at(P, r) & $at(c, r) & closed(c) -> open(c); }
    inform7 { commands { open/c :: "open {c}" :: "opening the {c}"; } } }
type I { rules {
        take :: $at(P, r) & at(o, r) & free(slot) -> in(o, I) & used(slot);
        insert :: $at(P, r) & $at(c, r) & $open(c) & in(o, I) & used(slot) -> in(o, c) & free(slot);
    }
    inform7 { commands {
        take :: "take {o}" :: "taking the {o}"; insert :: "insert {o} into {c}" :: "inserting the {o}";
    } } }
"""
INFOS = {
    "P": ("P", None, None), "I": ("I", None, None), "slot_0": ("slot", None, None), "r_1": ("r", "attic", "Dust."),
    "r_0": ("r", "hall", "A hall. [if c_0 is open]The box[otherwise]A lid[end if].[if c_0 is open and there is something in the c_0] In it: [a list of things in the c_0].[end if]"),
    "c_0": ("c", "box", "The [noun] is [if open]open[else if locked]locked[otherwise]closed[end if]."),
    "f_0": ("f", "apple", "Red."), "o_0": ("o", "sock", "Grey."),
}  # fmt: skip


def fact(name: str, *objects: str) -> dict[str, Any]:
    return {"name": name, "arguments": [{"name": each, "type": INFOS[each][0]} for each in objects]}


def data(**changes: object) -> dict[str, Any]:
    world = [
        fact("at", "P", "r_0"), fact("at", "c_0", "r_0"), fact("at", "f_0", "r_0"), fact("at", "o_0", "r_0"),
        fact("closed", "c_0"), fact("free", "slot_0"), fact("north_of", "r_1", "r_0"),
    ]  # fmt: skip
    goals = [
        {"win_events": [{"condition": {"preconditions": [fact("in", thing, "c_0")]}}]}
        for thing in ("f_0", "o_0")
    ]
    infos = [(each, {"type": kind, "name": name, "desc": text}) for each, (kind, name, text) in INFOS.items()]
    whole = {"objective": "Tidy up.", "KB": {"logic": LOGIC}, "world": world, "infos": infos, "quests": goals}
    return whole | {"metadata": {"uuid": "one"}} | changes


def test_a_game_is_won_when_everything_is_in_its_place():
    world = TidyWorld(TidyGame(data()))
    assert world.seen == "Tidy up.\n\nA hall. A lid. On the floor you see an apple and a sock."
    assert world.step("open box") == "You open the box."
    assert world.step("Take the apple") == "You take the apple."
    assert world.step("insert apple into box") == "You insert the apple into the box. You have done 1 of 2."
    assert world.step("look") == "A hall. The box. In it: an apple. On the floor you see a sock."
    assert not world.won
    world.step("take sock")
    world.step("insert sock into box")
    assert world.won


def test_admissible_commands_are_those_whose_conditions_hold():
    world = TidyWorld(TidyGame(data()))
    start = ["examine apple", "examine box", "examine sock", "go north", "inventory", "look", "open box"]
    assert world.admissible == sorted([*start, "take apple", "take sock"])
    world.step("take sock")
    assert not any(command.startswith(("take", "insert")) for command in world.admissible)
    assert world.step("take apple") == "You cannot do that now."
    assert world.step("inventory") == "You carry a sock."


def test_descriptions_follow_what_is_true_now():
    world = TidyWorld(TidyGame(data()))
    assert world.step("examine box") == "The box is closed."
    world.step("open box")
    assert world.step("examine box") == "The box is open."
    assert world.step("go north") == "Dust."


def test_a_description_that_cannot_be_read_is_named(tmp_path: Path):
    infos = [("P", {"type": "P", "name": "P", "desc": "[bold type]x"})]
    (tmp_path / "games.jsonl").write_text(json.dumps(data(infos=infos)) + "\n")
    with pytest.raises(DataError, match=r"line 1 is not a game .*\[bold type\], which is not known"):
        list(read(tmp_path / "games.jsonl"))


def test_a_benchmark_needs_its_file(tmp_path: Path):
    with pytest.raises(UsageError, match="twc@FILE"):
        load(None)
    (tmp_path / "games.jsonl").write_text(json.dumps(data()) + "\n")
    benchmark = load_word(f"twc@{tmp_path / 'games.jsonl'}")
    assert benchmark.environment is not None
    environment = benchmark.environment(benchmark.problems[0])
    assert "Commands: examine THING; go north" in environment.reset()
    assert environment.step("> open box").observation == "You open the box."


def test_every_real_game_is_won_by_putting_things_where_they_belong(shared_data: Path):
    path = shared_data / "textworld_commonsense" / "twc_easy_and_medium_train.jsonl.gz"
    games = dict(read(path))
    assert len(games) == 20
    for name, definition in games.items():
        world = TidyWorld(definition)
        for ways in definition.quests:
            assert not world.won, name
            (where, thing, place) = min(ways[0])
            names = definition.names
            world.step(
                next((one for one in world.admissible if one.startswith(f"take {names[thing]}")), "look")
            )
            world.step(
                f"{'put' if where == 'on' else 'insert'} {names[thing]} {'on' if where == 'on' else 'into'} {names[place]}"
            )
        assert world.won, name
