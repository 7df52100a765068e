"""The report as one HTML file that opens offline: style, script, charts and trees are all inside it.

Text that a model wrote is escaped by jinja2; the only markup that is trusted is our own style and script,
the charts (:mod:`sharpen.reports.draw.charts`) and highlighted code (:mod:`sharpen.reports.draw.listing`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sharpen.journal.journal import Journal
from sharpen.journal.rows import ProblemRow
from sharpen.reports import comparison
from sharpen.reports.draw.files import Chart
from sharpen.reports.pages import write_page
from sharpen.reports.repair import drawings, wording
from sharpen.reports.repair.branches import Branches, branches, included
from sharpen.reports.repair.results import ProblemResult
from sharpen.reports.repair.summary import RepairReport, Summary, summarise_all
from sharpen.reports.words import KINDS
from sharpen.types import VerdictKind

MOST_ROWS = 1_500
"""Rows of trees whose texts are put into one file; about 4 KB each."""
FEWEST_ROWS = 4
"""Rows taken in of each problem, however many problems there are."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """One problem on the page.

    Attributes:
        problem: as recorded.
        results: of each run, None where a run does not have the problem.
    """

    problem: ProblemRow
    results: tuple[ProblemResult | None, ...]

    @property
    def statuses(self) -> list[str]:
        """Its outcomes in the runs that have it."""
        return [result.status for result in self.results if result]

    @property
    def kinds(self) -> list[VerdictKind]:
        """Why its first programs fail, in any run."""
        kinds = dict.fromkeys(kind for result in self.results if result for kind in result.kinds)
        return [kind for kind in kinds if kind != "passed"]

    @property
    def agree(self) -> bool:
        """Whether it is solved in all runs that have it, or in none."""
        return len({status in ("solved", "repaired") for status in self.statuses}) < 2


def write(runs: Sequence[Path], output: Path) -> Path:
    """Write the report of one or several runs and return where it is.

    Raises:
        JournalError: a directory is not a run, or the page cannot be written.
        TruncatedTreesError: a run of full trees lacks rows.
    """
    report = summarise_all(runs)
    rows = _rows(report)
    most = max(FEWEST_ROWS, MOST_ROWS // max(1, len(rows) * len(report.runs)))
    return write_page(
        "page.html.j2",
        output,
        report=report,
        rows=rows,
        trees=lambda row: _trees(report, row, most),
        journals=len(report.runs),
        scripts=["page.js"],
        kinds=_kinds,
        places=partial(_places, {row.problem.id: place for place, row in enumerate(rows)}),
        drawings=drawings,
        comparison=comparison,
        statuses=wording.outcome_names(report.runs),
        any_repairs=any(result.repairs for run in report.runs for result in run.problems),
        w=wording,
    )


def charts(runs: Sequence[Path]) -> list[Chart]:
    """Return the charts of the page; the errors are those of :func:`write`."""
    return list(drawings.charts(summarise_all(runs)))


def _kinds(rows: Sequence[PageRow]) -> list[VerdictKind]:
    """Return the kinds of failure of any row, in the order of ``KINDS``."""
    present = {kind for row in rows for kind in row.kinds}
    return [kind for kind in KINDS if kind in present]


def _places(places: Mapping[str, int], problems: Sequence[str]) -> str:
    """Return the places of problems in the list, for the page's script."""
    return " ".join(str(places[problem]) for problem in problems)


def _rows(report: RepairReport) -> list[PageRow]:
    """Return every problem of any run once, in the order of the first run that has it."""
    problems: dict[str, ProblemRow] = {}
    for summary in report.runs:
        with Journal.read(Path(summary.path)) as journal:
            for problem in journal.problems():
                problems.setdefault(problem.id, problem)
    results = [_by_id(summary) for summary in report.runs]
    return [PageRow(row, tuple(run.get(row.id) for run in results)) for row in problems.values()]


def _by_id(summary: Summary) -> Mapping[str, ProblemResult]:
    return {result.id: result for result in summary.problems}


def _trees(
    report: RepairReport, row: PageRow, most: int
) -> Iterator[tuple[Summary, ProblemResult, Branches]]:
    for summary, result in zip(report.runs, row.results, strict=True):
        if result:
            with Journal.read(Path(summary.path)) as journal:
                rows = [r for r in journal.outline(row.problem.id) if r.stage != "baseline"]
                nodes = journal.nodes(row.problem.id, included(rows, most))
                yield summary, result, branches(rows, nodes)
