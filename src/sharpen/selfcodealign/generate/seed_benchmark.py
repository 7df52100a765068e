"""Adapts a stage file of seeds to a benchmark: problems without tests, whose origin goes into the journal."""

from dataclasses import asdict
from pathlib import Path

from sharpen.benchmarks.base import Benchmark
from sharpen.errors import DataError
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Seed
from sharpen.types import Message, Problem, Program, Suite


def benchmark(path: Path) -> Benchmark:
    """Return the seeds of a stage file as a benchmark.

    Raises:
        DataError: the file is missing, has no seeds, or has a seed twice.
        UsageError: it is not a stage file.
    """
    problems = [_problem(seed) for seed in stage_files.read(path, Seed)]
    if not problems:
        raise DataError(f"{path} has no seeds: gather some with sharpen align seeds")
    if len({problem.id for problem in problems}) < len(problems):
        raise DataError(f"{path} has a seed twice: give each an id of its own")
    return Benchmark(
        name=str(path),
        problems=problems,
        prompt=lambda problem: (Message("user", problem.statement),),
        extract=lambda _, answer: Program(answer, "bare"),
        visible_tests="each response is run on its own tests",
        source=str(path),
    )


def _problem(seed: Seed) -> Problem:
    origin = {name: str(value) for name, value in asdict(seed).items() if name not in ("id", "code")}
    return Problem(seed.id, seed.code, Suite(()), Suite(()), provenance=origin)
