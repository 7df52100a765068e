"""Reads anyone's samples: JSONL or a JSON array, plain or gzipped, one program or one problem a row.

- ``task_id`` with ``completion`` (HumanEval's format: it continues the problem's prompt) or ``solution``
  (a whole program). Where a line has both, ``solution`` counts. Other fields are ignored.
- ``prompt`` with ``samples`` (CodeT's format: many completions of one prompt, from which the docstring's
  examples were taken). The problem is the one whose prompt has all these words, in this order.
- ``task_id`` with ``predict`` (ClassEval's outputs: a list of answers that hold the program).
- ``question_id`` with ``code_list`` (LiveCodeBench's outputs: programs already taken out of the answers).
- ``metadata.problem_id`` or ``id`` with ``code`` (DS-1000's answers, which hold what is put into the
  context).

Files differ in what they mean by these words, so a program is made like this:

- A completion goes behind the prompt. If it is a whole program, it defines the function anew there, which
  is how HumanEval's own harness reads it. Where the prompt breaks it (``from __future__``), it stands alone.
- A solution stands alone, with those imports and helpers of the prompt that it lacks (EvalPlus would run it
  without). One that does not define the function continues the prompt, as in Reflexion's logs.

A line that cannot be read is named and does not stop the rest. The rows of an array are counted as lines.
"""

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sharpen.benchmarks.source import defines, parse, with_preamble
from sharpen.errors import DataError
from sharpen.files.disk import read_lines
from sharpen.types import Problem, Program

Kind = Literal["completion", "solution", "answer"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One program of a file.

    Attributes:
        line: its line in the file, from 1.
        problem: the id of the problem, as the benchmark spells it.
        text: what the line holds, verbatim.
        kind: whether it continues the prompt, stands alone, or is an answer that holds the program.
    """

    line: int
    problem: str
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that holds no sample, and why: one sentence."""

    line: int
    reason: str


def read_samples(path: Path, problems: Sequence[Problem]) -> Iterator[Sample | Malformed]:
    """Yield every sample of ``path`` and every line that is none, in order; nothing is kept in memory.

    Raises:
        DataError: the file cannot be opened.
    """
    ids = _Ids(problems)
    for number, line in _numbered_rows(path):
        if isinstance(line, Malformed):
            yield line
        elif line.strip():
            yield from _samples_of(number, line, ids)


def program_of(sample: Sample, problem: Problem) -> Program:
    """Return the program that a sample is, ready to run; empty when the sample is."""
    if not sample.text.strip():
        return Program("", "none")
    name = problem.hidden.entry_point.partition(".")[0]
    alone = not problem.starter or defines(sample.text, name)
    continued = problem.starter + sample.text
    if sample.kind == "solution" and alone:
        return Program(with_preamble(sample.text, problem.starter, name), "bare")
    if sample.kind == "completion" and alone and _is_broken(continued):
        return Program(sample.text, "bare")
    return Program(continued, "continuation")


def _is_broken(continued: str) -> bool:
    """Whether the prompt in front makes a program no program; imports from the future must come first."""
    tree = parse(continued)
    return tree is None or any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body
    )


class _Ids:
    """Finds the problem that a line means."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._exact = {problem.id: problem.id for problem in problems}
        self._folded = {problem.id.casefold(): problem.id for problem in problems}
        self._numbers = {problem.id.rpartition("/")[2]: problem.id for problem in problems}
        self._prompts = [(problem.starter.split(), problem.id) for problem in problems]

    def by_id(self, given: object) -> str:
        """Return the problem's id; upper and lower case do not matter, a bare number is one."""
        text = str(given)
        return self._exact.get(text) or self._folded.get(text.casefold()) or self._numbers.get(text, "")

    def by_prompt(self, prompt: str) -> str:
        """Return the one problem whose prompt has all the words of ``prompt``, in this order."""
        part = prompt.rstrip().rstrip("\"'").split()
        found = [identity for words, identity in self._prompts if part and _is_within(part, words)]
        return found[0] if len(found) == 1 else ""


def _is_within(part: list[str], words: list[str]) -> bool:
    rest = iter(words)
    return all(word in rest for word in part)


def _numbered_rows(path: Path) -> Iterator[tuple[int, bytes | Malformed]]:
    """Yield the lines of a file; those of an array's elements where it is one."""
    lines = _numbered_lines(path)
    number, first = next(lines, (0, b""))
    if isinstance(first, Malformed) or not first.lstrip().startswith(b"["):
        if number:
            yield number, first
        yield from lines
        return
    rest = [line for _, line in lines]
    damage = [line for line in rest if isinstance(line, Malformed)]
    try:
        rows = json.loads(b"".join([first, *(line for line in rest if isinstance(line, bytes))]))
    except (ValueError, RecursionError) as error:
        yield 1, damage[0] if damage else Malformed(1, f"the array is not JSON: {error}")
        return
    for number, row in enumerate(rows, 1):
        yield number, json.dumps(row).encode()


def _numbered_lines(path: Path) -> Iterator[tuple[int, bytes | Malformed]]:
    number = 0
    try:
        for number, line in read_lines(path):
            yield number, line
    except DataError as error:
        if not number:
            raise
        yield number + 1, Malformed(number + 1, f"line {number + 1}: the file is damaged here ({error})")


def _samples_of(number: int, line: bytes, ids: _Ids) -> Iterator[Sample | Malformed]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        yield Malformed(number, f"line {number} is not JSON: {error}")
        return
    if not isinstance(row, dict):
        yield Malformed(number, f"line {number} is not a JSON object")
    elif found := _answers_of(row):
        given, texts, kind = found
        missing = f"the benchmark has no problem {given}"
        yield from _listed(number, ids.by_id(given), missing, texts, kind)
    elif "task_id" in row:
        yield _by_id(number, row, ids)
    elif "samples" in row and "prompt" in row:
        yield from _by_prompt(number, row, ids)
    else:
        yield Malformed(number, f"line {number} has no task_id")


def _answers_of(row: dict[str, object]) -> tuple[object, object, Kind] | None:
    """Return the problem, its texts and their kind, where a row is of one of the benchmarks' own layouts."""
    if "task_id" in row and "predict" in row:
        return row["task_id"], row["predict"], "answer"
    if "question_id" in row and "code_list" in row:
        return row["question_id"], row["code_list"], "solution"
    metadata = row.get("metadata")
    problem = metadata.get("problem_id") if isinstance(metadata, dict) else row.get("id")
    if "code" in row and problem is not None:
        code = row["code"]
        return problem, code if isinstance(code, list) else [code], "answer"
    return None


def _listed(
    number: int, problem: str, missing: str, texts: object, kind: Kind
) -> Iterator[Sample | Malformed]:
    if not problem or not isinstance(texts, list):
        yield Malformed(number, f"line {number}: {'its texts are no list' if problem else missing}")
        return
    for index, text in enumerate(texts, 1):
        if isinstance(text, str):
            yield Sample(number, problem, text, kind)
        else:
            yield Malformed(number, f"line {number}: sample {index} is not text but {type(text).__name__}")


def _by_id(number: int, row: dict[str, object], ids: _Ids) -> Sample | Malformed:
    kind: Kind = "solution" if "solution" in row else "completion"
    if kind not in row:
        return Malformed(number, f"line {number} has neither completion nor solution")
    text = row[kind]
    if not isinstance(text, str):
        return Malformed(number, f"line {number}: {kind} is not text but {type(text).__name__}")
    problem = ids.by_id(row["task_id"])
    if not problem:
        return Malformed(number, f"line {number}: the benchmark has no problem {row['task_id']}")
    return Sample(number, problem, text, kind)


def _by_prompt(number: int, row: dict[str, object], ids: _Ids) -> Iterator[Sample | Malformed]:
    prompt, texts = row["prompt"], row["samples"]
    if not isinstance(prompt, str) or not isinstance(texts, list):
        yield Malformed(number, f"line {number}: prompt must be text and samples a list")
        return
    missing = "no one problem's prompt has these words"
    yield from _listed(number, ids.by_prompt(prompt), missing, texts, "completion")
