"""CanItEdit (Cassano et al. 2023, arXiv 2312.12450): 105 programs to be edited, each by two instructions.

- A problem is a program and an instruction: ``descriptive`` (all details) or ``lazy`` (somebody in a hurry).
  Its hidden test runs the edited program and CanItEdit's tests as one script, as MultiPL-E's evaluator does.
- Prompt and extraction are CanItEdit's for chat models (benchmark/generate_completions.py): the first block
  in a fence.
- Figures are those of benchmark/pass_k.py: pass@1 and the excess code, see :class:`EditTally`.
- The file holds rows of the hub's data set (``before``, ``after``, ``tests``, both instructions) or those of
  SandboxFusion (``content``, ``canonical_solution``, ``labels``, ``test``). Its licence forbids training on
  it.

Deviations:

1. A program that exits with status 0 before its tests have run passes in CanItEdit; here it fails.
2. Lines are counted by the coverage library that is installed (``sharpen[edits]``), in programs that need
   less than a second; without the library there is no excess code.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean, median

from pydantic import BaseModel, model_validator

from sharpen.benchmarks.base import Benchmark, needs_file
from sharpen.benchmarks.harness import source
from sharpen.benchmarks.store import read_records
from sharpen.files.json_text import inner_json
from sharpen.types import Message, Problem, Program, SourceTest, Suite, Verdict

KINDS = ("descriptive", "lazy")
_SYSTEM = (
    "You are PythonEditGPT. You will be provided the original code snippet and an instruction that specifies "
    "the changes you need to make. You will produce the changed code, based on the original code and the "
    "instruction given. Only produce the code, do not include any additional prose."
)


class Taxonomy(BaseModel):
    """How CanItEdit sorts a problem."""

    change_kind: str = ""


class CanItEditRecord(BaseModel):
    """One row, in the names of the hub's data set."""

    full_name: str
    before: str
    after: str
    tests: str
    instruction_descriptive: str
    instruction_lazy: str
    taxonomy: Taxonomy = Taxonomy()

    @model_validator(mode="before")
    @classmethod
    def _of_sandbox_fusion(cls, row: object) -> object:
        """Give the fields of SandboxFusion's layout the hub's names."""
        if not isinstance(row, dict) or "labels" not in row:
            return row
        labels, test = inner_json(row["labels"]), inner_json(row["test"])
        return {
            "full_name": labels["tags"],
            "before": row["content"],
            "after": row["canonical_solution"],
            "tests": test["code"],
            "instruction_descriptive": labels["instruction_descriptive"],
            "instruction_lazy": labels["instruction_lazy"],
        }

    def instruction(self, kind: str) -> str:
        """Return the instruction of one kind."""
        return self.instruction_lazy if kind == "lazy" else self.instruction_descriptive


def load(path: Path | None = None, kind: str = "") -> Benchmark:
    """Return the problems with instructions of one kind, or of both, from ``path``.

    Raises:
        UsageError: no file is given.
        DataError: the file is in neither layout.
    """
    path = path or needs_file("canitedit", "the rows of nuprl/CanItEdit on the Hugging Face hub, as JSONL")
    records, provenance = read_records(path, CanItEditRecord, None)
    kinds = (kind,) if kind else KINDS
    problems = [_problem(record, each, provenance) for record in records for each in kinds]
    return Benchmark(
        name=f"canitedit/{kind}" if kind else "canitedit",
        problems=problems,
        prompt=_prompt,
        extract=_extract,
        visible_tests="none",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
        tally=partial(EditTally, {problem.id: problem.difficulty for problem in problems}),
    )


def _problem(record: CanItEditRecord, kind: str, provenance: Mapping[str, str]) -> Problem:
    given = f"## Code Before\n```py\n{record.before}\n```"
    test = SourceTest("tests", "run_file(solution, tests, measured)", record.tests)
    return Problem(
        id=f"{record.full_name}/{kind}",
        statement=f"{given}\n\n## Instruction\n{record.instruction(kind)}",
        visible=Suite(()),
        hidden=Suite((test,), context=source("edited_file")),
        difficulty=record.taxonomy.change_kind,
        solution=record.after,
        provenance=provenance,
    )


def _prompt(problem: Problem) -> tuple[Message, ...]:
    return Message("system", _SYSTEM), Message("user", f"{problem.statement}\n\n## Code After")


def _extract(_problem: Problem, answer: str) -> Program:
    code = "".join(_first_block(answer))
    return Program(code, "fence") if code.strip() else Program("", "none")


def _first_block(answer: str) -> Iterator[str]:
    inside = False
    for line in answer.split("\n"):
        if line.startswith("```"):
            if inside:
                return
            inside = True
        elif inside:
            yield f"{line}\n"


class EditTally:
    """pass@1 and excess code, of all problems, by kind of instruction and by kind of change.

    Excess code is 100 less the mean over problems of the median over passing samples of the percentage of
    lines that their tests run; problems without a passing sample do not count.
    """

    def __init__(self, changes: Mapping[str, str]) -> None:
        """Take the kind of change of each problem, which may be empty."""
        self._changes = changes
        self._passed: dict[str, list[bool]] = defaultdict(list)
        self._covered: dict[str, list[float]] = defaultdict(list)

    def add(self, problem: str, verdict: Verdict) -> None:
        """Count one sample."""
        self._passed[problem].append(verdict.passed)
        if verdict.passed:
            self._covered[problem] += [
                outcome.measured["coverage"] for outcome in verdict.outcomes if "coverage" in outcome.measured
            ]

    def figures(self) -> dict[str, float]:
        """Return the figures of each group that has samples."""
        groups: dict[str, list[str]] = defaultdict(list)
        for problem in self._passed:
            for group in ("", problem.rpartition("/")[2], self._changes[problem]):
                groups[group].append(problem)
        figures = {}
        for group, problems in groups.items():
            suffix = f"/{group}" if group else ""
            if group:
                figures[f"pass@1{suffix}"] = fmean(fmean(self._passed[problem]) for problem in problems)
            figures[f"excess_code{suffix}"] = self._excess(problems)
        return figures

    def _excess(self, problems: Sequence[str]) -> float:
        medians = [median(self._covered[problem]) for problem in problems if self._covered[problem]]
        return 100 - fmean(medians) if medians else float("nan")
