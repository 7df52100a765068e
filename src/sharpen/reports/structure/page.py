"""Runs of ``structure`` as one HTML file that opens offline.

For each item it shows the reference graph and the predicted one, with their differences marked, and the
text that the graph was read from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from sharpen.graphs.graph import Graph
from sharpen.graphs.score import aligned
from sharpen.reports.draw.files import Chart, DataRow
from sharpen.reports.draw.forest import Difference, forest
from sharpen.reports.draw.layered import draw
from sharpen.reports.draw.listing import Listing, listing
from sharpen.reports.draw.svg import Mark
from sharpen.reports.pages import write_page
from sharpen.reports.structure.figures import ItemAnswer, StructureReport, StructureSummary, summarise
from sharpen.reports.structure.terminal import (
    FIGURES_CAPTION,
    SHAPE_CAPTION,
    columns,
    conclusion,
    lines,
    settings,
    shape_lines,
)
from sharpen.reports.words import span

MOST_ITEMS = 400
"""Items that are drawn in one file."""


@dataclass(frozen=True, slots=True)
class StateCell:
    """A cell of a state table: what was predicted, and what should have been where that is another."""

    predicted: str
    reference: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One run's answer to an item, as it is shown.

    Attributes:
        run, answer, figure: the run, its answer and its score.
        reference, picture: the graphs; empty for a table of states, and where nothing was read.
        states: the rows of the table of states, a step each.
        code: the text that the graph was read from.
    """

    run: StructureSummary
    answer: ItemAnswer
    figure: float
    reference: Markup
    picture: Markup
    states: tuple[tuple[str, tuple[StateCell, ...]], ...]
    code: Listing


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item with each run's answer."""

    id: str
    about: str
    participants: tuple[str, ...]
    answers: tuple[AnswerView, ...]


def write(runs: Sequence[Path], output: Path) -> Path:
    """Write the report of one or several runs and return where it is.

    Raises:
        JournalError: a directory is not a run of ``structure``, or the page cannot be written.
        UsageError: the runs are of several tasks.
    """
    report = summarise(runs)
    return write_page(
        "structure.html.j2",
        output,
        report=report,
        items=_items(report),
        shown=min(MOST_ITEMS, len(report.runs[0].answers)),
        columns=columns(report.runs[0].score.figures),
        lines=lines(report),
        shapes=shape_lines(report) if report.runs[0].score.shape else [],
        shape_caption=SHAPE_CAPTION,
        settings=settings,
        conclusion=conclusion(report),
        caption=FIGURES_CAPTION,
        differences=differences(report),
        journals=len(report.runs),
        styles=["structure.css"],
    )


def charts(runs: Sequence[Path]) -> list[Chart]:
    """Return the charts of the page; the errors are those of :func:`write`."""
    report = summarise(runs)
    return [differences(report)] if report.comparisons else []


def differences(report: StructureReport) -> Chart:
    """Return the paired differences between runs, and between runs and what needs no model."""
    score = report.runs[0].score.by
    rows = [
        Difference(
            f"{c.a} − {c.b}",
            f"{c.difference.value:+.2f} ({span(c.difference, 2)})",
            Mark(0, c.difference.value, c.difference.low, c.difference.high, f"{c.a} minus {c.b}"),
        )
        for c in report.comparisons
    ]
    about = f"Differences of {score} on common items; the figures are beside each row."
    data: list[DataRow] = [
        [c.a, c.b, c.difference.value, c.difference.low, c.difference.high, c.difference.n]
        for c in report.comparisons
    ]
    columns = ("a", "b", "difference", "low", "high", "n")
    return Chart(
        "paired-differences", forest(rows, ("second better", "first better"), score, about), columns, data
    )


def _items(report: StructureReport) -> Iterator[ItemView]:
    by_id = [
        {answer.id: (answer, figure) for answer, figure in zip(run.answers, run.score.items, strict=True)}
        for run in report.runs
    ]
    for answer in report.runs[0].answers[:MOST_ITEMS]:
        cards = [
            (run, *answers[answer.id])
            for run, answers in zip(report.runs, by_id, strict=True)
            if answer.id in answers
        ]
        reference = answer.reference
        yield ItemView(
            id=answer.id,
            about=_about(reference),
            participants=reference.table.participants if reference.table else (),
            answers=tuple(_drawn(run, predicted, figure) for run, predicted, figure in cards),
        )


def _about(reference: Graph) -> str:
    return "; ".join(words for _, words in reference.about) or reference.nodes[0].text


def _drawn(run: StructureSummary, answer: ItemAnswer, figure: float) -> AnswerView:
    graph, reference = answer.decoded.graph, answer.reference
    right = picture = Markup("")
    if not reference.table:
        right = draw(reference, graph, "the reference graph")
        picture = draw(graph, reference, f"the graph that {run.name} wrote") if graph else picture
    return AnswerView(
        run, answer, figure, right, picture, tuple(_states(graph, reference)), listing(answer.code)
    )


def _states(graph: Graph | None, reference: Graph) -> Iterator[tuple[str, tuple[StateCell, ...]]]:
    """Yield each step with the predicted and the reference state of every participant after it."""
    if not reference.table:
        return
    predicted = aligned(graph, reference).cells if graph else ()
    steps = ["before", *(node.text for node in reference.nodes)]
    for number, (step, right) in enumerate(zip(steps, reference.table.cells, strict=True)):
        row = predicted[number] if number < len(predicted) else ("",) * len(right)
        yield step, tuple(StateCell(*pair) for pair in zip(row, right, strict=True))
