"""The verbs, for a notebook: the command line calls these and hides nothing.

``run = await sharpen.repair("humaneval", model="qwen2.5-coder-0.5b", n_p=4, n_fr=2, limit=20)``
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from sharpen import registry
from sharpen.estimate import Estimator, Order, Tree, interval, pass_at_t
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.keys import fingerprint
from sharpen.journal.trees import read_trees
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.methods.structure import Structure
from sharpen.models.base import Model
from sharpen.models.spec import open_model
from sharpen.run.calibration import calibrations
from sharpen.run.config import Budget, RunConfig
from sharpen.run.run import Progress, Run
from sharpen.selfcodealign.generate.pipeline import Align
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
        config = read_config(self.directory, RecordedConfig)
        layout = registry.layout_of(self.directory)
        trees = Tree.stack(list(read_trees(self.directory, layout, config.outcomes).values()))
        points = pass_at_t(trees, n_p, n_fr, n_r, order, estimator=estimator)
        rate = interval(points.pass_rate)
        return Point(float(rate.value), float(rate.low), float(rate.high), float(points.tokens.mean()))

    @property
    def errors(self) -> int:
        """How many problems ended with an error, and will be asked again when the run goes on."""
        with Journal.read(self.directory) as journal:
            return sum(
                map(bool, journal.outcomes(read_config(self.directory, RecordedConfig).outcomes).values())
            )

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
    opener: Callable[[str], Model] = open_model,
    reuse: Sequence[Path] = (),
) -> Results:
    """Run the method that ``config`` belongs to, or resume its run, and return its results.

    Raises:
        SharpenError: anything that ends a run; what was recorded stays.
    """
    directory = directory or default_directory(config)
    method = registry.method(config.method)
    async with open_run(config, directory, budget, progress, opener, reuse) as run:
        await run.map(method.begin(run, config))
    if method.finish:
        method.finish(directory, config)
    return Results(directory, run.exhausted)


@asynccontextmanager
async def open_run(
    config: RunConfig,
    directory: Path,
    budget: Budget | None = None,
    progress: Progress | None = None,
    opener: Callable[[str], Model] = open_model,
    reuse: Sequence[Path] = (),
) -> AsyncIterator[Run]:
    """Open everything that a run needs, and close it again."""
    benchmark, sandbox = registry.open_world(config)
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
        reference_seconds=calibrations() if config.sandbox == "local" else {},
    )
    try:
        yield run
    finally:
        await run.close()


def default_directory(config: RunConfig) -> Path:
    """Return where a run lives when nobody says: the same configuration always finds its run again."""
    fixed = config.model_dump(mode="json", exclude=set(config.resumable))
    words = f"{config.method}-{config.benchmark}-{config.model}"
    name = re.sub(r"[^\w.+-]+", "-", words).strip("-")[:80]
    return Path("runs") / f"{name}-{fingerprint(config.method, fixed)[:8]}"
