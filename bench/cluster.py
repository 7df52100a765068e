"""What a second Ray node adds, and what a program costs on the way through Ray.

A cluster of nodes with one processor each, all on this machine: first one node, then two. The same programs,
right and wrong ones in turn, run on it and in the sandbox of this process with one worker.

- ``waiting`` programs sleep for ``--seconds``: a node can hold only so many of them, so their rate says how
  well work is spread, on a busy machine too.
- ``computing`` programs use a processor for some milliseconds: their rate can double only where two
  processors are free. Their CPU, of the whole tree of processes (this one, Ray's and the sandbox's), says
  what Ray costs beside the sandbox; Ray's own housekeeping in the same time is in it.

    python bench/cluster.py [--programs 100] [--seconds 0.5]
"""

import argparse
import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

import ray
from ray.cluster_utils import Cluster

from sandbox import adopt_orphans
from sharpen.sandbox.base import Limits, Sandbox
from sharpen.sandbox.process import ProcessSandbox
from sharpen.sandbox.ray.sandbox import RaySandbox
from sharpen.types import CallTest, Program, Suite

_TICKS = os.sysconf("SC_CLK_TCK")
SUITE = Suite(tuple(CallTest(f"call {n}", (n,), n * n) for n in range(10)), "f")
WAITS = "import time\ntime.sleep({seconds})\ndef f(x):\n    return x * x + {wrong}\n"
COMPUTES = "def f(x):\n    return sum(x for _ in range(x)) + {wrong}\n"


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast programs were judged and what that cost."""

    programs: float
    cpu_milliseconds: float


async def rate(sandbox: Sandbox, programs: list[Program]) -> Rate:
    """Judge the programs, all of them waiting at once.

    Raises:
        SystemExit: a verdict is not what it must be.
    """
    warm = [sandbox.execute(program, SUITE, Limits()) for program in programs[:8]]
    await asyncio.gather(*warm)
    used, began = _used(), time.monotonic()
    verdicts = await asyncio.gather(*(sandbox.execute(program, SUITE, Limits()) for program in programs))
    wall = time.monotonic() - began
    if any(verdict.passed == number % 2 for number, verdict in enumerate(verdicts)):
        raise SystemExit("a verdict is false")
    return Rate(len(programs) / wall, 1000 * (_used() - used) / len(programs))


def _used() -> float:
    """Return the processor seconds of this process and of all below it, dead ones included."""
    ticks, left = 0, [os.getpid()]
    while left:
        place = Path(f"/proc/{left.pop()}")
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
            children = [task.read_text() for task in place.glob("task/*/children")]
        except OSError:
            continue
        ticks += sum(map(int, fields[11:15]))
        left += [int(child) for listed in children for child in listed.split()]
    return ticks / _TICKS


async def _judge(sandbox: Sandbox, options: argparse.Namespace) -> tuple[Rate, Rate]:
    try:
        texts = WAITS.replace("{seconds}", str(options.seconds)), COMPUTES
        few, many = (
            [Program(text.replace("{wrong}", str(number % 2))) for number in range(options.programs)]
            for text in texts
        )
        return await rate(sandbox, few), await rate(sandbox, many)
    finally:
        await sandbox.close()


def main() -> None:
    """Measure this process, one node and two, and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--programs", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=0.5)
    options = parser.parse_args()
    adopt_orphans()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    rows = {"here": asyncio.run(_judge(ProcessSandbox(1), options))}
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    ray.init(address=cluster.address, log_to_driver=False)
    rows["one node"] = asyncio.run(_judge(RaySandbox(), options))
    cluster.add_node(num_cpus=1)
    rows["two nodes"] = asyncio.run(_judge(RaySandbox(), options))
    ray.shutdown()
    cluster.shutdown()
    print(f"{options.programs} programs each; {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    for name, rates in rows.items():
        lines = [
            f"{kind} {rate.programs:6.2f}/s ({rate.programs / one.programs:4.2f} x one node)"
            for kind, rate, one in zip(("waiting", "computing"), rates, rows["one node"], strict=True)
        ]
        print(f"{name:9}  {', '.join(lines)}, {rates[1].cpu_milliseconds:6.2f} ms CPU a program")


if __name__ == "__main__":
    main()
