"""LiveCodeBench (Jain et al. 2024, arXiv 2403.07974): contest problems with their dates; code generation.

- A problem reads standard input and prints, or names a method of ``Solution`` (LeetCode's). Hidden tests
  are the public and the private ones; the public ones are visible.
- A window of dates, both days part of it, keeps the problems of contests in it: ``livecodebench/2023-09..``
  or ``livecodebench/2023-09-01..2024-02``. A model that was trained before the window cannot have seen
  them.
- Prompt and extraction are LiveCodeBench's (lcb_runner/prompts/code_generation.py,
  utils/extraction_utils.py): the lines between the last two that hold a fence.
- Outputs are compared by LiveCodeBench's rules (``livecodebench`` in :mod:`sharpen.types`), and its star
  imports stand before every program.
- The path is a file of the hub's data set ``livecodebench/code_generation_lite`` (test.jsonl, test2.jsonl,
  ...), a folder of such files, or LiveCodeBench's problems with ``public_tests`` alone.

Deviations:

1. A script runs as one, not as the body of a function, so ``global`` works in it; LiveCodeBench's fails
   there.
2. LiveCodeBench gives each test six seconds on the clock; here it has six seconds of processor time and 4
   GiB.
3. Earlier versions of LiveCodeBench take the first fenced block.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, Json, field_validator

from sharpen.benchmarks.base import Benchmark, LazySuite, needs_file
from sharpen.benchmarks.livecodebench_tests import Case, cases, tests
from sharpen.benchmarks.store import provenance_of, stream_records
from sharpen.errors import DataError, UsageError
from sharpen.types import Message, Problem, Program, Test

_RULES = 1
"""Counts up when a problem's record gives other tests than before: verdicts are kept by it."""
_SIZES = {"memory_bytes": 4 * 1024**3, "output_bytes": 64 * 1024**2}
LIMITS = {"cpu_seconds": 6.0, "wall_seconds": 30.0, **_SIZES}

_STARS = [
    "string",
    "re",
    "datetime",
    "collections",
    "heapq",
    "bisect",
    "copy",
    "math",
    "random",
    "statistics",
    "itertools",
    "functools",
    "operator",
    "io",
    "sys",
    "json",
    "builtins",
    "typing",
]
IMPORTS = "".join(
    [
        *(f"from {name} import *\n" for name in _STARS),
        *(f"import {name}\n" for name in _STARS if name not in ("builtins", "typing")),
        "sys.setrecursionlimit(50000)\n",
    ]
)
"""What LiveCodeBench's harness puts before every program."""

_SYSTEM = (
    "You are an expert Python programmer. You will be given a question (problem specification) and will"
    " generate a correct Python program that matches the specification and passes all tests. You will "
    "NOT return anything except for the program."
)
_WITH_STARTER = (
    "You will use the following starter code to write the solution to the problem and enclose your code"
    " within delimiters."
)
_WITHOUT_STARTER = (
    "Read the inputs from stdin solve the problem and write the answer to stdout (do not directly test "
    "on the sample inputs). Enclose your code within delimiters as follows."
)


class LiveCodeBenchRecord(BaseModel):
    """One row of the hub's data set, or of the same problems with their public tests alone."""

    question_id: str
    question_content: str
    platform: str = ""
    contest_date: datetime
    starter_code: str = ""
    difficulty: str = ""
    public_test_cases: str = ""
    private_test_cases: str = ""
    public_tests: list[Case] = []
    metadata: Json[dict[str, Any]] = Field(default_factory=dict)

    @field_validator("contest_date")
    @classmethod
    def _day(cls, value: datetime) -> datetime:
        return value.replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Window:
    """The days from ``first`` to ``last``, both part of it."""

    first: date = date.min
    last: date = date.max

    @classmethod
    def of(cls, text: str) -> "Window":
        """Return the window that ``FROM..TO`` means; either may be left out, and a month means all of it.

        Raises:
            UsageError: it is none.
        """
        first, dots, last = text.partition("..")
        if text and not dots:
            raise UsageError(
                f"{text} is not a window of dates: write FROM..TO, for example 2023-09..2024-02-29."
            )
        return cls(
            _day(first, ends=False) if first else date.min, _day(last, ends=True) if last else date.max
        )

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def _day(text: str, *, ends: bool) -> date:
    match = re.fullmatch(r"(\d{4})-(\d\d)(?:-(\d\d))?", text)
    try:
        year, month, day = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
        return date(year, month, day or (calendar.monthrange(year, month)[1] if ends else 1))
    except ValueError as error:  # IllegalMonthError is one
        raise UsageError(f"{text} is not a day: write it as 2024-02-29, or 2024-02 for the month.") from error


def load(path: Path | None = None, window: str = "") -> Benchmark:
    """Return the problems of the contests in ``window`` (``FROM..TO``), or all, from a file or a folder.

    Raises:
        UsageError: no path is given, or the window is none.
        DataError: a file is in no layout that is known, or no problem is in the window.
    """
    where = "a file, or the folder, of livecodebench/code_generation_lite on the Hugging Face hub"
    path = path or needs_file("livecodebench", where)
    days = Window.of(window)
    files = sorted(path.glob("*.jsonl*")) if path.is_dir() else [path]
    problems = [problem for file in files for problem in _problems(file, days)]
    if not problems:
        raise DataError(f"{path} holds no problem{f' of {window}' * bool(window)}.")
    sources = {f"{p.provenance['source']} sha256:{p.provenance['sha256']}" for p in problems}
    return Benchmark(
        name=f"livecodebench/{window}" if window else "livecodebench",
        problems=problems,
        prompt=_prompt,
        extract=_extract,
        visible_tests="the public tests; hidden are the public and the private ones",
        source=", ".join(sorted(sources)),
        limits=LIMITS,
    )


def _problems(file: Path, days: Window) -> Iterator[Problem]:
    provenance = provenance_of(file, None)
    for record in stream_records(file, LiveCodeBenchRecord):
        if record.contest_date.date() in days:
            yield _problem(record, provenance)


def _problem(record: LiveCodeBenchRecord, provenance: Mapping[str, str]) -> Problem:
    name = str(record.metadata.get("func_name") or "")
    entry_point = f"Solution.{name}" if name and "class Solution" in record.starter_code else name
    key = f"livecodebench-{_RULES} {provenance['sha256']} {record.question_id}"
    place = f"{provenance['source']}, {record.question_id}"
    public = partial(_public, record.public_tests, record.public_test_cases, place)
    hidden = partial(_all, public, record.private_test_cases, place)
    return Problem(
        id=record.question_id,
        statement=record.question_content,
        visible=LazySuite(f"{key} visible", public, entry_point, alone=True),
        hidden=LazySuite(f"{key} hidden", hidden, entry_point, alone=True),
        starter=IMPORTS + record.starter_code,
        difficulty=record.difficulty,
        provenance={**provenance, "contest_date": record.contest_date.date().isoformat()},
    )


def _public(listed: list[Case], packed: str, place: str) -> tuple[Test, ...]:
    return tests(listed or cases(packed, place), "public", place)


def _all(public: partial[tuple[Test, ...]], private: str, place: str) -> tuple[Test, ...]:
    return public() + tests(cases(private, place), "private", place)


def _prompt(problem: Problem) -> tuple[Message, ...]:
    starter = problem.starter.removeprefix(IMPORTS)
    form, code = (_WITH_STARTER, starter) if starter else (_WITHOUT_STARTER, "# YOUR CODE HERE")
    question = (
        f"### Question:\n{problem.statement}\n\n### Format: {form}\n```python\n{code}\n```\n\n"
        "### Answer: (use the provided format with backticks)\n\n"
    )
    return Message("system", _SYSTEM), Message("user", question)


def _extract(_problem: Problem, answer: str) -> Program:
    lines = answer.split("\n")
    fences = [number for number, line in enumerate(lines) if "```" in line]
    if len(fences) < 2:
        return Program("", "none")
    code = "\n".join(lines[fences[-2] + 1 : fences[-1]])
    return Program(f"{IMPORTS}\n{code}", "fence") if code.strip() else Program("", "none")
