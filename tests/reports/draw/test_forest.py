"""Forest plots and tiles."""

import math
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from sharpen.reports.draw.forest import Difference, forest
from sharpen.reports.draw.svg import Mark
from sharpen.reports.draw.tiles import Tile, tiles

FINITE = st.floats(-100, 100)


def drawings(markup):
    return list(ET.fromstring(f"<div>{markup}</div>").iter("svg"))


@given(st.lists(st.tuples(FINITE, FINITE, FINITE).map(sorted), min_size=1, max_size=6))
def test_every_interval_is_inside_and_holds_its_dot(rows):
    found = [Difference("<row>", "note", Mark(0, y, low, high, "t")) for low, y, high in rows]
    for drawing in drawings(forest(found, ("a", "b"), "points", "about")):
        width = float(drawing.get("width"))
        lines = [n for n in drawing.iter("line") if n.get("class") == "whisker"]
        for line, dot in zip(lines, drawing.iter("circle"), strict=True):
            x1, x, x2 = float(line.get("x1")), float(dot.get("cx")), float(line.get("x2"))
            assert x1 - 1e-6 >= 0 and x1 <= x + 0.11 and x <= x2 + 0.11 and x2 <= width


def test_zero_is_in_the_middle_and_positive_is_right_of_it():
    rows = [
        Difference("a", "", Mark(0, 5, 1, 9, "")),
        Difference("b", "", Mark(0, -5, math.nan, math.nan, "")),
    ]
    wide = drawings(forest(rows, ("a", "b"), "points", "about"))[0]
    zero = next(n for n in wide.iter("line") if n.get("class") == "base" and n.get("x1") == n.get("x2"))
    first, second = (float(n.get("cx")) for n in wide.iter("circle"))
    assert second < float(zero.get("x1")) < first


@given(st.text("mW.− ", min_size=1, max_size=80))
def test_a_label_ends_before_the_figures_of_its_row_and_is_whole_in_the_title(label):
    rows = [Difference(label, "+10.00 (-30.00 to 50.00)", Mark(0, 5, 1, 9, f"all of {label}"))]
    for drawing, wide in zip(
        drawings(forest(rows, ("a", "b"), "points", "about")), (True, False), strict=True
    ):
        (row,) = (part for part in drawing.iter("g") if part.find("circle") is not None)
        shown, note = row.findall("text")
        room = float(row.find("line").get("x1")) if wide else float(note.get("x")) - 6 * len(note.text)
        assert float(shown.get("x")) + 7.4 * len(shown.text) <= room
        assert shown.text == label or shown.text.endswith("…")
        assert row.find("title").text == f"all of {label}"


def test_a_heat_map_has_a_tile_for_each_cell():
    row = [Tile("1.20", "1.1 to 1.3", "gain tint-7 sure", "t"), Tile("n/a", "", "", "t")]
    (drawing,) = drawings(tiles([("n_p = 1", row)], ["n_fr = 1", "n_fr = 2"], "about"))
    assert [n.get("class") for n in drawing.iter("rect")] == ["tile gain tint-7 sure", "tile "]
