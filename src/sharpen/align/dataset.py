"""``rows.jsonl`` -> ``dataset.jsonl``: what is selected, with its figures and its card (README.md)."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from sharpen.align.diversity import Diversity, diversity
from sharpen.align.rows import Instruction, Row
from sharpen.align.select import REASONS, Choice, Filter, select
from sharpen.align.stage import Funnel, Writer, read, read_funnel
from sharpen.errors import DataError

STAGES = ("seeds", "concepts", "instructions", "responses", "rows", "dataset")
"""Those whose funnels a card shows, as far as they are in the directory."""

_EXAMPLES = 3
_SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_WORDS = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure over the rows that have it."""

    name: str
    rows: int
    mean: float
    least: float


def make(
    directory: Path,
    choice: Choice = "paper",
    *,
    contaminated: Filter | None = None,
    near: Filter | None = None,
    contamination: str | None = None,
) -> Funnel:
    """Select from the rows of ``directory`` and write the data set, its figures and its card there.

    Args:
        directory: with ``rows.jsonl``; ``instructions.jsonl`` and the funnels of stages before are shown.
        choice: how one response per instruction is chosen.
        contaminated: finds texts that hold a benchmark's problem.
        near: finds near duplicates.
        contamination: what the card says of benchmarks; that nobody looked, if None.

    Raises:
        DataError: a file is not what it should be, or cannot be written.
    """
    rows = list(read(directory / "rows.jsonl", Row))
    reasons = select(rows, choice, contaminated=contaminated, near=near)
    with Writer(directory / "dataset.jsonl", reasons=REASONS) as out:
        for row, reason in zip(rows, reasons, strict=True):
            out.reject(row, reason) if reason else out.keep(row)
    kept = [row for row, reason in zip(rows, reasons, strict=True) if not reason]
    found = diversity(kept, _instructions(directory))
    try:
        (directory / "diversity.json").write_text(json.dumps(asdict(found), indent=2) + "\n")
        (directory / "README.md").write_text(card(directory, kept, found, choice, contamination), "utf-8")
    except OSError as error:
        raise DataError(f"{directory} cannot be written ({error.strerror}): free the disk") from error
    return out.funnel()


def _instructions(directory: Path) -> dict[str, Instruction]:
    path = directory / "instructions.jsonl"
    return {row.text: row for row in read(path, Instruction)} if path.exists() else {}


def card(
    directory: Path,
    rows: Sequence[Row],
    found: Diversity,
    choice: Choice,
    contamination: str | None,
) -> str:
    """Return the card of a data set, as the hub wants it."""
    plain = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701 - Markdown
    template = plain.from_string((files(__package__) / "card.md.j2").read_text("utf-8"))
    config = _json(directory / "config.json")
    examples = rows[:_EXAMPLES]
    return template.render(
        name=directory.resolve().name,
        size=_WORDS[sum(len(rows) >= size for size in _SIZES)],
        model=config.get("model", ""),
        version=version("sharpen"),
        diversity=found,
        commands=list(_commands(directory, config, choice)),
        funnels=list(_funnels(directory)),
        rules=_json(directory / "rows.rules.json"),
        measures=list(_measures(rows)),
        isolated=sum(row.gates.get("trust") == "isolated" for row in rows),
        contamination=contamination,
        licences=sorted(Counter(row.licence for row in rows).items(), key=lambda pair: (-pair[1], pair[0])),
        examples=examples,
        fence=_fence(examples),
    )


def _commands(directory: Path, config: Mapping[str, Any], choice: Choice) -> Iterator[str]:
    """Yield what was typed, as far as the directory says."""
    here = shlex.quote(str(directory))
    if config.get("method") == "align":
        words = {"n": "-n", "temperature": "--temperature", "seed": "--seed", "max_tokens": "--max-tokens"}
        options = " ".join(f"{word} {config[name]}" for name, word in words.items() if name in config)
        seeds, model = shlex.quote(config["benchmark"]), shlex.quote(config["model"])
        yield f"sharpen align run {seeds} -m {model} {options} --run {here}"
    if rules := _json(directory / "rows.rules.json"):
        thresholds = (
            f"--coverage {rules['coverage']} --mutants {rules['mutants']} "
            f"--mutation-score {rules['mutation_score']}"
        )
        without = "".join(f" --without {gate}" for gate in rules["without"])
        yield f"sharpen align validate {here} {thresholds}{without}"
    yield f"sharpen align select {here} --choice {choice}"


def _funnels(directory: Path) -> Iterator[Funnel]:
    for stage in STAGES:
        if (directory / f"{stage}.funnel.json").exists():
            yield read_funnel(directory / f"{stage}.jsonl")


def _measures(rows: Iterable[Row]) -> Iterator[Measure]:
    values: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.gates.items():
            if not isinstance(value, str):
                values.setdefault(name, []).append(float(value))
    for name, found in sorted(values.items()):
        yield Measure(name, len(found), sum(found) / len(found), min(found))


def _fence(rows: Iterable[Row]) -> str:
    """Return a fence that no text of the rows can close."""
    ticks = re.findall(r"`+", "".join(f"{row.instruction}{row.response}{row.tests}" for row in rows))
    return "`" * max(4, 1 + max(map(len, ticks), default=0))


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    return found
