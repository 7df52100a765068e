"""Reads anyone's samples: JSONL, a JSON array or one JSON object, plain or packed, or a folder of such files.

Read are the files of HumanEval (``task_id`` with ``completion`` or ``solution``), EvalPlus (samples, folders
of programs, and ``*_eval_results.json``), CodeT (``prompt`` with ``samples``), Reflexion and LDB (logs with
``solution``), MapCoder (``source_codes``), ClassEval (``predict``), LiveCodeBench (``code_list``), DS-1000
(``code``), APPS (programs by problem), the BigCode harness (lists of generations), lm-eval
(``samples_*.jsonl``), OpenCompass (``prediction``), MultiPL-E, Inspect (logs), batches of OpenAI and
Anthropic (``custom_id``), and recorded chats (``answer``, ``response``, ``messages``, ``choices``):
:mod:`sharpen.evaluate.rows`. A row without an answer, or with null in its place, is a failed sample. Rows of
tests are read as well (:mod:`sharpen.evaluate.sampled_tests`).

Files differ in what they mean by these words, so a program is made like this:

- A completion goes behind the prompt. If it is a whole program, it defines the function anew there, which
  is how HumanEval's own harness reads it. Where the prompt breaks it (``from __future__``), it stands alone.
- A solution stands alone, with those imports and helpers of the prompt that it lacks (EvalPlus would run it
  without). One that does not define the function continues the prompt, as in Reflexion's logs.

A line that cannot be read is named and does not stop the rest. The rows of an array are counted as lines.
"""

import ast
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sharpen import languages
from sharpen.benchmarks.extract import Target
from sharpen.benchmarks.extract_braces import continued
from sharpen.benchmarks.source import defines, parse, put_before, with_preamble
from sharpen.errors import DataError
from sharpen.evaluate.rows import Kind, SampleRow, rows_of
from sharpen.exports import inspect_log
from sharpen.files.disk import read_file, read_lines
from sharpen.types import Problem, Program

_Key = TypeVar("_Key", str, tuple[str, str])
_BETWEEN = re.compile(r"[\s,\0]*")
_AROUND_VALUES = b" \t\r\n,\0"
"""What stands around a line's value without a meaning: files that were cut have zeros, arrays commas."""
_MOST_DIGITS = 4_300  # Python writes no longer number: see sys.set_int_max_str_digits


@dataclass(frozen=True, slots=True)
class SampledProgram:
    """One program of a file.

    Attributes:
        line: its line in the file, from 1.
        problem: the id of the problem, as the benchmark spells it.
        text: what the line holds, verbatim.
        kind: whether it continues the prompt, stands alone, or is an answer that holds the program.
        absent: whether there is no answer: it fails.
        recorded: whether it passed, as the file has it; None where it says nothing.
        tests: the tests that its row brings, as text.
    """

    line: int
    problem: str
    text: str
    kind: Kind
    absent: bool = False
    recorded: bool | None = None
    tests: str = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line that holds no sample, and why: one sentence."""

    line: int
    reason: str


def read_samples(
    path: Path, problems: Sequence[Problem], *, plus: bool = False
) -> Iterator[SampledProgram | Malformed]:
    """Yield every sample of ``path`` and every line that is none, in order; JSONL is read line by line.

    With ``plus`` the results in EvalPlus's files count as passed where the plus tests passed too.

    Raises:
        DataError: the file cannot be opened.
    """
    ids = _Ids(problems)
    for number, line in _numbered_rows(path):
        if isinstance(line, Malformed):
            yield line
        elif line.strip(_AROUND_VALUES):
            yield from _samples_of(number, line, ids, plus=plus)


def program_of(sample: SampledProgram, problem: Problem) -> Program:
    """Return the program that a sample is, ready to run; empty when the sample is."""
    if not sample.text.strip():
        return Program("", "none")
    if problem.hidden.language != "python":
        return _program_in_another_language(sample, problem)
    target = Target.of(problem.hidden.entry_point)
    name, names = target.name, [target.name, target.method]  # a function may be given for a method
    alone = not problem.starter or any(_stands_alone(sample.text, each) for each in names if each)
    continued = problem.starter + sample.text
    if not name and _is_broken(
        continued
    ):  # the starter is imports, behind which nothing comes from the future
        return Program(put_before(sample.text, [problem.starter]), "continuation")
    if sample.kind == "solution" and (alone or parse(continued) is None):
        return Program(with_preamble(sample.text, problem.starter, name), "bare")
    if sample.kind == "completion" and alone and _is_broken(continued):
        return Program(sample.text, "bare")
    return Program(continued, "continuation")


def _stands_alone(text: str, name: str) -> bool:
    """Whether a text is a program with the function, or would be if it were Python: it is judged as it is."""
    begins = re.compile(rf"^(?:(?:async\s+)?def|class)\s+{re.escape(name)}\b", re.MULTILINE)
    return defines(text, name) or (parse(text) is None and begins.search(text) is not None)


def _program_in_another_language(sample: SampledProgram, problem: Problem) -> Program:
    """Return a program in another language: what does not define the function continues the prompt."""
    hidden = problem.hidden
    if languages.defines(sample.text, hidden.entry_point, hidden.language):
        return Program(sample.text, "bare")
    return Program(continued(problem.starter, sample.text, hidden.language), "continuation")


def _is_broken(continued: str) -> bool:
    """Whether the prompt in front makes a program no program; imports from the future must come first."""
    tree = parse(continued)
    return tree is None or any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body
    )


class _Ids:
    """Finds the problem that a row means."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self._exact = {problem.id: problem.id for problem in problems}
        self._folded = {problem.id.casefold(): problem.id for problem in problems}
        self._numbers = _unambiguous(
            (key, problem.id)
            for problem in problems
            for name, number in [_numbered(problem.id, words=False)]
            for key in {(name, number), *((word, number) for word in _ANY_NAME)}
        )
        self._entries = _unambiguous((problem.hidden.entry_point, problem.id) for problem in problems)
        self._prompts = [(problem.starter.split(), problem.id) for problem in problems]
        self._in_order = [problem.id for problem in problems]

    def find(self, row: SampleRow) -> str:
        """Return the problem's id, or an empty string."""
        if not row.problems:
            return self.by_prompt(row.prompt)
        return next((known for known in map(self.by_id, row.problems) if known), "")

    def at(self, number: int) -> str:
        """Return the id of the problem with this number, from 1, in the benchmark's order."""
        return self._in_order[number - 1] if number <= len(self._in_order) else ""

    def by_id(self, given: object) -> str:
        """Return the problem's id, which may also be its function's name.

        Case does not matter, nor do zeros and words around its number and the sign between name and number.
        """
        text = str(given).strip()
        known = self._exact.get(text) or self._folded.get(text.casefold())
        return known or self._numbers.get(_numbered(text, words=True), "") or self._entries.get(text, "")

    def by_prompt(self, prompt: str) -> str:
        """Return the one problem whose prompt has all the words of ``prompt``, in this order."""
        part = prompt.rstrip().rstrip("\"'").split()
        matches = [identity for words, identity in self._prompts if part and _is_within(part, words)]
        return matches[0] if len(matches) == 1 else ""


_ANY_NAME = ("", "task", "problem", "question", "python", "test")
"""Names that say nothing of a benchmark; Python is HumanEval-X's."""
_NUMBERED = re.compile(
    r"(?:([^/]+)/|([^\W\d_](?:[\w .+-]*?[^\W\d_])??\+?)[\s_:#.-]?)?0*(\d{1,18})(?:\.0|(_[^\W\d]\w*))?"
)


def _numbered(identity: str, *, words: bool) -> tuple[str, str]:
    """Return the name and the number in an id (``007``, ``HumanEval/7``, ``humaneval-7``), or blanks.

    With ``words`` some may stand behind the number (``mbpp_7_words``); a benchmark's own ids differ in them.
    """
    match = _NUMBERED.fullmatch(identity)
    given = (match[1] or match[2] or "") if match else ""
    if not match or (match[4] and not (words and given)):
        return "", ""
    name = re.sub(r"[\W_]", "", given.casefold())
    return name.removeprefix("openai").removesuffix("plus"), match[3]


def _unambiguous(pairs: Iterable[tuple[_Key, str]]) -> dict[_Key, str]:
    """Return what each key means, without those that mean several problems."""
    found: dict[_Key, set[str]] = {}
    for key, identity in pairs:
        found.setdefault(key, set()).add(identity)
    return {key: min(identities) for key, identities in found.items() if len(identities) == 1}


def _is_within(part: list[str], words: list[str]) -> bool:
    rest = iter(words)
    return all(word in rest for word in part)


def _numbered_rows(path: Path) -> Iterator[tuple[int, bytes | Malformed]]:
    """Yield the lines of a file; the elements where it is an array, and all of it where it is one object."""
    if path.is_dir():
        yield from _rows_of_folder(path)
        return
    if path.suffix == inspect_log.SUFFIX:
        yield from ((n, json.dumps(row).encode()) for n, row in enumerate(inspect_log.rows(path), 1))
        return
    lines = _numbered_lines(path)
    number, first = next(lines, (0, b""))
    if isinstance(first, Malformed) or not _spans_lines(first):
        if number:
            yield number, first
        yield from lines
        return
    rest = [line for _, line in lines]
    damage = [line for line in rest if isinstance(line, Malformed)]
    position = 0
    try:
        lines_read = [first, *(line for line in rest if isinstance(line, bytes))]
        for position, row in enumerate(_values(b"".join(lines_read).decode()), 1):
            yield position, json.dumps(row).encode()
    except (ValueError, RecursionError) as error:
        if position or damage or first.lstrip().startswith(b"["):
            fault = Malformed(position + 1, f"element {position + 1}: the array is not JSON: {error}")
            yield position + 1, damage[0] if damage else fault
            return
        yield number, first
        yield from enumerate(rest, number + 1)


def _rows_of_folder(folder: Path) -> Iterator[tuple[int, bytes | Malformed]]:
    """Yield the samples of a folder: programs (EvalPlus's ``HumanEval_0/0.py``) and files of samples."""
    number = 0
    for file in sorted((each for each in folder.rglob("*") if each.is_file()), key=_in_order):
        if file.suffix == ".py":
            named = file.stem if file.parent == folder else file.parent.name
            row = {"task_id": named, "solution": read_file(file).decode("utf-8", "replace")}
            number += 1
            yield number, json.dumps(row).encode()
        elif re.search(r"(?<!\.results)\.jsonl?(\.gz|\.bz2|\.xz)?$", file.name):
            for _, line in _numbered_rows(file):
                number += 1
                yield number, line


def _in_order(file: Path) -> list[object]:
    """Return what sorts a file by the words and the numbers in its path."""
    parts = re.split(r"(\d{1,18})", str(file))  # every second one is a number
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]


def _values(text: str) -> Iterator[object]:
    """Yield the values of a text one after the other, and the elements of arrays, closed or not.

    Raises: ValueError or RecursionError where no value begins.
    """
    decoder = json.JSONDecoder(parse_int=_integer, strict=False)
    place, opened = 0, False
    while (place := _BETWEEN.match(text, place).end()) < len(text):  # type: ignore[union-attr]
        if text[place] in "[]" and opened != (text[place] == "["):
            place, opened = place + 1, not opened
            continue
        value, place = decoder.raw_decode(text, place)
        yield value


def _spans_lines(first: bytes) -> bool:
    """Whether the first line of a file begins a value that goes on in the next lines."""
    return first.lstrip().startswith(b"[") or first.strip() == b"{"


def _numbered_lines(path: Path) -> Iterator[tuple[int, bytes | Malformed]]:
    number = 0
    try:
        for number, line in read_lines(path):
            yield number, line
    except DataError as error:
        if not number:
            raise
        yield number + 1, Malformed(number + 1, f"line {number + 1}: the file is damaged here ({error})")


def _samples_of(number: int, line: bytes, ids: _Ids, *, plus: bool) -> Iterator[SampledProgram | Malformed]:
    try:
        value = json.loads(line.strip(_AROUND_VALUES), parse_int=_integer, strict=False)
    except (ValueError, RecursionError) as error:
        yield Malformed(number, f"line {number} is not JSON: {error}")
        return
    for row in rows_of(value, number, plus=plus):
        if isinstance(row, str):
            yield Malformed(number, f"line {number} {row}")
            continue
        problem = ids.at(number) if isinstance(value, list) else ids.find(row)
        if problem:
            yield from _listed(number, problem, row)
        elif not row.problems:
            yield Malformed(number, f"line {number}: no one problem's prompt has these words")
        else:
            yield Malformed(
                number, f"line {number}: the benchmark has no problem {str(row.problems[0])[:80]}"
            )


def _integer(digits: str) -> int | str:
    """Return a whole number, or its text where it is so long that Python could not write it into a row again.

    No field of a sample is such a number, unlike in a benchmark (:func:`sharpen.files.json_text.integer`).
    """
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _listed(number: int, problem: str, row: SampleRow) -> Iterator[SampledProgram | Malformed]:
    for index, (text, recorded) in enumerate(zip(row.texts, row.recorded, strict=True), 1):
        if text is None or isinstance(text, str):
            yield SampledProgram(number, problem, text or "", row.kind, text is None, recorded, row.tests)
        else:
            yield Malformed(number, f"line {number}: sample {index} is not text but {type(text).__name__}")
