"""Edge prediction: sets of pairs, the mean of F1, and every item counts."""

from math import isnan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import DataError
from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.graphs.metrics.edges import edge_overlap, score_edges
from sharpen.graphs.metrics.overlap import Overlap
from tests.graphs.recorded import scripts

NAMES = [f"step{n}" for n in range(5)]


def graph(*pairs: tuple[str, str], label: str = "") -> Graph:
    return Graph((), tuple(Vertex(n, n) for n in NAMES), tuple(Edge(a, b, label) for a, b in pairs))


GRAPHS = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=8).map(
    lambda p: graph(*p)
)


def test_of_three_predicted_edges_two_are_among_the_four_right_ones():
    reference = graph(("step0", "step1"), ("step1", "step2"), ("step2", "step3"), ("step3", "step4"))
    predicted = graph(("step0", "step1"), ("step1", "step2"), ("step2", "step4"))
    assert edge_overlap(predicted, reference) == Overlap(
        2 / 3, 2 / 4, 2 * (2 / 3) * (2 / 4) / (2 / 3 + 2 / 4)
    )


def test_an_edge_counts_once_and_in_its_direction_whatever_its_label():
    reference = graph(("step0", "step1"))
    assert edge_overlap(graph(("step0", "step1"), ("step0", "step1"), label="then"), reference).f1 == 1
    assert edge_overlap(graph(("step1", "step0")), reference) == Overlap(0, 0, 0)


def test_no_edges_score_zero():
    assert edge_overlap(graph(), graph(("step0", "step1"))) == Overlap(0, 0, 0)


def test_f1_is_the_mean_of_f1_and_unread_outputs_score_zero_beside_the_survivors():
    reference = graph(("step0", "step1"), ("step1", "step2"))
    report = score_edges([reference, None, graph(("step0", "step1")), None], [reference] * 4)
    assert [item.f1 for item in report.items] == [1, 0, 2 / 3, 0]
    assert report.mean.f1 == pytest.approx((1 + 2 / 3) / 4)
    assert report.parsed.f1 == pytest.approx((1 + 2 / 3) / 2)
    assert report.parsed.precision == 1
    assert report.parsed.f1 != pytest.approx(Overlap.of(report.parsed.precision, report.parsed.recall).f1)
    assert report.parse_rate == 1 / 2


def test_survivors_of_nothing_have_no_figure():
    report = score_edges([None], [graph(("step0", "step1"))])
    assert isnan(report.parsed.f1) and report.mean.f1 == 0


def test_another_number_of_predictions_is_refused():
    with pytest.raises(DataError, match="1 predictions cannot be scored against 2 reference answers"):
        score_edges([None], [graph(), graph()])


@given(GRAPHS, GRAPHS)
def test_precision_and_recall_change_places_with_the_graphs(left: Graph, right: Graph):
    there, back = edge_overlap(left, right), edge_overlap(right, left)
    assert (there.precision, there.recall) == (back.recall, back.precision)
    assert 0 <= there.f1 <= 1


def test_reference_graphs_are_all_right(shared_data: Path):
    reference = scripts(shared_data, "edge")
    assert score_edges(reference, reference).mean == Overlap(1, 1, 1)
