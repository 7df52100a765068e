"""Structure of generated scripts: definitions, outputs that could not be read, the plain chain's figures."""

from math import isnan, log, sqrt
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.graphs.baselines import plain_chain
from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.graphs.metrics.script import GraphShape, divergence, is_chain, score_script, score_scripts, shape
from tests.graphs.recorded import scripts
from tests.graphs.test_canonical import as_networkx, graph, graphs

CHAIN = graph("abc", (0, 1, ""), (1, 2, ""))
FORK = graph("abc", (0, 1, ""), (0, 2, ""))


def test_names_and_texts_do_not_matter():
    other = Graph(
        (), (Vertex("x", "1"), Vertex("y", "2"), Vertex("z", "3")), (Edge("z", "x"), Edge("x", "y"))
    )
    result = score_script(other, CHAIN)
    assert result.isomorphic and result.distance.value == 0 and result.chain and result.parsed


def test_directions_do():
    result = score_script(FORK, CHAIN)
    assert not result.isomorphic and result.distance.value == 2


def test_an_output_that_could_not_be_read_is_an_empty_graph_beside_the_survivors():
    report = score_scripts([CHAIN, None, FORK], [CHAIN, CHAIN, FORK])
    assert [item.isomorphic for item in report.items] == [True, False, True]
    assert report.items[1].distance.value == 3 + 2
    assert (report.all.items, report.all.isomorphism, report.all.distance) == (3, 2 / 3, 5 / 3)
    assert (report.parsed.items, report.parsed.isomorphism, report.parsed.distance) == (2, 1, 0)
    assert (report.not_chains.items, report.not_chains.isomorphism) == (1, 1)
    assert report.parse_rate == 2 / 3 and report.all.exact == 1


def test_of_nothing_there_is_no_figure():
    report = score_scripts([None], [CHAIN])
    assert isnan(report.parsed.isomorphism) and isnan(report.shape.nodes) and isnan(report.divergence.both)
    assert isnan(report.shape.median_degree) and isnan(report.not_chains.distance)


def test_only_listed_nodes_count_but_others_have_degrees():
    named = Graph((), (Vertex("a", "a"),), (Edge("a", "b"), Edge("a", "b")))
    assert shape([named]) == GraphShape(nodes=1, edges=2, degree=2, median_degree=2, pooled_degree=2)


def test_degrees_of_graphs_are_averaged_by_graph_and_by_node():
    result = shape([CHAIN, graph("ab", (0, 1, "")), graph("a")])
    assert (result.nodes, result.edges) == (2, 1)
    assert result.degree == pytest.approx((4 / 3 + 1 + 0) / 3)
    assert result.median_degree == 1
    assert result.pooled_degree == pytest.approx((4 + 2 + 0) / 6)


def test_the_divergence_is_a_distance_in_natural_units():
    apart = divergence([graph("ab", (0, 1, ""))], [graph("ab")])
    assert apart.both == pytest.approx(sqrt(log(2)))
    assert divergence([CHAIN], [CHAIN]).both == 0
    reversed_fork = graph("abc", (1, 0, ""), (2, 0, ""))
    result = divergence([FORK], [reversed_fork])
    assert result.both == 0 and result.into == result.out > 0


@given(graphs())
def test_shapes_are_those_of_networkx(graph: Graph):
    degrees = [degree for _, degree in as_networkx(graph).degree()]
    result = shape([graph])
    if degrees:
        assert result.degree == result.pooled_degree == pytest.approx(sum(degrees) / len(degrees))
    else:
        assert isnan(result.degree)


@given(st.integers(1, 6), graphs())
def test_chains(steps: int, graph: Graph):
    assert is_chain(plain_chain((), steps, ""))
    other = as_networkx(graph)
    if other:
        assert is_chain(graph) == nx.is_isomorphic(other, as_networkx(plain_chain((), len(graph.nodes), "")))
    else:
        assert not is_chain(graph)


def test_a_plain_chain_is_two_thirds_of_the_scripts(shared_data: Path):
    reference = scripts(shared_data, "script")
    chains = [plain_chain(script.about, len(script.nodes), script.given["goal"]) for script in reference]
    report = score_scripts(chains, reference)
    # Of all 1085: 724 isomorphic (.667), a distance of 1.17 with networkx's limit of 3 seconds.
    assert sum(item.isomorphic for item in report.items) == 359
    assert round(report.all.isomorphism, 3) == 0.661
    assert (round(report.all.distance, 3), report.all.exact) == (1.197, 1)
    assert (report.not_chains.items, report.not_chains.isomorphism) == (184, 0)
    assert round(report.not_chains.distance, 3) == 3.533
    # Of all 1085: 7.412 nodes, 6.806 edges, degrees of 1.834 (mean), 1.75 (median), 1.837 (pooled).
    reference_shape = report.reference_shape
    assert (round(reference_shape.nodes, 3), round(reference_shape.edges, 3)) == (7.409, 6.810)
    assert (round(reference_shape.degree, 3), reference_shape.median_degree) == (1.835, 1.75)
    assert round(reference_shape.pooled_degree, 3) == 1.838
    assert round(report.shape.edges, 3) == 6.409
