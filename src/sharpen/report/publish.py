"""Which report belongs to which runs: trees of repairs, or trials."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from sharpen.report import accounting, figures, html, summary, terminal, trials_page, trials_terminal
from sharpen.trees import read_config


def plain(runs: Sequence[Path]) -> dict[str, object]:
    """Return the figures of the runs as plain data.

    Raises:
        JournalError: a directory is not a run or cannot be read.
    """
    if not _has_trials(runs):
        return summary.summarise_all(runs).to_json()
    summaries, pairs = accounting.summarise(runs)
    return {"runs": [one.to_json() for one in summaries], "comparisons": figures.plain(pairs)}


def render(runs: Sequence[Path], console: Console) -> None:
    """Print the report of the runs; the errors are those of :func:`plain`."""
    if _has_trials(runs):
        trials_terminal.render(*accounting.summarise(runs), console)
    else:
        terminal.render(runs, console)


def write(runs: Sequence[Path], output: Path) -> Path:
    """Write the page of the runs and return where it is; the errors are those of :func:`plain`."""
    return trials_page.write(runs, output) if _has_trials(runs) else html.write(runs, output)


def _has_trials(runs: Sequence[Path]) -> bool:
    return any(read_config(run).method == "reflexion" for run in runs)
