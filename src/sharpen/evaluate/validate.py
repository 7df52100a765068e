"""Whether a benchmark can be trusted here: its own programs pass, broken copies of them fail, in what time.

No model is asked. Every problem's own program is judged (``reference``), with all its
functions returning None (``silent``), which no test can mean anything that passes, and with mutants of it
(:mod:`sharpen.mutants`): the first of each operator, or all there are.

A mutant may be no change at all in what the program does; those that pass are listed, for a person to look
at. What a benchmark itself gets wrong is listed as a ``reference`` that fails. A broken
copy has ten times the time that the reference took, so that those that never end cost little.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.table import Table

from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.registry import load
from sharpen.benchmarks.source import parse
from sharpen.counts import plural
from sharpen.mutants import OPERATORS, mutants, stubs
from sharpen.run.calibration import record, suite_hash
from sharpen.run.subset import select
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Problem, Program, Verdict

_AT_ONCE = 8
CHANGES = ("silent", *OPERATORS)

Mutants = Literal["first", "all"]


@dataclass(frozen=True, slots=True)
class ValidatedProgram:
    """One program of one problem, and its verdict; ``line`` says where a mutant's change is, from 1."""

    problem: str
    change: str
    line: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found about a benchmark.

    Attributes:
        without: how many problems bring no program of their own.
    """

    benchmark: str
    checked: list[ValidatedProgram]
    without: int

    def of(self, change: str) -> list[ValidatedProgram]:
        """Return what was found with one change."""
        return [each for each in self.checked if each.change == change]

    @property
    def mutants(self) -> list[ValidatedProgram]:
        """What was found with the mutants of programs that pass: of others nothing can be said."""
        right = {each.problem for each in self.of("reference") if each.verdict.passed}
        return [each for each in self.checked if each.change in OPERATORS and each.problem in right]

    @property
    def killed(self) -> float:
        """The share of mutants that the tests notice; 1 where there is none."""
        mutants = self.mutants
        return sum(not each.verdict.passed for each in mutants) / len(mutants) if mutants else 1.0

    @property
    def sound(self) -> bool:
        """Whether every reference program passes and none that is silent does."""
        reference = all(each.verdict.passed for each in self.of("reference"))
        return reference and not any(each.verdict.passed for each in self.of("silent"))


def validate(
    word: str, limit: int | None = None, which: Mutants = "first", *, calibrate: bool = False
) -> Validation:
    """Judge a benchmark's own programs, and broken copies of them; see :mod:`sharpen.run.calibration`.

    Raises:
        SharpenError: the benchmark cannot be loaded, or the sandbox failed.
    """
    benchmark = load(word)
    problems = select(benchmark.problems, limit, [])
    checked = asyncio.run(_judge_all(benchmark, problems, which))
    if calibrate:
        hashes = {problem.id: suite_hash(problem.hidden) for problem in problems}
        reference = [each for each in checked if each.change == "reference" and each.verdict.passed]
        record({hashes[each.problem]: each.verdict.cpu_seconds for each in reference})
    return Validation(benchmark.name, checked, sum(not problem.solution for problem in problems))


async def _judge_all(
    benchmark: Benchmark, problems: Iterable[Problem], which: Mutants
) -> list[ValidatedProgram]:
    sandbox, limits = ProcessSandbox(), Limits(**benchmark.limits)
    todo = (problem for problem in problems if problem.solution)
    checked: list[ValidatedProgram] = []

    async def worker() -> None:
        for problem in todo:
            reference = await sandbox.execute(Program(problem.solution), problem.hidden, limits)
            checked.append(ValidatedProgram(problem.id, "reference", 0, reference))
            bound = limits.bound_by(reference.cpu_seconds, reference.wall_seconds)
            for change, line, code in broken(problem.solution, which):
                verdict = await sandbox.execute(Program(code), problem.hidden, bound)
                checked.append(ValidatedProgram(problem.id, change, line, verdict))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(worker())
    finally:
        await sandbox.close()
    return checked


def broken(reference: str, which: Mutants = "first") -> Iterator[tuple[str, int, str]]:
    """Yield broken copies of a program, each with the name of its change and the changed line."""
    if parse(reference) is None:  # a piece of code that only its context makes a program
        return
    for _, code in list(stubs(reference))[:1]:
        yield "silent", 0, code
    seen: set[str] = set()
    for mutant in mutants(reference):
        if which == "all" or mutant.operator not in seen:
            yield mutant.operator, mutant.line, mutant.code
        seen.add(mutant.operator)


def render(validation: Validation, console: Console) -> None:
    """Print what was found: counts, each reference that fails, each mutant that passes, the slowest."""
    table = Table("program", "judged", "passed", "killed", "CPU s at most", title=validation.benchmark)
    for change in ("reference", *CHANGES):
        rows = validation.of(change)
        slowest = max((each.verdict.cpu_seconds for each in rows), default=0.0)
        passed = sum(each.verdict.passed for each in rows)
        killed = "" if change == "reference" or not rows else f"{1 - passed / len(rows):.1%}"
        table.add_row(change, f"{len(rows):,}", f"{passed:,}", killed, f"{slowest:.2f}")
    console.print(table)
    console.print(f"{validation.killed:.1%} of {plural(len(validation.mutants), 'mutant')} killed")
    if validation.without:
        console.print(f"{plural(validation.without, 'problem')} without a program of their own")
    for each in sorted(validation.checked, key=lambda each: (each.problem, each.line)):
        if each.change == "reference" and not each.verdict.passed:
            first = each.verdict.message.split("\n")[:1]
            console.print(f"{each.problem}: the reference program fails: {''.join(first)}")
        elif each.change == "silent" and each.verdict.passed:
            console.print(f"{each.problem}: its program passes when it is silent")
        elif each.change in OPERATORS and each.verdict.passed:
            console.print(f"{each.problem}: a change in line {each.line} is not noticed ({each.change})")
