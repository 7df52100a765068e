"""What the gates of ``sharpen align validate`` cost, and what thresholds buy.

The programs are GPT-3.5's for HumanEval, with the tests that it had to work with, and whether they are right
by the hidden tests: LLMDebugger's logs. Printed are the share of right programs among those that pass their
tests, by the least mutation score and coverage, and the processor time of each gate over what no gate costs.

    python bench/gates.py humaneval_gpt35_seed.jsonl.gz humaneval_gpt35_ldb.jsonl.gz
"""

import argparse
import asyncio
import gzip
import json
import resource
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.selfcodealign.validate.gates import GATES, Finding, Gate, Rules, ValidationRules, examine
from sharpen.selfcodealign.validate.stage import in_order

WARM, COUNTED = 10, 60
"""Programs of a first and a second measurement: their difference is free of what starting costs."""


@dataclass(frozen=True, slots=True)
class Tested:
    """A program, its tests, and whether it is right."""

    code: str
    tests: str
    right: bool


def read(seeds: Path, log: Path) -> list[Tested]:
    programs = {row["task_id"]: row for row in lines(seeds)}
    return [
        Tested(
            code=programs[row["task_id"]]["solution"],
            tests="\n".join(row["generated_test"]),
            right=bool(programs[row["task_id"]]["is_solved"]),
        )
        for row in lines(log)
    ]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path) as file:
        yield from map(json.loads, file)


async def judge(tested: Sequence[Tested], gates: frozenset[Gate], at_once: int) -> list[Finding]:
    rules = Rules(frozenset(GATES) - gates, coverage=0.0, mutation_score=0.0)
    places = ProcessSandbox(), ProcessSandbox(hash_seed=1)
    bench = ValidationRules(*places, places[0], Limits(cpu_seconds=4.0), rules)
    judged = [each async for each in in_order((examine(t.code, t.tests, bench) for t in tested), at_once)]
    for place in places:
        await place.close()
    return judged


def cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def milliseconds(tested: Sequence[Tested], gates: frozenset[Gate]) -> float:
    spent = []
    for size in (WARM, COUNTED):
        before = cpu()
        asyncio.run(judge(tested[:size], gates, 1))
        spent.append(cpu() - before)
    return 1000 * (spent[1] - spent[0]) / (COUNTED - WARM)


def thresholds(tested: Sequence[Tested], findings: Sequence[Finding]) -> None:
    passed = [
        (each.right, finding.gates)
        for each, finding in zip(tested, findings, strict=True)
        if finding.verdict == "passed" and not finding.reason
    ]
    for name in ("mutation_score", "coverage"):
        for least in (0.0, 0.5, 0.8, 0.9, 1.0):
            left = [right for right, gates in passed if float(gates.get(name, 1)) >= least]
            print(f"{name} >= {least}: {len(left)} left, {sum(left) / max(len(left), 1):.1%} right")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seeds", type=Path)
    parser.add_argument("log", type=Path)
    given = parser.parse_args()
    tested = read(given.seeds, given.log)
    findings = asyncio.run(judge(tested, frozenset(GATES), 4))
    thresholds(tested, findings)
    right = [each for each, finding in zip(tested, findings, strict=True) if finding.verdict == "passed"]
    base = milliseconds(right, frozenset())
    print(f"no gate: {base:.1f} ms")
    for gate in GATES[:-1]:  # agreement needs several responses to one instruction
        print(f"{gate}: {milliseconds(right, frozenset({gate})) - base:+.1f} ms")


if __name__ == "__main__":
    main()
