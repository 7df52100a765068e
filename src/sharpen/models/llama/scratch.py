"""A temporary directory that does not outlive a killed process for long.

Copies of slot states take up to half a gigabyte. A process that is killed cannot remove its own, so the
next one does: a directory is in use while a process holds a lock on it, and the kernel releases the locks of
processes that ended.
"""

import shutil
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

PREFIX = "sharpen-slot-states-"

YOUNG_SECONDS = 60.0
"""A directory younger than this may belong to a process that is about to lock it."""


class Scratch:
    """A locked temporary directory; making one removes those that dead processes left."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = _lock_of(self.path)
        self._lock.acquire()

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()


def _lock_of(directory: Path) -> FileLock:
    return FileLock(directory / ".lock", timeout=0, thread_local=False)


def _sweep(directory: Path) -> None:
    for left in directory.glob(f"{PREFIX}*"):
        try:
            if time.time() - left.stat().st_mtime > YOUNG_SECONDS:
                with _lock_of(left):
                    shutil.rmtree(left, ignore_errors=True)
        except (OSError, Timeout):
            continue  # it is in use, another user's, or just removed
