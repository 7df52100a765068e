"""The verbs of SelfCodeAlign, one thin function each: ``sharpen align VERB``."""

import asyncio
import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from sharpen.cli.options import (
    DEFAULT_BUDGET,
    DEFAULT_OPTIONS,
    DONE,
    Flat,
    RunDirectory,
    RunOptions,
    carry_out,
    progress_line,
    stderr,
)
from sharpen.errors import UsageError
from sharpen.run.config import Budget
from sharpen.selfcodealign.dataset.select import Choice, Pool
from sharpen.selfcodealign.generate.pipeline import Align, Until
from sharpen.selfcodealign.seeds.gather import Kind
from sharpen.selfcodealign.seeds.sources import is_of_hub
from sharpen.selfcodealign.stage_files import ENDINGS
from sharpen.selfcodealign.train.recipe import Train
from sharpen.selfcodealign.validate.gates import STANDARD, Gate, Rules

if TYPE_CHECKING:
    from sharpen.selfcodealign.stage_files import Funnel

Where = Literal["local", "ray"]
"""This machine, or a Ray cluster."""
CPU_SECONDS = 10.0
"""Of a response's tests."""
WORDS = 13
"""Consecutive ones that make a copy of a benchmark."""

align_app = App(name="align", help="Make fine-tuning data from a model's own answers (arXiv 2410.24198).")


@align_app.command
def seeds(
    source: str = "installed",
    /,
    *,
    out: Path,
    against: tuple[str, ...] = (),
    words: int = WORDS,
    threshold: float = 0.5,
    workers: int = 2,
    limit: int | None = None,
    where: Where = "local",
    kind: Kind = "functions",
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Gather documented functions of real code that pass the paper's filters.

    Args:
        source: `installed` (the standard library and all that this Python can import), a folder, git,
            `the-stack`, or hf://datasets/OWNER/NAME[@REVISION][/FOLDER] for Parquet files of the hub.
        out: The directory of the data set; seeds.jsonl goes there, and beside it what was rejected and why.
        against: The benchmarks that no seed may hold, also NAME@PATH; all that are known if none is named.
        words: Consecutive words that make a copy of a benchmark.
        threshold: The least Jaccard index of word 5-grams of two near duplicates.
        workers: Processes of this machine that parse files.
        limit: Documented functions that are looked at, at most.
        where: Where files are parsed and types checked: on this machine, or on a Ray cluster.
        kind: Documented functions, or random snippets of code, which are an ablation of the paper.
        as_json: Print the funnel as one JSON object on stdout.
    """
    from sharpen.selfcodealign.seeds.gather import gather

    funnel, report = gather(
        source,
        out,
        against,
        words=words,
        threshold=threshold,
        workers=workers,
        limit=limit,
        where=where,
        kind=kind,
    )
    _tell(funnel, as_json)
    if report.skipped:
        lost = f"{report.skipped.total():,} of {report.files:,} files were not read"
        stderr().print(f"{lost}: {report.example}", highlight=False)
    stderr().print(f"seeds: {out / 'seeds.jsonl'}", highlight=False)
    return DONE


@align_app.command
def run(
    *,
    seeds: str,
    config: Annotated[Align, Flat],
    run: RunDirectory = None,
    against: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=True)] = (),
    where: Where = "local",
    options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
) -> int:
    """All stages at once: gather seeds, write tasks, solve and test them, judge the tests, select.

    Args:
        seeds: A stage file of seeds; or where to gather them, as `sharpen align seeds` takes it.
        run: The run's directory; the same command finds its run again when this is not given.
        config: What the method takes.
        against: The benchmarks that no seed and no row may hold, also NAME@PATH.
        where: Where seeds are found and their types checked: on this machine, or on a Ray cluster.
        options: How it is run.
    """
    from sharpen.api import default_directory
    from sharpen.selfcodealign.seeds.gather import gather

    config = config.model_copy(update={"benchmark": seeds})
    directory = run or default_directory(config)
    if is_of_hub(seeds) or not seeds.endswith(ENDINGS):
        gathered = directory / "seeds.jsonl"
        if not options.dry_run and not gathered.exists():
            gather(seeds, directory, against, where=where)
        config = config.model_copy(update={"benchmark": str(gathered)})
    finish = partial(_judge_and_select, against=against, sandbox=config.sandbox)
    return carry_out(config, directory, options, finish)


def _judge_and_select(directory: Path, against: tuple[str, ...], sandbox: Where) -> None:
    """Go on from the responses of a run, with every gate and the paper's choice."""
    from sharpen.selfcodealign.dataset import build as dataset
    from sharpen.selfcodealign.overlap import decontaminate
    from sharpen.selfcodealign.validate.stage import seeds_of

    asyncio.run(_validate(directory, seeds_of(directory), STANDARD, CPU_SECONDS, sandbox))
    index = decontaminate.Index(decontaminate.load(against), WORDS) if against else None
    dataset.make(directory, index=index)


@align_app.command
def concepts(
    directory: Path,
    /,
    *,
    config: Annotated[Align, Flat],
    seeds: Path | None = None,
    options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
) -> int:
    """Begin a run stage by stage: find what is in each seed. All options of the later stages are given here.

    Args:
        directory: The run's directory.
        seeds: The stage file of seeds; seeds.jsonl in the directory if not given.
        config: What the method takes.
        options: How it is run.
    """
    asked = str(seeds or directory / "seeds.jsonl")
    config = config.model_copy(update={"benchmark": asked, "until": "concepts"})
    return carry_out(config, directory, options)


@align_app.command
def instructions(
    directory: Path,
    /,
    *,
    budget: Budget = DEFAULT_BUDGET,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Go on with a run: ask for a task that needs the concepts of each seed.

    Args:
        directory: The run's directory.
        budget: Caps for the whole run; reaching one ends it cleanly.
        as_json: Print the results as one JSON object on stdout.
    """
    return _go_on(directory, "instructions", budget, as_json)


@align_app.command
def responses(
    directory: Path,
    /,
    *,
    budget: Budget = DEFAULT_BUDGET,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Go on with a run: ask for solutions of each task with their tests, and run them.

    Args:
        directory: The run's directory.
        budget: Caps for the whole run; reaching one ends it cleanly.
        as_json: Print the results as one JSON object on stdout.
    """
    return _go_on(directory, "responses", budget, as_json)


@align_app.command
def train(
    rows: Path,
    /,
    *,
    config: Annotated[Train, Flat],
    run: Path,
    dry_run: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Fine-tune a model on rows; afterwards the run's directory is itself a model: `-m RUN`.

    Args:
        rows: JSONL of prompt and completion (`sharpen export RUN sft`) or what `sharpen align select` kept.
        run: The training's directory; the same command goes on with it.
        config: What is tuned, and how.
        dry_run: Print the resolved recipe and stop.
        as_json: Print what came out as one JSON object on stdout.
    """
    from sharpen.cli.progress import DownloadBar, describe_step
    from sharpen.selfcodealign.train import tune as training

    if dry_run:
        resolved = {"run": str(run), **config.model_dump(mode="json"), "recipe": asdict(config.resolved)}
        print(json.dumps(resolved, indent=2))  # noqa: T201
        return DONE
    with progress_line() as line, DownloadBar(stderr()) as bar:
        found = training.train(
            rows,
            config,
            run,
            on_step=lambda step: line.show(describe_step(step), last=step.step == step.steps),
            on_progress=bar,
        )
    if as_json:
        print(json.dumps(found.to_json()))  # noqa: T201
    else:
        training.render(found, run, Console())
    return DONE


def _go_on(directory: Path, until: Until, budget: Budget, as_json: bool) -> int:
    from sharpen.evaluate.replay import read_config

    config = read_config(directory)
    if not isinstance(config, Align):
        raise UsageError(f"{directory} holds a run of {config.method}: begin one with sharpen align concepts")
    return carry_out(
        config.model_copy(update={"until": until}), directory, RunOptions(budget, as_json=as_json)
    )


@align_app.command
def validate(
    directory: Path,
    /,
    *,
    seeds: Path | None = None,
    without: Annotated[tuple[Gate, ...], Parameter(negative="")] = (),
    coverage: float = STANDARD.coverage,
    mutants: int = STANDARD.mutants,
    mutation_score: float = STANDARD.mutation_score,
    cpu_seconds: float = CPU_SECONDS,
    sandbox: Where = "local",
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Run responses on their own tests, and ask whether the tests mean anything: responses -> rows.

    Args:
        directory: With `instructions.jsonl` and `responses.jsonl`; `rows.jsonl` is written there.
        seeds: The file of the seeds; that of the run if not given.
        without: Gates to leave out.
        coverage: Least share of the response's function lines that its tests run.
        mutants: Mutants of a response that are tried, at most.
        mutation_score: Least share of them that its tests notice.
        cpu_seconds: Processor time of a response's tests; the paper gives 10 s on the clock.
        sandbox: Where programs run: on this machine, or on a Ray cluster.
        as_json: Print the funnel as one JSON object on stdout.
    """
    from sharpen.selfcodealign.validate.stage import seeds_of

    rules = Rules(frozenset(without), coverage, mutants, mutation_score)
    funnel = asyncio.run(_validate(directory, seeds or seeds_of(directory), rules, cpu_seconds, sandbox))
    return _tell(funnel, as_json)


async def _validate(
    directory: Path, seeds: Path, rules: Rules, cpu_seconds: float, sandbox: Where
) -> "Funnel":
    from sharpen.selfcodealign import stages

    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=stderr()) as progress:
        task = progress.add_task("responses", total=_lines(directory / "responses.jsonl"))
        return await stages.validate(
            directory,
            seeds=seeds,
            rules=rules,
            cpu_seconds=cpu_seconds,
            sandbox=sandbox,
            on_progress=partial(progress.advance, task),
        )


def _lines(path: Path) -> int | None:
    """Return how many lines a file has; None where it cannot be told."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        return sum(1 for _ in file)


@align_app.command
def select(
    directory: Path,
    /,
    *,
    choice: Choice = "paper",
    against: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=True)] = (),
    words: int = WORDS,
    type_check: bool = False,
    pool: Pool = "passed",
    limit: int | None = None,
    tests_in_instructions: float = 0.0,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Choose one passing response per instruction, and no two that are alike: rows -> dataset.

    Writes `dataset.jsonl`, its figures (`diversity.json`) and its card (`README.md`).

    Args:
        directory: With `rows.jsonl`.
        choice: A response drawn at random, as the paper; or the one that agrees best with the others.
        against: The benchmarks that no row may hold, also NAME@PATH; none is looked for if none is named.
        words: Consecutive words that make a copy of a benchmark.
        type_check: Leave out code with type errors; needs `sharpen[align]`.
        pool: Responses to select from; `failed` and `any` are the paper's ablation.
        limit: Rows in all, chosen at random; all if not given.
        tests_in_instructions: Share of instructions to which tests are appended; the paper's is 0.5.
        as_json: Print the funnel as one JSON object on stdout.
    """
    from sharpen.selfcodealign import stages

    funnel = stages.select(
        directory,
        choice=choice,
        against=against,
        words=words,
        type_check=type_check,
        pool=pool,
        limit=limit,
        tests_in_instructions=tests_in_instructions,
    )
    return _tell(funnel, as_json)


def _tell(funnel: "Funnel", as_json: bool) -> int:
    if as_json:
        print(json.dumps(asdict(funnel)))  # noqa: T201
    else:
        Console().print(funnel.table())
    return DONE
