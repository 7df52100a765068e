"""Recorded programs of others, executed again: the counts and, one by one, the verdicts."""

import asyncio
import gzip
import json
from pathlib import Path

import pytest

from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, Program, Suite, Verdict

Row = dict[str, str]


def rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]


def verdicts(programs: list[tuple[Program, Suite]]) -> list[Verdict]:
    async def main() -> list[Verdict]:
        sandbox = ProcessSandbox()
        tasks = [sandbox.execute(program, suite, Limits()) for program, suite in programs]
        result = await asyncio.gather(*tasks)
        await sandbox.close()
        return result

    return asyncio.run(main())


def humaneval(row: Row, program: str) -> tuple[Program, Suite]:
    test = f"{row['test']}\n\ncheck({row['entry_point']})"
    return Program(program), Suite((AssertTest("check", test),), row["entry_point"])


def disagreements(records: list[Row], found: list[Verdict]) -> dict[str, str]:
    pairs = zip(records, found, strict=True)
    return {
        row["task_id"]: verdict.kind for row, verdict in pairs if verdict.passed != bool(row["is_solved"])
    }


def completed(row: Row) -> str:
    """Reflexion's programs: the prompt and what the model wrote after it."""
    return row["prompt"] + row["solution"]


@pytest.mark.parametrize(
    ("name", "passed", "differ"),
    [
        ("humaneval_py_gpt4_reflexion", 150, set()),
        ("humaneval_py_gpt4_simple", 134, set()),
        ("humaneval_py_davinci003_simple", 93, {"HumanEval/133", "HumanEval/143", "HumanEval/150"}),
    ],
)
def test_reflexions_programs(shared_data, name, passed, differ):
    """The three that differ passed in the original run on names that earlier programs had left behind."""
    records = rows(shared_data / "reflexion_runs" / f"{name}.jsonl.gz")
    result = verdicts([humaneval(row, completed(row)) for row in records])
    assert set(disagreements(records, result)) == differ
    assert sum(verdict.passed for verdict in result) == passed
    assert "harness_error" not in {verdict.kind for verdict in result}


@pytest.mark.parametrize(("name", "passed", "differ"), [("seed", 123, 2), ("ldb", 136, 0)])
def test_ldbs_programs(shared_data, name, passed, differ):
    """Two seeds that the original recorded as failures pass."""
    records = rows(shared_data / "ldb" / f"humaneval_gpt35_{name}.jsonl.gz")
    result = verdicts([humaneval(row, f"{row['prompt']}\n{row['solution']}") for row in records])
    assert len(disagreements(records, result)) == differ
    assert sum(verdict.passed for verdict in result) == passed
