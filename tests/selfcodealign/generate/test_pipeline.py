"""The whole way from seeds to responses, with scripted models."""

import json
from pathlib import Path

import pytest

from sharpen import api
from sharpen.errors import ContextOverflowError, DataError
from sharpen.journal.journal import Journal
from sharpen.models.replay import Replay
from sharpen.models.scripted import Scripted
from sharpen.registry import options_of
from sharpen.run.config import Budget
from sharpen.sandbox.base import Limits
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.generate import method
from sharpen.selfcodealign.generate.concepts import Concepts
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.selfcodealign.rows import Instruction, Response
from sharpen.types import Program, Prompt, Suite, Verdict
from tests.align_world import answer, seed, seeds_file, text_of
from tests.world import ReadingSandbox

pytestmark = pytest.mark.anyio


class Summing(ReadingSandbox):
    """Passes what sums up, without running it."""

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        return Verdict("passed" if "sum(xs)" in program.code else "wrong_answer")


@pytest.fixture(autouse=True)
def sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "own_tests" not in request.node.name:
        monkeypatch.setattr(method, "open_sandbox", lambda _: Summing())


FILES = [
    f"{name}.{ending}"
    for name in ("concepts", "instructions", "responses")
    for ending in ("jsonl", "rejected.jsonl", "funnel.json")
]


def config(directory: Path, **more) -> Align:
    return Align(benchmark=str(directory / "seeds.jsonl"), model="scripted", n=4, shots=2, **more)


async def written(directory: Path, script=answer, run: str = "run", budget=None, opener=None, **more) -> Path:
    seeds_file(directory) if not (directory / "seeds.jsonl").exists() else None
    opener = opener or (lambda spec: Scripted(script, spec))
    await api.execute(config(directory, **more), directory / run, budget, opener=opener)
    return directory / run


def rows(path: Path, kind: type) -> list:
    return list(stage_files.read(path, kind))


def data(run: Path) -> dict[str, bytes]:
    return {name: (run / name).read_bytes() for name in FILES}


@pytest.mark.parametrize("completion", [True, False])
async def test_every_stage_keeps_what_can_be_used_and_says_why_not(tmp_path, completion):
    run = await written(tmp_path, completion=completion)
    concepts = rows(run / "concepts.jsonl", Concepts)
    assert [row.seed for row in concepts] == [seed(n).id for n in (0, 2, 3)]
    assert concepts[0].concepts == ("sums", "number 0")
    tasks = rows(run / "instructions.jsonl", Instruction)
    assert [row.text for row in tasks] == [
        f"Write a function `total{n}(xs)` that sums up its list." for n in (0, 3)
    ]
    responses = rows(run / "responses.jsonl", Response)
    assert [(row.instruction, row.index) for row in responses] == [(t.id, i) for t in tasks for i in (0, 1)]
    assert responses[0].code == "def total0(xs):\n    return sum(xs)"
    reasons = {
        name: {r: n for r, n in stage_files.read_funnel(run / f"{name}.jsonl").reasons.items() if n}
        for name in ("concepts", "instructions", "responses")
    }
    assert reasons == {
        "concepts": {"no concepts": 1},
        "instructions": {"no task": 1},
        "responses": {"not response and tests": 4},
    }


async def test_tasks_may_be_written_without_concepts(tmp_path):
    model = Scripted(answer, "scripted")
    run = await written(tmp_path, without_concepts=True, opener=lambda spec: model)
    assert rows(run / "concepts.jsonl", Concepts) == []
    tasks = rows(run / "instructions.jsonl", Instruction)
    assert len(tasks) == 3
    assert all(task.concepts == () for task in tasks)
    prompts = [text_of(prompt) for prompt, _ in model.requests]
    assert not any("### Concepts" in prompt for prompt in prompts)
    assert sum("### Snippet" in prompt for prompt in prompts) == 4


@pytest.mark.parametrize("completion", [True, False])
async def test_the_model_may_judge_docstrings_first(tmp_path, completion):
    def judging(prompt: Prompt, index: int) -> str:
        question = prompt if isinstance(prompt, str) else prompt[-1].content
        if "Is the documentation enough" not in question[-400:]:
            return answer(prompt, index)
        return "No. It is short." if "+ 3" in question[-400:] else "Yes."

    model = Scripted(judging, "scripted")
    run = await written(tmp_path, judge_docstrings=True, completion=completion, opener=lambda spec: model)
    assert [row.seed for row in rows(run / "concepts.jsonl", Concepts)] == [seed(n).id for n in (0, 2)]
    reasons = stage_files.read_funnel(run / "concepts.jsonl").reasons
    assert reasons["docstring says too little"] == 1
    assert len(model.requests) == 4 + 3 + 2 + 4
    await written(tmp_path, judge_docstrings=True, completion=completion, opener=lambda spec: model)
    assert len(model.requests) == 4 + 3 + 2 + 4, "a resumed run asks nothing again"


async def test_another_model_may_write_the_responses(tmp_path):
    models = {name: Scripted(answer, name) for name in ("scripted", "strong")}
    await written(tmp_path, response_model="strong", opener=models.__getitem__)
    assert len(models["scripted"].requests) == 4 + 3
    assert len(models["strong"].requests) == 2 * 4


def test_a_run_without_concepts_has_no_stage_of_them(tmp_path):
    with pytest.raises(ValueError, match="begins with its tasks"):
        config(tmp_path, without_concepts=True, until="concepts")


def test_the_configuration_of_an_older_run_is_read(tmp_path):
    recorded = {"method": "align", **config(tmp_path).model_dump(mode="json"), "decks": 2}
    del recorded["example_sets"]
    (tmp_path / "config.json").write_text(json.dumps(recorded))
    assert options_of(tmp_path).example_sets == 2


async def test_responses_are_judged_by_their_own_tests(tmp_path):
    run = await written(tmp_path)
    with Journal.read(run) as journal:
        nodes = [node for node in journal.nodes(seed(0).id) if node.stage == "response"]
        assert list(journal.verify()) == []
    kinds = [node.verdict.kind if node.verdict else None for node in nodes]
    assert kinds == ["passed", "wrong_answer", None, None]
    assert {node.verdict.trust for node in nodes if node.verdict} == {"in_process"}


async def test_what_is_cut_off_is_counted(tmp_path):
    run = await written(tmp_path, max_tokens=8)
    assert stage_files.read_funnel(run / "instructions.jsonl").reasons["cut off"] == 2
    assert stage_files.read_funnel(run / "instructions.jsonl").rows_out == 0
    (first, _, _) = json.loads(
        "[" + ",".join((run / "instructions.rejected.jsonl").read_text().splitlines()) + "]"
    )
    assert first["reason"] == "cut off"


async def test_a_replay_gives_the_same_bytes(tmp_path):
    run = await written(tmp_path)
    again = await written(tmp_path, run="again", opener=lambda spec: Replay(run))
    assert data(again) == data(run)


async def test_the_order_of_answers_changes_nothing(tmp_path):
    run = await written(tmp_path, concurrency=1)
    again = await written(tmp_path, run="again", concurrency=4)
    assert data(again) == data(run)


async def test_stages_one_by_one_ask_what_the_whole_asks(tmp_path):
    run = await written(tmp_path)
    model = Scripted(answer, "scripted")
    for until in ("concepts", "instructions", "responses"):
        await written(tmp_path, run="steps", opener=lambda spec: model, until=until)
    assert data(tmp_path / "steps") == data(run)
    assert len(model.requests) == 4 + 3 + 2 * 4


async def test_a_spent_budget_leaves_what_there_is_and_goes_on(tmp_path):
    run = await written(tmp_path, budget=Budget(tokens=800), concurrency=1)
    assert stage_files.read_funnel(run / "concepts.jsonl").rows_in < 4
    assert data(await written(tmp_path, concurrency=1)) == data(await written(tmp_path, run="whole"))


async def test_more_responses_keep_those_that_are_there(tmp_path):
    run = await written(tmp_path)
    before = rows(run / "responses.jsonl", Response)
    model = Scripted(answer, "scripted")
    bigger = config(tmp_path).model_copy(update={"n": 6})
    await api.execute(bigger, run, opener=lambda spec: model)
    after = rows(run / "responses.jsonl", Response)
    assert [row for row in after if row.index < 4] == before
    assert {index for _, index in model.requests} == {4, 5}


async def test_examples_that_do_not_fit_are_left_out(tmp_path):
    def narrow(prompt, index):
        if len(prompt) > 4:
            return ContextOverflowError("the prompt does not fit")
        return answer(prompt, index)

    run = await written(tmp_path, narrow)
    assert stage_files.read_funnel(run / "responses.jsonl").rows_in == 8


@pytest.mark.parametrize(
    "junk", ["", "\x00\ud800", "```python\n", "<tests>" * 50, "def f(:\n" * 30, "</response>"]
)
async def test_garbage_is_counted(tmp_path, junk):
    """Wherever a model says it."""
    for at in ("### Snippet", "### Properties", "<instruction>"):

        def script(prompt, index, at=at):
            return junk if at in text_of(prompt[-1:]) else answer(prompt, index)

        run = await written(tmp_path, script, run=at[-5:])
        funnels = [
            stage_files.read_funnel(run / f"{name}.jsonl")
            for name in ("concepts", "instructions", "responses")
        ]
        assert all(f.rows_in == f.rows_out + sum(f.reasons.values()) for f in funnels)
        assert funnels[0].rows_in == 4


async def test_a_file_without_seeds_is_an_error(tmp_path):
    (tmp_path / "seeds.jsonl").write_text("")
    with pytest.raises(DataError, match="has no seeds"):
        await written(tmp_path)


async def test_a_seed_that_is_there_twice_is_an_error(tmp_path):
    path = seeds_file(tmp_path, 1)
    path.write_text(path.read_text() * 2)
    with pytest.raises(DataError, match="has a seed twice"):
        await written(tmp_path)
