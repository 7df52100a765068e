"""A heat map as a drawing, for files: on a page it is a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sharpen.reports.draw.svg import Frame, element, group, svg, text

WIDTH, HEIGHT, GAP = 110, 52, 3
"""Size of a tile, and the space between two, px."""
LEFT, TOP = 60, 30


@dataclass(frozen=True, slots=True)
class Tile:
    """A cell: its figure, its interval, the CSS classes of its colour, and a sentence for a tooltip."""

    figure: str
    note: str
    style: str
    title: str


def tiles(rows: Sequence[tuple[str, Sequence[Tile]]], columns: Sequence[str], description: str) -> Markup:
    """Return a heat map; each row has its name and a tile for each of ``columns``."""
    frame = Frame(
        width=LEFT + len(columns) * (WIDTH + GAP),
        height=TOP + len(rows) * (HEIGHT + GAP),
        left=LEFT,
        right=0,
        top=TOP,
        bottom=0,
        x_range=(0, 1),
        y_range=(0, 1),
    )
    body = [
        text(name, LEFT + i * (WIDTH + GAP) + WIDTH / 2, 18, "tick", "middle")
        for i, name in enumerate(columns)
    ]
    for number, (name, row) in enumerate(rows):
        top = TOP + number * (HEIGHT + GAP)
        body.append(text(name, LEFT - 10, top + HEIGHT / 2 + 4, "tick", "end"))
        body += [_tile(tile, LEFT + i * (WIDTH + GAP), top) for i, tile in enumerate(row)]
    return svg(frame, description, body, wide=True)


def _tile(tile: Tile, left: float, top: float) -> Markup:
    middle = left + WIDTH / 2
    return group(
        tile.title,
        [
            element("rect", f"tile {tile.style}", x=left, y=top, width=WIDTH, height=HEIGHT, rx=2),
            text(tile.figure, middle, top + 24, "name", "middle"),
            text(tile.note, middle, top + 42, "tick", "middle"),
        ],
    )
