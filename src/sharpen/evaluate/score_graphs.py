"""Figures for anyone's graphs: a JSONL of what a model wrote to a structured task's items.

A line holds the text as ``text`` or ``generated_code`` (CoCoGen's word) and says which item it answers: by
``id``, or by the words that the task gives (``belief`` and ``argument``, or ``scenario``). Where several
items share the words, lines are taken in order. An item without a line counts as unread. ProPara's
``predictions.tsv`` is read as it is.
"""

import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from sharpen.benchmarks.propara import read_predictions
from sharpen.benchmarks.structures import Item, Structures, load
from sharpen.counts import plural
from sharpen.errors import DataError
from sharpen.files.disk import read_lines
from sharpen.graphs.codec import decode, format_of
from sharpen.graphs.formats.base import Decoded, Format
from sharpen.graphs.retrieval import normal
from sharpen.graphs.score import GraphScore, score
from sharpen.methods.few_shot import PAPERS_FORMAT
from sharpen.reports.figures import mean, plain
from sharpen.reports.structure.terminal import columns, rows
from sharpen.reports.tables import figures_table, section
from sharpen.reports.words import span

UNANSWERED = Decoded(None, "unparsed", reason="the file has no line for it")


@dataclass(frozen=True, slots=True)
class ScoredGraphs:
    """What a file of graphs scores.

    Attributes:
        benchmark, samples: what was answered, and the file.
        answered: items that a line answers.
        score: over all items of the benchmark.
        malformed: one sentence for each line that answers none.
    """

    benchmark: str
    samples: Path
    answered: int
    score: GraphScore
    malformed: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        figures = {name: plain(getattr(self.score, name)) for name in ("figures", "parsed", "read", "by")}
        return {
            "benchmark": self.benchmark,
            "items": len(self.score.items),
            "answered": self.answered,
            **figures,
            "mean": plain(mean(self.score.items)),
            "malformed": len(self.malformed),
        }


def score_graphs(word: str, samples: Path, form: str = "", judges: Sequence[str] = ()) -> ScoredGraphs:
    """Score what a file answers to the items of a structured task, in the paper's format or ``form``.

    ``judges`` name more figures of explanations: see :func:`sharpen.graphs.metrics.learned.learned_metric`.

    Raises:
        UsageError: no task, or no format or judge of it, is called that.
        DataError: the file cannot be read or answers no item.
    """
    structures = load(word)
    is_table = structures.task == "states" and samples.suffix == ".tsv"
    answers, malformed = (
        _predicted(samples, structures)
        if is_table
        else _answers(samples, structures, format_of(structures.task, form or PAPERS_FORMAT[structures.task]))
    )
    if not answers:
        raise DataError(
            f"{samples} answers no item of {structures.name}: {(malformed or ['it is empty'])[0]}"
        )
    decoded = [answers.get(item.id, UNANSWERED) for item in structures.items]
    graphs, reference = [each.graph for each in decoded], [item.reference for item in structures.items]
    scored = score(structures.task, graphs, reference, judges)
    return ScoredGraphs(structures.name, samples, len(answers), scored, tuple(malformed))


def _predicted(path: Path, structures: Structures) -> tuple[dict[str, Decoded], list[str]]:
    tables = read_predictions(path)
    known = {item.id: item for item in structures.items}
    malformed = [f"{path}: {structures.name} has no process {name}" for name in tables if name not in known]
    answers = {
        name: Decoded(replace(known[name].given, table=table), "whole")
        for name, table in tables.items()
        if name in known
    }
    return answers, malformed


def _answers(path: Path, structures: Structures, form: Format) -> tuple[dict[str, Decoded], list[str]]:
    waiting: dict[str, deque[Item]] = {}
    for item in structures.items:
        waiting.setdefault(normal(item.text), deque()).append(item)
        waiting.setdefault(item.id, deque()).append(item)
    answers: dict[str, Decoded] = {}
    malformed = []
    for number, line in read_lines(path):
        try:
            row = json.loads(line)
            text = row["text"] if "text" in row else row["generated_code"]
            item = next(item for item in waiting[_named(row)] if item.id not in answers)
        except (ValueError, TypeError, KeyError, StopIteration, RecursionError):
            malformed.append(
                f"{path}, line {number}: no item that is still open, or neither `text` nor `generated_code`"
            )
            continue
        answers[item.id] = decode(text, form)
    return answers, malformed


def _named(row: Mapping[str, Any]) -> str:
    """Return the item's id or its words."""
    if "id" in row:
        return str(row["id"])
    words: Sequence[str] = (row["belief"], row["argument"]) if "belief" in row else (row["scenario"],)
    return normal(" ".join(words))


def render(scored: ScoredGraphs, console: Console) -> None:
    """Print the figures as a table."""
    figures = scored.score
    table = figures_table("", *columns(figures.figures), f"95 % of {figures.by}")
    lines = rows(plural(len(figures.items), "item"), figures.figures, span(mean(figures.items), 2))
    if figures.read < 1:
        lines += rows("  those that were read", {n: figures.parsed.get(n, nan) for n in figures.figures})
    for label, cells in lines:
        table.add_row(label, *cells)
    title = f"{scored.samples.name} on {scored.benchmark}"
    section(console, title, table, f"{plural(scored.answered, 'item')} answered, {figures.read:.1%} read")
    for sentence in scored.malformed[:5]:
        console.print(Text(sentence, style="yellow"))
