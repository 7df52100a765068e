"""The verbs, for a notebook: the command line calls these and hides nothing.

``run = await sharpen.repair("humaneval", model="qwen2.5-coder-0.5b", n_p=4, n_fr=2, limit=20)``
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from sharpen.benchmarks import structures
from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.registry import load
from sharpen.errors import UsageError
from sharpen.estimate import Estimator, Order, Tree, interval, pass_at_t
from sharpen.graphs.checker import GraphChecker
from sharpen.graphs.codec import format_of
from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint
from sharpen.journal.trees import read_config, read_trees
from sharpen.methods.few_shot import PAPERS_FORMAT, FewShot, few_shot
from sharpen.methods.human_feedback import read_explanations
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.reflexion.strategies import strategy
from sharpen.methods.repair import Repair
from sharpen.methods.repair import repair as repair_problem
from sharpen.methods.sample import Sample
from sharpen.methods.sample import sample as sample_problem
from sharpen.methods.structure import Structure
from sharpen.methods.structure import structure as structure_item
from sharpen.models.base import Model
from sharpen.models.spec import open_model
from sharpen.run.calibration import calibrations
from sharpen.run.config import Budget, RunConfig
from sharpen.run.run import Progress, Run
from sharpen.sandbox.base import Sandbox
from sharpen.sandbox.spec import open_sandbox
from sharpen.selfcodealign.generate import (
    pipeline as writing,
)
from sharpen.selfcodealign.generate import (
    seed_benchmark as asked,
)
from sharpen.selfcodealign.generate import (
    write_stages as derived,
)
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.selfcodealign.stage_files import Funnel
from sharpen.types import Node

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the pass@t plane, with the 95 % interval of a bootstrap over problems.

    Attributes:
        pass_rate: mean over problems of the chance that a tree holds a passing program.
        low, high: the interval.
        tokens: mean completion tokens of a tree.
    """

    pass_rate: float
    low: float
    high: float
    tokens: float


class Results:
    """A run that is over, or as far as it came: a reader of its directory."""

    def __init__(self, directory: Path, exhausted: str = "") -> None:
        self.directory, self.exhausted = directory, exhausted

    def table(self) -> None:
        """Print what the terminal shows."""
        from sharpen.reports.publish import render

        render([self.directory], Console())

    def pass_at_t(
        self,
        n_p: int,
        n_fr: int = 1,
        n_r: int = 1,
        *,
        order: Order = "batch",
        estimator: Estimator = "unbiased",
    ) -> Point:
        """Return the pass@t point of n_p programs with n_fr explanations each and n_r repairs of each.

        Raises:
            TruncatedTreesError: the run was not made with ``collect``.
            EstimateError: more is asked for than was sampled.
        """
        trees = Tree.stack(list(read_trees(self.directory).values()))
        points = pass_at_t(trees, n_p, n_fr, n_r, order, estimator=estimator)
        rate = interval(points.pass_rate)
        return Point(float(rate.value), float(rate.low), float(rate.high), float(points.tokens.mean()))

    @property
    def errors(self) -> int:
        """How many problems ended with an error, and will be asked again when the run goes on."""
        with Journal.read(self.directory) as journal:
            return sum(map(bool, journal.outcomes(read_config(self.directory).outcomes).values()))

    def nodes(self) -> Iterator[Node]:
        """Yield every program, explanation and repair."""
        with Journal.read(self.directory) as journal:
            for problem in journal.problems():
                yield from journal.nodes(problem.id)

    def samples(self) -> list[dict[str, object]]:
        """Return one flat row per program or repair, for polars or pandas."""
        return [
            {
                "problem": node.problem,
                "stage": node.stage,
                "index": node.index,
                "id": node.id,
                "parent": node.parent,
                "model": node.author,
                "program": node.program.code,
                "passed": node.passed,
                "kind": node.verdict.kind,
                "tokens": node.tokens,
            }
            for node in self.nodes()
            if node.program and node.verdict
        ]


async def sample(
    benchmark: str,
    *,
    model: str,
    run: Path | None = None,
    budget: Budget | None = None,
    **options: Any,  # noqa: ANN401
) -> Results:
    """Draw n programs per problem and judge them; ``options`` are the fields of :class:`Sample`."""
    return await execute(Sample(benchmark=benchmark, model=model, **options), run, budget)


async def repair(
    benchmark: str,
    *,
    model: str,
    run: Path | None = None,
    budget: Budget | None = None,
    **options: Any,  # noqa: ANN401
) -> Results:
    """Generate, run, explain, repair; ``options`` are the fields of :class:`Repair`."""
    return await execute(Repair(benchmark=benchmark, model=model, **options), run, budget)


async def reflexion(
    benchmark: str,
    *,
    model: str,
    run: Path | None = None,
    budget: Budget | None = None,
    **options: Any,  # noqa: ANN401
) -> Results:
    """Try, judge, reflect, try again; ``options`` are the fields of :class:`Reflexion`."""
    return await execute(Reflexion(benchmark=benchmark, model=model, **options), run, budget)


async def structure(
    benchmark: str,
    *,
    model: str,
    run: Path | None = None,
    budget: Budget | None = None,
    **options: Any,  # noqa: ANN401
) -> Results:
    """Write graphs as code and read them back; ``options`` are the fields of :class:`Structure`."""
    return await execute(Structure(benchmark=benchmark, model=model, **options), run, budget)


async def align(
    seeds: str | Path,
    *,
    model: str,
    run: Path | None = None,
    budget: Budget | None = None,
    **options: Any,  # noqa: ANN401
) -> Results:
    """Write tasks from a file of seeds, solve and test them; ``options`` are the fields of :class:`Align`."""
    return await execute(Align(benchmark=str(seeds), model=model, **options), run, budget)


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run one of the verbs where there is no event loop."""
    return asyncio.run(coroutine)


async def execute(
    config: RunConfig,
    directory: Path | None = None,
    budget: Budget | None = None,
    progress: Progress | None = None,
    opener: Callable[[str], Model] | None = None,
    reuse: Sequence[Path] = (),
) -> Results:
    """Run the method that ``config`` belongs to, or go on with it, and return its results.

    Raises:
        SharpenError: anything that ends a run; what was recorded stays.
    """
    directory = directory or default_directory(config)
    async with open_run(config, directory, budget, progress, opener, reuse) as run:
        await run.map(method_of(config, run))
    if isinstance(config, Align):
        write_stages(directory, config)
    return Results(directory, run.exhausted)


def write_stages(directory: Path, config: Align) -> tuple[Funnel, ...]:
    """Write the stage files of a run of ``align`` from its journal, and return what each stage did.

    Raises:
        JournalError: the run cannot be read.
        DataError: a file cannot be written.
    """
    with Journal.read(directory) as journal:
        return derived.write(directory, (journal.nodes(row.id) for row in journal.problems()), config)


@asynccontextmanager
async def open_run(
    config: RunConfig,
    directory: Path,
    budget: Budget | None = None,
    progress: Progress | None = None,
    opener: Callable[[str], Model] | None = None,
    reuse: Sequence[Path] = (),
) -> AsyncIterator[Run]:
    """Open everything that a run needs, and close it again."""
    benchmark, sandbox = world_of(config)
    opener = opener or partial(open_model, server=config.server)
    models = {spec: opener(spec) for spec in config.models}
    run = Run(
        directory,
        config,
        benchmark,
        models,
        sandbox,
        budget=budget,
        progress=progress,
        reuse=reuse,
        gold_seconds=calibrations() if config.sandbox == "local" else {},
    )
    try:
        yield run
    finally:
        await run.close()


def world_of(config: RunConfig) -> tuple[Benchmark, Sandbox]:
    """Return what ``config`` asks, and who judges the answers."""
    if isinstance(config, Align):
        return asked.benchmark(Path(config.benchmark)), open_sandbox(config.sandbox)
    if not isinstance(config, Structure):
        return load(config.benchmark), open_sandbox(config.sandbox)
    if config.sandbox != "local":
        raise UsageError("graphs are read and not run: leave --sandbox out")
    return few_shot_of(config).benchmark, GraphChecker()


@lru_cache(maxsize=1)
def few_shot_of(config: Structure) -> FewShot:
    """Return the structured task that ``config`` asks, with its examples.

    Raises:
        UsageError: no task, or no format of the task, is called that.
        DataError: a file is not what it should be.
        FetchError: a file is not in the cache and no source could be reached.
    """
    asked = structures.load(config.benchmark)
    word = config.examples or structures.find(asked.name).examples
    shown = asked if word == asked.name else structures.load(word)
    form = format_of(asked.task, config.format or PAPERS_FORMAT[asked.task])
    return few_shot(
        asked,
        shown,
        form,
        config.shots,
        config.choose,
        config.choice_seed,
        config.constrained,
        config.encoder,
    )


def method_of(config: RunConfig, run: Run) -> Callable[[Any], Coroutine[Any, Any, None]]:
    """Return the method that ``config`` configures, as a function of the problem alone."""
    if run.benchmark.parts and not isinstance(config, Sample):
        raise UsageError(
            f"{run.benchmark.name} asks for a program in parts, which only `sharpen sample` can: "
            "choose another variant"
        )
    if isinstance(config, Repair):
        explained = read_explanations(config.feedback_from, run.journal) if config.feedback_from else {}
        return partial(repair_problem, run=run, cfg=config, explained=explained)
    if isinstance(config, Reflexion):
        return strategy(run, config)
    if isinstance(config, Sample):
        return partial(sample_problem, run=run, cfg=config)
    if isinstance(config, Structure):
        return partial(structure_item, run=run, cfg=config, task=few_shot_of(config))
    if isinstance(config, Align):
        return partial(writing.write, run=run, cfg=config)
    raise TypeError(f"no method takes a {type(config).__name__}")


def default_directory(config: RunConfig) -> Path:
    """Return where a run lives when nobody says: the same configuration always finds its run again."""
    fixed = config.model_dump(mode="json", exclude=set(config.growing))
    words = f"{config.method}-{config.benchmark}-{config.model}"
    name = re.sub(r"[^\w.+-]+", "-", words).strip("-")[:80]
    return Path("runs") / f"{name}-{fingerprint(config.method, fixed)[:8]}"
