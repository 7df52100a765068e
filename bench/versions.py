"""Two versions of the sandbox at the same time: what a change to it costs or saves.

On a machine that is shared, figures differ by a fifth from minute to minute. Two versions that run side by
side, a worker each, meet the same noise: their ratio is good to a few parts in a hundred. A version is a
source folder, of this checkout or of another (``git worktree add /tmp/before HEAD~1``).

    python bench/versions.py HumanEval.jsonl.gz BEFORE/src AFTER/src [--each 20] [--rounds 6]
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

import sandbox


def cost(path: Path, each: int) -> float:
    """Return the milliseconds of processor time of a program in the version that is imported here."""
    sandbox.adopt_orphans()
    right = [sample.right for sample in sandbox.samples(path, each, 0)]
    arguments = [str(path), "--each", str(each), "--workers", "1"]
    return sandbox.one_round("sharpen", sys.executable, arguments, right).cpu_ms


def main() -> None:
    """Measure both versions at once, some rounds, and print the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path)
    parser.add_argument("versions", type=Path, nargs="*")
    parser.add_argument("--each", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    if not options.versions:
        print(cost(options.path, options.each))
        return
    ratios = []
    for _ in range(options.rounds):
        running = [_start(version, options) for version in options.versions]
        before, after = (float(process.communicate()[0]) for process in running)
        ratios.append(after / before)
        print(f"{before:.2f} ms before, {after:.2f} ms after: {ratios[-1]:.3f}", flush=True)
    print(f"median {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}")


def _start(version: Path, options: argparse.Namespace) -> "subprocess.Popen[str]":
    command = [sys.executable, __file__, str(options.path), "--each", str(options.each)]
    environment = {**os.environ, "PYTHONPATH": str(version)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    main()
