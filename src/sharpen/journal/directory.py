"""A run's directory: its lock and its config.json."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path

from sharpen.errors import JournalError, RunLockedError

LOCK_TRIES = 20
"""How often a lock that is held is tried again, 50 ms apart, before a second writer is refused."""


def lock_directory(directory: Path) -> int:
    """Make a run's directory if need be, and return the open file that keeps other writers out.

    Raises:
        RunLockedError: another process writes to it.
        JournalError: it cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory / "run.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise JournalError(
            f"cannot write to the run directory {directory}: {error.strerror}; choose another with --run"
        ) from error
    try:
        _take(lock)
    except OSError as error:
        os.close(lock)
        raise RunLockedError(
            f"another process is writing to {directory}: wait for it, or choose another --run"
        ) from error
    return lock


def _take(lock: int) -> None:
    """Lock the file, or raise OSError: a process that was only just killed may hold it for a moment."""
    for _ in range(LOCK_TRIES):
        with suppress(BlockingIOError):
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        time.sleep(0.05)
    return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
