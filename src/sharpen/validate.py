"""Whether a benchmark can be trusted here: its own programs pass, broken copies of them fail, in what time.

No model is asked. Every problem that brings upstream's own program is judged with it (``gold``) and with a
mutant of it for each of these changes, where there is a place for it:

- ``silent``: the last function returns None at once. No test can mean anything that this passes.
- ``negated``: its first comparison is turned round.
- ``shifted``: its first number is one more.

The last two may be no change at all in what the program does; those that pass are listed, for a person to
look at. What upstream itself gets wrong is listed as ``gold`` that fails.
"""

import ast
import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sharpen.benchmarks.base import Benchmark, load
from sharpen.run import select
from sharpen.sandbox.base import Limits, Sandbox
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Problem, Program, Verdict

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Checked:
    """One program of one problem, and its verdict."""

    problem: str
    change: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Validation:
    """What was found about a benchmark.

    Attributes:
        without: how many problems bring no program of their own.
    """

    benchmark: str
    checked: list[Checked]
    without: int

    def of(self, change: str) -> list[Checked]:
        """Return what was found with one change."""
        return [each for each in self.checked if each.change == change]

    @property
    def sound(self) -> bool:
        """Whether every gold program passes and none that is silent does."""
        gold = all(each.verdict.passed for each in self.of("gold"))
        return gold and not any(each.verdict.passed for each in self.of("silent"))


def validate(word: str, limit: int | None = None) -> Validation:
    """Judge a benchmark's own programs and their mutants.

    Raises:
        SharpenError: the benchmark cannot be loaded, or the sandbox failed.
    """
    benchmark = load(word)
    problems = select(benchmark.problems, limit, [])
    checked = asyncio.run(_judge_all(benchmark, problems))
    return Validation(benchmark.name, checked, sum(not problem.solution for problem in problems))


async def _judge_all(benchmark: Benchmark, problems: Iterable[Problem]) -> list[Checked]:
    sandbox, limits = ProcessSandbox(), Limits(**benchmark.limits)
    rows = ((problem, *row) for problem in problems if problem.solution for row in programs(problem.solution))
    checked: list[Checked] = []

    async def worker() -> None:
        for problem, change, code in rows:
            checked.append(await _judge(sandbox, limits, problem, change, code))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(worker())
    finally:
        await sandbox.close()
    return checked


async def _judge(sandbox: Sandbox, limits: Limits, problem: Problem, change: str, code: str) -> Checked:
    return Checked(problem.id, change, await sandbox.execute(Program(code), problem.hidden, limits))


def programs(gold: str) -> Iterator[tuple[str, str]]:
    """Return a gold program and its mutants, each with the name of its change."""
    yield "gold", gold
    for name, change in _CHANGES.items():
        tree = ast.parse(gold)
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        if functions and change(functions[-1]):
            yield name, ast.unparse(ast.fix_missing_locations(tree))


def _silence(function: ast.FunctionDef) -> bool:
    function.body = [ast.Return(ast.Constant(None))]
    return True


_OPPOSITES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def _negate(function: ast.FunctionDef) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _OPPOSITES:
            node.ops[0] = _OPPOSITES[type(node.ops[0])]()
            return True
    return False


def _shift(function: ast.FunctionDef) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            node.value += 1
            return True
    return False


_CHANGES: dict[str, Callable[[ast.FunctionDef], bool]] = {
    "silent": _silence,
    "negated": _negate,
    "shifted": _shift,
}


def render(found: Validation, console: Console) -> None:
    """Print what was found: counts, each gold program that fails, each mutant that passes, the slowest."""
    table = Table("program", "judged", "passed", "CPU s at most", title=found.benchmark)
    for change in ("gold", *_CHANGES):
        rows = found.of(change)
        slowest = max((each.verdict.cpu_seconds for each in rows), default=0.0)
        passed = sum(each.verdict.passed for each in rows)
        table.add_row(change, f"{len(rows):,}", f"{passed:,}", f"{slowest:.2f}")
    console.print(table)
    if found.without:
        console.print(f"{found.without:,} problems bring no program of their own")
    for each in sorted(found.checked, key=lambda each: each.problem):
        if each.change == "gold" and not each.verdict.passed:
            first = each.verdict.message.splitlines()[:1]
            console.print(f"{each.problem}: upstream's own program fails: {escape(''.join(first))}")
        elif each.change != "gold" and each.verdict.passed:
            console.print(f"{each.problem}: its program passes when it is {each.change}")
