"""Self-repair grows the trees that the paper describes."""

import json
from functools import partial
from pathlib import Path

import pytest
from pydantic import ValidationError

from sharpen.errors import ConfigChangedError
from sharpen.journal.journal import Journal
from sharpen.methods.human_feedback import Explanation
from sharpen.methods.repair import Repair, repair
from sharpen.models.scripted import Scripted
from sharpen.run.run import Run
from sharpen.types import Node, Prompt
from tests.world import ReadingSandbox, toy_benchmark

pytestmark = pytest.mark.anyio


def answer(prompt: Prompt, index: int) -> str:
    """Programs 0 and 1 are wrong, 2 is right; the repair of program 1 is right."""
    assert isinstance(prompt, tuple)
    question = prompt[-1].content
    if "Explain in two" in question:
        return f"explanation {index} of {prompt[-2].content}"
    if "I ran this program" in question or "failed when I tested it" in question:
        return f"right repair {index}" if "wrong 1" in prompt[-2].content else f"wrong repair {index}"
    return ["wrong 0", "wrong 1", "right 2"][index % 3]


async def grow(
    directory: Path, explained: dict | None = None, script=answer, blind: bool = False, **options: object
) -> tuple[list[Node], list[tuple[Prompt, int]]]:
    cfg = Repair(benchmark="toy", model="a", **{"baseline": "none"} | options)
    models = {spec: Scripted(script, spec) for spec in cfg.models}
    run = Run(directory, cfg, toy_benchmark(1, visible=not blind), models, ReadingSandbox())
    try:
        await run.map(partial(repair, run=run, cfg=cfg, explained=explained or {}))
    finally:
        await run.close()
    with Journal.read(directory) as journal:
        return journal.nodes("toy/0"), models["a"].requests


def stages(nodes: list[Node]) -> list[str]:
    return [f"{n.stage} {n.index}" for n in nodes]


async def test_batch_stops_when_a_program_passes(tmp_path: Path) -> None:
    nodes, requests = await grow(tmp_path, n_p=3, n_fr=2, stop_at_success=True)
    assert stages(nodes) == ["program 0", "program 1", "program 2"]
    assert len(requests) == 3


async def test_batch_repairs_every_program_when_none_passes(tmp_path: Path) -> None:
    nodes, requests = await grow(tmp_path, n_p=2, n_fr=2)
    assert stages(nodes) == ["program 0", "program 1", *["repair 0", "repair 1"] * 2]
    assert [n.passed for n in nodes] == [False] * 4 + [True] * 2
    assert {n.parent for n in nodes[2:4]} == {nodes[0].id}
    assert len(requests) == 6


async def test_sequential_goes_depth_first_and_stops_at_the_first_that_passes(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, n_p=3, n_fr=2, order="sequential", stop_at_success=True)
    assert sorted(stages(nodes)) == ["program 0", "program 1", "repair 0", "repair 0", "repair 1"]
    assert nodes[-1].passed


async def test_full_trees_grow_whatever_passes(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, n_p=3, n_f=2, n_r=2)
    assert [s.split()[0] for s in stages(nodes)] == ["program"] * 3 + ["feedback"] * 4 + ["repair"] * 8


async def test_a_repair_goes_on_from_its_parents_conversation(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, n_p=1, n_f=1, n_r=1)
    program, feedback, repaired = nodes
    for child in (feedback, repaired):
        assert child.prompt[: len(program.prompt)] == program.prompt
        assert child.prompt[len(program.prompt)].content == program.text
        assert "visible test failed on wrong 0" in child.prompt[-1].content
    assert "explanation 0 of wrong 0" in repaired.prompt[-1].content


async def test_no_prompt_ever_holds_an_error_of_a_hidden_test(tmp_path: Path) -> None:
    def passes_visible(prompt: Prompt, index: int) -> str:
        return "visible only" if index == 0 else "wrong"

    nodes, requests = await grow(tmp_path, script=passes_visible, n_p=2, n_fr=1)
    assert not any("hidden" in turn.content for prompt, _ in requests for turn in prompt)
    assert [n.stage for n in nodes] == ["program", "program", "repair"]


async def test_without_visible_tests_there_is_nothing_to_repair(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, blind=True, n_p=2, n_fr=1)
    assert [(n.stage, n.shown) for n in nodes] == [("program", None)] * 2


async def test_the_papers_setting_quotes_hidden_tests_when_it_is_chosen_by_name(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, n_p=1, n_fr=1, feedback_tests="hidden")
    assert "hidden test failed" in nodes[1].prompt[-1].content


async def test_another_model_explains_and_the_first_repairs(tmp_path: Path) -> None:
    nodes, requests = await grow(tmp_path, n_p=1, feedback_model="b")
    assert [(n.stage, n.author) for n in nodes] == [("program", "a"), ("feedback", "b"), ("repair", "a")]
    assert len(requests) == 2


async def test_deeper_rounds_repair_failing_repairs(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, n_p=1, n_fr=1, rounds=3, stop_at_success=True)
    assert stages(nodes) == ["program 0", "repair 0", "repair 0", "repair 0"]
    assert [n.parent for n in nodes[1:]] == [n.id for n in nodes[:3]]


def same(prompt: Prompt, index: int) -> str:
    """Whatever is asked, the answer is the same: all programs are copies, and so are all explanations."""
    return "wrong"


COPIES = [
    ({"n_p": 3, "n_fr": 2}, 3 + 3 * 2, 3 + 2),
    ({"n_p": 3, "n_f": 2, "n_r": 1}, 3 + 3 * 2 + 3 * 2, 3 + 2 + 1),
    ({"n_p": 2, "n_fr": 1, "rounds": 2}, 2 + 2 + 2, 2 + 1 + 1),
]


@pytest.mark.parametrize(("options", "apart", "shared"), COPIES)
async def test_copies_of_a_failing_program_get_repairs_of_their_own(
    tmp_path: Path, options: dict, apart: int, shared: int
) -> None:
    for copies, expected in (("apart", apart), ("shared", shared)):
        nodes, requests = await grow(tmp_path / copies, script=same, copies=copies, **options)
        assert len(requests) == expected
        again, more = await grow(tmp_path / copies, script=same, copies=copies, **options)
        assert again == nodes and not more, "a run that is resumed asks the same"


async def test_more_repairs_of_copies_are_drawn_beside_those_that_are_there(tmp_path: Path) -> None:
    await grow(tmp_path, script=same, n_p=3, n_fr=1)
    nodes, requests = await grow(tmp_path, script=same, n_p=3, n_fr=2)
    assert [index for _, index in requests] == [1, 1, 1]
    assert len(nodes) == 3 + 3 * 2


async def test_an_older_run_goes_on_with_shared_repairs_of_copies(tmp_path: Path) -> None:
    await grow(tmp_path, script=same, n_p=2, n_fr=1, copies="shared")
    config = json.loads((tmp_path / "config.json").read_text())
    del config["copies"]
    (tmp_path / "config.json").write_text(json.dumps(config | {"format": 3}))
    with pytest.raises(ConfigChangedError, match="copies = 'shared', not 'apart'"):
        await grow(tmp_path, script=same, n_p=2, n_fr=1)
    _, requests = await grow(tmp_path, script=same, n_p=2, n_fr=1, copies="shared")
    assert not requests


async def test_people_explain_in_place_of_a_model(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, n_p=2, n_f=1, n_r=1)
    text = {nodes[0].id: [Explanation("Ann", "it is wrong", ("unsure",)), Explanation("Ben", "quite wrong")]}
    (told := tmp_path / "told.jsonl").touch()
    nodes, requests = await grow(tmp_path, text, n_p=2, n_f=1, n_r=2, feedback_from=told)
    people = {n.id: n for n in nodes if n.stage == "feedback" and not n.completion}
    assert [(n.author, n.text, n.tokens) for n in people.values()] == [
        ("Ann", "it is wrong", 0),
        ("Ben", "quite wrong", 0),
    ]
    repairs = [n for n in nodes if n.parent in people and n.stage == "repair"]
    assert len(repairs) == 4 == len(requests)
    labels = [(people[n.parent].author, n.text, n.author) for n in nodes if n.stage == "label"]
    assert labels == [("Ann", "unsure", "Ann")]
    assert "it is wrong" in repairs[0].prompt[-1].content


async def test_the_baseline_is_drawn_to_the_tokens_of_the_repairs_and_no_further(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, n_p=2, n_f=2, n_r=2, baseline="equal-tokens")
    below = sum(node.tokens for node in nodes if node.stage in ("feedback", "repair"))
    drawn = [node for node in nodes if node.stage == "baseline"]
    assert [node.index for node in drawn] == list(range(2, 2 + len(drawn)))
    assert {node.prompt for node in drawn} == {nodes[0].prompt}
    assert sum(node.tokens for node in drawn[:-1]) < below <= sum(node.tokens for node in drawn)


async def test_a_problem_that_a_first_program_solves_needs_no_baseline(tmp_path: Path) -> None:
    nodes, _ = await grow(tmp_path, n_p=3, n_fr=2, baseline="equal-tokens")
    assert "baseline" not in {node.stage for node in nodes}
    assert "repair" in {node.stage for node in nodes}


async def test_the_baseline_costs_nothing_twice_when_a_run_goes_on(tmp_path: Path) -> None:
    first, _ = await grow(tmp_path, n_p=2, n_fr=2, stop_at_success=True, baseline="equal-tokens")
    assert not any(node.stage == "baseline" for node in first)
    nodes, more = await grow(tmp_path, n_p=2, n_fr=2, baseline="equal-tokens")
    assert len(more) == sum(node.stage == "baseline" for node in nodes) > 0
    _, again = await grow(tmp_path, n_p=2, n_fr=2, baseline="equal-tokens")
    assert again == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_fr": 1, "n_f": 1}, "exclude each other"),
        ({"n_fr": 1, "feedback_model": "b"}, "needs the split form"),
        ({"order": "sequential"}, "add --stop-at-success"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Repair(benchmark="toy", model="a", **options)
