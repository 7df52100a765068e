"""Rounds of expert iteration that scripted models play, with a training that only writes its record."""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from sharpen import api, improve_verbs
from sharpen.improvement.plan import Improve
from sharpen.models.scripted import Scripted
from sharpen.selfcodealign.train import tune
from sharpen.selfcodealign.train.tune import Training
from sharpen.types import Prompt
from tests.conftest import PROBLEMS, write_problems

STEPS = 12
MEASURED = {
    "larger(a, b)": ("max(a, b)", "larger(2, 7)", "7"),
    "smaller(a, b)": ("min(a, b)", "smaller(2, 7)", "2"),
    "distance(a, b)": ("abs(a - b)", "distance(2, 7)", "5"),
    "backwards(text)": ("text[::-1]", "backwards('abc')", "'cba'"),
    "shout(text)": ("text.upper()", "shout('abc')", "'ABC'"),
    "initial(text)": ("text[0]", "initial('abc')", "'a'"),
}
"""What each measured function returns, and the call and value of its tests."""


def measured_file(path: Path) -> Path:
    """Write the problems of ``MEASURED`` in HumanEval's form."""
    rows = [
        {
            "task_id": f"measured/{head.partition('(')[0]}",
            "prompt": f'def {head}:\n    """Say what {head} is.\n\n    >>> {call}\n    {value}\n    """\n',
            "entry_point": head.partition("(")[0],
            "test": f"def check(candidate):\n    assert candidate({call.partition('(')[2]} == {value}\n",
            "canonical_solution": f"    return {code}\n",
        }
        for head, (code, call, value) in MEASURED.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def solution(problem: dict[str, str]) -> str:
    """Return an answer that holds the reference program."""
    return f"```python\n{problem['prompt']}{problem['canonical_solution']}```"


def record_training(rows: Path, directory: Path) -> Training:
    """Write what a training leaves: its losses and its record, and no model."""
    directory.mkdir(parents=True, exist_ok=True)
    size = {"rows": len(rows.read_text().splitlines())}
    record = Training(size, {"rows": 1}, before=1.5, after=1.0, steps=STEPS, made={"adapter": "adapter.gguf"})
    steps = [
        {"step": n, "steps": STEPS, "loss": 1.0 / n, "learning_rate": 0.1, "seconds": 1.0, "cpu_seconds": 1.0}
        for n in range(1, STEPS + 1)
    ]
    (directory / "steps.jsonl").write_text("".join(f"{json.dumps(step)}\n" for step in steps))
    (directory / tune.RECORD).write_text(json.dumps(record.to_json()))
    return record


def improve_run(directory: Path, wrong: str) -> Path:
    """Play a round, measured on six problems: some are gained, and one is lost.

    Args:
        directory: for the files and the run.
        wrong: what failing programs raise.
    """

    def base(prompt: Prompt, index: int) -> str:
        return _answer(prompt, lambda head: head == "shout(text)" or index % 2 == 1, wrong)

    def tuned(prompt: Prompt, index: int) -> str:
        return _answer(prompt, lambda head: head != "initial(text)" and (len(head) + index) % 3 > 0, wrong)

    directory.mkdir(parents=True, exist_ok=True)
    config = Improve(
        model="base",
        train_on=(str(write_problems(directory / "train.jsonl")),),
        measure_on=(f"humaneval@{measured_file(directory / 'measured.jsonl')}",),
        n=2,
        measure_n=2,
    )
    execute = partial(api.execute, opener=lambda spec: Scripted(tuned if "round-" in spec else base, spec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tune, "train", lambda rows, _, folder, __: record_training(rows, folder))
        patch.setattr(tune, "require", lambda _: None)
        asyncio.run(improve_verbs.improve(config, directory / "run", execute=execute))
    return directory / "run"


def _answer(prompt: Prompt, solves: Callable[[str], bool], wrong: str) -> str:
    """Return the right program for a prompt, or one that fails."""
    asked = prompt[0].content
    for problem in PROBLEMS:
        if f"def {problem['entry_point']}(" in asked:
            return solution(problem)
    head, (code, *_) = next(item for item in MEASURED.items() if f"def {item[0]}" in asked)
    body = f"return {code}" if solves(head) else f"raise ValueError({wrong!r})"
    return f"```python\ndef {head}:\n    {body}\n```"
