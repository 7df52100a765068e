"""Charts as inline SVG, drawn by a few functions: curves with bands and direct labels, bars with intervals.

Colours come from the page's CSS classes, so that one drawing serves both themes. Every mark has a
``<title>`` with its figures. Charts are drawn once wide and once narrow; the page shows one of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sharpen.reports.draw.svg import Frame, Mark, above, element, group, svg, text, ticks, x_ticks

FONT = 13
"""Height of labels, in px of a drawing that is shown at its own size."""
LABEL_ROOM = {True: 116, False: 18}
LABEL_WIDTH = 90


@dataclass(frozen=True, slots=True)
class Series:
    """A curve. ``role`` is its CSS class: ``baseline``, or ``line-0`` (faint) to ``line-4`` (strong)."""

    label: str
    role: str
    marks: Sequence[Mark]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from 0 to ``mark.y`` of 1 with its interval."""

    label: str
    note: str
    mark: Mark


def curves(series: Sequence[Series], x_label: str, y_label: str, description: str) -> Markup:
    """Return pass rates against tokens, wide and narrow.

    The x axis begins at 0. The y axis begins at 0 and ends at 1 unless the data need less than half of
    it; its ticks say so.
    """
    return Markup("").join(_curves(series, x_label, y_label, description, wide) for wide in (True, False))


def _curves(series: Sequence[Series], x_label: str, y_label: str, description: str, wide: bool) -> Markup:
    marks = [mark for one in series for mark in one.marks]
    frame = Frame(
        width=820 if wide else 343,
        height=400 if wide else 300,
        left=44,
        right=LABEL_ROOM[wide],
        top=28,
        bottom=46,
        x_range=(0, above(max(mark.x for mark in marks))),
        y_range=_y_range(marks),
    )
    body = [_axes(frame, x_label, y_label)]
    body += [_band(frame, one) for one in series]
    body += [_line(frame, one) for one in series]
    body += _labels(frame, series) if wide else []
    legend = Markup("") if wide else _legend(series)
    return svg(frame, description, body, wide) + legend


def bars(rows: Sequence[Bar], description: str) -> Markup:
    """Return horizontal bars of shares from 0 to 1, wide and narrow."""
    return Markup("").join(_bars(rows, description, wide) for wide in (True, False))


def _bars(rows: Sequence[Bar], description: str, wide: bool) -> Markup:
    step = 34 if wide else 50
    frame = Frame(
        width=820 if wide else 343,
        height=step * len(rows) + 34,
        left=150 if wide else 4,
        right=150 if wide else 12,
        top=6,
        bottom=28,
        x_range=(0, 1),
        y_range=(0, 1),
    )
    body = [x_ticks(frame, [0, 0.25, 0.5, 0.75, 1])]
    body += [_bar(frame, row, 6 + step * i, step, wide) for i, row in enumerate(rows)]
    return svg(frame, description, body, wide)


def _bar(frame: Frame, row: Bar, top: float, step: float, wide: bool) -> Markup:
    thick, mark = 12, row.mark
    middle = top + (step / 2 if wide else step - 14)
    end = frame.x(0 if math.isnan(mark.y) else mark.y)
    parts = [
        element(
            "rect", "bar", x=frame.left, y=middle - thick / 2, width=end - frame.left, height=thick, rx=1.5
        ),
        element("line", "whisker", x1=frame.x(mark.low), x2=frame.x(mark.high), y1=middle, y2=middle)
        if not math.isnan(mark.low + mark.high)
        else Markup(""),
    ]
    if wide:
        parts.append(text(row.label, frame.left - 12, middle + 4, "label", "end"))
        parts.append(text(row.note, frame.width - frame.right + 12, middle + 4, "tick", "start"))
    else:
        parts.append(text(row.label, frame.left, top + 16, "label", "start"))
        parts.append(text(row.note, frame.width - frame.right, top + 16, "tick", "end"))
    return group(mark.title, parts)


def _axes(frame: Frame, x_label: str, y_label: str) -> Markup:
    values = ticks(*frame.y_range, 5)
    digits = max(1, -math.floor(math.log10(values[1] - values[0]) + 1e-9)) if len(values) > 1 else 2
    parts = []
    for value in values:
        y = frame.y(value)
        parts.append(element("line", "grid", x1=frame.left, x2=frame.width - frame.right, y1=y, y2=y))
        parts.append(text(f"{value:.{digits}f}", frame.left - 8, y + 4, "tick", "end"))
    whole = [value for value in ticks(*frame.x_range, 4 if frame.width < 500 else 6) if value % 1 == 0]
    parts.append(x_ticks(frame, whole))  # there is no half token and no half trial
    parts.append(text(y_label, 0, 12, "axis", "start"))
    parts.append(text(x_label, frame.width - frame.right, frame.height - 6, "axis", "end"))
    return Markup("").join(parts)


def _band(frame: Frame, series: Series) -> Markup:
    marks = [mark for mark in series.marks if not math.isnan(mark.low + mark.high)]
    if len(marks) < 2:
        return Markup("")
    upper = [(mark.x, mark.high) for mark in marks]
    lower = [(mark.x, mark.low) for mark in reversed(marks)]
    return element("path", f"band {series.role}", d=_path(frame, upper + lower) + "Z")


def _line(frame: Frame, series: Series) -> Markup:
    path = element(
        "path", f"curve {series.role}", d=_path(frame, [(mark.x, mark.y) for mark in series.marks])
    )
    dots = [
        group(
            mark.title,
            [
                element("circle", "halo", cx=frame.x(mark.x), cy=frame.y(mark.y), r=10),
                element("circle", f"dot {series.role}", cx=frame.x(mark.x), cy=frame.y(mark.y), r=3),
            ],
        )
        for mark in series.marks
    ]
    return path + Markup("").join(dots)


def _labels(frame: Frame, series: Sequence[Series]) -> list[Markup]:
    """Label each curve at its end; labels that would touch are moved apart."""
    ends = sorted(((frame.y(one.marks[-1].y), frame.x(one.marks[-1].x), one) for one in series), key=_height)
    placed: list[tuple[float, float, Series]] = []
    for y, x, one in ends:
        near = [other_y + FONT + 4 for other_y, other_x, _ in placed if abs(other_x - x) < LABEL_WIDTH]
        placed.append((max([y, *near]), x, one))
    lowest = max(y for y, _, _ in placed)
    slip = max(0.0, lowest - (frame.height - frame.bottom))
    return [text(one.label, x + 10, y - slip + 4, f"name {one.role}", "start") for y, x, one in placed]


def _height(end: tuple[float, float, Series]) -> float:
    return end[0]


def _legend(series: Sequence[Series]) -> Markup:
    items = Markup("").join(
        Markup('<li><i class="key {}"></i>{}</li>').format(one.role, one.label) for one in series
    )
    return Markup('<ul class="legend narrow">{}</ul>').format(items)


def _path(frame: Frame, points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in points)


def _y_range(marks: Sequence[Mark]) -> tuple[float, float]:
    low = min(mark.y if math.isnan(mark.low) else mark.low for mark in marks)
    high = max(mark.y if math.isnan(mark.high) else mark.high for mark in marks)
    if high - low >= 0.5:
        return 0.0, 1.0
    step = 0.1 if high - low > 0.2 else 0.05
    bottom = min(math.floor(low / step + 1e-9) * step, 1 - 2 * step)
    return max(0.0, bottom), min(1.0, max(math.ceil(high / step - 1e-9) * step, bottom + 2 * step))
