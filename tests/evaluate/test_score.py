"""Upstream's own figures, for a file of samples and for a run."""

import json
from pathlib import Path

import pytest

from sharpen.api import execute
from sharpen.errors import UsageError
from sharpen.evaluate.score import score
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from tests.benchmarks.test_classeval import SOLUTION, row

pytestmark = pytest.mark.anyio

HALF = SOLUTION.replace("self.r += by", "self.r -= by")
FIGURES = {"class_success": 0, "class_partial_success": 0, "fun_success": 1 / 3, "fun_partial_success": 1 / 3}


@pytest.fixture
def word(tmp_path: Path) -> str:
    path = tmp_path / "ClassEval_data.json"
    path.write_text(json.dumps([row()]))
    return f"classeval@{path}"


async def test_a_file_of_answers(word: str, tmp_path: Path):
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps([row(predict=[f"```python\n{HALF}```"])]))
    figures = (await score(word, outputs, tmp_path / "run")).to_json()
    assert figures["figures"] == FIGURES
    assert (figures["pass@1"], figures["trust"]) == (0, {"in_process": 1})


async def test_a_run_has_the_figures_of_its_programs(word: str, tmp_path: Path):
    config = Sample(benchmark=word, model="m", n=2)
    model = Scripted(lambda _, index: f"```python\n{SOLUTION if index else HALF}```", "m")
    await execute(config, tmp_path / "run", opener=lambda _: model)
    figures = (await score(word, tmp_path / "run")).to_json()
    assert (figures["samples"], figures["pass@1"]) == (2, 0.5)
    assert figures["figures"]["fun_success"] == (1 + 1 / 3) / 2


async def test_a_run_on_something_else_is_refused(word: str, tmp_path: Path, benchmark_file: Path):
    config = Sample(benchmark=str(benchmark_file), model="m", limit=1)
    await execute(config, tmp_path / "run", opener=lambda _: Scripted(lambda _, __: "", "m"))
    with pytest.raises(UsageError, match="not on classeval"):
        await score(word, tmp_path / "run")


async def test_tests_that_check_nothing_are_named_and_end_no_run(tmp_path: Path):
    rows = [
        {
            "task_id": f"mine/{number}",
            "prompt": "def f(x):\n",
            "entry_point": "f",
            "test": f"def check(candidate):\n    {body}\n",
        }
        for number, body in enumerate(("pass", "assert candidate(1) == 1"))
    ]
    benchmark, samples = tmp_path / "mine.jsonl", tmp_path / "samples.jsonl"
    benchmark.write_text("".join(json.dumps(row) + "\n" for row in rows))
    answers = [{"task_id": row["task_id"], "completion": "    return x\n"} for row in rows]
    samples.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    scored = await score(str(benchmark), samples, tmp_path / "run")
    assert scored.kinds == {"harness_error": 1, "passed": 1}
    assert scored.malformed == ["mine/0: the tests check nothing, so every program would pass them"]
