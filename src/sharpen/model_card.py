"""The card of a trained model: what was measured, what it learned from, and the commands that made it.

A model of a round of ``sharpen improve`` has the round's figures; any has the losses of its held-out rows.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sharpen.counts import plural
from sharpen.errors import JournalError
from sharpen.improvement.plan import Tune, command
from sharpen.models import finetuned
from sharpen.models.finetuned import Tuned
from sharpen.models.weights import STORE
from sharpen.selfcodealign.train import tune
from sharpen.selfcodealign.train.hub_adapter import WEIGHTS
from sharpen.selfcodealign.train.tune import RecordedTraining, Training


def card(directory: Path, rows: Path | None) -> str:
    """Return the text of a trained model's card.

    Args:
        directory: of the training.
        rows: the file of the rows as it lies beside the card; None where they are gone.

    Raises:
        JournalError: a record of the training is damaged.
        ModelUnavailableError: the record of the model is.
    """
    tuned = finetuned.read(directory) if finetuned.directory_of(str(directory)) else None
    training = tune.read(directory)
    recorded = tune.read_recorded(directory) if training else None
    base = tuned.base if tuned else recorded.model if recorded else ""
    parts = [_head(base), *_figures(directory)]
    if training and recorded:
        parts += [_learned(training, recorded, rows), _made(directory, recorded)]
    parts.append(_use_gguf(tuned) if tuned else _USE_FOLDER)
    return "\n".join(parts)


def hub_name(base: str) -> str:
    """Return what the hub calls a base in its own format; of other weights the name of their file."""
    return STORE[base].original if base in STORE else base if base.count("/") == 1 else Path(base).name


def _head(base: str) -> str:
    name = hub_name(base)
    base_model = f"base_model: {name}\n" if "/" in name else ""
    return f"""---
{base_model}tags:
- sharpen
---

# {Path(base).name}, fine-tuned with sharpen
"""


def _figures(directory: Path) -> Iterator[str]:
    """Yield the measures of the round of ``sharpen improve`` that made the model."""
    improved = directory.resolve().parent.parent / "improve.json"
    if not improved.exists():
        return
    try:
        rounds = json.loads(improved.read_bytes())["rounds"]
        number = next(each for each in rounds if directory.resolve().parent.name == f"round-{each['number']}")
        lines = [_line(change) for change in number["changes"] if change["problems"]]
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise JournalError(f"{improved} cannot be read as the rounds of an improvement: {error}") from error
    yield f"""Share of programs that pass, of the base and of this model, each a mean over the same problems.
The difference is paired, with a 95 % interval of a bootstrap over problems.

| measure | problems | base | tuned | difference |
| --- | --- | --- | --- | --- |
{chr(10).join(lines)}
"""


def _line(change: Mapping[str, Any]) -> str:
    interval = "" if change["low"] is None else f" ({100 * change['low']:.1f} to {100 * change['high']:.1f})"
    shares = f"{change['before']:.1%} | {change['after']:.1%} | {100 * change['difference']:+.1f}{interval}"
    return f"| {change['measure']} | {change['problems']} | {shares} |"


def _learned(training: Training, recorded: RecordedTraining, rows: Path | None) -> str:
    place = f"`{rows.name}`" if rows else "a file that is not here"
    unit = "the preference loss" if recorded.resolved.beta else "nats a token"
    held_out = (
        f" The loss of {plural(training.held_out['rows'], 'held-out row')} went from {training.before:.3f} to"
        f" {training.after:.3f} ({unit})."
        if training.held_out["rows"]
        else ""
    )
    return f"""## Rows

{plural(training.trained_on["rows"], "row")} of {place} (SHA-256 `{recorded.rows_sha256}`) in
{plural(training.steps, "step")}.{held_out}
"""


def _made(directory: Path, recorded: RecordedTraining) -> str:
    steps = directory.resolve().parent.parent / "commands.sh"
    commands = (
        steps.read_text("utf-8").strip()
        if steps.exists()
        else command(Tune(recorded.rows, recorded.options, directory))
    )
    listed = "\n".join(f"    {line}" for line in commands.splitlines())
    return f"## Commands\n\n{listed}\n"


_USE_FOLDER = """## Use

The files are in the hub's format: transformers and vLLM load them, over the base if they are an adapter.
"""


def _use_gguf(tuned: Tuned) -> str:
    file = tuned.adapter or tuned.merged
    form = "a LoRA adapter in GGUF" if tuned.adapter else "the whole weights in GGUF"
    hub = f"""
`{WEIGHTS}` is the same adapter for peft, transformers and vLLM, over `{hub_name(tuned.base)}`.
It was trained on the base's quantised weights.
"""
    return f"""## Use

`{file}` is {form} (SHA-256 `{tuned.sha256}`), trained from `{Path(tuned.base).name}` (SHA-256
`{tuned.base_sha256}`). With the base's weights at hand: `sharpen sample humaneval -m FOLDER`, where FOLDER is
a copy of this repository.
{hub if tuned.adapter else ""}"""
