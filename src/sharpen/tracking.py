"""Trackers: a run's curves while it runs, and its report, in wandb, MLflow or trackio, by their own clients.

``sharpen repair ... --track mlflow``, or ``await sharpen.repair(..., track="mlflow")``. Where things go is
the client's own configuration (``WANDB_MODE``, ``MLFLOW_TRACKING_URI``, ``TRACKIO_SPACE_ID`` ...). Nothing is
sent unless a tracker is named.

A run of the tracker has the name of the run's directory and its options. The step is the number of problems
that are done. A resumed run is a new run of the tracker, with the same name.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

from sharpen.errors import UsageError
from sharpen.extras import extra
from sharpen.run.config import RunConfig
from sharpen.run.progress import Progress, Snapshot

TrackerName = Literal["wandb", "mlflow", "trackio"]
PROJECT = "sharpen"
"""The project or experiment of all runs."""


class Tracker(Protocol):
    """One run of a tracker that is open."""

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Add a point to each curve."""
        ...

    def end(self, report: Path | None) -> None:
        """Add the report, if there is one, and close the run."""
        ...


class WandbTracker:
    """A run of wandb, or of trackio, which has the same functions."""

    def __init__(self, client: Any, name: str, options: Mapping[str, Any]) -> None:  # noqa: ANN401
        self._run = client.init(project=PROJECT, name=name, config=dict(options))

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Add a point to each curve."""
        self._run.log(dict(figures), step=step)

    def end(self, report: Path | None) -> None:
        """Add the report and wait until everything is sent."""
        if report:
            self._run.log_artifact(str(report), name="report", type="report")
        self._run.finish()


class MlflowTracker:
    """A run of MLflow, in its experiment ``sharpen``."""

    def __init__(self, mlflow: Any, name: str, options: Mapping[str, Any]) -> None:  # noqa: ANN401
        self._client = mlflow.MlflowClient()
        known = self._client.get_experiment_by_name(PROJECT)
        experiment = known.experiment_id if known else self._client.create_experiment(PROJECT)
        self._run = self._client.create_run(experiment, run_name=name).info.run_id
        for key, value in options.items():
            self._client.log_param(self._run, key, value)

    def log(self, figures: Mapping[str, float], step: int) -> None:
        """Add a point to each curve."""
        for key, value in figures.items():
            self._client.log_metric(self._run, key, value, step=step)

    def end(self, report: Path | None) -> None:
        """Add the report and close the run."""
        if report:
            self._client.log_artifact(self._run, str(report))
        self._client.set_terminated(self._run, "FINISHED" if report else "FAILED")


class Tracking:
    """Sends snapshots to a tracker, in a thread of its own so that no request of a model waits for it.

    A tracker that fails ends no run: one warning says so, and nothing more is sent.
    """

    def __init__(self, name: str, tracker: Tracker) -> None:
        self._name, self._tracker = name, tracker
        self._pool, self._failed, self._done = ThreadPoolExecutor(1), False, -1

    def __call__(self, snapshot: Snapshot) -> None:
        """Send where the run stands, once for each problem that is done."""
        if snapshot.done > self._done:
            self._done = snapshot.done
            self._send(self._tracker.log, figures_of(snapshot), snapshot.done)

    def end(self, report: Path | None) -> None:
        """Send the report, if the run has come to its end, and wait until everything is sent."""
        self._send(self._tracker.end, report)
        self._pool.shutdown(wait=True)

    def _send(self, call: Callable[..., None], *values: object) -> None:
        if not self._failed:
            self._pool.submit(call, *values).add_done_callback(self._check)

    def _check(self, sent: "Future[None]") -> None:
        error = sent.exception()
        if error is not None and not self._failed:
            self._failed = True
            warnings.warn(
                f"{self._name} failed ({error}): the run goes on, untracked; its journal has everything",
                RuntimeWarning,
                stacklevel=2,
            )


def figures_of(snapshot: Snapshot) -> dict[str, float]:
    """Return what is drawn over the number of problems that are done."""
    s = snapshot
    shares = {"solved_share": s.solved / s.done} if s.done else {}
    counts = {"solved": s.solved, "errors": s.errors, "completion_tokens": s.tokens, "seconds": s.seconds}
    return {"problems": s.done, **counts, **shares}


@contextmanager
def tracked(
    name: TrackerName | None, config: RunConfig, directory: Path, shown: Progress | None
) -> Iterator[Progress | None]:
    """Return a display of progress that also tracks, and send the run's report when the block ends.

    Raises:
        UsageError: the tracker's client is not installed, or cannot begin a run.
    """
    if name is None:
        yield shown
        return
    client = extra(name, name)
    options = {"method": config.method, **config.model_dump(mode="json", exclude_none=True)}
    try:
        kind = MlflowTracker if name == "mlflow" else WandbTracker
        tracking = Tracking(name, kind(client, directory.name, options))
    except Exception as error:  # each client raises classes of its own
        raise UsageError(f"{name} cannot begin a run ({error}): see its own configuration") from error

    def show(snapshot: Snapshot) -> None:
        tracking(snapshot)
        if shown:
            shown(snapshot)

    report = None
    try:
        yield show
        report = _report(directory)
    finally:
        tracking.end(report)


def _report(directory: Path) -> Path:
    from sharpen.reports import publish  # loads what a run without a tracker does not need

    return publish.write([directory], directory / "report.html")
