"""What docs/extending.md says: its code runs, and its package is built, installed and used."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest

import sharpen
from sharpen import installed
from sharpen.errors import UsageError
from sharpen.models import spec
from sharpen.models.scripted import Scripted
from tests.models.conftest import HttpServer, in_a_thread
from tests.tiny_chat import save_tiny_chat

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


def of(library: str) -> str:
    """The page's example with a library."""
    (block,) = [block for block in blocks("python") if f"{library}." in block]
    return block


@pytest.mark.slow
class TestModels:
    """The libraries themselves run the examples: litellm against a server here, transformers with a tiny model."""

    @pytest.mark.filterwarnings("ignore")  # litellm warns of its own and of what it is built on
    def test_litellm(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, benchmark_file: Path) -> None:
        monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        pytest.importorskip("litellm", reason="no litellm: pip install litellm to run this")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("OPENAI_API_KEY", "none")
        text = "```python\ndef add(a, b):\n    return a + b\n```"
        with in_a_thread(lambda _: HttpServer.answer(text, id="1", model="m", created=0)) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            names: dict[str, Any] = {}
            exec(of("litellm").replace("humaneval", str(benchmark_file)), names)
        assert {(node.author, node.tokens) for node in names["results"].nodes()} == {("gpt", 3)}
        assert "temperature" in server.requests[0].body

    def test_a_pipeline_of_transformers(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        pytest.importorskip(
            "transformers", reason="no transformers: pip install 'sharpen[train]' to run this"
        )
        monkeypatch.chdir(tmp_path)
        names: dict[str, Any] = {}
        tiny = save_tiny_chat(tmp_path / "tiny")
        exec(of("transformers").replace("Qwen/Qwen2.5-Coder-0.5B-Instruct", tiny), names)
        add = sharpen.Problem.from_function("Write add.", "assert add(1, 2) == 3")
        draws = sharpen.sample(problems=[add], model=names["qwen"], n=2, max_tokens=8)
        nodes = list(sharpen.run_sync(draws).nodes())
        assert [node.author for node in nodes] == ["qwen", "qwen"]
        most = 3 * 8 + 1  # a byte alone is no text: it is read back as a mark of three
        assert all(0 < node.tokens <= most for node in nodes)
        assert len({node.text for node in nodes}) == 2, "each sample has a seed of its own"


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
def points(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Entry points of packages that are not as they should be."""
    made = [
        EntryPoint("broken", "broken_package:thing", "sharpen.models"),
        EntryPoint("gone", "no_such_package:thing", "sharpen.models"),
        EntryPoint("repair", "no_such_package:METHOD", "sharpen.methods"),
    ]
    monkeypatch.setattr(installed, "_points", lambda: EntryPoints(made))
    (tmp_path / "broken_package.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("points")
class TestTrouble:
    def test_a_package_that_cannot_be_imported_is_named(self) -> None:
        with pytest.raises(UsageError, match="gone of a package cannot be imported"):
            spec.open_model("gone:word")
        with pytest.raises(
            UsageError, match=r"broken of a package cannot be imported \(RuntimeError: no licence"
        ):
            spec.open_model("broken:word")

    @pytest.mark.slow
    def test_a_method_that_cannot_be_imported_ends_its_own_verb_only(self, tmp_path: Path) -> None:
        described = tmp_path / "broken-1.0.dist-info"
        described.mkdir()
        (described / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
        (described / "entry_points.txt").write_text("[sharpen.methods]\nbroken = broken_package:METHOD\n")

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-c", "from sharpen.cli.app import main; main()", *words]
            environment = os.environ | {"PYTHONPATH": str(tmp_path)}
            return subprocess.run(command, env=environment, check=False, capture_output=True, text=True)

        assert "broken" in run("--help").stdout
        ended = run("broken", "mine.jsonl", "-m", "x")
        assert ended.returncode == 2
        sentence = "broken of broken 1.0 cannot be imported (RuntimeError: no licence)"
        assert ended.stderr == f"sharpen: {sentence}: correct the package, or uninstall it\n"

    def test_a_word_that_sharpen_has_stays_its_own(self) -> None:
        with pytest.warns(RuntimeWarning, match="adds repair to sharpen.methods, which sharpen has already"):
            assert installed.installed("methods", ["repair"]) == {}

    def test_an_unknown_export_is_named(self, tmp_path: Path) -> None:
        sharpen.demo(tmp_path / "demo")
        with pytest.raises(UsageError, match="nothing is exported as stf: did you mean sft"):
            sharpen.export(tmp_path / "demo", "stf")
