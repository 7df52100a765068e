"""Runs of ``structure`` as tables in a terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sharpen.counts import plural
from sharpen.graphs.score import BY_REFERENCE
from sharpen.reports.structure.figures import StructureReport, StructureSummary, summarise
from sharpen.reports.tables import figures_table, section
from sharpen.reports.words import count, decimal, drawn, span


def render(runs: Sequence[Path], console: Console) -> None:
    """Print the figures of runs of one task, of the baselines, and the differences between runs.

    Raises:
        JournalError: a directory is not a run of ``structure`` or cannot be read.
        UsageError: the runs are of several tasks.
    """
    report = summarise(runs)
    first = report.runs[0]
    console.print()
    console.print(Text(conclusion(report), style="bold"))
    console.print()
    console.print(
        Text(first.config.benchmark.partition("@")[0], style="bold"), Text(f"  {first.config.model}")
    )
    for run in report.runs:
        console.print(Text(f"{run.name}: {settings(run)}", style="dim"))
    section(console, "", _figures(report), FIGURES_CAPTION)
    if first.score.shape:
        section(console, "Shape of the graphs that were read", _shapes(report), SHAPE_CAPTION)
    section(console, "Reading the answers", _reading(report))
    for text in report.uneven:
        console.print(Text(text, style="yellow"))
    if report.comparisons:
        section(console, f"Paired differences: {first.score.by}, on common items", _comparisons(report))


SHAPE_CAPTION = (
    "Means over graphs; distances are Jensen-Shannon distances of pooled degrees, natural logarithm."
)
FIGURES_CAPTION = "Every item counts; an unreadable answer gets the worst score."


def conclusion(report: StructureReport) -> str:
    """Return what the first run shows, in one sentence: its figure beside the best baseline's."""
    run = report.runs[0]
    if not run.answers:
        return "No item is finished, so there is nothing to conclude yet."
    reached = f"{run.name} reaches {run.score.by} {figure(run.headline.value)} ({span(run.headline, 2)})"
    against = [c for c in report.comparisons if c.a == run.name and c.b in run.baselines]
    if not against:
        return f"{reached}."
    best = max(against, key=lambda c: c.rate_b.value)
    gap = f"{best.difference.value:+.2f} ({span(best.difference, 2)})"
    known = f"{gap} against the best baseline ({best.b}: {figure(best.rate_b.value)})"
    shown = best.difference.low > 0 or best.difference.high < 0
    return f"{reached}, {known}." if shown else f"{reached}; no difference is shown: {known}."


def settings(run: StructureSummary) -> str:
    """Return the settings of the run, in one line."""
    c = run.config
    parts = [
        f"{run.format} format",
        examples(run),
        "completion prompts" if c.completion else "chat prompts",
        *(["constrained by a grammar"] if c.constrained else []),
        *([f"at most {c.best_of} drafts"] if c.best_of > 1 else []),
        *([f"at most {plural(c.repairs, 'repair')}"] if c.repairs else []),
        drawn(c.temperature, c.seed, c.server),
    ]
    return ", ".join(parts)


def examples(run: StructureSummary) -> str:
    """Return how many examples prompts showed, which may be fewer than were asked for."""
    shown, choose = run.shown, run.config.choose
    if set(shown) <= {run.config.shots}:
        return plural(run.config.shots, f"{choose} example")
    counts = ", ".join(f"{k} for {plural(items, 'item')}" for k, items in shown.items())
    return f"{choose} examples: {counts} ({run.config.shots} were wanted)"


def lines(report: StructureReport) -> list[tuple[str, list[str]]]:
    """Return the lines of the table of figures: runs, their readable answers, and the baselines."""
    table = []
    for run in report.runs:
        table += rows(run.name, run.score.figures, span(run.headline, 2))
        if run.score.read < 1:
            table += rows("  readable answers only", run.score.parsed)
    for group in report.pooled:
        seeds = plural(len(group.runs), "seed")
        table += rows(f"mean of {seeds}", {name: value for name, (value, _) in group.figures.items()})
        table += rows(f"deviation of {seeds}", {name: value for name, (_, value) in group.figures.items()})
    for label, baseline in report.runs[0].baselines.items():
        table += rows(label, baseline.figures)
    return table


def shape_lines(report: StructureReport) -> list[tuple[str, list[str]]]:
    """Return the lines of the table of shapes: each run's graphs, and the references of the same items."""
    table = []
    for run in report.runs:
        for place, label in enumerate((run.name, f"  references of {run.name}")):
            table.append((label, [figure(pair[place]) for pair in run.score.shape.values()]))
    return table


def columns(figures: Mapping[str, float]) -> list[str]:
    """Return the names of figures; without those under the reference stance."""
    return [name for name in figures if not name.endswith(BY_REFERENCE)]


def rows(label: str, figures: Mapping[str, float], last: str = "") -> list[tuple[str, list[str]]]:
    """Return rows of figures, ended by ``last``; those under the reference stance in a row of their own."""
    names = columns(figures)
    listed = [(label, [figure(figures[name]) for name in names] + [last])]
    if len(names) < len(figures):
        cells = [figure(figures[name + BY_REFERENCE]) for name in names]
        listed.append(("  with the reference stance", [*cells, ""]))
    return listed


def figure(value: float) -> str:
    """Return a figure as papers print it, with two digits."""
    return decimal(value, 2)


def _figures(report: StructureReport) -> Table:
    first = report.runs[0].score
    table = figures_table(
        plural(len(report.runs[0].answers), "item"), *columns(first.figures), f"95 % of {first.by}"
    )
    for label, cells in lines(report):
        table.add_row(label, *cells)
    return table


def _shapes(report: StructureReport) -> Table:
    table = figures_table("", *report.runs[0].score.shape)
    for label, cells in shape_lines(report):
        table.add_row(label, *cells)
    return table


def _comparisons(report: StructureReport) -> Table:
    table = figures_table("", "one", "other", "difference", "95 % interval", "items")
    for c in report.comparisons:
        gap = f"{c.difference.value:+.2f}"
        values = (figure(c.rate_a.value), figure(c.rate_b.value), gap, span(c.difference, 2))
        table.add_row(f"{c.a} against {c.b}", *values, count(c.difference.n))
    return table


def _reading(report: StructureReport) -> Table:
    table = figures_table(
        "", "whole", "repaired", "unread", "passes the\nvalidators", "drafts", "tokens\nan item"
    )
    for run in report.runs:
        drafts = sum(answer.drafts for answer in run.answers) / max(1, len(run.answers))
        read = [count(run.statuses.get(status, 0)) for status in ("whole", "repaired", "unparsed")]
        table.add_row(run.name, *read, count(run.valid), decimal(drafts, 2), count(run.tokens))
    return table
