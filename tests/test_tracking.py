"""Trackers get a run's curves and its report; one that fails costs the run nothing."""

import asyncio
import importlib.util
import sqlite3
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping
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
    monkeypatch.setitem(sys.modules, "wandb", None)
    config = Sample(benchmark=str(benchmark_file), model="scripted")
    with pytest.raises(UsageError, match=r"pip install 'sharpen\[wandb\]'"):
        asyncio.run(api.execute(config, tmp_path / "run", opener=Scripted, track="wandb"))
    assert not (tmp_path / "run").exists()


@pytest.fixture
def tracked_run(benchmark_file: Path, tmp_path: Path) -> Callable[[str], None]:
    """Run a command with a tracker in a process of its own.

    The clients read where they keep things when they are imported, so that what another test has imported
    before must not matter.
    """
    config = Sample(benchmark=str(benchmark_file), model="scripted", n=2)
    recorded = tmp_path / "recorded"
    asyncio.run(api.execute(config, recorded, opener=lambda spec: Scripted(answer, spec)))

    def track(client: str) -> None:
        if not importlib.util.find_spec(client):
            pytest.skip(f"no {client}: pip install {client} to run this")
        options = ["-m", f"replay:{recorded}", "-n", "2", "--run", tmp_path / "run", "--track", client]
        command = [sys.executable, "-c", "from sharpen.cli.app import main; main()", "sample", benchmark_file]
        done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "untracked" not in done.stderr, done.stderr

    return track


@pytest.mark.slow
def test_mlflow_has_the_run_with_its_curves_and_its_report(
    tracked_run: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.as_uri())
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    tracked_run("mlflow")
    (made,) = store.glob("*/*/meta.yaml")
    run = made.parent
    assert "name: sharpen\n" in (run.parent / "meta.yaml").read_text()
    assert (run / "tags" / "mlflow.runName").read_text() == "run"
    assert "status: 3\n" in made.read_text(), "finished"
    assert (run / "params" / "n").read_text() == "2"
    points = (run / "metrics" / "problems").read_text().splitlines()
    assert [point.split()[2] for point in points] == ["0", "1", "2"]
    assert [path.name for path in (run / "artifacts").iterdir()] == ["report.html"]


@pytest.mark.slow
def test_wandb_keeps_the_run_offline(
    tracked_run: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    tracked_run("wandb")
    (log,) = tmp_path.glob("wandb/offline-run-*/run-*.wandb")
    recorded = log.read_bytes()
    assert b"solved_share" in recorded
    assert b"completion_tokens" in recorded
    assert b"report.html" in recorded


@pytest.mark.slow
def test_trackio_keeps_the_run_on_this_machine(
    tracked_run: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "store"))
    tracked_run("trackio")
    with sqlite3.connect(tmp_path / "store" / "sharpen.db") as database:
        steps = [step for (step,) in database.execute("SELECT step FROM metrics ORDER BY step")]
    database.close()
    assert steps == [0, 1, 2]
    assert any((tmp_path / "store" / "artifacts").rglob("sha256/*/*")), "the report is there"
