"""What judging a program costs in each language: the sandbox against a runner as MultiPL-E's, in one run.

The runner does what MultiPL-E's does: it writes program and tests to a file, calls the compiler, runs what
came of it as a process with a limit on time, and believes its exit status. No layer, no limit on memory.

``--programs`` programs a language, each another, a fifth of them wrong, with tests in MultiPL-E's form. Both
judge the same programs, one at a time, in turns: first two, which shows what the start costs, then all; the
difference is what the programs cost. Processor time is that of the whole tree of processes, in milliseconds a
program. ``false`` are verdicts that differ from what is known.

    python bench/languages.py [rust cpp java javascript typescript go] [--programs 20] [--rounds 3]
"""

import argparse
import asyncio
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple, get_args

from sharpen.errors import SandboxError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.languages import toolchains
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, Language, Program, Suite

FORMS: dict[str, tuple[str, str]] = {
    "rust": (
        (
            "use std::collections::HashMap;\nfn f(x: isize) -> isize {{\n    let mut seen = HashMap::new();\n"
            "    seen.insert(1, x + {0});\n    seen[&1]\n}}\n"
        ),
        "fn main() {{\n    let candidate = f;\n    assert_eq!(candidate(2), {0});\n}}\n",
    ),
    "cpp": (
        (
            "#include<assert.h>\n#include<bits/stdc++.h>\nlong f(long x) {{\n    std::map<int, long> seen;\n"
            "    seen[1] = x + {0};\n    return seen[1];\n}}\n"
        ),
        "int main() {{\n    auto candidate = f;\n    assert(candidate((2)) == ({0}));\n}}\n",
    ),
    "java": (
        (
            "import java.util.*;\nclass Problem {{\n    public static long f(long x) {{\n"
            "        Map<Integer, Long> seen = new HashMap<>();\n        seen.put(1, x + {0});\n"
            "        return seen.get(1);\n    }}\n}}\n"
        ),
        "    public static void main(String[] args) {{\n    assert(f((2l)) == ({0}l));\n    }}\n}}\n",
    ),
    "typescript": (
        (
            "function f(x: number): number {{\n  const seen = new Map<number, number>();\n"
            "  seen.set(1, x + {0});\n  return seen.get(1);\n}}\n"
        ),
        "declare var require: any;\nconst assert = require('node:assert');\nassert.deepEqual(f(2), {0});\n",
    ),
    "go": (
        (
            'package f_test\n\nimport (\n    "testing"\n    "fmt"\n)\n\n'
            "func f(x int) int {{\n\tseen := map[int]int{{1: x + {0}}}\n\treturn seen[1]\n}}\n"
        ),
        (
            "func TestF(t *testing.T) {{\n\tif fmt.Sprint(f(2)) != fmt.Sprint({0}) {{\n"
            '\t\tt.Errorf("got %d", f(2))\n\t}}\n}}\n'
        ),
    ),
    "javascript": (
        "function f(x) {{\n  const seen = new Map();\n  seen.set(1, x + {0});\n  return seen.get(1);\n}}\n",
        "const assert = require('node:assert');\nassert.deepEqual(f(2), {0});\n",
    ),
}

NAMES = {
    "rust": "main.rs", "cpp": "main.cpp", "java": "Problem.java", "javascript": "main.js",
    "typescript": "main.ts", "go": "main_test.go",
}  # fmt: skip
FEW = 2
"""Programs that show what the start costs."""


class Sample(NamedTuple):
    """A program, its tests, and whether it is right."""

    program: str
    tests: str
    right: bool


class Cost(NamedTuple):
    """What judging some programs cost: milliseconds of processor time and of the clock for one."""

    cpu_ms: float
    wall_ms: float
    false: int


def samples(language: str, count: int, first: int) -> list[Sample]:
    """Return programs that differ from all others, a fifth of them wrong."""
    program, tests = FORMS[language]
    numbers = range(first, first + count)
    return [Sample(program.format(n), tests.format(n + 2 + (n % 5 == 0)), n % 5 != 0) for n in numbers]


def plain(language: Language, sample: Sample, folder: Path) -> bool:
    """Judge a program as MultiPL-E's runner does: by the exit status of a process."""
    chain = toolchains.find(language)
    name = NAMES[language]
    program = sample.program.rstrip()[:-1] if language == "java" else sample.program  # its tests close it
    (folder / name).write_text(program + "\n" + sample.tests)
    compilers: dict[str, list[str]] = {
        "rust": [name, "-o", "main"],
        "cpp": [name, "-o", "main", "-std=c++17"],
        "java": ["-d", ".", name],
        "typescript": ["--target", "es2022", "--strict", "false", name],
    }
    runs = {
        "java": ["java", "-ea", "-cp", ".", "Problem"],
        "javascript": ["node", name],
        "typescript": ["node", "main.js"],
        "go": ["go", "test", name],
    }
    compiler = ("tsc",) if language == "typescript" else chain.compile
    compiling = [compiler[0], *compilers[language]] if language in compilers else []
    commands = [compiling, runs.get(language, ["./main"])]
    done = [
        subprocess.run(command, cwd=folder, capture_output=True, timeout=600, check=False).returncode
        for command in commands
        if command
    ]
    return not any(done)


def with_processes(language: Language, rows: Sequence[Sample]) -> int:
    """Judge all programs by processes, and return how many verdicts are false."""
    false = 0
    for row in rows:
        with tempfile.TemporaryDirectory() as folder:
            false += plain(language, row, Path(folder)) != row.right
    return false


def with_sandbox(language: Language, rows: Sequence[Sample]) -> int:
    """Judge all programs in the sandbox, and return how many verdicts are false."""
    return asyncio.run(_judge_all(language, rows))


async def _judge_all(language: Language, rows: Sequence[Sample]) -> int:
    sandbox, false = ProcessSandbox(1), 0
    try:
        for row in rows:
            suite = Suite((AssertTest("main", row.tests),), "f", language=language)
            verdict = await sandbox.execute(Program(row.program), suite, Limits())
            false += verdict.passed != row.right
    finally:
        await sandbox.close()
    return false


def cost(run: Callable[[Sequence[Sample]], int], rows: Sequence[Sample]) -> Cost:
    """Return what a program costs: all of them, less a few, which show what the start costs."""
    few = _spent(run, rows[:FEW])
    rest = _spent(run, rows[FEW:])
    programs = len(rows) - 2 * FEW
    cpu, wall = rest[0] - few[0], rest[1] - few[1]
    return Cost(1000 * cpu / programs, 1000 * wall / programs, few[2] + rest[2])


def _spent(run: Callable[[Sequence[Sample]], int], rows: Sequence[Sample]) -> tuple[float, float, int]:
    used, began = _used(), time.monotonic()
    false = run(rows)
    return _used() - used, time.monotonic() - began, false


def _used() -> float:
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, kinds))


def measure(language: Language, programs: int, rounds: int) -> None:
    """Measure both in turns, and print medians with the least and the most."""
    costs: dict[str, list[Cost]] = {"processes": [], "sandbox": []}
    for number in range(rounds):
        rows = samples(language, programs + FEW, 1 + number * (programs + FEW))
        costs["processes"].append(cost(partial(with_processes, language), rows))
        costs["sandbox"].append(cost(partial(with_sandbox, language), rows))
    for name, taken in costs.items():
        cpu, wall = [each.cpu_ms for each in taken], [each.wall_ms for each in taken]
        false, middle = sum(each.false for each in taken), statistics.median(wall)
        print(
            f"{language:10} {name:9} {statistics.median(cpu):6.0f} ms cpu [{min(cpu):.0f} to {max(cpu):.0f}]"
            f"  {middle:6.0f} ms clock, {1000 / middle:5.1f} a second, {false} false",
            flush=True,
        )
    pairs = zip(costs["sandbox"], costs["processes"], strict=True)
    ratios = [sandbox.cpu_ms / processes.cpu_ms for sandbox, processes in pairs]
    middle = statistics.median(ratios)
    print(f"{language:10} ratio {middle:.2f} [{min(ratios):.2f} to {max(ratios):.2f}]", flush=True)


def main() -> None:
    """Measure every language that has a toolchain here."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("languages", nargs="*", default=list(FORMS), metavar="LANGUAGE")
    parser.add_argument("--programs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for word in options.languages:
        language = next(each for each in get_args(Language) if each == word)
        try:
            print(f"{language}: {toolchains.find(language).version}")
        except SandboxError as error:
            print(f"{language}: {error}")
            continue
        measure(language, options.programs, options.rounds)


if __name__ == "__main__":
    main()
