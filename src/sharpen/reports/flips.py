"""Two runs side by side: the paired difference, and every problem that only one of them solves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sharpen.counts import plural
from sharpen.errors import UsageError
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.registry import method
from sharpen.reports.comparison import PairedDifference, Points, ahead, at_equal_tokens, paired, points
from sharpen.reports.figures import plain
from sharpen.reports.reflexion import trials
from sharpen.reports.repair import record
from sharpen.reports.tables import comparisons_table, figures_table, interval_bar, section
from sharpen.reports.words import KINDS
from sharpen.types import Node, VerdictKind

MOST_LINES = 4
"""Lines of a failure that the terminal shows."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A problem that one run solves and the other does not.

    Attributes:
        problem: its id.
        solved_by, failed_by: the runs' names.
        kind: how the first program of the run that fails it ends; None where no program was run.
        test: the first test on which the runs differ; empty where no test was reached.
        message: the input with the actual and the expected result, or the traceback.
    """

    problem: str
    solved_by: str
    failed_by: str
    kind: VerdictKind | None = None
    test: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """Two runs on the problems that both finished.

    Attributes:
        equal_tokens: a - b at the same mean tokens; None where a run has no full trees.
        difference: a - b, each at its own tokens, with its paired interval over problems.
        both, neither: problems solved by both runs and by none.
        flips: the others, in the first run's order.
    """

    equal_tokens: PairedDifference | None
    difference: PairedDifference
    both: int
    neither: int
    flips: tuple[Flip, ...]

    def to_json(self) -> dict[str, object]:
        """Return plain data; an undefined figure is null."""
        data: dict[str, object] = plain(self)
        return data


def compare(a: Path, b: Path) -> Compared:
    """Compare two runs of programs, each at its full size.

    Raises:
        UsageError: they are of different benchmarks, share no finished problem, or hold graphs.
        JournalError: a directory is not a run or cannot be read.
        TruncatedTreesError: a run of full trees lacks rows.
    """
    benchmarks = [read_config(run, RecordedConfig).benchmark for run in (a, b)]
    if benchmarks[0] != benchmarks[1]:
        raise UsageError(
            f"{a} is a run of {benchmarks[0]} and {b} of {benchmarks[1]}: compare runs of one benchmark"
        )
    left, right = _points(a), _points(b)
    common = [problem for problem in left if problem in right]
    if not common:
        raise UsageError(f"{a} and {b} have finished no common problem, so there is nothing to compare")
    names = _names(a, b)
    solved = [(problem, _solved(left, problem), _solved(right, problem)) for problem in common]
    flips = [
        _flip(problem, names if by_a else names[::-1], b if by_a else a)
        for problem, by_a, by_b in solved
        if by_a != by_b
    ]
    return Compared(
        _at_equal_tokens(a, b),
        paired(*names, [left[problem] for problem in common], [right[problem] for problem in common]),
        both=sum(by_a and by_b for _, by_a, by_b in solved),
        neither=sum(not by_a and not by_b for _, by_a, by_b in solved),
        flips=tuple(flips),
    )


def render(compared: Compared, console: Console) -> None:
    """Print the difference and the flips."""
    a, b = compared.difference.a, compared.difference.b
    console.print(Text(ahead(compared.equal_tokens), style="bold"))
    if compared.equal_tokens:
        console.print(interval_bar(compared.equal_tokens.difference, b, a))
    section(
        console,
        f"{a} - {b}, on the problems of both, each at its own tokens",
        comparisons_table([compared.difference]),
    )
    only = [sum(flip.solved_by == name for flip in compared.flips) for name in (a, b)]
    console.print(
        Text(
            f"solved by both {compared.both:,}, only by {a} {only[0]:,}, only by {b} {only[1]:,}, "
            f"by neither {compared.neither:,}"
        )
    )
    if not compared.flips:
        return
    table = figures_table("problem")
    table.add_column("solved by", overflow="fold")
    table.add_column("first difference in the other run", overflow="fold")
    for flip in compared.flips:
        table.add_row(Text(flip.problem), Text(flip.solved_by), Text(_difference(flip)))
    section(console, plural(len(compared.flips), "flip"), table)


def _at_equal_tokens(a: Path, b: Path) -> PairedDifference | None:
    if any(method(read_config(run, RecordedConfig).method).kind != "programs" for run in (a, b)):
        return None
    comparison = at_equal_tokens(record.read(a), record.read(b))
    names = _names(a, b)
    return replace(comparison, a=names[0], b=names[1]) if comparison else None


def _points(run: Path) -> Points:
    match method(read_config(run, RecordedConfig).method).kind:
        case "graphs":
            raise UsageError(f"{run} holds graphs, not programs: sharpen report RUN RUN compares them")
        case "trials":
            done = [problem for problem in trials.read(run).finished if problem.attempts]
            return {p.id: (float(p.final.success), float(p.attempts[-1].tokens)) for p in done}
        case _:
            return points(record.read(run))


def _names(a: Path, b: Path) -> tuple[str, str]:
    """Return the directories' own names, or their paths where those are the same."""
    names = a.resolve().name, b.resolve().name
    return names if names[0] != names[1] else (str(a), str(b))


def _solved(points: Mapping[str, tuple[float, float]], problem: str) -> bool:
    return points[problem][0] > 0.5


def _flip(problem: str, names: tuple[str, str], failing: Path) -> Flip:
    with Journal.read(failing) as journal:
        program = _first_failure(journal.nodes(problem))
    if program is None or program.verdict is None:
        return Flip(problem, *names)
    # The other run passes every test, so the first failure here is where the two part.
    verdict = program.verdict
    failed = [outcome.test for outcome in verdict.outcomes if outcome.kind != "passed"]
    return Flip(problem, *names, verdict.kind, next(iter(failed), ""), verdict.message)


def _first_failure(nodes: Sequence[Node]) -> Node | None:
    judged = [node for node in nodes if node.verdict and not node.passed]
    return min(judged, key=lambda node: (node.stage != "program", node.index), default=None)


def _difference(flip: Flip) -> str:
    if flip.kind is None:
        return "no program was run"
    lines = flip.message.strip().split("\n")
    shown = lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "..."]
    where = f" in {flip.test}" if flip.test else ""
    return "\n".join([f"{KINDS[flip.kind]}{where}", *shown])
