"""The recorded run in the package is small, whole, and tells its story."""

import io
from importlib.resources import files
from pathlib import Path

from rich.console import Console

from sharpen import demonstration
from sharpen.journal.journal import Journal


def test_the_recorded_run_is_small_and_sound(tmp_path: Path) -> None:
    assert sum(len(file.read_bytes()) for file in files(demonstration).iterdir() if file.is_file()) < 300_000
    with Journal.read(demonstration.unpack(tmp_path)) as journal:
        assert list(journal.verify()) == []
        assert len(list(journal.problems())) == 8


def test_prompt_failing_test_repair_and_answer_are_shown_in_this_order(tmp_path: Path) -> None:
    console, pauses = Console(file=io.StringIO(), width=100), []
    demonstration.render(demonstration.unpack(tmp_path), console, lambda: pauses.append(1))
    text, place = console.file.getvalue(), 0
    for words in (
        "Complete this Python function",
        "while running: assert prod_signs([1, 2, 2, -4]) == -9",
        "I ran this program and it failed",
        "hidden tests: passed",
        "Repair did not pay: +0.0 points at equal tokens",
        "sharpen repair humaneval",
    ):
        place = text.index(words, place)
    assert len(pauses) == 3
