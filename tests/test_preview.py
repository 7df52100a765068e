"""What a run needs and takes, before it begins."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sharpen.errors import UsageError
from sharpen.files import download
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.models import weights
from sharpen.preview import preview

Sharpen = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store."""
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setattr(weights.hub, "cached", lambda *_: None)
    return tmp_path / "home"


def test_answers_and_tokens_are_estimated_from_the_options(benchmark_file: Path, tmp_path: Path) -> None:
    config = Sample(benchmark=str(benchmark_file), model="smollm2-135m", n=5, max_tokens=100)
    found = preview(config, tmp_path / "runs" / "one")
    assert (found.problems, found.answers, found.tokens, found.seconds) == (2, 10, 400, None)
    assert preview(config.model_copy(update={"limit": 1}), tmp_path / "run").answers == 5
    model = next(check for check in found.checks if check.name.startswith("model"))
    assert model.here and "0.1 GB are fetched" in model.detail


def test_an_earlier_run_of_the_model_gives_lengths_and_time(benchmark_file: Path, recorded: Path) -> None:
    config = Repair(benchmark=str(benchmark_file), model="scripted", n_p=2, n_fr=1)
    with pytest.raises(UsageError, match="no model is called scripted"):
        preview(config, recorded.parent / "two")
    replayed = config.model_copy(update={"model": f"replay:{recorded}"})
    assert preview(replayed, recorded.parent / "two").complete


def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_fetch_first", lambda *_: pytest.fail("something was fetched"))
    found = preview(Sample(benchmark="humaneval", model="smollm2-135m"), tmp_path / "run")
    assert found.problems is None and found.complete
    assert "fetched when the run begins" in found.checks[0].detail
    assert "known when the problems are here" in found.lines[-1]


def test_what_is_missing_is_named(sharpen: Sharpen, benchmark_file: Path) -> None:
    code, out, err = sharpen("sample", benchmark_file, "-m", "nothing.gguf", "--dry-run")
    assert code == 1
    assert "model nothing.gguf: MISSING, there is no file nothing.gguf" in err
    assert json.loads(out)["preview"]["problems"] == 2
    code, _, err = sharpen("sample", benchmark_file, "-m", "http://127.0.0.1:9/v1#m", "--dry-run")
    assert code == 1 and "the server does not answer" in err


def test_a_tracker_that_is_not_installed_is_named(
    sharpen: Sharpen, benchmark_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "sample", benchmark_file, "-m", "nothing.gguf", "--track", "wandb", "--dry-run"
    monkeypatch.setattr("sharpen.preview.find_spec", lambda name: None)
    assert "tracker wandb: MISSING, run pip install 'sharpen[wandb]'" in sharpen(*words)[2]
    monkeypatch.setattr("sharpen.preview.find_spec", lambda name: name)
    assert "tracker wandb: is here" in sharpen(*words)[2]


def test_a_disk_that_is_too_small_is_named(
    benchmark_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        free = 1000

    monkeypatch.setattr("sharpen.preview.shutil.disk_usage", lambda _: Full())
    found = preview(Sample(benchmark=str(benchmark_file), model="smollm2-135m"), tmp_path / "run")
    assert not found.complete
    assert any(line.startswith("disk: MISSING") for line in found.lines)
