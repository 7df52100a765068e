"""``sharpen improve``: expert iteration, and the step of it that is not a command elsewhere."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from sharpen.cli.options import DONE, Flat, progress_line, stderr
from sharpen.cli.progress import DownloadBar, describe_step
from sharpen.improvement.plan import Improve, command, steps
from sharpen.improvement.rows import Kind, Pool

improve_app = App(name="improve", help="Train a model on its own verified programs and repairs, in rounds.")


@improve_app.command
def run(
    *,
    config: Annotated[Improve, Flat],
    run: Path,
    dry_run: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Draw, select, train and measure, round by round; the same command resumes.

    Args:
        config: What is improved, and how.
        run: Directory of the rounds; the tuned models are its folders round-N/model.
        dry_run: Print the steps as commands and stop.
        as_json: Print the results as one JSON object on stdout.
    """
    import asyncio

    from sharpen.api import execute
    from sharpen.improvement import rounds
    from sharpen.models.spec import open_model

    if dry_run:
        for step in steps(config, run):
            print(command(step))  # noqa: T201
        return DONE
    with progress_line() as line, DownloadBar(stderr()) as bar:
        opener = partial(open_model, progress=bar)
        improved = asyncio.run(
            rounds.improve(
                config,
                run,
                lambda each, place: execute(each, place, progress=line, opener=opener),
                on_step=lambda words: stderr().print(words, highlight=False, markup=False),
                on_training_step=lambda step: line.show(describe_step(step), last=step.step == step.steps),
            )
        )
    if as_json:
        print(json.dumps(improved.to_json()))  # noqa: T201
    else:
        rounds.render(improved, Console())
    return DONE


@improve_app.command
def rows(
    runs: Annotated[tuple[Path, ...], Parameter(negative="")],
    /,
    *,
    out: Path,
    against: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=True)],
    kinds: Annotated[tuple[Kind, ...], Parameter(negative="", consume_multiple=True)] = (
        "programs",
        "repairs",
    ),
    per_problem: int = 4,
    pool: Pool = "passed",
    limit: int | None = None,
    seed: int = 0,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Make rows for `sharpen align train` from recorded runs on training problems.

    Args:
        runs: Directories of runs of `sharpen sample` or `sharpen repair`.
        out: NAME.jsonl; rejected candidates and the counts are written next to it.
        against: Benchmarks that will be measured, also NAME@PATH: no row may hold a problem of theirs.
        kinds: `programs`: verified answers. `repairs`: a failing program, its error, and a right program.
        per_problem: Rows of a kind from one problem, at most; easy problems give fewer.
        pool: Answers that become rows of programs; `failed` and `any` are controls.
        limit: Rows in all, chosen at random; all if not given.
        seed: Seed of the random choices.
        as_json: Print the counts as one JSON object on stdout.
    """
    from sharpen.improvement.rows import make

    funnel = make(
        runs, out, against=against, kinds=kinds, per_problem=per_problem, pool=pool, limit=limit, seed=seed
    )
    if as_json:
        print(json.dumps(asdict(funnel)))  # noqa: T201
    else:
        Console().print(funnel.table())
    return DONE
