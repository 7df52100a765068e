"""Proves each claim of the sandbox on this machine.

For every layer there is a program that does what the layer forbids. It runs twice: with no layer at all,
where it must succeed, or it would prove nothing; and in the sandbox, where it must not. Nothing is harmed:
what the programs reach for is the doctor's own, and is gone afterwards.
"""

import asyncio
import math
import os
import re
import socket
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sharpen.errors import SandboxError
from sharpen.sandbox import missing
from sharpen.sandbox.base import Limits
from sharpen.sandbox.child.isolation import LAYERS
from sharpen.sandbox.judge.channel import SUSPECT_SECONDS
from sharpen.sandbox.languages import toolchains
from sharpen.sandbox.languages.toolchains import LANGUAGES
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import (
    AssertTest,
    CallTest,
    Language,
    Program,
    StdioTest,
    Suite,
    Verdict,
    VerdictKind,
)

Finding = Literal["holds", "fails", "not shown", "not there", "open"]
"""``not shown``: the program does no harm here without the layer either, so nothing is proved. ``not there``:
the machine does not offer a layer. ``open``: no layer closes it, and the detail says how far it reaches."""

_REACHED = Suite((CallTest("reached", (), "reached"),), "f")
_LIMITS = Limits(cpu_seconds=5.0, wall_seconds=30.0, memory_bytes=1024**3)


@dataclass(frozen=True, slots=True)
class Claim:
    """What the sandbox promises, and a program that breaks the promise where it can.

    Attributes:
        layer: the layer that keeps it, or ``judge``.
        program: returns ``reached`` when it could do it.
    """

    text: str
    layer: str
    program: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found about one claim."""

    claim: Claim
    finding: Finding
    detail: str


def _claims(place: Path, port: int) -> list[Claim]:
    written, secret = str(place / "written"), str(place / "secret")
    rows = {
        "files": {
            "writes to its scratch directory only": f"open({written!r}, 'w').close()",
            "reads the interpreter only": f"open({secret!r}).read()",
            "cannot read its memory as a file": "open('/proc/self/mem', 'rb').close()",
        },
        "namespaces": {
            "has no network": f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)",
            "sees no other process": f"import os; os.kill({os.getpid()}, 0)",
        },
        "scratch": {"cannot fill the disk": "for n in range(5000): open(str(n), 'w').close()"},
        "limits": {
            "cannot take all memory": "import mmap; mmap.mmap(-1, 2 * 1024**3)",
            "cannot write huge files": "open('x', 'w').truncate(2**30)",
            "cannot open files without end": "x = [open('/dev/null') for _ in range(500)]",
        },
        "user": {"is not root": "import os; assert os.getuid() == 0"},
        "syscalls": {
            "cannot start a process": "import os; os.fork() or os._exit(0); os.wait()",
            "cannot execute a file": "import os; os.posix_spawn('/bin/true', ['true'], {})",
            "cannot make a socket": "import socket; socket.socket()",
            "cannot change modes": "import os; open('x', 'w').close(); os.chmod('x', 0o777)",
            "cannot hide memory from its limit": "import os; os.memfd_create('x')",
            "cannot see what others used of a processor": "import time; time.clock_gettime(~1 << 3 | 2)",
            "cannot see how full the disk is": "import os; os.statvfs('/')",
            "cannot move what counts pipes": "import ctypes; assert not ctypes.CDLL(None).pipe(bytes(8))",
            "cannot see what counts pipes and sockets": "import os; os.fstat(3)",
        },
    }
    return [Claim(text, layer, code) for layer, claims in rows.items() for text, code in claims.items()]


_LIAR = "class A:\n    __eq__ = lambda *_: True\ndef f(): return A()"
_FORGER = "import os\nos.write(3, b'passed' * 9)\ndef f(): return 1"
_FORGERIES: tuple[tuple[str, str, VerdictKind], ...] = (
    ("an object that equals everything is no answer", _LIAR, "wrong_answer"),
    ("leaving early is no pass", "import os\ndef f(): os._exit(0)", "exception"),
    ("writing to the judge is no pass", _FORGER, "forbidden"),
    ("a loop ends", "def f():\n    while True: pass", "timeout"),
)


async def diagnose() -> list[Diagnosis]:
    """Try every claim and return what was found.

    Raises:
        SandboxError: the sandbox itself failed.
    """
    with warnings.catch_warnings(), _reachable() as (place, port):
        warnings.simplefilter("ignore")  # of missing layers: this is the place that shows them
        claims = _claims(place, port)
        bare = await _run_all(claims, without=LAYERS)
        boxed = await _run_all(claims)
        forgeries = await _forgeries()
        layers = await _layers()
        left = await _left_open()
        tools = await toolchain_findings()
    proved = [_finding(*row) for row in zip(claims, bare, boxed, strict=True)]
    return [*_missing(layers), *proved, _counted(layers), *forgeries, *left, *tools]


@contextmanager
def _reachable() -> Iterator[tuple[Path, int]]:
    """Give a directory that everybody may write to, and a port that answers."""
    with (
        tempfile.TemporaryDirectory(prefix="sharpen-doctor-") as name,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        place = Path(name)
        place.chmod(0o777)
        (place / "secret").write_text("secret")
        (place / "secret").chmod(0o644)
        yield place, server.getsockname()[1]


async def _run_all(claims: list[Claim], without: tuple[str, ...] = ()) -> list[Verdict]:
    sandbox = ProcessSandbox(1, without=without)
    try:
        return [await sandbox.execute(Program(_program(claim)), _REACHED, _LIMITS) for claim in claims]
    finally:
        await sandbox.close()


def _program(claim: Claim) -> str:
    return f"def f():\n    {claim.program}\n    return 'reached'\n"


def _finding(claim: Claim, bare: Verdict, boxed: Verdict) -> Diagnosis:
    last = boxed.message.splitlines()[-2:-1] or ["it was reached"]
    if boxed.passed:
        return Diagnosis(claim, "fails", "the program did it in the sandbox")
    if not bare.passed:
        return Diagnosis(claim, "not shown", "the program cannot do it here without the layer either")
    return Diagnosis(claim, "holds", last[0])


async def _forgeries() -> list[Diagnosis]:
    sandbox = ProcessSandbox(1)
    suite = Suite((AssertTest("a", "assert f() == 9"),), "f")
    limits = Limits(cpu_seconds=0.5, wall_seconds=30.0)
    forged = []
    try:
        for text, program, kind in _FORGERIES:
            verdict = await sandbox.execute(Program(program), suite, limits)
            finding: Finding = "holds" if verdict.kind == kind else "fails"
            forged.append(Diagnosis(Claim(text, "judge", program), finding, verdict.kind))
    finally:
        await sandbox.close()
    return forged


async def _layers() -> frozenset[str]:
    sandbox = ProcessSandbox(1)
    try:
        await sandbox.execute(Program("def f(): return 'reached'"), _REACHED, _LIMITS)
    finally:
        await sandbox.close()
    return sandbox.layers


def _missing(layers: frozenset[str]) -> list[Diagnosis]:
    """Say of each layer that this machine lacks what a program can do for it."""
    return [
        Diagnosis(Claim(f"the layer {name}", name, ""), "not there", f"a program can {missing.ALLOWS[name]}")
        for name in missing.names(layers)
    ]


def _counted(layers: frozenset[str]) -> Diagnosis:
    """Say whether memory is counted by a cgroup: no program can show that without using up the machine's."""
    claim = Claim("all its memory is counted together", "cgroup", "")
    if "cgroup" in layers:
        return Diagnosis(claim, "holds", "a cgroup of its own")
    return Diagnosis(claim, "not there", "no cgroup v2 with memory and pids can be made here")


_RATE = """
import os, time
def f():
    end, done = time.perf_counter() + 0.3, 0
    while time.perf_counter() < end:
        for _ in range(100):
            {act}
        done += 100
    return done / 0.3
"""
_PIPES = """
#include <cstdio>
#include <ctime>
#include <unistd.h>
int main() {
    long made = 0;
    for (int ends[2]; std::clock() < 3 * CLOCKS_PER_SEC / 10 && !pipe(ends); made++) {
        close(ends[0]);
        close(ends[1]);
    }
    std::printf("returned %ld", made * 10 / 3);
}
"""
_PAGES = "os.stat('/usr/lib'); os.pread(FILE, 1, 0)"
_NAMES = 2000
_LOOK = """
import os, time
FOLDER = os.path.dirname(os.__file__) + "/json/RUN"
def look(name):
    began = time.perf_counter_ns()
    os.path.exists(FOLDER + name)
    return time.perf_counter_ns() - began
"""
_LOOK_UP = f"{_LOOK}def f(): return len([look(f'known {{number}}') for number in range({_NAMES})])"
_TELL_APART = f"""{_LOOK}
def f():
    times = [(look(f'known {{number}}'), look(f'new {{number}}')) for number in range({_NAMES})]
    known, new = map(sorted, zip(*times))
    wrong = [sum(t <= limit for t in new) + sum(t > limit for t in known) for limit in known[::20]]
    return min(wrong) / 2 / {_NAMES}, sum(map(sum, times)) / 2e9 / {_NAMES}
"""
_TIMES = "import time\nstart = time.time()\ndef f(): return f'{start} {time.time()}'"
_PROGRAMS_IN_A_ROW, _CLOCK_SECONDS = 20, 1e-6
_COUNTS = """
import os
def f():
    return f"{os.getpid()} {hash(tuple(id(number) for number in [each / 2 for each in range(12)]))}"
"""
_NUMBERS_AT_ONCE = 1024
"""The kernel gives each processor a block of this size of pipes' numbers: what others make moves the place in
a block, and seldom the number of blocks."""
_FILLED = """
import fcntl, os
def f():
    pages = 0
    try:
        while True:
            pages += fcntl.fcntl(os.pipe()[1], 1032) // os.sysconf('SC_PAGESIZE')
    except OSError:
        return pages
"""
_SOFT_LIMIT = Path("/proc/sys/fs/pipe-user-pages-soft")


async def _left_open() -> list[Diagnosis]:
    """Measure how much a program could hand on to others where no layer keeps it from that."""
    pages = await _figure("import os\nFILE = os.open(os.__file__, 0)\n" + _RATE.format(act=_PAGES))
    return [
        await _counted_programs(),
        await _numbered_pipes(),
        Diagnosis(
            Claim("what was read from the disk is read faster again", "none", _PAGES),
            "open",
            f"at most {pages:,.0f} bits a second, one for each page not in memory; reading a bit erases it",
        ),
        await _names_looked_up(),
        await _chosen_times(),
        await _filled_pipes(),
    ]


async def _counted_programs() -> Diagnosis:
    """Say whether programs one after the other have the same number and places in memory."""
    claim = Claim("nothing counts the programs before it", "scratch", _COUNTS)
    sandbox, suite = ProcessSandbox(1), Suite((CallTest("counts", (), ""),), "f")
    try:
        verdicts = [await sandbox.execute(Program(_COUNTS), suite, _LIMITS) for _ in range(4)]
    finally:
        await sandbox.close()
    if len({verdict.message for verdict in verdicts}) == 1:
        return Diagnosis(claim, "holds", "four in a row had one number and the same places in memory")
    text = (
        "numbers of processes and places in memory say how many programs and tests were run before: it needs "
        "namespaces, refused system calls, and a /proc/sys/kernel/ns_last_pid that can be written"
    )
    return Diagnosis(claim, "open", text)


async def _numbered_pipes() -> Diagnosis:
    """Say how far a program that is not in Python can move the number of the next pipe."""
    claim = Claim("in other languages pipes are numbered for the whole machine", "none", _PIPES)
    try:
        rate = await _figure(_PIPES, Suite((StdioTest("rate", "", ""),), language="cpp"))
    except SandboxError:
        return Diagnosis(claim, "not shown", f"install {toolchains.NEEDS['cpp']} to measure it")
    pipes = Limits().cpu_seconds * rate
    alone, among_others = (math.log2(max(each, 1)) for each in (pipes, pipes / _NUMBERS_AT_ONCE))
    text = (
        f"a program of {Limits().cpu_seconds:g} s of processor time hands on at most {alone:.1f} bits where "
        f"nobody else makes pipes, {among_others:.1f} where others make a few"
    )
    return Diagnosis(claim, "open", text)


async def _names_looked_up() -> Diagnosis:
    """Say how well a program can tell for which names an earlier one has looked, by the time it takes."""
    claim = Claim("a name that was looked up is known sooner to be missing", "none", _TELL_APART)
    sandbox, run, suite = ProcessSandbox(1), os.urandom(8).hex(), Suite((CallTest("names", (), ()),), "f")
    try:
        for code in (_LOOK_UP, _TELL_APART):
            verdict = await sandbox.execute(Program(code.replace("RUN", run)), suite, _LIMITS)
    finally:
        await sandbox.close()
    match = re.search(r"returned \(([0-9.e-]+), ([0-9.e-]+)\)", verdict.message)
    if not match:
        return Diagnosis(claim, "not shown", "no program said how long it looked")
    wrong, seconds = map(float, match.groups())
    text = (
        f"about {_bits_of_a_choice(wrong) / seconds:,.0f} bits a second, for any number of names: enough to "
        "hand on what a program has read beside its tests"
    )
    return Diagnosis(claim, "open", text)


def _bits_of_a_choice(wrong: float) -> float:
    """Return what one choice of two tells, if it is wrong so often (Shannon's binary symmetric channel)."""
    if not 0 < wrong < 1:
        return 1.0
    return 1 + wrong * math.log2(wrong) + (1 - wrong) * math.log2(1 - wrong)


async def _chosen_times() -> Diagnosis:
    """Say how exactly a program can choose at what time the next one starts, by when it ends itself."""
    claim = Claim("a program chooses when it ends", "none", _TIMES)
    times = await _starts_and_ends(_PROGRAMS_IN_A_ROW)
    gaps = [start - end for (_, end), (start, _) in pairwise(times)]
    if not gaps:
        return Diagnosis(claim, "not shown", "no program said when it ran")
    spread = max(gaps) - min(gaps)
    bits = math.log2(max(SUSPECT_SECONDS / max(spread, _CLOCK_SECONDS), 1))
    text = (
        f"the one that is judged next starts {min(gaps) * 1000:.1f} to {max(gaps) * 1000:.1f} ms later, "
        f"which hands on about {bits:.1f} bits"
    )
    return Diagnosis(claim, "open", text)


async def _starts_and_ends(programs: int) -> list[list[float]]:
    """Return when each of so many programs started and ended, by the system's clock."""
    sandbox, times = ProcessSandbox(1), []
    suite = Suite((CallTest("times", (), ""),), "f")
    try:
        for _ in range(programs):
            verdict = await sandbox.execute(Program(_TIMES), suite, _LIMITS)
            times.append([float(text) for text in re.findall(r"\d+\.\d+", verdict.message)[:2]])
    finally:
        await sandbox.close()
    return [each for each in times if len(each) == 2]


async def _filled_pipes() -> Diagnosis:
    """Say whether programs that run at the same time notice how many pipes the others have.

    A slot has a user of its own where the harness is root.
    """
    claim = Claim("the memory of pipes is counted for a user", "user", _FILLED)
    if os.geteuid() == 0:
        return Diagnosis(claim, "holds", "each program that runs at a time has a user of its own")
    limit = _soft_limit()
    if not limit:
        return Diagnosis(claim, "not shown", "this system has no such limit")
    most = await _figure(_FILLED)
    together = math.ceil(limit / max(most, 1))
    text = f"one program fills {most:,.0f} of {limit:,} pages: {together} at a time, together, hand on a bit"
    return Diagnosis(claim, "open", text)


def _soft_limit() -> int:
    """Return how many pages of pipes a user may have before new pipes get less; 0 without a limit."""
    return int(_SOFT_LIMIT.read_text()) if _SOFT_LIMIT.exists() else 0


_RETURNED = Suite((CallTest("rate", (), math.nan),), "f")


async def _figure(program: str, suite: Suite = _RETURNED) -> float:
    """Return the figure that a program returns, or prints; 0 if it may not do what it counts."""
    sandbox = ProcessSandbox(1)
    try:
        verdict = await sandbox.execute(Program(program), suite, _LIMITS)
    finally:
        await sandbox.close()
    match = re.search(r"returned ([0-9.]+)", verdict.message)
    return float(match[1]) if match else 0.0


_SAMPLES: dict[Language, str] = {
    "rust": 'fn main() { println!("reached"); }',
    "cpp": '#include <iostream>\nint main() { std::cout << "reached"; }',
    "java": 'public class Main { public static void main(String[] a) { System.out.println("reached"); } }',
    "javascript": "console.log('reached')",
    "typescript": "const word: string = 'reached';\nconsole.log(word);",
    "go": 'package main\nimport "fmt"\nfunc main() { fmt.Print("reached") }',
}


async def toolchain_findings() -> list[Diagnosis]:
    """Compile and run a program in each language that has a toolchain here."""
    sandbox = ProcessSandbox(1)
    try:
        return [await _toolchain(sandbox, language) for language in _SAMPLES]
    finally:
        await sandbox.close()


async def _toolchain(sandbox: ProcessSandbox, language: Language) -> Diagnosis:
    claim = Claim(f"programs in {LANGUAGES[language].title} run", "toolchain", _SAMPLES[language])
    try:
        toolchain = await asyncio.to_thread(toolchains.find, language)
    except SandboxError:
        return Diagnosis(claim, "not there", f"install {toolchains.NEEDS[language]}")
    suite = Suite((StdioTest("reached", "", "reached"),), language=language)
    verdict = await sandbox.execute(Program(claim.program), suite, Limits(cpu_seconds=5.0, wall_seconds=30.0))
    if verdict.passed:
        return Diagnosis(claim, "holds", toolchain.version)
    return Diagnosis(claim, "fails", f"{verdict.kind}: {verdict.message.splitlines()[-1]}")


def run() -> list[Diagnosis]:
    """Try every claim; see :func:`diagnose`."""
    return asyncio.run(diagnose())


def render(diagnoses: list[Diagnosis], console: Console) -> None:
    """Print what was found as a table."""
    table = Table("claim", "by", "here", "what the program met")
    for diagnosis in diagnoses:
        claim = diagnosis.claim
        table.add_row(claim.text, claim.layer, diagnosis.finding, Text(diagnosis.detail))
    console.print(table)
