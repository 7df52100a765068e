"""Seeds as a run asks about them: problems without tests, whose origin goes with them into the journal."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from sharpen.benchmarks.base import Benchmark
from sharpen.errors import DataError
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Seed
from sharpen.types import Message, Problem, Program, Suite


def benchmark(path: Path) -> Benchmark:
    """Return the seeds of a stage file as what a run asks about.

    Raises:
        DataError: the file is not there or holds no seeds, or a seed is in it twice.
        UsageError: it is no file of rows.
    """
    problems = [_problem(seed) for seed in stage_files.read(path, Seed)]
    if not problems:
        raise DataError(f"{path} holds no seeds: take them from code with sharpen align seeds")
    if len({problem.id for problem in problems}) < len(problems):
        raise DataError(f"{path} holds a seed twice: each needs an id of its own")
    return Benchmark(
        name=str(path),
        problems=problems,
        prompt=lambda problem: (Message("user", problem.statement),),
        extract=lambda _, answer: Program(answer, "bare"),
        visible_tests="a response is judged by its own tests",
        source=str(path),
    )


def seed_of(identity: str, code: str, provenance: Mapping[str, str]) -> Seed:
    """Return the seed that a row of the journal stands for."""
    fields = dict(provenance)
    return Seed(id=identity, code=code, line=int(fields.pop("line")), **fields)


def _problem(seed: Seed) -> Problem:
    origin = {name: str(value) for name, value in asdict(seed).items() if name not in ("id", "code")}
    return Problem(seed.id, seed.code, Suite(()), Suite(()), provenance=origin)
