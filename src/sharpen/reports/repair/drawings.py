"""The charts of a report of programs, with the text of their tooltips and their data."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from markupsafe import Markup

from sharpen.counts import plural
from sharpen.reports.comparison import PairedDifference
from sharpen.reports.draw.charts import Bar, Series, bars, curves
from sharpen.reports.draw.files import Chart, DataRow, named
from sharpen.reports.draw.forest import Difference, forest
from sharpen.reports.draw.svg import Mark
from sharpen.reports.draw.tiles import Tile, tiles
from sharpen.reports.figures import Curve, CurvePoint, Estimates, HeatMapCell, Mode, Rate
from sharpen.reports.repair.summary import RepairReport, Summary
from sharpen.reports.repair.wording import line_label, widths
from sharpen.reports.words import count, decimal, points, span

SHADES = 5
"""Strengths of the accent colour, for lines of one chart."""
FULL_TINT = 0.30
"""Distance of a ratio from 1 that gets the strongest tint (the paper's scale is 0.70 to 1.30)."""
Axis = Literal["tokens", "tokens_in_sequence", "tokens_breadth_first", "samples"]
AXES: Mapping[Axis, tuple[str, str]] = {
    "tokens": ("Tokens, batch", "completion tokens per problem, mean"),
    "tokens_in_sequence": ("Tokens, depth first", "completion tokens per problem, mean"),
    "tokens_breadth_first": ("Tokens, breadth first", "completion tokens per problem, mean"),
    "samples": ("Samples", "samples per problem, k = n_p (1 + repairs)"),
}
"""What curves are drawn against: the name of the choice, and the axis."""
AXIS_NAMES = {axis: name for axis, (name, _) in AXES.items()}
MODES: Mapping[Mode, str] = {
    "tokens": "Equal tokens",
    "samples": "Equal samples",
    "tokens-paper": "Equal tokens, paper's estimator",
    "samples-paper": "Equal samples, paper's estimator",
}
"""The heat maps."""
RATE = ("rate", "low", "high", "n")
"""Columns of a figure with its interval and the number of problems behind it."""


def charts(report: RepairReport) -> Iterator[Chart]:
    """Yield every chart of a page."""
    if report.equal_tokens:
        yield between(report.equal_tokens)
    for summary in report.runs:
        estimates = summary.estimates
        if gains(summary):
            yield gain(summary)
        if estimates and len(estimates.baseline.points) > 1:
            yield pass_at_t(summary)
            yield pass_at_t(summary, "samples")
        if estimates and estimates.cells:
            yield heat(summary)
            yield heat(summary, "samples")
        if summary.difficulties:
            yield difficulties(summary)


def between(pairs: Sequence[PairedDifference]) -> Chart:
    """Return the differences between runs at equal tokens."""
    rows = [_difference(f"{p.a} − {p.b}", p.difference, strong=True) for p in pairs]
    about = "Differences between runs at equal mean tokens; the figures are beside each row."
    drawing = forest(rows, ("second better", "first better"), "percentage points", about)
    data: list[DataRow] = [[p.a, p.b, *_figures(p.difference), p.tokens_a] for p in pairs]
    return Chart("runs-at-equal-tokens", drawing, ("a", "b", *RATE, "tokens"), data)


def gains(summary: Summary) -> list[tuple[str, Rate]]:
    """Return the rows of the forest plot, the one that answers the question first; none without repairs."""
    repair_gain = summary.estimates.repair_gain if summary.estimates else None
    if repair_gain is None:
        return []
    groups = [(f"{group.label}: repairs − samples", group.difference) for group in summary.difficulties]
    rows = [
        ("repairs − i.i.d. samples", repair_gain.difference),
        *(groups if len(groups) > 1 else []),
        ("what repairs add", repair_gain.repairs),
        ("what the samples add", repair_gain.samples),
    ]
    return [(label, rate) for label, rate in rows if not math.isnan(rate.value)]


def gain(summary: Summary) -> Chart:
    """Return the forest plot: what repairs add, what as many tokens of samples add, and the difference."""
    all_gains = gains(summary)
    rows = [_difference(label, rate, strong=not i) for i, (label, rate) in enumerate(all_gains)]
    about = "What repairs and i.i.d. samples add at equal tokens; the figures are beside each row."
    drawing = forest(rows, ("i.i.d. better", "repair better"), "percentage points of pass rate", about)
    data: list[DataRow] = [[label, *_figures(rate)] for label, rate in all_gains]
    return Chart(_name(summary, "repair-gain"), drawing, ("row", *RATE), data)


def _difference(label: str, rate: Rate, *, strong: bool) -> Difference:
    mark = Mark(0, 100 * rate.value, 100 * rate.low, 100 * rate.high, f"{label}: {points(rate)}")
    return Difference(label, points(rate).replace(" points", ""), mark, strong)


def _figures(rate: Rate) -> tuple[float, float, float, int]:
    return rate.value, rate.low, rate.high, rate.n


def _name(summary: Summary, chart: str) -> str:
    return f"{named(summary.name)}-{chart}"


def pass_at_t(summary: Summary, axis: Axis = "tokens") -> Chart:
    """Return pass rate against one axis: the baseline and a line for each n_fr."""
    assert summary.estimates
    against = "" if axis == "tokens" else f"-{axis.replace('_', '-')}"
    return pass_rates(summary.estimates, axis, _name(summary, f"pass-rate-against-tokens{against}"))


def pass_rates(estimates: Estimates, axis: Axis, name: str) -> Chart:
    """Return the chart of one set of estimates under ``name``."""
    lines = list(estimates.curves)
    series = [_series(estimates.baseline, estimates.joint, "baseline", axis)]
    for i, line in enumerate(lines):
        series.append(_series(line, estimates.joint, f"line-{_shade(i, len(lines))}", axis))
    data = [
        [line.n_f, line.n_r, *_costs(point), *_figures(point.rate)]
        for line in (estimates.baseline, *lines)
        for point in line.points
    ]
    return Chart(name, _drawn(series, axis), ("n_f", "n_r", *COSTS, *RATE), data)


def of_runs(summaries: Sequence[Summary], axis: Axis) -> Chart:
    """Return the widest repairs of several runs in one chart, each with its i.i.d. baseline."""
    series: list[Series] = []
    data: list[DataRow] = []
    lines = list(_lines_of(summaries))
    for i, (label, curve, joint) in enumerate(lines):
        role = "baseline" if not curve.n_f else f"line-{_shade(i, len(lines))}"
        series.append(replace(_series(curve, joint, role, axis), label=label))
        data += [
            [label, curve.n_f, curve.n_r, *_costs(point), *_figures(point.rate)] for point in curve.points
        ]
    return Chart(f"runs-{axis}", _drawn(series, axis), ("line", "n_f", "n_r", *COSTS, *RATE), data)


def _lines_of(summaries: Sequence[Summary]) -> Iterator[tuple[str, Curve, bool]]:
    baselines = set[str]()
    for summary in summaries:
        estimates = summary.estimates
        if estimates and estimates.baseline_run not in baselines:
            baselines.add(estimates.baseline_run)
            yield f"i.i.d., {estimates.baseline_run}", estimates.baseline, estimates.joint
        for curve in estimates.curves[-1:] if estimates else ():
            yield summary.name, curve, estimates.joint if estimates else False


COSTS = ("n_p", "samples", "tokens_batch", "tokens_sequential", "tokens_breadth_first")


def _costs(point: CurvePoint) -> tuple[int, int, float, float, float]:
    return point.n_p, point.samples, point.tokens, point.tokens_in_sequence, point.tokens_breadth_first


def _shade(number: int, of: int) -> int:
    return SHADES - 1 if of == 1 else round(number * (SHADES - 1) / (of - 1))


def _drawn(series: Sequence[Series], axis: Axis) -> Markup:
    names = ", ".join(one.label for one in series)
    against = "samples" if axis == "samples" else "tokens"
    about = f"Pass rate against {against} per problem: {names}. The figures are in the table below."
    return curves(series, AXES[axis][1], "pass rate", about)


def _series(curve: Curve, joint: bool, role: str, axis: Axis) -> Series:
    label = line_label(curve.n_f, curve.n_r, joint)
    marks = []
    for point in curve.points:
        name = widths(point.n_p, curve.n_f, curve.n_r, joint) if curve.n_f else f"i.i.d., k = {point.n_p}"
        cost: float = getattr(point, axis)
        unit = "samples" if axis == "samples" else "tokens"
        words = f"{name}: pass rate {_with_span(point.rate)} at {count(cost)} {unit}"
        marks.append(Mark(cost, point.rate.value, point.rate.low, point.rate.high, words))
    return Series(label, role, marks)


def heat(summary: Summary, mode: Mode = "tokens") -> Chart:
    """Return a heat map as a drawing; on the page it is a table."""
    estimates = summary.estimates
    assert estimates
    cells = grid(estimates.cells)
    rows = [(f"n_p = {row[0].n_p}", [_tile(cell, estimates.joint, mode) for cell in row]) for row in cells]
    columns = [line_label(cell.n_f, cell.n_r, estimates.joint) for cell in cells[0]]
    cost = "samples" if mode.startswith("samples") else "mean tokens"
    about = f"Pass rate divided by that of i.i.d. samples at equal {cost}."
    data = [
        [
            *(c.n_p, c.n_f, c.n_r, c.samples, c.tokens, *_figures(c.ratio), c.paper_ratio.value),
            *(*_figures(c.sample_ratio)[:3], c.paper_sample_ratio.value, c.rate.value),
        ]
        for c in estimates.cells
    ]
    by_samples = ("sample_ratio", "sample_low", "sample_high", "paper_sample_ratio", "pass_rate")
    names = ("n_p", "n_f", "n_r", "samples", "tokens", "ratio", *RATE[1:], "paper_ratio", *by_samples)
    which = "" if mode == "tokens" else f"-{mode}"
    return Chart(_name(summary, f"heat-map{which}"), tiles(rows, columns, about), names, data)


def _tile(cell: HeatMapCell, joint: bool, mode: Mode) -> Tile:
    ratio = cell.shown(mode)
    name = widths(cell.n_p, cell.n_f, cell.n_r, joint)
    about = f"{name} at {count(cell.tokens)} tokens, {cell.samples} samples"
    if math.isnan(ratio.value):
        return Tile("n/a", "", "", about)
    return Tile(decimal(ratio.value, 2), span(ratio, 2), tint(ratio), about)


def difficulties(summary: Summary) -> Chart:
    """Return the share of solved problems by difficulty."""
    rows = [_bar(group.label, group.final, group.problems) for group in summary.difficulties]
    drawing = bars(rows, "Share of solved problems by difficulty; the figures are in the table below.")
    data: list[DataRow] = [
        [g.label, g.problems, g.first.value, *_figures(g.final), g.repair.value, g.difference.value]
        for g in summary.difficulties
    ]
    columns = ("difficulty", "problems", "pass_at_1", "solved", *RATE[1:], "repair_rate", "difference")
    return Chart(_name(summary, "difficulty"), drawing, columns, data)


def _bar(label: str, rate: Rate, problems: int) -> Bar:
    note = f"{decimal(rate.value, 2)}, n = {problems}"
    words = f"{label}: {_with_span(rate)}, {plural(problems, 'problem')}"
    return Bar(label, note, Mark(0, rate.value, rate.low, rate.high, words))


def _with_span(rate: Rate) -> str:
    return f"{decimal(rate.value)} ({span(rate)})"


def grid(cells: Sequence[HeatMapCell]) -> list[list[HeatMapCell]]:
    """Return a heat map's cells in rows of one n_p."""
    rows: dict[int, list[HeatMapCell]] = {}
    for cell in cells:
        rows.setdefault(cell.n_p, []).append(cell)
    return list(rows.values())


def tint(rate: Rate) -> str:
    """Return the classes of a cell: gain or loss, how much, and whether its interval excludes 1."""
    if math.isnan(rate.value):
        return ""
    strength = min(1.0, abs(rate.value - 1) / FULL_TINT)
    side = "gain" if rate.value > 1 else "loss"
    sure = " sure" if rate.low > 1 or rate.high < 1 else ""
    return f"{side} tint-{round(strength * 10)}{sure}"
