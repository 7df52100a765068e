"""ProPara's document-level evaluator on its own recorded fixtures, and its rules one by one.

The recorded figures of models on ProPara's test documents are not in this folder of data.
"""

from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest

from sharpen.errors import DataError
from sharpen.graphs.graph import Graph, Table
from sharpen.graphs.metrics.actions import Action, read_actions
from sharpen.graphs.metrics.overlap import Overlap
from sharpen.graphs.metrics.questions import Move, ProcessAnswers
from sharpen.graphs.metrics.states import States, score_process, score_states, score_tables


@pytest.fixture
def propara(shared_data: Path) -> Path:
    return shared_data / "propara"


def recorded(folder: Path, predictions: str = "predictions") -> States:
    return score_states(read_actions(folder / f"{predictions}.tsv"), read_actions(folder / "answers.tsv"))


def printed(overlap: Overlap) -> tuple[float, float, float]:
    return round(overlap.precision, 3), round(overlap.recall, 3), round(overlap.f1, 3)


def test_answers_are_right(propara: Path):
    assert printed(recorded(propara / "testfiles-2").mean.overall) == (1, 1, 1)


def test_a_prediction_that_is_partly_right(propara: Path):
    result = recorded(propara / "testfiles-3")
    assert printed(result.mean.overall) == (0.833, 0.583, 0.686)
    process = result.items[1167]
    assert process.inputs == process.outputs == Overlap(1, 1, 1)
    assert process.conversions == Overlap(1, 0, 0)
    assert process.moves == Overlap.of(1 / 3, 1 / 3)


def test_saying_nothing_is_never_wrong(propara: Path):
    assert printed(recorded(propara / "dev", "dummy-predictions").mean.overall) == (1, 0.296, 0.457)
    assert printed(recorded(propara / "train", "dummy-predictions").mean.overall) == (1, 0.328, 0.494)


def test_a_file_with_nothing_in_it_is_refused(propara: Path):
    with pytest.raises(DataError, match="has no actions"):
        recorded(propara / "testfiles-4")


def test_a_missing_process_is_refused(propara: Path):
    with pytest.raises(DataError, match="process 5 has no predictions"):
        recorded(propara / "testfiles-5")


def test_an_unknown_action_is_refused(propara: Path):
    with pytest.raises(DataError, match="has the action 'VIBRATE'"):
        recorded(propara / "testfiles-6")


def test_other_participants_are_refused(propara: Path):
    reference = read_actions(propara / "testfiles-2" / "answers.tsv")
    renamed = [replace(row, participant=row.participant.replace("hydrogen", "helium")) for row in reference]
    with pytest.raises(DataError, match="process 1167 do not share atoms of helium, atoms of hydrogen"):
        score_states(renamed, reference)


def test_reference_answers_of_all_processes_are_right(propara: Path):
    assert recorded(propara / "dev", "answers").mean.overall == Overlap(1, 1, 1)
    assert recorded(propara / "train", "answers").mean.overall == Overlap(1, 1, 1)


def test_an_output_that_could_not_be_read_scores_nothing_beside_the_survivors(propara: Path):
    reference = read_actions(propara / "dev" / "answers.tsv")
    lost = reference[0].process
    result = score_states([row for row in reference if row.process != lost], reference, unread=[lost])
    assert result.items[lost].overall == Overlap(0, 0, 0)
    assert result.mean.inputs.precision == round(42 / 43, 3)
    assert result.parsed.overall == Overlap(1, 1, 1)
    assert result.parse_rate == 42 / 43


def test_survivors_of_nothing_have_no_figure():
    reference = [Action(1, 1, "a", "CREATE", "-", "x")]
    assert isnan(score_states([], reference, unread=[1]).parsed.overall.precision)


def table(*rows: str, participants: str = "plants oil") -> Graph:
    names = tuple(participants.split())
    return Graph((), (), (), Table(names, tuple(tuple(row.split()) for row in rows)))


def test_tables_are_scored_by_their_place():
    reference = table("soil -", "soil -", "- sea")
    result = score_tables([reference, table("soil -", "soil -"), None], [reference] * 3)
    assert [item.overall.f1 for item in result.items.values()] == [1, result.items[1].overall.f1, 0]
    assert result.items[1].inputs == result.items[1].outputs == Overlap(1, 0, 0)
    assert result.parse_rate == 2 / 3
    assert result.parsed.inputs.recall == 0.5 and result.mean.inputs.recall == 0.333


def test_a_table_of_other_participants_is_refused():
    reference = table("soil -", "- sea")
    with pytest.raises(DataError, match="process 0 do not share oil, water"):
        score_tables([table("soil -", "- sea", participants="plants water")], [reference])
    with pytest.raises(DataError, match="item 0 has no table"):
        score_tables([reference], [Graph((), ())])


NOTHING = ProcessAnswers((), (), (), ())


def test_nothing_to_say():
    some = ProcessAnswers(("a",), (), (), ())
    assert score_process(NOTHING, NOTHING).overall == Overlap(1, 1, 1)
    assert score_process(some, NOTHING).inputs == Overlap(0, 1, 0)
    assert score_process(NOTHING, some).inputs == Overlap(1, 0, 0)


def moves(*found: Move) -> ProcessAnswers:
    return ProcessAnswers((), (), (), found)


GOLD = moves(Move("plant OR leaf", "root", "earth", 2), Move("leaf", "soil", "mud", 2))
FIRST = Move("plants OR leaf", "root", "earth", 2)
SECOND = Move("plant", "mud OR plant", "room OR earth", 2)
THIRD = Move("tree", "monkey", "earth", 2)


@pytest.mark.parametrize(
    ("predicted", "f1"),
    [((FIRST, SECOND), 5 / 6), ((FIRST,), 4 / 5), ((FIRST, SECOND, THIRD), 2 / 3), ((), 0)],
)
def test_each_answer_takes_its_best_partner(predicted: tuple[Move, ...], f1: float):
    assert score_process(moves(*predicted), GOLD).moves.f1 == pytest.approx(f1)


def test_with_as_many_predictions_as_answers_recall_is_precision():
    twice = moves(Move("a", "x", "y", 1), Move("a", "x", "y", 1))
    reference = moves(Move("a", "x", "y", 1), Move("b", "v", "w", 2))
    assert score_process(twice, reference).moves == Overlap(1, 1, 1)


def test_another_step_is_another_answer():
    reference = moves(Move("a", "x", "y", 1))
    assert score_process(moves(Move("a", "x", "y", 2)), reference).moves == Overlap(0, 0, 0)


def test_a_question_is_rounded_before_the_four_are_averaged():
    reference = [Action(process, 1, "a", "MOVE", "x", "y") for process in range(3)]
    still = [Action(process, 1, "a", "NONE", "x", "x") for process in range(2)]
    result = score_states([*still, reference[2]], reference).mean
    assert result.moves.recall == 0.333
    assert result.overall.recall == (1 + 1 + 1 + 0.333) / 4
