"""Whether programs that guess pass more often than guessing does, by what others before them left behind.

Runs many copies of each program of ``tests/sandbox/learning.py`` in one sandbox and counts those that pass.
Without a memory that outlives a program none does. ``--open`` tries what no layer closes instead.

    python bench/learning.py [--samples 1000] [--workers 1] [--open]
"""

import argparse
import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for the programs of the tests

from tests.sandbox.learning import FORMS, MEMORIES, OPEN, program

from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Program

_LIMITS = Limits(cpu_seconds=5.0, wall_seconds=60.0)


async def passed(memory: str, form: str, samples: int, workers: int) -> int:
    """Return how many of so many copies pass."""
    sandbox = ProcessSandbox(workers)
    try:
        codes = (Program(program(memory, form, copy)) for copy in range(samples))
        verdicts = [await sandbox.execute(code, FORMS[form], _LIMITS) for code in codes]
    finally:
        await sandbox.close()
    return sum(verdict.passed for verdict in verdicts)


def main() -> None:
    """Run what the options say; the status is 1 if any program passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=1000, help="copies of a program")
    parser.add_argument("--workers", type=int, default=1, help="programs at a time")
    parser.add_argument("--open", action="store_true", help="memories that no layer closes")
    options = parser.parse_args()
    total = 0
    for memory in OPEN if options.open else MEMORIES:
        for form in FORMS:
            passes = asyncio.run(passed(memory, form, options.samples, options.workers))
            total += passes
            print(f"{memory}, {form}: {passes} of {options.samples} passed", flush=True)
    raise SystemExit(total > 0)


if __name__ == "__main__":
    main()
