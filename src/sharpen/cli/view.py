"""The verbs that show runs: view, runs, show."""

from pathlib import Path
from typing import Annotated

from rich.console import Console

from sharpen.cli.options import DONE, Flat, stderr
from sharpen.viewer.options import View

DEFAULT_VIEW = View()


def view(folder: Path = Path("runs"), /, *, config: Annotated[View, Flat] = DEFAULT_VIEW) -> int:
    """Show all runs below a folder in the browser, also while they grow, until Ctrl-C.

    Args:
        folder: The folder that holds the runs.
        config: How they are shown.
    """
    from sharpen.extras import extra

    for library in ("starlette", "uvicorn"):
        extra(library, "serve")
    from sharpen.viewer.server import view as view_runs

    view_runs(folder, config, lambda line: stderr().print(line, highlight=False, markup=False))
    return DONE


def runs(folder: Path = Path("runs"), /) -> int:
    """List all runs below a folder with how far they have come.

    Args:
        folder: The folder that holds the runs.
    """
    from sharpen.viewer.state import find_runs, read_state
    from sharpen.viewer.terminal import render_runs

    render_runs([read_state(folder, run) for run in find_runs(folder)], Console())
    return DONE


def show(run: Path, problem: str, /, *, prompts: bool = True) -> int:
    """Show one problem of a run: what the model was told, what it answered, what then ran.

    Args:
        run: The run's directory.
        problem: The problem's id, or the end of it: 7 for HumanEval/7.
        prompts: Also print what the model was told.
    """
    from sharpen.viewer.steps import read_steps
    from sharpen.viewer.terminal import render_steps

    render_steps(read_steps(run, problem), Console(), prompts=prompts)
    return DONE
