"""The verbs of expert iteration. Paths may be given as text."""

from collections.abc import Callable, Sequence
from pathlib import Path

from sharpen.api import Location
from sharpen.execution import execute, one_error
from sharpen.improvement import rounds
from sharpen.improvement.plan import Improve
from sharpen.improvement.rounds import Execute, Improved
from sharpen.improvement.rows import Kind, Pool, make
from sharpen.reports.improve import page
from sharpen.selfcodealign.stage_files import Funnel
from sharpen.selfcodealign.train.fitting import OnStep


async def improve(
    config: Improve,
    run: Location,
    *,
    on_step: Callable[[str], None] = lambda _: None,
    on_training_step: OnStep = lambda _: None,
    execute: Execute = execute,
) -> Improved:
    """Draw, select, train and measure, round by round, and write ``report.html``; the same call resumes.

    Args:
        config: what is improved, and how.
        run: directory of the rounds.
        on_step: called with the command of each step before it starts.
        on_training_step: called after every step of the optimiser.
        execute: carries out a run.

    Raises:
        SharpenError: whatever ends a run or a training; what was recorded stays.
    """
    with one_error():
        improved = await rounds.improve(
            config, Path(run), execute, on_step=on_step, on_training_step=on_training_step
        )
        page.write(improved, config, Path(run))
    return improved


def improve_rows(
    runs: Sequence[Location],
    out: Location,
    *,
    against: Sequence[str],
    kinds: Sequence[Kind] = ("programs", "repairs"),
    per_problem: int = 4,
    pool: Pool = "passed",
    limit: int | None = None,
    seed: int = 0,
) -> Funnel:
    """Make rows for training from recorded runs; see :func:`sharpen.improvement.rows.make`."""
    return make(
        [Path(run) for run in runs],
        Path(out),
        against=against,
        kinds=kinds,
        per_problem=per_problem,
        pool=pool,
        limit=limit,
        seed=seed,
    )
