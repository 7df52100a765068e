"""Progress on stderr: live on a terminal, now and then a plain line elsewhere."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
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

from sharpen.run.run import Snapshot
from sharpen.selfcodealign.train.fitting import TrainingStep

PLAIN_SECONDS = 15.0
"""Between two plain lines."""


class ProgressLine:
    """Shows a run's snapshots (problems done, pass rate with its interval, tokens, time left) or any line."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=4) if console.is_terminal else None
        self._console, self._shown = console, -PLAIN_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def __call__(self, snapshot: Snapshot) -> None:
        """Show ``snapshot``."""
        self.show(describe(snapshot), last=snapshot.done == snapshot.total)

    def show(self, line: str, *, last: bool) -> None:
        """Show a line in place of the one before; where there is no terminal, the last and some others."""
        if self._live:
            self._live.start()  # not before there is something to show: a download may come first
            self._live.update(Text(line))
        elif last or time.monotonic() - self._shown >= PLAIN_SECONDS:
            self._shown = time.monotonic()
            self._console.print(line, highlight=False)


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


def describe(snapshot: Snapshot) -> str:
    """Return one line: ``12/40 problems, solved 9 ...``."""
    s = snapshot
    parts = [f"{s.done}/{s.total} problems", f"{s.solved} solved{_interval(s)}"]
    if s.errors:
        parts.append(f"{s.errors} errors")
    if s.tokens:
        parts.append(f"{s.tokens:,} tokens, {s.tokens / max(s.seconds, 1e-9):.1f}/s")
    if s.seconds >= 1:
        parts.append(f"{_clock(s.seconds)} elapsed")
    fresh = s.done - s.recorded
    if fresh and s.done < s.total:
        parts.append(f"{_clock(s.seconds / fresh * (s.total - s.done))} left")
    return " | ".join(parts)


def describe_step(step: TrainingStep) -> str:
    """Return one line: ``step 12/40 | loss 0.9132 ...``."""
    left = _clock((step.steps - step.step) * step.seconds)
    return f"step {step.step}/{step.steps} | loss {step.loss:.4f} | {step.seconds:.1f} s a step | {left} left"


def _interval(s: Snapshot) -> str:
    if not s.done:
        return ""
    from scipy.stats import binomtest  # takes most of a second to import

    ci = binomtest(s.solved, s.done).proportion_ci(method="wilson")
    return f" ({s.solved / s.done:.0%}, 95 % interval {ci.low:.0%} to {ci.high:.0%})"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
