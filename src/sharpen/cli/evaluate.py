"""The verbs that judge without a model: samples, logs, benchmarks and the sandbox itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from sharpen.cli.output import (
    DONE,
    ENDED_EARLY,
    Json,
    RunDirectory,
    print_json,
    stderr,
)
from sharpen.counts import plural
from sharpen.terminal import Console

if TYPE_CHECKING:
    from sharpen.evaluate.score import Scored
    from sharpen.evaluate.score_graphs import ScoredGraphs


def score(
    benchmark: str,
    samples: Path,
    /,
    *,
    run: RunDirectory = None,
    graph_format: Annotated[str, Parameter(name="--format")] = "",
    judge: tuple[str, ...] = (),
    limit: int | None = None,
    ids: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=True)] = (),
    k: str = "1,10,100",
    results: Path | None = None,
    sandbox: Literal["local", "ray"] = "local",
    as_json: Json = False,
) -> int:
    """Score anyone's samples: `task_id` with `completion`, `solution` or a whole reply (`answer`).

    Example: `sharpen score humaneval samples.jsonl --k 1,10`

    The files of HumanEval, EvalPlus, CodeT, Reflexion, MapCoder, ClassEval, LiveCodeBench, DS-1000, APPS and
    the BigCode harness are read as they are.
    Graphs of a structured task are read, not run: `text` or `generated_code`, and `id` or the item's words.

    Args:
        benchmark: Name or PATH.jsonl.
        samples: The file of samples.
        run: The run's directory; the same command finds its run again when this is not given.
        graph_format: How graphs are written; the paper's own if not given.
        judge: Of explanations also: g-bertscore, seca=FOLDER or ea=FOLDER (sharpen[judges]).
        limit: Only N problems, evenly spread.
        ids: Only these problems.
        k: The k of pass@k, separated by commas.
        results: Write each sample's verdict there: JSON lines, or for *.json EvalPlus's form.
        sandbox: Where programs run: on this machine, or on a Ray cluster.
        as_json: Print one JSON object on stdout.
    """
    from sharpen.api import score as score_samples
    from sharpen.cli.options import progress_line
    from sharpen.evaluate.score import ks_of
    from sharpen.execution import run_sync

    with progress_line() as progress:
        scored = run_sync(
            score_samples(
                benchmark,
                samples,
                run=run,
                format=graph_format,
                judge=judge,
                sandbox=sandbox,
                limit=limit,
                ids=ids,
                ks=ks_of(k),
                results=results,
                on_progress=lambda scored: progress.show(scored.line, last=False),
            )
        )
    return _show_score(scored, as_json)


def _show_score(scored: "Scored | ScoredGraphs", as_json: bool) -> int:
    """Print the figures and what was skipped; return the exit status."""
    from sharpen.evaluate import score as programs
    from sharpen.evaluate import score_graphs as graphs

    if isinstance(scored, programs.Scored):
        complete, skipped = scored.complete, [*scored.malformed, *scored.unjudged]
    else:
        complete, skipped = not scored.malformed, []
    for sentence in skipped:
        stderr().print(Text.assemble(("skipped ", "yellow"), sentence), highlight=False)
    if as_json:
        print_json(scored.to_json())
    elif isinstance(scored, programs.Scored):
        programs.render(scored, Console())
    else:
        graphs.render(scored, Console())
    return DONE if complete else ENDED_EARLY


def recorded(
    log: Path,
    /,
    *,
    iterations: int | None = None,
    as_json: Json = False,
) -> int:
    """Show what one of Reflexion's own logs says: programs, questions or games.

    Example: `sharpen recorded humaneval_py_gpt4_reflexion.jsonl.gz`

    Args:
        log: The file, as in Reflexion's repository; it may be gzipped.
        iterations: Reflexion's max_iters, for programs; from the longest chain if not given.
        as_json: Print one JSON object on stdout.
    """
    from sharpen.api import recorded as read_log
    from sharpen.reports.figures import plain

    log_results = read_log(log, iterations=iterations)
    if as_json:
        print_json(plain(log_results))
        return DONE
    Console().print(f"{log.name}: {plural(log_results.problems, 'problem')}", highlight=False, soft_wrap=True)
    table = Table("trial", "solved", "share")
    for number, solved in enumerate(log_results.solved, 1):
        table.add_row(str(number), str(solved), f"{solved / log_results.problems:.3f}")
    Console().print(table)
    if log_results.disagreements:
        Console().print(
            "sharpen's exact match and the log's own word differ for "
            f"{plural(log_results.disagreements, 'answer')}, over all trials; the table counts sharpen's"
        )
    if log_results.own_tests:
        shares = " ".join(f"{name} {value:.2f}" for name, value in log_results.own_tests.shares.items())
        Console().print(f"own tests: {shares}", highlight=False)
    return DONE


def validate(
    benchmark: str,
    /,
    *,
    limit: int | None = None,
    mutants: Literal["first", "all"] = "first",
    calibrate: bool = False,
) -> int:
    """Judge a benchmark's own programs, which must pass, and broken copies of them, which must not.

    Example: `sharpen validate humaneval --limit 20`

    Args:
        benchmark: Name or PATH.jsonl; see `sharpen benchmarks list`.
        limit: At most this number of problems, evenly spaced.
        mutants: The first mutant of each kind a program, or all.
        calibrate: Keep the time of its own programs; later runs here give others ten times that.
    """
    from sharpen.api import validate as validate_benchmark
    from sharpen.evaluate.validate import render
    from sharpen.execution import run_sync

    validation = run_sync(validate_benchmark(benchmark, limit=limit, mutants=mutants, calibrate=calibrate))
    render(validation, Console())
    return DONE if validation.sound else ENDED_EARLY


def doctor() -> int:
    """Prove each claim of the sandbox on this machine, with a program that breaks it where it can."""
    from sharpen.api import doctor as diagnose
    from sharpen.execution import run_sync
    from sharpen.sandbox import doctor as diagnosis

    diagnoses = run_sync(diagnose())
    diagnosis.render(diagnoses, Console())
    return ENDED_EARLY if any(each.finding == "fails" for each in diagnoses) else DONE
