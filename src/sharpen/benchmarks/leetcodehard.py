"""LeetcodeHardGym: hard problems of LeetCode (Shinn et al. 2023, arXiv 2303.11366, section 4.3).

Their hidden tests are LeetCode's own and not in the files, which hold examples only: these decide here, and a
prompt may quote them.

- Python: the examples in the comment, ``Input: n = 3, k = 1`` and ``Output: 2``, as calls of ``Solution``.
- Rust: the record's ``visible_tests``. They write arrays and texts as Python does, which no function that
  takes a ``Vec`` or a ``String`` can be called with; so a list becomes a ``vec!`` and a text a ``String``.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from sharpen.benchmarks import extract as python
from sharpen.benchmarks import extract_braces
from sharpen.benchmarks.base import Benchmark, ask, needs_file
from sharpen.benchmarks.multipl_e import entry_point_of
from sharpen.benchmarks.store import read_records
from sharpen.languages import fence, title
from sharpen.types import AssertTest, CallTest, Message, Problem, Program, Suite

_EXAMPLE = re.compile(r"^#?[ \t]*Input:?[ \t]*(.+)\n(?:#[ \t]*\n)*#?[ \t]*Output:?[ \t]*(.+)$", re.MULTILINE)
_LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\[')
_CONSTANTS = {"true": "True", "false": "False", "null": "None"}
_PREAMBLE = "from typing import *\nfrom collections import *\nimport bisect\nimport heapq\nimport math\n"
"""What LeetCode imports before a program in Python, as far as signatures need it."""


class LeetcodeHardRecord(BaseModel):
    """One line of LeetcodeHardGym's files."""

    task_id: str
    prompt: str
    entry_point: str
    visible_tests: tuple[str, ...] = ()


def load(path: Path | None) -> Benchmark:
    """Return the problems of a file, in Python or in Rust.

    Raises:
        UsageError: no file was named.
        DataError: the file is not in the format.
    """
    path = path or needs_file("leetcodehard", "leetcode-hard-py.jsonl or a log of Reflexion in Rust")
    records, provenance = read_records(path, LeetcodeHardRecord, None)
    return Benchmark(
        name="leetcodehard",
        problems=[problem(record, provenance) for record in records],
        prompt=prompt,
        extract=extract_program,
        visible_tests="the examples; they decide, since LeetCode keeps the hidden tests",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
    )


def problem(record: LeetcodeHardRecord, provenance: Mapping[str, str]) -> Problem:
    """Return the problem that a record describes."""
    suite = in_rust(record) if re.search(r"^fn \w+", record.prompt, re.MULTILINE) else in_python(record)
    starter = record.prompt if suite.language == "rust" else _PREAMBLE + record.prompt
    return Problem(record.task_id, record.prompt, suite, suite, starter=starter, provenance=provenance)


def in_rust(record: LeetcodeHardRecord) -> Suite:
    """Return the examples of a record as assertions that compile."""
    tests = enumerate(map(owned, record.visible_tests), 1)
    name = entry_point_of(record.prompt, "rust")
    return Suite(
        tuple(AssertTest(f"example {number}", code) for number, code in tests), name, language="rust"
    )


def owned(test: str) -> str:
    """Return a test in Rust with vectors for lists and owned texts for literals."""
    return _LITERAL.sub(lambda match: "vec![" if match[0] == "[" else f"String::from({match[0]})", test)


def in_python(record: LeetcodeHardRecord) -> Suite:
    """Return the examples in a record's comment as calls."""
    calls = enumerate(examples(record.prompt), 1)
    tests = tuple(CallTest(f"example {number}", args, value, 1e-5) for number, (args, value) in calls)
    return Suite(tests, f"Solution().{record.entry_point}")


def examples(statement: str) -> Iterator[tuple[tuple[object, ...], object]]:
    """Yield the arguments and the value of each example that can be read."""
    for given, value in _EXAMPLE.findall(statement):
        try:
            call = ast.parse(f"f({_as_python(given)})", mode="eval").body
            assert isinstance(call, ast.Call)
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            yield tuple(map(ast.literal_eval, arguments)), ast.literal_eval(_as_python(value))
        except (SyntaxError, ValueError):  # an example in words
            continue


def _as_python(text: str) -> str:
    words = re.sub(r"\b(true|false|null)\b", lambda match: _CONSTANTS[match[1]], text.replace("`", ""))
    return words.strip().rstrip(".")


def prompt(problem: Problem) -> tuple[Message, ...]:
    """Return the conversation that asks a chat model to complete the function."""
    if problem.hidden.language == "python":
        return ask("humaneval.txt", code=problem.statement.strip())
    language = problem.hidden.language
    return ask(
        "function.txt", code=problem.statement.strip(), language=title(language), fence=fence(language)
    )


def extract_program(problem: Problem, answer: str) -> Program:
    """Return the program in ``answer``."""
    hidden = problem.hidden
    if hidden.language == "python":
        return python.extract(answer, starter=problem.starter, entry_point=hidden.entry_point)
    return extract_braces.extract(
        answer, hidden.language, starter=problem.starter, entry_point=hidden.entry_point
    )
