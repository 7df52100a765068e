"""Forest plots: differences with their intervals, one below the other, around zero."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sharpen.reports.draw.svg import Frame, Mark, element, group, svg, text, ticks, x_ticks

TOP = 30
"""Room for the names of the two sides, px."""
LETTER = 7.4
"""Width of a letter of a label, px, in DejaVu Sans, the widest of the fonts that pages name."""
DIGIT = 6.0
"""Width of a character of a note, px."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row: a difference as ``mark.y`` with its interval, and its figures as a ``note``.

    ``strong`` is for the row that answers the question.
    """

    label: str
    note: str
    mark: Mark
    strong: bool = False


def forest(rows: Sequence[Difference], sides: tuple[str, str], unit: str, description: str) -> Markup:
    """Return differences around zero, wide and narrow.

    Args:
        rows: from top to bottom.
        sides: the names of the side below zero and of the one above.
        unit: of the axis.
        description: for those who cannot see the drawing.
    """
    return Markup("").join(_forest(rows, sides, unit, description, wide) for wide in (True, False))


def _forest(
    rows: Sequence[Difference], sides: tuple[str, str], unit: str, description: str, wide: bool
) -> Markup:
    step = 30 if wide else 46
    most = _most(rows)
    longest = max((len(row.label) for row in rows), default=0)
    frame = Frame(
        width=820 if wide else 343,
        height=TOP + step * len(rows) + 40,
        left=min(max(210, LETTER * longest + 9), 320) if wide else 8,
        right=170 if wide else 8,
        top=TOP,
        bottom=40,
        x_range=(-most, most),
        y_range=(0, 1),
    )
    zero, base = frame.x(0), frame.height - frame.bottom
    body = [
        x_ticks(frame, ticks(-most, most, 4)),
        element("line", "base", x1=zero, x2=zero, y1=TOP - 12, y2=base),
        text(f"← {sides[0]}", zero - 8, 12, "axis", "end"),
        text(f"{sides[1]} →", zero + 8, 12, "axis", "start"),
        text(unit, frame.width - frame.right, frame.height - 4, "axis", "end"),
    ]
    body += [_row(frame, row, TOP + step * i, step, wide) for i, row in enumerate(rows)]
    return svg(frame, description, body, wide)


def _row(frame: Frame, row: Difference, top: float, step: float, wide: bool) -> Markup:
    y = top + (step / 2 if wide else step - 12)
    low, high = (frame.x(row.mark.y if math.isnan(end) else end) for end in (row.mark.low, row.mark.high))
    name = "name" if row.strong else "label"
    room = frame.left - 8 if wide else frame.width - frame.left - DIGIT * len(row.note)
    words = [
        text(_cut(row.label, room), 0 if wide else frame.left, y + 4 if wide else top + 16, name, "start"),
        text(row.note, frame.width, y + 4 if wide else top + 16, "tick", "end"),
    ]
    line = element("line", "whisker", x1=low, x2=high, y1=y, y2=y)
    dot = element("circle", "dot strong" if row.strong else "dot line-4", cx=frame.x(row.mark.y), cy=y, r=5)
    return group(row.mark.title, [*words, line, dot])


def _cut(label: str, room: float) -> str:
    """Return a label, or its beginning where it is longer than ``room`` px; the row's title has it whole."""
    letters = max(int(room / LETTER), 2)
    return label if len(label) <= letters else f"{label[: letters - 1].rstrip()}…"


def _most(rows: Sequence[Difference]) -> float:
    """Return the end of the axis: a round number above everything that is drawn."""
    ends = [abs(end) for row in rows for end in (row.mark.y, row.mark.low, row.mark.high)]
    most = max([end for end in ends if not math.isnan(end)], default=0.0)
    scale = 10 ** math.floor(math.log10(max(most, 1e-9)))
    return next(s * scale for s in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if s * scale >= most) if most else 1.0
