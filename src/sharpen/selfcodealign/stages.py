"""The stages of SelfCodeAlign (arXiv 2410.24198) as functions, in order, and :func:`align`, which does all.

``gather`` -> ``concepts`` -> ``instructions`` -> ``responses`` -> ``validate`` -> ``select`` -> ``train``

All files of one data set are in one directory. Concepts, instructions and responses are steps of one run,
whose journal records every answer, so that each can be stopped and resumed. Training is
:func:`sharpen.selfcodealign.train.tune.train`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from sharpen.journal.journal import Journal
from sharpen.run.recorded import RecordedSandbox
from sharpen.run.run import Run
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.sandbox.spec import open_sandbox
from sharpen.selfcodealign.dataset import build
from sharpen.selfcodealign.dataset.select import Choice, Pool
from sharpen.selfcodealign.generate import write_stages
from sharpen.selfcodealign.generate.pipeline import Align, Until, write
from sharpen.selfcodealign.overlap.decontaminate import Index, load
from sharpen.selfcodealign.seeds import gather as mining
from sharpen.selfcodealign.seeds.mining import MiningReport
from sharpen.selfcodealign.seeds.sources import is_of_hub
from sharpen.selfcodealign.stage_files import ENDINGS, Funnel
from sharpen.selfcodealign.validate import stage
from sharpen.selfcodealign.validate.gates import STANDARD, Rules, ValidationRules

Where = Literal["local", "ray"]
"""This machine, or a Ray cluster."""

CPU_SECONDS = Limits().cpu_seconds
"""Processor time of a response's tests. With this one, the verdicts of the run are used again."""
WORDS = 13
"""Consecutive words that make a copy of a benchmark's problem."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Seeds on disk.

    Attributes:
        path: the stage file, ``seeds.jsonl``.
        funnel: how many functions there were, and why which were rejected.
        report: files that were read and skipped, and benchmarks' problems that were found.
    """

    path: Path
    funnel: Funnel
    report: MiningReport


OpenRun = Callable[[Align, Path], AbstractAsyncContextManager[Run]]
"""Opens a run in a directory: :func:`sharpen.api.open_run`, its budget and progress given."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote.

    Attributes:
        funnels: of concepts, instructions and responses.
        exhausted: why the run ended early; empty when it did not.
    """

    funnels: tuple[Funnel, ...]
    exhausted: str


@dataclass(frozen=True, slots=True)
class Aligned:
    """What :func:`align` made: what the model wrote, and the funnels of validation and selection."""

    written: Written
    rows: Funnel
    dataset: Funnel


def gather(
    source: str,
    directory: Path,
    *,
    against: Sequence[str] = (),
    words: int = WORDS,
    threshold: float = mining.PAPER_THRESHOLD,
    workers: int = 2,
    limit: int | None = None,
    where: Where = "local",
    kind: mining.Kind = "functions",
) -> Gathered:
    """Gather documented functions of real code into ``directory / "seeds.jsonl"``.

    Args:
        source: ``installed``, a folder, a git repository, ``the-stack`` or ``hf://datasets/OWNER/NAME``.
        directory: of the data set.
        against: benchmarks whose problems no seed may hold; all known ones if empty.
        words: consecutive words that make a copy of a problem.
        threshold: Jaccard index of word 5-grams from which two seeds are near duplicates.
        workers: processes that parse files.
        limit: documented functions that are looked at, at most.
        where: where files are parsed and types checked.
        kind: documented functions, or random snippets, which are an ablation of the paper (table 10).

    Raises:
        UsageError: there is no such source or benchmark, or ``sharpen[align]`` is not installed.
        DataError: a file cannot be written, or git fails.
        ContaminationError: the search for benchmarks missed a planted problem.
    """
    funnel, report = mining.gather(
        source,
        directory,
        against,
        words=words,
        threshold=threshold,
        workers=workers,
        limit=limit,
        where=where,
        kind=kind,
    )
    return Gathered(directory / "seeds.jsonl", funnel, report)


async def concepts(config: Align, directory: Path, open_run: OpenRun) -> Written:
    """Ask which concepts each seed uses, and write ``concepts.jsonl``.

    Args:
        config: how the model is asked; its ``benchmark`` is the stage file of seeds.
        directory: of the run.
        open_run: opens the run.

    Raises:
        SharpenError: whatever ends a run; what was recorded stays.
    """
    return await _write(config, directory, open_run, "concepts")


async def instructions(config: Align, directory: Path, open_run: OpenRun) -> Written:
    """Ask for a task that needs the concepts of each seed, and write ``instructions.jsonl`` too.

    Arguments and exceptions are those of :func:`concepts`; what was asked before is not asked again.
    """
    return await _write(config, directory, open_run, "instructions")


async def responses(config: Align, directory: Path, open_run: OpenRun) -> Written:
    """Ask for solutions of each task with tests, run them, and write ``responses.jsonl`` too.

    Arguments and exceptions are those of :func:`concepts`; what was asked before is not asked again.
    """
    return await _write(config, directory, open_run, "responses")


async def _write(config: Align, directory: Path, open_run: OpenRun, until: Until) -> Written:
    """Go on with a run up to a stage, and write the files of the first three stages from its journal."""
    config = config.model_copy(update={"until": until})
    async with open_run(config, directory) as run:
        await run.map(partial(write, run=run, cfg=config))
        nodes = (run.journal.nodes(problem.id) for problem in run.journal.problems())
        return Written(write_stages.write(directory, nodes, config), run.exhausted)


async def validate(
    directory: Path,
    *,
    seeds: Path | None = None,
    rules: Rules = STANDARD,
    cpu_seconds: float = CPU_SECONDS,
    sandbox: Where = "local",
    on_progress: Callable[[int], None] | None = None,
) -> Funnel:
    """Run the responses of ``directory`` on their own tests, check the tests, and write ``rows.jsonl``.

    Args:
        directory: with ``instructions.jsonl`` and ``responses.jsonl``.
        seeds: the stage file of seeds; that of the run if not given.
        rules: which gates there are, and their thresholds.
        cpu_seconds: processor time of a response's tests.
        sandbox: where programs run.
        on_progress: called with the number of responses that have just been validated.

    Raises:
        UsageError: the seeds are not where the run had them.
        DataError: a file is missing or damaged.
        SandboxError: the sandbox failed; what was validated before is kept.
    """
    async with _bench(directory, rules, cpu_seconds, sandbox) as bench:
        concurrency = max(stage.CONCURRENCY, getattr(bench.copies, "in_flight", 0))
        return await stage.validate(
            directory, seeds or stage.seeds_of(directory), bench, on_progress, concurrency
        )


@asynccontextmanager
async def _bench(
    directory: Path, rules: Rules, cpu_seconds: float, sandbox: Where
) -> AsyncIterator[ValidationRules]:
    """Open the sandboxes of a validation; verdicts on responses go into the journal of ``directory``."""
    first = open_sandbox(sandbox)
    other = ProcessSandbox(hash_seed=1)  # for one run of each response, so always on this machine
    try:
        with Journal.write(directory) as journal:
            recorded, recorded_other = RecordedSandbox(first, journal), RecordedSandbox(other, journal)
            yield ValidationRules(recorded, recorded_other, first, Limits(cpu_seconds=cpu_seconds), rules)
    finally:
        await asyncio.gather(first.close(), other.close())


def select(
    directory: Path,
    *,
    choice: Choice = "paper",
    against: Sequence[str] = (),
    words: int = WORDS,
    type_check: bool = False,
    pool: Pool = "passed",
    limit: int | None = None,
    tests_in_instructions: float = 0.0,
) -> Funnel:
    """Select one passing response per instruction, no two alike, and write ``dataset.jsonl`` and its card.

    Args:
        directory: with ``rows.jsonl``.
        choice: how the response is chosen.
        against: benchmarks whose problems no row may hold; none is searched for if empty.
        words: consecutive words that make a copy of a problem.
        type_check: leave out code with type errors; needs ``sharpen[align]``.
        pool: responses that are selected from; ``failed`` and ``any`` are the paper's ablation (table 9).
        limit: rows in all, chosen at random; all if not given.
        tests_in_instructions: share of instructions to which tests are appended; the paper's is 0.5.

    Raises:
        UsageError: there is no such benchmark, or ``sharpen[align]`` is not installed.
        DataError: a file is missing, damaged or cannot be written.
        ContaminationError: the search for benchmarks missed a planted problem.
    """
    index = Index(load(against), words) if against else None
    return build.make(
        directory,
        choice,
        index=index,
        typed=type_check,
        pool=pool,
        limit=limit,
        tests_in_instructions=tests_in_instructions,
    )


def seeds_file(source: str, directory: Path, against: Sequence[str] = (), where: Where = "local") -> Path:
    """Return ``source`` where it is a stage file of seeds; else gather it into ``directory``, once.

    Raises:
        SharpenError: as :func:`gather`.
    """
    if is_stage_file(source):
        return Path(source)
    path = directory / "seeds.jsonl"
    return path if path.exists() else gather(source, directory, against=against, where=where).path


def is_stage_file(source: str) -> bool:
    """Return whether a source of seeds is a file of seeds, and not code to gather them from."""
    return source.endswith(ENDINGS) and not is_of_hub(source)


async def align(
    source: str,
    config: Align,
    directory: Path,
    open_run: OpenRun,
    *,
    against: Sequence[str] = (),
    where: Where = "local",
    rules: Rules = STANDARD,
    cpu_seconds: float = CPU_SECONDS,
    choice: Choice = "paper",
    on_progress: Callable[[int], None] | None = None,
) -> Aligned:
    """Go from seeds to a data set: gather, write, validate, select. The same call resumes.

    Args:
        source: a stage file of seeds, or a source as :func:`gather` takes it.
        config: how the model is asked.
        directory: of the run and the data set.
        open_run: opens the run.
        against: benchmarks whose problems neither seeds nor rows may hold.
        where: where seeds are gathered.
        rules: as :func:`validate` has them.
        cpu_seconds: the same.
        choice: as :func:`select` has it.
        on_progress: as :func:`validate` has it.

    Raises:
        SharpenError: as the single stages; what was recorded stays.
    """
    seeds = await asyncio.to_thread(seeds_file, source, directory, against, where)
    config = config.model_copy(update={"benchmark": str(seeds)})
    written = await responses(config, directory, open_run)
    rows = await validate(
        directory,
        seeds=seeds,
        rules=rules,
        cpu_seconds=cpu_seconds,
        sandbox=config.sandbox,
        on_progress=on_progress,
    )
    dataset = await asyncio.to_thread(select, directory, choice=choice, against=against)
    return Aligned(written, rows, dataset)
