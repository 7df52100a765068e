"""The checks of single functions as a Ray Data operator on a cluster.

It runs :mod:`sharpen.selfcodealign.seeds.mining`, and rows come in the same order as on one machine. Checks
across functions (copies, benchmarks, near duplicates, the funnel) stay in this process, which takes the
rows as they come, so neither it nor the cluster ever holds all of them. Parsing and type checks are one
operator: Ray would fuse two, and then size its tasks by the batches of the type checker.

- The cluster is that of ``RAY_ADDRESS``, else the one on this machine, else one that is started for the call.
- Nodes read the source themselves. A folder must be the same on every node; of the hub, each node downloads
  its own Parquet files, with its own token.
- Results depend on Python, the type checker and the installed packages. A node with other versions than this
  machine ends the command.
"""

import os
import pickle
import platform
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import ENOENT
from itertools import islice
from pathlib import Path
from typing import Any

from sharpen.errors import DataError, SharpenError, UsageError
from sharpen.extras import extra, start
from sharpen.selfcodealign.seeds import mining, typecheck
from sharpen.selfcodealign.seeds.mining import Judged, MiningReport, Task
from sharpen.selfcodealign.seeds.parts import File, Part

_FILES = 512
"""Files of a folder per task, so that starting the type checker is a tenth of its time."""
_ROWS = 256
"""Functions per message."""

Row = Judged | MiningReport | SharpenError
"""A function; at the end of a task its report; or the error that ended it."""


def tasks(files: Iterator[Part]) -> list[Task]:
    """Return the files of a folder, some for each task."""
    return list(iter(lambda: tuple(islice(files, _FILES)), ()))


def judged(todo: Sequence[Task]) -> Iterator[Judged | MiningReport]:
    """Yield every documented function of some tasks, in order, and after each task its report.

    Raises:
        UsageError: Ray is not installed, there is no cluster, or a node has other versions than this machine.
        DataError: a node does not see the source, or the cluster failed.
    """
    ray, data = extra("ray", "ray"), extra("ray.data", "ray")
    here, places, done = typecheck.environment(), typecheck.search_path(), iter(todo)
    if not todo:
        return
    with _connected(ray), _in_order(data):
        items = [{"task": pickle.dumps(task)} for task in todo]
        results = data.from_items(items, override_num_blocks=len(items)).map_batches(
            _judge, batch_size=1, batch_format="pyarrow", fn_args=(here, places)
        )
        try:
            for record in results.iter_rows():
                row: Row = pickle.loads(record["row"])  # noqa: S301 - what this program pickled
                if isinstance(row, SharpenError):
                    raise row
                if isinstance(row, MiningReport):
                    _check_completeness(next(done), row)
                yield row
        except ray.exceptions.RayError as error:
            reason = str(error).strip().split("\n")[-1]
            raise DataError(f"the Ray cluster failed ({reason}): see Ray's log") from error


def _check_completeness(task: Task, report: MiningReport) -> None:
    """Raise DataError where a node missed files that are here."""
    missed = report.skipped[os.strerror(ENOENT)]
    here = [part.where for part in task if isinstance(part, File) and Path(part.where).exists()]
    if missed > len(task) - len(here):
        raise DataError(
            f"not every node of the cluster has the files from {here[0]} on: put the source where all see it"
        )


def _judge(batch: Any, here: str, places: Sequence[str]) -> Iterator[Any]:  # noqa: ANN401 - Arrow's tables
    """Run on a node: judge what a task reads.

    An error is yielded, since Ray would wrap what is raised in one of its own.
    """
    (task,) = batch["task"].to_pylist()
    try:
        own = typecheck.environment()
        if own != here:
            raise UsageError(
                f"node {platform.node()} has {own}, this machine {here}: give all nodes the same"
            )
        results = mining.judged([pickle.loads(task)], workers=1, places=places)  # noqa: S301
        while rows := list(islice(results, _ROWS)):
            yield _table(rows)
    except SharpenError as error:
        yield _table([error])


def _table(rows: Sequence[Row]) -> Any:  # noqa: ANN401
    pa = extra("pyarrow", "ray")
    return pa.table({"row": pa.array(map(pickle.dumps, rows), pa.binary())})


# The cluster


@contextmanager
def _connected(ray: Any) -> Iterator[None]:  # noqa: ANN401 - a library that need not be there
    """Be connected to a cluster; one that is started here ends with the block."""
    started = not ray.is_initialized()
    if started:
        start(ray)
    try:
        yield
    finally:
        if started:
            ray.shutdown()


@contextmanager
def _in_order(data: Any) -> Iterator[None]:  # noqa: ANN401
    """Have rows come in the order in which they went in, and no bars drawn."""
    context = data.DataContext.get_current()
    before = context.execution_options.preserve_order, context.enable_progress_bars
    context.execution_options.preserve_order, context.enable_progress_bars = True, False
    try:
        yield
    finally:
        context.execution_options.preserve_order, context.enable_progress_bars = before
