"""HumanEval+ and MBPP+ (EvalPlus: Liu et al. 2023, arXiv 2305.01210): the same problems, many more inputs.

- Hidden tests are calls with every base and plus input; the expected values are what EvalPlus's own
  program returns (:mod:`sharpen.benchmarks.reference`). Both in full, not the reduced editions.
- A program is right when it gives EvalPlus's answer within the problem's tolerance, except where EvalPlus
  says otherwise; the tables below transcribe that from evalplus/eval/__init__.py (v0.3.1),
  for the tasks that are in the release.
- MBPP+ is stored as JSON, which has no tuples and complex numbers:
  :mod:`sharpen.benchmarks.evalplus_arguments` gives them back.

Deviations:

1. A tolerance that a float raised does not stay raised for the inputs after it.
2. Five inputs of Mbpp/255 are left out: their answers take 760 MB.
3. EvalPlus gives a test the larger of a second and four times its own program's time. Here a whole suite has
   the benchmark's limits below, which are more lenient: slow programs that EvalPlus fails can pass (one
   of Mbpp/123 does). ``humaneval+/timed`` and ``mbpp+/timed`` have EvalPlus's rule, in processor time
   and not on the clock, each test in a process of its own.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Literal

from pydantic import BaseModel

from sharpen.benchmarks import humaneval
from sharpen.benchmarks.base import Benchmark, LazySuite, ask
from sharpen.benchmarks.evalplus_arguments import with_types
from sharpen.benchmarks.extract import extract
from sharpen.benchmarks.reference import Reference, answers, seconds
from sharpen.benchmarks.source import preamble
from sharpen.benchmarks.store import RemoteFile, obtain, read_records
from sharpen.types import AssertTest, CallTest, Comparison, Message, Problem, Program, Suite, Verdict
from sharpen.values.packed import value_of

HUMANEVAL = RemoteFile(
    file="HumanEvalPlus-v0.1.10.jsonl.gz",
    version="v0.1.10",
    sha256="272720b90ac375502c8ed23cd791c2a93dfb22a911641a494da74a426c09f101",
    sources=(
        "https://github.com/evalplus/humanevalplus_release/releases/download/v0.1.10/HumanEvalPlus.jsonl.gz",
    ),
)
MBPP = RemoteFile(
    file="MbppPlus-v0.2.0.jsonl.gz",
    version="v0.2.0",
    sha256="af43697e8791c4c149bdfd6b489d8b5412507551ac20e28a439f650b8225db63",
    sources=("https://github.com/evalplus/mbppplus_release/releases/download/v0.2.0/MbppPlus.jsonl.gz",),
)

_SIZES = {"memory_bytes": 4 * 1024**3, "output_bytes": 64 * 1024**2}
HUMANEVAL_LIMITS = {"cpu_seconds": 45.0, "wall_seconds": 180.0, **_SIZES}
"""The reference program needs 20 s for HumanEval/130, whose answers are up to 9 MB each."""
MBPP_LIMITS = {"cpu_seconds": 100.0, "wall_seconds": 400.0, **_SIZES}
"""The reference program needs 54 s for Mbpp/599."""

LEAST_SECONDS, TIMES_REFERENCE = 1.0, 4.0
"""EvalPlus's limit for a test: the larger of this time and so many times its own program's."""

Rule = Literal["", "timed"]
Inputs = list[list[object]]


class EvalPlusRecord(BaseModel):
    """One problem of a release file of EvalPlus."""

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    base_input: Inputs
    plus_input: Inputs | dict[str, object]  # an empty object where there are none (Mbpp/793)
    atol: float


_RULES = 1
"""Counts up when a table below changes what is expected or how it is compared: verdicts are kept by it."""

_COMPARISONS: Mapping[str, Comparison] = {
    "HumanEval/32": "find_zero",
    "Mbpp/558": "one_of",
    "Mbpp/581": "one_of",
    **dict.fromkeys(("Mbpp/2", "Mbpp/7", "Mbpp/111", "Mbpp/140"), "set"),
    **dict.fromkeys(("Mbpp/232", "Mbpp/579", "Mbpp/769"), "set"),
    **dict.fromkeys(("Mbpp/737", "Mbpp/787", "Mbpp/794"), "not_none"),
}


def load_humaneval(path: Path | None = None, rule: Rule = "") -> Benchmark:
    """Return HumanEval+ v0.1.10, from ``path`` or downloaded through the verified cache.

    Raises:
        DataError: the file is not a release file of EvalPlus.
        FetchError: no source could be reached.
    """
    records, provenance = read_records(path or obtain(HUMANEVAL), EvalPlusRecord, None if path else HUMANEVAL)
    return Benchmark(
        name=f"humaneval+/{rule}" if rule else "humaneval+",
        problems=[_humaneval_problem(record, provenance, rule) for record in records],
        prompt=humaneval.prompt,
        extract=humaneval.extract_program,
        visible_tests="the examples in the docstring; the base and plus inputs are hidden",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
        limits=HUMANEVAL_LIMITS,
        tally=BaseTally,
    )


def load_mbpp(path: Path | None = None, rule: Rule = "") -> Benchmark:
    """Return MBPP+ v0.2.0, from ``path`` or downloaded through the verified cache.

    Raises:
        DataError: the file is not a release file of EvalPlus.
        FetchError: no source could be reached.
    """
    records, provenance = read_records(path or obtain(MBPP), EvalPlusRecord, None if path else MBPP)
    return Benchmark(
        name=f"mbpp+/{rule}" if rule else "mbpp+",
        problems=[_mbpp_problem(record, provenance, rule) for record in records],
        prompt=_mbpp_prompt,
        extract=_extract_mbpp,
        visible_tests="the one assert that the statement shows; the base and plus inputs are hidden",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
        limits=MBPP_LIMITS,
        tally=BaseTally,
    )


def base_passed(verdict: Verdict) -> bool:
    """Whether a program passes the base tests: they run first, so a failing plus test comes behind them."""
    return verdict.passed or any(outcome.test.startswith("plus") for outcome in verdict.outcomes)


class BaseTally:
    """pass@1 on the base tests alone, beside that on base and plus tests."""

    def __init__(self) -> None:
        self._passed: dict[str, list[bool]] = defaultdict(list)

    def add(self, problem: str, verdict: Verdict) -> None:
        """Count one sample."""
        self._passed[problem].append(base_passed(verdict))

    def figures(self) -> dict[str, float]:
        """Return the mean over problems of the share of samples that pass the base tests."""
        return {"pass@1, base tests": fmean(map(fmean, self._passed.values()))} if self._passed else {}


def _humaneval_problem(record: EvalPlusRecord, provenance: Mapping[str, str], rule: Rule) -> Problem:
    trusted = "\n".join(preamble(record.prompt, record.entry_point))
    return Problem(
        id=record.task_id,
        statement=record.prompt,
        visible=Suite(
            humaneval.visible_tests(record.task_id, record.prompt, record.entry_point),
            record.entry_point,
            trusted,
        ),
        hidden=_hidden(record, rule),
        starter=record.prompt,
        solution=record.prompt + record.canonical_solution,
        provenance=provenance,
    )


def _mbpp_problem(record: EvalPlusRecord, provenance: Mapping[str, str], rule: Rule) -> Problem:
    statement = record.prompt.strip().strip('"').strip()
    asserts = re.findall(r"^assert .*(?:\n(?!assert).*)*", statement, re.MULTILINE)
    visible = tuple(AssertTest(f"example {number}", code) for number, code in enumerate(asserts, 1))
    return Problem(
        id=record.task_id,
        statement=statement,
        visible=Suite(visible, record.entry_point, "import math\n"),  # ten of the asserts use it
        hidden=_hidden(record, rule),
        solution=record.canonical_solution.strip() + "\n",
        provenance=provenance,
    )


def _mbpp_prompt(problem: Problem) -> tuple[Message, ...]:
    return ask("mbpp.txt", statement=problem.statement, tests="", entry_point=problem.hidden.entry_point)


def _extract_mbpp(problem: Problem, answer: str) -> Program:
    return extract(answer, starter="", entry_point=problem.hidden.entry_point)


def _hidden(record: EvalPlusRecord, rule: Rule) -> Suite:
    inputs = tuple(with_types(record.task_id, item) for item in _inputs(record))
    code = record.prompt + record.canonical_solution
    reference = Reference.of(record.task_id, code, record.entry_point, inputs)
    make = partial(_call_tests, reference, len(record.base_input), record.atol)
    key = f"evalplus-{_RULES} {reference.key} {len(record.base_input)} {record.atol!r}"
    if not rule:
        return LazySuite(key, make, record.entry_point)
    return LazySuite(f"{key} {rule}", partial(_timed, reference, make), record.entry_point, alone=True)


def _timed(reference: Reference, make: Callable[[], tuple[CallTest, ...]]) -> tuple[CallTest, ...]:
    limits = (max(LEAST_SECONDS, TIMES_REFERENCE * took) for took in seconds(reference))
    return tuple(replace(test, seconds=limit) for test, limit in zip(make(), limits, strict=True))


def _inputs(record: EvalPlusRecord) -> Inputs:
    plus = record.plus_input if isinstance(record.plus_input, list) else []
    inputs = [*record.base_input, *plus]
    if record.task_id == "Mbpp/255":  # combinations with repetition of 4 and 5 things, 76 and 77 at a time
        return [item for item in inputs if isinstance(item[1], int) and item[1] < 70]
    return inputs


def _call_tests(reference: Reference, base: int, atol: float) -> tuple[CallTest, ...]:
    expected = answers(reference)
    return tuple(
        CallTest(
            id=f"base {number}" if number <= base else f"plus {number - base}",
            args=arguments,
            expected=_expected(reference.problem, arguments, *answer),
            atol=atol,
            comparison=_COMPARISONS.get(reference.problem, "equal"),
        )
        for number, (arguments, answer) in enumerate(zip(reference.inputs, expected, strict=True), 1)
    )


def _expected(problem: str, arguments: tuple[object, ...], answer: object, is_plain: bool) -> object:
    if problem in _SECOND_READINGS:
        return (value_of(answer), _SECOND_READINGS[problem](*arguments))
    if _COMPARISONS.get(problem) == "not_none":
        return answer is not None if is_plain else answer
    return answer


def _slanted_surface(base: float, height: float) -> int:
    """Mbpp/581 with the height of the pyramid instead of that of its sides."""
    return round(base**2 + 2 * base * math.sqrt((base / 2) ** 2 + height**2))


def _padded_distance(first: int, second: int) -> int:
    """Mbpp/558 with the shorter number filled up with zeros."""
    digits = max(len(str(first)), len(str(second)))
    pairs = zip(str(first).zfill(digits), str(second).zfill(digits), strict=True)
    return sum(abs(int(one) - int(other)) for one, other in pairs)


_SECOND_READINGS: Mapping[str, Callable[..., object]] = {
    "Mbpp/558": _padded_distance,
    "Mbpp/581": _slanted_surface,
}
"""What else EvalPlus accepts where a statement has two readings."""
