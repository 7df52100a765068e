"""What the runs below a folder are, and how far they have come, read from their journals."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sharpen.errors import JournalError
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal

Status = Literal["running", "finished", "stopped", "unreadable"]

RECENT_SECONDS = 300.0
"""A run that is not finished counts as running when its journal changed within this time."""
DEPTH = 4
"""Levels of folders that are searched for runs."""


@dataclass(frozen=True, slots=True)
class RunState:
    """One run.

    Attributes:
        name: its directory, relative to the folder that is viewed.
        method, benchmark, model: as configured.
        status: ``running`` and ``stopped`` are told apart by when the journal last changed.
        problems, finished, solved, errors: problems chosen, ended, with a passing program, ended by an error.
        answers, tokens: completions and their tokens.
        changed: when the journal last changed, in seconds since the epoch.
        message: why the run cannot be read.
    """

    name: str
    status: Status
    method: str = ""
    benchmark: str = ""
    model: str = ""
    problems: int = 0
    finished: int = 0
    solved: int = 0
    errors: int = 0
    answers: int = 0
    tokens: int = 0
    changed: float = 0.0
    message: str = ""


def find_runs(folder: Path) -> Iterator[Path]:
    """Yield the directories of runs in ``folder``, itself included, in order of name."""
    for where, folders, files in os.walk(folder):
        place = Path(where)
        if {"journal.db", "config.json"} <= set(files):
            yield place
            folders.clear()
        elif len(place.relative_to(folder).parts) >= DEPTH:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith("."))


def changed(run: Path) -> float:
    """Return when the journal of ``run`` last changed, in seconds since the epoch; 0 if there is none."""
    files = (run / "journal.db", run / "journal.db-wal")
    return max((file.stat().st_mtime for file in files if file.exists()), default=0.0)


def read_state(folder: Path, run: Path) -> RunState:
    """Return where ``run`` stands. A run that cannot be read is a state too, with the reason."""
    name = run.relative_to(folder).as_posix()
    try:
        config = read_config(run, RecordedConfig)
        with Journal.read(run) as journal:
            problems = [row.id for row in journal.problems()]
            outcomes = journal.outcomes(config.outcomes)
            spent, solved = journal.spent(), journal.solved()
    except JournalError as error:
        return RunState(name, "unreadable", changed=changed(run), message=str(error))
    finished = outcomes.keys() & set(problems)
    return RunState(
        name=name,
        status=_status(len(finished), len(problems), changed(run)),
        method=config.method,
        benchmark=config.benchmark_name,
        model=config.model,
        problems=len(problems),
        finished=len(finished),
        solved=len(solved & set(problems)),
        errors=sum(bool(outcomes[problem]) for problem in finished),
        answers=spent.completions,
        tokens=spent.completion_tokens,
        changed=changed(run),
    )


def _status(finished: int, problems: int, last: float) -> Status:
    if problems and finished == problems:
        return "finished"
    return "running" if time.time() - last < RECENT_SECONDS else "stopped"
