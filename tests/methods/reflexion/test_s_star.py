"""S* on real programs: debugging on visible tests, and a choice by what programs return."""

import asyncio
import json
from functools import partial
from pathlib import Path

import pytest

from sharpen import api
from sharpen.journal.journal import Journal
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.reflexion.s_star import called, calls_in
from sharpen.models.scripted import Scripted
from sharpen.reports.reflexion.accounting import summarise
from sharpen.types import Node, Prompt

RECORD = {
    "task_id": "mine/gap",
    "prompt": 'def gap(a, b):\n    """Return how far a is from b.\n    >>> gap(3, 1)\n    2\n    """\n',
    "entry_point": "gap",
    "test": "def check(candidate):\n    assert candidate(1, 3) == 2\n",
}
DRAFTS = ["a + b", "a - b", "abs(a - b)"]


def program(body: str) -> str:
    return f"```python\ndef gap(a, b):\n    return {body}\n```"


class Model:
    """Writes one wrong draft, one that the visible test does not catch, and a right one; chooses by the outputs."""

    def __init__(self, choice: str = "B") -> None:
        self.choice = choice
        self.chosen: list[str] = []

    def __call__(self, prompt: Prompt, index: int) -> str:
        question = prompt[-1].content
        if "Which program" in question:
            self.chosen.append(question)
            return self.choice
        if "Write six calls" in question:
            return (
                "```python\ngap(1, 4)\ngap(5, 2)\n```" if "Program A" in question else "gap(2, 1)\ngap(1, 2)"
            )
        if "Write tests" in question:
            return "```python\nassert gap(1, 3) == 2\nassert gap(3, 1) == 2\n```"
        return program("a - b") if "Write an improved program" in question else program(DRAFTS[index])


def solve(folder: Path, model: Model, **options: object) -> list[Node]:
    path = folder / "mine.jsonl"
    path.write_text(json.dumps(RECORD) + "\n")
    config = Reflexion(benchmark=str(path), model="a", trials=3, **options)
    asyncio.run(api.execute(config, folder / "run", opener=lambda spec: Scripted(model, spec)))
    with Journal.read(folder / "run") as journal:
        return journal.nodes("mine/gap")


def submitted(nodes: list[Node]) -> Node:
    (submission,) = (node for node in nodes if node.stage == "submission")
    return next(node for node in nodes if node.id == submission.parent)


def test_the_program_that_returns_what_was_asked_is_chosen(tmp_path: Path):
    model = Model()
    nodes = solve(tmp_path, model, strategy="s-star", width=1)
    assert [node.index for node in nodes if node.stage in ("program", "repair")] == [0, 1, 2, 3]
    assert submitted(nodes).passed
    (question,) = model.chosen
    assert "gap(1, 4)\nA: -3\nB: 3" in question
    assert "gap(5, 2)" not in question  # both return 3


def test_where_the_model_says_nothing_the_larger_group_wins(tmp_path: Path):
    nodes = solve(tmp_path, Model("I cannot say."), strategy="s-star", width=1)
    assert "a - b" in submitted(nodes).text  # the draft and the debugged one return the same
    assert not submitted(nodes).passed


def test_tests_that_were_written_after_reading_choose_too(tmp_path: Path):
    nodes = solve(tmp_path, Model(), strategy="codet-read")
    (tests,) = (node for node in nodes if node.stage == "tests")
    assert "It may be wrong:" in tests.prompt[-1].content
    assert "return a + b" in tests.prompt[-1].content
    assert submitted(nodes).passed


def test_both_are_compared_at_equal_tokens_with_sampling_and_with_their_peers(tmp_path: Path):
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(RECORD | {"task_id": f"mine/{number}"}) + "\n" for number in (1, 2)))
    strategies = ("s-star", "codet-read", "codet", "rex", "lats")
    for strategy in ("simple", *strategies):
        config = Reflexion(benchmark=str(path), model="a", trials=3, width=1, strategy=strategy)
        opener = partial(Scripted, Model())
        asyncio.run(api.execute(config, tmp_path / strategy, opener=opener))
    summaries, differences = summarise([tmp_path / strategy for strategy in ("simple", *strategies)])
    for summary in summaries[1:]:
        assert summary.baseline == "simple"
        assert all(line.gap.n == 2 for line in summary.lines), summary.record.name
    pairs = {(pair.a, pair.b): pair.gap.value for pair in differences}
    assert pairs["s-star", "codet-read"] == 0  # both choose the right program
    assert pairs["simple", "s-star"] == pytest.approx(1 / 3 - 1)
    assert {name for pair in pairs for name in pair} == {"simple", *strategies}


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("```python\nf(1, [2])\nf(1, [2])\n```", [(1, [2])]),
        ("assert f(1) == 2\nf(x)\nf(key=1)\ng(1)\nf('a\n", [(1,)]),
        ("Solution().f(3)", [(3,)]),
    ],
)
def test_calls_are_read_where_their_arguments_are_plain(text: str, calls: list[object]):
    assert list(calls_in(text, "f")) == calls


def test_the_name_of_a_call_is_the_last_of_the_entry_point():
    assert called("Solution().total") == "total"
