"""ProPara's four questions, each clause of each definition."""

import pytest

from sharpen.graphs.graph import Table
from sharpen.graphs.metrics.actions import Action, actions
from sharpen.graphs.metrics.questions import Conversion, Move, ProcessAnswers, answers


def process(**states: str) -> ProcessAnswers:
    """The answers of a process: of each participant its states, separated by blanks."""
    columns = [text.split() for text in states.values()]
    table = Table(tuple(states), tuple(zip(*columns, strict=True)))
    return answers(actions(1, table, len(columns[0]) - 1))[1]


@pytest.mark.parametrize(
    ("states", "inputs", "outputs"),
    [
        ("a a -", True, False),
        ("a b -", True, False),  # moved before it is destroyed
        ("- a -", False, False),  # created before
        ("a - b", False, True),  # created after: no input; destroyed before: see below
        ("- a b", False, True),  # moved after it is created
        ("- - ?", False, True),
        ("a b b", False, False),
        ("? ? ?", False, False),
    ],
)
def test_inputs_are_used_up_and_outputs_are_made(states: str, inputs: bool, outputs: bool):
    result = process(x=states)
    assert result.inputs == (("x",) if inputs else ())
    if states != "a - b":
        assert result.outputs == (("x",) if outputs else ())


def test_what_is_destroyed_and_made_again_is_neither():
    assert process(x="a - b").outputs == () and process(x="a - b").inputs == ()


def test_what_moves_before_it_is_made_is_no_output():
    rows = [Action(1, 1, "x", "MOVE", "a", "b"), Action(1, 2, "x", "CREATE", "-", "b")]
    assert answers(rows)[1].outputs == ()


def test_what_moves_after_it_is_destroyed_is_no_input():
    rows = [Action(1, 1, "x", "DESTROY", "a", "-"), Action(1, 2, "x", "MOVE", "a", "b")]
    assert answers(rows)[1].inputs == ()


def test_alternatives_are_joined():
    assert answers([Action(1, 1, "sunlight; light", "DESTROY", "sun", "-")])[1].inputs == (
        "sunlight OR light",
    )


def test_all_that_is_destroyed_turns_into_all_that_is_made_at_a_step():
    result = process(a="x x -", b="y y -", c="- - z", d="- - x")
    assert result.conversions == (Conversion("a AND b", "c AND d", "x AND y AND z", 2),)


def test_what_is_destroyed_turns_into_what_is_made_one_step_later():
    assert process(a="x - - -", c="- - z z").conversions == (Conversion("a", "c", "x AND z", 1),)


def test_what_is_made_comes_of_what_is_destroyed_one_step_later():
    assert process(a="x x - -", c="- z z z").conversions == (Conversion("a", "c", "x AND z", 1),)


def test_two_steps_are_not_joined_at_the_end_of_a_process():
    assert process(a="x - -", c="- - z").conversions == ()
    assert process(a="x x - -", c="- - - z").conversions == ()
    assert process(a="x x - - -", c="- - - z z").conversions == (Conversion("a", "c", "x AND z", 2),)


def test_two_steps_are_not_joined_if_the_second_has_both():
    result = process(a="x - - - -", b="y y - - -", c="- - z z z")
    assert result.conversions == (Conversion("b", "c", "y AND z", 2),)


def test_what_is_made_again_does_not_come_of_itself():
    assert process(a="x - y y y").conversions == ()
    assert process(a="x - y y y", b="- - z z z").conversions == (Conversion("a", "b", "x AND y AND z", 1),)
    assert process(a="- x - - -").conversions == ()


def test_moves_are_changes_of_place_while_it_exists():
    result = process(a="? x x y - z")
    assert result.moves == (Move("a", "unk", "x", 1), Move("a", "x", "y", 3))


def test_a_move_to_the_same_place_is_a_move():
    assert answers([Action(1, 1, "a", "MOVE", "x", "x")])[1].moves == (Move("a", "x", "x", 1),)


def test_places_follow_from_where_a_participant_is_after_each_step():
    rows = [Action(1, 1, "a", "NONE", "x", "x"), Action(1, 2, "a", "MOVE", "elsewhere", "y")]
    assert answers(rows)[1].moves == (Move("a", "x", "y", 2),)


def test_a_step_that_is_not_told_leaves_the_place_unknown():
    rows = [Action(1, 2, "a", "NONE", "x", "x")]
    assert answers(rows)[1].moves == (Move("a", "unk", "x", 2),)


def test_processes_keep_their_order_and_do_not_mix():
    rows = [Action(9, 1, "a", "DESTROY", "x", "-"), Action(2, 1, "a", "CREATE", "-", "x")]
    result = answers(rows)
    assert list(result) == [9, 2]
    assert (result[9].inputs, result[9].outputs, result[2].outputs) == (("a",), (), ("a",))
