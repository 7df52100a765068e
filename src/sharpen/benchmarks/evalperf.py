"""EvalPerf (Liu et al. 2024, arXiv 2408.06450): 118 tasks of HumanEval+ and MBPP+ on which efficiency shows.

- A program is right when it passes EvalPlus's tests. Then it runs on EvalPerf's one large input, against
  EvalPerf's references from the fastest on: its score is that of the first that is not faster.
- The path is the hub's data set ``evalplus/evalperf`` as JSONL: ``task_id``, ``reference``, ``scores``,
  ``pe_input``. Statements and tests come from ``humaneval+`` and ``mbpp+``.
- Figures: see :class:`PerfTally`. EvalPerf's differential performance score counts instructions of the
  processor, which no program may see in the sandbox. Here processor time is compared, so the figures have
  names of their own and are not EvalPerf's.

Deviations:

1. Processor time, the least of three calls, in place of instructions, and one tenth more than a reference's
   is not slower; ten seconds in place of sixty.
2. EvalPerf leaves out EvalPlus's extreme inputs when it tests programs; here all are part of it.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import fmean

from pydantic import BaseModel, field_validator

from sharpen.benchmarks import evalplus
from sharpen.benchmarks.base import Benchmark, LazySuite, needs_file
from sharpen.benchmarks.evalplus_arguments import with_types
from sharpen.benchmarks.harness import source
from sharpen.benchmarks.store import read_records
from sharpen.errors import DataError
from sharpen.files.json_text import inner_json
from sharpen.types import Message, Problem, Program, SourceTest, Suite, Test, Verdict

MIN_CORRECT = 10
"""Right programs that a task must have to count, as EvalPerf's ``min_correct``."""
_SECONDS = 10.0
_COST = "cost"
LIMITS = {**evalplus.MBPP_LIMITS, "cpu_seconds": 250.0, "wall_seconds": 900.0}
"""EvalPlus's tests, a program's ten seconds, and those of the references that it is held against."""


class EvalPerfRecord(BaseModel):
    """One row of the hub's data set."""

    task_id: str
    reference: list[str]
    scores: list[float]
    pe_input: list[list[object]]

    @field_validator("pe_input", mode="before")
    @classmethod
    def _packed(cls, value: object) -> object:
        return inner_json(value) if isinstance(value, str) else value


def load(path: Path | None = None) -> Benchmark:
    """Return the tasks of ``path``, with statements and tests from EvalPlus.

    Raises:
        UsageError: no file is given.
        DataError: the file is not EvalPerf's, or EvalPlus has no such task.
        FetchError: EvalPlus's files are not in the cache and cannot be reached.
    """
    path = path or needs_file("evalperf", "the rows of evalplus/evalperf on the Hugging Face hub, as JSONL")
    records, provenance = read_records(path, EvalPerfRecord, None)
    wanted = {record.task_id.partition("/")[0] for record in records}
    loaders = {"HumanEval": evalplus.load_humaneval, "Mbpp": evalplus.load_mbpp}
    sources = {name: loader() for name, loader in loaders.items() if name in wanted}
    known = {problem.id: problem for each in sources.values() for problem in each.problems}
    if unknown := [record.task_id for record in records if record.task_id not in known]:
        raise DataError(f"{path}: EvalPlus has no task {unknown[0]}.")
    return Benchmark(
        name="evalperf",
        problems=[_problem(record, known[record.task_id], provenance) for record in records],
        prompt=partial(_prompt, sources),
        extract=partial(_extract, sources),
        visible_tests="those of humaneval+ and mbpp+",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
        limits=LIMITS,
        tally=PerfTally,
    )


def _problem(record: EvalPerfRecord, known: Problem, provenance: Mapping[str, str]) -> Problem:
    key = f"evalperf {getattr(known.hidden, 'key', '')} {provenance['sha256']} {record.task_id}"
    make = partial(_tests, record, known.hidden)
    suite = LazySuite(key, make, known.hidden.entry_point, source("cost"))
    return replace(known, hidden=suite, provenance=provenance)


def _tests(record: EvalPerfRecord, correct: Suite) -> tuple[Test, ...]:
    (first, *_) = record.pe_input
    arguments = with_types(record.task_id, first)
    arguments_text = repr((correct.entry_point, arguments, _SECONDS, record.reference, record.scores))
    return (*correct.tests, SourceTest(_COST, "measure_cost(solution, tests, measured)", arguments_text))


def _prompt(sources: Mapping[str, Benchmark], problem: Problem) -> tuple[Message, ...]:
    return sources[problem.id.partition("/")[0]].prompt(problem)


def _extract(sources: Mapping[str, Benchmark], problem: Problem, answer: str) -> Program:
    return sources[problem.id.partition("/")[0]].extract(problem, answer)


class PerfTally:
    """EvalPerf's means, of scores by processor time: over right programs, then over tasks with enough.

    ``score_by_seconds`` is the mean of EvalPerf's scores of the references (the share of programs that are
    not faster), ``score_norm_by_seconds`` that of the references' places. Both are between 0 and 100.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._scores: dict[str, list[tuple[float, float]]] = defaultdict(list)

    def add(self, problem: str, verdict: Verdict) -> None:
        """Count one sample."""
        for outcome in verdict.outcomes if verdict.passed else ():
            if outcome.test == _COST:  # a program that forges figures may leave some out
                score, norm = (outcome.measured.get(name, 0.0) for name in ("score", "score_norm"))
                self._scores[problem].append((score, norm))

    def figures(self) -> dict[str, float]:
        """Return both means and how many tasks they are of."""
        enough = [scores for scores in self._scores.values() if len(scores) >= MIN_CORRECT]
        means = [tuple(map(fmean, zip(*scores, strict=True))) for scores in enough]
        return {
            "score_by_seconds": fmean(score for score, _ in means) if means else float("nan"),
            "score_norm_by_seconds": fmean(norm for _, norm in means) if means else float("nan"),
            f"tasks with {MIN_CORRECT} right programs": len(means),
        }
