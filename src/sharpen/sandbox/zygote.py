"""The warm fork server of one slot: an interpreter with a tier's imports, which forks a child a program.

::

    judge ----- control socket -----> launcher: enters the namespaces, waits, cleans up
      |                                  | fork: the first process of a new process namespace
      |                               zygote
      |                                  | fork, once a program
      `---- socket of the program --> child (child.py), behind the layers of isolation.py

- A zygote is started before any test is known to it; what it never had no child can read.
- It acts only when asked: ``FORK`` (with the child's socket and, for a script, its input and output),
  ``END`` (kill what was forked and all it left behind, say how it ended, empty the scratch directory).
- It ends when the judge does, and in a process namespace its end is the end of every child.
- A child takes over the state of ``random`` (and numpy's), which is seeded: what programs draw repeats.
- A fork costs by the pages and libraries that are mapped, and each page that a child writes to is copied, be
  it for a reference count. So little is loaded; garbage collection is frozen; what a child does is rehearsed,
  so that the interpreter has written what it keeps; and what a child uses lies close together.
"""

import ctypes
import gc
import marshal
import math
import mmap
import os
import resource
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from signal import SIGKILL
from types import ModuleType
from typing import NamedTuple

from sharpen.sandbox import isolation, seccomp

FORK, END = 1, 2
REQUEST = struct.Struct("=BdQQQ")
"""Operation, seconds (of processor time, or of patience), bytes of memory and of a file, threads."""
ENDING = struct.Struct("=??idQ")
"""Whether the layers were in place, whether the child ended by itself, status, processor seconds, peak."""

BARE = (
    "__future__ abc bisect builtins collections contextlib copy enum functools heapq io itertools json math "
    "operator os random re string struct sys time types typing"
)
"""What most programs import, if anything, and little more than the interpreter and a child need."""

_STDLIB = (
    f"{BARE} cmath datetime calendar decimal fractions statistics hashlib dataclasses textwrap array numbers "
    "secrets ast traceback threading atexit"
)
TIERS = {
    "bare": BARE,
    "library": _STDLIB,
    "numpy": f"{_STDLIB} numpy numpy.linalg numpy.random",
    "pandas": f"{_STDLIB} numpy numpy.linalg numpy.random pandas scipy scipy.stats",
}
"""What each tier of zygotes has imported; what a machine has not is left out."""

_OWN_MEMORY, _OWN_PROCESSES = 1 << 29, 4
"""What a zygote may use itself of its cgroup, and what is left in the scratch directory."""
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
_leave = os._exit  # bound before any program can replace it
_fork = ctypes.PyDLL(None).fork
"""The plain call: ``os.fork`` also has every module set itself right in the child, for a millisecond."""
_first_in_namespace = 1


class Settings(NamedTuple):
    """What a zygote is told at its start.

    Attributes:
        scratch: the directory that programs may write to.
        tier: a key of :data:`TIERS`.
        uid: the user that programs run as, when the harness is root.
        keep_read: whether that user could not read the interpreter.
        site: directories of packages.
        readable: what must be readable for the interpreter to run.
        without: layers that are left out, to show what they are for.
    """

    scratch: str
    tier: str
    uid: int | None
    keep_read: bool
    site: list[str]
    readable: list[str]
    without: list[str]


def main(descriptor: int, scratch: str) -> None:
    """Serve the judge at the other end of ``descriptor`` until it leaves; ``scratch`` is an empty place."""
    control = socket.socket(fileno=descriptor)
    settings = Settings(scratch, *marshal.loads(control.recv(1 << 16)))  # noqa: S302 - from our own judge
    for which in (resource.RLIMIT_CPU, resource.RLIMIT_AS):  # the judge's own are not ours
        resource.setrlimit(which, (resource.getrlimit(which)[1],) * 2)
    group = None if "cgroup" in settings.without else isolation.new_cgroup(f"sharpen-{os.getpid()}")
    hidden = "namespaces" not in settings.without and isolation.new_namespaces()
    zygote = os.fork()
    if zygote == 0:
        isolation.die_with_parent()
        _Zygote(control, settings, group, hidden=hidden).serve()
        _leave(0)
    control.sendall(struct.pack("=i", zygote))
    control.close()
    os.waitpid(zygote, 0)
    if group:
        isolation.remove_cgroup(group)
    isolation.unmount_scratch(settings.scratch)
    _remove(settings.scratch, ignore_errors=True)


class _Zygote:
    def __init__(
        self, control: socket.socket, settings: Settings, group: str | None, *, hidden: bool
    ) -> None:
        self.control, self.settings, self.hidden = control, settings, hidden
        self.uid = None if "user" in settings.without else settings.uid
        self.group = group if group and isolation.enter_cgroup(group) else None
        self.counted = (0, 0)
        self.process = 0
        self.ready = mmap.mmap(-1, 1)
        self.ruleset: int | None = None
        self.mounted = False

    def serve(self) -> None:
        """Get warm, try the layers, say which hold, and do what is asked until nobody asks."""
        _load(self.settings)
        self.child = _load_child()
        isolation.gain_nothing()
        if self.uid is not None and self.settings.keep_read:
            isolation.keep_capabilities()
        if not _holds(self.drop_privileges):  # root without the right to become another user
            self.uid = None
        self.filter = None if "syscalls" in self.settings.without else seccomp.of_this_machine()
        self.prepare_scratch()
        self.held = frozenset(isolation.LAYERS + isolation.OPTIONAL) - {*self.settings.without}
        if "limits" in self.held:
            isolation.limit_all()
        self.child.rehearse()
        self.child.prepare()
        gc.collect()
        gc.freeze()
        self.held = self.probe()
        self.control.sendall(marshal.dumps(sorted(self.held)))
        while True:
            data, descriptors, _, _ = socket.recv_fds(self.control, REQUEST.size, 3)
            if len(data) < REQUEST.size:
                return
            operation, seconds, *sizes = REQUEST.unpack(data)
            if operation == FORK:
                self.fork(descriptors, seconds, *sizes)
            else:
                self.control.sendall(self.end(seconds))

    def prepare_scratch(self) -> None:
        """Give the next child an empty directory of its own."""
        place, uid = self.settings.scratch, self.uid
        if self.ruleset is not None:
            os.close(self.ruleset)
        if self.mounted:
            os.chdir("/")
            isolation.unmount_scratch(place)
        owner, group = (os.getuid(), os.getgid()) if uid is None else (uid, uid)
        tried = self.hidden and "scratch" not in self.settings.without
        self.mounted = tried and isolation.mount_scratch(place, owner, group)
        if uid is not None and not self.mounted:
            os.chown(place, uid, uid)
        os.chdir(place)
        without = "files" in self.settings.without
        self.ruleset = None if without else isolation.file_rules(place, self.settings.readable)

    def probe(self) -> frozenset[str]:
        """Return the layers that hold on this machine, each tried by a child of its own."""
        held = {"namespaces"} if self.hidden else set()
        if self.mounted:
            held.add("scratch")
        if self.group:
            held.add("cgroup")
        layers = self.layers(10, 2**40, 2**30, 64)
        held |= {layer for layer, apply in layers.items() if _holds(apply)}
        return frozenset(held - {*self.settings.without})

    def layers(self, cpu: int, memory: int, file_size: int, processes: int) -> dict[str, Callable[[], bool]]:
        """Return what a child does for each layer, in the order in which it must be done."""
        # Without a user or a namespace of its own the count would be that of all of a person's processes.
        threads = processes if self.uid is not None or self.hidden else None
        ruleset, calls = self.ruleset, self.filter
        return {
            "limits": lambda: isolation.limit_resources(
                cpu=cpu, memory=memory, file_size=file_size, processes=threads
            ),
            "user": self.drop_privileges,
            "files": lambda: ruleset is not None and isolation.confine_files(ruleset),
            "syscalls": lambda: calls is not None and calls.install(),
        }

    def drop_privileges(self) -> bool:
        """Become the user of this slot, for good."""
        keep_read = self.uid is not None and self.settings.keep_read
        return isolation.drop_privileges(self.uid, keep_read=keep_read)

    def fork(self, descriptors: list[int], seconds: float, *sizes: int) -> None:
        """Make a child that serves the first of ``descriptors``."""
        self.ready[0] = 0
        if self.group:
            self.count(self.group, sizes[0], sizes[2])
        self.process = _fork()
        if self.process == 0:
            try:
                self.become_child(descriptors, seconds, *sizes)
            finally:
                _leave(1)
        self.process = max(self.process, 0)  # -1: no process to be had, and END says that nothing was ready
        for descriptor in descriptors:
            os.close(descriptor)

    def count(self, group: str, memory: int, processes: int) -> None:
        """Limit the memory of the next child and this process, where the limits have changed."""
        wanted = memory + _OWN_MEMORY, processes + _OWN_PROCESSES
        if wanted != self.counted and isolation.limit_cgroup(group, *wanted):
            self.counted = wanted

    def become_child(self, descriptors: list[int], seconds: float, *sizes: int) -> None:
        """Arrange descriptors, lock every door, and serve."""
        channel, *streams = descriptors
        for target, stream in enumerate(streams):
            os.dup2(stream, target)
        layers = self.layers(math.ceil(seconds) + 1, *sizes)
        done = [apply() for name, apply in layers.items() if name in self.held and name != "syscalls"]
        isolation.die_with_parent()
        isolation.hide_memory()
        if self.group:
            isolation.die_first()
        os.dup2(channel, self.child.CHANNEL)
        os.closerange(self.child.CHANNEL + 1, isolation.OPEN_FILES)
        if "syscalls" in self.held:
            done.append(layers["syscalls"]())
        if not all(done):
            return
        self.ready[0] = 1
        self.ready.close()
        self.child.serve()

    def end(self, patience: float) -> bytes:
        """End the child and whatever it left behind; return an :data:`ENDING`."""
        alone, status, cpu, peak = False, 0, 0.0, 0
        end = time.monotonic() + patience
        while self.process:
            found, status, usage = os.wait4(self.process, os.WNOHANG)
            alone = found == self.process
            if alone:
                cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
            if alone or time.monotonic() >= end:
                break
            time.sleep(0.001)
        if not (alone and _nobody_left()):
            self.kill()
        for found, last, usage in _dead_children():
            cpu, peak = cpu + usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss)
            status = last if found == self.process else status
        self.process = 0
        if os.listdir("."):  # noqa: PTH208 - pathlib is not loaded here
            self.empty_scratch()
        return ENDING.pack(self.ready[0] == 1, alone, status, cpu, peak * _PEAK_UNIT)

    def kill(self) -> None:
        """Kill every process below this one."""
        with suppress(ProcessLookupError):
            if os.getpid() == _first_in_namespace:
                os.kill(-1, SIGKILL)
            elif self.process:
                os.kill(self.process, SIGKILL)

    def empty_scratch(self) -> None:
        """Remove what a program wrote."""
        if not self.mounted:
            for entry in os.scandir("."):
                if entry.is_dir(follow_symlinks=False):
                    _remove(entry.path)
                else:
                    os.unlink(entry.path)  # noqa: PTH108
        self.prepare_scratch()


def _holds(apply: Callable[[], bool]) -> bool:
    """Return whether a child of its own can put a layer in place."""
    process = os.fork()
    if process == 0:
        with suppress(OSError):
            _leave(0 if apply() else 1)
        _leave(1)
    return os.waitpid(process, 0)[1] == 0


def _nobody_left() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def _dead_children() -> list[tuple[int, int, resource.struct_rusage]]:
    found = []
    while True:
        try:
            found.append(os.wait4(-1, 0))
        except ChildProcessError:
            return found


def _load(settings: Settings) -> None:
    """Import what the tier has, and leave nothing of the harness where a program would look first."""
    import builtins
    from importlib import import_module

    sys.path.extend(settings.site)
    for name in TIERS[settings.tier].split():
        with suppress(ImportError):  # not installed here: the program's own import will say so
            import_module(name)
    sys.modules["random"].seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    sitebuiltins = import_module("_sitebuiltins")
    builtins.exit = builtins.quit = sitebuiltins.Quitter("exit", "Ctrl-D")
    sys.argv = ["solution.py"]
    sys.dont_write_bytecode = True


def _load_child() -> ModuleType:
    """Import what children run, into places of its own, and leave no module of the harness to be found."""
    _holes.extend(_fill_holes())
    from sharpen.sandbox import child

    for name in [name for name in sys.modules if name.partition(".")[0] == "sharpen"]:
        del sys.modules[name]
    sys.modules["__main__"] = type(sys)("__main__")
    return child


_holes: list[object] = []
_POOL_BYTES = 1 << 14
_LARGEST_BLOCK = 512


def _fill_holes() -> Iterator[object]:
    """Yield objects that fill the places between others, until the next of each size starts a new pool.

    Python's allocator keeps objects of a size in pools of 16 KiB and fills old ones first.
    """
    header = sys.getsizeof(b"")
    for size in range(48, _LARGEST_BLOCK + 1, 16):
        filler = bytes(size - header)
        while id(filler) % _POOL_BYTES > size:
            yield filler
            filler = bytes(size - header)


def _remove(place: str, *, ignore_errors: bool = False) -> None:
    import shutil  # and all that it loads; most programs leave nothing behind

    shutil.rmtree(place, ignore_errors)
