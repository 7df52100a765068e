"""i.i.d. programs, whole and in parts."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sharpen.benchmarks.base import Parts
from sharpen.errors import UsageError
from sharpen.execution import execute
from sharpen.methods.completion import completion_prompt
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample, sample
from sharpen.models.scripted import Scripted
from sharpen.registry import open_world
from sharpen.results import full_trees
from sharpen.run.run import Run
from sharpen.types import Message, Problem, Program, Prompt
from tests.benchmarks.test_classeval import row as class_row
from tests.conftest import PROBLEMS
from tests.world import ReadingSandbox, toy_benchmark

pytestmark = pytest.mark.anyio


def ask(problem: Problem, answers: Sequence[str]) -> tuple[Message, ...]:
    return (Message("user", " ".join([problem.statement, *answers, "next"])),)


IN_THREE = Parts(lambda _: 3, ask, lambda _, answers: Program(" + ".join(answers)))


def say(prompt: Prompt, index: int) -> str:
    (message,) = prompt
    assert isinstance(message, Message)
    return "right" if "b" in message.content.split() else ("b" if "a" in message.content.split() else "a")


def open_run(directory: Path, config: Sample | Repair) -> tuple[Run, ReadingSandbox]:
    sandbox = ReadingSandbox()
    benchmark = replace(toy_benchmark(1), parts=IN_THREE)
    return Run(directory, config, benchmark, {"m": Scripted(say, "m")}, sandbox), sandbox


async def test_every_part_is_asked_for_with_the_answers_before_it(tmp_path: Path):
    cfg = Sample(model="m", n=2)
    run, sandbox = open_run(tmp_path / "run", cfg)
    await run.map(lambda problem: sample(problem, run, cfg))
    nodes = run.journal.nodes("toy/0")
    await run.close()
    programs = [node for node in nodes if node.stage == "program"]
    assert [node.program.code for node in programs if node.program] == ["a + b + right"] * 2
    assert all(node.passed for node in programs)
    assert [node.text for node in nodes if node.stage == "part" and node.index == 1] == ["a", "b"]
    assert set(sandbox.executed) == {"a + b + right"}


async def test_a_program_costs_the_tokens_of_all_its_parts(tmp_path: Path):
    cfg = Sample(model="m", n=2)
    run, _ = open_run(tmp_path / "run", cfg)
    await run.map(lambda problem: sample(problem, run, cfg))
    nodes = run.journal.nodes("toy/0")
    await run.close()
    tree = full_trees(tmp_path / "run")["toy/0"]
    assert tree.tokens.tolist() == [sum(node.tokens for node in nodes if node.index == i) for i in (0, 1)]
    assert tree.tokens[0] > next(node for node in nodes if node.stage == "program").tokens


async def test_a_run_that_is_resumed_pays_for_nothing_twice(tmp_path: Path):
    cfg = Sample(model="m", n=1)
    for _ in range(2):
        run, _ = open_run(tmp_path / "run", cfg)
        await sample(run.problems[0], run, cfg)
        assert run.journal.spent().completions == 3
        await run.close()


def test_other_methods_refuse_a_benchmark_in_parts(tmp_path: Path):
    (tmp_path / "classes.json").write_text(json.dumps([class_row()]))
    word = f"classeval/incremental@{tmp_path / 'classes.json'}"
    assert open_world(Sample(benchmark=word, model="m"))[0].parts
    for config in (Repair(benchmark=word, model="m"), Reflexion(benchmark=word, model="m")):
        with pytest.raises(UsageError, match="or `sharpen sample`"):
            open_world(config)


async def test_a_base_model_continues_one_text_up_to_a_stop_string(tmp_path: Path, benchmark_file: Path):
    model = Scripted(lambda prompt, index: "    return a + b\n", "m")
    config = Sample(benchmark=str(benchmark_file), model="m", completion=True, ids=("mine/add",))
    results = await execute(config, tmp_path / "run", opener=lambda spec: model)
    ((prompt, _),) = model.requests
    assert prompt == PROBLEMS[0]["prompt"]
    (node,) = results.nodes()
    assert node.passed


@pytest.mark.parametrize(
    ("statement", "prompt", "stop"),
    [
        ('def f(x):\n    """Double."""\n\n', 'def f(x):\n    """Double."""\n', "\ndef "),
        ("Double a number.", '"""\nDouble a number.\nassert visible\n"""\n', '\n"""'),
    ],
)
def test_a_text_to_continue_is_code_or_a_docstring(statement: str, prompt: str, stop: str):
    text, stops = completion_prompt(replace(toy_benchmark(1).problems[0], statement=statement))
    assert text == prompt
    assert stop in stops
    assert ("\ndef " in stops) == statement.startswith("def")
