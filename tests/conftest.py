"""Fixtures of all tests, and the marker of slow ones."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import settings

from sharpen import api
from sharpen.cli.app import app
from sharpen.methods.repair import Repair
from sharpen.models.llama.engine import EngineSettings
from sharpen.models.llama.model import Llama
from sharpen.models.scripted import Scripted
from sharpen.models.weights import pull
from sharpen.types import Prompt

# A test that fails because the machine is busy shows nothing.
settings.register_profile("sharpen", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=20)

SLOW = frozenset((Path(__file__).parent / "slow_tests.txt").read_text("utf-8").splitlines())


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("fast" if config.getoption("-m") == "not slow" else "sharpen")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: a compressed file holds the time, and all workers need the same names."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow, for ``make fast``: a real model, a browser, whole commands, and those in ``slow_tests.txt``."""
    for item in items:
        marked = any(map(item.get_closest_marker, ("model", "browser")))
        if marked or "e2e" in item.path.parts or item.nodeid.partition("[")[0] in SLOW:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded benchmark data and model outputs."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("SHARPEN_DATA", default))
    if not folder.is_dir():
        pytest.skip(f"no recorded data at {folder}: set SHARPEN_DATA to run this test")
    return folder


@pytest.fixture(scope="session")
def shared_cases() -> Path:
    """The folder of small inputs that went wrong once, each with what is right."""
    folder = Path(__file__).parents[2] / "shared" / "cases"
    if not folder.is_dir():
        pytest.skip(f"no cases at {folder}")
    return folder


@pytest.fixture
async def embedded() -> AsyncIterator[Llama]:
    """A real model in this process, the smallest of the weight store: 3 slots of 512 tokens."""
    weights = pull("smollm2-135m")
    model = Llama("smollm2-135m", weights.path, weights.sha256, EngineSettings(slots=3, context=512))
    yield model
    await model.close()


PROBLEMS = [
    {
        "task_id": "mine/add",
        "prompt": 'def add(a, b):\n    """Add.\n    >>> add(1, 2)\n    3\n    """\n',
        "entry_point": "add",
        "test": "def check(candidate):\n    assert candidate(2, 2) == 4\n    assert candidate(1, 5) == 6\n",
        "canonical_solution": "    return a + b\n",
    },
    {
        "task_id": "mine/twice",
        "prompt": 'def twice(a):\n    """Double.\n    >>> twice(2)\n    4\n    """\n',
        "entry_point": "twice",
        "test": "def check(candidate):\n    assert candidate(3) == 6\n",
        "canonical_solution": "    return 2 * a\n",
    },
]


def answer(prompt: Prompt, index: int) -> str:
    name = "add(a, b)" if "def add" in prompt[0].content else "twice(a)"
    right = "a + b" if "add" in name else "2 * a"
    if any(words in prompt[-1].content for words in ("I ran this program", "failed when I tested it")):
        return f"It was wrong.\n```python\ndef {name}:\n    return {right}\n```"
    return f"```python\ndef {name}:\n    return a - {index + 1}\n```"


def write_problems(path: Path) -> Path:
    path.write_text("".join(json.dumps(problem) + "\n" for problem in PROBLEMS))
    return path


@pytest.fixture
def benchmark_file(tmp_path: Path) -> Path:
    return write_problems(tmp_path / "mine.jsonl")


@pytest.fixture
def recorded(tmp_path: Path, benchmark_file: Path) -> Path:
    """A run of a scripted model, to be replayed by the command line."""
    config = Repair(benchmark=str(benchmark_file), model="scripted", n_p=2, n_fr=1)
    directory = tmp_path / "recorded"
    asyncio.run(api.execute(config, directory, opener=lambda spec: Scripted(answer, spec)))
    return directory


@pytest.fixture
def sharpen(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run a command line in an empty folder; return its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*tokens: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = app.meta([str(token) for token in tokens], exit_on_error=False, result_action="return_value")
        out, err = capsys.readouterr()
        return code, out, err

    return run
