import itertools
import math
import xml.etree.ElementTree as ET

from sharpen.reports.draw.charts import Bar, Mark, Series, bars, curves


def series(label="<i.i.d.>", role="baseline", n=5):
    marks = [Mark(100.0 * i, 0.1 * i, 0.1 * i - 0.05, 0.1 * i + 0.05, f"k = {i}") for i in range(1, n + 1)]
    return Series(label, role, marks)


def drawings(markup):
    return list(ET.fromstring(f"<div>{markup}</div>").iter("svg"))


def numbers(svg, name, attribute):
    return [float(node.get(attribute)) for node in svg.iter(name)]


def test_a_chart_is_drawn_wide_and_narrow_and_escapes_its_labels():
    wide, narrow = drawings(curves([series(), series("b", "line-4")], "tokens", "rate", "about"))
    assert (wide.get("class"), narrow.get("class")) == ("wide", "narrow")
    assert "<i.i.d.>" in [node.text for node in wide.iter("text")]


def test_every_point_is_a_dot_inside_the_drawing_with_its_figures():
    for svg in drawings(curves([series()], "tokens", "rate", "about")):
        _, _, width, height = map(float, svg.get("viewBox").split())
        assert len(numbers(svg, "circle", "cx")) == 2 * 5
        assert all(0 <= x <= width for x in numbers(svg, "circle", "cx"))
        assert all(0 <= y <= height for y in numbers(svg, "circle", "cy"))
        assert [node.text for node in svg.iter("title")] == [f"k = {i}" for i in range(1, 6)]


def test_more_tokens_lie_further_right_and_higher_rates_higher():
    svg = drawings(curves([series()], "tokens", "rate", "about"))[0]
    x, y = numbers(svg, "circle", "cx")[::2], numbers(svg, "circle", "cy")[::2]
    assert x == sorted(x)
    assert y == sorted(y, reverse=True)


def test_labels_at_one_place_are_moved_apart():
    same = [series(f"line {i}", "line-1") for i in range(4)]
    svg = drawings(curves(same, "tokens", "rate", "about"))[0]
    heights = sorted(float(n.get("y")) for n in svg.iter("text") if n.get("class").startswith("name"))
    assert min(b - a for a, b in itertools.pairwise(heights)) >= 13


def test_a_point_without_an_interval_has_no_band():
    marks = [Mark(1, 0.5, math.nan, math.nan, "one"), Mark(2, 0.6, math.nan, math.nan, "two")]
    svg = drawings(curves([Series("a", "line-0", marks)], "tokens", "rate", "about"))[0]
    assert not [node for node in svg.iter("path") if node.get("class").startswith("band")]


def test_the_x_axis_begins_at_zero():
    svg = drawings(curves([series()], "tokens", "rate", "about"))[0]
    ticks = [node.text for node in svg.iter("text") if node.get("class") == "tick"]
    assert "0" in ticks


def test_trials_are_whole():
    marks = [Mark(trial, 0.5, 0.0, 1.0, "") for trial in (1, 2, 3)]
    svg = drawings(curves([Series("a", "line-0", marks)], "trial", "rate", "about"))[0]
    middles = [n for n in svg.iter("text") if n.get("class") == "tick" and n.get("text-anchor") == "middle"]
    assert [node.text for node in middles] == ["0", "1", "2", "3"]


def test_bars_begin_at_zero_and_are_as_long_as_their_share():
    rows = [Bar("easy", "0.50", Mark(0, 0.5, 0.4, 0.6, "")), Bar("hard", "0.25", Mark(0, 0.25, 0.2, 0.3, ""))]
    widths = numbers(drawings(bars(rows, "about"))[0], "rect", "width")
    assert widths[0] == 2 * widths[1]


def test_a_flat_curve_at_the_top_can_be_drawn():
    marks = [Mark(0, 1.0, 1.0, 1.0, "one"), Mark(0, 1.0, 1.0, 1.0, "two")]
    svg = drawings(curves([Series("a", "line-0", marks)], "tokens", "rate", "about"))[0]
    assert len(numbers(svg, "circle", "cx")) == 4
