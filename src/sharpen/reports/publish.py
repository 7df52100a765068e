"""Which report shows which runs: trees of programs, trials, graphs, or the rows of a data set."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from sharpen.errors import UsageError
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.registry import method
from sharpen.reports import figures

if TYPE_CHECKING:
    from sharpen.reports.draw.files import Chart


@dataclass(frozen=True, slots=True)
class Kind:
    """A report: the figures of runs as plain data, in the terminal, as a page, and as charts."""

    plain: Callable[[Sequence[Path]], dict[str, object]]
    render: Callable[[Sequence[Path], Console], None]
    write: Callable[[Sequence[Path], Path], Path]
    charts: Callable[[Sequence[Path]], "list[Chart]"]


def plain(runs: Sequence[Path]) -> dict[str, object]:
    """Return the figures of the runs as plain data.

    Raises:
        JournalError: a directory is not a run or cannot be read.
        UsageError: no report has a place for all these runs.
    """
    return _report(runs).plain(runs)


def render(runs: Sequence[Path], console: Console) -> None:
    """Print the report of the runs; the errors are those of :func:`plain`."""
    _report(runs).render(runs, console)


def write(runs: Sequence[Path], output: Path) -> Path:
    """Write the page of the runs and return where it is; the errors are those of :func:`plain`."""
    return _report(runs).write(runs, output)


def write_figures(runs: Sequence[Path], folder: Path) -> list[Path]:
    """Write the charts of the runs as SVG, PNG and CSV, and return the files.

    Raises:
        UsageError: ``sharpen[figures]`` is not installed, or no report has a place for all these runs.
        JournalError: a directory is not a run or cannot be read.
        DataError: a file cannot be written.
    """
    from sharpen.reports.draw.files import write_charts

    return write_charts(_report(runs).charts(runs), folder)


def _report(runs: Sequence[Path]) -> Kind:
    """Return the report that shows these runs; programs may stand beside trials, as their baseline."""
    methods = {read_config(run, RecordedConfig).method for run in runs}
    kinds = {method(name).kind for name in methods}
    if len(kinds) > 1 and kinds != {"programs", "trials"}:
        raise UsageError(
            f"{' and '.join(sorted(methods))} have no figure in common: report them one at a time"
        )
    return REPORTS["trials" if "trials" in kinds else kinds.pop()]()


def _programs() -> Kind:
    from sharpen.reports.repair import page, summary, terminal

    return Kind(lambda runs: summary.summarise_all(runs).to_json(), terminal.render, page.write, page.charts)


def _trials() -> Kind:
    from sharpen.reports.reflexion import accounting, page, terminal

    def to_json(runs: Sequence[Path]) -> dict[str, object]:
        summaries, pairs = accounting.summarise(runs)
        return {"runs": [one.to_json() for one in summaries], "comparisons": figures.plain(pairs)}

    return Kind(
        to_json, lambda runs, c: terminal.render(*accounting.summarise(runs), c), page.write, page.charts
    )


def _graphs() -> Kind:
    from sharpen.reports.structure import figures as graphs
    from sharpen.reports.structure import page, terminal

    return Kind(lambda runs: graphs.summarise(runs).to_json(), terminal.render, page.write, page.charts)


def _dataset() -> Kind:
    from sharpen.reports.align import figures as rows
    from sharpen.reports.align import page, terminal

    return Kind(
        lambda runs: {"runs": [rows.summarise(run).to_json() for run in runs]},
        terminal.render,
        page.write,
        page.charts,
    )


REPORTS: Mapping[str, Callable[[], Kind]] = {
    "programs": _programs,
    "trials": _trials,
    "graphs": _graphs,
    "dataset": _dataset,
}
"""By the kind that a method declares; a report is imported when it is needed."""
