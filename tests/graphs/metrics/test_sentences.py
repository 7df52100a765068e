"""G-BLEU and G-ROUGE: sentences of edges, the best pairing, recorded outputs of Codex."""

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import DataError
from sharpen.graphs.graph import Graph
from sharpen.graphs.metrics.explanation import score_explanations
from sharpen.graphs.metrics.overlap import NONE, Overlap
from sharpen.graphs.metrics.sentences import agreement, score_sentences, tokens
from tests.graphs.metrics.test_explanation import codex, explanation

__all__ = ["codex"]


def test_words_end_before_a_semicolon():
    assert tokens("marriage; is a; good thing") == ["marriage", ";", "is", "a", ";", "good", "thing"]
    assert tokens("a;b ;c d;") == ["a", ";", "b", ";c", "d", ";"]
    assert tokens("") == []


def test_the_same_graph_agrees_with_itself():
    graph = explanation("(marriage; is a; good thing)(people; desires; very good things)(a; is a; b)")
    result = score_sentences([graph], [graph], [True])
    assert result.bleu.f1 == pytest.approx(1) and result.rouge == Overlap(1, 1, 1)


def test_precision_is_over_predicted_edges_and_recall_over_reference_ones():
    reference = explanation(
        "(marriage; is a; good thing)(people; desires; joy)(joy; is a; good thing)(x; is a; y)"
    )
    part = explanation("(people; desires; joy)(marriage; is a; good thing)")
    result = score_sentences([part], [reference], [True]).rouge
    assert (result.precision, result.recall) == (1, 1 / 2)
    assert score_sentences([reference], [part], [True]).rouge.recall == pytest.approx(1)


def test_only_correct_graphs_count_and_all_are_averaged():
    graph = explanation("(marriage; is a; good thing)")
    result = score_sentences([graph, graph, None], [graph] * 3, [True, False, False])
    assert result.rouge_items == (Overlap(1, 1, 1), NONE, NONE)
    assert result.rouge.f1 == 1 / 3
    assert result.bleu.precision == pytest.approx(1 / 3)


def test_as_many_marks_as_graphs():
    graph = explanation("(marriage; is a; good thing)")
    with pytest.raises(DataError):
        score_sentences([graph], [graph], [True, True])


EDGES = st.lists(
    st.sampled_from(["a; is a; b", "b; is a; c", "c; is a; a", "a; is a; d"]), min_size=1, max_size=3
)


@given(EDGES, EDGES)
def test_no_pairing_is_better(said: list[str], right: list[str]):
    def score(reference: str, predicted: str) -> float:
        return len(set(reference) & set(predicted)) / 9

    def graph(edges: list[str]) -> Graph:
        return explanation(f"({')('.join(edges)})")

    short, long = sorted([said, right], key=len)
    best = max(
        sum(score(a, b) for a, b in zip(order, short, strict=True))
        for order in permutations(long, len(short))
    )
    assert agreement(graph(said), graph(right), score).precision == pytest.approx(best / len(said))


def test_recorded_outputs(codex: tuple[list[Graph], list[Graph]], shared_data: Path):
    # Of all 396: G-BLEU .0864, .0686, .0748 and G-ROUGE .1160, .0928, .1007.
    result = score_sentences(*codex, score_explanations(*codex).given_stance.correct)
    assert [round(x, 4) for x in (result.bleu.precision, result.bleu.recall, result.bleu.f1)] == [
        0.08,
        0.0618,
        0.0683,
    ]
    assert [round(x, 4) for x in (result.rouge.precision, result.rouge.recall, result.rouge.f1)] == [
        0.1058,
        0.0819,
        0.0904,
    ]
