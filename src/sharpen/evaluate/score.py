"""Verdicts for anyone's samples: streaming, resumable, pass@k with its interval.

Samples are judged as they are read, a bounded number at a time; verdicts are journaled, so a second call
executes nothing again. pass@k is over the problems that the file has samples of, and how many it lacks is
reported. A sample without an answer is a failed sample. A sample that the sandbox could not judge, or whose
tests cannot be read, is named, counts in no figure, and stops nothing.
"""

import asyncio
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sharpen.benchmarks.base import Benchmark, ScorerFigures
from sharpen.benchmarks.registry import load
from sharpen.counts import plural
from sharpen.errors import DataError, SandboxError, SuiteError, UsageError
from sharpen.estimate import pass_at_k, rate_interval
from sharpen.evaluate.results import Write, results_file
from sharpen.evaluate.sampled_tests import RightTests, tests_of
from sharpen.evaluate.samples import Malformed, SampledProgram, program_of, read_samples
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint, storable
from sharpen.journal.layout import Layout
from sharpen.run.calibration import calibrations
from sharpen.run.config import RunConfig
from sharpen.run.method import Method, Solve
from sharpen.run.run import Run, row_of
from sharpen.run.subset import select
from sharpen.sandbox.spec import Word, open_sandbox
from sharpen.types import Node, Problem, Program, Suite, Verdict

MOST_DIFFERING = 20
"""Samples that are named when the file's own verdict differs."""
KS = (1, 10, 100)
"""pass@k is given for those k that every problem has samples for."""


def ks_of(text: str) -> tuple[int, ...]:
    """Return the k in a list with commas.

    Raises:
        UsageError: one is not a positive number.
    """
    words = text.split(",")
    if not all(re.fullmatch(r"\s*0*[1-9]\d{0,5}\s*", word) for word in words):
        raise UsageError(f"--k takes positive numbers with commas between them, as in 1,5,10: not {text!r}")
    return tuple(map(int, words))


class Score(RunConfig):
    """What is scored; no model is asked."""

    method: ClassVar[str] = "score"
    model: str = ""
    samples: Path
    """The file of samples."""


def begin(run: Run, cfg: Score) -> Solve:
    """Refuse to ask a model: a file of samples is judged again by `sharpen score`."""
    raise UsageError(
        f"{run.directory} holds verdicts on {cfg.samples}, which no model is asked for: "
        "judge the file again with sharpen score and another --run"
    )


def layout(cfg: Score) -> Layout:
    """Return what the rows mean: programs of a file, all of which count."""
    return Layout(title="Scored samples", authors=cfg.samples.name, all_count=True)


METHOD = Method(Score, begin, layout)


@dataclass
class Scored:
    """What a file of samples scores; it does not grow with their number.

    Attributes:
        benchmark: its name.
        samples: the file.
        problems: how many the benchmark has, or how many of it were chosen.
        ks: the k for which pass@k is given.
        drawn, passed: samples and passing samples by problem.
        kinds: verdicts by kind.
        trust: verdicts by trust grade.
        absent: samples without an answer; they are among the failed.
        own_tests: samples whose rows bring other tests than the benchmark's, and were judged by them.
        malformed: one sentence for each line that holds no sample.
        unjudged: one sentence for each sample that could not be judged.
        compared: samples with a verdict of their own in the file.
        differing: one sentence for each of them that is judged otherwise here.
        tally: counts the benchmark's own figures, where it has some.
    """

    benchmark: str
    samples: Path
    problems: int
    ks: Sequence[int] = KS
    drawn: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    trust: Counter[str] = field(default_factory=Counter)
    absent: int = 0
    own_tests: int = 0
    malformed: list[str] = field(default_factory=list)
    unjudged: list[str] = field(default_factory=list)
    compared: int = 0
    differing: list[str] = field(default_factory=list)
    tally: ScorerFigures | None = None

    @property
    def complete(self) -> bool:
        """Whether every line held a sample and every sample was judged."""
        return not self.malformed and not self.unjudged

    @property
    def line(self) -> str:
        """Where it stands, for a line of progress."""
        done = self.drawn.total()
        share = self.passed.total() / max(done, 1)
        return f"{plural(done, 'sample')} of {plural(len(self.drawn), 'problem')} | {share:.1%} passed"

    def add(self, problem: str, verdict: Verdict) -> None:
        """Count one verdict."""
        self.drawn[problem] += 1
        self.passed[problem] += verdict.passed
        self.kinds[verdict.kind] += 1
        self.trust[verdict.trust] += 1
        if self.tally:
            self.tally.add(problem, verdict)

    def compare(self, sample: SampledProgram, verdict: Verdict) -> None:
        """Hold a verdict against the one in the file, if it has one."""
        if sample.recorded is None:
            return
        self.compared += 1
        if sample.recorded != verdict.passed:
            theirs = "passed" if sample.recorded else "failed"
            place = f"{sample.problem}, line {sample.line}"
            self.differing.append(f"{place}: {theirs} there, {verdict.kind} here")

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data: counts, and ``pass@k`` with its interval."""
        n = np.array(list(self.drawn.values()), dtype=int)
        c = np.array([self.passed[problem] for problem in self.drawn], dtype=int)
        rates = {k: rate_interval(pass_at_k(n, c, k)) for k in self.ks if n.size and k <= n.min()}
        figures = self.tally.figures() if self.tally else {}
        return {
            "benchmark": self.benchmark,
            "problems": len(n),
            "missing": self.problems - len(n),
            "samples": int(n.sum()),
            "absent": self.absent,
            "own_tests": self.own_tests,
            "passed": int(c.sum()),
            **{f"pass@{k}": float(rate.value) for k, rate in rates.items()},
            **{f"pass@{k}_interval": [float(rate.low), float(rate.high)] for k, rate in rates.items()},
            "figures": {name: figure if math.isfinite(figure) else None for name, figure in figures.items()},
            "kinds": dict(self.kinds),
            "trust": dict(self.trust),
            "malformed": len(self.malformed),
            "unjudged": len(self.unjudged),
            "compared": self.compared,
            "differing": len(self.differing),
        }


async def score(
    word: str,
    samples: Path,
    directory: Path | None = None,
    sandbox: Word = "local",
    *,
    limit: int | None = None,
    ids: Sequence[str] = (),
    ks: Sequence[int] = KS,
    results: Path | None = None,
    on_progress: Callable[[Scored], None] = lambda _: None,
) -> Scored:
    """Judge every sample of a file on the hidden tests of a benchmark; a run's directory is judged already.

    Args:
        word: the benchmark.
        samples: the file or folder, or the directory of a run, whose first programs count.
        directory: where verdicts are recorded; by default a name that the same call finds again.
        sandbox: where programs run.
        limit: how many problems, evenly spread.
        ids: only these problems.
        ks: the k of pass@k; those that exceed the samples of a problem are left out.
        results: where the result of each sample is written (:mod:`sharpen.evaluate.results`).
        on_progress: called after each sample.

    Raises:
        DataError: the file cannot be read or holds no sample at all; then no directory is made.
        SharpenError: the benchmark or the run directory cannot be used.
    """
    benchmark = load(word)
    if (samples / "config.json").is_file():
        return _recorded(benchmark, samples, ks)
    config = Score(benchmark=word, samples=samples, sandbox=sandbox, limit=limit, ids=tuple(ids))
    chosen = {problem.id for problem in select(benchmark.problems, limit, config.ids)}
    scored = _empty(benchmark, samples, len(chosen), ks)
    rows = _begun(_samples(samples, benchmark, scored), scored)
    run = Run(
        directory or _default_directory(config),
        config,
        benchmark,
        {},
        open_sandbox(sandbox),
        reference_seconds=calibrations() if sandbox == "local" else {},
    )
    try:
        with results_file(results) as write:
            await _judge_all(run, (row for row in rows if row.problem in chosen), scored, write, on_progress)
    finally:
        await run.close()
    if not scored.drawn:
        why = (scored.unjudged or ["its samples are of other problems than those chosen"])[0]
        raise DataError(f"{samples} holds no sample of {benchmark.name} that could be judged: {why}")
    return scored


def _begun(rows: Iterator[SampledProgram], scored: Scored) -> Iterator[SampledProgram]:
    """Return the same samples after a look at the first, so that a wrong file leaves no run behind."""
    first = next(rows, None)
    if first is None:
        why = (scored.malformed or ["it is empty"])[0]
        raise DataError(f"{scored.samples} holds no sample of {scored.benchmark}: {why}")
    return chain([first], rows)


async def _judge_all(
    run: Run,
    rows: Iterator[SampledProgram],
    scored: Scored,
    write: Write,
    on_progress: Callable[[Scored], None],
) -> None:
    problems = {problem.id: (at, problem) for at, problem in enumerate(run.benchmark.problems)}
    seen = Counter[str]()

    async def judge(place: int, row: SampledProgram, number: int) -> None:
        position, problem = problems[row.problem]
        program, suite = await asyncio.to_thread(_to_run, run.benchmark, row, problem)
        if row.kind == "tests" and not isinstance(scored.tally, RightTests):
            scored.tally = RightTests()
        try:
            verdict, key = await run.execute(program, suite)
        except (SuiteError, SandboxError, DataError) as error:
            scored.unjudged.append(f"{scored.samples}, line {row.line}: {row.problem}: {error}")
            unknown = Verdict("harness_error", message=str(error))
            if isinstance(error, SuiteError):  # no program can pass: the sample stays in the denominator
                scored.add(problem.id, unknown)
            write(place, row, number, program, unknown)
            return
        node = Node(
            id=fingerprint("node", problem.id, "sample", number, storable(row.text)),
            parent=None,
            problem=problem.id,
            stage="program",
            index=number,
            author=scored.samples.name,
            text=storable(row.text),
            program=program,
            verdict=verdict,
        )
        run.journal.record_problem(position, row_of(problem))
        run.journal.record_node(node, None, None, key)
        run.journal.record_outcome(problem.id, run.outcomes)
        scored.absent += row.absent
        scored.own_tests += row.kind != "tests" and suite is not problem.hidden and suite != problem.hidden
        scored.add(problem.id, verdict)
        scored.compare(row, verdict)
        write(place, row, number, program, verdict)

    places = enumerate(rows)

    async def worker() -> None:
        for place, row in places:
            number = seen[row.problem]
            seen[row.problem] += 1
            await judge(place, row, number)
            on_progress(scored)

    async with asyncio.TaskGroup() as group:
        for _ in range(run.config.concurrency):
            group.create_task(worker())


def _empty(benchmark: Benchmark, path: Path, problems: int, ks: Sequence[int]) -> Scored:
    tally = benchmark.tally() if benchmark.tally else None
    return Scored(benchmark.name, path, problems, tuple(ks), tally=tally)


def _to_run(benchmark: Benchmark, row: SampledProgram, problem: Problem) -> tuple[Program, Suite]:
    if row.kind == "tests":
        return tests_of(storable(row.text), problem)
    program = _program(benchmark, row, problem)
    own = benchmark.own_tests(problem, row.tests) if benchmark.own_tests and row.tests else problem.hidden
    return program, own


def _program(benchmark: Benchmark, row: SampledProgram, problem: Problem) -> Program:
    text = storable(row.text)
    is_reply = row.kind == "answer"
    program = benchmark.extract(problem, text) if is_reply else program_of(replace(row, text=text), problem)
    return benchmark.with_imports(program)


def _recorded(benchmark: Benchmark, directory: Path, ks: Sequence[int]) -> Scored:
    """Count the verdicts on a run's first programs."""
    config = read_config(directory, RecordedConfig)
    scored = _empty(benchmark, directory, len(benchmark.problems), ks)
    if config.benchmark.partition("@")[0].partition("/")[0] != benchmark.name.partition("/")[0]:
        raise UsageError(f"{directory} is a run on {config.benchmark}, not on {benchmark.name}")
    with Journal.read(directory) as journal:
        for row in journal.problems():
            for node in journal.nodes(row.id):
                if node.stage == "program" and node.verdict:
                    scored.add(node.problem, node.verdict)
    return scored


def _samples(path: Path, benchmark: Benchmark, scored: Scored) -> Iterator[SampledProgram]:
    for row in read_samples(path, benchmark.problems, plus="+" in benchmark.name):
        if isinstance(row, Malformed):
            scored.malformed.append(f"{path}: {row.reason}")
        else:
            yield row


def render(scored: Scored, console: Console) -> None:
    """Print the figures as a table."""
    figures = scored.to_json()
    table = Table("", "", title=f"{scored.samples.name} on {scored.benchmark}", show_header=False)
    for name in ("problems", "missing", "samples", "absent", "own_tests", "passed", "malformed", "unjudged"):
        if figures[name] or name in ("problems", "samples", "passed"):
            table.add_row(name.replace("_", " "), f"{figures[name]:,}")
    for name in (name for name in figures if re.fullmatch(r"pass@\d+", name)):
        low, high = figures[f"{name}_interval"]
        table.add_row(name, f"{figures[name]:.4f}  95 % interval {low:.4f} to {high:.4f}")
    for name, figure in figures["figures"].items():
        table.add_row(name, "n/a" if figure is None else f"{figure:.4f}")
    for kind, count in sorted(figures["kinds"].items()):
        table.add_row(f"  {kind}", f"{count:,}")
    table.add_row("trust", ", ".join(f"{count:,} {trust}" for trust, count in figures["trust"].items()))
    if scored.compared:
        table.add_row("the file's own verdicts", f"{len(scored.differing):,} of {scored.compared:,} differ")
    console.print(table)
    for sentence in scored.differing[:MOST_DIFFERING]:
        console.print(Text(f"  {sentence}"))


def _default_directory(config: Score) -> Path:
    name = re.sub(r"[^\w.+-]+", "-", f"score-{config.benchmark}-{config.samples.name}").strip("-")[:80]
    return Path("runs") / f"{name}-{fingerprint(str(config.samples.absolute()), config.benchmark)[:8]}"
