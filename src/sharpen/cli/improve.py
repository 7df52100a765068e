"""``sharpen improve``: expert iteration, and the step of it that is not a command elsewhere."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Group, Parameter

from sharpen import improve_verbs as verbs
from sharpen.cli.fields import arguments, with_options
from sharpen.cli.options import download_bar, progress_line
from sharpen.cli.output import DONE, Json, Several, print_json, stderr
from sharpen.cli.progress import describe_step
from sharpen.execution import execute
from sharpen.improvement import rounds
from sharpen.improvement.plan import Improve, command, steps
from sharpen.improvement.rows import Kind, Pool
from sharpen.models import spec as models
from sharpen.models.base import Model
from sharpen.reports.improve import page
from sharpen.run.config import RunConfig
from sharpen.selfcodealign.train.fitting import TrainingStep
from sharpen.terminal import Console

improve_app = App(name="improve")


def run(
    *,
    run: Path,
    dry_run: bool = False,
    as_json: Json = False,
    **fields: Any,  # noqa: ANN401 - their types are in the signature that is made below
) -> int:
    """Draw, select, train and measure, round by round; the same command resumes.

    Example: `sharpen improve run --model qwen2.5-coder-0.5b --run mine --dry-run`

    Args:
        run: Directory of the rounds; the tuned models are its folders round-N/model.
        dry_run: Print the steps as commands and stop.
        as_json: Print the results as one JSON object on stdout.
        fields: What is improved, and how.
    """
    config = Improve(**fields)
    if dry_run:
        for step in steps(config, run):
            print(command(step))  # noqa: T201
        return DONE
    with progress_line() as line, download_bar() as bar:

        def on_training_step(step: TrainingStep) -> None:
            line.show(describe_step(step), last=step.step == step.steps)

        async def carry_out(options: RunConfig, directory: Path, *, reuse: Sequence[Path]) -> None:
            def opener(name: str) -> Model:
                return models.open_model(name, progress=bar, server=options.server)

            await execute(options, directory, on_progress=line, opener=opener, reuse=reuse)

        improved = asyncio.run(
            verbs.improve(
                config,
                run,
                on_step=lambda words: stderr().print(words, highlight=False, markup=False),
                on_training_step=on_training_step,
                execute=carry_out,
            )
        )
    if as_json:
        print_json(improved.to_json())
    else:
        rounds.render(improved, Console())
        stderr().print(f"page: {run / page.PAGE}", highlight=False, markup=False, soft_wrap=True)
    return DONE


improve_app.command(with_options(run, arguments(Improve, Group("Improvement", sort_key=1))), name="run")


@improve_app.command
def rows(
    runs: Annotated[tuple[Path, ...], Parameter(negative="")],
    /,
    *,
    out: Path,
    against: Annotated[tuple[str, ...], Several],
    kinds: Annotated[tuple[Kind, ...], Several] = (
        "programs",
        "repairs",
    ),
    per_problem: int = 4,
    pool: Pool = "passed",
    limit: int | None = None,
    seed: int = 0,
    as_json: Json = False,
) -> int:
    """Make rows for `sharpen align train` from recorded runs on training problems.

    Example: `sharpen improve rows runs/mine --out rows.jsonl --against humaneval`

    Args:
        runs: Directories of runs of `sharpen sample` or `sharpen repair`.
        out: NAME.jsonl; rejected candidates and the counts are written next to it.
        against: Benchmarks that will be measured, also NAME@PATH: no row may hold a problem of theirs.
        kinds: `programs`: verified answers. `repairs`: a failing program, its error, and a right program.
            `preferences`, by themselves: a right and a wrong answer, for `align train --recipe dpo`.
        per_problem: Rows of a kind from one problem, at most; easy problems give fewer.
        pool: Programs that rows may answer with; `failed` and `any` are controls.
        limit: Rows in all, chosen at random; all if not given.
        seed: Seed of the random choices.
        as_json: Print the counts as one JSON object on stdout.
    """
    funnel = verbs.improve_rows(
        runs, out, against=against, kinds=kinds, per_problem=per_problem, pool=pool, limit=limit, seed=seed
    )
    if as_json:
        print_json(asdict(funnel))
    else:
        Console().print(funnel.table())
    return DONE
