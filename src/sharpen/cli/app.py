"""The command line: one thin function a verb."""

import asyncio
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import App, Parameter
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from sharpen.cli.align import align_app
from sharpen.cli.options import (
    AS_USUAL,
    DONE,
    ENDED_EARLY,
    WRONG_USAGE,
    Conduct,
    Flat,
    RunDirectory,
    carry_out,
    progress_line,
    show,
    stderr,
)
from sharpen.cli.progress import DownloadBar
from sharpen.errors import SharpenError, UsageError
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.methods.structure import Structure
from sharpen.serve.options import Serve

app = App(
    name="sharpen",
    help="Make code models better by running what they write.",
    version=version("sharpen"),
    default_parameter=Parameter(negative=""),
    suppress_keyboard_interrupt=False,  # :func:`_say` has a sentence for it
)
models_app = App(name="models", help="The weight store.")
benchmarks_app = App(name="benchmarks", help="What can be asked.")
sandbox_app = App(name="sandbox", help="Where programs run.")
app.command(align_app)
app.command(models_app)
app.command(benchmarks_app)
app.command(sandbox_app)

DEFAULT_SERVE = Serve()


@app.command
def sample(
    benchmark: str,
    /,
    *,
    config: Annotated[Sample, Flat],
    run: RunDirectory = None,
    conduct: Annotated[Conduct, Flat] = AS_USUAL,
) -> int:
    """Draw n i.i.d. programs per problem and run them.

    Args:
        benchmark: Name or PATH.jsonl; see `sharpen benchmarks list`.
        run: The run's directory; the same command finds its run again when this is not given.
        config: What the method takes.
        conduct: How it is carried out.
    """
    return carry_out(config.model_copy(update={"benchmark": benchmark}), run, conduct)


@app.command
def repair(
    benchmark: str,
    /,
    *,
    config: Annotated[Repair, Flat],
    run: RunDirectory = None,
    conduct: Annotated[Conduct, Flat] = AS_USUAL,
) -> int:
    """Generate, run, explain the failure, repair (arXiv 2306.09896).

    Args:
        benchmark: Name or PATH.jsonl; see `sharpen benchmarks list`.
        run: The run's directory; the same command finds its run again when this is not given.
        config: What the method takes.
        conduct: How it is carried out.
    """
    return carry_out(config.model_copy(update={"benchmark": benchmark}), run, conduct)


@app.command
def reflexion(
    benchmark: str,
    /,
    *,
    config: Annotated[Reflexion, Flat],
    run: RunDirectory = None,
    conduct: Annotated[Conduct, Flat] = AS_USUAL,
) -> int:
    """Try, judge, reflect in words, remember, try again (arXiv 2303.11366).

    Args:
        benchmark: Name or PATH.jsonl; see `sharpen benchmarks list`.
        run: The run's directory; the same command finds its run again when this is not given.
        config: What the method takes.
        conduct: How it is carried out.
    """
    return carry_out(config.model_copy(update={"benchmark": benchmark}), run, conduct)


@app.command
def structure(
    benchmark: str,
    /,
    *,
    config: Annotated[Structure, Flat],
    run: RunDirectory = None,
    conduct: Annotated[Conduct, Flat] = AS_USUAL,
) -> int:
    """Write graphs as code, read them back, score them (arXiv 2210.07128).

    Args:
        benchmark: A structured task, with @PATH for its file; see `sharpen benchmarks list`.
        run: The run's directory; the same command finds its run again when this is not given.
        config: What the method takes.
        conduct: How it is carried out.
    """
    return carry_out(config.model_copy(update={"benchmark": benchmark}), run, conduct)


@app.command
def score(
    benchmark: str,
    samples: Path,
    /,
    *,
    run: RunDirectory = None,
    graph_format: Annotated[str, Parameter(name="--format")] = "",
    judge: tuple[str, ...] = (),
    sandbox: Literal["local", "ray"] = "local",
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Score anyone's samples: JSONL (or .gz) with `task_id` and `completion` or `solution`.

    Graphs of a structured task are read, not run: `text` or `generated_code`, and `id` or the item's words.

    Args:
        benchmark: Name or PATH.jsonl.
        samples: The file of samples.
        run: The run's directory; the same command finds its run again when this is not given.
        graph_format: How graphs are written; the paper's own if not given.
        judge: Of explanations also: g-bertscore, seca=FOLDER or ea=FOLDER (sharpen[judges]).
        sandbox: Where programs run: on this machine, or on a Ray cluster.
        as_json: Print one JSON object on stdout.
    """
    from sharpen.benchmarks import structures
    from sharpen.evaluate import score as scoring

    if structures.knows(benchmark):
        return _score_graphs(benchmark, samples, graph_format, judge, as_json)
    result = asyncio.run(scoring.score(benchmark, samples, run, sandbox))
    for sentence in result.malformed:
        stderr().print(f"[yellow]skipped[/] {sentence}", highlight=False)
    if as_json:
        print(json.dumps(result.to_json()))  # noqa: T201
    else:
        scoring.render(result, Console())
    return ENDED_EARLY if result.malformed else DONE


def _score_graphs(
    benchmark: str, samples: Path, graph_format: str, judges: tuple[str, ...], as_json: bool
) -> int:
    from sharpen.evaluate import score_graphs as structure_score

    found = structure_score.score_graphs(benchmark, samples, graph_format, judges)
    if as_json:
        print(json.dumps(found.to_json()))  # noqa: T201
    else:
        structure_score.render(found, Console())
    return ENDED_EARLY if found.malformed else DONE


@app.command
def recorded(
    log: Path,
    /,
    *,
    iterations: int | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Show what one of Reflexion's own logs says: programs, questions or games.

    Args:
        log: The file, as in upstream's repository; .gz will do.
        iterations: Upstream's max_iters, for programs; from the longest chain if not given.
        as_json: Print one JSON object on stdout.
    """
    from sharpen.evaluate import reflexion_logs as logs
    from sharpen.report.figures import plain

    found = logs.read(log, iterations)
    if as_json:
        print(json.dumps(plain(found)))  # noqa: T201
        return DONE
    table = Table("trial", "solved", "share", title=f"{log.name}: {found.problems} problems")
    for number, solved in enumerate(found.solved, 1):
        table.add_row(str(number), str(solved), f"{solved / found.problems:.3f}")
    Console().print(table)
    if found.own_tests:
        shares = " ".join(f"{name} {value:.2f}" for name, value in found.own_tests.shares.items())
        Console().print(f"own tests: {shares}", highlight=False)
    return DONE


@app.command
def replay(run: Path, /, *, as_json: Annotated[bool, Parameter(name="--json")] = False) -> int:
    """Execute and score a run again from its recorded answers, with no model, and name what changed.

    Args:
        run: The run's directory.
        as_json: Print one JSON object on stdout.
    """
    from sharpen.evaluate.replay import replay as replay_run

    with progress_line() as progress:
        result = asyncio.run(replay_run(run, progress))
    if as_json:
        print(json.dumps(result.to_json()))  # noqa: T201
    else:
        console = Console()
        console.print(f"{result.programs} programs executed again, {len(result.flips)} verdicts changed")
        for flip in result.flips:
            console.print(f"  {flip}", highlight=False)
    return ENDED_EARLY if result.flips else DONE


@app.command
def report(
    *runs: Path,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Print the tables of one or several runs and write report.html.

    Args:
        runs: The runs' directories.
        output: Where to write the page; report.html in the first run's directory if not given.
        as_json: Print the figures as one JSON object on stdout.
    """
    if not runs:
        raise UsageError("sharpen report needs a run's directory: sharpen report RUN [RUN ...]")
    show(list(runs), output or runs[0] / "report.html", as_json)
    return DONE


@app.command
def compare(a: Path, b: Path, /, *, as_json: Annotated[bool, Parameter(name="--json")] = False) -> int:
    """Compare two runs: the paired difference a - b, and where only one solves a problem, at which input.

    Args:
        a: A run's directory.
        b: Another's, of the same benchmark.
        as_json: Print one JSON object on stdout.
    """
    from sharpen.report import flips

    found = flips.compare(a, b)
    if as_json:
        print(json.dumps(found.to_json()))  # noqa: T201
    else:
        flips.render(found, Console())
    return DONE


@app.command
def export(
    run: Path,
    what: Literal["failures", "sft", "preferences", "rl", "parquet"],
    /,
    *,
    form: Literal["prompt", "messages"] = "prompt",
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> int:
    """Write a run or a data set for people, trainers or tables, one JSON object a line.

    Hidden tests decide what is written: a model that is trained on it must not be measured on the same
    benchmark.

    Args:
        run: The run's directory, or that of `sharpen align`.
        what: `failures`: the failing programs, with blanks for an author and an explanation; `sft`: verified
            answers; `preferences`: a passing and a failing answer to one question; `rl`: problems with tests;
            `parquet`: every row, as a table.
        form: Of `sft`: `prompt` and `completion`, or `messages` of which each says whether it is trained.
        output: The file; stdout if not given.
    """
    if what == "failures":
        return _export_failures(run, output)
    from sharpen.export.records import export as export_run

    try:
        count = export_run(run, what, form, output, sys.stdout)
        stderr().print(f"{count:,} rows", highlight=False)
    except BrokenPipeError:  # who reads has had enough, as in `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DONE


def _export_failures(run: Path, output: Path | None) -> int:
    from sharpen.methods.human_feedback import failures

    lines = "".join(failure.model_dump_json() + "\n" for failure in failures(run))
    if output is None:
        sys.stdout.write(lines)
    else:
        output.write_text(lines, "utf-8")
        stderr().print(f"failures written to {output}: fill in `author` and `feedback`, then give it to")
        stderr().print(f"  sharpen repair ... --run {run} --feedback-from {output}", highlight=False)
    return DONE


@app.command
def verify(run: Path, /) -> int:
    """Re-derive every key of a run's journal and name each record that does not match.

    Args:
        run: The run's directory.
    """
    from sharpen.journal.journal import Journal

    with Journal.read(run) as journal:
        damaged = list(journal.verify())
    for sentence in damaged:
        stderr().print(sentence, highlight=False)
    Console().print(f"{len(damaged)} damaged records in {run}", highlight=False)
    return ENDED_EARLY if damaged else DONE


@app.command
def validate(
    benchmark: str,
    /,
    *,
    limit: int | None = None,
    mutants: Literal["first", "all"] = "first",
    calibrate: bool = False,
) -> int:
    """Judge a benchmark's own programs, which must pass, and broken copies of them, which must not.

    Args:
        benchmark: Name or PATH.jsonl; see `sharpen benchmarks list`.
        limit: At most so many problems, evenly spread.
        mutants: The first mutant of each kind a program, or all.
        calibrate: Keep the time of its own programs; later runs here give others ten times that.
    """
    from sharpen.evaluate import validate as validation

    found = validation.validate(benchmark, limit, mutants, calibrate=calibrate)
    validation.render(found, Console())
    return DONE if found.sound else ENDED_EARLY


@app.command
def doctor() -> int:
    """Prove each claim of the sandbox on this machine, with a program that breaks it where it can."""
    from sharpen.sandbox import doctor as diagnosis

    found = diagnosis.run()
    diagnosis.render(found, Console())
    return ENDED_EARLY if any(each.finding == "fails" for each in found) else DONE


@models_app.command(name="list")
def list_models() -> int:
    """List the names of the weight store and where each is."""
    from sharpen.models.weights import STORE

    table = Table("name", "GB", "from", "here")
    for entry in STORE.values():
        table.add_row(
            entry.name, f"{entry.gigabytes:.1f}", entry.repository, "yes" if entry.path.exists() else ""
        )
    Console().print(table)
    return DONE


@models_app.command(name="pull")
def pull_model(name: str, /) -> int:
    """Fetch a model's weights and verify them; afterwards no network is needed.

    Args:
        name: A name of `sharpen models list`.
    """
    from sharpen.models.weights import pull

    with DownloadBar(stderr()) as bar:
        weights = pull(name, bar)
    Console().print(f"{weights.path}\nsha256 {weights.sha256}", highlight=False, soft_wrap=True)
    return DONE


@benchmarks_app.command(name="list")
def list_benchmarks() -> int:
    """List the benchmarks by name."""
    from sharpen.benchmarks import registry, structures

    table = Table("name", "what it is")
    for entry in registry.REGISTRY:
        variants = [*entry.variants, *([entry.open_variants] if entry.open_variants else [])]
        table.add_row(" ".join([entry.word, *(f"{entry.word}/{v}" for v in variants)]), entry.about)
    for task in structures.REGISTRY:
        table.add_row(task.word, task.about)
    Console().print(table)
    return DONE


@benchmarks_app.command(name="pull")
def pull_benchmark(name: str, /) -> int:
    """Fetch a benchmark and verify it; afterwards no network is needed.

    Args:
        name: A name of `sharpen benchmarks list`.
    """
    from sharpen.benchmarks import registry, structures

    if structures.knows(name):
        task = structures.load(name)
        count, source = len(task.items), task.source
    else:
        benchmark = registry.load(name)
        count, source = len(benchmark.problems), benchmark.source
    Console().print(f"{count:,} problems from {source}", highlight=False, soft_wrap=True)
    return DONE


@benchmarks_app.command(name="show")
def show_benchmark(name: str, problem: str | None = None, /) -> int:
    """Show a benchmark, or one of its problems as a model is asked it.

    Args:
        name: A name of `sharpen benchmarks list`, or a file.
        problem: A problem's id.
    """
    from sharpen.benchmarks import structures
    from sharpen.benchmarks.registry import load
    from sharpen.run.subset import select

    if structures.knows(name):
        return _show_structures(name, problem)
    benchmark, console = load(name), Console(soft_wrap=True)
    if problem is None:
        console.print(f"{benchmark.name}: {len(benchmark.problems):,} problems", highlight=False)
        console.print(f"visible tests: {benchmark.visible_tests}", highlight=False)
        console.print(f"source: {benchmark.source}", highlight=False)
        return DONE
    (chosen,) = select(benchmark.problems, None, [problem])
    for message in benchmark.prompt(chosen):
        console.print(f"[bold]{message.role}[/]")
        console.print(message.content, markup=False, highlight=False)
    console.print(f"[bold]tests[/] {len(chosen.visible.tests)} visible, {len(chosen.hidden.tests)} hidden")
    return DONE


def _show_structures(name: str, item: str | None) -> int:
    from sharpen.benchmarks import structures
    from sharpen.graphs.codec import format_of
    from sharpen.methods.few_shot import PAPERS_FORMAT

    task, console = structures.load(name), Console(soft_wrap=True)
    if item is None:
        console.print(f"{task.name}: {len(task.items):,} items", highlight=False)
        console.print(f"source: {task.source}", highlight=False)
        return DONE
    form = format_of(task.task, PAPERS_FORMAT[task.task])
    found = [each for each in task.items if each.id == item]
    if not found:
        raise UsageError(f"{task.name} has no item {item}: its ids look like {task.items[0].id}")
    beginning = form.prompt(found[0].given)
    console.print("[bold]asked[/]")
    console.print(beginning, markup=False, highlight=False)
    console.print("[bold]gold[/]")
    console.print(form.encode(found[0].gold).removeprefix(beginning), markup=False, highlight=False)
    return DONE


@sandbox_app.command(name="serve")
def serve_sandbox(*, config: Annotated[Serve, Flat] = DEFAULT_SERVE) -> int:
    """Answer programs with verdicts and rewards over HTTP, until Ctrl-C or SIGTERM.

    Args:
        config: How it is served.
    """
    from sharpen.serve import start

    start(config, lambda said: stderr().print(said, highlight=False))
    return DONE


@app.meta.default
def _launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Path | None = None,
    debug: bool = False,
) -> int:
    """Run a verb.

    Args:
        tokens: The verb and its words.
        config: A TOML file with a table a verb; options on the command line win.
        debug: Show the traceback of an error.
    """
    try:
        app.config = (_toml(config),) if config else ()
        code: int = app(tokens, exit_on_error=False, print_error=False, result_action="return_value") or DONE
    except (Exception, KeyboardInterrupt) as error:  # each ends as one sentence and an exit status
        if debug:
            raise
        return _say(error)
    return code


def main() -> None:
    """Run the command line and exit: 0 done, 1 ended early, 2 wrong usage."""
    sys.exit(app.meta(exit_on_error=False, result_action="return_value"))


def _toml(path: Path) -> cyclopts.config.Toml:
    if not path.is_file():
        raise UsageError(f"there is no configuration {path}: give a TOML file with a table a verb")
    return cyclopts.config.Toml(path, search_parents=False)


def _say(error: BaseException) -> int:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case KeyboardInterrupt():
            sentence, code = "stopped; the same command goes on from here", ENDED_EARLY
        case cyclopts.CycloptsError():
            cause = error.__cause__
            sentence = _sentence(cause) if isinstance(cause, ValidationError) else str(error)
            code = WRONG_USAGE
        case ValidationError():
            sentence, code = _sentence(error), WRONG_USAGE
        case UsageError():
            sentence, code = str(error), WRONG_USAGE
        case SharpenError():
            sentence, code = str(error), ENDED_EARLY
        case _:
            raise error
    stderr().print("[bold red]sharpen:[/] ", end="")
    stderr().print(sentence, highlight=False, markup=False)
    return code


def _sentence(error: ValidationError) -> str:
    detail = error.errors()[0]
    where = ".".join(map(str, detail["loc"]))
    return f"{where}: {detail['msg']}" if where else str(detail["msg"]).removeprefix("Value error, ")
