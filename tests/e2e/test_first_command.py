"""What a newcomer sees: a real model writes, fails and repairs real HumanEval programs, and survives a kill."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sharpen.errors import JournalError
from sharpen.journal.journal import Journal

pytestmark = pytest.mark.model

COMMAND = [
    sys.executable, "-c", "from sharpen.cli.app import main; main()", "repair", "humaneval",
    "-m", "qwen2.5-coder-0.5b", "--ids", "HumanEval/9", "HumanEval/34", "--np", "2", "--nfr", "1",
    "--max-tokens", "160", "--json", "--run",
]  # fmt: skip


def completions(run: Path) -> dict[str, str]:
    try:
        with Journal.read(run) as journal:
            return dict(journal._all("SELECT key, plain(text) FROM completion"))
    except JournalError:  # it is only just being made
        return {}


def test_a_real_model_repairs_its_programs_and_a_kill_repeats_no_paid_work(tmp_path: Path) -> None:
    run = tmp_path / "run"
    environment = os.environ | {"COLUMNS": "100"}
    killed = subprocess.Popen(
        [*COMMAND, run], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    while not completions(run) and killed.poll() is None:
        time.sleep(0.2)
    killed.send_signal(signal.SIGKILL)
    _, err = killed.communicate()
    assert killed.returncode == -signal.SIGKILL, err.decode()
    before = completions(run)
    assert before

    done = subprocess.run([*COMMAND, run], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    (summary,) = json.loads(done.stdout)["runs"]
    assert before.items() <= completions(run).items()
    assert len(summary["problems"]) == 2
    assert "2/2 problems" in done.stderr
    page = (run / "report.html").read_text()
    assert "HumanEval/9" in page

    with Journal.read(run) as journal:
        assert list(journal.verify()) == []
        nodes = [node for problem in journal.problems() for node in journal.nodes(problem.id)]
    programs = [node for node in nodes if node.stage == "program"]
    failing = [node for node in programs if not node.shown.passed]
    assert len(programs) == 4
    assert sum(node.stage == "repair" for node in nodes) == len(failing)
    assert all(node.completion.completion_tokens > 0 for node in nodes)

    again = subprocess.run([*COMMAND, run], capture_output=True, text=True, env=environment, check=False)
    assert again.returncode == 0
    assert json.loads(again.stdout)["runs"][0]["spent"] == summary["spent"]
