"""Explanation graphs: each reason in its order, both protocols, recorded outputs of Codex."""

from collections import Counter
from math import isnan
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.graphs.metrics.explanation import (
    ExplanationScore,
    score_explanation,
    score_explanations,
    structure_fault,
    triples,
)
from tests.graphs.recorded import rows

BELIEF, ARGUMENT = "Marriage is a good thing", "Marriage makes people happy"


def explanation(
    text: str, *, belief: str = BELIEF, argument: str = ARGUMENT, stance: str = "support"
) -> Graph:
    """Upstream's ``(concept; relation; concept)(...)`` with the words of its task."""
    edges = [edge.split("; ") for edge in text[1:-1].split(")(")]
    concepts = dict.fromkeys(concept for source, _, target in edges for concept in (source, target))
    return Graph(
        (("belief", belief), ("argument", argument), ("stance", stance)),
        tuple(Vertex(concept, concept) for concept in concepts),
        tuple(Edge(source, target, label) for source, label, target in edges),
    )


GOLD = explanation("(marriage; causes; happy)(happy; is a; good thing)(people; desires; good thing)")
FAULTY = {
    "edges": "(marriage; causes; happy)(happy; is a; good thing)",
    "concept": "(marriage; causes; happy)(happy; is a; one of many things)(people; desires; good thing)",
    "relation": "(marriage; causes; happy)(happy; makes; good thing)(people; desires; good thing)",
    "anchors": "(joy; causes; bliss)(bliss; is a; feeling)(people; desires; bliss)",
    "connected": "(marriage; causes; happy)(good; is a; thing)(people; desires; thing)",
    "acyclic": "(marriage; causes; happy)(happy; is a; good thing)(good thing; desires; marriage)",
}


def test_a_correct_explanation():
    assert score_explanation(GOLD, GOLD) == ExplanationScore(None, stance_right=True, distance=0, exact=True)


@pytest.mark.parametrize(("fault", "text"), FAULTY.items())
def test_each_reason(fault: str, text: str):
    assert score_explanation(explanation(text), GOLD) == ExplanationScore(fault, True, 1, True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("(; makes; b)(c; is a; d)(e; is a; f)", "concept"),
        ("(a; makes; )(c; is a; d)(e; is a; f)", "relation"),
        ("(a; is a; )(c; makes; d)(e; is a; f)", "concept"),
        ("(a; is a; two  blanks here)(c; is a; d)(e; is a; f)", "concept"),
        ("(a; is a; just three words)(c; is a; d)(e; is a; f)", "anchors"),
    ],
)
def test_the_first_reason_in_the_order_of_edges_is_told(text: str, fault: str):
    assert structure_fault(triples(explanation(text)), "x", "y") == fault


def test_concepts_need_only_be_parts_of_the_words_of_the_task():
    text = "(marri; causes; happ)(happ; is a; thin)(arri; is a; thin)"
    assert structure_fault(triples(explanation(text)), BELIEF, ARGUMENT) is None


def test_case_does_not_matter():
    shouted = explanation("(MARRIAGE; CAUSES; Happy)(happy; is A; good THING)(People; desires; good thing)")
    assert score_explanation(shouted, GOLD) == ExplanationScore(None, True, 0, True)


def test_one_wrong_relation_is_one_edit_of_the_size_of_the_reference_graph_and_the_largest():
    other = explanation("(marriage; causes; happy)(happy; is not a; good thing)(people; desires; good thing)")
    assert score_explanation(other, GOLD).distance == 1 / (4 + 3 + 17)


def test_of_two_edges_between_the_same_concepts_the_last_counts():
    twice = explanation(
        "(marriage; is a; happy)(marriage; causes; happy)(happy; is a; good thing)(people; desires; good thing)"
    )
    assert score_explanation(twice, GOLD).distance == 0


def test_no_graph_is_worse_than_the_worst():
    large = [f"(marriage; causes; x{n})(x{n}; is a; happy)(x{n}; desires; good thing)" for n in range(12)]
    result = score_explanation(explanation("".join(["(people; desires; good thing)", *large])), GOLD)
    assert (result.fault, result.distance) == (None, 1)


def test_the_stance_counts_in_one_protocol_only_and_every_item_in_both():
    counter = explanation(
        "(marriage; causes; happy)(happy; is a; good thing)(people; desires; good thing)", stance="counter"
    )
    result = score_explanations([GOLD, counter, None, explanation(FAULTY["acyclic"])], [GOLD] * 4)
    assert result.given_stance.correct == (True, True, False, False)
    assert result.reference_stance.correct == (True, False, False, False)
    assert (result.given_stance.structure, result.given_stance.distance) == (2 / 4, 2 / 4)
    assert (result.reference_stance.structure, result.reference_stance.distance) == (1 / 4, 3 / 4)
    assert result.given_stance.parsed_structure == pytest.approx(2 / 3)
    assert result.reference_stance.parsed_distance == pytest.approx(2 / 3)
    assert result.parse_rate == 3 / 4
    assert {fault: count for fault, count in result.faults.items() if count} == {"unread": 1, "acyclic": 1}


def test_survivors_of_nothing_have_no_figure():
    result = score_explanations([None], [GOLD])
    assert isnan(result.reference_stance.parsed_structure) and result.reference_stance.distance == 1


@given(st.permutations(range(4)))
@settings(max_examples=10)
def test_the_order_of_edges_does_not_matter(order: list[int]):
    edges = [
        "marriage; causes; happy",
        "happy; is a; good thing",
        "people; desires; happy",
        "people; is a; joy",
    ]
    text = f"({')('.join(edges[position] for position in order)})"
    in_order = explanation(f"({')('.join(edges)})")
    assert score_explanation(explanation(text), GOLD).distance == score_explanation(in_order, GOLD).distance


@pytest.fixture(scope="module")
def codex(shared_data: Path) -> tuple[list[Graph], list[Graph]]:
    """Outputs of code-davinci-002 and reference graphs: the shared half (198 of 396) of ExplaGraphs dev."""
    result = rows(shared_data / "explagraphs_codex" / "dev_output.jsonl.gz")

    def graph(row: dict[str, Any], text: str, stance: str) -> Graph:
        return explanation(text, belief=row["belief"], argument=row["argument"], stance=stance)

    message = [(row, row["generated_graph"]) for row in result]
    return (
        [graph(row, output["graph"], output["stance"]) for row, output in message],
        [graph(row, row["graph"], row["orig_stance"]) for row in result],
    )


def test_recorded_outputs_under_both_protocols(codex: tuple[list[Graph], list[Graph]]):
    result = score_explanations(*codex)
    # Of all 396: 179 correct (45.20 %), distance .68758; with reference stances 157 (39.65 %) and .72426.
    assert (sum(result.given_stance.correct), len(result.items)) == (81, 198)
    assert round(100 * result.given_stance.structure, 2) == 40.91
    assert round(result.given_stance.distance, 5) == 0.71822
    assert sum(result.reference_stance.correct) == 71
    assert round(100 * result.reference_stance.structure, 2) == 35.86
    assert round(result.reference_stance.distance, 5) == 0.75273
    # Of all 396: the stances agree for 341; 85, 68, 1, 45, 8 and 10 structures are wrong.
    assert sum(item.stance_right for item in result.items) == 165
    wrong = {
        "unread": 0,
        "edges": 38,
        "concept": 41,
        "relation": 1,
        "anchors": 25,
        "connected": 5,
        "acyclic": 7,
    }
    assert result.faults == wrong
    assert all(item.exact for item in result.items)


def test_recorded_distances_are_those_of_networkx(codex: tuple[list[Graph], list[Graph]]):
    def as_networkx(graph: Graph) -> nx.DiGraph:
        other = nx.DiGraph()
        for source, relation, target in triples(graph):
            other.add_node(source, label=source)
            other.add_node(target, label=target)
            other.add_edge(source, target, label=relation)
        return other

    def same(one: dict[str, str], other: dict[str, str]) -> bool:
        return one["label"] == other["label"]

    result = score_explanations(*codex)
    correct = [n for n, item in enumerate(result.items) if not item.fault and len(codex[0][n].edges) < 5]
    assert len(correct) > 60
    for position in correct:
        message, reference = (as_networkx(graphs[position]) for graphs in codex)
        edits = nx.graph_edit_distance(reference, message, node_match=same, edge_match=same)
        size = reference.number_of_nodes() + reference.number_of_edges()
        assert result.items[position].distance == edits / (size + 17)


def test_reference_graphs_are_correct(codex: tuple[list[Graph], list[Graph]]):
    reference = codex[1]
    result = score_explanations(reference, reference)
    assert (result.reference_stance.structure, result.reference_stance.distance) == (1, 0)
    # Of all 396: 109, 127, 73, 43, 28 and 16.
    assert Counter(len(graph.edges) for graph in reference) == {3: 45, 4: 66, 5: 46, 6: 20, 7: 16, 8: 5}
