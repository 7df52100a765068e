"""What can be had without a model, on the shared half of proScript dev and on ProPara dev.

The figures of all 1085 scripts, measured by others with the original's own code, stand beside each half's.
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import mean

import pytest

from sharpen.errors import UsageError
from sharpen.graphs.baselines import (
    all_unknown,
    chain,
    listed_chain,
    plain_chain,
    random_chain,
    random_chain_between_last,
    random_chain_to_last,
)
from sharpen.graphs.graph import Graph, Vertex
from sharpen.graphs.metrics.actions import actions, read_actions
from sharpen.graphs.metrics.edges import score_edges
from sharpen.graphs.metrics.states import score_states
from tests.graphs.recorded import scripts

DRAWS = 20


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> list[Graph]:
    return scripts(shared_data, "edge")


def percent(predicted: list[Graph], reference: list[Graph]) -> float:
    return 100 * score_edges(predicted, reference).mean.f1


def drawn(baseline: Callable[[Graph, Random], Graph], reference: list[Graph]) -> float:
    """The mean F1 over 20 draws of the whole half, in percent."""
    generators = [Random(seed) for seed in range(DRAWS)]
    return mean(percent([baseline(graph, random) for graph in reference], reference) for random in generators)


def test_statistics_of_the_scripts(reference: list[Graph]):
    # Of all 1085: 773, 177, 135 scripts; 7.412 nodes, 6.806 edges, degree 1.834; 724 chains; 313, 34, 10, 3, 1.
    assert Counter(len(graph.nodes) for graph in reference) == {7: 396, 8: 72, 9: 75}
    assert mean(len(graph.nodes) for graph in reference) == pytest.approx(7.409, abs=5e-4)
    assert mean(len(graph.edges) for graph in reference) == pytest.approx(6.810, abs=5e-4)
    assert mean(2 * len(graph.edges) / len(graph.nodes) for graph in reference) == pytest.approx(
        1.835, abs=5e-4
    )
    beyond_a_tree = Counter(len(graph.edges) - len(graph.nodes) + 1 for graph in reference)
    assert beyond_a_tree == {0: 359, 1: 157, 2: 21, 3: 5, 4: 1}


def test_every_script_is_a_connected_acyclic_graph_from_the_last_but_one_step_to_the_goal(
    reference: list[Graph],
):
    for graph in reference:
        assert graph.order() is not None and graph.connected()
        assert graph.roots() == (graph.nodes[-2].id,)
        assert graph.sinks() == (graph.nodes[-1].id,)
        assert graph.nodes[-1].text == graph.given["goal"]


def test_the_listed_order(reference: list[Graph], shared_data: Path):
    # Of all 1085: 12.22 where the steps are shuffled, 88.31 where they are listed for generation.
    assert percent([listed_chain(graph) for graph in reference], reference) == pytest.approx(12.96, abs=5e-3)
    ordered = scripts(shared_data, "script")
    assert percent([listed_chain(graph) for graph in ordered], ordered) == pytest.approx(87.70, abs=5e-3)


def test_random_chains(reference: list[Graph]):
    # Of all 1085, over 20 draws: 13.96, 16.23 and 19.32.
    assert drawn(random_chain, reference) == pytest.approx(14.10, abs=5e-3)
    assert drawn(random_chain_to_last, reference) == pytest.approx(16.21, abs=5e-3)
    assert drawn(random_chain_between_last, reference) == pytest.approx(19.35, abs=5e-3)


def test_no_chain_does_much_better_than_one_in_the_right_order(reference: list[Graph]):
    # Of all 1085: 89.93.
    in_order = [chain(graph, graph.order() or ()) for graph in reference]
    assert percent(in_order, reference) == pytest.approx(90.00, abs=5e-3)


QUESTION = Graph((("goal", "tea"),), tuple(Vertex(name, f"text of {name}") for name in "abcdef"))


def test_chains_keep_what_is_given_and_their_ends():
    for seed in range(50):
        anywhere = random_chain(QUESTION, Random(seed))
        to_last = random_chain_to_last(QUESTION, Random(seed))
        between = random_chain_between_last(QUESTION, Random(seed))
        for graph in (anywhere, to_last, between):
            assert (graph.about, graph.nodes) == (QUESTION.about, QUESTION.nodes)
            assert len(graph.edges) == 5 and len(graph.order() or ()) == 6
        assert to_last.sinks() == ("f",)
        assert (between.roots(), between.sinks()) == (("e",), ("f",))


def test_a_seed_says_which_chain():
    assert random_chain(QUESTION, Random(3)) == random_chain(QUESTION, Random(3))
    assert len({random_chain(QUESTION, Random(seed)).pairs for seed in range(50)}) > 40


def test_a_chain_between_two_nodes_needs_two():
    lonely = Graph((), (Vertex("a", ""),))
    with pytest.raises(UsageError, match="needs two nodes"):
        random_chain_between_last(lonely, Random(0))
    assert listed_chain(lonely).edges == random_chain_to_last(lonely, Random(0)).edges == ()


def test_a_plain_chain_has_the_steps_that_are_asked_for():
    graph = plain_chain((("goal", "make tea"),), 4, "make tea")
    assert graph.order() == ("step0", "step1", "step2", "step3")
    assert len(graph.edges) == 3 and {node.text for node in graph.nodes} == {"make tea"}


def test_a_table_in_which_nothing_happens_is_never_wrong_and_scores_as_the_originals_empty_predictions(
    shared_data: Path,
):
    # Of ProPara test: precision 1.000, recall .195, F1 .326.
    reference = read_actions(shared_data / "propara" / "dev" / "answers.tsv")
    steps = {row.process: 0 for row in reference}
    named: dict[int, dict[str, None]] = {process: {} for process in steps}
    for row in reference:
        steps[row.process] = max(steps[row.process], row.step)
        named[row.process][row.participant] = None
    nothing = [
        row
        for process, count in steps.items()
        for row in actions(process, all_unknown(tuple(named[process]), count), count)
    ]
    overall = score_states(nothing, reference).mean.overall
    assert (overall.precision, round(overall.recall, 3), round(overall.f1, 3)) == (1, 0.296, 0.457)
