"""``rows.jsonl`` -> ``dataset.jsonl``: the selected rows, with their figures and a card (README.md)."""

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

from sharpen.errors import DataError
from sharpen.files.disk import write_json, write_whole
from sharpen.selfcodealign.dataset.augment import with_tests
from sharpen.selfcodealign.dataset.diversity import Diversity, diversity
from sharpen.selfcodealign.dataset.select import CONTAMINATED, REASONS, Choice, Pool, limited, select
from sharpen.selfcodealign.generate.pipeline import Align
from sharpen.selfcodealign.overlap.decontaminate import WAYS, Index, Match, Passage
from sharpen.selfcodealign.rows import Instruction, Row
from sharpen.selfcodealign.seeds.typecheck import type_check
from sharpen.selfcodealign.stage_files import Funnel, Writer, read, read_funnel

STAGES = ("seeds", "concepts", "instructions", "responses", "rows", "dataset")
"""The stages whose funnels a card shows, if they are in the directory."""

_EXAMPLES = 3
_SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_WORDS = ("n<1K", "1K<n<10K", "10K<n<100K", "100K<n<1M", "1M<n<10M", "10M<n<100M")


@dataclass(frozen=True, slots=True)
class ColumnMean:
    """A measure over the rows that have it."""

    name: str
    rows: int
    mean: float
    least: float


@dataclass(frozen=True, slots=True)
class Search:
    """The search for one benchmark's problems.

    Attributes:
        benchmark: its name.
        problems: how many it has.
        findable: how many of them can be found, in each way.
        rows: how many rows hold one.
    """

    benchmark: str
    problems: int
    findable: Mapping[str, int]
    rows: int


def make(
    directory: Path,
    choice: Choice = "paper",
    *,
    index: Index | None = None,
    typed: bool = False,
    pool: Pool = "passed",
    limit: int | None = None,
    tests_in_instructions: float = 0.0,
) -> Funnel:
    """Select from the rows of ``directory`` and write the data set, its figures and its card there.

    Args:
        directory: with ``rows.jsonl``; ``instructions.jsonl`` and earlier funnels are used if they are there.
        choice: how one response per instruction is chosen.
        index: the benchmarks whose problems no row may hold; None to search for none, which the card states.
        typed: whether to leave out code with type errors.
        pool: which responses rows are selected from: those that passed, and in the paper's ablation (table 9)
            those that failed their own tests, or both.
        limit: rows in all, chosen at random; all if not given.
        tests_in_instructions: share of instructions to which tests are appended, where they can be.

    Raises:
        DataError: a file is damaged or cannot be written.
        ContaminationError: a planted problem was not found.
        UsageError: ``typed`` is set and ty is not installed.
    """
    rows = list(_pooled(directory, pool))
    matches = _matches(rows, index)
    out = dict.fromkeys(matches, CONTAMINATED)
    if typed:
        errors = type_check([row.code for row in rows])
        out |= {position: reason for position, reason in enumerate(errors) if reason}
    reasons = limited(rows, select(rows, choice, out=out), limit)
    with Writer(directory / "dataset.jsonl", reasons=REASONS) as writer:
        for row, reason in zip(rows, reasons, strict=True):
            if reason:
                writer.reject(row, reason)
            else:
                writer.keep(with_tests(row, tests_in_instructions))
    selected = [row for row, reason in zip(rows, reasons, strict=True) if not reason]
    measured = diversity(selected, _instructions(directory))
    searches = list(_searches(index, matches.values())) if index else None
    options = f"--choice {choice}" + " --type-check" * typed + f" --pool {pool}" * (pool != "passed")
    options += f" --limit {limit}" * (limit is not None)
    options += f" --tests-in-instructions {tests_in_instructions:g}" * (tests_in_instructions > 0)
    if index:
        options += "".join(f" --against {name}" for name in index.problems)
    write_json(directory / "diversity.json", asdict(measured))
    write_whole(directory / "README.md", card(directory, selected, measured, options, searches).encode())
    return writer.funnel()


def _pooled(directory: Path, pool: Pool) -> Iterator[Row]:
    """Yield the rows to select from; a response that was not run on its tests is in no pool."""
    if pool != "failed":
        yield from read(directory / "rows.jsonl", Row)
    if pool != "passed":
        for row in read(directory / "rows.rejected.jsonl", Row):
            if row.verdict not in ("", "passed"):
                yield row


def _matches(rows: Sequence[Row], index: Index | None) -> dict[int, tuple[Match, ...]]:
    """Return the benchmarks' problems in each row, by its position."""
    if index is None:
        return {}
    passages = (Passage(f"{row.instruction}\n\n{row.response}", row.code) for row in rows)
    return {position: matches for position, matches in enumerate(index.scan(passages)) if matches}


def _searches(index: Index, matches: Iterable[tuple[Match, ...]]) -> Iterator[Search]:
    held: Counter[str] = Counter()
    for ways in matches:
        held.update({match.benchmark for match in ways})
    for name, problems in index.problems.items():
        yield Search(name, problems, {way: index.covered[way][name] for way in WAYS}, held[name])


def _instructions(directory: Path) -> dict[str, Instruction]:
    path = directory / "instructions.jsonl"
    return {row.text: row for row in read(path, Instruction)} if path.exists() else {}


def card(
    directory: Path,
    rows: Sequence[Row],
    measured: Diversity,
    options: str,
    searches: Sequence[Search] | None,
) -> str:
    """Return the card of a data set in the hub's format."""
    plain = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701 - Markdown
    template = plain.from_string((files(__package__) / "card.md.j2").read_text("utf-8"))
    config = _json(directory / "config.json")
    examples = rows[:_EXAMPLES]
    return template.render(
        name=directory.resolve().name,
        size=_WORDS[sum(len(rows) >= size for size in _SIZES)],
        model=config.get("model", ""),
        version=version("sharpen"),
        diversity=measured,
        commands=list(_commands(directory, config, options)),
        funnels=list(_funnels(directory)),
        rules=_json(directory / "rows.rules.json"),
        measures=list(_measures(rows)),
        isolated=sum(row.gates.get("trust") == "isolated" for row in rows),
        searches=searches,
        licences=sorted(Counter(row.licence for row in rows).items(), key=lambda pair: (-pair[1], pair[0])),
        examples=examples,
        fence=_fence(examples),
    )


def _commands(directory: Path, config: Mapping[str, Any], options: str) -> Iterator[str]:
    """Yield the commands that made the data set, as far as the directory records them."""
    here = shlex.quote(str(directory))
    if config.get("method") == "align":
        seeds, model = shlex.quote(config["benchmark"]), shlex.quote(config["model"])
        yield f"sharpen align run --seeds {seeds} -m {model} {' '.join(_given(config))} --run {here}"
    if rules := _json(directory / "rows.rules.json"):
        thresholds = (
            f"--coverage {rules['coverage']} --mutants {rules['mutants']} "
            f"--mutation-score {rules['mutation_score']}"
        )
        without = "".join(f" --without {gate}" for gate in rules["without"])
        yield f"sharpen align validate {here} {thresholds}{without}"
    yield f"sharpen align select {here} {options}"


def _given(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options of a run that differ from their defaults."""
    known = Align.model_validate({name: config[name] for name in Align.model_fields if name in config})
    left_out = {"benchmark", "model", "until"}
    for name, value in known.model_dump(mode="json", exclude_defaults=True, exclude=left_out).items():
        word = "-n" if name == "n" else f"--{name.replace('_', '-')}"
        values = [] if value is True else value if isinstance(value, list) else [value]
        yield " ".join([word, *(shlex.quote(str(each)) for each in values)])


def _funnels(directory: Path) -> Iterator[Funnel]:
    for stage in STAGES:
        if (directory / f"{stage}.funnel.json").exists():
            yield read_funnel(directory / f"{stage}.jsonl")


def _measures(rows: Iterable[Row]) -> Iterator[ColumnMean]:
    values: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.gates.items():
            if not isinstance(value, str):
                values.setdefault(name, []).append(float(value))
    for name, summary in sorted(values.items()):
        yield ColumnMean(name, len(summary), sum(summary) / len(summary), min(summary))


def _fence(rows: Iterable[Row]) -> str:
    """Return a fence that no text of the rows can close."""
    ticks = re.findall(r"`+", "".join(f"{row.instruction}{row.response}{row.tests}" for row in rows))
    return "`" * max(4, 1 + max(map(len, ticks), default=0))


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    return document
