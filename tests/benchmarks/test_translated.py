"""Problems that read and print are asked for, and judged, in other languages."""

import asyncio
import json
from pathlib import Path

import pytest

from sharpen.benchmarks.registry import load
from sharpen.errors import UsageError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from tests.sandbox.languages.programs import SAMPLES, need

ROWS = [
    {"problem_id": 1, "question": "Double the number.", "input_output": json.dumps({"inputs": ["4\n"], "outputs": ["8\n"]}), "difficulty": "introductory", "starter_code": "", "solutions": "[]"},
    {"problem_id": 2, "question": "Return it.", "input_output": json.dumps({"fn_name": "f", "inputs": [[1]], "outputs": [1]}), "difficulty": "introductory", "starter_code": "def f(x):\n", "solutions": "[]"},
]  # fmt: skip


@pytest.fixture
def apps(tmp_path: Path) -> str:
    path = tmp_path / "test.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return str(path)


@pytest.mark.parametrize("language", ["rust", "javascript", "typescript", "go"])
def test_a_script_in_another_language_is_judged_by_its_output(language: str, apps: str):
    need(language)
    benchmark = load(f"apps:{language}@{apps}")
    (problem,) = benchmark.problems
    assert f"```{language} block" in benchmark.prompt(problem)[0].content
    code = f"```{language}\n{SAMPLES[language].doubling}```"

    async def judge():
        sandbox = ProcessSandbox(1)
        try:
            return await sandbox.execute(benchmark.extract(problem, code), problem.hidden, Limits())
        finally:
            await sandbox.close()

    verdict = asyncio.run(judge())
    assert verdict.passed, verdict.message
    assert verdict.trust == "isolated"


def test_tests_in_two_languages_are_two_suites(apps: str):
    keys = {load(f"apps:{word}@{apps}").problems[0].hidden.key for word in ("rust", "cpp")}
    assert len(keys) == 2


def test_an_unknown_language_is_named(apps: str):
    with pytest.raises(UsageError, match="There is no language cobol"):
        load(f"apps:cobol@{apps}")


def test_a_benchmark_of_functions_cannot_be_asked_in_another_language(tmp_path: Path):
    row = {
        "task_id": "a/1",
        "prompt": "def f():\n",
        "entry_point": "f",
        "test": "def check(c):\n    assert c() == 1\n",
    }
    path = tmp_path / "HumanEval.jsonl"
    path.write_text(json.dumps(row) + "\n")
    with pytest.raises(UsageError, match="no problems that read and print"):
        load(f"humaneval:rust@{path}")
