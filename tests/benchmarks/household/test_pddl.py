"""PDDL is read, and what is none is named."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.benchmarks.household.pddl import And, Atom, Exists, Not, Or, Parameter, read_domain, read_task
from sharpen.errors import DataError
from tests.benchmarks.household.small_game import DOMAIN, PROBLEM


def test_a_domain_has_types_constants_and_actions() -> None:
    domain = read_domain(DOMAIN)
    assert domain.parents["coin"] == "thing" and domain.parents["place"] == "object"
    assert domain.constants == (Parameter("me", "agent"),)
    assert [action.name for action in domain.actions] == ["go", "take", "put", "switch", "look", "rest"]


@pytest.mark.parametrize("end", ["\u2028", "\u2029", "\x85", "\v", "\f", "\x1c"])
def test_only_a_line_feed_ends_a_comment(end: str) -> None:
    assert read_domain(DOMAIN.replace("(:types", f"; all of it{end}(:constants\n(:types", 1)) == read_domain(
        DOMAIN
    )


def test_costs_are_read_over_and_conditions_of_effects_are_kept() -> None:
    take, switch = (read_domain(DOMAIN).actions[number] for number in (1, 3))
    assert [(effect.fact[0], effect.makes_true) for effect in take.effects] == [
        ("holds", True),
        ("in", False),
    ]
    assert [effect.fact[0] for effect in switch.effects] == ["on", "on", "lit"]
    assert switch.effects[2].parameters == (Parameter("?p", "place"),)


def test_universal_conditions_and_implications_become_denials() -> None:
    rest = read_domain(DOMAIN).actions[5]
    match rest.precondition:
        case Not(Exists(parameters, Not(Or((Not(Atom(on)), Exists()))))):
            assert parameters == (Parameter("?l", "lamp"),)
            assert on == ("on", "?l")
        case other:
            pytest.fail(f"read as {other}")


def test_a_task_has_objects_facts_and_a_goal_in_lower_case() -> None:
    task = read_task(PROBLEM)
    assert Parameter("coin_bar_1", "coin") in task.objects
    assert ("in", "coin_bar_1", "hall_bar_1") in task.facts
    assert len(task.facts) == 5  # a number and a denial are not facts
    assert isinstance(task.goal, And)


@pytest.mark.parametrize(
    "text",
    ["", "(", ")", "(define)", "define (domain x)", "(define (domain x)) extra", "(define (domain x) word)"],
)
def test_what_is_no_pddl_is_one_sentence(text: str) -> None:
    with pytest.raises(DataError, match="PDDL"):
        read_domain(text)


@pytest.mark.parametrize("section", ["(:init (at))", "(:goal)", "(:init ((at) me)) (:goal ())"])
def test_a_task_that_is_none_is_one_sentence(section: str) -> None:
    with pytest.raises(DataError, match="PDDL"):
        read_task(f"(define (problem x) {section})")


def test_derived_predicates_are_refused() -> None:
    with pytest.raises(DataError, match="derived"):
        read_domain("(define (domain x) (:derived (p) (q)))")


@given(st.text(alphabet="()?-:ab \n;", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_domain, read_task):
        with contextlib.suppress(DataError):
            read(f"(define (x) {text})")
