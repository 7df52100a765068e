"""Strategies that choose among programs by the model's own tests."""

import random
from pathlib import Path

import pytest

from sharpen.methods.reflexion.loop import Trial
from sharpen.methods.reflexion.search import Arm, Branch, failures, largest_agreement, share
from sharpen.types import Node, Prompt
from tests.methods.reflexion_world import rows, script, solve, texts

pytestmark = pytest.mark.anyio


def trial(text: str, passed: str) -> Trial:
    node = Node(text, None, "p", "program", 0, "m", text)
    return Trial((node,), node, tuple(bit == "1" for bit in passed))


def chosen(nodes: list[Node]) -> Node:
    (submission,) = rows(nodes, "submission")
    (result,) = [n for n in nodes if n.id == submission.parent]
    return result


def passes_of(groups: str) -> list[tuple[bool, ...]]:
    return [tuple(bit == "1" for bit in group) for group in groups.split()]


@pytest.mark.parametrize(
    ("groups", "winner"),
    [
        ("110 110 101", 0),
        ("111 110 110 110 110", 1),
        ("100 111 100", 1),
        ("000 000 000 100", 3),
        ("000 000", 0),
    ],
)
def test_the_product_of_programs_and_tests_is_an_option(groups: str, winner: int) -> None:
    assert largest_agreement(passes_of(groups), (1, 1, 1), "product") == winner


@pytest.mark.parametrize(
    ("groups", "weights", "winner"),
    [
        ("111 110 110 110", (1, 1, 1), 1),  # 3 against 2 times the root of 3
        ("111 110 110", (1, 1, 1), 0),  # 3 against 2 times the root of 2: the product says 1
        ("100 011", (5, 1, 1), 0),  # a test that was written five times counts five times
        ("100 011 011", (2, 1, 1), 1),
        ("000 000", (1, 1, 1), 0),
    ],
)
def test_codets_rule_takes_the_root_of_programs_and_tests_as_often_as_written(
    groups: str, weights: tuple[int, ...], winner: int
) -> None:
    assert largest_agreement(passes_of(groups), weights, "codet") == winner


async def test_codet_takes_every_test_of_every_answer_and_the_product_the_first_six(tmp_path: Path) -> None:
    def answer(prompt: Prompt, index: int) -> str:
        if "Write tests for it" in prompt[-1].content:
            return "".join(f"assert f({number}) == {number}\n" for number in range(8 + index))
        return "0" * (index + 1)

    nodes, _ = await solve(tmp_path / "all", answer, trials=2, strategy="codet", test_samples=2)
    assert len(rows(nodes, "tests")) == 2
    (first, _) = rows(nodes, "observation")
    assert first.text.count("assert") >= 9
    nodes, _ = await solve(tmp_path / "six", answer, trials=2, strategy="codet", agreement="product")
    assert len(rows(nodes, "tests")) == 1
    assert rows(nodes, "observation")[0].text.count("assert") == 6


async def test_codet_draws_all_programs_from_one_prompt(tmp_path: Path) -> None:
    nodes, requests = await solve(tmp_path, script(["1", "1 2 x", "1 2", "3"]), trials=4, strategy="codet")
    assert texts(nodes, "program") == ["1", "1 2 x", "1 2", "3"]
    assert chosen(nodes).text == "1 2 x"
    assert len(requests) == 5
    assert [len(n.text.splitlines()) for n in rows(nodes, "observation")] == [6, 6, 6, 6]


async def test_uniform_cost_search_expands_the_cheapest_state_and_each_state_once(tmp_path: Path) -> None:
    programs = script(["1", "1", "1 2", "1 2 again", "1 2 3"])
    nodes, _ = await solve(tmp_path, programs, trials=5, strategy="ucs", width=2)
    result = {n.text: n for n in nodes}
    parents = {n.text: found_parent(nodes, n) for n in rows(nodes, "repair")}
    assert parents == {"1": "1", "1 2": "1", "1 2 again": "1 2", "1 2 3": "1 2"}
    assert chosen(nodes).id == result["1 2 3"].id


async def test_uniform_cost_search_stops_when_no_state_is_left(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(["1"] * 9), trials=9, strategy="ucs", width=2)
    assert len(rows(nodes, "program", "repair")) == 3
    assert chosen(nodes).index == 0


async def test_lats_tells_ancestors_and_goes_where_it_is_worth_it(tmp_path: Path) -> None:
    programs = script(["0", "1 2", "0", "0 a", "0 b", "0 c", "0 d"])
    nodes, _ = await solve(tmp_path, programs, trials=5, strategy="lats", width=2)
    parents = [found_parent(nodes, n) for n in rows(nodes, "repair")]
    assert parents[:2] == ["0", "0"]
    assert parents[2:] == ["1 2", "1 2"]
    assert chosen(nodes).text == "1 2"


async def test_lats_stops_at_the_first_program_that_passes(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(["0", "1", "1 2 3", "x"]), trials=9, strategy="lats", width=3)
    assert len(rows(nodes, "program", "repair")) == 3
    assert chosen(nodes).text == "1 2 3"


def test_uct_weighs_value_against_visits() -> None:
    root, good, rare = Branch(trial("r", "0")), Branch(trial("g", "1")), Branch(trial("b", "0"))
    root.visits, good.visits, good.value = 20, 15, 12.0
    rare.visits, rare.value = 1, 0.5
    assert root.bound(rare) > root.bound(good)
    rare.visits, rare.value = 15, 6.0
    assert root.bound(rare) < root.bound(good)


async def test_rex_refines_until_its_tests_pass_and_is_the_same_every_time(tmp_path: Path) -> None:
    answer = script(["1", "2", "1 2", "3", "1 2 3", "never"])
    nodes, _ = await solve(tmp_path / "a", answer, trials=6, strategy="rex")
    again, _ = await solve(tmp_path / "b", answer, trials=6, strategy="rex")
    assert chosen(nodes).text == "1 2 3"
    assert [n.id for n in nodes] == [n.id for n in again]


def test_rex_prefers_what_passes_more_and_tires_of_what_it_refined() -> None:
    chance = random.Random(0)

    def mean(passed: str, refined: int) -> float:
        return sum(Arm(trial("a", passed), refined).drawn(chance) for _ in range(2_000)) / 2_000

    assert mean("1110", 0) > mean("1000", 0) + 0.2
    assert mean("1110", 0) > mean("1110", 20) + 0.2
    assert mean("1110", 0) == pytest.approx((1 + 20 * 0.75) / (2 + 20), abs=0.02)


@pytest.mark.parametrize("strategy", ["ucs", "rex", "lats", "codet"])
async def test_without_usable_tests_the_first_program_is_chosen(tmp_path: Path, strategy: str) -> None:
    nodes, _ = await solve(tmp_path, script(list("abc"), tests="no"), trials=3, strategy=strategy)
    assert chosen(nodes).text == "a"


def test_a_share_is_of_the_tests_there_are() -> None:
    assert (share(trial("a", "101")), failures(trial("a", "101"))) == (2 / 3, 1)
    assert share(trial("a", "")) == 0.0


def found_parent(nodes: list[Node], node: Node) -> str:
    """Return the text of the program that a repair improves on."""
    by_id = {n.id: n for n in nodes}
    while (node := by_id[node.parent]).stage not in ("program", "repair"):
        pass
    return node.text
