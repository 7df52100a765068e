"""The judge's process: takes programs from the harness one after the other and gives back verdicts.

It runs the benchmark's own tests, and reads what hostile programs sent, in a process of its own that may be
killed: by the kernel, when it uses far more processor time or memory than a test should, or by the harness.
Its zygotes come up when a program first needs their tier.
"""

import marshal
import pickle
import re
import resource
import shutil
import signal
import socket
import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields
from functools import partial
from operator import attrgetter
from typing import Any

from sharpen.sandbox.base import Limits
from sharpen.sandbox.child.isolation import SCRATCH_BYTES
from sharpen.sandbox.child.seccomp import Purpose
from sharpen.sandbox.child.zygote import BARE
from sharpen.sandbox.judge import checks, foreign, memory
from sharpen.sandbox.judge.builds import KeptBuilds
from sharpen.sandbox.judge.candidate import IdleError
from sharpen.sandbox.judge.channel import CancelledError
from sharpen.sandbox.judge.foreign import ForeignTrial, Workshop
from sharpen.sandbox.judge.names import SharedNames
from sharpen.sandbox.judge.needs import shares_state
from sharpen.sandbox.judge.prefetch import KnownCalls
from sharpen.sandbox.judge.shared_modules import SharedModules
from sharpen.sandbox.judge.split import SuiteSplit
from sharpen.sandbox.judge.trial import BaseTrial, ProgramTrial
from sharpen.sandbox.judge.zygote_handle import Zygote, ZygoteSlot
from sharpen.sandbox.languages.toolchains import Toolchain
from sharpen.sandbox.launch import HarnessFaultError
from sharpen.types import AssertTest, SourceTest, Suite, Verdict

_MOST_BYTES = 1 << 28
"""How large a judge's message to the harness may be: far more than any."""
_EXTRA_CPU_SECONDS = 20
"""How much processor time the tests themselves may take besides the program's limit."""


_IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+(.+?)(?:[ \t]import\b.*)?$", re.MULTILINE)
_BARE = frozenset(BARE.split())
_MAX_MESSAGE_CHARS = 20_000
_fields = attrgetter(*(field.name for field in fields(Verdict)))


def main(descriptor: int, folder: str) -> None:
    """Serve the harness at the other end of ``descriptor`` until it leaves."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    harness = socket.socket(fileno=descriptor)
    requests = harness.makefile("rb")  # nothing is read ahead: the harness waits for each verdict
    slot: ZygoteSlot = pickle.load(requests)  # noqa: S301 - from our own harness
    sys.path.extend(slot.interpreter.site)
    sys.set_int_max_str_digits(0)  # as where programs run
    memory.limit()
    bench = JudgeState(harness, slot)
    try:
        while True:
            bench.judge(*pickle.load(requests))  # noqa: S301
    except (EOFError, ConnectionError, pickle.UnpicklingError):  # the harness has left
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)


def imports_of(suite: Suite) -> frozenset[str]:
    """Return what the tests import, by a look at the text."""
    tests = {test.code for test in suite.tests if isinstance(test, AssertTest | SourceTest)}
    tests |= {test.tests for test in suite.tests if isinstance(test, SourceTest)}
    return frozenset(name for text in (suite.context, *tests) for name in imports(text))


def imports(code: str) -> set[str]:
    """Return the packages that ``code`` seems to import."""
    return {
        word.split()[0].partition(".")[0]
        for words in _IMPORT.findall(code)
        for word in words.split(",")
        if word.strip()
    }


def tier_of(wanted: AbstractSet[str]) -> str:
    """Return the tier of zygotes for what a program and its tests import."""
    if wanted & {"pandas", "scipy"}:
        return "pandas"
    if "numpy" in wanted:
        return "numpy"
    return "bare" if wanted <= _BARE else "library"


@dataclass(frozen=True, slots=True)
class Held:
    """A suite, and what is known of it; ``refused`` says why it cannot judge any program."""

    suite: Suite
    imports: frozenset[str]
    known_calls: KnownCalls
    split: SuiteSplit
    shared_modules: SharedModules
    shared_names: SharedNames
    refused: str = ""


def held_suite(suite: Suite) -> Held:
    """Return a suite as it is run, or why it cannot judge any program."""
    refused = "" if suite.tests else "the suite has no tests, so every program would pass it"
    run = suite
    if suite.language != "python":
        refused = refused or foreign.refused(suite)
    else:
        try:
            if suite.entry_point:
                checks.refuse_entry_point(suite.entry_point)
            run = checks.with_frameworks(suite)
        except ValueError as error:
            refused = refused or str(error)
    imported = imports_of(run) if suite.language == "python" else frozenset[str]()
    split = SuiteSplit(run)
    return Held(run, imported, KnownCalls(), split, SharedModules(split, suite), SharedNames(run), refused)


class JudgeState:
    """The zygotes and the suites that this judge has at hand."""

    def __init__(self, harness: socket.socket, slot: ZygoteSlot) -> None:
        self.harness, self.slot = harness, slot
        self.zygotes: dict[str, Zygote] = {}
        self.used: set[str] = set()  # the tiers of the program that is judged
        self.suites: dict[int, Held] = {}
        self.kept = KeptBuilds()

    def judge(
        self,
        code: str,
        limits: Limits,
        name: int,
        suite: Suite | None,
        dropped: list[int],
        toolchain: Toolchain | None,
    ) -> None:
        """Judge one program and send the verdict."""
        held = self.hold(name, suite, dropped)
        if held.refused:
            send(self.harness, "unfit", held.refused)
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        seconds = int(used.ru_utime + used.ru_stime + limits.cpu_seconds) + _EXTRA_CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        self.used.clear()
        try:
            judging = self.trial(code, held, limits, toolchain)
            room = self.room()
            verdict = judging.verdict()
            held_by = [self.zygotes[tier].layers for tier in self.used]  # by none where nothing had to run
            layers = frozenset[str].intersection(*held_by) if held_by else frozenset[str]()
            self.refuse_as_fact(verdict, limits, room if held_by and "scratch" not in layers else None)
        except HarnessFaultError as fault:
            self.close_used()
            send(self.harness, "fault", str(fault))
        except CancelledError:
            send(self.harness, "cancelled")
        except IdleError as error:
            send(self.harness, "unfit", str(error))
        except ValueError as error:
            send(self.harness, "unfit", f"the suite holds arguments that are not plain data: {error}")
        else:
            send(self.harness, "verdict", plain(verdict), sorted(layers), judging.starved)

    def hold(self, name: int, suite: Suite | None, dropped: list[int]) -> Held:
        """Forget the suites that the harness dropped, keep a new one, and return the one of this name."""
        for old in dropped:
            del self.suites[old]
        if suite is not None:
            self.suites[name] = held_suite(suite)
        return self.suites[name]

    def close_used(self) -> None:
        """End the zygotes of the program that is judged, before others are started in their folders."""
        for tier in self.used:
            if failed := self.zygotes.pop(tier, None):
                failed.close()

    def trial(self, code: str, held: Held, limits: Limits, toolchain: Toolchain | None) -> BaseTrial:
        """Return the trial of a program, with the zygotes that it needs."""
        if toolchain is None:
            zygote = self.zygote(tier_of(held.imports | imports(code)))
            shared = held.shared_names.with_program(code)
            return ProgramTrial(
                code,
                held.suite,
                limits,
                held.known_calls,
                held.split,
                held.shared_modules,
                shared,
                zygote,
                self.harness,
                self.suspected,
                beside=bool(shared) or shares_state(code, held.imports),
            )
        compiles = partial(self.zygote, f"compile-{toolchain.language}", "compile", toolchain.compiler_sees)
        runs = partial(self.zygote, f"run-{toolchain.language}", "execute", toolchain.program_sees)
        workshop = Workshop(toolchain, self.kept, compiles, runs, self.harness, self.suspected)
        return ForeignTrial(code, held.suite, limits, workshop)

    def room(self) -> int | None:
        """Return how many bytes the disk has left for what programs write; None if that is in memory."""
        in_memory = self.zygotes and all("scratch" in zygote.layers for zygote in self.zygotes.values())
        return None if in_memory else shutil.disk_usage(self.slot.folder).free

    def refuse_as_fact(self, verdict: Verdict, limits: Limits, room: int | None) -> None:
        """Check that a failure is the program's and not this machine's.

        ``room`` is what its disk had left, if the program was to write there.

        Raises:
            HarnessFaultError: it may be the machine's.
        """
        if verdict.kind == "memory" and memory.ceiling() < limits.memory_bytes:
            mib = int(memory.ceiling()) >> 20
            raise HarnessFaultError(
                f"a program got {mib} MiB of memory here: raise the hard limit (ulimit -v)"
            )
        if not verdict.passed and room is not None and room < SCRATCH_BYTES:
            raise HarnessFaultError(f"the disk of {self.slot.folder} is full: make room, or set TMPDIR")

    def suspected(self) -> None:
        """Tell the harness that the program runs long."""
        send(self.harness, "suspect")

    def zygote(self, tier: str, purpose: Purpose = "python", tools: Sequence[str] = ()) -> Zygote:
        """Return the zygote of a tier, started now if there is none."""
        self.used.add(tier)
        if tier not in self.zygotes:
            try:
                self.zygotes[tier] = Zygote(self.slot, tier, purpose, tools)
            except OSError as error:
                raise HarnessFaultError(f"no zygote can be started: {error}") from error
        return self.zygotes[tier]

    def close(self) -> None:
        """End every zygote."""
        for zygote in self.zygotes.values():
            zygote.close()


def plain(verdict: Verdict) -> tuple[object, ...]:
    """Return a verdict as plain data: nothing that the judge sends is ever unpickled."""
    kind, outcomes, message, *rest = _fields(verdict)
    fields = [(outcome.test, outcome.kind, dict(outcome.measured)) for outcome in outcomes]
    return kind, fields, message[:_MAX_MESSAGE_CHARS], *rest


def send(sock: socket.socket, *content: object) -> None:
    """Send plain data as a frame."""
    data = marshal.dumps(content)  # type: ignore[arg-type]  # plain data
    sock.sendall(len(data).to_bytes(8, "big") + data)


def receive(sock: socket.socket) -> Any:  # noqa: ANN401
    """Return what :func:`send` sent.

    Raises:
        EOFError: the other end has left, or sends what is no message.
    """
    size = int.from_bytes(_exactly(sock, 8), "big")
    if size > _MOST_BYTES:
        raise EOFError("the message is too large")
    return marshal.loads(_exactly(sock, size))  # noqa: S302 - plain data


def _exactly(sock: socket.socket, size: int) -> bytearray:
    data = bytearray()
    while len(data) < size:
        more = sock.recv(min(size - len(data), 1 << 20))
        if not more:
            raise EOFError("the other end has left")
        data += more
    return data
