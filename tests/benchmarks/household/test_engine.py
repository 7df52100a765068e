"""A small game is played: what the commands are, what they change, and what is said."""

import pytest

from sharpen.benchmarks.household.engine import Definition
from sharpen.errors import DataError
from tests.benchmarks.household.small_game import DOMAIN, GRAMMAR, PROBLEM, begin, data


def test_the_game_begins_with_its_intro_and_its_commands() -> None:
    play = begin()
    around = "Here is a coin 2, and a coin 1."
    assert play.intro == f"Welcome!\n\n{around}\n\nYour task: light and money."
    assert play.commands == ["go to attic 1", "look", "rest", "take coin 1", "take coin 2"]
    assert not play.won


def test_a_command_changes_the_state_and_is_answered() -> None:
    play = begin()
    assert play.step("take coin 1") == "Taken: the coin 1."
    assert "put coin 1" in play.commands
    assert not any(command.startswith("take") for command in play.commands)
    assert play.step("look") == "Here is a coin 2."


def test_a_command_that_is_not_admissible_changes_nothing() -> None:
    play = begin()
    before = play.commands
    assert play.step("take lamp 1") == play.step("dance") == play.step("") == "Nothing happens."
    assert play.commands == before


def test_an_action_whose_effects_its_precondition_requires_is_no_command() -> None:
    stay = DOMAIN.replace("(or (way ?from ?to) (way ?to ?from) (= ?from ?to))", "(way ?from ?to)")
    loop = PROBLEM.replace(
        "(way hall_bar_1 attic_bar_1)", "(way hall_bar_1 attic_bar_1) (way hall_bar_1 hall_bar_1)"
    )
    assert [one for one in begin(pddl_domain=stay, pddl_problem=loop).commands if "go" in one] == [
        "go to attic 1"
    ]


def test_conditional_effects_look_at_the_state_before() -> None:
    play = begin()
    play.step("go to attic 1")
    assert play.step("switch lamp 1") == "It is on."
    assert play.step("switch lamp 1") == "It is off."
    assert play.step("switch lamp 1") == "It is on."


def test_the_goal_with_quantifiers_is_reached() -> None:
    play = begin()
    for command in ("take coin 2", "go to attic 1", "put coin 2"):
        play.step(command)
    assert not play.won
    play.step("switch lamp 1")
    assert play.won


def test_a_universal_effect_and_a_universal_precondition() -> None:
    dark = DOMAIN.replace("(forall (?p - place) (when (in ?l ?p) (lit ?p)))", "(rested me)")
    for domain, may_rest in ((DOMAIN, True), (dark, False)):
        play = begin(pddl_domain=domain)
        play.step("go to attic 1")
        play.step("switch lamp 1")
        assert ("rest" in play.commands) is may_rest


def test_what_an_action_made_false_is_known_to_the_texts_and_what_never_was_is_not() -> None:
    play = begin()
    play.step("take coin 1")
    play.step("go to attic 1")
    assert play.step("put coin 1") == "Put elsewhere."
    play.step("take coin 1")
    play.step("go to hall 1")
    assert play.step("put coin 1") == "Put elsewhere."  # not in the attic, where it was


def test_the_same_file_begins_the_same_game_again() -> None:
    definition = Definition(data())
    first = definition.begin()
    first.step("take coin 1")
    assert definition.begin().commands == begin().commands


@pytest.mark.parametrize("missing", ["pddl_domain", "pddl_problem", "grammar"])
def test_a_file_that_lacks_a_part_is_named(missing: str) -> None:
    with pytest.raises(DataError, match=f"lacks its {missing}"):
        Definition({name: text for name, text in data().items() if name != missing})


def test_an_action_without_texts_is_named() -> None:
    with pytest.raises(DataError, match="no text for the action rest"):
        begin(grammar=GRAMMAR.replace("action Rest", "action Sleep")).step("look")
