"""MBPP (Austin et al. 2021, arXiv 2108.07732), by its splits as in the paper.

``mbpp`` is the test split, problems 11 to 510; ``mbpp/validation`` has 511 to 600 and ``mbpp/train`` 601 to
974, to train on. Problems 1 to 10, the paper's examples for prompts, belong to no split.

A problem is a sentence. The prompt also shows the first of its three asserts, without which a model
cannot know the function's name and arguments (the paper shows all three). All three are hidden tests.
``mbpp@FILE`` reads MBPP's own file, or its problems in SandboxFusion's form.
"""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, model_validator

from sharpen.benchmarks.base import Benchmark, ask
from sharpen.benchmarks.extract import extract
from sharpen.benchmarks.sandbox_fusion import is_row, unpacked
from sharpen.benchmarks.source import parse
from sharpen.benchmarks.store import RemoteFile, obtain, read_records
from sharpen.errors import DataError
from sharpen.types import AssertTest, Message, Problem, Program, Suite

FILE = RemoteFile(
    file="mbpp.jsonl",
    version="974 problems",
    sha256="ccf64ceae9c5403bf50a044cb6d505bfd2a2963ee58338ba268fd65beab92a9f",
    sources=(
        "https://raw.githubusercontent.com/google-research/google-research/master/mbpp/mbpp.jsonl",
        "https://raw.githubusercontent.com/deepseek-ai/DeepSeek-Coder/main/Evaluation/MBPP/data/mbpp.jsonl",
    ),
)
SPLITS = {"": range(11, 511), "train": range(601, 975), "validation": range(511, 601)}
"""Problems by what follows ``mbpp/``."""


class MbppRecord(BaseModel):
    """One line of MBPP's file."""

    task_id: int
    text: str
    code: str
    test_list: list[str]
    test_setup_code: str = ""

    @model_validator(mode="before")
    @classmethod
    def _of_sandbox_fusion(cls, row: Any) -> Any:  # noqa: ANN401 - any JSON
        if not is_row(row):
            return row
        return {
            "task_id": row.get("id"),
            "text": row["content"],
            "code": row.get("canonical_solution"),
            "test_list": unpacked(row, "test_list") if "test_list" in row else None,
            "test_setup_code": unpacked(row, "labels").get("test_setup_code", ""),
        }


def load(path: Path | None = None, variant: str = "") -> Benchmark:
    """Return the problems of a split, from ``path`` or through the cache.

    Args:
        path: MBPP's file of 974 problems.
        variant: ``train``, ``validation``, or empty for the test split.

    Raises:
        DataError: the file is not MBPP's, or holds no problem of the split.
        FetchError: no source could be reached.
    """
    records, provenance = read_records(path or obtain(FILE), MbppRecord, None if path else FILE)
    name, ids = f"mbpp/{variant}".rstrip("/"), SPLITS[variant]
    problems = [_problem(record, provenance) for record in records if record.task_id in ids]
    if not problems:
        raise DataError(
            f"{path} has no problem of {name}, whose ids are {ids[0]} to {ids[-1]}: give MBPP's whole file"
        )
    return Benchmark(
        name=name,
        problems=problems,
        prompt=_prompt,
        extract=_extract,
        visible_tests="the first assert, which the prompt shows; all three asserts are hidden",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
    )


def _problem(record: MbppRecord, provenance: Mapping[str, str]) -> Problem:
    entry_point = _entry_point(record)
    tests = tuple(AssertTest(f"assert {n}", code) for n, code in enumerate(record.test_list, 1))
    setup = record.test_setup_code.replace("\r\n", "\n")
    return Problem(
        id=f"MBPP/{record.task_id}",
        statement=record.text,
        visible=Suite(tests[:1], entry_point, setup),
        hidden=Suite(tests, entry_point, setup),
        solution=record.code.replace("\r\n", "\n") + "\n",
        provenance=provenance,
    )


def _entry_point(record: MbppRecord) -> str:
    """Return the function of MBPP's program that the first assert calls."""
    program, test = parse(record.code), parse(record.test_list[0])
    if program is None or test is None:
        raise DataError(f"MBPP/{record.task_id}: program or test is not Python.")
    defined = {node.name for node in ast.walk(program) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    called = [node.func for node in ast.walk(test) if isinstance(node, ast.Call)]
    names = [func.id for func in called if isinstance(func, ast.Name) and func.id in defined]
    if not names:
        raise DataError(f"MBPP/{record.task_id}: its first assert calls nothing that its program defines.")
    return names[0]


def _prompt(problem: Problem) -> tuple[Message, ...]:
    shown = problem.visible.tests[0]
    assert isinstance(shown, AssertTest)
    return ask(
        "mbpp.txt", statement=problem.statement, tests=shown.code, entry_point=problem.hidden.entry_point
    )


def _extract(problem: Problem, answer: str) -> Program:
    return extract(answer, starter="", entry_point=problem.hidden.entry_point)
