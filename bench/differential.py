"""The sandbox's verdicts against those of plain Python, on thousands of random programs and suites.

Prints each pair on which they differ, and how many verdicts are ``isolated``. One that differs and says
``isolated`` is the worst that can be: nobody would look at it again.

    python bench/differential.py --pairs 5000 --seed 1
"""

import argparse
import asyncio
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for the generator, which the tests use too

from tests.sandbox.differential import LIMITS, Pair, pairs, plain_python

from sharpen.errors import SuiteError
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Program, Verdict

CHUNK = 200


async def judged(sandbox: ProcessSandbox, pair: Pair) -> Verdict | None:
    """Return the verdict; None where the tests check nothing."""
    try:
        return await sandbox.execute(Program(pair.program), pair.suite, LIMITS)
    except SuiteError:
        return None


async def main(count: int, seed: int, workers: int) -> int:
    """Compare, print, and return how many differ."""
    sandbox, counts = ProcessSandbox(workers), Counter[str]()
    drawn = pairs(seed)
    while todo := list(islice(drawn, min(CHUNK, count - counts["pairs"]))):
        verdicts = await asyncio.gather(*(judged(sandbox, pair) for pair in todo))
        plain = await asyncio.to_thread(plain_python, todo)
        for pair, verdict, passes in zip(todo, verdicts, plain, strict=True):
            counts["pairs"] += 1
            if verdict is None:
                counts["refused, since they check nothing"] += 1
                continue
            counts["pass in plain Python"] += passes
            counts[verdict.trust] += 1
            counts[f"pass, {verdict.trust}"] += verdict.passed
            if verdict.passed != passes:
                counts[f"different, {verdict.trust}"] += 1
                body = (
                    pair.program[pair.program.rindex("def f(") :] if "def f(" in pair.program else "class f"
                )
                print(f"--- plain: {passes}; {verdict.kind}, {verdict.trust}: {verdict.message[:300]}")
                print(body, *pair.tests, sep="\n", flush=True)
    await sandbox.close()
    print(f"seed {seed}:", ", ".join(f"{number:,} {name}" for name, number in counts.items()))
    return counts["different, isolated"] + counts["different, in_process"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    sys.exit(bool(asyncio.run(main(options.pairs, options.seed, options.workers))))
