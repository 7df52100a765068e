"""Whether programs that guess pass more often than guessing does, by what others before them left behind.

Runs many copies of each program of ``tests/sandbox/learning.py`` in one sandbox and counts those that pass.
None should. One memory is open, and tried with fewer copies, since each looks through what all before it have
written. It is worth nothing where the judge asks everything, whatever is answered. Where a test runs beside
its program (``source``) it is worth something, and that count changes nothing in the status.

    python bench/learning.py [--samples 1000] [--workers 1]
"""

import argparse
import asyncio
import sys
from itertools import product
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for the programs of the tests

from tests.sandbox.learning import FORMS, LEFT_OPEN, MEMORIES, program

from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Program

_LIMITS = Limits(cpu_seconds=5.0, wall_seconds=60.0)
_MOST_COPIES_LEFT_OPEN = 200


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
    """Run what the options say; the status is 1 if any program passed that should not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=1000, help="copies of a program")
    parser.add_argument("--workers", type=int, default=1, help="programs at a time")
    options = parser.parse_args()
    learnt = 0
    for memory, form in product(MEMORIES, FORMS):
        is_open = memory == LEFT_OPEN
        samples = min(options.samples, _MOST_COPIES_LEFT_OPEN) if is_open else options.samples
        passes = asyncio.run(passed(memory, form, samples, options.workers))
        print(f"{memory}, {form}: {passes} of {samples} passed", flush=True)
        if not is_open or form != "source":
            learnt += passes
    raise SystemExit(learnt > 0)


if __name__ == "__main__":
    main()
