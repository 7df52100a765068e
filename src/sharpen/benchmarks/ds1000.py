"""DS-1000 (Lai et al. 2022, arXiv 2211.11501): 1,000 questions about seven data-science libraries.

- A problem is a question with code to be completed. DS-1000's ``code_context`` puts the answer into the
  code around it, runs that on inputs of its own and compares; some contexts also look at how the answer is
  written. One test runs it.
- Prompt and extraction are DS-1000's (run_openai.py, test_ds1000.py): what stands between ``<code>`` and
  ``</code>``.
- Figures are those of test_ds1000.py: the mean by library and by kind of perturbation.
- The path is the file of the hub's data set ``xlangai/DS-1000`` or DS-1000's data/ds1000.jsonl.gz (the
  format of 2024).

Deviations:

1. DS-1000 gives an answer 120 seconds on the clock; here it has 60 seconds of processor time and 4 GiB.
2. The libraries are those that are installed: DS-1000's answers were made with its own versions, so
   ``sharpen validate`` says which of its programs pass here.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from statistics import fmean

from pydantic import BaseModel

from sharpen.benchmarks.base import Benchmark, needs_file
from sharpen.benchmarks.harness import source
from sharpen.benchmarks.store import read_records
from sharpen.errors import DataError
from sharpen.types import Message, Problem, Program, SourceTest, Suite, Verdict

LIMITS = {"cpu_seconds": 60.0, "wall_seconds": 120.0, "memory_bytes": 4 * 1024**3}
_SYSTEM = (
    "Write a short code following the given format and indentation. Place the executable code between "
    "<code> and </code> tags, without any other non-executable things."
)


class Metadata(BaseModel):
    """What DS-1000 says of a problem."""

    problem_id: int
    library: str
    perturbation_type: str = ""


class DS1000Record(BaseModel):
    """One row of DS-1000's file."""

    prompt: str
    reference_code: str
    code_context: str
    metadata: Metadata


def load(path: Path | None = None, library: str = "") -> Benchmark:
    """Return the problems of one library, or all, from ``path``.

    Raises:
        UsageError: no file is given.
        DataError: the file is not DS-1000's, or holds no problem of the library.
    """
    path = path or needs_file("ds1000", "test.jsonl of xlangai/DS-1000 on the Hugging Face hub")
    records, provenance = read_records(path, DS1000Record, None)
    chosen = [record for record in records if library in ("", record.metadata.library.lower())]
    if not chosen:
        raise DataError(f"{path} holds no problem of {library}.")
    groups = {
        _name(record): (record.metadata.library, record.metadata.perturbation_type) for record in chosen
    }
    return Benchmark(
        name=f"ds1000/{library}" if library else "ds1000",
        problems=[_problem(record, provenance) for record in chosen],
        prompt=_prompt,
        extract=_extract,
        visible_tests="none",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
        limits=LIMITS,
        tally=partial(GroupTally, groups),
    )


def _name(record: DS1000Record) -> str:
    return f"DS-1000/{record.metadata.problem_id}"


def _problem(record: DS1000Record, provenance: Mapping[str, str]) -> Problem:
    test = SourceTest("context", "run_context(solution, tests)", record.code_context)
    return Problem(
        id=_name(record),
        statement=record.prompt,
        visible=Suite(()),
        hidden=Suite((test,), context=source("context")),
        difficulty=record.metadata.perturbation_type,
        solution=record.reference_code,
        provenance={**provenance, "library": record.metadata.library},
    )


def _prompt(problem: Problem) -> tuple[Message, ...]:
    return Message("system", _SYSTEM), Message("user", problem.statement)


def _extract(_problem: Problem, answer: str) -> Program:
    code = answer.split("</code>", maxsplit=1)[0].replace("```python", "").split("```")[0]
    code = code.split("\nEND SOLUTION")[0].replace("<code>", "")
    return Program(code, "continuation") if code.strip() else Program("", "none")


class GroupTally:
    """pass@1 of each group that a problem belongs to: its library, and the kind of its perturbation."""

    def __init__(self, groups: Mapping[str, tuple[str, ...]]) -> None:
        """Take the groups of each problem."""
        self._groups = groups
        self._passed: dict[str, list[bool]] = defaultdict(list)

    def add(self, problem: str, verdict: Verdict) -> None:
        """Count one sample."""
        self._passed[problem].append(verdict.passed)

    def figures(self) -> dict[str, float]:
        """Return the mean over the problems of each group that has samples."""
        rates: dict[str, list[float]] = defaultdict(list)
        for problem, passed in self._passed.items():
            for group in filter(None, self._groups[problem]):
                rates[f"pass@1/{group}"].append(fmean(passed))
        return {group: fmean(passes) for group, passes in sorted(rates.items())}
