"""How a run's progress is said: one line, the answers that are being written, and both in a notebook."""

import html
import math
import time
from collections.abc import Mapping
from typing import Any

from sharpen import registry
from sharpen.counts import plural
from sharpen.run.progress import Progress, Snapshot

NOTEBOOK_SECONDS = 0.5
"""Between two updates of a notebook's output."""
WATCHED, WATCHED_LINES = 4, 8
"""Answers that are shown while they are written, and lines of each."""

Words = tuple[str, str]
_WORDS: Mapping[str, Words] = {
    "programs": ("problem", "solved"),
    "trials": ("problem", "solved"),
    "graphs": ("item", "without a fault"),
    "dataset": ("seed", "with a response that passes its tests"),
}


def words_of(method: str) -> Words:
    """Return what a method's run counts: its problems, and those that are solved."""
    return _WORDS[registry.method(method).kind]


def describe(snapshot: Snapshot, words: Words = _WORDS["programs"]) -> str:
    """Return one line: ``12/40 problems, solved 9 ...``."""
    s = snapshot
    parts = [f"{s.done:,}/{plural(s.total, words[0])}", f"{s.solved} {words[1]}{_interval(s)}"]
    if s.errors:
        parts.append(plural(s.errors, "error"))
    if s.tokens:
        parts.append(f"{plural(s.tokens, 'token')}, {s.tokens / max(s.seconds, 1e-9):.1f}/s")
    if s.drafts:
        parts.append(f"{len(s.drafts)} being written")
    if s.seconds >= 1:
        parts.append(f"{clock(s.seconds)} elapsed")
    if s.done < s.total and not math.isnan(s.seconds_left):
        parts.append(f"about {clock(s.seconds_left)} left")
    return " | ".join(parts)


def written_now(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return the problem and the last lines of the answers that are being written, the oldest first."""
    return [
        (draft.problem, "\n".join(draft.text.splitlines()[-WATCHED_LINES:]))
        for draft in snapshot.drafts[:WATCHED]
    ]


def _interval(s: Snapshot) -> str:
    if not s.done:
        return ""
    import numpy as np  # takes a while to import

    from sharpen.estimate import wilson

    share = s.solved / s.done
    low, high = map(float, wilson(np.asarray(share), s.done, 0.95))
    return f" ({share:.0%}, 95 % interval {low:.0%} to {high:.0%})"


def clock(seconds: float) -> str:
    """Return a time as hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


class NotebookProgress:
    """Shows a run's snapshots in the output of a notebook's cell, with the answers being written."""

    def __init__(self, display: Any, words: Words) -> None:  # noqa: ANN401 - IPython's module
        self._display, self._words = display, words
        self._handle: Any = None
        self._shown = -math.inf

    def __call__(self, snapshot: Snapshot) -> None:
        """Show ``snapshot``, unless one was shown just now."""
        ended = snapshot.done == snapshot.total
        if not ended and time.monotonic() - self._shown < NOTEBOOK_SECONDS:
            return
        self._shown = time.monotonic()
        shown = self._display.HTML(self._html(snapshot))
        if self._handle is None:
            self._handle = self._display.display(shown, display_id=True)
        else:
            self._handle.update(shown)

    def _html(self, snapshot: Snapshot) -> str:
        share = snapshot.done / max(1, snapshot.total)
        line = html.escape(describe(snapshot, self._words))
        texts = "".join(
            f"<details open><summary>{html.escape(problem)}</summary><pre>{html.escape(text)}</pre></details>"
            for problem, text in written_now(snapshot)
        )
        return f'<progress value="{share:.4f}" max="1"></progress> {line}{texts}'


def notebook_progress(method: str) -> Progress | None:
    """Return a display for the notebook that this is called in; None anywhere else."""
    try:
        from IPython import display, get_ipython  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    return NotebookProgress(display, words_of(method))
