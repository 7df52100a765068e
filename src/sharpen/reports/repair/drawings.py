"""The charts of a report, with the text of their tooltips."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from sharpen.reports.draw.charts import Bar, Mark, Series, bars, curves, interval
from sharpen.reports.figures import Curve, Estimates, HeatMapCell, Rate
from sharpen.reports.repair.summary import Summary
from sharpen.reports.repair.wording import line_label, widths
from sharpen.reports.words import count, decimal, plural, points, span

SHADES = 5
"""Strengths of the accent colour, for lines of one chart."""
FULL_TINT = 0.30
"""Distance of a ratio from 1 that gets the strongest tint (the paper's scale is 0.70 to 1.30)."""


def pass_at_t(estimates: Estimates) -> Markup:
    """Return pass rate against tokens: the baseline and a line for each n_fr."""
    lines = list(estimates.curves)
    series = [_series(estimates.baseline, estimates.joint, "baseline")]
    for i, line in enumerate(lines):
        shade = SHADES - 1 if len(lines) == 1 else round(i * (SHADES - 1) / (len(lines) - 1))
        series.append(_series(line, estimates.joint, f"line-{shade}"))
    names = ", ".join(one.label for one in series)
    return curves(
        series,
        "completion tokens per problem, mean",
        "pass rate",
        f"Pass rate against tokens per problem: {names}. The figures are in the table below.",
    )


def _series(curve: Curve, joint: bool, role: str) -> Series:
    label = line_label(curve.n_f, curve.n_r, joint)
    marks = []
    for point in curve.points:
        name = widths(point.n_p, curve.n_f, curve.n_r, joint) if curve.n_f else f"i.i.d., k = {point.n_p}"
        words = f"{name}: pass rate {_with_span(point.rate)} at {count(point.tokens)} tokens"
        marks.append(Mark(point.tokens, point.rate.value, point.rate.low, point.rate.high, words))
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
