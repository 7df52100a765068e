"""The judge's handle of a zygote."""

import marshal
import socket
import struct
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sharpen.sandbox.child.forkserver import END, ENDING, FORK, REQUEST
from sharpen.sandbox.child.seccomp import Purpose
from sharpen.sandbox.judge.channel import children
from sharpen.sandbox.launch import START_SECONDS, HarnessFaultError, Interpreter, last_words, start

ANSWER_SECONDS = 60.0
"""How long a zygote may take to answer on a busy machine."""


@dataclass(frozen=True, slots=True)
class ZygoteSlot:
    """What the zygotes of one slot share.

    Attributes:
        folder: where they make their scratch directories.
        uid: the user that programs run as; None when the harness is not root.
        without: layers that are left out, to show what they are for.
        lifeline: a descriptor that all hold as long as they live.
    """

    interpreter: Interpreter
    folder: Path
    uid: int | None
    without: tuple[str, ...]
    lifeline: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended.

    Attributes:
        ready: whether every layer was in place before the program ran.
        alone: whether it ended by itself.
        status: the wait status.
        cpu_seconds: user and system time of it and of what it left behind.
        peak_bytes: resident memory.
    """

    ready: bool
    alone: bool
    status: int
    cpu_seconds: float
    peak_bytes: int


class Zygote:
    """The judge's handle of a zygote; any failure of it is a :class:`HarnessFaultError`.

    Attributes:
        process: its number.
        others: how many children it has besides the one that it makes for a program.
        layers: those that hold.
    """

    def __init__(
        self, slot: ZygoteSlot, tier: str, purpose: Purpose = "python", tools: Sequence[str] = ()
    ) -> None:
        self.folder = slot.folder / tier
        scratch = self.folder / "scratch"
        scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o711)  # the program's user must be able to reach its directory in it
        self.control, theirs = socket.socketpair()
        self.control.settimeout(START_SECONDS)
        with theirs:
            descriptors = (theirs.fileno(), slot.lifeline)
            arguments = theirs.fileno(), str(scratch)
            ours = slot.interpreter
            self.launcher = start(
                ours.executable,
                "child.zygote",
                *arguments,
                pass_fds=descriptors,
                folder=self.folder,
                hash_seed=ours.hash_seed,
            )
        settings = (
            tier, slot.uid, ours.keep_read, list(ours.site), list(slot.without), purpose, list(tools)
        )  # fmt: skip
        self._send(marshal.dumps(settings))
        (self.process,) = struct.unpack("=i", self._receive(4))
        self.layers = frozenset(marshal.loads(self._receive(0)))  # noqa: S302 - from our own zygote
        self.others = _number_of_children(self.process)
        self.control.settimeout(ANSWER_SECONDS)

    def fork(
        self, descriptors: list[int], *, cpu_seconds: float, memory: int, file_size: int, threads: int
    ) -> None:
        """Have a child made that serves the socket ``descriptors[0]``; the rest is its input and output."""
        request = REQUEST.pack(FORK, cpu_seconds, memory, file_size, threads)
        try:
            socket.send_fds(self.control, [request], descriptors)
        except OSError as error:
            raise self._fault(error) from error

    def end(self, seconds: float) -> Ending:
        """End the child, ``patience`` seconds after now if it does not by itself."""
        self._send(REQUEST.pack(END, seconds, 0, 0, 0))
        return Ending(*ENDING.unpack(self._receive(ENDING.size)))

    def _send(self, data: bytes) -> None:
        try:
            self.control.sendall(data)
        except OSError as error:
            raise self._fault(error) from error

    def _receive(self, size: int) -> bytes:
        """Return ``size`` bytes, or with 0 whatever comes first."""
        data = b""
        while len(data) < max(size, 1):
            try:
                more = self.control.recv(size - len(data) if size else 1 << 12)
            except OSError as error:
                raise self._fault(error) from error
            if not more:
                raise self._fault(EOFError("it has ended"))
            data += more
        return data

    def _fault(self, error: Exception) -> HarnessFaultError:
        self.close()
        return HarnessFaultError(f"the zygote failed ({error}){last_words(self.folder, 'child.zygote')}")

    def close(self) -> None:
        """End the zygote and wait until it has cleaned up."""
        self.control.close()
        try:
            self.launcher.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            self.launcher.kill()
            self.launcher.wait()
        with suppress(OSError):  # it is gone, or holds what the harness will remove
            (self.folder / "scratch").rmdir()


def _number_of_children(process: int) -> int:
    with suppress(OSError):  # a system that does not say
        return len(children(process))
    return 0
