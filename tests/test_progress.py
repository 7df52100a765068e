"""What is being written, from the model to a notebook's cell."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sharpen import api, progress
from sharpen.methods.sample import Sample
from sharpen.models.streaming import Draft, current_draft, samples_as_ready
from sharpen.progress import NotebookProgress
from sharpen.run import progress as running
from sharpen.run.progress import Snapshot
from sharpen.types import Completion, Prompt, Sampling


class Slow:
    """Writes an answer piece by piece."""

    name = identity = "slow"

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        async for drawn in samples_as_ready(self._one(index) for index in indices):
            yield drawn

    async def _one(self, index: int) -> tuple[int, Completion]:
        draft = current_draft()
        for piece in ("def ", "add(a, b):\n", "    return a"):
            if draft:
                draft.pieces.append(piece)
            await asyncio.sleep(0.03)
        return index, Completion("def add(a, b):\n    return a", 5, 0, 3, "stop", "slow", 0.1)

    async def close(self) -> None:
        pass


def test_tokens_are_shown_while_they_are_written(
    benchmark_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "SHOW_SECONDS", 0.01)
    seen: list[tuple[Snapshot, list[str]]] = []
    config = Sample(benchmark=str(benchmark_file), model="slow", n=2, max_tokens=10, ids=("mine/add",))
    asyncio.run(
        api.execute(
            config,
            tmp_path / "run",
            on_progress=lambda s: seen.append((s, [d.text for d in s.drafts])),
            opener=lambda _: Slow(),
        )
    )
    during = [(s, texts) for s, texts in seen if texts]
    assert {draft.problem for s, _ in during for draft in s.drafts} == {"mine/add"}
    assert any(0 < s.answers < 2 and s.done == 0 and s.seconds_left >= 0 for s, _ in during)
    assert any(text == "def add(a, b):\n" for _, texts in during for text in texts)
    assert seen[-1][0].drafts == () and seen[-1][0].tokens == 6


def test_no_time_is_told_from_a_single_token() -> None:
    early = Snapshot(8, 0, 0, 0, 0, tokens=1, seconds=31.0, answers=0.01, expected=80.0)
    assert "left" not in progress.describe(early)
    assert "about 0:02:35 left" in progress.describe(replace(early, tokens=2_000, answers=13.3))


class Display:
    """What a notebook does with outputs."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def HTML(self, text: str) -> str:  # noqa: N802 - IPython's name
        return text

    def display(self, text: str, *, display_id: bool) -> "Display":
        self.shown.append(text)
        return self

    def update(self, text: str) -> None:
        self.shown.append(text)


def test_a_notebook_gets_one_output_that_is_updated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "NOTEBOOK_SECONDS", 0.0)
    display = Display()
    show = NotebookProgress(display, ("problems", "solved"))
    show(Snapshot(4, 0, 1, 1, 0, 10, 1.0, drafts=(Draft("<p>", ["<b>"]),)))
    show(Snapshot(4, 0, 4, 1, 0, 10, 1.0))
    assert len(display.shown) == 2
    assert "1/4 problems" in display.shown[0] and "&lt;b&gt;" in display.shown[0]
    assert "<b>" not in display.shown[0]


def test_outside_of_a_notebook_there_is_no_such_display() -> None:
    assert progress.notebook_progress("repair") is None
