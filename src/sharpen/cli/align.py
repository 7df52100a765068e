"""The verbs of SelfCodeAlign: ``sharpen align VERB``."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Group, Parameter

from sharpen import align_verbs as verbs
from sharpen.cli.fields import arguments, with_options
from sharpen.cli.options import (
    DEFAULT_BUDGET,
    DEFAULT_OPTIONS,
    METHOD_OPTIONS,
    Flat,
    RunOptions,
    begin,
    download_bar,
    end,
    model_opener,
    progress_line,
    resolved,
)
from sharpen.cli.output import DONE, Json, RunDirectory, Several, print_json, show, stderr
from sharpen.cli.progress import ProgressLine, describe_step
from sharpen.counts import plural
from sharpen.execution import default_directory
from sharpen.run.config import Budget
from sharpen.selfcodealign.dataset.select import Choice, Pool
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.selfcodealign.seeds.gather import Kind
from sharpen.selfcodealign.stage_files import Funnel
from sharpen.selfcodealign.stages import CPU_SECONDS, WORDS, Where, Written
from sharpen.selfcodealign.train import tune
from sharpen.selfcodealign.train.fitting import TrainingStep
from sharpen.selfcodealign.train.recipe import Train
from sharpen.selfcodealign.validate.gates import STANDARD, Gate, Rules
from sharpen.terminal import Console
from sharpen.verbs import configure

align_app = App(name="align")
Against = Annotated[tuple[str, ...], Several]
ALIGN_FIELDS = arguments(Align, METHOD_OPTIONS, without=["benchmark", "until"])


@align_app.command
def seeds(
    source: str = "installed",
    /,
    *,
    out: Path,
    against: Against = (),
    words: int = WORDS,
    threshold: float = 0.5,
    workers: int = 2,
    limit: int | None = None,
    where: Where = "local",
    kind: Kind = "functions",
    as_json: Json = False,
) -> int:
    """Gather documented functions of real code that pass the paper's filters.

    Example: `sharpen align seeds installed --out mine --limit 2000`

    Args:
        source: `installed` (the standard library and all that this Python can import), a folder, git,
            `the-stack`, or `hf://datasets/OWNER/NAME[@REVISION][/FOLDER]` for Parquet files of the hub.
        out: The directory of the data set; seeds.jsonl goes there, and beside it what was rejected and why.
        against: Benchmarks whose problems no seed may hold, also NAME@PATH; all known ones if not given.
        words: Consecutive words that make a copy of a problem.
        threshold: Jaccard index of word 5-grams from which two seeds are near duplicates.
        workers: Processes that parse files.
        limit: Documented functions that are looked at, at most.
        where: Parse files and check types on this machine or on a Ray cluster.
        kind: Documented functions, or random snippets of code, which are an ablation of the paper.
        as_json: Print the funnel as one JSON object on stdout.
    """
    gathered = verbs.align_seeds(
        source,
        out,
        against=against,
        words=words,
        threshold=threshold,
        workers=workers,
        limit=limit,
        where=where,
        kind=kind,
    )
    report = gathered.report
    if report.skipped:
        skipped = f"{report.skipped.total():,} of {plural(report.files, 'file')} not read"
        stderr().print(f"{skipped}: {report.example}", highlight=False)
    stderr().print(f"seeds: {gathered.path}", highlight=False)
    return _print_funnel(gathered.funnel, as_json)


def run(
    *,
    seeds: str,
    run: RunDirectory = None,
    against: Against = (),
    where: Where = "local",
    options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
    **fields: Any,  # noqa: ANN401 - their types are in the signature that is made below
) -> int:
    """Do all stages: gather seeds, write tasks, solve and test them, validate, select.

    Example: `sharpen align run --seeds installed -m qwen2.5-coder-1.5b --run mine --limit 20`

    Args:
        seeds: A stage file of seeds; or where to gather them, as `sharpen align seeds` takes it.
        run: The run's directory; the same command finds its run again when this is not given.
        against: Benchmarks whose problems no seed and no row may hold, also NAME@PATH.
        where: Find seeds and check their types on this machine or on a Ray cluster.
        options: How it is run.
        fields: The options of the writing model.
    """
    config = configure(Align, {"benchmark": seeds, **fields})
    directory = run or default_directory(config)
    if options.dry_run:
        return resolved(config, directory, options)
    begin(config, directory)
    with progress_line("align", watch=options.watch) as line, model_opener(config) as opener:
        made = asyncio.run(
            verbs.align(
                seeds,
                config,
                run=directory,
                against=against,
                where=where,
                budget=options.budget,
                reuse=options.reuse,
                opener=opener,
                on_progress=line,
                on_validated=_counter(directory, line),
            )
        )
    show([directory], directory / "report.html", options.as_json)
    return end(directory, made.written.exhausted)


def concepts(
    directory: Path,
    /,
    *,
    seeds: Path | None = None,
    options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
    **fields: Any,  # noqa: ANN401
) -> int:
    """Begin a run stage by stage: find the concepts of each seed. The options are those of all stages.

    Example: `sharpen align concepts mine -m qwen2.5-coder-1.5b --limit 20`

    Args:
        directory: The run's directory.
        seeds: The stage file of seeds; seeds.jsonl in the directory if not given.
        options: How it is run.
        fields: The options of the writing model.
    """
    path = seeds or directory / "seeds.jsonl"
    config = configure(Align, {"benchmark": str(path), "until": "concepts", **fields})
    if options.dry_run:
        return resolved(config, directory, options)
    begin(config, directory)
    with progress_line("align", watch=options.watch) as line, model_opener(config) as opener:
        written = asyncio.run(
            verbs.align_concepts(
                directory,
                config,
                seeds=path,
                budget=options.budget,
                reuse=options.reuse,
                opener=opener,
                on_progress=line,
            )
        )
    return _written(directory, written, options.as_json)


align_app.command(with_options(run, ALIGN_FIELDS), name="run")
align_app.command(with_options(concepts, ALIGN_FIELDS), name="concepts")


@align_app.command
def instructions(directory: Path, /, *, budget: Budget = DEFAULT_BUDGET, as_json: Json = False) -> int:
    """Resume a run: ask for a task that needs the concepts of each seed.

    Example: `sharpen align instructions mine`

    Args:
        directory: The run's directory.
        budget: Caps for the whole run; reaching one ends it cleanly.
        as_json: Print the results as one JSON object on stdout.
    """
    with progress_line() as line:
        written = asyncio.run(verbs.align_instructions(directory, budget=budget, on_progress=line))
    return _written(directory, written, as_json)


@align_app.command
def responses(directory: Path, /, *, budget: Budget = DEFAULT_BUDGET, as_json: Json = False) -> int:
    """Resume a run: ask for solutions of each task with their tests, and run them.

    Example: `sharpen align responses mine`

    Args:
        directory: The run's directory.
        budget: Caps for the whole run; reaching one ends it cleanly.
        as_json: Print the results as one JSON object on stdout.
    """
    with progress_line() as line:
        written = asyncio.run(verbs.align_responses(directory, budget=budget, on_progress=line))
    return _written(directory, written, as_json)


def _written(directory: Path, written: Written, as_json: bool) -> int:
    show([directory], directory / "report.html", as_json)
    return end(directory, written.exhausted)


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
    as_json: Json = False,
) -> int:
    """Run responses on their own tests, and check the tests: responses -> rows.

    Example: `sharpen align validate mine`

    Args:
        directory: With `instructions.jsonl` and `responses.jsonl`; `rows.jsonl` is written there.
        seeds: The stage file of seeds; that of the run if not given.
        without: Gates to leave out.
        coverage: Least share of the response's function lines that its tests run.
        mutants: Mutants of a response that are tried, at most.
        mutation_score: Least share of them that its tests notice.
        cpu_seconds: Processor time of a response's tests; the paper gives 10 s on the clock.
        sandbox: Run programs on this machine or on a Ray cluster.
        as_json: Print the funnel as one JSON object on stdout.
    """
    rules = Rules(frozenset(without), coverage, mutants, mutation_score)
    with progress_line() as line:
        funnel = asyncio.run(
            verbs.align_validate(
                directory,
                seeds=seeds,
                rules=rules,
                cpu_seconds=cpu_seconds,
                sandbox=sandbox,
                on_progress=_counter(directory, line),
            )
        )
    return _print_funnel(funnel, as_json)


def _counter(directory: Path, line: ProgressLine) -> Callable[[int], None]:
    """Return what shows how many responses have been validated."""
    done = total = 0

    def validated(count: int) -> None:
        nonlocal done, total
        total = total or _lines(directory / "responses.jsonl")
        done += count
        line.show(f"{done:,}/{plural(total, 'response')} validated", last=done == total)

    return validated


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


@align_app.command
def select(
    directory: Path,
    /,
    *,
    choice: Choice = "paper",
    against: Against = (),
    words: int = WORDS,
    type_check: bool = False,
    pool: Pool = "passed",
    limit: int | None = None,
    tests_in_instructions: float = 0.0,
    as_json: Json = False,
) -> int:
    """Select one passing response per instruction, and no two that are alike: rows -> dataset.

    Example: `sharpen align select mine --against humaneval`

    Writes `dataset.jsonl`, its figures (`diversity.json`) and its card (`README.md`).

    Args:
        directory: With `rows.jsonl`.
        choice: A response drawn at random, as the paper; or the one that agrees best with the others.
        against: Benchmarks whose problems no row may hold, also NAME@PATH; not searched for if not given.
        words: Consecutive words that make a copy of a problem.
        type_check: Leave out code with type errors; needs `sharpen[align]`.
        pool: Responses to select from; `failed` and `any` are the paper's ablation.
        limit: Rows in all, chosen at random; all if not given.
        tests_in_instructions: Share of instructions to which tests are appended; the paper's is 0.5.
        as_json: Print the funnel as one JSON object on stdout.
    """
    funnel = verbs.align_select(
        directory,
        choice=choice,
        against=against,
        words=words,
        type_check=type_check,
        pool=pool,
        limit=limit,
        tests_in_instructions=tests_in_instructions,
    )
    return _print_funnel(funnel, as_json)


def train(
    rows: Path,
    /,
    *,
    run: Path,
    dry_run: bool = False,
    as_json: Json = False,
    **fields: Any,  # noqa: ANN401
) -> int:
    """Fine-tune a model on rows; afterwards the run's directory is itself a model: `-m RUN`.

    Example: `sharpen align train mine/dataset.jsonl -m qwen2.5-coder-0.5b --run tuned`

    Args:
        rows: JSONL of prompt and completion (`sharpen export RUN sft`), or a data set of `sharpen align`.
        run: The training's directory; the same command resumes it.
        dry_run: Print the resolved recipe and stop.
        as_json: Print what came out as one JSON object on stdout.
        fields: The options of the training.
    """
    config = Train(**fields)
    if dry_run:
        print_json({"run": str(run), **config.model_dump(mode="json"), "recipe": asdict(config.resolved)})
        return DONE
    with progress_line() as line, download_bar() as bar:

        def on_step(step: TrainingStep) -> None:
            line.show(describe_step(step), last=step.step == step.steps)

        training = asyncio.run(verbs.align_train(rows, config, run, on_step=on_step, on_progress=bar))
    if as_json:
        print_json(training.to_json())
    else:
        tune.render(training, run, Console())
    return DONE


align_app.command(with_options(train, arguments(Train, Group("Recipe", sort_key=1))), name="train")


def _print_funnel(funnel: Funnel, as_json: bool) -> int:
    if as_json:
        print_json(asdict(funnel))
    else:
        Console().print(funnel.table())
    return DONE
