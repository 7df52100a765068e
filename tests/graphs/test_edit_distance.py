"""Graph edit distance: the optimum of brute force and of networkx, bounds that hold, a budget of work."""

from collections import Counter
from itertools import permutations
from math import inf
from pathlib import Path
from random import Random

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharpen.graphs.baselines import listed_chain
from sharpen.graphs.canonical import isomorphic
from sharpen.graphs.edit_distance import Distance, edit_distance
from sharpen.graphs.graph import Graph
from tests.graphs.recorded import scripts
from tests.graphs.test_canonical import as_networkx, graph, graphs


def links(graph: Graph, labelled: bool) -> dict[tuple[int, int], Counter[str]]:
    place = {node.id: position for position, node in enumerate(graph.nodes)}
    result: dict[tuple[int, int], Counter[str]] = {}
    for edge in graph.edges:
        ends = place[edge.source], place[edge.target]
        result.setdefault(ends, Counter())[edge.label if labelled else ""] += 1
    return result


def brute_force(left: Graph, right: Graph, labelled: bool) -> float:
    """The least cost over every way to keep, delete and insert nodes, straight from the definition."""
    ours, theirs = links(left, labelled), links(right, labelled)
    count = len(right.nodes)
    best = inf
    for places in set(permutations([*range(count), *[-1] * len(left.nodes)], len(left.nodes))):
        selected = {place: node for node, place in enumerate(places) if place >= 0}
        cost = len(left.nodes) + count - 2 * len(selected)
        cost += sum(labelled and left.nodes[n].text != right.nodes[p].text for p, n in selected.items())
        matched = [theirs.get((places[a], places[b]), Counter()) for a, b in ours]
        for mine, other in zip(ours.values(), matched, strict=True):
            cost += max(mine.total(), other.total()) - (mine & other).total()
        cost += sum(other.total() for other in theirs.values()) - sum(other.total() for other in matched)
        best = min(best, cost)
    return best


@given(graphs(4), graphs(4), st.booleans())
@settings(max_examples=200)
def test_the_distance_is_that_of_brute_force(left: Graph, right: Graph, labelled: bool):
    result = edit_distance(left, right, labelled=labelled)
    assert result.exact
    assert result.value == result.lower == brute_force(left, right, labelled)


def without_loops(graph: Graph) -> Graph:
    edges = tuple(edge for edge in graph.edges if edge.source != edge.target)
    return Graph(graph.about, graph.nodes, edges)


def same_label(one: dict[str, str], other: dict[str, str]) -> bool:
    return one["label"] == other["label"]


@given(graphs(), graphs())
@settings(max_examples=60)
def test_the_distance_is_that_of_networkx(left: Graph, right: Graph):
    # Without loops, since networkx (3.6) lets a loop become any edge of the same node.
    left, right = without_loops(left), without_loops(right)
    ours, theirs = as_networkx(left), as_networkx(right)
    assert edit_distance(left, right, labelled=False).value == nx.graph_edit_distance(ours, theirs)
    simple = [
        Graph((), g.nodes, tuple({(e.source, e.target): e for e in g.edges}.values())) for g in (left, right)
    ]
    ours, theirs = (nx.DiGraph(as_networkx(g)) for g in simple)
    labelled = nx.graph_edit_distance(ours, theirs, node_match=same_label, edge_match=same_label)
    assert edit_distance(*simple, labelled=True).value == labelled


@given(graphs(), graphs(), graphs(), st.booleans())
def test_it_is_a_distance(one: Graph, two: Graph, three: Graph, labelled: bool):
    def apart(left: Graph, right: Graph) -> int:
        return edit_distance(left, right, labelled=labelled).value

    assert apart(one, one) == 0
    assert apart(one, two) == apart(two, one)
    assert apart(one, three) <= apart(one, two) + apart(two, three)
    assert apart(one, two) <= sum(len(g.nodes) + len(g.edges) for g in (one, two))


@given(graphs(), graphs())
def test_nothing_to_edit_is_isomorphism(left: Graph, right: Graph):
    assert (edit_distance(left, right, labelled=False).value == 0) == isomorphic(left, right)


@given(graphs(), graphs(), st.booleans(), st.integers(0, 30))
def test_whatever_the_budget_the_distance_is_between_the_bounds(
    left: Graph, right: Graph, labelled: bool, budget: int
):
    true = edit_distance(left, right, labelled=labelled).value
    result = edit_distance(left, right, labelled=labelled, budget=budget)
    assert result.lower <= true <= result.value
    assert result.exact == (result.lower == result.value)


def test_each_edit_costs_one():
    before = graph("abc", (0, 1, "x"), (1, 2, "x"))
    assert edit_distance(before, graph("abc", (0, 1, "x")), labelled=True).value == 1
    assert edit_distance(before, graph("abc", (0, 1, "x"), (1, 2, "y")), labelled=True).value == 1
    assert edit_distance(before, graph("abd", (0, 1, "x"), (1, 2, "x")), labelled=True).value == 1
    assert edit_distance(before, graph("abc", (1, 0, "x"), (1, 2, "x")), labelled=True).value == 2
    assert edit_distance(before, graph("abcd", (0, 1, "x"), (1, 2, "x")), labelled=True).value == 1
    assert edit_distance(before, graph("wxyz"), labelled=False).value == 3
    assert edit_distance(before, Graph((), ()), labelled=True).value == 5


def test_two_empty_graphs_are_the_same():
    assert edit_distance(Graph((), ()), Graph((), ()), labelled=False) == Distance(0, True, 0, 0)


def test_loops_and_parallel_edges_are_edges():
    assert edit_distance(graph("a", (0, 0, "")), graph("a"), labelled=False).value == 1
    assert edit_distance(graph("ab", (0, 0, "")), graph("ab", (0, 1, "")), labelled=False).value == 2
    assert edit_distance(graph("ab", *[(0, 1, "")] * 3), graph("ab", (0, 1, "")), labelled=False).value == 2


def random_graph(random: Random, count: int, edges: int) -> Graph:
    pairs = sorted({tuple(random.sample(range(count), 2)) for _ in range(edges)})
    return graph("a" * count, *((a, b, "") for a, b in pairs))


def test_a_budget_that_ends_leaves_bounds_that_say_so():
    random = Random(0)
    left, right = random_graph(random, 12, 30), random_graph(random, 12, 30)
    short = edit_distance(left, right, labelled=False, budget=100)
    longer = edit_distance(left, right, labelled=False, budget=1_000)
    assert not short.exact and short.lower < short.value
    assert 100 <= short.expansions < longer.expansions < 1_100
    assert short.lower <= longer.lower and longer.value <= short.value
    assert edit_distance(right, left, labelled=False, budget=100) == short


@pytest.mark.parametrize("name", ["edge", "script"])
def test_every_script_against_its_listed_chain_is_proven(shared_data: Path, name: str):
    reference = scripts(shared_data, name)
    assert all(edit_distance(g, listed_chain(g), labelled=False).exact for g in reference)


def test_random_pairs_of_scripts_are_proven(shared_data: Path):
    reference, random = scripts(shared_data, "script"), Random(0)
    pairs = [random.sample(reference, 2) for _ in range(40)]
    assert all(edit_distance(left, right, labelled=False).exact for left, right in pairs)
