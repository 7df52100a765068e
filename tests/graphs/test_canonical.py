"""Canonical forms: equal for isomorphic graphs and only for these, and quick where symmetry abounds."""

from collections import Counter
from itertools import permutations
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.graphs.canonical import form, isomorphic
from sharpen.graphs.graph import Edge, Graph, Vertex
from tests.graphs.recorded import scripts


def graph(texts: str, *edges: tuple[int, int, str]) -> Graph:
    nodes = tuple(Vertex(str(position), text) for position, text in enumerate(texts))
    return Graph((), nodes, tuple(Edge(str(a), str(b), label) for a, b, label in edges))


@st.composite
def graphs(draw: st.DrawFn, nodes: int = 5) -> Graph:
    texts = draw(st.text("ab", max_size=nodes))
    ends = st.integers(0, max(0, len(texts) - 1))
    edges = draw(st.lists(st.tuples(ends, ends, st.sampled_from("xy")), max_size=6 if texts else 0))
    return graph(texts, *edges)


def as_networkx(graph: Graph) -> nx.MultiDiGraph:
    other = nx.MultiDiGraph()
    other.add_nodes_from((node.id, {"label": node.text}) for node in graph.nodes)
    other.add_edges_from((edge.source, edge.target, {"label": edge.label}) for edge in graph.edges)
    return other


@given(graphs(), st.randoms())
def test_order_and_names_of_nodes_do_not_matter(graph: Graph, random):
    names = [f"renamed{position}" for position in range(len(graph.nodes))]
    random.shuffle(names)
    renamed = dict(zip((node.id for node in graph.nodes), names, strict=True))
    nodes = [Vertex(renamed[node.id], node.text) for node in graph.nodes]
    edges = [Edge(renamed[edge.source], renamed[edge.target], edge.label) for edge in graph.edges]
    random.shuffle(nodes)
    random.shuffle(edges)
    other = Graph((("goal", "another"),), tuple(nodes), tuple(edges))
    assert form(graph, labelled=True) == form(other, labelled=True)
    assert isomorphic(graph, other)


@given(graphs(4), graphs(4))
def test_equal_forms_are_isomorphic_graphs(left: Graph, right: Graph):
    def same(labelled: bool) -> bool:
        def key(graph: Graph, order: tuple[int, ...]) -> object:
            place = {node.id: order[position] for position, node in enumerate(graph.nodes)}
            texts = sorted((place[node.id], node.text) for node in graph.nodes) if labelled else len(order)
            return texts, sorted(
                (place[edge.source], place[edge.target], edge.label if labelled else "")
                for edge in graph.edges
            )

        count = len(left.nodes)
        if count != len(right.nodes):
            return False
        fixed = key(right, tuple(range(count)))
        return any(key(left, order) == fixed for order in permutations(range(count)))

    for labelled in (False, True):
        assert (form(left, labelled=labelled) == form(right, labelled=labelled)) == same(labelled)


@given(graphs(), graphs())
def test_isomorphism_is_that_of_networkx(left: Graph, right: Graph):
    assert isomorphic(left, right) == nx.is_isomorphic(as_networkx(left), as_networkx(right))


def test_the_form_is_the_graph_itself_under_other_names():
    result = form(graph("cab", (0, 1, "x"), (1, 2, "y"), (1, 2, "y")), labelled=True)
    assert sorted(result.nodes) == ["a", "b", "c"] and result.size == (3, 3)
    named = [(result.nodes[a], result.nodes[b], label) for a, b, label in result.edges]
    assert sorted(named) == [("a", "b", "y"), ("a", "b", "y"), ("c", "a", "x")]


def test_ids_that_only_edges_name_are_nodes():
    named = Graph((), (Vertex("a", "a"),), (Edge("a", "b"),))
    assert form(named, labelled=True) == form(graph("ab", (0, 1, "")), labelled=True)


PETERSEN = [(i, (i + 1) % 5) for i in range(5)] + [(i, i + 5) for i in range(5)]
PETERSEN += [(5 + i, 5 + (i + 2) % 5) for i in range(5)]


@pytest.mark.parametrize(
    ("count", "edges"),
    [
        (15, []),
        (14, [(2 * i, 2 * i + 1) for i in range(7)]),
        (12, [(i, i // 4 * 4 + (i + 1) % 4) for i in range(12)]),
        (9, [(a, b) for a in range(9) for b in range(9) if a != b]),
        (10, [*PETERSEN, *((b, a) for a, b in PETERSEN)]),
    ],
    ids=["no edges", "seven edges apart", "three squares", "all edges", "Petersen"],
)
def test_symmetric_graphs_do_not_need_all_orders_of_their_nodes(count: int, edges: list[tuple[int, int]]):
    there = graph("a" * count, *((a, b, "") for a, b in edges))
    back = graph("a" * count, *((count - 1 - a, count - 1 - b, "") for a, b in edges))
    assert isomorphic(there, back)


def test_cells_that_refinement_cannot_tell_apart_are_told_apart():
    hexagon = graph("a" * 6, *((i, (i + 1) % 6, "") for i in range(6)))
    triangles = graph("a" * 6, *((i, i // 3 * 3 + (i + 1) % 3, "") for i in range(6)))
    assert not isomorphic(hexagon, triangles)


def test_the_scripts_have_few_classes(shared_data: Path):
    # All 1085 have 83 classes, the largest of 535, 117, 72, 44 and 41 (spec of the recorded data).
    counts = Counter(form(script, labelled=False) for script in scripts(shared_data, "script"))
    assert len(counts) == 56
    assert sorted(counts.values())[-5:] == [20, 25, 41, 49, 269]
