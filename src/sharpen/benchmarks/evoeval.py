"""EvoEval (Xia et al. 2024, arXiv 2403.19114): HumanEval's problems evolved in seven directions.

- ``difficult``, ``creative``, ``subtle``, ``combine`` and ``tool_use`` change what is asked, 100 problems
  each; ``verbose`` and ``concise`` reword HumanEval's 164.
- Hidden tests are calls with EvoEval's inputs; the expected values are what its own program returns
  (:mod:`sharpen.benchmarks.reference`), compared by its rule (``evoeval`` in :mod:`sharpen.types`). Seven
  problems have more than one right answer: :mod:`sharpen.benchmarks.harness.evoeval_oracles`.
- Prompt and extraction are those of HumanEval here: EvoEval has a prompt for each model.

Deviations:

1. Inputs that are expressions are evaluated in the sandbox (:mod:`sharpen.benchmarks.expressions`). One that
   cannot be evaluated costs its own problem: its samples are named and not judged.
2. EvoEval compares floats with numpy, whose broadcasting makes ``[1.0]`` equal to ``[1.0, 1.0]`` and to
   ``1.0``, and an empty list equal to a list of one. Here both must have the same length.
3. EvoEval's rule for HumanEval/32 in ``verbose`` and ``concise`` takes its arguments in the wrong order
   and fails every program; here any root is right.
4. EvoEval's limit on time is that of its own program, times four; here it is the sandbox's.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from sharpen.benchmarks import humaneval
from sharpen.benchmarks.base import Benchmark, LazySuite
from sharpen.benchmarks.expressions import Arguments, arguments_of
from sharpen.benchmarks.harness import source
from sharpen.benchmarks.reference import Reference, answers
from sharpen.benchmarks.store import RemoteFile, obtain, read_records
from sharpen.errors import UsageError
from sharpen.types import AssertTest, CallTest, Problem, Suite, Test
from sharpen.values.packed import value_of

VERSION = "v0.1.0"
_RELEASE = f"https://github.com/evo-eval/evoeval_release/releases/download/{VERSION}"
_RULES = 2
"""Counts up when a problem gives other tests than before: verdicts are kept by it."""
LIMITS = {"cpu_seconds": 60.0, "wall_seconds": 240.0, "memory_bytes": 4 * 1024**3}

_ORACLES: Mapping[tuple[str, str], str] = {
    ("creative", "EvoEval/26"): "check_moves",
    ("creative", "EvoEval/30"): "check_path",
    ("creative", "EvoEval/69"): "check_pair",
    ("difficult", "EvoEval/10"): "check_palindrome",
    ("difficult", "EvoEval/32"): "check_root_within",
    ("subtle", "EvoEval/32"): "check_even_root",
    ("verbose", "HumanEval/32"): "check_root",
    ("concise", "HumanEval/32"): "check_root",
}


class EvoEvalRecord(BaseModel):
    """One problem of a release file."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    inputs: list[str] = []
    base_input: list[list[object]] = []
    plus_input: list[list[object]] = []


def load(path: Path | None = None, direction: str = "") -> Benchmark:
    """Return the problems of one direction, from ``path`` or from EvoEval's release.

    Raises:
        UsageError: no direction is named.
        DataError: the file is not one of EvoEval's.
        FetchError: no source could be reached.
    """
    if not direction:
        raise UsageError("evoeval is seven benchmarks: say which, for example evoeval/difficult.")
    file = f"EvoEval_{direction}.jsonl.gz"
    remote = RemoteFile(file=f"{VERSION}-{file}", version=VERSION, sha256="", sources=(f"{_RELEASE}/{file}",))
    records, provenance = read_records(path or obtain(remote), EvoEvalRecord, None if path else remote)
    return Benchmark(
        name=f"evoeval/{direction}",
        problems=[_problem(record, direction, provenance) for record in records],
        prompt=humaneval.prompt,
        extract=humaneval.extract_program,
        visible_tests="none: the docstring's examples are not taken out",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
        limits=LIMITS,
    )


def _problem(record: EvoEvalRecord, direction: str, provenance: Mapping[str, str]) -> Problem:
    code = f"{record.prompt}\n{record.canonical_solution}"
    place = f"{provenance['source']}, {record.task_id}"
    oracle = _ORACLES.get((direction, record.task_id), "")
    key = f"evoeval-{_RULES} {direction} {record.task_id} {provenance['sha256']}"
    make = partial(_tests, record, code, oracle, place)
    return Problem(
        id=record.task_id,
        statement=record.prompt,
        visible=Suite(()),
        hidden=LazySuite(key, make, record.entry_point, source("evoeval_oracles") if oracle else ""),
        starter=record.prompt,
        solution=code,
        provenance=provenance,
    )


def _tests(record: EvoEvalRecord, code: str, oracle: str, place: str) -> tuple[Test, ...]:
    given = [tuple(each) for each in (*record.base_input, *record.plus_input)]
    inputs = (*given, *arguments_of(record.inputs, place))
    expected = answers(Reference.of(record.task_id, code, record.entry_point, inputs))
    pairs = enumerate(zip(inputs, expected, strict=True), 1)
    return tuple(_test(f"input {n}", record, oracle, *pair) for n, pair in pairs)


def _test(
    name: str, record: EvoEvalRecord, oracle: str, arguments: Arguments, answer: tuple[object, bool]
) -> Test:
    expected, _ = answer
    if oracle:
        given = ", ".join(map(repr, arguments))
        call = f"{record.entry_point}({given})"
        return AssertTest(name, f"{oracle}({given}, {call}, {value_of(expected)!r})")
    return CallTest(name, arguments, expected, comparison="evoeval")
