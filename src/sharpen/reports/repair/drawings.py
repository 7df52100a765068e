"""The charts of a report, with the text of their tooltips."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from markupsafe import Markup

from sharpen.reports.draw.charts import Bar, Mark, Series, bars, curves, interval
from sharpen.reports.figures import Curve, Estimates, HeatMapCell, Mode, Rate
from sharpen.reports.repair.summary import Summary
from sharpen.reports.repair.wording import line_label, widths
from sharpen.reports.words import count, decimal, plural, points, span

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


def pass_rates(estimates: Estimates, axis: Axis) -> Markup:
    """Return pass rate against one axis: the baseline and a line for each n_fr."""
    lines = list(estimates.curves)
    series = [_series(estimates.baseline, estimates.joint, "baseline", axis)]
    for i, line in enumerate(lines):
        series.append(_series(line, estimates.joint, f"line-{_shade(i, len(lines))}", axis))
    return _chart(series, axis)


def of_runs(summaries: Sequence[Summary], axis: Axis) -> Markup:
    """Return the largest trees of several runs in one chart, each with its i.i.d. baseline."""
    runs = [summary for summary in summaries if summary.estimates]
    series, baselines = [], set[str]()
    for i, summary in enumerate(runs):
        found = summary.estimates
        assert found is not None
        if found.baseline_run not in baselines:
            baselines.add(found.baseline_run)
            drawn = _series(found.baseline, found.joint, "baseline", axis)
            series.append(replace(drawn, label=f"i.i.d., {found.baseline_run}"))
        for line in found.curves[-1:]:
            drawn = _series(line, found.joint, f"line-{_shade(i, len(runs))}", axis)
            series.append(replace(drawn, label=summary.name))
    return _chart(series, axis) if series else Markup("")


def _shade(number: int, of: int) -> int:
    return SHADES - 1 if of == 1 else round(number * (SHADES - 1) / (of - 1))


def _chart(series: Sequence[Series], axis: Axis) -> Markup:
    names = ", ".join(one.label for one in series)
    against = "samples" if axis == "samples" else "tokens"
    return curves(
        series,
        AXES[axis][1],
        "pass rate",
        f"Pass rate against {against} per problem: {names}. The figures are in the table below.",
    )


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


def repair_difference(estimates: Estimates) -> Markup:
    """Return repairs minus i.i.d. samples at equal tokens, as an interval around zero."""
    if estimates.repair_gain is None or math.isnan(estimates.repair_gain.difference.value):
        return Markup("")
    rate = estimates.repair_gain.difference
    mark = Mark(0, rate.value, rate.low, rate.high, f"repairs minus i.i.d. samples: {points(rate)}")
    return interval(mark, "i.i.d. better", "repair better")


def difficulties(summary: Summary) -> Markup:
    """Return the share of solved problems by difficulty."""
    rows = [_bar(group.label, group.final, group.problems) for group in summary.difficulties]
    return bars(rows, "Share of solved problems by difficulty; the figures are in the table below.")


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
