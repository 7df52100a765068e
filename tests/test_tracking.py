"""Trackers get a run's curves and its report; one that fails costs the run nothing."""

import asyncio
import sqlite3
import warnings
from collections.abc import Mapping
from pathlib import Path

import pytest

from sharpen import api
from sharpen.errors import UsageError
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from sharpen.run.progress import Snapshot
from sharpen.tracking import Tracking, tracked
from tests.conftest import answer


class Recorder:
    """A tracker that keeps what it gets, and fails from the point ``fails``."""

    def __init__(self, fails: int = 1_000) -> None:
        self.points: list[tuple[int, Mapping[str, float]]] = []
        self.reports: list[Path | None] = []
        self.fails = fails

    def log(self, figures: Mapping[str, float], step: int) -> None:
        if len(self.points) >= self.fails:
            raise ConnectionError("no route")
        self.points.append((step, figures))

    def end(self, report: Path | None) -> None:
        self.reports.append(report)


def snapshot(done: int, solved: int = 0) -> Snapshot:
    return Snapshot(total=9, recorded=0, done=done, solved=solved, errors=0, tokens=10 * done, seconds=1.0)


def test_a_curve_has_one_point_for_each_problem_that_is_done() -> None:
    recorder = Recorder()
    tracking = Tracking("it", recorder)
    for done, solved in ((0, 0), (0, 0), (1, 1), (1, 1), (2, 1)):
        tracking(snapshot(done, solved))
    tracking.end(Path("report.html"))
    assert [step for step, _ in recorder.points] == [0, 1, 2]
    assert recorder.points[-1][1]["solved_share"] == 0.5
    assert recorder.points[-1][1]["completion_tokens"] == 20
    assert "solved_share" not in recorder.points[0][1]
    assert recorder.reports == [Path("report.html")]


def test_a_tracker_that_fails_is_named_once_and_left_alone() -> None:
    recorder = Recorder(fails=1)
    tracking = Tracking("it", recorder)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for done in range(5):
            tracking(snapshot(done))
        tracking.end(None)
    assert [str(each.message) for each in caught if "untracked" in str(each.message)] == [
        "it failed (no route): the run goes on, untracked; its journal has everything"
    ]
    assert len(recorder.points) == 1


def test_without_a_tracker_nothing_changes() -> None:
    shown: list[Snapshot] = []
    with tracked(None, Sample(benchmark="b", model="m"), Path("none"), shown.append) as show:
        assert show is not None
        show(snapshot(1))
    assert shown == [snapshot(1)]


def test_a_client_that_is_not_installed_is_named_before_the_run(
    monkeypatch: pytest.MonkeyPatch, benchmark_file: Path, tmp_path: Path
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "wandb", None)
    with pytest.raises(UsageError, match=r"pip install 'sharpen\[wandb\]'"):
        run(benchmark_file, tmp_path / "run", "wandb")
    assert not (tmp_path / "run").exists()


def run(benchmark_file: Path, directory: Path, track: str) -> api.Results:
    config = Sample(benchmark=str(benchmark_file), model="scripted", n=2)
    return asyncio.run(
        api.execute(config, directory, opener=lambda spec: Scripted(answer, spec), track=track)
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_mlflow_has_the_run_with_its_curves_and_its_report(
    benchmark_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow", reason="no mlflow: pip install mlflow to run this")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "store").as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    run(benchmark_file, tmp_path / "run", "mlflow")
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("sharpen")
    (made,) = client.search_runs([experiment.experiment_id])
    assert made.info.run_name == "run"
    assert made.info.status == "FINISHED"
    assert made.data.params["n"] == "2"
    assert [point.step for point in client.get_metric_history(made.info.run_id, "problems")] == [0, 1, 2]
    assert [each.path for each in client.list_artifacts(made.info.run_id)] == ["report.html"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_wandb_keeps_the_run_offline(
    benchmark_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb", reason="no wandb: pip install wandb to run this")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    run(benchmark_file, tmp_path / "run", "wandb")
    (log,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    recorded = log.read_bytes()
    assert b"solved_share" in recorded
    assert b"completion_tokens" in recorded
    assert b"report.html" in recorded


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning")
def test_trackio_keeps_the_run_on_this_machine(
    benchmark_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "store"))  # read when it is imported
    pytest.importorskip("trackio", reason="no trackio: pip install trackio to run this")
    run(benchmark_file, tmp_path / "run", "trackio")
    with sqlite3.connect(tmp_path / "store" / "sharpen.db") as database:
        steps = [step for (step,) in database.execute("SELECT step FROM metrics ORDER BY step")]
    database.close()
    assert steps == [0, 1, 2]
    assert any((tmp_path / "store" / "artifacts").rglob("sha256/*/*")), "the report is there"
