"""Texts of generated scripts: how a script is read aloud, and the figures of sacrebleu and rouge-score."""

from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given

from sharpen.graphs.baselines import plain_chain
from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.graphs.metrics.content import aloud, score_contents
from tests.graphs.recorded import scripts
from tests.graphs.test_canonical import graphs


def script(*edges: str, **texts: str) -> Graph:
    nodes = tuple(Vertex(identity, text) for identity, text in texts.items())
    return Graph((), nodes, tuple(Edge(*edge.split("->")) for edge in edges))


def test_steps_are_read_in_their_order_without_capitals_and_with_one_full_stop():
    tea = script("b->a", "a->c", a="Boil water. ", b="find a kettle", c="Drink tea..")
    assert aloud(tea) == "find a kettle. boil water. drink tea.."


def test_steps_without_edges_are_not_read():
    assert aloud(script("a->b", a="one", b="two", c="three")) == "one. two."
    assert aloud(script(a="one")) == "."


@pytest.mark.parametrize(
    "graph",
    [None, script("a->b", "b->a", a="one", b="two"), script("a->b", a="one"), script("a->a", a="one")],
)
def test_what_cannot_be_read_is_one_word(graph: Graph | None):
    assert aloud(graph) == "NONE"


def networkx_order(graph: Graph) -> list[str]:
    """Upstream builds its graph source by source."""
    following: dict[str, list[str]] = {}
    for edge in graph.edges:
        following.setdefault(edge.source, []).append(edge.target)
    return list(nx.topological_sort(nx.DiGraph((a, b) for a, targets in following.items() for b in targets)))


@given(graphs())
def test_the_order_is_that_of_networkx(graph: Graph):
    named = Graph((), tuple(Vertex(node.id, node.id) for node in graph.nodes), graph.edges)
    try:
        expected = ". ".join(networkx_order(named)) + "."
    except nx.NetworkXUnfeasible:
        expected = "NONE"
    assert aloud(named) == expected


def test_the_same_texts_agree():
    tea = script("a->b", a="boil a lot of water", b="drink the hot tea")
    result = score_contents([tea], [tea])
    assert result.all == result.parsed
    assert (result.all.bleu, result.all.chrf, result.all.rouge_2, result.all.rouge_l) == pytest.approx(
        (100, 100, 1, 1)
    )


def test_case_does_not_count_and_word_order_does():
    tea = script("a->b", a="boil a lot of water", b="drink the hot tea")
    swapped = script("b->a", a="Boil a lot of WATER", b="drink the hot tea")
    result = score_contents([swapped], [tea]).all
    assert result.rouge_l == pytest.approx(5 / 9) and result.rouge_2 == pytest.approx(7 / 8)
    assert 0 < result.bleu < 100


def test_rouge_is_the_mean_of_items_and_unread_outputs_count_beside_the_survivors():
    tea = script("a->b", a="boil a lot of water", b="drink the hot tea")
    result = score_contents([tea, None], [tea, tea])
    assert result.all.rouge_l_items == (1, 0) and result.all.rouge_2 == 1 / 2
    assert result.parsed is not None and result.parsed.bleu == pytest.approx(100)
    assert result.all.bleu < 90
    assert score_contents([None], [tea]).parsed is None


def test_the_goal_said_seven_times_or_more(shared_data: Path):
    reference = scripts(shared_data, "script")
    chains = [plain_chain(script.about, len(script.nodes), script.given["goal"]) for script in reference]
    result = score_contents(chains, reference).all
    assert [round(result.bleu, 2), round(result.chrf, 2)] == [21.15, 32.86]
    assert [round(result.rouge_2, 4), round(result.rouge_l, 4)] == [0.1750, 0.3236]
