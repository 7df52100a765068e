"""Pipes that are numbered in the program's scratch directory, and not for the whole machine.

The kernel has one count for all pipes and sockets (``get_next_ino``). A program that made many would move it,
and the next one could read it off a pipe of its own. So the filter refuses both to programs in Python, and
they get:

- as ``os.pipe``, a named pipe in the scratch directory whose name is removed once both ends are open;
- in event loops of asyncio, such a pipe in place of the pair of sockets by which threads and signals wake
  them.
"""

import os
import posix
import sys
from _frozen_importlib import ModuleSpec
from _frozen_importlib_external import PathFinder
from collections.abc import Iterator, Sequence
from errno import EINVAL
from itertools import count
from types import ModuleType

_mkfifo, _open, _close, _unlink, _read, _write = os.mkfifo, os.open, os.close, os.unlink, os.read, os.write
_set_blocking, _set_inheritable = os.set_blocking, os.set_inheritable  # before any program can replace them
_PERMISSIONS = 0o600
_EVENT_LOOPS = "asyncio.selector_events"


class _Pipes:
    """What takes the place of ``os.pipe`` and ``os.pipe2``; names are made in ``folder``."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.names: Iterator[int] = count()

    def pipe(self) -> tuple[int, int]:
        """Create a pipe; return its end for reading and its end for writing, neither inheritable."""
        return self.pipe2(os.O_CLOEXEC)

    def pipe2(self, flags: int) -> tuple[int, int]:
        """Create a pipe with ``O_NONBLOCK`` and ``O_CLOEXEC`` as ``flags`` say.

        Raises:
            OSError: there are other flags, too many open files, or too many files in the scratch directory.
        """
        if flags & ~(os.O_NONBLOCK | os.O_CLOEXEC):
            raise OSError(EINVAL, os.strerror(EINVAL))
        reading, writing = self._both_ends()
        for end in (reading, writing):
            _set_blocking(end, not flags & os.O_NONBLOCK)
            _set_inheritable(end, not flags & os.O_CLOEXEC)
        return reading, writing

    def _both_ends(self) -> tuple[int, int]:
        name = f"{self.folder}/.pipe-{next(self.names)}"
        _mkfifo(name, _PERMISSIONS)
        try:
            reading = _open(name, os.O_RDONLY | os.O_NONBLOCK)  # without waiting for somebody who writes
            try:
                return reading, _open(name, os.O_WRONLY)
            except OSError:
                _close(reading)
                raise
        finally:
            _unlink(name)

    def wakeup_pair(self) -> tuple["_End", "_End"]:
        """Return what an event loop reads from, and what wakes it."""
        reading, writing = self.pipe()
        return _End(reading), _End(writing)


class _End:
    """One end of a pipe, with what an event loop uses of a socket."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def fileno(self) -> int:
        return self.descriptor

    def setblocking(self, flag: bool) -> None:
        _set_blocking(self.descriptor, flag)

    def recv(self, size: int) -> bytes:
        return _read(self.descriptor, size)

    def send(self, data: bytes) -> int:
        return _write(self.descriptor, data)

    def close(self) -> None:
        descriptor, self.descriptor = self.descriptor, -1
        if descriptor >= 0:
            _close(descriptor)


class _Finder:
    """Finds asyncio's event loops for the import system, and changes them as soon as they are loaded."""

    def __init__(self, pipes: _Pipes) -> None:
        self.pipes = pipes

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name == _EVENT_LOOPS else None
        if spec is None or spec.loader is None:
            return None
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            _wake_by_pipes(module, self.pipes)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]  # a loader is made for each module
        return spec


def _wake_by_pipes(module: ModuleType, pipes: _Pipes) -> None:
    """Give asyncio's event loops a ``socket`` module of their own, whose pairs are pipes."""
    sockets = ModuleType("socket")
    vars(sockets).update(vars(module.socket), socketpair=pipes.wakeup_pair)
    module.socket = sockets  # type: ignore[attr-defined]


def install(folder: str) -> None:
    """Have this process and its forks make pipes in ``folder``."""
    pipes = _Pipes(folder)
    for module in (os, posix):
        vars(module).update(pipe=pipes.pipe, pipe2=pipes.pipe2)
    sys.meta_path.insert(0, _Finder(pipes))
    if _EVENT_LOOPS in sys.modules:  # a package of the tier has loaded it
        _wake_by_pipes(sys.modules[_EVENT_LOOPS], pipes)
