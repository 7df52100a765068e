import re
import xml.etree.ElementTree as ET
from itertools import combinations
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.reports.draw.layered import draw

IDS = [f"n{number}" for number in range(6)]


def graph(*pairs: str, ids=IDS) -> Graph:
    return Graph((), tuple(Vertex(i, f"text of {i}") for i in ids), tuple(Edge(*p.split()) for p in pairs))


@st.composite
def graphs(draw_from) -> Graph:
    ids = draw_from(st.lists(st.sampled_from(IDS), unique=True, min_size=1))
    ends = st.tuples(st.sampled_from(ids), st.sampled_from(ids), st.sampled_from(["", "used for"]))
    edges = draw_from(st.lists(ends, max_size=10))
    return Graph((), tuple(Vertex(i, i) for i in ids), tuple(Edge(*edge) for edge in edges))


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_every_node_and_edge_is_drawn_once(drawn: Graph):
    root = ET.fromstring(str(draw(drawn, None, "x")))
    assert len(root.findall("rect")) == len(drawn.nodes)
    assert len(root.findall("g")) == len(drawn.edges)


class Rect(NamedTuple):
    """A node's rectangle in pixels."""

    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.left + self.width / 2

    @property
    def bottom(self) -> float:
        return self.top + self.height


class Picture:
    """A drawing taken apart: the rectangles by id, the edges' curves as numbers, and its size."""

    def __init__(self, drawn: Graph) -> None:
        self.root = ET.fromstring(str(draw(drawn, None, "x")))
        ids = [node.id for node in drawn.nodes]
        rects = [
            Rect(*(float(rect.get(name)) for name in ("x", "y", "width", "height")))
            for rect in self.root.findall("rect")
        ]
        self.rects = dict(zip(ids, rects, strict=True))
        paths = [group.find("path").get("d") for group in self.root.findall("g")]
        self.curves = [[float(number) for number in re.findall(r"-?[0-9.]+", path)] for path in paths]
        self.width, self.height = map(float, self.root.get("viewBox").split()[2:])


def test_edges_point_down():
    rects = Picture(graph("n2 n1", "n1 n0", ids=["n0", "n1", "n2"])).rects
    assert rects["n2"].bottom < rects["n1"].top < rects["n1"].bottom < rects["n0"].top


def test_a_node_is_below_its_longest_path():
    rects = Picture(graph("n0 n1", "n1 n2", "n0 n2", "n0 n3", ids=["n0", "n1", "n2", "n3"])).rects
    assert rects["n3"].top == rects["n1"].top
    assert rects["n2"].top > rects["n1"].bottom


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_nodes_lie_apart_and_inside_of_the_drawing(drawn: Graph):
    picture = Picture(drawn)
    for rect in picture.rects.values():
        assert rect.left >= 0 and rect.left + rect.width <= picture.width
        assert rect.top >= 0 and rect.bottom <= picture.height
    for one, other in combinations(picture.rects.values(), 2):
        beside = abs(one.left - other.left) - one.width
        below = max(one.top, other.top) - min(one.bottom, other.bottom)
        assert beside >= 17 or below >= 33  # gaps of 18 and 34, rounded


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_edges_join_the_middles_of_their_nodes(drawn: Graph):
    picture = Picture(drawn)
    for edge, curve in zip(drawn.edges, picture.curves, strict=True):
        source, target = picture.rects[edge.source], picture.rects[edge.target]
        down = target.top > source.top
        assert curve[0] == pytest.approx(source.middle, abs=1)
        assert curve[6] == pytest.approx(target.middle, abs=1)
        assert curve[1] == pytest.approx(source.bottom if down else source.top, abs=1)
        assert curve[7] == pytest.approx(target.top - 4 if down else target.bottom + 4, abs=1)


def test_layers_are_centred():
    rects = Picture(graph("n0 n1", "n0 n2", ids=["n0", "n1", "n2"])).rects
    assert rects["n1"].top == rects["n2"].top
    assert rects["n0"].middle == pytest.approx((rects["n1"].middle + rects["n2"].middle) / 2, abs=1)


def test_edges_that_would_cross_are_untangled():
    rects = Picture(graph("n0 n3", "n1 n2", ids=["n0", "n1", "n2", "n3"])).rects
    assert (rects["n0"].left < rects["n1"].left) == (rects["n3"].left < rects["n2"].left)


def test_parents_too_are_moved_to_their_children():
    ids = ["n0", "n1", "n2", "n3", "n4", "n5"]
    rects = Picture(graph("n0 n4", "n1 n3", "n2 n3", "n0 n5", ids=ids)).rects
    order = sorted(ids[:3], key=lambda name: rects[name].left)
    assert order.index("n0") in (0, 2)  # its children are beside each other, so it is not between the others
    crossings = [
        (rects[a].left - rects[b].left) * (rects[c].left - rects[d].left) < 0
        for (a, c), (b, d) in combinations([("n0", "n4"), ("n1", "n3"), ("n2", "n3"), ("n0", "n5")], 2)
    ]
    assert not any(crossings)


def test_an_edge_to_the_next_layer_is_straight_and_one_over_layers_bends_aside():
    short, _, long, back = Picture(graph("n0 n1", "n1 n2", "n0 n2", "n2 n0", ids=["n0", "n1", "n2"])).curves
    assert short[2] == short[0] and short[4] == short[6]
    assert long[2] > long[0] and long[4] > long[6]  # down on the right
    assert back[2] < back[0] and back[4] < back[6]  # up on the left


def test_a_label_is_in_the_middle_of_its_edge():
    drawn = Graph((), (Vertex("a", "a"), Vertex("b", "b")), (Edge("a", "b", "causes"),))
    picture = Picture(drawn)
    label = picture.root.find("g").find("text")
    assert label.text == "causes"
    assert float(label.get("x")) == pytest.approx(picture.rects["a"].middle, abs=1)
    assert picture.rects["a"].bottom < float(label.get("y")) < picture.rects["b"].top


@pytest.mark.parametrize(("words", "lines"), [(1, 1), (6, 2), (30, 3)])
def test_a_text_is_inside_of_its_box_on_three_lines_at_most(words: int, lines: int):
    picture = Picture(Graph((), (Vertex("a", " ".join(["word"] * words)),), ()))
    rows = picture.root.find("text").findall("tspan")
    assert len(rows) == lines
    assert all(len(row.text) <= 22 for row in rows)
    assert rows[-1].text.endswith("…") == (words == 30)
    rect, ys = picture.rects["a"], [float(row.get("y")) for row in rows]
    assert rect.height == lines * 14 + 14
    assert rect.top < ys[0] - 8 and ys[-1] < rect.bottom
    assert ys == [ys[0] + 14 * number for number in range(lines)]
    middle = (ys[0] + ys[-1]) / 2 - 4  # a letter's baseline is 4 below its middle
    assert middle == pytest.approx(rect.top + rect.height / 2, abs=1)
    assert {float(row.get("x")) for row in rows} == {rect.middle}


def test_the_tallest_node_of_a_layer_makes_room_for_all():
    tall = Graph(
        (),
        (Vertex("a", "a"), Vertex("b", "long text " * 6), Vertex("c", "c")),
        (Edge("a", "c"), Edge("b", "c")),
    )
    rects = Picture(tall).rects
    assert rects["c"].top - rects["b"].bottom == pytest.approx(34, abs=1)
    assert rects["a"].top + rects["a"].height / 2 == pytest.approx(
        rects["b"].top + rects["b"].height / 2, abs=1
    )


def test_a_cycle_is_drawn_too():
    assert draw(graph("n0 n1", "n1 n0", "n1 n1", ids=["n0", "n1"]), None, "x").count("<path d") == 3


def test_what_the_other_graph_lacks_is_set_apart():
    svg = draw(graph("n0 n1", "n1 n2"), graph("n0 n1", "n2 n1"), "x")
    assert svg.count('<g class="shared"') == svg.count('<g class="apart"') == 1


def test_what_a_model_wrote_is_escaped():
    hostile = Graph((), (Vertex("a", "<script>"), Vertex("b", "b")), (Edge("a", "b", "</svg>"),))
    svg = str(draw(hostile, None, '" onload="x'))
    assert "<script>" not in svg
    assert svg.count("</svg>") == 1
    assert ET.fromstring(svg).get("aria-label") == '" onload="x'


def test_edges_of_unknown_nodes_are_drawn():
    assert draw(graph("n0 stray", ids=["n0"]), None, "x").count("<rect") == 2


def test_the_drawing_ends_at_its_margins():
    picture = Picture(graph("n0 n1", "n0 n2", ids=["n0", "n1", "n2"]))
    rects = picture.rects.values()
    assert (
        min(rect.left for rect in rects)
        == picture.width - max(rect.left + rect.width for rect in rects)
        == 60
    )
    assert min(rect.top for rect in rects) == picture.height - max(rect.bottom for rect in rects) == 7


def test_nodes_are_matched_by_their_texts_where_ids_differ():
    """A model's step0 may be the reference's step1, and a step that the other graph lacks is marked."""
    right = Graph(
        (), (Vertex("a", "Mix."), Vertex("b", "bake"), Vertex("c", "eat")), (Edge("a", "b"), Edge("b", "c"))
    )
    wrote = Graph(
        (), (Vertex("b", "mix"), Vertex("a", "Bake"), Vertex("c", "sing")), (Edge("b", "a"), Edge("a", "c"))
    )
    root = ET.fromstring(str(draw(wrote, right, "x")))
    assert [rect.get("class") for rect in root.findall("rect")] == ["shared", "shared", "apart"]
    assert [edge.get("class") for edge in root.findall("g")] == ["shared", "apart"]


def test_of_two_nodes_with_one_text_the_second_is_missing_where_the_other_graph_has_one():
    twice = Graph((), (Vertex("a", "mix"), Vertex("b", "mix")), (Edge("a", "b"),))
    once = Graph((), (Vertex("x", "mix"),))
    root = ET.fromstring(str(draw(twice, once, "x")))
    assert [rect.get("class") for rect in root.findall("rect")] == ["shared", "apart"]
