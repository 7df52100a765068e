"""How the trusted processes are started, and the judge's handle of a zygote.

::

    harness (any thread of a pool) --> judge (judge/main.py) --> zygote of each tier --> child a program

Each is a fresh interpreter that loads the sandbox's own modules and nothing else, started with ``-P -s -S``
and an environment of its own, which is what ``-I`` means, save that ``PYTHONHASHSEED`` counts, so that sets
print the same in every run, unless another seed is asked for to see whether that matters.
"""

import marshal
import os
import site
import socket
import struct
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sharpen.sandbox.child.forkserver import END, ENDING, FORK, REQUEST

START_SECONDS = 120.0
"""How long a process may take to come up on a busy machine."""

ANSWER_SECONDS = 60.0
"""How long a zygote may take to answer on a busy machine."""

_BOOT = """
import sys
sys.modules["sharpen"] = type(sys)("sharpen")
sys.modules["sharpen"].__path__ = [{package!r}]
from sharpen.sandbox.{module} import main
main(*{arguments!r})
"""
"""Loads the sandbox's modules without running ``sharpen/__init__.py``."""


class HarnessFaultError(Exception):
    """The processes around a program failed; not the program."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python that programs run on.

    Attributes:
        executable: its path.
        site: its directories of packages.
        readable: what must be readable for it to run.
        keep_read: whether another user could not read all that, so that a dropped root needs help.
        hash_seed: what ``PYTHONHASHSEED`` is where programs run.
    """

    executable: str
    site: tuple[str, ...]
    readable: tuple[str, ...]
    keep_read: bool
    hash_seed: int = 0

    @classmethod
    def ours(cls, hash_seed: int = 0) -> Self:
        """Return the interpreter that runs this code."""
        packages = [*site.getsitepackages(), site.getusersitepackages() if site.ENABLE_USER_SITE else ""]
        present = tuple(filter(os.path.isdir, packages))
        readable = tuple(dict.fromkeys((sys.base_prefix, sys.base_exec_prefix, *present)))
        needed = (*readable, tempfile.gettempdir())
        keep_read = os.geteuid() == 0 and not all(_open_to_all(Path(path)) for path in needed)
        return cls(sys.executable, present, readable, keep_read, hash_seed)


def _open_to_all(path: Path) -> bool:
    resolved = path.resolve()
    return all(place.stat().st_mode & 0o001 for place in (resolved, *resolved.parents))


def start(
    executable: str,
    module: str,
    *arguments: object,
    pass_fds: tuple[int, ...],
    folder: Path,
    hash_seed: int = 0,
) -> subprocess.Popen[bytes]:
    """Start ``module.main(*arguments)`` of the sandbox; what it says on standard error is kept in ``folder``.

    Raises:
        OSError: the machine refuses another process.
    """
    package = Path(__file__).parents[1]
    boot = _BOOT.format(package=str(package), module=module, arguments=arguments)
    with (folder / f"{module}.err").open("wb") as stderr:
        return subprocess.Popen(
            [executable, "-P", "-s", "-S", "-X", "utf8", "-c", boot],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=pass_fds,
            env=_environment(folder / "scratch", hash_seed),
            cwd=folder,
            start_new_session=True,
        )


def _environment(scratch: Path, hash_seed: int) -> dict[str, str]:
    place = str(scratch)
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    # Functions of libraries are looked up at once, not again in every fork.
    fixed = {"PYTHONHASHSEED": str(hash_seed), "LC_ALL": "C.UTF-8", "LD_BIND_NOW": "1"}
    return {"HOME": place, "TMPDIR": place, **fixed, **one_thread}


def last_words(folder: Path, module: str) -> str:
    """Return the last line that a process wrote to standard error, or nothing."""
    file = folder / f"{module}.err"
    lines = file.read_text(errors="replace").strip().splitlines() if file.exists() else []
    return f": {lines[-1]}" if lines else ""


@dataclass(frozen=True, slots=True)
class Slot:
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
    """The judge's handle of a zygote; any failure of it is a :class:`HarnessFaultError`."""

    def __init__(self, slot: Slot, tier: str) -> None:
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
        settings = (tier, slot.uid, ours.keep_read, list(ours.site), list(ours.readable), list(slot.without))
        self._send(marshal.dumps(settings))
        (self.process,) = struct.unpack("=i", self._receive(4))
        self.layers = frozenset(marshal.loads(self._receive(0)))  # noqa: S302 - from our own zygote
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

    def end(self, patience: float) -> Ending:
        """End the child, ``patience`` seconds after now if it does not by itself."""
        self._send(REQUEST.pack(END, patience, 0, 0, 0))
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
        with suppress(FileNotFoundError):
            (self.folder / "scratch").rmdir()
