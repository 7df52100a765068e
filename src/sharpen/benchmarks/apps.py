"""APPS (Hendrycks et al. 2021, arXiv 2105.09938): the test split, and MapCoder's selection of it.

CodeContests in SandboxFusion's form is read as well (``apps@FILE``), and its lines are compared as APPS's.

A problem either reads standard input and prints, or names a function (``fn_name``, with starter code).

- Hidden tests are all of APPS's. Function values are compared by APPS's rule (``apps``).
- Visible tests are those of them whose input and output stand in the statement, as whole lines or as a
  call with its value; in MapCoder's layout its ``sample_io``.
- Problems without tests are left out, as in the self-repair paper (section 4).
- ``apps/paper`` is a draw like the self-repair paper's: 60 introductory, 180 interview and 60 competition
  problems. The paper lists its own 300 in appendix H: give those with ``--ids``.
- Types that a starter mentions without an import (``List``) are imported for it, as APPS's harness does.

The tests of both layouts are read by :mod:`sharpen.benchmarks.apps_tests`.
"""

import hashlib
import heapq
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from pydantic import AliasChoices, BaseModel, Field, model_validator

from sharpen.benchmarks.apps_tests import from_hub, from_mapcoder
from sharpen.benchmarks.base import Benchmark, LazySuite, ask
from sharpen.benchmarks.extract import extract
from sharpen.benchmarks.sandbox_fusion import is_row, unpacked
from sharpen.benchmarks.store import RemoteFile, obtain, provenance_of, stream_records
from sharpen.errors import DataError
from sharpen.files.json_text import inner_json
from sharpen.types import Message, Problem, Program

FILE = RemoteFile(
    file="apps-test.jsonl",
    version="test split",
    sha256="",
    sources=("https://huggingface.co/datasets/codeparrot/apps/resolve/main/test.jsonl",),
    pointer="https://huggingface.co/datasets/codeparrot/apps/raw/main/test.jsonl",
)
_RULES = 1
"""Counts up when a problem's record gives other tests than before: verdicts are kept by it."""
IMPORTS = (
    "import sys",
    "import time",
    "import itertools",
    "from itertools import accumulate, product, permutations, combinations",
    "import collections",
    "from collections import Counter, OrderedDict, deque, defaultdict, ChainMap",
    "from functools import lru_cache",
    "import math",
    "from math import sqrt, sin, cos, tan, ceil, fabs, floor, gcd, exp, log, log2",
    "import fractions",
    "from typing import List, Tuple",
    "import numpy as np",
    "import random",
    "import heapq",
    f"from heapq import {', '.join(heapq.__all__)}",
)
"""What APPS's own harness puts before every program (testing_util.py)."""
_TYPING = "from typing import Dict, List, Optional, Set, Tuple\n"


class AppsRecord(BaseModel):
    """A problem in the hub's layout or in MapCoder's."""

    number: int = Field(validation_alias=AliasChoices("problem_id", "id"))
    question: str = Field(validation_alias=AliasChoices("question", "description"))
    difficulty: str
    starter_code: str = ""
    input_output: str = ""
    solutions: str = ""
    sample_io: list[dict[str, object]] = []
    test_list: list[dict[str, object]] | str = []

    @model_validator(mode="before")
    @classmethod
    def _of_sandbox_fusion(cls, row: Any) -> Any:  # noqa: ANN401 - any JSON
        """Read CodeContests' rows, whose tests are pairs of standard input and output."""
        if not is_row(row):
            return row
        tests = unpacked(row, "test") if "test" in row else []
        pairs = {
            "inputs": [test["input"].get("stdin", "") for test in tests],
            "outputs": [test["output"]["stdout"] for test in tests],
        }
        return {
            "id": row.get("id"),
            "question": row["content"],
            "difficulty": str(unpacked(row, "labels").get("difficulty", "")),
            "input_output": json.dumps(pairs) if tests else "",
        }


PAPER = {"introductory": 60, "interview": 180, "competition": 60}
"""Problems of each difficulty in the self-repair paper (arXiv 2306.09896, section 4)."""
PAPER_SEED = 2023
"""Of the draw of ``apps/paper``."""


def load(path: Path | None = None, difficulty: str = "") -> Benchmark:
    """Return the problems of one difficulty, the draw of ``paper``, or all.

    They are from ``path``, or downloaded through the cache.

    Raises:
        DataError: the file is in neither layout, or has too few problems for the draw.
        FetchError: no source could be reached.
    """
    if difficulty == "paper":
        everything = load(path)
        chosen = drawn(everything.problems, everything.source)
        return replace(everything, name="apps/paper", problems=chosen)
    remote = None if path else FILE
    path = path or obtain(FILE)
    provenance = provenance_of(path, remote)
    records = (record for record in stream_records(path, AppsRecord) if difficulty in ("", record.difficulty))
    problems = [_problem(record, provenance) for record in records if _has_tests(record)]
    if not problems:
        raise DataError(f"{path} holds no problems with tests{f' that are {difficulty}' * bool(difficulty)}.")
    return Benchmark(
        name=f"apps/{difficulty}" if difficulty else "apps",
        problems=problems,
        prompt=_prompt,
        extract=_extract,
        imports=IMPORTS,
        visible_tests="the tests whose input and output the statement shows (MapCoder: sample_io), if any",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
    )


def drawn(problems: Sequence[Problem], source: str) -> list[Problem]:
    """Return 300 problems, the same for everybody who has the same file, in its order.

    Raises:
        DataError: a difficulty has too few problems.
    """
    chance, chosen = Random(PAPER_SEED), set[str]()  # noqa: S311 - a draw that anybody can repeat
    for difficulty, number in PAPER.items():
        ids = sorted(problem.id for problem in problems if problem.difficulty == difficulty)
        if len(ids) < number:
            raise DataError(
                f"{source} has {len(ids)} {difficulty} problems with tests and apps/paper draws {number}: "
                "use APPS's whole test split, or apps with --limit"
            )
        chosen |= set(chance.sample(ids, number))
    return [problem for problem in problems if problem.id in chosen]


def _has_tests(record: AppsRecord) -> bool:
    return bool(record.input_output.strip() or record.test_list)


def _problem(record: AppsRecord, provenance: Mapping[str, str]) -> Problem:
    visible, hidden, name = (
        from_mapcoder(record.sample_io, record.test_list, record.starter_code)
        if record.test_list
        else from_hub(record.input_output, record.question)
    )
    starter = record.starter_code.strip()
    if name and re.search(r"\b(?:Dict|List|Optional|Set|Tuple)\[", starter):
        starter = f"{_TYPING}\n{starter}"
    key = f"apps-{_RULES} {hashlib.sha256(record.model_dump_json().encode()).hexdigest()}"
    owned = bool(name) and "class Solution" in starter
    entry_point = f"Solution.{name}" if owned else name
    return Problem(
        id=f"{record.number:04d}",
        statement=record.question,
        visible=LazySuite(f"{key} visible", visible, entry_point),
        hidden=LazySuite(f"{key} hidden", hidden, entry_point),
        starter=starter if name else "",
        difficulty=record.difficulty,
        solution=_first_solution(record.solutions),
        provenance=provenance,
    )


def _first_solution(solutions: str) -> str:
    programs = inner_json(solutions) if solutions.strip() else []
    return str(programs[0]) if programs else ""


def _prompt(problem: Problem) -> tuple[Message, ...]:
    return ask("apps.txt", statement=problem.statement.strip(), starter=problem.starter)


def _extract(problem: Problem, answer: str) -> Program:
    return extract(answer, starter=problem.starter, entry_point=problem.hidden.entry_point)
