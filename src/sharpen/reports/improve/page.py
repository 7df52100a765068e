"""Rounds of ``sharpen improve run`` as one self-contained HTML file.

What each round changed comes first, then the rows and the losses behind it, and the programs of every problem
that only one of the two models solved.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sharpen.improvement.measure import Change
from sharpen.improvement.plan import Improve, Measurement, Tuning, measures, round_folder, tunings
from sharpen.improvement.rounds import Improved, Round
from sharpen.journal.directory import benchmark_name
from sharpen.journal.journal import Journal
from sharpen.reports.draw.charts import Series, curves
from sharpen.reports.draw.files import Chart, DataRow
from sharpen.reports.draw.forest import Difference, forest
from sharpen.reports.draw.listing import Listing, listing
from sharpen.reports.draw.svg import Mark
from sharpen.reports.figures import Rate
from sharpen.reports.pages import write_page
from sharpen.reports.words import points
from sharpen.selfcodealign.train.fitting import read_steps
from sharpen.types import Node

PAGE = "report.html"
MOST_FLIPS = 100
"""Problems of a measure whose programs are shown."""


@dataclass(frozen=True, slots=True)
class FlipView:
    """A problem that one model solves and the other does not.

    Attributes:
        problem: its id.
        gained: whether it is the tuned model that solves it.
        passing: the program that passes.
        failing: the other model's first program.
        message: why that one fails.
    """

    problem: str
    gained: bool
    passing: Listing
    failing: Listing
    message: str


@dataclass(frozen=True, slots=True)
class FlipsView:
    """The problems of a measure that flipped, and how many more there are."""

    measure: str
    flips: tuple[FlipView, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round as it is shown."""

    result: Round
    changes: Chart
    losses: tuple[Chart, ...]
    flips: tuple[FlipsView, ...]


def write(improved: Improved, config: Improve, directory: Path) -> Path:
    """Write the page of the rounds in ``directory`` and return where it is.

    Raises:
        JournalError: a run cannot be read, or the page cannot be written.
    """
    return write_page(
        "improve.html.j2",
        directory / PAGE,
        journals=len(list(measures(config, ""))) * (config.rounds + 1),
        styles=["structure.css", "align.css"],
        config=config,
        name=directory.resolve().name,
        shape=shape(config),
        conclusion=conclusion(improved),
        rounds=[_view(each, config, directory) for each in improved.rounds],
        points=lambda change: points(_rate(change)),
    )


def conclusion(improved: Improved) -> str:
    """Return in one or two sentences what the last round changed, measured against the base."""
    last = improved.rounds[-1]
    better = [f"{change.measure} ({points(_rate(change))})" for change in last.changes if change.low > 0]
    worse = [f"{change.measure} ({points(_rate(change))})" for change in last.changes if change.high < 0]
    apart = [change.measure for change in last.changes if not change.problems]
    unclear = len(last.changes) - len(better) - len(worse) - len(apart)
    parts = [f"Better after round {last.number}: {', '.join(better)}."] if better else []
    parts += [f"Worse: {', '.join(worse)}."] if worse else []
    parts += [f"No clear change on {unclear} of {len(last.changes)} measures."] if unclear else []
    parts += [f"Without a problem in common, so not compared: {', '.join(apart)}."] if apart else []
    return " ".join(parts)


def shape(config: Improve) -> str:
    """Return what was drawn on and measured on, and the seed."""
    drawn, measured = (
        ", ".join(map(benchmark_name, words)) for words in (config.train_on, config.measure_on)
    )
    rows = "no row holds a problem that is measured"
    return f"drawn on {drawn}; measured on {measured}; {rows}; seed {config.seed}"


def _rate(change: Change) -> Rate:
    return Rate(change.difference, change.low, change.high, change.problems)


def _view(each: Round, config: Improve, directory: Path) -> RoundView:
    folder = round_folder(directory, each.number)
    losses = tuple(_losses(each, tuning) for tuning in tunings(config, folder))
    return RoundView(each, _changes(each), losses, tuple(_flips(each, config, directory)))


def _changes(each: Round) -> Chart:
    """Return the measures as a forest plot: tuned model less base."""
    rows = [
        Difference(
            change.measure,
            f"{change.before:.1%} to {change.after:.1%}",
            Mark(0, 100 * change.difference, 100 * change.low, 100 * change.high, points(_rate(change))),
            strong=change.measure.endswith("repairs"),
        )
        for change in each.changes
        if not math.isnan(change.difference)
    ]
    drawing = forest(
        rows, ("base better", "tuned better"), "points", "Tuned model less base, with 95 % intervals."
    )
    header = "measure", "problems", "base", "tuned", "difference", "low", "high"
    data: list[DataRow] = [
        [c.measure, c.problems, c.before, c.after, c.difference, c.low, c.high] for c in each.changes
    ]
    return Chart(f"round-{each.number}-changes", drawing, header, data)


def _losses(each: Round, tuning: Tuning) -> Chart:
    steps = read_steps(tuning.directory / "steps.jsonl")
    preferred = "preferences" in tuning.kinds
    marks = [Mark(s.step, s.loss, math.nan, math.nan, f"step {s.step}: {s.loss:.3f}") for s in steps]
    drawing = curves(
        [Series("training rows", "line-4", marks)],
        "step of the optimiser",
        "loss of a preference" if preferred else "loss, nats a token",
        "Loss of each training step.",
    )
    data: list[DataRow] = [[s.step, s.loss] for s in steps]
    name = "preferences-losses" if preferred else "losses"
    return Chart(f"round-{each.number}-{name}", drawing, ("step", "loss"), data)


def _flips(each: Round, config: Improve, directory: Path) -> Iterator[FlipsView]:
    for measure, change in zip(measures(config, ""), each.changes, strict=True):
        flipped = [*change.gained, *change.lost]
        if flipped:
            shown = flipped[:MOST_FLIPS]
            views = _programs(measure, shown, set(change.gained), directory, each.number)
            yield FlipsView(change.measure, tuple(views), len(flipped) - len(shown))


def _programs(
    measure: Measurement, problems: Sequence[str], gained: set[str], directory: Path, number: int
) -> Iterator[FlipView]:
    folders = [round_folder(directory, which) / measure.folder for which in (0, number)]
    with Journal.read(folders[0]) as base, Journal.read(folders[1]) as tuned:
        for problem in problems:
            sides = [
                [node for node in journal.nodes(problem) if node.stage == measure.stage]
                for journal in ((tuned, base) if problem in gained else (base, tuned))
            ]
            passing = next(node for node in sides[0] if node.passed)
            failing = sides[1][0]
            yield FlipView(
                problem=problem,
                gained=problem in gained,
                passing=_code(passing),
                failing=_code(failing),
                message=failing.verdict.message if failing.verdict else "",
            )


def _code(node: Node) -> Listing:
    return listing(node.program.code if node.program else node.text)
