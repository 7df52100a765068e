"""A folder of runs, and the viewer as a process that shows it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.written_runs import Feedback, Task, failing, passing, write_run

HOSTILE = '</script><img src=x onerror="window.hacked = true"><script>window.hacked = true</script>'
MAIN = "from sharpen.cli.app import main; main()"


@dataclass
class Shown:
    """A viewer that runs: its address, the token in its link, and its process."""

    url: str
    token: str
    process: subprocess.Popen[str]

    def get(self, path: str, **options: object) -> httpx2.Response:
        cookies = {"sharpen_view": self.token}
        return httpx2.get(self.url + path, cookies=cookies, timeout=60, trust_env=False, **options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two finished runs of four problems, one of them a level deeper, and one that has begun."""
    tasks = [
        Task(
            f"HumanEval/{i}",
            [failing(Feedback([passing() if i % 2 else failing()]), shown="wrong_answer"), failing()],
            statement=HOSTILE,
        )
        for i in range(4)
    ]
    write_run(tmp_path, tasks, name="repair")
    write_run(
        tmp_path / "deep", [Task(t.id, [passing() if t.id == "HumanEval/0" else failing()]) for t in tasks]
    )
    write_run(tmp_path, [Task("HumanEval/0", [failing()], error=None)], name="begun")
    return tmp_path


@contextmanager
def viewing(folder: Path, *options: str, port: int = 0) -> Iterator[Shown]:
    """The viewer on a port of its own, ended by SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, "view", str(folder), "--port", str(port), *options],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"COLUMNS": "300"},
    )
    assert process.stderr
    try:
        line = process.stderr.readline()
        result = re.fullmatch(r"runs: (http://127.0.0.1:\d+)/\?token=(\S+)\n", line)
        assert result, line + process.stderr.read()
        yield Shown(result[1], result[2], process)
    finally:
        process.terminate()
        process.wait(30)
        process.stderr.close()


@pytest.fixture
def view() -> Callable[..., object]:
    return viewing
