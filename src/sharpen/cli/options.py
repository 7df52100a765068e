"""The options that all methods have on the command line, and how a run is carried out and shown."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter

from sharpen.api import report
from sharpen.cli.output import DONE, ENDED_EARLY, show, stderr
from sharpen.cli.progress import DownloadBar, ProgressLine
from sharpen.execution import default_directory, execute
from sharpen.files.json_text import json_text
from sharpen.models import spec as models
from sharpen.models.base import Model
from sharpen.registry import method
from sharpen.results import Results
from sharpen.run.config import Budget, RunConfig
from sharpen.sweeps import Step, steps
from sharpen.terminal import Console
from sharpen.tracking import TrackerName

METHOD_OPTIONS = Group("Method", sort_key=1)
RUN_OPTIONS = Group("Run", sort_key=4)
BUDGET_OPTIONS = Group("Budget", help="Caps for the whole run; reaching one ends it cleanly.", sort_key=5)

Flat = Parameter(name="*")
DEFAULT_BUDGET = Budget()


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run is made, whatever its method.

    Attributes:
        reuse: Earlier runs whose recorded answers are used where they fit.
        dry_run: Print the configuration, whether all that it needs is there, and what it takes; then stop.
        watch: Show the answers that are being written, token by token.
        as_json: Print the results as one JSON object on stdout.
        budget: Caps for the whole run; reaching one ends it cleanly.
        track: Send curves and the report to a tracker, by its own client (sharpen[wandb] and so on).
        sweep: A run for each value, as in n_p=1,2,4; given twice, for each combination.
    """

    reuse: Annotated[tuple[Path, ...], Parameter(group=RUN_OPTIONS)] = ()
    dry_run: Annotated[bool, Parameter(group=RUN_OPTIONS)] = False
    watch: Annotated[bool, Parameter(group=RUN_OPTIONS)] = False
    as_json: Annotated[bool, Parameter(name="--json", group=RUN_OPTIONS)] = False
    track: Annotated[TrackerName | None, Parameter(group=RUN_OPTIONS)] = None
    sweep: Annotated[tuple[str, ...], Parameter(group=RUN_OPTIONS, negative="")] = ()
    budget: Annotated[Budget, Parameter(group=BUDGET_OPTIONS)] = DEFAULT_BUDGET


DEFAULT_OPTIONS = RunOptions()


def carry_out(config: RunConfig, directory: Path | None, options: RunOptions) -> int:
    """Carry out a run, show its report, and return the exit code."""
    if options.sweep:
        return _carry_out_all(steps(config, options.sweep, directory), options)
    directory = directory or default_directory(config)
    if options.dry_run:
        return resolved(config, directory, options)
    exhausted = _execute(config, directory, options)
    show([directory], directory / "report.html", options.as_json)
    return end(directory, exhausted)


def _execute(config: RunConfig, directory: Path, options: RunOptions) -> str:
    begin(config, directory)
    with progress_line(config.method, watch=options.watch) as line, model_opener(config) as opener:
        call = execute(config, directory, options.budget, line, opener, options.reuse, track=options.track)
        return asyncio.run(call).exhausted


def _carry_out_all(sweep: Sequence[Step], options: RunOptions) -> int:
    """Carry out the runs of a sweep, each with the answers of those before it, and show them together."""
    directories = [step.directory for step in sweep]
    if options.dry_run:
        return max(resolved(step.config, step.directory, options) for step in sweep)
    codes = []
    for number, step in enumerate(sweep):
        earlier = replace(options, reuse=(*options.reuse, *directories[:number]))
        codes.append(end(step.directory, _execute(step.config, step.directory, earlier)))
    from sharpen.reports.repair.terminal import sweep_figures  # loads much that --help does not need

    page = directories[0].parent / "sweep.html"
    if options.as_json or method(sweep[0].config.method).kind != "programs":
        show(directories, page, options.as_json)
    else:
        report(*directories, output=page)
        labels = {str(step.directory): step.label for step in sweep}
        Console().print(sweep_figures(directories, labels))
        stderr().print(f"report: {page}", highlight=False)
    return max(codes)


def resolved(config: RunConfig, directory: Path, options: RunOptions) -> int:
    """Print what a run would do, whether all that it needs is there, and about how much it will take."""
    from sharpen.preview import preview

    checked = preview(config, directory, options.track)
    budget = options.budget.model_dump()
    plain = {"run": str(directory), **config.model_dump(mode="json"), "budget": budget}
    print(json_text(plain | {"preview": checked.to_json()}, indent=2))  # noqa: T201
    for line in checked.lines:
        stderr().print(line, highlight=False, markup=False)
    return DONE if checked.complete else ENDED_EARLY


def begin(config: RunConfig, directory: Path) -> None:
    """Print what is run, and where."""
    stderr().print(f"sharpen {config.method}", style="bold", end=" ")
    stderr().print(f"{config.benchmark} | run {directory}", highlight=False)


def end(directory: Path, exhausted: str) -> int:
    """Print why a run ended early, if it did, and return its exit code."""
    if exhausted:
        stderr().print("ended early: ", style="yellow", end="")
        stderr().print(str(exhausted), highlight=False)
    return ENDED_EARLY if exhausted or Results(directory).errors else DONE


@contextmanager
def progress_line(method: str = "sample", *, watch: bool = False) -> Iterator[ProgressLine]:
    """Show a run's progress on stderr for as long as the block takes, and with ``watch`` what it writes."""
    with ProgressLine(stderr(), method, watch=watch) as line:
        yield line


@contextmanager
def download_bar() -> Iterator[DownloadBar]:
    """Show downloads on stderr for as long as the block takes."""
    with DownloadBar(stderr()) as bar:
        yield bar


@contextmanager
def model_opener(config: RunConfig) -> Iterator[Callable[[str], Model]]:
    """Open models by their names, and show the downloads of their weights."""
    with download_bar() as bar:
        yield partial(models.open_model, progress=bar, server=config.server)
