"""Running a method: what it needs is opened, every problem is worked on, and everything is closed again."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sharpen import registry
from sharpen.errors import SharpenError
from sharpen.journal.keys import fingerprint, served_name
from sharpen.models import spec as models
from sharpen.models.base import Model
from sharpen.models.openai.endpoint import is_server
from sharpen.results import Results
from sharpen.run.calibration import calibrations
from sharpen.run.config import Budget, RunConfig
from sharpen.run.method import Load
from sharpen.run.progress import Progress
from sharpen.run.run import Run
from sharpen.tracking import TrackerName, tracked

T = TypeVar("T")

MODELS = ("model", "feedback_model", "response_model", "reflection_model", "evaluator_model")
"""Options that name a model."""


async def execute(
    config: RunConfig,
    directory: Path | None = None,
    budget: Budget | None = None,
    on_progress: Progress | None = None,
    opener: Callable[[str], Model] | None = None,
    reuse: Sequence[Path] = (),
    load: Load | None = None,
    track: TrackerName | None = None,
) -> Results:
    """Run the method that ``config`` belongs to, or resume its run, and return its results.

    Args:
        config: the method's options.
        directory: the run's; found by the options if not given.
        budget: caps for the whole run.
        on_progress: called with a snapshot whenever something has happened.
        opener: opens a model by its name; :func:`open_model` with the options of the server if not given.
        reuse: earlier runs whose recorded answers are used where they fit.
        load: returns the benchmark of a word; that of the registry if not given.
        track: a tracker that gets the curves and the report.

    Raises:
        SharpenError: anything that ends a run; what was recorded stays.
    """
    directory = directory or default_directory(config)
    method = registry.method(config.method)
    with one_error(), tracked(track, config, directory, on_progress) as shown:
        async with open_run(config, directory, budget, shown, opener, reuse, load) as run:
            await run.map(method.begin(run, config))
        if method.finish:
            method.finish(directory, config)
    return Results(directory, run.exhausted)


@asynccontextmanager
async def open_run(
    config: RunConfig,
    directory: Path,
    budget: Budget | None = None,
    on_progress: Progress | None = None,
    opener: Callable[[str], Model] | None = None,
    reuse: Sequence[Path] = (),
    load: Load | None = None,
) -> AsyncIterator[Run]:
    """Open everything that a run needs, and close it again; the arguments are those of :func:`execute`.

    Raises:
        SharpenError: the benchmark, a model, the sandbox or the directory cannot be opened. Nothing is left
            on disk by a benchmark or a model that cannot.
    """
    benchmark, sandbox = registry.open_world(config, load)
    opener = opener or partial(models.open_model, server=config.server)
    opened = {spec: opener(spec) for spec in sorted(config.models)}
    run = Run(
        directory,
        config,
        benchmark,
        opened,
        sandbox,
        budget=budget,
        on_progress=on_progress,
        reuse=reuse,
        reference_seconds=calibrations() if config.sandbox == "local" else {},
    )
    try:
        if benchmark.in_run:
            from sharpen.benchmarks import own

            own.write(benchmark.problems, directory / registry.PROBLEMS)
        yield run
    finally:
        await run.close()


def default_directory(config: RunConfig) -> Path:
    """Return the directory of a run that is given none: the same options always find their run again.

    The address of a server is not part of it: a server that has moved is the same model.
    """
    fixed = {name: value for name, value in config.determining.items() if name not in config.resumable}
    fixed |= {name: _without_address(fixed[name]) for name in MODELS if fixed.get(name)}
    words = f"{config.method}-{config.benchmark}-{_without_address(config.model)}"
    name = re.sub(r"[^\w.+-]+", "-", words).strip("-")[:80]
    part = f"-shard-{config.shard.replace('/', '-of-')}" if config.shard else ""
    return Path("runs") / f"{name}-{fingerprint(config.method, fixed)[:8]}{part}"


def _without_address(spec: str) -> str:
    """Return the name of the model that a server serves; any other spec as it is."""
    return (is_server(spec) and served_name(spec)) or spec


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run one of the package's coroutines to its end and return its result.

    Works inside a running event loop too, as in a notebook: the coroutine then has a thread of its own, and
    the loop waits.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


@contextmanager
def one_error() -> Iterator[None]:
    """Raise the first of several :class:`SharpenError` that came together in its own right.

    A group that holds any other exception is a bug, and is raised whole.
    """
    try:
        yield
    except ExceptionGroup as group:
        ours, others = group.split(SharpenError)
        if ours is None or others is not None:
            raise
        error: Exception = ours
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        raise error from group
