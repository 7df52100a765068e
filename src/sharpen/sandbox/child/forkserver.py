"""What a zygote does when it is warm: forks a child a program, ends it, says how it ended.

- It acts only when asked: ``FORK`` (with the child's socket and, for a script, its input and output),
  ``END`` (kill what was forked and all it left behind, say how it ended, empty the scratch directory).
- What is used here and in a child lies close together in memory, and little of it is Python's larger modules:
  each page that is written to after a fork, be it for a reference count, costs 2 to 3 microseconds.
"""

import ctypes
import gc
import marshal
import math
import os
import resource
import struct
import sys
import time
from _signal import SIGKILL  # type: ignore[import-not-found]  # the signal module wraps it in an enum
from _socket import CMSG_SPACE, socket  # the socket module loads three libraries more
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sharpen.sandbox.child import child, isolation, seccomp

if TYPE_CHECKING:
    from sharpen.sandbox.child.zygote import Settings

FORK, END = 1, 2
REQUEST = struct.Struct("=BdQQQ")
"""Operation, seconds (of processor time, or of patience), bytes of memory and of a file, threads."""
ENDING = struct.Struct("=??idQ")
"""Whether the layers were in place, whether the child ended by itself, status, processor seconds, peak."""

_DESCRIPTORS = CMSG_SPACE(3 * struct.calcsize("i"))
_READY = isolation.OPEN_FILES - 1
"""The descriptor on which a child says that every layer is in place, before it closes it."""
_OWN_MEMORY, _OWN_PROCESSES = 1 << 29, 4
"""What a zygote may use itself of its cgroup, and what is left in the scratch directory."""
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
_leave = os._exit  # bound before any program can replace it
_fork = ctypes.PyDLL(None).fork
"""The plain call: ``os.fork`` also has every module set itself right in the child, for a millisecond."""
_first_in_namespace = 1


class ForkServer:
    """The zygote's side of the control socket, in an interpreter that has its tier's imports."""

    def __init__(self, control: socket, settings: "Settings", group: str | None, *, hidden: bool) -> None:
        self.control, self.settings, self.hidden = control, settings, hidden
        self.uid = None if "user" in settings.without else settings.uid
        self.group = group if group and isolation.enter_cgroup(group) else None
        self.counted = (0, 0)
        self.process = 0
        self.heard, told = os.pipe()
        os.set_blocking(self.heard, False)
        os.dup2(told, _READY)
        os.close(told)
        self.ruleset: int | None = None
        self.mounted = False

    def serve(self) -> None:
        """Try the layers, say which hold, and do what is asked until nobody asks."""
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
        child.rehearse()
        child.prepare()
        gc.collect()
        gc.freeze()
        self.held = self.probe()
        self.control.sendall(marshal.dumps(sorted(self.held)))
        while True:
            data, sent, _, _ = self.control.recvmsg(REQUEST.size, _DESCRIPTORS)
            if len(data) < REQUEST.size:
                return
            operation, seconds, *sizes = REQUEST.unpack(data)
            if operation == FORK:
                self.fork(memoryview(sent[0][2]).cast("i").tolist(), seconds, *sizes)
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
        os.dup2(channel, child.CHANNEL)
        os.closerange(child.CHANNEL + 1, _READY)
        if "syscalls" in self.held:
            done.append(layers["syscalls"]())
        if not all(done):
            return
        os.write(_READY, b"1")
        os.close(_READY)
        child.serve()

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
        return ENDING.pack(self.was_ready(), alone, status, cpu, peak * _PEAK_UNIT)

    def was_ready(self) -> bool:
        """Return whether the child has said that every layer is in place."""
        try:
            return bool(os.read(self.heard, 1))
        except BlockingIOError:
            return False

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
                    isolation.remove_directory(entry.path)
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
