"""The judge's end of a conversation with one child: asks, listens, and keeps the clocks.

Whatever the child does ends in a value or in one of the exceptions below. They are no ``Exception``, so that
a test that catches what its candidate raises cannot swallow them.

What the tests of a suite asked of one program, they most likely ask of the next. Such questions
are known: they are sent with the program, all at once, and the judge then sleeps until the child has
answered all of them and left. A test that asks something else ends the conversation, and it is held again
without questions sent ahead.

Clocks: processor time is read from the kernel's account of the child; time on the clock is counted without
what the child spent waiting for a processor (``/proc/PID/schedstat``), so a busy machine changes no verdict.
"""

import marshal
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sharpen.sandbox.child import child

GRACE_SECONDS = 0.1
"""How long after a limit the child may still say at which line it was."""

SUSPECT_SECONDS = 0.5
"""After this much processor time, or this long asleep, a program gives its place to another."""

BACKSTOP = 20
"""Hard limit on the clock, as a multiple of the limit, for a program that waits for a processor."""

_CHUNK = 1 << 16
_QUIET_SECONDS = 0.1
"""How long after its start the judge first looks at what a child has used."""

_LOOK_SECONDS = 0.5
"""How long the judge does not look at it afterwards, at most."""

_OVERHEAD = 1 << 14
_MOST_FRAMES = 8
"""How many answers of the largest size may wait while the judge sends: it takes what comes, not to block."""

_NICENESS = 15


class Interruption(BaseException):
    """The conversation is over.

    Attributes:
        statement: what of a test was running, if that is known.
    """

    statement: str = ""


class ChildEndedError(Interruption):
    """The child is gone, or has closed its end."""


class ProtocolFaultError(Interruption):
    """The child sent what the harness' own code would not have sent."""


class TimeLimitError(Interruption):
    """A limit was reached, that on the clock or that on processor time; ``where`` is the line, if known."""

    def __init__(self, *, on_clock: bool, where: str = "") -> None:
        super().__init__(where)
        self.on_clock, self.where = on_clock, where


class PrefetchMissError(Interruption):
    """A test asked another question than it asked of the program before."""


class LostAnswersError(Interruption):
    """The child ended and may have held back answers: which call ended it is not known."""


class CancelledError(Interruption):
    """Nobody wants the verdict any more."""


@dataclass(slots=True)
class Clocks:
    """What a child has used so far.

    Attributes:
        zygote: the process whose child it is.
        others: how many children that one had before it.
        cpu_seconds: its limit on processor time.
        wall_seconds: its limit on the clock.
        suspected: called once when it has used much time.
        process: its number, as the judge sees it; 0 until it is looked for.
        waited: seconds for which it has waited for a processor.
    """

    zygote: int
    cpu_seconds: float
    wall_seconds: float
    suspected: Callable[[], None]
    others: int = 0
    began: float = field(default_factory=time.monotonic)
    process: int = 0
    waited: float = 0.0
    suspect: bool = False

    def used(self) -> tuple[float, float]:
        """Return seconds of processor time and seconds on the clock without waiting for a processor."""
        wall = time.monotonic() - self.began
        try:
            self.process = self.process or children(self.zygote)[self.others]
            running = time.clock_gettime((~self.process << 3) | 2)  # the kernel's CPUCLOCK_SCHED of a process
            waited = Path(f"/proc/{self.process}/schedstat").read_bytes().split()[1]
        except (OSError, IndexError):  # it ended meanwhile, or the system keeps no such account
            return 0.0, wall
        self.waited = int(waited) / 1e9
        if not self.suspect and max(running, wall - self.waited) > SUSPECT_SECONDS:
            self.suspect = True
            os.setpriority(os.PRIO_PROCESS, self.process, _NICENESS)
            self.suspected()
        return running, wall if wall > BACKSTOP * self.wall_seconds else wall - self.waited

    def left(self) -> float:
        """Return after how many seconds a limit may be reached.

        Raises:
            TimeLimitError: one is.
        """
        cpu, wall = self.used()
        if cpu >= self.cpu_seconds + GRACE_SECONDS:
            raise TimeLimitError(on_clock=False)
        if wall >= self.wall_seconds:
            raise TimeLimitError(on_clock=True)
        processors = os.cpu_count() or 1
        cpu_left = (self.cpu_seconds + GRACE_SECONDS - cpu) / processors
        return max(min(cpu_left, self.wall_seconds - wall), 0.005)


def children(process: int) -> list[int]:
    """Return the children of a process, the oldest first.

    Raises:
        OSError: it has ended, or the system does not say.
    """
    return [*map(int, Path(f"/proc/{process}/task/{process}/children").read_bytes().split())]


def packed(*question: object) -> bytes:
    """Return a question as it is sent; the same for equal questions, hence without references.

    Raises:
        ValueError: it holds what is not plain data.
    """
    return marshal.dumps(question, 2)  # type: ignore[arg-type]  # plain data, or a ValueError


class Channel:
    """One child's socket; see the module's docstring.

    Attributes:
        sent: every question so far.
        prefetched: the first questions, which were sent with the program; the last of them is its leave.
        ahead: whether there were any.
        bytes_taken: what the child has sent so far.
        complete: whether everything was asked and answered.
    """

    def __init__(
        self,
        sock: socket.socket,
        clocks: Clocks,
        *,
        nonce: bytes,
        max_chars: int,
        cancel: socket.socket,
        prefetched: Sequence[bytes] = (),
    ) -> None:
        self.sock, self.clocks, self.nonce, self.cancel = sock, clocks, nonce, cancel
        self.sent: list[bytes] = []
        self.prefetched, self.ahead = prefetched, bool(prefetched)
        self.quiet = bool(prefetched)
        self.largest = max_chars + _OVERHEAD
        self.incoming = bytearray()
        self.bytes_taken = 0
        self.open = True
        self.grace_until: float | None = None
        self.look_at = time.monotonic() + _QUIET_SECONDS
        self.overdue = self.missed = self.complete = False
        sock.setblocking(False)
        self.poll = select.poll()
        self.poll.register(cancel, select.POLLIN)

    def begin(self, *task: object) -> None:
        """Send the program, and the questions that are sent ahead.

        Raises:
            Interruption: the child cannot take it.
        """
        self._send(packed(*task), *self.prefetched)

    def was_prefetched(self, question: bytes) -> bool:
        """Return whether ``question``, asked now, is the one that was sent ahead."""
        place = len(self.sent)
        return place < len(self.prefetched) and self.prefetched[place] == question

    def ask(self, *questions: bytes) -> None:
        """Send questions that are :func:`packed`, but for those that were sent already.

        Raises:
            Interruption: the child cannot take them, or another was sent ahead.
        """
        unsent = []
        for question in questions:
            if not self.was_prefetched(question):
                unsent.append(question)
            self.sent.append(question)
        if not unsent:
            return
        if self.prefetched:
            self.prefetched = ()
            self.missed = True
        self._check_prefetched()
        self._send(*unsent)

    def dismiss(self, end: bytes) -> None:
        """Send ``end``, unless it was sent ahead; what the tests ask matters no more.

        Raises:
            Interruption: the child cannot take it.
        """
        self.missed = False
        if not self.ahead:
            self._send(end)

    def _check_prefetched(self) -> None:
        if self.missed:
            raise PrefetchMissError("another question was sent ahead")

    def _send(self, *questions: bytes) -> None:
        frames = [part for body in questions for part in (len(body).to_bytes(4, "big"), body)]
        data = memoryview(b"".join(frames))
        while data:
            try:
                data = data[self.sock.send(data) :]
            except BlockingIOError:
                self.wait(select.POLLIN | select.POLLOUT)
                self.take()
                if len(self.incoming) > _MOST_FRAMES * self.largest:
                    raise ProtocolFaultError("it sent more than it was asked for") from None
            except OSError:
                return  # it has closed its end; what it said before counts, and reading tells

    def answer(self) -> tuple[int, bytes]:
        """Return the letter and the body of the next answer.

        Raises:
            Interruption: there is none.
        """
        self._check_prefetched()
        while True:
            if len(self.incoming) >= 4:
                size = int.from_bytes(self.incoming[:4], "big")
                if size > self.largest:
                    raise ProtocolFaultError("the frame is too large")
                if len(self.incoming) >= 4 + size:
                    return self._taken(4 + size)
            if not self.open:
                raise TimeLimitError(on_clock=True) if self.overdue else ChildEndedError("the child is gone")
            if self.quiet:
                self.wait(0)  # the end of the child wakes up too
            elif not self.take():
                self.wait(select.POLLIN)

    def _taken(self, end: int) -> tuple[int, bytes]:
        start = 4 + len(self.nonce)
        if end <= start or self.incoming[4:start] != self.nonce:
            raise ProtocolFaultError("the frame is not the harness' own")
        letter = self.incoming[start]
        with memoryview(self.incoming) as all_of_it:  # one copy, also of what is large
            body = bytes(all_of_it[start + 1 : end])
        del self.incoming[:end]
        if letter in {child.LATE_CPU, child.LATE_CLOCK}:
            raise TimeLimitError(on_clock=letter == child.LATE_CLOCK, where=body.decode("utf-8", "replace"))
        return letter, body

    def finish(self) -> None:
        """Check that the child said nothing that was not asked for.

        Raises:
            ProtocolFaultError: it did.
        """
        self.take()
        if self.incoming:
            raise ProtocolFaultError("there is an answer to no question")

    def take(self) -> bool:
        """Take what has come; return whether there was anything."""
        try:
            data = self.sock.recv(_CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        self.open = bool(data)
        self.incoming += data
        self.bytes_taken += len(data)
        return True

    def wait(self, events: int) -> None:
        """Wait until the child can be read or written.

        A child that is always ready, since it sends a byte now and then, is looked at like a silent one.

        Raises:
            TimeLimitError: a limit is reached.
            CancelledError: nobody wants the verdict any more.
        """
        self.poll.register(self.sock, events)
        self.quiet = False
        while True:
            end = self.look_at if self.grace_until is None else min(self.look_at, self.grace_until)
            ready = self.poll.poll(1000 * max(end - time.monotonic(), 0))
            if any(descriptor == self.cancel.fileno() for descriptor, _ in ready):
                raise CancelledError("nobody wants the verdict")
            if time.monotonic() >= end:
                self.look()
            if ready or not events:
                return

    def look(self) -> None:
        """Look at what the child has used, and say when to look again."""
        if self.grace_until is not None and time.monotonic() >= self.grace_until:
            raise TimeLimitError(on_clock=True)
        self.look_at = time.monotonic() + min(self.left(), 0.1 if self.grace_until else _LOOK_SECONDS)

    def left(self) -> float:
        """Return for how long to wait; a child whose time on the clock is over is asked where it is."""
        try:
            return self.clocks.left()
        except TimeLimitError as limit:
            if not limit.on_clock or self.overdue or not self.clocks.process:
                raise
        self.overdue = True
        self.grace_until = time.monotonic() + GRACE_SECONDS
        os.kill(self.clocks.process, signal.SIGALRM)
        return GRACE_SECONDS
