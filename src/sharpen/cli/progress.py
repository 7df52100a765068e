"""Progress on stderr: live on a terminal, now and then a plain line elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as DownloadProgress
from rich.text import Text

from sharpen.progress import clock, describe, words_of, written_now
from sharpen.run.progress import Snapshot
from sharpen.selfcodealign.train.fitting import TrainingStep

PLAIN_SECONDS = 15.0
"""Between two plain lines."""


class ProgressLine:
    """Shows a run's snapshots (problems done, pass rate with its interval, tokens, time left) or any line."""

    def __init__(self, console: Console, method: str = "sample", *, watch: bool = False) -> None:
        """Show on ``console`` what a run of ``method`` counts; ``watch``: also what is being written."""
        self._live = Live(console=console, refresh_per_second=4) if console.is_terminal else None
        self._console, self._shown = console, -PLAIN_SECONDS
        self._words, self._watch = words_of(method), watch

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, snapshot: Snapshot) -> None:
        """Show ``snapshot``."""
        texts = written_now(snapshot) if self._watch else []
        self.show(describe(snapshot, self._words), last=snapshot.done == snapshot.total, texts=texts)

    def show(self, line: str, *, last: bool, texts: Sequence[tuple[str, str]] = ()) -> None:
        """Show a line in place of the one before; where there is no terminal, the last and some others.

        ``texts`` are shown below it, each with its name.
        """
        if self._live:
            self._live.start()  # not before there is something to show: a download may come first
            self._live.update(Group(Text(line), *(_framed(*named) for named in texts)))
        elif last or time.monotonic() - self._shown >= PLAIN_SECONDS:
            self._shown = time.monotonic()
            self._console.print(line, highlight=False)
            for named in texts:
                self._console.print(_framed(*named))


class DownloadBar:
    """Shows how far a download is, for :mod:`sharpen.files.download`."""

    def __init__(self, console: Console) -> None:
        self._bar = DownloadProgress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
            TimeRemainingColumn(), console=console, transient=True,
        )  # fmt: skip
        self._console = console
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, source: str, done: int, total: int | None) -> None:
        """Show ``done`` of ``total`` bytes from ``source``."""
        if source not in self._tasks:
            self._tasks[source] = self._bar.add_task("fetching", total=total)
            self._console.print(f"fetching from {source}", highlight=False)
            self._bar.start()
        self._bar.update(self._tasks[source], completed=done, total=total)
        if done == total:
            self._bar.stop()


def _framed(name: str, text: str) -> Panel:
    return Panel(Text(text), title=Text(name), title_align="left")


def describe_step(step: TrainingStep) -> str:
    """Return one line: ``step 12/40 | loss 0.9132 ...``."""
    left = clock((step.steps - step.step) * step.seconds)
    return f"step {step.step}/{step.steps} | loss {step.loss:.4f} | {step.seconds:.1f} s a step | {left} left"
