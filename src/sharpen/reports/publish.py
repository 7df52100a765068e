"""Which report belongs to which runs: trees of repairs, trials, graphs, or rows of a data set."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sharpen.errors import UsageError
from sharpen.journal.trees import read_config
from sharpen.reports import figures
from sharpen.reports.align import figures as aligned
from sharpen.reports.align import page as align_page
from sharpen.reports.align import terminal as align_terminal
from sharpen.reports.reflexion import accounting
from sharpen.reports.reflexion import page as trials_page
from sharpen.reports.reflexion import terminal as trials_terminal
from sharpen.reports.repair import page as html
from sharpen.reports.repair import summary, terminal
from sharpen.reports.structure import (
    figures as structures,
)
from sharpen.reports.structure import (
    page as structure_page,
)
from sharpen.reports.structure import (
    terminal as structure_terminal,
)


def plain(runs: Sequence[Path]) -> dict[str, object]:
    """Return the figures of the runs as plain data.

    Raises:
        JournalError: a directory is not a run or cannot be read.
        UsageError: no report has a place for all these runs.
    """
    match _kind(runs):
        case "align":
            return {"runs": [aligned.summarise(run).to_json() for run in runs]}
        case "structure":
            return structures.summarise(runs).to_json()
        case "reflexion":
            summaries, pairs = accounting.summarise(runs)
            return {"runs": [one.to_json() for one in summaries], "comparisons": figures.plain(pairs)}
        case _:
            return summary.summarise_all(runs).to_json()


def render(runs: Sequence[Path], console: Console) -> None:
    """Print the report of the runs; the errors are those of :func:`plain`."""
    match _kind(runs):
        case "align":
            align_terminal.render(runs, console)
        case "structure":
            structure_terminal.render(runs, console)
        case "reflexion":
            trials_terminal.render(*accounting.summarise(runs), console)
        case _:
            terminal.render(runs, console)


def write(runs: Sequence[Path], output: Path) -> Path:
    """Write the page of the runs and return where it is; the errors are those of :func:`plain`."""
    pages = {"align": align_page.write, "structure": structure_page.write, "reflexion": trials_page.write}
    return pages.get(_kind(runs), html.write)(runs, output)


def _kind(runs: Sequence[Path]) -> str:
    """Return the method whose report shows these runs."""
    methods = {read_config(run).method for run in runs}
    if len(methods) > 1 and methods & {"structure", "align"}:
        raise UsageError(
            f"{' and '.join(sorted(methods))} have no figure in common: report them one at a time"
        )
    return next((method for method in ("align", "structure", "reflexion") if method in methods), "")
