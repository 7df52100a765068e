"""Problems that a user writes: in memory, in a function of a file, or one JSON object a line.

::

    {"id": "add", "statement": "Write add(a, b), which returns the sum.",
     "visible": {"entry_point": "add", "tests": [{"form": "assert", "code": "assert add(1, 2) == 3"}]},
     "hidden": {"entry_point": "add", "tests": [{"form": "call", "args": [2, 2], "expected": 4}]}}

Tests are those of :mod:`sharpen.suite_json`. A run whose problems come from memory or from a function writes
them into its directory, so that it can be replayed without the code that made them. Problems that are read
from a run are not trusted: their tests run in the sandbox.
"""

import hashlib
import importlib.util
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self

from pydantic import Field

from sharpen.benchmarks.base import Benchmark, ask
from sharpen.benchmarks.extract import extract
from sharpen.benchmarks.store import stream_records
from sharpen.errors import DataError, SharpenError, UsageError
from sharpen.files.disk import write_whole
from sharpen.suite_json import AnyTest, JsonForm, write_test
from sharpen.types import CallTest, Language, Message, Problem, Program, StdioTest, Suite, Test

_FILE = "problems.jsonl"
IN_MEMORY = "problems-"
"""How the word of problems in memory begins; their hash follows."""
OF_RUN = "run:"
"""How the word begins that means the problems which a run wrote down."""
_FUNCTION = re.compile(r"(?P<file>.+\.py):(?P<name>[^\W\d]\w*)")


class SuiteRecord(JsonForm):
    """The tests of a program."""

    tests: list[AnyTest] = Field(default_factory=list)
    entry_point: str = ""
    context: str = ""
    alone: bool = False
    every: bool = False
    language: Language = "python"

    @classmethod
    def of(cls, suite: Suite) -> Self:
        """Return a suite as a record. Raises DataError where a value of it is not a plain value."""
        names = "entry_point", "context", "alone", "every", "language"
        named = {name: getattr(suite, name) for name in names}
        return cls.model_validate({"tests": [write_test(test) for test in suite.tests], **named})

    def suite(self, trusted: Literal["all", "nothing"]) -> Suite:
        """Return the suite."""
        tests = tuple(test.test(f"test {number}") for number, test in enumerate(self.tests, 1))
        return Suite(
            tests, self.entry_point, self.context, self.alone, self.every, trusted, language=self.language
        )


class OwnRecord(JsonForm):
    """One line of a file: a problem."""

    id: str = Field(min_length=1)
    statement: str
    visible: SuiteRecord = SuiteRecord()
    hidden: SuiteRecord
    starter: str = ""
    difficulty: str = ""
    solution: str = ""
    provenance: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Return a problem as a record. Raises DataError where a value of its tests is not a plain value."""
        return cls(
            id=problem.id,
            statement=problem.statement,
            visible=SuiteRecord.of(problem.visible),
            hidden=SuiteRecord.of(problem.hidden),
            starter=problem.starter,
            difficulty=problem.difficulty,
            solution=problem.solution,
            provenance=dict(problem.provenance),
        )

    def problem(self, trusted: Literal["all", "nothing"]) -> Problem:
        """Return the problem."""
        facts = self.starter, self.difficulty, self.solution, self.provenance
        return Problem(
            self.id, self.statement, self.visible.suite(trusted), self.hidden.suite(trusted), *facts
        )


def in_memory(problems: Sequence[Problem]) -> Benchmark:
    """Return problems as a benchmark, named by their hash.

    Raises:
        UsageError: there are none, or two have one id.
        DataError: a value of a test is not a plain value.
    """
    word = f"{IN_MEMORY}{_hash(problems)[:8]}"
    return replace(described(problems, word, "memory"), in_run=True)


def is_function(word: str) -> bool:
    """Whether a word is ``FILE.py:NAME``."""
    return _FUNCTION.fullmatch(word) is not None


def of_function(word: str) -> Benchmark:
    """Return the problems that the function of ``FILE.py:NAME`` returns. Its code runs in this process.

    Raises:
        UsageError: there is no such file or function, or it returns something else.
        DataError: it raised an exception, or a value of a test is not a plain value.
    """
    match = _FUNCTION.fullmatch(word)
    assert match
    path, name = Path(match["file"]), match["name"]
    try:
        returned: object = _function(path, name)()
        problems = list(returned) if isinstance(returned, Iterable) else None
    except SharpenError:
        raise
    except Exception as error:  # the user's code may raise anything
        raise DataError(f"{word} raised {type(error).__name__}: {error}") from error
    if problems is None or not all(isinstance(problem, Problem) for problem in problems):
        raise UsageError(f"{word} must return sharpen.Problem objects, in a list")
    return replace(described(problems, word, word), in_run=True)


def load_file(path: Path, *, trusted: Literal["all", "nothing"] = "all") -> Benchmark:
    """Return the problems of a file in sharpen's own form.

    Raises:
        DataError: a line is not in the form; the sentence names it.
        UsageError: two problems have one id.
    """
    problems = [record.problem(trusted) for record in stream_records(path, OwnRecord)]
    return described(problems, str(path), str(path))


def load_run(run: Path) -> Benchmark:
    """Return the problems that a run wrote down; their tests are not trusted.

    Raises:
        UsageError: it wrote none.
        DataError: its file is damaged.
    """
    path = run / _FILE
    if not path.is_file():
        raise UsageError(f"{run} has no {_FILE}: give a run whose problems were made in memory")
    return load_file(path, trusted="nothing")


def is_own(row: object) -> bool:
    """Whether a row of a file is in this form, and not in HumanEval's."""
    return isinstance(row, dict) and "hidden" in row and "statement" in row


def write(problems: Iterable[Problem], path: Path) -> None:
    """Write problems, one JSON object a line.

    Raises:
        DataError: a value of a test is not a plain value, or the file cannot be written.
    """
    write_whole(path, _lines(problems))


def _hash(problems: Iterable[Problem]) -> str:
    return hashlib.sha256(_lines(problems)).hexdigest()


def _lines(problems: Iterable[Problem]) -> bytes:
    records = (OwnRecord.of(problem).model_dump(mode="json") for problem in problems)
    return "".join(json.dumps(record) + "\n" for record in records).encode()


def _function(path: Path, name: str) -> Callable[[], Iterable[Problem]]:
    if not path.is_file():
        raise UsageError(f"there is no file {path}: FILE.py:NAME names a function that returns problems")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        raise UsageError(f"{path} has no function {name}: FILE.py:NAME names one that returns problems")
    load: Callable[[], Iterable[Problem]] = function
    return load


def described(problems: Sequence[Problem], name: str, source: str) -> Benchmark:
    """Return problems as a benchmark. Its source has the hash of the problems, wherever they come from.

    Args:
        problems: with tests that are plain data.
        name: what a user types.
        source: where they were loaded from.

    Raises:
        UsageError: there are none, or two have one id.
        DataError: a value of a test is not a plain value.
    """
    ids = [problem.id for problem in problems]
    if not ids:
        raise UsageError(f"{name} holds no problems: give at least one")
    if twice := [identity for identity in ids if ids.count(identity) > 1]:
        raise UsageError(f"two problems have the id {twice[0]}: give one of them another id")
    return Benchmark(
        name=name,
        problems=list(problems),
        prompt=prompt,
        extract=_extract,
        visible_tests="the tests that the problem's author made visible, which the prompt shows",
        source=f"{source} sha256:{_hash(problems)}",
    )


def prompt(problem: Problem) -> tuple[Message, ...]:
    """Return the conversation that asks for a problem's program and shows its visible tests."""
    shown = [test for test in problem.visible.tests if not isinstance(test, StdioTest)]
    examples = [test for test in problem.visible.tests if isinstance(test, StdioTest)]
    return ask(
        "own.txt",
        statement=problem.statement.strip(),
        starter=problem.starter.strip(),
        tests="\n".join(_as_code(test, problem.hidden.entry_point) for test in shown),
        one=len(shown) == 1,
        examples=[(test.stdin.rstrip(), test.stdout.rstrip()) for test in examples],
        entry_point=problem.hidden.entry_point,
    )


def _as_code(test: Test, entry_point: str) -> str:
    if isinstance(test, CallTest):
        return f"assert {entry_point}({', '.join(map(repr, test.args))}) == {test.expected!r}"
    assert not isinstance(test, StdioTest)
    return test.code


def _extract(problem: Problem, answer: str) -> Program:
    return extract(answer, starter=problem.starter, entry_point=problem.hidden.entry_point)
