"""What docs/extending.md says: its code runs, and its package is built, installed and used."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

import sharpen
from sharpen import installed
from sharpen.errors import UsageError
from sharpen.models import spec
from sharpen.models.scripted import Scripted

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text()
EXAMPLE = ROOT / "examples" / "extending"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_first_example_runs_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    model = Scripted(lambda *_: "def add(a, b):\n    return a + b")
    monkeypatch.setattr("sharpen.verbs.open_model", lambda *_, **__: model)
    names: dict[str, object] = {}
    exec(blocks("python")[0], names)
    results = names["results"]
    assert isinstance(results, sharpen.Results)
    assert results.samples()[0]["passed"]


def test_the_page_shows_the_files_of_the_package() -> None:
    assert (EXAMPLE / "sharpen_example" / "persist.py").read_text() in blocks("python")
    for block in blocks("toml")[1:]:
        assert block in (EXAMPLE / "pyproject.toml").read_text()


def test_the_example_of_json_lines_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.jsonl").write_text(blocks("json")[0])
    assert sharpen.benchmarks_show(str(tmp_path / "mine.jsonl"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package was installed, from a wheel that was built here."""
    pytest.importorskip("hatchling", reason="no hatchling: pip install hatchling to build the example")
    folder = tmp_path_factory.mktemp("installed")
    words = [
        "install",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--target",
        folder,
        EXAMPLE,
    ]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True)
    return folder


@pytest.mark.slow
class TestPackage:
    def run(self, place: Path, *words: str) -> str:
        environment = os.environ | {"PYTHONPATH": str(place), "COLUMNS": "200"}
        code = "from sharpen.cli.app import main; main()"
        command = [sys.executable, "-c", code, *words]
        done = subprocess.run(
            command, env=environment, cwd=place, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_its_words_are_used_together(self, place: Path) -> None:
        shown = self.run(place, "persist", "sums", "-m", "fixed:a+b", "--tries", "2", "--run", "run")
        assert "Persist on sums" in shown
        rows = self.run(place, "export", "run", "lengths")
        assert "--tries" in self.run(place, "persist", "--help")
        assert json.loads(rows) == {"problem": "add", "length": len("def add(a, b):\n    return a+b")}
        assert "0 verdicts changed" in self.run(place, "replay", "run")

    def test_they_are_in_help_and_listings(self, place: Path) -> None:
        assert "persist" in self.run(place, "--help")
        assert "sharpen-example 0.1.0" in self.run(place, "benchmarks", "list")


@pytest.fixture
def points(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entry points of packages that are not as they should be."""
    made = [
        EntryPoint("gone", "no_such_package:thing", "sharpen.models"),
        EntryPoint("repair", "no_such_package:METHOD", "sharpen.methods"),
    ]
    monkeypatch.setattr(installed, "_points", lambda: EntryPoints(made))


@pytest.mark.usefixtures("points")
class TestTrouble:
    def test_a_package_that_cannot_be_imported_is_named(self) -> None:
        with pytest.raises(UsageError, match="gone of a package cannot be imported"):
            spec.open_model("gone:word")

    def test_a_word_that_sharpen_has_stays_its_own(self) -> None:
        with pytest.warns(RuntimeWarning, match="adds repair to sharpen.methods, which sharpen has already"):
            assert installed.installed("methods", ["repair"]) == {}

    def test_an_unknown_export_is_named(self, tmp_path: Path) -> None:
        sharpen.demo(tmp_path / "demo")
        with pytest.raises(UsageError, match="nothing is exported as stf: did you mean sft"):
            sharpen.export(tmp_path / "demo", "stf")
