"""A recorded run of self-repair, shown without a download: ``sharpen demo``.

``config.json`` and ``journal.db.gz`` are a run of Qwen2.5-Coder-0.5B, not tuned to repair, on eight
evenly spaced problems of HumanEval (MIT licence).
"""

import gzip
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from rich.console import Console
from rich.text import Text

from sharpen.counts import plural
from sharpen.journal.steps import TreeRow, read_steps
from sharpen.reports.repair.summary import summarise
from sharpen.reports.repair.terminal import render_conclusion
from sharpen.viewer.terminal import render_step

PROBLEM = "HumanEval/128"
"""The problem that is shown: its first programs fail, and one of their repairs passes."""
LIVE = "sharpen repair humaneval -m qwen2.5-coder-0.5b --limit 8 --np 2 --nfr 2"


def unpack(folder: Path) -> Path:
    """Write the recorded run into ``folder`` and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    recorded = files(__name__)
    (folder / "config.json").write_bytes(recorded.joinpath("config.json").read_bytes())
    journal = gzip.decompress(recorded.joinpath("journal.db.gz").read_bytes())
    (folder / "journal.db").write_bytes(journal)
    return folder


def render(run: Path, console: Console, pause: Callable[[], None]) -> None:
    """Print a program, its failing test and its repair, then whether repair paid in the whole run.

    Args:
        run: the recorded run.
        console: where to print.
        pause: called between the steps.
    """
    console.print(Text("A recorded run: a 0.5B model repairs its own programs.", style="bold"))
    for step in repaired(read_steps(run, PROBLEM).steps):
        console.print()
        render_step(step, console)
        pause()
    summary = summarise(run)
    console.print()
    console.print(Text(f"The recorded run, {plural(len(summary.problems), 'problem')}:", style="bold"))
    render_conclusion(summary, console)
    pause()
    console.print()
    console.print("Live, with other problems or another model (the first time this downloads 491 MB):")
    console.print(Text(f"  {LIVE}"), soft_wrap=True)


def repaired(steps: tuple[TreeRow, ...]) -> tuple[TreeRow, TreeRow]:
    """Return the first repair that passes, and the failing program before it."""
    place = next(
        i for i, step in enumerate(steps) if step.before and step.hidden is not None and step.hidden.passed
    )
    program = next(step for step in reversed(steps[:place]) if not step.depth)
    return program, steps[place]
