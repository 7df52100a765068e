"""The verbs that ask a model, and those that go through a recorded run again."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from sharpen.cli.options import (
    DEFAULT_OPTIONS,
    DONE,
    ENDED_EARLY,
    Flat,
    RunDirectory,
    RunOptions,
    carry_out,
    progress_line,
    stderr,
)
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.repair import Repair
from sharpen.methods.sample import Sample
from sharpen.methods.structure import Structure


def sample(
    benchmark: str,
    /,
    *,
    config: Annotated[Sample, Flat],
    run: RunDirectory = None,
    options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
) -> int:
    """Draw n i.i.d. programs per problem and run them.

    Args:
        benchmark: Name or PATH.jsonl; see `sharpen benchmarks list`.
        run: The run's directory; the same command finds its run again when this is not given.
        config: What the method takes.
        options: How it is run.
    """
    return carry_out(config.model_copy(update={"benchmark": benchmark}), run, options)


def repair(
    benchmark: str,
    /,
    *,
    config: Annotated[Repair, Flat],
    run: RunDirectory = None,
    options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
) -> int:
    """Generate, run, explain the failure, repair (arXiv 2306.09896).

    Args:
        benchmark: Name or PATH.jsonl; see `sharpen benchmarks list`.
        run: The run's directory; the same command finds its run again when this is not given.
        config: What the method takes.
        options: How it is run.
    """
    return carry_out(config.model_copy(update={"benchmark": benchmark}), run, options)


def reflexion(
    benchmark: str,
    /,
    *,
    config: Annotated[Reflexion, Flat],
    run: RunDirectory = None,
    options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
) -> int:
    """Try, judge, reflect in words, remember, try again (arXiv 2303.11366).

    Args:
        benchmark: Name or PATH.jsonl; see `sharpen benchmarks list`.
        run: The run's directory; the same command finds its run again when this is not given.
        config: What the method takes.
        options: How it is run.
    """
    return carry_out(config.model_copy(update={"benchmark": benchmark}), run, options)


def structure(
    benchmark: str,
    /,
    *,
    config: Annotated[Structure, Flat],
    run: RunDirectory = None,
    options: Annotated[RunOptions, Flat] = DEFAULT_OPTIONS,
) -> int:
    """Write graphs as code, read them back, score them (arXiv 2210.07128).

    Args:
        benchmark: A structured task, with @PATH for its file; see `sharpen benchmarks list`.
        run: The run's directory; the same command finds its run again when this is not given.
        config: What the method takes.
        options: How it is run.
    """
    return carry_out(config.model_copy(update={"benchmark": benchmark}), run, options)


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


def verify(run: Path, /) -> int:
    """Check every record of a run's journal and name each that is damaged or was changed.

    Args:
        run: The run's directory.
    """
    from sharpen.journal.journal import Journal

    with Journal.read(run) as journal:
        damages, unsealed, last = list(journal.verify()), journal.unsealed(), journal.last_seal
    for sentence in damages:
        stderr().print(sentence, highlight=False, markup=False, soft_wrap=True)
    if unsealed:
        stderr().print(
            f"{unsealed:,} records were made before there were checksums: whether they were changed"
            " before the first run with checksums cannot be known",
            highlight=False,
        )
    Console().print(
        f"{len(damages):,} damaged records in {run}", highlight=False, markup=False, soft_wrap=True
    )
    if last:
        Console().print(f"the chain of checksums ends with {last}", highlight=False)
    return ENDED_EARLY if damages else DONE
