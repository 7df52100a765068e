"""The harness's handles of its judges: each a process of its own, used by one thread at a time."""

import os
import pickle
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from random import SystemRandom
from typing import Any, get_args

from sharpen.errors import SandboxError, SuiteError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.judge.builds import COMPILE_LIMITS
from sharpen.sandbox.judge.main import receive
from sharpen.sandbox.judge.zygote_handle import ZygoteSlot
from sharpen.sandbox.languages import toolchains
from sharpen.sandbox.launch import START_SECONDS, HarnessFaultError, Interpreter, last_words, start
from sharpen.types import Outcome, Suite, Test, Verdict

_FIRST_USER, _USERS, _SLOTS = 20_000, 40_000, 256
_MASK = SystemRandom().randrange(_SLOTS)
"""Keeps a program, which sees its user, from knowing the number of its judge: how many had to be started."""
_HELD_BYTES = 4 * 1024**2
"""What the suites that a judge holds may be as messages; as objects they are some ten times that."""
_END_SECONDS = 20.0
_GRACE_SECONDS = 30.0
_BACKSTOP = 25
"""When a judge is given up, as a multiple of the limit on the clock."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and how it came about.

    Attributes:
        layers: the layers of isolation that held.
        starved: whether its time on the clock was over when it had to wait for a processor.
    """

    verdict: Verdict
    layers: frozenset[str]
    starved: bool


class Judge:
    """One judge, started when first used and again when it was lost."""

    def __init__(self, number: int, interpreter: Interpreter, without: tuple[str, ...]) -> None:
        self.number, self.interpreter, self.without = number, interpreter, without
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._held: OrderedDict[int, tuple[Suite, int]] = OrderedDict()
        self._held_bytes = 0
        self._dropped: list[int] = []

    @property
    def started(self) -> bool:
        """Whether its process was started and not lost since."""
        return self._process is not None

    def judge(self, code: str, suite: Suite, limits: Limits, suspected: Callable[[], None]) -> Judged | None:
        """Have a program judged; None when :meth:`close` came in between.

        Raises:
            HarnessFaultError: the processes around the program failed.
            SuiteError: the suite has no tests, checks nothing, or is not plain data.
            SandboxError: no process or directory can be had.
        """
        slot = self._start() if self._process is None else None
        try:
            if slot is not None:
                self._hand_over(slot)
            self._send(code, suite, limits)
        except OSError as error:
            return self._lost(EOFError(f"it does not take what it is sent: {error}"))
        try:
            return self._receive(limits, suspected, compiles=suite.language != "python")
        except (EOFError, OSError) as error:
            return self._lost(error)

    def _start(self) -> ZygoteSlot:
        """Start the process; return what is sent to it first."""
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="sharpen-"))
        except OSError as error:
            where = tempfile.gettempdir()
            raise SandboxError(f"no scratch directory can be made in {where}: {error.strerror}") from error
        self._folder.chmod(0o711)  # the program's user must be able to reach its directory in it
        user = (os.getpid() * _SLOTS + (self.number ^ _MASK)) % _USERS
        uid = _FIRST_USER + user if os.geteuid() == 0 else None
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(START_SECONDS)
        self._lifeline, held = os.pipe()
        self._held.clear()
        self._held_bytes = 0
        self._dropped.clear()
        try:
            arguments = theirs.fileno(), str(self._folder)
            descriptors = theirs.fileno(), held
            executable = self.interpreter.executable
            self._process = start(
                executable,
                "judge.main",
                *arguments,
                pass_fds=descriptors,
                folder=self._folder,
                hash_seed=self.interpreter.hash_seed,
            )
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise SandboxError(f"no process can be started for programs: {error}") from error
        finally:
            theirs.close()
            os.close(held)
        return ZygoteSlot(self.interpreter, self._folder, uid, self.without, held)

    def _hand_over(self, content: object) -> int:
        """Send anything, large values as they are, without a copy; return how many bytes that were."""
        sent = _Sent(self._socket)
        pickler = pickle.Pickler(sent, pickle.HIGHEST_PROTOCOL)
        pickler.dispatch_table = _AS_CALLS
        pickler.dump(content)
        return sent.size

    def _send(self, code: str, suite: Suite, limits: Limits) -> None:
        """Send a program; the suite only when the judge does not hold it."""
        name = id(suite)  # of an object that is held here as long as the judge holds its copy
        new = None if name in self._held else with_its_tests(suite)
        toolchain = None if suite.language == "python" else toolchains.find(suite.language)
        size = self._hand_over((code, limits, name, new, self._dropped, toolchain))
        if new is not None:
            self._held[name] = suite, size
            self._held_bytes += size
        self._held.move_to_end(name)
        self._dropped = []
        while len(self._held) > 1 and self._held_bytes > _HELD_BYTES:
            old, (_, size) = self._held.popitem(last=False)
            self._held_bytes -= size
            self._dropped.append(old)

    def _receive(self, limits: Limits, suspected: Callable[[], None], *, compiles: bool) -> Judged | None:
        seconds = COMPILE_LIMITS.wall_seconds if compiles else 0.0
        seconds += START_SECONDS + _GRACE_SECONDS + _BACKSTOP * limits.wall_seconds
        self._socket.settimeout(seconds)
        while True:
            word, *content = receive(self._socket)
            match word:
                case "suspect":
                    suspected()
                case "verdict":
                    return _judged(*content)
                case "unfit":
                    raise SuiteError(content[0])
                case "cancelled":
                    return None
                case _:
                    raise HarnessFaultError(content[0])

    def _lost(self, error: Exception) -> Judged | None:
        """The judge has ended, or does not answer: say why."""
        process, folder = self._process, self._folder
        words = last_words(folder, "judge.main")
        stuck = isinstance(error, TimeoutError)
        closed = not self.close()
        status = process.returncode if process else None
        if closed:
            return None
        if stuck or status == -signal.SIGXCPU:
            message = "the tests did not come to an end with what the program returned"
            return Judged(Verdict("timeout", message=message, trust="isolated"), frozenset(), starved=False)
        raise HarnessFaultError(f"the judge ended early ({error}){words}")

    def close(self) -> bool:
        """End the judge and everything below it; return whether it was there. From any thread."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return False
        self._socket.shutdown(socket.SHUT_RDWR)
        ended = _hangs_up(self._lifeline, _END_SECONDS)
        if not ended:
            process.kill()
        process.wait()
        if not ended and not _hangs_up(self._lifeline, _END_SECONDS):
            raise SandboxError(f"processes below {process.pid} do not end; end them by hand")
        self._socket.close()
        os.close(self._lifeline)
        _remove(self._folder)
        return True


@dataclass(slots=True)
class _Sent:
    """What a pickler writes to: a socket, counting."""

    socket: socket.socket
    size: int = 0

    def write(self, data: bytes) -> int:
        """Send ``data``."""
        view = memoryview(data)
        self.socket.sendall(view)
        self.size += view.nbytes
        return view.nbytes


def _as_call(kind: type[Test]) -> Callable[[Any], tuple[type[Test], tuple[object, ...]]]:
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda test: (kind, values(test))


_AS_CALLS = {kind: _as_call(kind) for kind in get_args(Test)}
"""Frozen dataclasses are unpickled field by field, in Python; a call of the class takes a third of that."""


def with_its_tests(suite: Suite) -> Suite:
    """Return the suite with its tests, also where it holds only their recipe."""
    return Suite(*map(suite.__getattribute__, (field.name for field in fields(Suite))))


def _judged(verdict: tuple[Any, ...], layers: list[str], starved: bool) -> Judged:
    kind, outcomes, *rest = verdict
    results = tuple(Outcome(*outcome) for outcome in outcomes)
    return Judged(Verdict(kind, results, *rest), frozenset(layers), starved)


def _hangs_up(descriptor: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():  # modes without permission, or deeper than Python's recursion
        subprocess.run(["chmod", "-R", "u+rwX", folder], check=False, capture_output=True)
        subprocess.run(["rm", "-rf", folder], check=False, capture_output=True)
    if folder.exists():
        raise SandboxError(f"what a program left in {folder} cannot be removed; remove it by hand")
