"""A temporary directory that does not outlive a killed process for long.

Copies of slot states take up to half a gigabyte. A process that is killed cannot remove its own, so the
next one does: a directory is in use while a process holds a lock on it, and the kernel releases the locks of
processes that ended.
"""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "sharpen-slots-"

YOUNG_SECONDS = 60.0
"""A directory younger than this may belong to a process that is about to lock it."""


class Scratch:
    """A locked temporary directory; making one removes those that dead processes left."""

    def __init__(self) -> None:
        _sweep(Path(tempfile.gettempdir()))
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self._lock = os.open(self.path, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Remove it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _sweep(directory: Path) -> None:
    for left in directory.glob(f"{PREFIX}*"):
        try:
            lock = os.open(left, os.O_RDONLY)
        except OSError:
            continue  # another user's, or just removed
        try:
            if time.time() - left.stat().st_mtime > YOUNG_SECONDS:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
        except OSError:
            continue  # it is in use
        finally:
            os.close(lock)
