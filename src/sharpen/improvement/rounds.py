"""Expert iteration: carries out the steps of :mod:`sharpen.improvement.plan`, and measures what they changed.

The directory has ``config.json``, ``commands.sh`` (the steps as commands), a folder for each round, and in
the end ``improve.json``. The same call resumes: every step knows what it has recorded.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from rich import box
from rich.console import Console
from rich.table import Table

from sharpen.counts import plural
from sharpen.errors import JournalError
from sharpen.files.json_text import json_text
from sharpen.improvement import rows as making
from sharpen.improvement.measure import Change, MeasuredMean, change, rate
from sharpen.improvement.plan import (
    Draw,
    Improve,
    MakeRows,
    Step,
    Tune,
    Tuning,
    command,
    measures,
    round_folder,
    steps,
    tunings,
)
from sharpen.improvement.rows import Kind
from sharpen.journal.directory import keep_config
from sharpen.run.config import RunConfig
from sharpen.selfcodealign.stage_files import Funnel, read_funnel
from sharpen.selfcodealign.train import tune
from sharpen.selfcodealign.train.fitting import OnStep
from sharpen.selfcodealign.train.tune import Training


class Execute(Protocol):
    """Carries out a run, or resumes it: :func:`sharpen.api.execute`, its budget and progress given."""

    def __call__(self, config: RunConfig, directory: Path, /, *, reuse: Sequence[Path]) -> Awaitable[object]:
        """Carry out a run, without asking for answers that are recorded in the runs ``reuse``."""


@dataclass(frozen=True, slots=True)
class RoundTraining:
    """A training of a round.

    Attributes:
        kinds: of its rows.
        rows: how many there were, and why others were rejected.
        training: rows and losses.
    """

    kinds: tuple[Kind, ...]
    rows: Funnel
    training: Training


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did.

    Attributes:
        number: from 1.
        trainings: one, or with preferences two, in order.
        changes: each measure against the base.
    """

    number: int
    trainings: tuple[RoundTraining, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Improved:
    """The rounds, and the base's measures."""

    base: tuple[MeasuredMean, ...]
    rounds: tuple[Round, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain data; a figure that is not known is null."""
        plain: dict[str, Any] = _without_nan(asdict(self))
        return plain


async def improve(
    config: Improve,
    directory: Path,
    execute: Execute,
    *,
    on_step: Callable[[str], None] = lambda _: None,
    on_training_step: OnStep = lambda _: None,
) -> Improved:
    """Improve a model in rounds of drawing, training and measuring, or resume.

    Args:
        config: the options.
        directory: of the rounds.
        execute: carries out a run.
        on_step: called with the command of each step before it starts.
        on_training_step: called after every step of the optimiser.

    Raises:
        ConfigChangedError: the directory has rounds with other options.
        UsageError: a benchmark is not known, or sharpen[train] (for preferences sharpen[preferences]) is not
            installed.
        SharpenError: whatever ends a run or a training; what was recorded stays.
    """
    for step in _begin(config, directory):
        on_step(command(step))
        await _carry_out(step, execute, on_training_step)
    base = round_folder(directory, 0)
    improved = Improved(
        tuple(rate(each.name, base / each.folder, each.stage) for each in measures(config, "")),
        tuple(_round(config, directory, number) for number in range(1, config.rounds + 1)),
    )
    _write(directory / "improve.json", json_text(improved.to_json(), indent=2) + "\n")
    return improved


def _begin(config: Improve, directory: Path) -> list[Step]:
    """Write down the options and the steps as commands, and return the steps.

    What the trainings need is looked for now, and not when all is drawn.
    """
    for tuning in tunings(config, directory):
        tune.require(tuning.config)
    directory.mkdir(parents=True, exist_ok=True)
    keep_config(
        directory,
        {"method": "improve", **config.model_dump(mode="json")},
        {},
        resumable=("rounds", "concurrency"),
    )
    planned = list(steps(config, directory))
    _write(directory / "commands.sh", "".join(f"{command(step)}\n" for step in planned))
    return planned


async def _carry_out(step: Step, execute: Execute, on_step: OnStep) -> None:
    match step:
        case Draw(config, directory, reuse):
            await execute(config, directory, reuse=reuse)
        case MakeRows(runs, path, kinds, options):
            await asyncio.to_thread(
                making.make,
                runs,
                path,
                against=options.measure_on,
                kinds=kinds,
                per_problem=options.per_problem,
                pool=options.pool,
                limit=options.rows,
                seed=options.seed,
            )
        case Tune(rows, training, directory):
            await asyncio.to_thread(tune.train, rows, training, directory, on_step)


def _round(config: Improve, directory: Path, number: int) -> Round:
    base, folder = round_folder(directory, 0), round_folder(directory, number)
    changes = [
        change(each.name, base / each.folder, folder / each.folder, each.stage)
        for each in measures(config, "")
    ]
    return Round(number, tuple(map(_tuned, tunings(config, folder))), tuple(changes))


def _tuned(tuning: Tuning) -> RoundTraining:
    training = tune.read(tuning.directory)
    assert training is not None
    return RoundTraining(tuning.kinds, read_funnel(tuning.rows), training)


def render(improved: Improved, console: Console) -> None:
    """Print what each round changed, each measure with its paired interval."""
    for each in improved.rounds:
        for tuned in each.trainings:
            console.print(tuned.rows.table())
        console.print(_table(each))


def _table(each: Round) -> Table:
    rows = sum(trained.training.trained_on["rows"] for trained in each.trainings)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.title = f"round {each.number}: {plural(rows, 'row')}"
    table.add_column("measure", min_width=15)
    for column in ("problems", "base", "tuned", "points, 95 % interval", "gained", "lost"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in each.changes:
        interval = "" if math.isnan(row.low) else f" ({100 * row.low:.1f} to {100 * row.high:.1f})"
        shares = f"{row.before:.1%}", f"{row.after:.1%}", f"{100 * row.difference:+.1f}{interval}"
        table.add_row(row.measure, str(row.problems), *shares, str(len(row.gained)), str(len(row.lost)))
    return table


def _without_nan(value: Any) -> Any:  # noqa: ANN401 - plain data
    match value:
        case float() if math.isnan(value):
            return None
        case dict():
            return {name: _without_nan(each) for name, each in value.items()}
        case Sequence() if not isinstance(value, str):
            return [_without_nan(each) for each in value]
    return value


def _write(path: Path, text: str) -> None:
    scratch = path.with_suffix(".tmp")
    try:
        scratch.write_text(text, "utf-8")
        scratch.replace(path)
    except OSError as error:
        raise JournalError(f"{path} cannot be written ({error.strerror}): free the disk") from error
