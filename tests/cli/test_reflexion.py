"""Reflexion from the command line, with real programs in the real sandbox and a scripted model."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sharpen import api
from sharpen.journal.journal import Journal
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.models.scripted import Scripted
from sharpen.types import Prompt

Sharpen = Callable[..., tuple[int, str, str]]


def answer(prompt: Prompt, index: int) -> str:
    """``add`` is wrong at first and then right; the tests written for ``twice`` are wrong themselves."""
    question = prompt[-1].content
    adds = "def add" in (question if "Write tests for it" in question else prompt[0].content)
    if "Write tests for it" in question:
        wrong = "```python\nassert twice(1) == 3\nassert twice(2) == twice(2)\n```"
        return "```python\nassert add(1, 2) == 3\nassert add(0, 5) == 5\n```" if adds else wrong
    if "Do not write code" in question:
        return "It subtracts."
    if not adds:
        return "```python\ndef twice(a):\n    return 2 * a\n```"
    return f"```python\ndef add(a, b):\n    return a {'-' if len(prompt) == 1 else '+'} b\n```"


@pytest.fixture
def run(tmp_path: Path, benchmark_file: Path) -> Path:
    config = Reflexion(benchmark=str(benchmark_file), model="scripted", trials=2)
    asyncio.run(api.execute(config, tmp_path / "first", opener=lambda spec: Scripted(answer, spec)))
    return tmp_path / "first"


def test_a_run_is_reported_and_its_accountings_differ(
    sharpen: Sharpen, run: Path, benchmark_file: Path
) -> None:
    words = ("reflexion", benchmark_file, "-m", f"replay:{run}", "--trials", "2", "--run", "again", "--json")
    code, out, err = sharpen(*words)
    assert code == 0, err
    (result,) = json.loads(out)["runs"]
    solved = {line["label"]: line["rate"]["value"] for line in result["lines"]}
    assert solved == {"self_tests": 1.0, "oracle_every": 1.0}
    assert [rate["value"] for rate in result["by_trial"]] == [0.5, 1.0]
    assert result["all_tests"] == {
        "right_passed": 1, "wrong_passed": 0, "right_failed": 2, "wrong_failed": 1
    }  # fmt: skip
    assert "2/2 problems" in err


def test_feedback_quotes_what_the_sandbox_saw_and_nothing_of_the_hidden_tests(run: Path) -> None:
    with Journal.read(run) as journal:
        nodes = [node for problem in journal.problems() for node in journal.nodes(problem.id)]
    seen = [node.text for node in nodes if node.stage == "observation"]
    assert any("add(1, 2) returned -1, expected 3" in text for text in seen)
    assert any("twice(1) returned 2, expected 3" in text for text in seen)
    prompts = str([node.prompt for node in nodes])
    assert "candidate" not in prompts and "add(2, 2)" not in prompts


def test_a_run_is_executed_again_without_a_model(sharpen: Sharpen, run: Path) -> None:
    code, out, err = sharpen("replay", run, "--json")
    assert code == 0, err
    assert json.loads(out) == {"programs": 4, "flips": []}


def test_a_strategy_that_does_not_fit_is_one_sentence(
    sharpen: Sharpen, run: Path, benchmark_file: Path
) -> None:
    code, _, err = sharpen(
        "reflexion", benchmark_file, "-m", f"replay:{run}", "--strategy", "both", "--run", "b"
    )
    assert code == 2
    assert "has no strategy both: choose one of reflexion" in err
