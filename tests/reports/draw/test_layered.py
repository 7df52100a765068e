import re
import xml.etree.ElementTree as ET

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


def heights(svg: str) -> list[float]:
    return [float(y) for y in re.findall(r'<rect x="[^"]+" y="([^"]+)"', svg)]


def test_edges_point_down():
    ys = heights(draw(graph("n2 n1", "n1 n0", ids=["n0", "n1", "n2"]), None, "x"))
    assert ys[2] < ys[1] < ys[0]


def test_a_cycle_is_drawn_too():
    assert draw(graph("n0 n1", "n1 n0", "n1 n1", ids=["n0", "n1"]), None, "x").count("<path d") == 3


def test_what_the_other_graph_lacks_is_set_apart():
    svg = draw(graph("n0 n1", "n1 n2"), graph("n0 n1", "n2 n1"), "x")
    assert svg.count('class="shared"') == svg.count('class="apart"') == 1


def test_what_a_model_wrote_is_escaped():
    hostile = Graph((), (Vertex("a", "<script>"), Vertex("b", "b")), (Edge("a", "b", "</svg>"),))
    svg = str(draw(hostile, None, '" onload="x'))
    assert "<script>" not in svg
    assert svg.count("</svg>") == 1
    assert ET.fromstring(svg).get("aria-label") == '" onload="x'


def test_edges_of_unknown_nodes_are_drawn():
    assert draw(graph("n0 stray", ids=["n0"]), None, "x").count("<rect") == 2
