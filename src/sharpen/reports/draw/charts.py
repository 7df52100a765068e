"""Charts as inline SVG, drawn by a few functions: curves with bands and direct labels, bars with intervals.

Colours come from the page's CSS classes, so that one drawing serves both themes. Every mark has a
``<title>`` with its figures. Charts are drawn once wide and once narrow; the page shows one of them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

FONT = 13
"""Height of labels, in px of a drawing that is shown at its own size."""
LABEL_ROOM = {True: 116, False: 18}
LABEL_WIDTH = 90


@dataclass(frozen=True, slots=True)
class Mark:
    """One point: x, y and the interval of y, with a sentence for a tooltip."""

    x: float
    y: float
    low: float
    high: float
    title: str


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


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where data lie in a drawing of width by height px."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]

    def x(self, value: float) -> float:
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.width - self.left - self.right)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return (
            self.height - self.bottom - (value - low) / (high - low) * (self.height - self.top - self.bottom)
        )


def curves(series: Sequence[Series], x_label: str, y_label: str, description: str) -> Markup:
    """Return pass rates against tokens, wide and narrow.

    The x axis begins at 0. The y axis begins at 0 and ends at 1 unless the data need less than half of
    it; its ticks say so.
    """
    return Markup("").join(_curves(series, x_label, y_label, description, wide) for wide in (True, False))


def _curves(series: Sequence[Series], x_label: str, y_label: str, description: str, wide: bool) -> Markup:
    marks = [mark for one in series for mark in one.marks]
    frame = _Frame(
        width=820 if wide else 343,
        height=400 if wide else 300,
        left=44,
        right=LABEL_ROOM[wide],
        top=28,
        bottom=46,
        x_range=(0, _above(max(mark.x for mark in marks))),
        y_range=_y_range(marks),
    )
    body = [_axes(frame, x_label, y_label)]
    body += [_band(frame, one) for one in series]
    body += [_line(frame, one) for one in series]
    body += _labels(frame, series) if wide else []
    legend = Markup("") if wide else _legend(series)
    return _svg(frame, description, body, wide) + legend


def bars(rows: Sequence[Bar], description: str) -> Markup:
    """Return horizontal bars of shares from 0 to 1, wide and narrow."""
    return Markup("").join(_bars(rows, description, wide) for wide in (True, False))


def _bars(rows: Sequence[Bar], description: str, wide: bool) -> Markup:
    step = 34 if wide else 50
    frame = _Frame(
        width=820 if wide else 343,
        height=step * len(rows) + 34,
        left=150 if wide else 4,
        right=150 if wide else 12,
        top=6,
        bottom=28,
        x_range=(0, 1),
        y_range=(0, 1),
    )
    body = [_x_ticks(frame, [0, 0.25, 0.5, 0.75, 1])]
    body += [_bar(frame, row, 6 + step * i, step, wide) for i, row in enumerate(rows)]
    return _svg(frame, description, body, wide)


def interval(mark: Mark, negative: str, positive: str) -> Markup:
    """Return a difference of shares as a dot with its interval around zero, wide and narrow.

    Args:
        mark: the difference as ``y``; its ``title`` describes the drawing.
        negative: the name of the side below zero.
        positive: the name of the side above zero.
    """
    return Markup("").join(_interval(mark, negative, positive, wide) for wide in (True, False))


def _interval(mark: Mark, negative: str, positive: str, wide: bool) -> Markup:
    ends = [0.0 if math.isnan(end) else abs(end) for end in (mark.y, mark.low, mark.high)]
    most = math.ceil(20 * max(*ends, 0.01)) / 20
    frame = _Frame(
        width=820 if wide else 343,
        height=64,
        left=16,
        right=16,
        top=0,
        bottom=26,
        x_range=(-100 * most, 100 * most),
        y_range=(0, 1),
    )
    x = [frame.x(100 * (mark.y if math.isnan(end) else end)) for end in (mark.y, mark.low, mark.high)]
    body = [
        _x_ticks(frame, [-100 * most, -50 * most, 0, 50 * most, 100 * most]),
        _el("line", "base", x1=frame.x(0), x2=frame.x(0), y1=6, y2=frame.height - frame.bottom),
        _text(negative, frame.x(0) - 8, 12, "axis", "end"),
        _text(positive, frame.x(0) + 8, 12, "axis", "start"),
        _group(
            mark.title,
            [
                _el("line", "whisker", x1=x[1], x2=x[2], y1=26, y2=26),
                _el("circle", "dot line-4", cx=x[0], cy=26, r=5),
            ],
        ),
    ]
    return _svg(frame, f"{mark.title}. The axis is in percentage points.", body, wide)


def _bar(frame: _Frame, row: Bar, top: float, step: float, wide: bool) -> Markup:
    thick, mark = 12, row.mark
    middle = top + (step / 2 if wide else step - 14)
    end = frame.x(0 if math.isnan(mark.y) else mark.y)
    parts = [
        _el("rect", "bar", x=frame.left, y=middle - thick / 2, width=end - frame.left, height=thick, rx=1.5),
        _el("line", "whisker", x1=frame.x(mark.low), x2=frame.x(mark.high), y1=middle, y2=middle)
        if not math.isnan(mark.low + mark.high)
        else Markup(""),
    ]
    if wide:
        parts.append(_text(row.label, frame.left - 12, middle + 4, "label", "end"))
        parts.append(_text(row.note, frame.width - frame.right + 12, middle + 4, "tick", "start"))
    else:
        parts.append(_text(row.label, frame.left, top + 16, "label", "start"))
        parts.append(_text(row.note, frame.width - frame.right, top + 16, "tick", "end"))
    return _group(mark.title, parts)


def _axes(frame: _Frame, x_label: str, y_label: str) -> Markup:
    ticks = _ticks(*frame.y_range, 5)
    digits = max(1, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9)) if len(ticks) > 1 else 2
    parts = []
    for value in ticks:
        y = frame.y(value)
        parts.append(_el("line", "grid", x1=frame.left, x2=frame.width - frame.right, y1=y, y2=y))
        parts.append(_text(f"{value:.{digits}f}", frame.left - 8, y + 4, "tick", "end"))
    whole = [value for value in _ticks(*frame.x_range, 4 if frame.width < 500 else 6) if value % 1 == 0]
    parts.append(_x_ticks(frame, whole))  # there is no half token and no half trial
    parts.append(_text(y_label, 0, 12, "axis", "start"))
    parts.append(_text(x_label, frame.width - frame.right, frame.height - 6, "axis", "end"))
    return Markup("").join(parts)


def _x_ticks(frame: _Frame, values: Sequence[float]) -> Markup:
    base = frame.height - frame.bottom
    parts = [_el("line", "base", x1=frame.left, x2=frame.width - frame.right, y1=base, y2=base)]
    for value in values:
        anchor = "start" if value == 0 and frame.left < 10 else "middle"
        parts.append(_text(f"{value:,.10g}", frame.x(value), base + 18, "tick", anchor))
    return Markup("").join(parts)


def _band(frame: _Frame, series: Series) -> Markup:
    marks = [mark for mark in series.marks if not math.isnan(mark.low + mark.high)]
    if len(marks) < 2:
        return Markup("")
    upper = [(mark.x, mark.high) for mark in marks]
    lower = [(mark.x, mark.low) for mark in reversed(marks)]
    return _el("path", f"band {series.role}", d=_path(frame, upper + lower) + "Z")


def _line(frame: _Frame, series: Series) -> Markup:
    path = _el("path", f"curve {series.role}", d=_path(frame, [(mark.x, mark.y) for mark in series.marks]))
    dots = [
        _group(
            mark.title,
            [
                _el("circle", "halo", cx=frame.x(mark.x), cy=frame.y(mark.y), r=10),
                _el("circle", f"dot {series.role}", cx=frame.x(mark.x), cy=frame.y(mark.y), r=3),
            ],
        )
        for mark in series.marks
    ]
    return path + Markup("").join(dots)


def _labels(frame: _Frame, series: Sequence[Series]) -> list[Markup]:
    """Label each curve at its end; labels that would touch are moved apart."""
    ends = sorted(((frame.y(one.marks[-1].y), frame.x(one.marks[-1].x), one) for one in series), key=_height)
    placed: list[tuple[float, float, Series]] = []
    for y, x, one in ends:
        near = [other_y + FONT + 4 for other_y, other_x, _ in placed if abs(other_x - x) < LABEL_WIDTH]
        placed.append((max([y, *near]), x, one))
    lowest = max(y for y, _, _ in placed)
    slip = max(0.0, lowest - (frame.height - frame.bottom))
    return [_text(one.label, x + 10, y - slip + 4, f"name {one.role}", "start") for y, x, one in placed]


def _height(end: tuple[float, float, Series]) -> float:
    return end[0]


def _legend(series: Sequence[Series]) -> Markup:
    items = Markup("").join(
        Markup('<li><i class="key {}"></i>{}</li>').format(one.role, one.label) for one in series
    )
    return Markup('<ul class="legend narrow">{}</ul>').format(items)


def _path(frame: _Frame, points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in points)


def _y_range(marks: Sequence[Mark]) -> tuple[float, float]:
    low = min(mark.y if math.isnan(mark.low) else mark.low for mark in marks)
    high = max(mark.y if math.isnan(mark.high) else mark.high for mark in marks)
    if high - low >= 0.5:
        return 0.0, 1.0
    step = 0.1 if high - low > 0.2 else 0.05
    bottom = min(math.floor(low / step + 1e-9) * step, 1 - 2 * step)
    return max(0.0, bottom), min(1.0, max(math.ceil(high / step - 1e-9) * step, bottom + 2 * step))


def _above(value: float) -> float:
    """Return the next round number."""
    value = max(value, 1.0)
    step = 10 ** math.floor(math.log10(value))
    return float(math.ceil(value / step * 4) / 4 * step)


def _ticks(low: float, high: float, most: int) -> list[float]:
    raw = (high - low) / most
    scale = 10 ** math.floor(math.log10(raw))
    step = next(s * scale for s in (1, 2, 2.5, 5, 10) if s * scale >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 10) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def _svg(frame: _Frame, description: str, body: Sequence[Markup], wide: bool) -> Markup:
    return Markup(
        '<svg class="{}" viewBox="0 0 {:.0f} {:.0f}" width="{:.0f}" height="{:.0f}" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(
        "wide" if wide else "narrow",
        *(frame.width, frame.height, frame.width, frame.height),
        description,
        Markup("").join(body),
    )


def _group(title: str, parts: Sequence[Markup]) -> Markup:
    return Markup("<g><title>{}</title>{}</g>").format(title, Markup("").join(parts))


def _text(text: str, x: float, y: float, style: str, anchor: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(
        style, x, y, anchor, text
    )


def _el(name: str, style: str, **attributes: float | str) -> Markup:
    parts = [
        f' {key}="{escape(value if isinstance(value, str) else f"{value:.1f}")}"'
        for key, value in attributes.items()
    ]
    return Markup(f'<{name} class="{escape(style)}"{"".join(parts)}/>')  # noqa: S704 - escaped above
