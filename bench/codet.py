"""What CodeT's rule and the product choose among the authors' recorded programs, without a model.

    python bench/codet.py PROGRAMS.jsonl TESTS.jsonl [--benchmark WORD] [--limit N] [--passes FILE]

The files are those of CodeT's repository (microsoft/CodeT, ``CodeT/data/generated_data``): a ``prompt``
with its ``samples``, 100 programs and 100 answers with tests for each problem of HumanEval. Each distinct
program runs in the sandbox with each distinct test, 0.1 CPU seconds a test, and with the hidden tests.
``--passes`` keeps what each passed, so that a run that was interrupted goes on.

Printed is pass@1: of a program at random, and of one out of the group that each rule chooses, and its paired
difference from the first rule. Groups of the
same score are one, and a problem without a program that passes a test counts as a program at random, as in
CodeT's code.
"""

import argparse
import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from sharpen.benchmarks.registry import load
from sharpen.errors import DataError
from sharpen.evaluate.samples import Malformed, SampledProgram, program_of, read_samples
from sharpen.files.disk import read_jsonl
from sharpen.journal.keys import fingerprint
from sharpen.methods.reflexion.self_tests import MOST, usable
from sharpen.reports.figures import mean
from sharpen.reports.words import decimal, span
from sharpen.sandbox.base import Limits, Sandbox
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Problem, Program, SourceTest, Suite

_STOP = re.compile(r"\n(?:class|def|#|if|print)")
"""Where CodeT's code ends a program."""
FIRST = 5
"""Tests of one answer that CodeT's code takes."""
LIMITS = Limits(cpu_seconds=60.0, wall_seconds=600.0)
HIDDEN_LIMITS = Limits(cpu_seconds=3.0, wall_seconds=60.0)
RUN_EACH = """
import json
import signal

def overdue(*_):
    raise TimeoutError

def run_each(solution, tests, measured):
    signal.signal(signal.SIGVTALRM, overdue)
    loaded = {}
    exec(compile(solution, "<program>", "exec"), loaded)
    for number, test in enumerate(json.loads(tests)):
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0.1)
            exec(compile(test, "<test>", "exec"), loaded)
            passes = 1
        except BaseException:
            passes = 0
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        measured[str(number)] = passes
"""
"""Runs in the sandbox: which of the tests a program passes."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote for one problem.

    Attributes:
        problem: of HumanEval.
        programs: how often it wrote each program.
        answers: the usable tests of each of its answers, in order.
    """

    problem: Problem
    programs: Mapping[str, int]
    answers: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a program passes: which of the model's tests, and whether the hidden ones."""

    tests: frozenset[str]
    right: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """How a group of programs that pass the same tests is scored.

    Attributes:
        label: what is printed.
        weights: how often each test counts.
        score: of the number of programs and the weight of the tests that they pass.
    """

    label: str
    weights: Callable[[Sequence[Sequence[str]]], Mapping[str, int]]
    score: Callable[[int, int], float]


def firsts(most: int | None, answers: Sequence[Sequence[str]]) -> Mapping[str, int]:
    """Return how often each test is among the first ``most`` of an answer."""
    return Counter(test for answer in answers for test in answer[:most])


def six(answers: Sequence[Sequence[str]]) -> Mapping[str, int]:
    """Return the first six distinct tests, each once."""
    return dict.fromkeys(list(dict.fromkeys(test for answer in answers for test in answer))[:MOST], 1)


def root(programs: int, tests: int) -> float:
    """Return CodeT's score."""
    return math.sqrt(programs) * tests


def product(programs: int, tests: int) -> float:
    """Return the score of ``--agreement product``."""
    return programs * tests


RULES = (
    Rule("codet, all tests", partial(firsts, None), root),
    Rule(f"codet, {FIRST} of an answer", partial(firsts, FIRST), root),
    Rule(f"product, {MOST} tests", six, product),
    Rule("product, all tests", partial(firsts, None), product),
)


def main() -> None:
    """Run the programs on the tests and print what each rule chooses."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("programs", type=Path)
    parser.add_argument("tests", type=Path)
    parser.add_argument("--benchmark", default="humaneval")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--passes", type=Path)
    options = parser.parse_args()
    problems = load(options.benchmark).problems
    programs, tests = (by_problem(path, problems) for path in (options.programs, options.tests))
    sampled = [problem for problem in problems if problem.id in programs and problem.id in tests]
    everything = (written(each, programs[each.id], tests[each.id]) for each in sampled[: options.limit])
    shares_by_rule = asyncio.run(choose(everything, options.passes))
    reference = shares_by_rule[RULES[0].label]
    for label, shares in shares_by_rule.items():
        rate, gap = (
            mean(shares),
            mean([ours - theirs for ours, theirs in zip(shares, reference, strict=True)]),
        )
        less = f"less {RULES[0].label}: {gap.value:+.3f} ({span(gap)})"
        print(f"{label:24} {decimal(rate.value)} ({span(rate)}), {len(shares)} problems, {less}")


def by_problem(path: Path, problems: Sequence[Problem]) -> Mapping[str, Sequence[SampledProgram]]:
    """Return the samples of a file by the problem's id.

    Raises:
        DataError: a line holds none.
    """
    samples: dict[str, list[SampledProgram]] = {}
    for sample in read_samples(path, problems):
        if isinstance(sample, Malformed):
            raise DataError(f"{path}: {sample.reason}")
        samples.setdefault(sample.problem, []).append(sample)
    return samples


def written(problem: Problem, programs: Sequence[SampledProgram], tests: Sequence[SampledProgram]) -> Written:
    """Return what the model wrote for one problem: programs up to where CodeT's code ends them."""
    cut = [replace(sample, text=_STOP.split(sample.text, maxsplit=1)[0]) for sample in programs]
    codes = Counter(program_of(sample, problem).code for sample in cut)
    return Written(problem, codes, [usable(sample.text, problem.hidden.entry_point) for sample in tests])


async def choose(everything: Iterable[Written], kept: Path | None) -> dict[str, list[float]]:
    """Return by rule, for each problem, the share of right programs among those that it may choose."""
    shares: dict[str, list[float]] = {}
    sandbox = ProcessSandbox()
    try:
        for each in everything:
            ran = await run_all(each, sandbox, kept)
            shares.setdefault("a program at random", []).append(share(each, ran, each.programs))
            for rule in RULES:
                shares.setdefault(rule.label, []).append(share(each, ran, chosen(each, ran, rule)))
    finally:
        await sandbox.close()
    return shares


async def run_all(written: Written, sandbox: Sandbox, kept: Path | None) -> Mapping[str, Ran]:
    """Return what each program passes, from the file where it holds the problem."""
    tests = list(dict.fromkeys(test for answer in written.answers for test in answer))
    key = fingerprint(tests, list(written.programs))
    if known := recorded(kept, key):
        return known
    each = SourceTest("each", "run_each(solution, tests, measured)", json.dumps(tests))
    suite = Suite((each,), context=RUN_EACH)

    async def run(code: str) -> Ran:
        verdict = await sandbox.execute(Program(code), suite, LIMITS)
        measured = verdict.outcomes[0].measured if verdict.outcomes else {}
        passed = frozenset(test for i, test in enumerate(tests) if measured.get(str(i)))
        hidden = await sandbox.execute(Program(code), written.problem.hidden, HIDDEN_LIMITS)
        return Ran(passed, hidden.passed)

    ran = dict(zip(written.programs, await asyncio.gather(*map(run, written.programs)), strict=True))
    if kept:
        rows = {code: [one.right, sorted(one.tests)] for code, one in ran.items()}
        with kept.open("a") as file:
            file.write(json.dumps({"key": key, "problem": written.problem.id, "ran": rows}) + "\n")
    return ran


def recorded(kept: Path | None, key: str) -> Mapping[str, Ran]:
    """Return what a file says that the programs of one problem pass; nothing where it says nothing."""
    rows = (row for _, row in read_jsonl(kept) if row["key"] == key) if kept and kept.is_file() else ()
    return {code: Ran(frozenset(tests), right) for row in rows for code, (right, tests) in row["ran"].items()}


def chosen(written: Written, ran: Mapping[str, Ran], rule: Rule) -> Sequence[str]:
    """Return the programs of the groups with the best score; all where no program passes a test."""
    weights = rule.weights(written.answers)
    groups: dict[frozenset[str], list[str]] = {}
    for code in written.programs:
        groups.setdefault(ran[code].tests.intersection(weights), []).append(code)
    scores = {
        passed: rule.score(sum(written.programs[code] for code in codes), sum(weights[t] for t in passed))
        for passed, codes in groups.items()
    }
    best = max(scores.values())
    return [code for passed, codes in groups.items() if scores[passed] == best for code in codes]


def share(written: Written, ran: Mapping[str, Ran], codes: Iterable[str]) -> float:
    """Return how many of the programs, each as often as it was written, are right."""
    counts = [(written.programs[code], ran[code].right) for code in codes]
    return sum(count for count, right in counts if right) / sum(count for count, _ in counts)


if __name__ == "__main__":
    main()
