"""The verbs that show runs: view, runs, show."""

from pathlib import Path
from typing import Any

from cyclopts import Group

from sharpen import api
from sharpen.cli.fields import arguments, with_options
from sharpen.cli.output import DONE, stderr
from sharpen.terminal import Console
from sharpen.viewer.options import View
from sharpen.viewer.terminal import render_runs, render_steps


def show_in_browser(folder: Path = Path("runs"), /, **fields: Any) -> int:  # noqa: ANN401
    """Show all runs below a folder in the browser, also while they grow, until Ctrl-C.

    Args:
        folder: The folder that holds the runs.
        fields: How they are shown.
    """
    api.view(
        folder,
        View(**fields),
        on_message=lambda line: stderr().print(line, highlight=False, markup=False),
    )
    return DONE


view = with_options(show_in_browser, arguments(View, Group("Viewer", sort_key=1)))


def runs(folder: Path = Path("runs"), /) -> int:
    """List all runs below a folder with how far they have come.

    Args:
        folder: The folder that holds the runs.
    """
    render_runs(api.runs(folder), Console())
    return DONE


def show(run: Path, problem: str, /, *, prompts: bool = True) -> int:
    """Show one problem of a run: what the model was told, what it answered, what then ran.

    Args:
        run: The run's directory.
        problem: The problem's id, or the end of it: 7 for HumanEval/7.
        prompts: Also print what the model was told.
    """
    render_steps(api.show(run, problem), Console(), prompts=prompts)
    return DONE
