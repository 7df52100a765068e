"""Verdicts for anyone's samples: streaming, resumable, pass@k with its interval.

Samples are judged as they are read, a bounded number at a time; verdicts are journaled, so a second call
executes nothing again. Upstream's harness refuses files that lack problems; here pass@k is over the
problems that the file has samples of, and how many it lacks is said.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from rich.console import Console
from rich.table import Table

from sharpen.benchmarks.base import Benchmark, Tally
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, UsageError
from sharpen.estimate import interval, pass_at_k
from sharpen.evaluate.samples import Malformed, Sample, program_of, read_samples
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint
from sharpen.run.calibration import calibrations
from sharpen.run.config import RunConfig
from sharpen.run.run import Run
from sharpen.sandbox.spec import Word, open_sandbox
from sharpen.types import Problem, Program, Verdict

KS = (1, 10, 100)
"""pass@k is given for those k that every problem has samples for."""


class Score(RunConfig):
    """What is scored; no model is asked."""

    method: ClassVar[str] = "score"
    model: str = ""
    samples: Path
    """The file of samples."""


@dataclass
class Scored:
    """The tally of a file of samples; it does not grow with their number.

    Attributes:
        benchmark: its name.
        samples: the file.
        problems: how many the benchmark has.
        drawn, passed: samples and passing samples by problem.
        kinds: verdicts by kind.
        trust: verdicts by trust grade.
        malformed: one sentence for each line that holds no sample.
        tally: counts upstream's own figures, where the benchmark has some.
    """

    benchmark: str
    samples: Path
    problems: int
    drawn: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    trust: Counter[str] = field(default_factory=Counter)
    malformed: list[str] = field(default_factory=list)
    tally: Tally | None = None

    def add(self, problem: str, verdict: Verdict) -> None:
        """Count one verdict."""
        self.drawn[problem] += 1
        self.passed[problem] += verdict.passed
        self.kinds[verdict.kind] += 1
        self.trust[verdict.trust] += 1
        if self.tally:
            self.tally.add(problem, verdict)

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data: counts, and ``pass@k`` with its interval."""
        n = np.array(list(self.drawn.values()))
        c = np.array([self.passed[problem] for problem in self.drawn])
        rates = {k: interval(pass_at_k(n, c, k)) for k in KS if n.size and k <= n.min()}
        return {
            "benchmark": self.benchmark,
            "problems": len(n),
            "missing": self.problems - len(n),
            "samples": int(n.sum()),
            "passed": int(c.sum()),
            **{f"pass@{k}": float(rate.value) for k, rate in rates.items()},
            **{f"pass@{k}_interval": [float(rate.low), float(rate.high)] for k, rate in rates.items()},
            "figures": dict(self.tally.figures()) if self.tally else {},
            "kinds": dict(self.kinds),
            "trust": dict(self.trust),
            "malformed": len(self.malformed),
        }


async def score(word: str, samples: Path, directory: Path | None = None, sandbox: Word = "local") -> Scored:
    """Judge every sample of a file on the hidden tests of a benchmark; a run's directory is judged already.

    Raises:
        DataError: the file cannot be read or holds no sample at all.
        SharpenError: the benchmark or the run directory cannot be used.
    """
    benchmark = load(word)
    if samples.is_dir():  # noqa: ASYNC240 - a look at a path
        return _recorded(benchmark, samples)
    config = Score(benchmark=word, samples=samples, sandbox=sandbox)
    reference_seconds = calibrations() if sandbox == "local" else {}
    run = Run(
        directory or _default_directory(config),
        config,
        benchmark,
        {},
        open_sandbox(sandbox),
        reference_seconds=reference_seconds,
    )
    try:
        return await _judge_all(run, benchmark, samples)
    finally:
        await run.close()


async def _judge_all(run: Run, benchmark: Benchmark, path: Path) -> Scored:
    problems = {problem.id: problem for problem in benchmark.problems}
    scored = _empty(benchmark, path)
    rows = _samples(path, benchmark, scored)

    async def worker() -> None:
        for row in rows:
            problem = problems[row.problem]
            program = _program(benchmark, row, problem)
            verdict, _ = await run.execute(program, problem.hidden)
            scored.add(problem.id, verdict)

    async with asyncio.TaskGroup() as group:
        for _ in range(run.config.concurrency):
            group.create_task(worker())
    if not scored.drawn:
        why = (scored.malformed or ["it is empty"])[0]
        raise DataError(f"{path} holds no sample of {benchmark.name}: {why}")
    return scored


def _empty(benchmark: Benchmark, path: Path) -> Scored:
    tally = benchmark.tally() if benchmark.tally else None
    return Scored(benchmark.name, path, len(benchmark.problems), tally=tally)


def _program(benchmark: Benchmark, row: Sample, problem: Problem) -> Program:
    return benchmark.extract(problem, row.text) if row.kind == "answer" else program_of(row, problem)


def _recorded(benchmark: Benchmark, directory: Path) -> Scored:
    """Count the verdicts on a run's first programs."""
    config, scored = read_config(directory, RecordedConfig), _empty(benchmark, directory)
    if config.benchmark.partition("@")[0].partition("/")[0] != benchmark.name.partition("/")[0]:
        raise UsageError(f"{directory} is a run on {config.benchmark}, not on {benchmark.name}")
    with Journal.read(directory) as journal:
        for row in journal.problems():
            for node in journal.nodes(row.id):
                if node.stage == "program" and node.verdict:
                    scored.add(node.problem, node.verdict)
    return scored


def _samples(path: Path, benchmark: Benchmark, scored: Scored) -> Iterator[Sample]:
    for row in read_samples(path, benchmark.problems):
        if isinstance(row, Malformed):
            scored.malformed.append(f"{path}: {row.reason}")
        else:
            yield row


def render(scored: Scored, console: Console) -> None:
    """Print the figures as a table."""
    figures = scored.to_json()
    table = Table("", "", title=f"{scored.samples.name} on {scored.benchmark}", show_header=False)
    for name in ("problems", "missing", "samples", "passed", "malformed"):
        table.add_row(name, f"{figures[name]:,}")
    for name in (name for name in figures if re.fullmatch(r"pass@\d+", name)):
        low, high = figures[f"{name}_interval"]
        table.add_row(name, f"{figures[name]:.4f}  95 % interval {low:.4f} to {high:.4f}")
    for name, figure in figures["figures"].items():
        table.add_row(name, f"{figure:.4f}")
    for kind, count in sorted(figures["kinds"].items()):
        table.add_row(f"  {kind}", f"{count:,}")
    table.add_row("trust", ", ".join(f"{count:,} {trust}" for trust, count in figures["trust"].items()))
    console.print(table)


def _default_directory(config: Score) -> Path:
    name = re.sub(r"[^\w.+-]+", "-", f"score-{config.benchmark}-{config.samples.name}").strip("-")[:80]
    return Path("runs") / f"{name}-{fingerprint(str(config.samples.absolute()), config.benchmark)[:8]}"
