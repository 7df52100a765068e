"""The verbs that read recorded runs: report, compare, export, push, replay, verify."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sharpen.cli.output import DONE, ENDED_EARLY, Json, Output, print_json, show, stderr
from sharpen.counts import plural
from sharpen.errors import UsageError
from sharpen.installed import installed
from sharpen.terminal import Console

if TYPE_CHECKING:
    What = str
else:  # a list that is only known here, for help and completion
    What = Literal[
        ("failures", "sft", "preferences", "rl", "episodes", "parquet", "inspect", *installed("exporters"))
    ]


def report(
    *runs: Path,
    output: Output = None,
    figures: Path | None = None,
    as_json: Json = False,
) -> int:
    """Print the tables of one or several runs and write report.html.

    Example: `sharpen report runs/mine --figures figures`

    Args:
        runs: The runs' directories.
        output: Where to write the page; report.html in the first run's directory if not given.
        figures: Write the charts into this folder, each as SVG, PNG and CSV (sharpen[figures]).
        as_json: Print the figures as one JSON object on stdout.
    """
    if not runs:
        raise UsageError("sharpen report needs a run's directory: sharpen report RUN [RUN ...]")
    made = show(list(runs), output or runs[0] / "report.html", as_json)
    if figures:
        written = made.save_figures(figures)
        stderr().print(f"figures: {plural(len(written), 'file')} in {figures}", highlight=False)
    return DONE


def compare(a: Path, b: Path, /, *, as_json: Json = False) -> int:
    """Compare two runs: the paired difference a - b, and where only one solves a problem, at which input.

    Example: `sharpen compare runs/one runs/two`

    Args:
        a: A run's directory.
        b: Another's, of the same benchmark.
        as_json: Print one JSON object on stdout.
    """
    from sharpen.api import compare as compare_runs
    from sharpen.reports import flips

    comparison = compare_runs(a, b)
    if as_json:
        print_json(comparison.to_json())
    else:
        flips.render(comparison, Console())
    return DONE


def merge(*shards: Path, run: Path) -> int:
    """Make one run of the shards that `--shard` made, verified, with no record twice.

    Example: `sharpen merge runs/1 runs/2 --run runs/whole`

    Args:
        shards: The shards' directories.
        run: The whole run's directory.
    """
    from sharpen.api import merge as merge_shards

    merged = merge_shards(*shards, run=run)
    for sentence in merged.differing:
        stderr().print(sentence, highlight=False, markup=False)
    if merged.missing:
        lacking = f"the run is not whole: merge {', '.join(merged.missing)} into it too"
        stderr().print(lacking, highlight=False, markup=False)
    counts = f"{plural(merged.shards, 'shard')}, {plural(merged.problems, 'problem')}"
    differing = plural(len(merged.differing), "differing record")
    Console().print(f"{counts}, {differing}: {merged.run}", highlight=False, soft_wrap=True)
    return ENDED_EARLY if merged.differing else DONE


def export(
    run: Path,
    what: What,
    /,
    *,
    form: Literal["prompt", "messages"] = "prompt",
    per_problem: int | None = None,
    quote_hidden: bool = False,
    output: Output = None,
) -> int:
    """Write a run or a data set for people, trainers or tables, one JSON object a line.

    Example: `sharpen export runs/mine preferences -o pairs.jsonl`

    Hidden tests decide what is written: a model that is trained on it must not be measured on the same
    benchmark.

    Args:
        run: The run's directory, or that of `sharpen align`.
        what: `failures`: the failing programs, with blanks for an author and an explanation; `sft`: verified
            answers; `preferences`: a passing and a failing answer to one question; `rl`: problems with tests;
            `episodes`: whole conversations with rewards; `parquet`: every row, as a table; `inspect`: a log
            for `inspect view`. Packages may add others.
        form: Of `sft`: `prompt` and `completion`, or `messages` of which each says whether it is trained.
        per_problem: Rows of one problem at most; all if not given.
        quote_hidden: Of `failures` of a scored file: also what hidden tests say of each program.
        output: The file; stdout if not given.
    """
    if what == "failures":
        return _export_failures(run, output, per_problem, quote_hidden=quote_hidden)
    from sharpen.api import export as export_rows

    count = export_rows(run, what, form=form, per_problem=per_problem, output=output)
    stderr().print(plural(count, "row"), highlight=False)
    return DONE


def _export_failures(run: Path, output: Path | None, per_problem: int | None, *, quote_hidden: bool) -> int:
    from sharpen.methods.human_feedback import failures

    rows = failures(run, per_problem, quote_hidden=quote_hidden)
    lines = "".join(failure.model_dump_json() + "\n" for failure in rows)
    if output is None:
        sys.stdout.write(lines)
    else:
        output.write_text(lines, "utf-8")
        stderr().print(f"failures written to {output}: fill in `author` and `feedback`, then give it to")
        stderr().print(f"  sharpen repair ... --run {run} --feedback-from {output}", highlight=False)
    return DONE


def schema(method: str, /) -> int:
    """Print the JSON schema of a method's options: of its table in a `--config` file, and of config.json.

    Example: `sharpen schema repair`

    Args:
        method: The name of a method's verb, such as repair.
    """
    from sharpen.api import schema as options_schema

    print(json.dumps(options_schema(method), indent=2))  # noqa: T201
    return DONE


def push(directory: Path, target: str, /, *, public: bool = False) -> int:
    """Copy a run, a data set or a trained model to the Hugging Face hub or into a folder, with a card.

    Example: `sharpen push runs/mine hf://datasets/me/mine`

    Args:
        directory: A run's directory, or that of `sharpen align`.
        target: hf://datasets/OWNER/NAME, hf://models/OWNER/NAME for a model, or a folder.
        public: Open to everybody, if the repository is made; it is private without this.
    """
    from sharpen.api import push as push_directory

    place = push_directory(directory, target, public=public)
    Console().print(f"pushed to {place}", highlight=False, markup=False, soft_wrap=True)
    return DONE


def replay(run: Path, /, *, as_json: Json = False) -> int:
    """Execute and score a run again from its recorded answers, with no model, and name what changed.

    Example: `sharpen replay runs/mine`

    Args:
        run: The run's directory.
        as_json: Print one JSON object on stdout.
    """
    from sharpen.api import replay as replay_run
    from sharpen.cli.options import progress_line
    from sharpen.execution import run_sync

    with progress_line() as line:
        result = run_sync(replay_run(run, on_progress=line))
    if as_json:
        print_json(result.to_json())
    else:
        console = Console()
        changed = f"{plural(len(result.flips), 'verdict')} changed"
        console.print(f"{plural(result.programs, 'program')} executed again, {changed}")
        for flip in result.flips:
            console.print(f"  {flip}", highlight=False)
    return ENDED_EARLY if result.flips else DONE


def verify(run: Path, /) -> int:
    """Check every record of a run's journal and name each that is damaged or was changed.

    Example: `sharpen verify runs/mine`

    Args:
        run: The run's directory.
    """
    from sharpen.api import verify as verify_run

    faults = verify_run(run)
    for sentence in faults.damages:
        stderr().print(sentence, highlight=False, markup=False)
    if faults.unsealed:
        stderr().print(
            f"{plural(faults.unsealed, 'record')} made before there were checksums: whether anything was "
            "changed before the first run with checksums cannot be known",
            highlight=False,
        )
    count = f"{plural(len(faults.damages), 'damaged record')} in {run}"
    Console().print(count, highlight=False, markup=False, soft_wrap=True)
    if faults.last_seal:
        Console().print(f"the chain of checksums ends with {faults.last_seal}", highlight=False)
    return ENDED_EARLY if faults.damages else DONE
