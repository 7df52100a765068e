"""Runs of ``structure`` as one HTML file that opens offline.

Every item's gold and predicted graph stand beside each other, what differs set apart, above the code that
the graph was read from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from sharpen.graphs.graph import Graph
from sharpen.graphs.score import aligned
from sharpen.reports.draw.layered import draw
from sharpen.reports.draw.listing import Listing, listing
from sharpen.reports.pages import own, write_page
from sharpen.reports.structure.figures import Answer, Structured, StructureReport, summarise
from sharpen.reports.structure.terminal import FIGURES_CAPTION, columns, lines, manner

MOST_ITEMS = 400
"""Items that are drawn in one file."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a state table: what was said, and what should have been where that is another."""

    said: str
    gold: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One run's answer to an item, as it is shown.

    Attributes:
        run, answer, figure: who answered what, and how well.
        gold, picture: the graphs; empty for a table of states, and where nothing was read.
        states: the rows of the table of states, a step each.
        code: the text that was read.
    """

    run: Structured
    answer: Answer
    figure: float
    gold: Markup
    picture: Markup
    states: tuple[tuple[str, tuple[Cell, ...]], ...]
    code: Listing


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what was asked, and each run's answer."""

    id: str
    about: str
    participants: tuple[str, ...]
    answers: tuple[Drawn, ...]


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
        manner=manner,
        caption=FIGURES_CAPTION,
        style=own("page.css") + own("structure.css"),
    )


def _items(report: StructureReport) -> Iterator[Item]:
    by_id = [
        {answer.id: (answer, figure) for answer, figure in zip(run.answers, run.score.items, strict=True)}
        for run in report.runs
    ]
    for answer in report.runs[0].answers[:MOST_ITEMS]:
        found = [
            (run, *answers[answer.id])
            for run, answers in zip(report.runs, by_id, strict=True)
            if answer.id in answers
        ]
        gold = answer.gold
        yield Item(
            id=answer.id,
            about=_about(gold),
            participants=gold.table.participants if gold.table else (),
            answers=tuple(_drawn(run, said, figure) for run, said, figure in found),
        )


def _about(gold: Graph) -> str:
    return "; ".join(words for _, words in gold.about) or gold.nodes[0].text


def _drawn(run: Structured, answer: Answer, figure: float) -> Drawn:
    graph, gold = answer.decoded.graph, answer.gold
    right = picture = Markup("")
    if not gold.table:
        right = draw(gold, graph, "the gold graph")
        picture = draw(graph, gold, f"the graph that {run.name} wrote") if graph else picture
    return Drawn(run, answer, figure, right, picture, tuple(_states(graph, gold)), listing(answer.code))


def _states(graph: Graph | None, gold: Graph) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Yield each step with what was said of every gold participant after it."""
    if not gold.table:
        return
    said = aligned(graph, gold).cells if graph else ()
    steps = ["before", *(node.text for node in gold.nodes)]
    for number, (step, right) in enumerate(zip(steps, gold.table.cells, strict=True)):
        row = said[number] if number < len(said) else ("",) * len(right)
        yield step, tuple(Cell(*pair) for pair in zip(row, right, strict=True))
