"""What the verbs of the command line have in common: their options, their exit codes, how a run is shown."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from sharpen.cli.progress import DownloadBar, ProgressLine
from sharpen.run.config import Budget, RunConfig

DONE, ENDED_EARLY, WRONG_USAGE = 0, 1, 2

RunDirectory = Annotated[Path | None, Parameter(name="--run")]
"""Where the run lives; the same command finds its run again when this is not given."""
Flat = Parameter(name="*")
DEFAULT_BUDGET = Budget()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is made, whatever its method.

    Attributes:
        budget: Caps for the whole run; reaching one ends it cleanly.
        reuse: Earlier runs whose recorded answers are used where they fit.
        dry_run: Print the resolved configuration and stop.
        as_json: Print the results as one JSON object on stdout.
    """

    budget: Budget = DEFAULT_BUDGET
    reuse: tuple[Path, ...] = ()
    dry_run: bool = False
    as_json: Annotated[bool, Parameter(name="--json")] = False


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
        opener = partial(open_model, progress=bar, server=config.server)
        results = asyncio.run(execute(config, directory, options.budget, progress, opener, options.reuse))
    if finish:
        finish(directory)
    show([directory], directory / "report.html", options.as_json)
    if results.exhausted:
        stderr().print(f"[yellow]ended early:[/] {results.exhausted}", highlight=False)
    return ENDED_EARLY if results.exhausted or results.errors else DONE


def show(runs: list[Path], page: Path, as_json: bool) -> None:
    """Print the report of the runs, and write its page."""
    from sharpen.reports import publish

    if as_json:
        print(json.dumps(publish.plain(runs)))  # noqa: T201
    else:
        publish.render(runs, Console())
    publish.write(runs, page)
    stderr().print(f"report: {page}", highlight=False)


def stderr() -> Console:
    """Return where everything but results is said."""
    return Console(stderr=True, soft_wrap=True)


@contextmanager
def progress_line() -> Iterator[ProgressLine]:
    """Show progress on stderr for as long as the block takes."""
    with ProgressLine(stderr()) as line:
        yield line
