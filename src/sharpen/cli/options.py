"""The options that all methods have on the command line, and how a run is carried out and shown."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from sharpen.cli.output import DONE, ENDED_EARLY, show, stderr
from sharpen.cli.progress import DownloadBar, ProgressLine
from sharpen.run.config import Budget, RunConfig

METHOD_OPTIONS = Group("Method", sort_key=1)
RUN_OPTIONS = Group("Run", sort_key=2)
BUDGET_OPTIONS = Group("Budget", help="Caps for the whole run; reaching one ends it cleanly.", sort_key=3)

Flat = Parameter(name="*")
DEFAULT_BUDGET = Budget()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is made, whatever its method.

    Attributes:
        run: The run's directory; the same command finds its run again when this is not given.
        reuse: Earlier runs whose recorded answers are used where they fit.
        dry_run: Check names, files and extras, print the resolved configuration, and stop.
        as_json: Print the results as one JSON object on stdout.
        budget: Caps for the whole run; reaching one ends it cleanly.
    """

    run: Annotated[Path | None, Parameter(group=RUN_OPTIONS)] = None
    reuse: Annotated[tuple[Path, ...], Parameter(group=RUN_OPTIONS)] = ()
    dry_run: Annotated[bool, Parameter(group=RUN_OPTIONS)] = False
    as_json: Annotated[bool, Parameter(name="--json", group=RUN_OPTIONS)] = False
    budget: Annotated[Budget, Parameter(group=BUDGET_OPTIONS)] = DEFAULT_BUDGET


DEFAULT_OPTIONS = RunOptions()


def carry_out(
    config: RunConfig,
    directory: Path | None,
    options: RunOptions,
    finish: Callable[[Path], None] | None = None,
) -> int:
    """Carry out a run, ``finish`` what is in its directory, show what came of it; return the exit code."""
    from sharpen.api import default_directory, execute
    from sharpen.models.spec import open_model

    directory = directory or default_directory(config)
    if options.dry_run:
        budget = options.budget.model_dump()
        resolved = {"run": str(directory), **config.model_dump(mode="json"), "budget": budget}
        print(json.dumps(resolved, indent=2))  # noqa: T201
        return DONE
    stderr().print(f"[bold]sharpen {config.method}[/] {config.benchmark} | run {directory}", highlight=False)
    with progress_line() as progress, DownloadBar(stderr()) as bar:
        opener = partial(open_model, progress=bar)
        results = asyncio.run(execute(config, directory, options.budget, progress, opener, options.reuse))
    if finish:
        finish(directory)
    show([directory], directory / "report.html", options.as_json)
    if results.exhausted:
        stderr().print(f"[yellow]ended early:[/] {results.exhausted}", highlight=False)
    return ENDED_EARLY if results.exhausted or results.errors else DONE


@contextmanager
def progress_line() -> Iterator[ProgressLine]:
    """Show progress on stderr for as long as the block takes."""
    with ProgressLine(stderr()) as line:
        yield line
