"""Fine-tune a model on verified responses (arXiv 2410.24198, section 3 and its code).

1. Rows are split by a hash of their ids, rendered in one prompt form and tokenised. The loss is on responses
   and their end token, not on prompts. A row has no tests.
2. The loss of the held-out rows is measured, the model is trained, and the loss is measured again.
3. The result is written in the format of the model: a LoRA adapter or merged weights in GGUF, which the
   embedded engine loads (``-m RUN``), or a folder in the hub's format for a server.

Deviations from the paper: (1) weights that are tuned have 32 bits under mixed precision; (2) every response
token of a step weighs the same (see :mod:`sharpen.selfcodealign.train.fitting`); (3) LoRA, for machines
that hold no full fine-tuning; (4) our own system sentence.

A training has a directory: ``config.json`` (the options), ``steps.jsonl`` (every step), ``checkpoints`` and
``training.json`` (rows, losses, files). A killed training resumes from its last checkpoint with the same rows
in the same order.

With the recipe ``dpo`` rows are preferences (:mod:`sharpen.selfcodealign.train.preferences`).
"""

import json
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table

from sharpen.counts import plural
from sharpen.errors import DataError, JournalError
from sharpen.extras import extra
from sharpen.files.disk import write_json
from sharpen.files.download import DownloadProgress, sha256_of
from sharpen.journal.directory import keep_config, lock_directory, read_config
from sharpen.selfcodealign.train import fitting, pairs, precision, preferences
from sharpen.selfcodealign.train.fitting import OnStep
from sharpen.selfcodealign.train.loading import LIBRARIES, WeightSource, find, load, require_libraries
from sharpen.selfcodealign.train.pairs import Example, Preference, Row, TokenPair, TokenPreference
from sharpen.selfcodealign.train.precision import Precision
from sharpen.selfcodealign.train.recipe import Train
from sharpen.selfcodealign.train.save import write_outputs

RECORD = "training.json"


@dataclass(frozen=True, slots=True)
class Training:
    """The result of a training; NaN and empty for steps that are not reached yet.

    Attributes:
        trained_on, held_out: rows and tokens of each part.
        before, after: the held-out rows' loss, in nats per response token, or the DPO loss per preference;
            NaN without such rows.
        steps: of the optimiser.
        step_seconds, step_cpu_seconds: the median of a step.
        made: the files that were written, by kind.
        precision: the format of the weights, and how it was chosen.
    """

    trained_on: Mapping[str, int]
    held_out: Mapping[str, int]
    before: float
    after: float = math.nan
    steps: int = 0
    step_seconds: float = math.nan
    step_cpu_seconds: float = math.nan
    made: Mapping[str, str] = field(default_factory=dict)
    precision: Precision = Precision("float32")  # noqa: RUF009 - a frozen value

    @property
    def finished(self) -> bool:
        """Whether all files are written."""
        return bool(self.made)

    def to_json(self) -> dict[str, Any]:
        """Return plain data; a figure that is not known is null."""
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(self).items()}


class RecordedTraining(Train):
    """What the ``config.json`` of a training says.

    Attributes:
        rows: the file of the rows, as it was given.
        rows_sha256: of that file.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    rows: Path
    rows_sha256: str

    @property
    def options(self) -> Train:
        """The options alone."""
        return Train(**self.model_dump(include=set(Train.model_fields)))


def train(
    rows: Path,
    config: Train,
    directory: Path,
    on_step: OnStep = lambda _: None,
    on_progress: DownloadProgress | None = None,
) -> Training:
    """Tune ``config.model`` on ``rows`` in ``directory``, or resume, and return the result.

    Args:
        rows: JSONL, gzipped or not, or Parquet; see :func:`sharpen.selfcodealign.train.pairs.read`.
        config: the recipe.
        directory: of the training.
        on_step: called after every step.
        on_progress: called while weights are downloaded.

    Raises:
        UsageError: sharpen[train], or for preferences sharpen[preferences], is not installed, or an option is
            wrong.
        DataError: the rows cannot be read, or none of them can be trained on.
        ModelUnavailableError: the model cannot be loaded or cannot be tuned.
        ConfigChangedError: the directory has a training with other options or other rows.
        JournalError: the directory cannot be written.
    """
    require(config)
    lock = lock_directory(directory)
    try:
        given: Sequence[Row] = pairs.read_preferences(rows) if config.resolved.beta else pairs.read(rows)
        source = find(config.model, on_progress)
        _keep(directory, rows, config, source)
        recorded = read(directory)
        if recorded and recorded.finished:
            return recorded
        return _train(given, config, source, directory, on_step)
    finally:
        lock.release()


def require(config: Train) -> None:
    """Import what a training needs. Raises UsageError where it is not installed, or an option is wrong."""
    preferred = config.resolved.beta > 0
    require_libraries()
    if preferred:
        extra("trl", "preferences")


def read(directory: Path) -> Training | None:
    """Return the result so far of the training in ``directory``; None before it has started.

    Raises:
        JournalError: the record is damaged.
    """
    path = directory / RECORD
    if not path.exists():
        return None
    try:
        values = {k: math.nan if v is None else v for k, v in json.loads(path.read_bytes()).items()}
        return TypeAdapter(Training).validate_python(values)
    except (OSError, ValueError, AttributeError, ValidationError) as error:
        raise JournalError(f"{path} is not the record of a training: choose another --run") from error


def read_recorded(directory: Path) -> RecordedTraining:
    """Return the options of the training in ``directory``. Raises JournalError where they cannot be read."""
    return read_config(directory, RecordedTraining)


def render(training: Training, directory: Path, console: Console) -> None:
    """Print the result of a training."""
    table = Table("", "rows", "tokens of responses", "left out", "cut", "loss before", "after")
    for name, side in (("trained on", training.trained_on), ("held out", training.held_out)):
        figures = [f"{side[key]:,}" for key in ("rows", "response_tokens", "left_out", "cut")]
        losses = [training.before, training.after] if name == "held out" else []
        table.add_row(name, *figures, *("-" if math.isnan(loss) else f"{loss:.4f}" for loss in losses))
    console.print(table)
    console.print(
        f"{plural(training.steps, 'step')}, median {training.step_seconds:.1f} s and "
        f"{training.step_cpu_seconds:.1f} CPU s each",
        highlight=False,
    )
    for what, name in training.made.items():
        console.print(f"{what}: {directory / name}", highlight=False, soft_wrap=True)


def _train(
    rows: Sequence[Row],
    config: Train,
    source: WeightSource,
    directory: Path,
    on_step: OnStep,
) -> Training:
    fitting.quiet()
    recorded = read(directory)
    used = recorded.precision if recorded else precision.choose(config.dtype, config.resolved.rank)
    model, tokenizer = load(source, used.dtype)
    sides = pairs.split(pairs.share_of(rows, config.share), config.held_out)
    trained_on, held_out = (_encoded(side, config, tokenizer) for side in sides)
    if not sides[0]:
        raise DataError(
            f"all {len(rows)} rows are held out: lower --held-out, or give rows of more than one problem"
        )
    if not trained_on:
        raise DataError(
            f"no row has room for a response in {config.resolved.max_length} tokens: raise --max-length"
        )
    model = fitting.adapted(model, config.resolved, config.seed, source.adapter(model))
    fit, loss = _learning(model, tokenizer, (trained_on, held_out), config, directory)
    begun = recorded or Training(
        pairs.counts(trained_on, len(sides[0])), pairs.counts(held_out, len(sides[1])), loss(), precision=used
    )
    _write(directory, begun)
    fit(on_step)
    steps = fitting.read_steps(directory / "steps.jsonl")
    ended = replace(
        begun,
        after=loss(),
        steps=len(steps),
        step_seconds=statistics.median(step.seconds for step in steps),
        step_cpu_seconds=statistics.median(step.cpu_seconds for step in steps),
        made=write_outputs(model, tokenizer, config, source, directory),
    )
    _write(directory, ended)
    return ended


def _encoded(side: Sequence[Row], config: Train, tokenizer: Any) -> list[Example]:  # noqa: ANN401
    length = config.resolved.max_length
    encoded = (
        pairs.encode_preference(row, tokenizer, config.prompts, length)
        if isinstance(row, Preference)
        else pairs.encode(row, tokenizer, config.prompts, length)
        for row in side
    )
    return [example for example in encoded if example]


def _learning(
    model: Any,  # noqa: ANN401
    tokenizer: Any,  # noqa: ANN401
    sides: tuple[Sequence[Example], Sequence[Example]],
    config: Train,
    directory: Path,
) -> tuple[Callable[[OnStep], None], Callable[[], float]]:
    """Return what trains the model on the first side, and what measures the loss of the other."""
    if config.resolved.beta:
        trained, held = (
            [example for example in side if isinstance(example, TokenPreference)] for side in sides
        )
        trainer = preferences.trainer(model, tokenizer, trained, held, config, directory)
        return partial(fitting.run, trainer, directory), partial(preferences.loss, trainer)
    responses, measured = ([example for example in side if isinstance(example, TokenPair)] for side in sides)
    fit = partial(fitting.fit, model, tokenizer, responses, config, directory)
    return fit, partial(fitting.loss, model, measured)


def _keep(directory: Path, rows: Path, config: Train, source: WeightSource) -> None:
    try:
        rows_sha256 = sha256_of(rows)
    except OSError as error:
        raise DataError(f"{rows} cannot be read: {error.strerror}") from error
    requested = {
        "method": "train",
        **config.model_dump(mode="json"),
        "resolved": asdict(config.resolved),
        "rows_sha256": rows_sha256,
        "base_sha256": source.sha256,
    }
    facts = {"rows": str(rows), "libraries": {name: version(name) for name in LIBRARIES}}
    keep_config(directory, requested, facts, resumable=("save_every",))


def _write(directory: Path, training: Training) -> None:
    write_json(directory / RECORD, training.to_json())
