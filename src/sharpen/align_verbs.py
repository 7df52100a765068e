"""SelfCodeAlign's verbs: the whole pipeline, and each of its stages. Paths may be given as text."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from sharpen import registry
from sharpen.api import Location
from sharpen.errors import UsageError
from sharpen.execution import default_directory, one_error, open_run
from sharpen.files.download import DownloadProgress
from sharpen.models.base import Model
from sharpen.run.config import Budget
from sharpen.run.progress import Progress
from sharpen.selfcodealign import stages
from sharpen.selfcodealign.dataset.select import Choice, Pool
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.selfcodealign.seeds.gather import PAPER_THRESHOLD, Kind
from sharpen.selfcodealign.stage_files import Funnel
from sharpen.selfcodealign.stages import CPU_SECONDS, WORDS, Aligned, Gathered, Where, Written
from sharpen.selfcodealign.train import tune
from sharpen.selfcodealign.train.fitting import TrainingStep
from sharpen.selfcodealign.train.recipe import Train
from sharpen.selfcodealign.validate.gates import STANDARD, Rules


async def align(
    seeds: Location,
    config: Align,
    *,
    run: Location | None = None,
    against: Sequence[str] = (),
    where: Where = "local",
    budget: Budget | None = None,
    reuse: Sequence[Location] = (),
    opener: Callable[[str], Model] | None = None,
    on_progress: Progress | None = None,
    on_validated: Callable[[int], None] | None = None,
) -> Aligned:
    """Make a data set: gather seeds, write tasks, solve and test them, validate, select. It can resume.

    Args:
        seeds: a stage file of seeds, or a source as :func:`sharpen.align_seeds` takes it.
        config: the options of the writing model.
        run: the directory of the run and the data set; found by the options if not given.
        against: benchmarks whose problems neither seeds nor rows may hold.
        where: where seeds are gathered.
        budget: caps for the run.
        reuse: earlier runs whose recorded answers are used where they fit.
        opener: opens a model by its name.
        on_progress: called with a snapshot of the run.
        on_validated: called with the number of responses that have just been validated.

    Raises:
        SharpenError: anything that ends a stage; what was recorded stays.
    """
    config = config.model_copy(update={"benchmark": str(seeds)})
    directory = Path(run) if run else default_directory(config)
    opened = _opened(budget, reuse, opener, on_progress)
    with one_error():
        return await stages.align(
            str(seeds), config, directory, opened, against=against, where=where, on_progress=on_validated
        )


def align_seeds(
    source: Location,
    directory: Location,
    *,
    against: Sequence[str] = (),
    words: int = WORDS,
    threshold: float = PAPER_THRESHOLD,
    workers: int = 2,
    limit: int | None = None,
    where: Where = "local",
    kind: Kind = "functions",
) -> Gathered:
    """Gather documented functions of real code; arguments and errors are those of ``stages.gather``."""
    return stages.gather(
        str(source),
        Path(directory),
        against=against,
        words=words,
        threshold=threshold,
        workers=workers,
        limit=limit,
        where=where,
        kind=kind,
    )


async def align_concepts(
    directory: Location,
    config: Align,
    *,
    seeds: Location | None = None,
    budget: Budget | None = None,
    reuse: Sequence[Location] = (),
    opener: Callable[[str], Model] | None = None,
    on_progress: Progress | None = None,
) -> Written:
    """Begin a run stage by stage: find the concepts of each seed.

    Args:
        directory: the run's.
        config: the options of this stage and the next two.
        seeds: the stage file of seeds; seeds.jsonl in the directory if not given.
        budget: caps for the whole run.
        reuse: earlier runs whose recorded answers are used where they fit.
        opener: opens a model by its name.
        on_progress: called with a snapshot of the run.

    Raises:
        SharpenError: anything that ends a run; what was recorded stays.
    """
    path = str(seeds or Path(directory) / "seeds.jsonl")
    config = config.model_copy(update={"benchmark": path})
    opened = _opened(budget, reuse, opener, on_progress)
    with one_error():
        return await stages.concepts(config, Path(directory), opened)


async def align_instructions(
    directory: Location,
    *,
    budget: Budget | None = None,
    opener: Callable[[str], Model] | None = None,
    on_progress: Progress | None = None,
) -> Written:
    """Resume a run: ask for a task that needs the concepts of each seed; see :func:`align_concepts`."""
    opened = _opened(budget, (), opener, on_progress)
    with one_error():
        return await stages.instructions(_options(directory), Path(directory), opened)


async def align_responses(
    directory: Location,
    *,
    budget: Budget | None = None,
    opener: Callable[[str], Model] | None = None,
    on_progress: Progress | None = None,
) -> Written:
    """Resume a run: ask for solutions of each task with tests, run them; see :func:`align_concepts`."""
    opened = _opened(budget, (), opener, on_progress)
    with one_error():
        return await stages.responses(_options(directory), Path(directory), opened)


def _opened(
    budget: Budget | None,
    reuse: Sequence[Location],
    opener: Callable[[str], Model] | None,
    on_progress: Progress | None,
) -> stages.OpenRun:
    """Return what opens the run of a stage."""
    earlier = [Path(run) for run in reuse]
    return partial(open_run, budget=budget, reuse=earlier, opener=opener, on_progress=on_progress)


def _options(directory: Location) -> Align:
    config = registry.options_of(Path(directory))
    if not isinstance(config, Align):
        raise UsageError(f"{directory} holds a run of {config.method}: begin one with sharpen align concepts")
    return config


async def align_validate(
    directory: Location,
    *,
    seeds: Location | None = None,
    rules: Rules = STANDARD,
    cpu_seconds: float = CPU_SECONDS,
    sandbox: Where = "local",
    on_progress: Callable[[int], None] | None = None,
) -> Funnel:
    """Run responses on their own tests, and check the tests; see :func:`stages.validate`."""
    with one_error():
        return await stages.validate(
            Path(directory),
            seeds=Path(seeds) if seeds else None,
            rules=rules,
            cpu_seconds=cpu_seconds,
            sandbox=sandbox,
            on_progress=on_progress,
        )


def align_select(
    directory: Location,
    *,
    choice: Choice = "paper",
    against: Sequence[str] = (),
    words: int = WORDS,
    type_check: bool = False,
    pool: Pool = "passed",
    limit: int | None = None,
    tests_in_instructions: float = 0.0,
) -> Funnel:
    """Select one passing response per instruction, and no two that are alike; see :func:`stages.select`."""
    return stages.select(
        Path(directory),
        choice=choice,
        against=against,
        words=words,
        type_check=type_check,
        pool=pool,
        limit=limit,
        tests_in_instructions=tests_in_instructions,
    )


async def align_train(
    rows: Location,
    config: Train,
    run: Location,
    *,
    on_step: Callable[[TrainingStep], None] = lambda _: None,
    on_progress: DownloadProgress | None = None,
) -> tune.Training:
    """Fine-tune a model on rows; afterwards the run's directory is itself a model.

    Args:
        rows: JSONL of prompt and completion, or the rows that ``align_select`` selected.
        config: the recipe.
        run: the training's directory; the same call resumes it.
        on_step: called with every step.
        on_progress: called with how far a download of weights is.

    Raises:
        SharpenError: as :func:`sharpen.selfcodealign.train.tune.train`.
    """
    return await asyncio.to_thread(tune.train, Path(rows), config, Path(run), on_step, on_progress)
