"""What a long run of the sandbox leaves behind, and whether any verdict changes on the way.

Programs with known verdicts, honest and hostile (``tests/sandbox/hostile``, those that end at once), run in a
strict sandbox. Before the first of them (after a warm-up), at the end, and when the
sandbox is closed, everything that could leak is counted, in the harness and all processes below: processes,
threads, descriptors, namespaces, memory (proportional set size), and files in the place for scratch files.

With ``--kill SECONDS`` a judge, a zygote or its launcher is killed at random about so often. A program that
is hit twice, at both tries, gets ``harness_error``, which says nothing about it; these are counted apart.

    python bench/soak.py --programs 100000
    python bench/soak.py --minutes 20 --kill 5
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from itertools import islice, takewhile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for the hostile programs of the tests

from tests.sandbox.hostile import catalogue

from sandbox import descendants, proportional_kib
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, CallTest, Program, StdioTest, Suite

HOSTILE_EVERY = 10
WARM_UP = 500
CATEGORIES = {"forging", "reading", "state", "processes", "files", "network", "wire"}
_CALLS = Suite(tuple(CallTest(f"c{n}", (n,), n * n) for n in range(8)), "f")
_ASSERTS = Suite(tuple(AssertTest(f"a{n}", f"assert f({n}) == {n * n}") for n in range(8)), "f")
_SCRIPT = Suite((StdioTest("s", "7\n", "49\n"),))
_LIMITS = Limits(cpu_seconds=5.0, wall_seconds=120.0)


@dataclass(frozen=True, slots=True)
class Known:
    """A program and the verdict that it must get."""

    name: str
    code: str
    suite: Suite
    limits: Limits
    kind: str


def honest() -> list[Known]:
    """Return short programs, right and wrong."""
    programs = {
        "passed": "def f(x):\n    return x * x\n",
        "wrong_answer": "def f(x):\n    return x + 1\n",
        "exception": "def f(x):\n    return x / 0\n",
        "syntax": "def f(x)\n",
    }
    verdicts = [
        Known(kind, code, suite, _LIMITS, kind)
        for kind, code in programs.items()
        for suite in (_CALLS, _ASSERTS)
    ]
    return [*verdicts, Known("script", "print(int(input()) ** 2)", _SCRIPT, _LIMITS, "passed")]


def hostile() -> list[Known]:
    """Return the hostile programs of the tests that end at once."""
    return [
        Known(each.name, each.program, suite, _LIMITS, each.kind)
        for category, each in catalogue()
        if category in CATEGORIES and not each.limits
        for suite in each.suites()
    ]


def mix(seed: int) -> Iterator[Known]:
    """Yield programs without end."""
    chance, good, bad = random.Random(seed), honest(), hostile()
    while True:
        for _ in range(HOSTILE_EVERY - 1):
            yield chance.choice(good)
        yield chance.choice(bad)


@dataclass(frozen=True, slots=True)
class Count:
    """What there is at one moment, of the harness and everything below it."""

    processes: int
    threads: int
    descriptors: int
    namespaces: int
    mib: int
    files: int


def count(place: Path) -> Count:
    """Count; what ends meanwhile is not there."""
    threads = descriptors = kib = 0
    spaces: set[tuple[int, int]] = set()
    running = descendants(os.getpid())
    for process in running:
        folder = Path(f"/proc/{process}")
        with suppress(OSError):
            threads += len(list((folder / "task").iterdir()))
            descriptors += len(list((folder / "fd").iterdir()))
            kib += proportional_kib(process)
            for name in ("net", "pid", "mnt", "ipc"):
                entry = (folder / "ns" / name).stat()
                spaces.add((entry.st_dev, entry.st_ino))
    return Count(len(running), threads, descriptors, len(spaces), kib // 1024, len(list(place.rglob("*"))))


async def run(options: argparse.Namespace, place: Path) -> bool:
    """Run programs and print what was counted; return whether every verdict was right."""
    sandbox = ProcessSandbox(options.workers, profile="strict")
    wrong: list[str] = []
    kinds: Counter[str] = Counter()

    async def judge(programs: Iterator[Known]) -> None:
        for known in programs:
            verdict = await sandbox.execute(Program(known.code), known.suite, known.limits)
            kinds[verdict.kind] += 1
            if verdict.kind not in {known.kind, "harness_error"}:
                wrong.append(f"{known.name}: {verdict.kind}, not {known.kind}: {verdict.message[:200]}")

    async def judge_all(programs: Iterator[Known]) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(2 * options.workers):
                group.create_task(judge(programs))

    show(Count(*(0,) * len(fields(Count))), "", header=True)
    show(count(place), "idle")
    await judge_all(islice(mix(0), WARM_UP))
    kinds.clear()
    show(count(place), "warm")
    killed: list[str] = []
    killer = asyncio.create_task(kill_now_and_then(options.kill, killed)) if options.kill else None
    began = time.monotonic()
    end = began + 60 * options.minutes if options.minutes else float("inf")
    await judge_all(takewhile(lambda _: time.monotonic() < end, islice(mix(1), options.programs or None)))
    if killer:
        killer.cancel()
        with suppress(asyncio.CancelledError):  # anything else has ended the killing early
            await killer
    seconds = time.monotonic() - began
    show(count(place), "after")
    await sandbox.close()
    show(count(place), "closed")
    print(f"{kinds.total():,} programs in {seconds / 60:.1f} minutes: {dict(kinds)}")
    print(f"{len(killed)} processes killed: {dict(Counter(killed))}")
    print(f"{len(wrong)} wrong verdicts", *wrong, sep="\n")
    return not wrong


def processes() -> list[tuple[int, str]]:
    """Return the judges, launchers and zygotes that run, each with its name; not the programs."""
    names: dict[int, str] = {os.getpid(): "harness"}
    below = {"harness": "worker", "worker": "launcher", "launcher": "zygote"}
    for process in descendants(os.getpid())[1:]:
        with suppress(OSError, IndexError):  # one that ends meanwhile has no record, or an empty one
            parent = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
            if names.get(parent) in below:
                names[process] = below[names[parent]]
    return list(names.items())[1:]


async def kill_now_and_then(seconds: float, killed: list[str]) -> None:
    """Kill one of the sandbox's processes at random, about every so many seconds."""
    chance = random.Random(2)
    while True:
        await asyncio.sleep(seconds * chance.uniform(0.5, 1.5))
        running = processes()
        if running:
            process, name = chance.choice(running)
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                killed.append(name)


def show(current: Count, when: str, *, header: bool = False) -> None:
    """Print a row."""
    names = [field.name for field in fields(current)]
    values = names if header else [f"{getattr(current, name):,}" for name in names]
    print(f"{when:8}", *(f"{value:>12}" for value in values), flush=True)


def main() -> None:
    """Run what the options say."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--kill", type=float, default=0.0)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if not options.programs and not options.minutes:
        parser.error("say how many programs or minutes")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o711)
        tempfile.tempdir = name
        raise SystemExit(0 if asyncio.run(run(options, place)) else 1)


if __name__ == "__main__":
    main()
