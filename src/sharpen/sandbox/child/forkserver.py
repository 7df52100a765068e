"""What a zygote does when it is warm: forks a child a program, ends it, says how it ended.

- It acts only when asked: ``FORK`` (with the child's socket and, for a script, its input and output),
  ``END`` (kill what was forked and all it left behind, say how it ended, remove what it wrote).
- Nothing that a child can change outlives it, or it could hand on to the next what it learnt of its tests:
  each has its own open files, scratch directory and process number, and is a copy of a process whose memory
  stays as it is (:mod:`.template`). What is left is in docs/sandbox.md.
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
from _socket import (  # the socket module loads three libraries more
    CMSG_SPACE,
    SCM_RIGHTS,
    SOL_SOCKET,
    socket,
    socketpair,
)
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from sharpen.sandbox.child import child, foreign, isolation, pipes, root, seccomp, template
from sharpen.sandbox.child.visible import COPIED, Visible

if TYPE_CHECKING:
    from sharpen.sandbox.child.zygote import ZygoteSettings

STREAMS = ("stdin", "stdout", "stderr")
"""The files that a script gets, in the order of their descriptors; one in Python has no third."""

FORK, END = 1, 2
REQUEST = struct.Struct("=BdQQQ")
"""Operation, seconds (of processor time, or until it is killed), bytes of memory and of a file, threads."""
ENDING = struct.Struct("=??idQ")
"""Whether the layers were in place, whether the child ended by itself, status, processor seconds, peak."""

_DESCRIPTORS = CMSG_SPACE(4 * struct.calcsize("i"))
_READY = isolation.OPEN_FILES - 1
"""The descriptor on which a child says that every layer is in place, before it closes it."""
_OWN_MEMORY, _OWN_PROCESSES = 1 << 29, 4
"""What a zygote may use itself of its cgroup, and what is left in the scratch directory."""
_FEW_FILES, _SEARCHED = 16, 0o111
"""Of the memory that holds a script's input and output: its number of files and its mode."""
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024
_leave = os._exit  # bound before any program can replace it
_fork = ctypes.PyDLL(None).fork
"""The plain call: ``os.fork`` also has every module set itself right in the child, for a millisecond."""
_first_in_namespace = 1
TEMPLATE = 300
"""The number of the template in the process namespace: far from those of a program and its threads."""
_ANY = -1
_BORN = b"1"
"""What asks the template for a child."""
_NUMBER = struct.Struct("=i")
"""What a child answers: its number."""
_THREADS_OF_OTHERS = 1000
"""How many more threads the user may start elsewhere before a program gets fewer than its limit allows."""


class ForkServer:
    """The zygote's side of the control socket, in an interpreter that has its tier's imports."""

    def __init__(
        self, control: socket, settings: "ZygoteSettings", group: str | None, *, hidden: bool
    ) -> None:
        self.control, self.settings, self.hidden = control, settings, hidden
        self.uid = None if "user" in settings.without else settings.uid
        self.group: int | None = None
        if group and isolation.enter_cgroup(group):
            self.group = os.open(group, os.O_PATH)
            self.proc = os.open("/proc", os.O_PATH)
        self.counted = (0, 0)
        self.counter = isolation.process_counter() if hidden else None
        self.threads = isolation.count_tasks(os.getuid()) + _THREADS_OF_OTHERS
        self.home = os.path.dirname(settings.scratch)  # noqa: PTH120 - pathlib is not loaded here
        self.in_and_out = f"{self.home}/{root.IN_AND_OUT}"
        self.process = self.template = 0
        self.streams: list[int] = []
        self.heard, ready = os.pipe()
        os.set_blocking(self.heard, False)
        os.dup2(ready, _READY)
        os.close(ready)

    def serve(self, seen: Visible, *, rooted: bool) -> None:
        """Try the layers, say which hold, and do what is asked until nobody asks.

        ``seen`` is what programs may read; ``rooted`` whether this process has a root directory of its own.
        """
        self.rooted = rooted
        isolation.gain_nothing()
        self.ruleset = self.file_rules(seen)
        self.keep_read = self.may_keep_read(seen)
        if self.keep_read:
            isolation.keep_capabilities()
        if not _holds(self.drop_privileges):  # root without the right to become another user
            self.uid = None
        self.memory = root.memory_options(isolation.SCRATCH_BYTES, isolation.SCRATCH_FILES, 0o700, self.uid)
        purpose = self.settings.purpose
        self.filter = None if "syscalls" in self.settings.without else seccomp.of_this_machine(purpose)
        if not rooted:
            self.prepare_directory()
        self.held = frozenset(isolation.LAYERS + isolation.OPTIONAL) - {*self.settings.without}
        if "limits" in self.held:
            isolation.limit_all()
        if self.settings.purpose == "python":
            child.rehearse()
            child.prepare()
            if self.filter is not None:
                pipes.install(self.settings.scratch)
        gc.collect()
        gc.freeze()
        self.held = self.probe()
        self.start_template()
        self.control.sendall(marshal.dumps(sorted(self.held)))
        while True:
            data, sent, _, _ = self.control.recvmsg(REQUEST.size, _DESCRIPTORS)
            if len(data) < REQUEST.size:
                return
            operation, seconds, *sizes = REQUEST.unpack(data)
            if operation == FORK:
                self.fork(data, memoryview(sent[0][2]).cast("i").tolist(), seconds, *sizes)
            else:
                self.control.sendall(self.end(seconds))
                self.remove_what_was_written()  # after the answer: the kernel takes its time for it

    def file_rules(self, seen: Visible) -> int | None:
        """Return the Landlock ruleset of all children; None without it."""
        if "files" in self.settings.without:
            return None
        executable = self.settings.purpose != "python"
        if (
            self.rooted
        ):  # what is in the root may be read; a rule for a mount holds from the directory above on
            place = os.path.dirname(self.home)  # noqa: PTH120
            return isolation.file_rules(place, ["/"], [], executable=executable)
        readable = [*seen.readable, *COPIED]
        return isolation.file_rules(self.settings.scratch, readable, seen.listed, executable=executable)

    def may_keep_read(self, seen: Visible) -> bool:
        """Return whether children need the right to read past permissions, and may have it.

        Raises:
            PermissionError: they need it, and nothing would limit what they read.
        """
        if self.uid is None or not self.settings.keep_read or (self.rooted and seen.open_to_all()):
            return False
        if self.ruleset is None and not self.rooted:
            text = (
                f"programs run as another user, who cannot read the Python in {sys.base_prefix} or its "
                "packages, and without Landlock they do not get root's right to read every file: install "
                "Python where all users can read it, or start sharpen as another user"
            )
            raise PermissionError(text)
        return True

    def prepare_directory(self) -> None:
        """Make the directory on the disk that is the scratch directory of one child after the other."""
        if self.uid is not None:
            os.chown(self.settings.scratch, self.uid, self.uid)
        os.chdir(self.settings.scratch)

    def new_scratch(self, given: list[int]) -> list[int]:
        """Give the next child an empty directory in memory and, for a script, copies of its streams.

        The numbers of new files are counted in each such memory from one; those of the judge's files are not.
        """
        if not root.mount_memory(self.settings.scratch, self.memory):
            raise OSError("no memory can be had for the scratch directory")
        if not given:
            return []
        size = isolation.SCRATCH_BYTES + sum(os.fstat(stream).st_size for stream in given)
        if not root.mount_memory(self.in_and_out, root.memory_options(size, _FEW_FILES, _SEARCHED)):
            raise OSError("no memory can be had for a script's streams")
        own = [self.new_stream(name) for name, _ in zip(STREAMS, given, strict=False)]
        _copy(given[0], own[0])
        return own

    def new_stream(self, name: str) -> int:
        """Make a file beside the scratch directory, which is /dev/stdin, /dev/stdout or /dev/stderr."""
        descriptor = os.open(f"{self.in_and_out}/{name}", os.O_CREAT | os.O_RDWR)
        if self.uid is not None:
            os.fchown(descriptor, self.uid, self.uid)
        return descriptor

    def probe(self) -> frozenset[str]:
        """Return the layers that hold on this machine, each tried by a child of its own."""
        held = {"namespaces"} if self.hidden else set()
        if self.rooted:
            held.add("scratch")
        if self.group is not None:
            held.add("cgroup")
        layers = self.layers(10, 2**40, 2**30, 64)
        held |= {layer for layer, apply in layers.items() if _holds(apply)}
        return frozenset(held - {*self.settings.without})

    def layers(self, cpu: int, memory: int, file_size: int, processes: int) -> dict[str, Callable[[], bool]]:
        """Return what a child does for each layer, in the order in which it must be done."""
        # Without a user or a namespace of its own the count is that of all processes of the user.
        threads = processes if self.uid is not None or self.hidden else processes + self.threads
        ruleset, calls = self.ruleset, self.filter
        return {
            "limits": lambda: isolation.limit_resources(
                cpu=cpu, memory=memory, file_size=file_size, processes=threads
            ),
            "user": self.drop_privileges,
            "files": lambda: ruleset is not None and isolation.confine_files(ruleset),
            "syscalls": lambda: calls is not None and calls.install(),
        }

    def start_template(self) -> None:
        """Start what children are copies of, where all is there that it relies on.

        No child may leave a process behind, which could only be ended with all others of the namespace.
        """
        place = template.thread_number_place()
        python = self.settings.purpose == "python" and "syscalls" in self.held
        if not python or self.counter is None or place is None or os.getpid() != _first_in_namespace:
            return
        self.requests, theirs = socketpair()  # for the children
        asked, self.asking = os.pipe()  # for the template, which must not read what is meant for a child
        os.pwrite(self.counter, b"%d" % (TEMPLATE - 1), 0)
        self.template = _fork()
        if self.template == 0:
            try:
                self.requests.close()
                os.close(self.asking)
                if template.become(asked, place):
                    self.serve_as_copy(theirs)
            finally:
                _leave(1)
        theirs.close()
        os.close(asked)

    def serve_as_copy(self, requests: socket) -> None:
        """Serve as a copy of the template."""
        data, sent, _, _ = requests.recvmsg(REQUEST.size, _DESCRIPTORS)
        # from now on it may be killed: the next would find what it had not read
        requests.send(_NUMBER.pack(os.getpid()))
        _, seconds, *sizes = REQUEST.unpack(data)
        channel, *streams = memoryview(sent[0][2]).cast("i").tolist()
        self.become_child(channel, streams, seconds, *sizes)

    def fork_template(self, request: bytes, descriptors: list[int]) -> int:
        """Have the template make a child, and return its number.

        That is the next one that no thread of this process has: some libraries start threads when they are
        imported.

        Raises:
            OSError: it has ended, or cannot have another process.
        """
        os.write(self.asking, _BORN)
        packed = struct.pack(f"{len(descriptors)}i", *descriptors)
        self.requests.sendmsg([request], [(SOL_SOCKET, SCM_RIGHTS, packed)])
        answer = self.requests.recv(_NUMBER.size)
        if len(answer) < _NUMBER.size:
            raise OSError("no child can be forked")
        number: int = _NUMBER.unpack(answer)[0]
        return number

    def drop_privileges(self) -> bool:
        """Become the user of this slot, for good."""
        return isolation.drop_privileges(self.uid, keep_read=self.keep_read)

    def fork(self, request: bytes, descriptors: list[int], seconds: float, *sizes: int) -> None:
        """Make a child that serves the first of ``descriptors``; the rest are a script's input and output."""
        if self.group is not None:
            self.count(self.group, sizes[0], sizes[2])
        channel, *given = descriptors
        own = self.new_scratch(given) if self.rooted else given
        if self.counter is not None:
            os.pwrite(self.counter, b"%d" % _first_in_namespace, 0)
        if self.template:
            self.process = self.fork_template(request, [channel, *own])
        else:
            self.process = _fork()
        if self.process == 0:
            try:
                self.become_child(channel, own, seconds, *sizes)
            finally:
                _leave(1)
        self.process = max(self.process, 0)  # -1: no process to be had, and END says that nothing was ready
        os.close(channel)
        self.streams = [*given, *own] if self.rooted else given

    def count(self, group: int, memory: int, processes: int) -> None:
        """Limit the memory of the next child and this process, where the limits have changed."""
        wanted = memory + _OWN_MEMORY, processes + _OWN_PROCESSES
        if wanted != self.counted and isolation.limit_cgroup(group, *wanted):
            self.counted = wanted

    def become_child(self, channel: int, streams: list[int], seconds: float, *sizes: int) -> None:
        """Arrange descriptors, put every layer in place, and serve."""
        if self.rooted:
            os.chdir(self.settings.scratch)
        null = os.open(os.devnull, os.O_RDWR)  # one of its own: what it sets on it ends with it
        for target, stream in enumerate((*streams, null, null, null)[:3]):
            os.dup2(stream, target)
        layers = self.layers(math.ceil(seconds) + 1, *sizes)
        done = [apply() for name, apply in layers.items() if name in self.held and name != "syscalls"]
        isolation.die_with_parent()
        isolation.hide_memory()
        if self.group is not None:
            isolation.die_first(self.proc)
        os.dup2(channel, child.CHANNEL)
        os.closerange(child.CHANNEL + 1, _READY)
        if "syscalls" in self.held:
            done.append(layers["syscalls"]())
        if not all(done):
            return
        os.write(_READY, b"1")
        os.close(_READY)
        child.serve() if self.settings.purpose == "python" else foreign.serve()

    def end(self, seconds: float) -> bytes:
        """End the child and whatever it left behind; return an :data:`ENDING`."""
        alone, status, cpu, peak = False, 0, 0.0, 0
        end = time.monotonic() + seconds
        while self.process:
            ended, status, usage = os.wait4(self.process, os.WNOHANG)
            alone = ended == self.process
            if alone:
                cpu, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss
            if alone or time.monotonic() >= end:
                break
            time.sleep(0.001)
        if not (alone and (self.template or _nobody_left())):
            self.kill()
        for ended, last, usage in _dead_children(self.process if self.template else _ANY):
            cpu, peak = cpu + usage.ru_utime + usage.ru_stime, max(peak, usage.ru_maxrss)
            status = last if ended == self.process else status
        self.process = 0
        if self.rooted and self.streams:
            count = len(self.streams) // 2
            for printed, own in zip(self.streams[1:count], self.streams[count + 1 :], strict=True):
                _copy(own, printed)
        return ENDING.pack(self.was_ready(), alone, status, cpu, peak * _PEAK_UNIT)

    def was_ready(self) -> bool:
        """Return whether the child has said that every layer is in place."""
        try:
            return bool(os.read(self.heard, 1))
        except BlockingIOError:
            return False

    def kill(self) -> None:
        """Kill every process below this one, but for the template, whose children start none."""
        with suppress(ProcessLookupError):
            if os.getpid() == _first_in_namespace and not self.template:
                os.kill(-1, SIGKILL)
            elif self.process:
                os.kill(self.process, SIGKILL)

    def remove_what_was_written(self) -> None:
        """Remove what the last child wrote, with the memory that it was written to."""
        had_streams = bool(self.streams)
        for descriptor in self.streams:
            os.close(descriptor)
        self.streams = []
        if self.rooted:
            root.unmount(self.settings.scratch)
            if had_streams:
                root.unmount(self.in_and_out)
        else:
            isolation.empty_directory(self.settings.scratch)
            os.chdir(self.settings.scratch)


def _copy(source: int, target: int) -> None:
    """Copy a whole file; the target's place is its start afterwards."""
    size, done = os.fstat(source).st_size, 0
    while done < size:
        done += os.sendfile(target, source, done, size - done)
    os.lseek(target, 0, os.SEEK_SET)


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


def _dead_children(which: int) -> list[tuple[int, int, resource.struct_rusage]]:
    ended = []
    while True:
        try:
            ended.append(os.wait4(which, 0))
        except ChildProcessError:
            return ended
