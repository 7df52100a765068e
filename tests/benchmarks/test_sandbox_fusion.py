"""Benchmarks in SandboxFusion's form are read as they are, and their own programs pass."""

import json
from pathlib import Path
from typing import Any

import pytest

from sharpen.benchmarks.registry import load
from sharpen.errors import DataError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Problem, Program

EVOEVAL = {
    "id": "EvoEval_combine_EvoEval/3",
    "content": 'def double(x):\n    """Return twice x."""',
    "canonical_solution": "    return 2 * x\n",
    "labels": {"entry_point": "double"},
    "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-1) == -2\n",
}
MBPP = {
    "id": "11",
    "content": "Write a function to double a number.",
    "canonical_solution": "def double(x):\r\n    return factor * x",
    "labels": {"challenge_test_list": [], "test_setup_code": "factor = 2"},
    "test_list": ["assert double(2) == 4", "assert double(0) == 0"],
}
CONTEST = {
    "id": 7,
    "content": "Read a number and print twice that.\n\nExample\n\nInput\n\n2\n\nOutput\n\n4\n",
    "labels": {"difficulty": "A", "name": "1_A. Twice", "source": "CODEFORCES"},
    "test": [{"input": {"stdin": n}, "output": {"stdout": f"{2 * int(n)}\n"}} for n in ("2", "15")],
}
WRONG = "def double(x):\n    return x + 2\n"


async def passes(code: str, problem: Problem) -> bool:
    sandbox = ProcessSandbox(1)
    try:
        return (await sandbox.execute(Program(code), problem.hidden, Limits())).passed
    finally:
        await sandbox.close()


def written(path: Path, row: dict[str, Any], *packed: str) -> Path:
    path.write_text(json.dumps({**row, **{name: json.dumps(row[name]) for name in packed}}) + "\n", "utf-8")
    return path


@pytest.mark.anyio
@pytest.mark.parametrize("packed", [(), ("labels",)])
async def test_evoeval(tmp_path: Path, packed: tuple[str, ...]) -> None:
    (problem,) = load(str(written(tmp_path / "evoeval.jsonl", EVOEVAL, *packed))).problems
    assert problem.id == "EvoEval_combine_EvoEval/3"
    assert await passes(problem.solution, problem)
    assert not await passes(WRONG, problem)


@pytest.mark.anyio
@pytest.mark.parametrize("packed", [(), ("labels", "test_list")])
async def test_mbpp(tmp_path: Path, packed: tuple[str, ...]) -> None:
    (problem,) = load(f"mbpp@{written(tmp_path / 'mbpp.jsonl', MBPP, *packed)}").problems
    assert (problem.id, problem.hidden.entry_point, len(problem.hidden.tests)) == ("MBPP/11", "double", 2)
    right = "factor = 2\ndef double(x):\n    return factor * x\n"
    assert await passes(right, problem)
    assert not await passes(WRONG, problem)


@pytest.mark.anyio
@pytest.mark.parametrize("packed", [(), ("labels", "test")])
async def test_code_contests(tmp_path: Path, packed: tuple[str, ...]) -> None:
    (problem,) = load(f"apps@{written(tmp_path / 'contests.jsonl', CONTEST, *packed)}").problems
    assert (problem.id, problem.difficulty, len(problem.hidden.tests)) == ("0007", "A", 2)
    assert await passes("print(2 * int(input()))", problem)
    assert not await passes("print(2 + int(input()))", problem)


@pytest.mark.parametrize(("word", "row"), [("", EVOEVAL), ("mbpp@", MBPP), ("apps@", CONTEST)])
def test_labels_that_are_not_json_are_refused_by_line(tmp_path: Path, word: str, row: dict[str, Any]) -> None:
    path = written(tmp_path / "rows.jsonl", {**row, "labels": "{"})
    with pytest.raises(DataError, match="line 1"):
        load(f"{word}{path}")
