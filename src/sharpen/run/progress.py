"""Where a run stands: counted as it goes on, and shown to a display."""

import asyncio
import math
import time
from dataclasses import dataclass
from typing import Protocol

from sharpen.models.streaming import Draft, Drafts
from sharpen.run.config import RunConfig
from sharpen.run.forecast import Forecast

SHOW_SECONDS = 0.5
"""Between two snapshots while nothing but a model's writing goes on."""
FEWEST_ANSWERS = 0.2
"""Answers that must be written before the time left is estimated: before, prompts take most of the time."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where a run stands, for a display of progress.

    ``recorded`` problems were finished by an earlier process, and ``solved`` are of those that are ``done``.
    Tokens are completion tokens of this process, with those of answers that are being written.

    Attributes:
        answers: completions of this process; of one that is being written, the share that is likely there.
        expected: completions that this process is likely to need.
        drafts: the answers that are being written.
    """

    total: int
    recorded: int
    done: int
    solved: int
    errors: int
    tokens: int
    seconds: float
    answers: float = 0.0
    expected: float = 0.0
    drafts: tuple[Draft, ...] = ()

    @property
    def seconds_left(self) -> float:
        """The time that the rest is likely to take; NaN before a part of an answer is written."""
        if self.answers < FEWEST_ANSWERS:
            return math.nan
        return self.seconds * max(0.0, self.expected - self.answers) / self.answers


class Progress(Protocol):
    """Somebody who shows progress."""

    def __call__(self, snapshot: Snapshot) -> None:
        """Show it. Called often; must be quick."""
        ...


class ProgressCounter:
    """Counts what a process has done for a run, and shows it.

    Attributes:
        drafts: the answers that are being written.
        solved: the problems with a right program, whether or not they are finished.
    """

    def __init__(self, config: RunConfig, total: int, show: Progress | None) -> None:
        """Begin a run of ``total`` problems."""
        self.drafts = Drafts()
        self.solved: set[str] = set()
        self._show_snapshot, self._total = show, total
        self._forecast, self._started, self._tokens = Forecast(config), time.monotonic(), 0
        self._done = self._done_and_solved = self._errors = self._recorded = 0

    def begin(self, finished: set[str], solved: set[str]) -> None:
        """Count the problems that an earlier process finished, and those that it solved."""
        self._done = self._recorded = len(finished)
        self.solved = solved
        self._done_and_solved = len(solved & finished)
        self.show()

    def add_answer(self, tokens: int) -> None:
        """Count an answer by its completion tokens."""
        self._tokens += tokens
        self._forecast.add(tokens)
        self.show()

    def finish(self, problem: str, error: str) -> None:
        """Count a problem that is finished, with an error or without."""
        self._done += 1
        self._done_and_solved += problem in self.solved
        self._errors += bool(error)
        self.show()

    async def keep_showing(self) -> None:
        """Show now and then while a model writes, until it is cancelled."""
        while self._show_snapshot:
            await asyncio.sleep(SHOW_SECONDS)
            self.show()

    def show(self) -> None:
        """Show where the run stands."""
        if self._show_snapshot:
            self._show_snapshot(self._snapshot())

    def _snapshot(self) -> Snapshot:
        drafts = tuple(self.drafts.open)
        written = [len(draft.pieces) for draft in drafts]
        new = self._total - self._recorded
        return Snapshot(
            total=self._total,
            recorded=self._recorded,
            done=self._done,
            solved=self._done_and_solved,
            errors=self._errors,
            tokens=self._tokens + sum(written),
            seconds=time.monotonic() - self._started,
            answers=self._forecast.answers(written),
            expected=self._forecast.expected(new, self._done - self._recorded, len(drafts)),
            drafts=drafts,
        )
