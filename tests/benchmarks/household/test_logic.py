"""What conditions mean: the ordered search gives what trying every object gives."""

from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st

from sharpen.benchmarks.household import logic
from sharpen.benchmarks.household.facts import Facts, ancestors, has_type
from sharpen.benchmarks.household.pddl import (
    ActionSchema,
    And,
    Atom,
    Condition,
    Effect,
    Exists,
    Fact,
    Not,
    Or,
    Parameter,
)

OBJECTS = ("a", "b", "c")
VARIABLES = ("?x", "?y")
TERMS = st.sampled_from([*OBJECTS, *VARIABLES])
ATOMS = st.one_of(
    st.builds(lambda one: Atom(("p", one)), TERMS),
    st.builds(lambda one, two: Atom(("q", one, two)), TERMS, TERMS),
    st.builds(lambda one, two: Atom(("=", one, two)), TERMS, TERMS),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda part: st.one_of(
        st.builds(Not, part),
        st.builds(lambda parts: And(tuple(parts)), st.lists(part, max_size=3)),
        st.builds(lambda parts: Or(tuple(parts)), st.lists(part, max_size=3)),
        st.builds(
            lambda name, inner: Exists((Parameter(name, "t"),), inner), st.sampled_from(VARIABLES), part
        ),
    ),
    max_leaves=6,
)
FACTS = st.sets(
    st.one_of(
        st.tuples(st.just("p"), st.sampled_from(OBJECTS)),
        st.tuples(st.just("q"), st.sampled_from(OBJECTS), st.sampled_from(OBJECTS)),
    )
)


def true(condition: Condition, values: dict[str, str], facts: set[Fact]) -> bool:
    """The definition of truth, by trying every object."""
    match condition:
        case Atom(("=", one, two)):
            return values.get(one, one) == values.get(two, two)
        case Atom(fact):
            return tuple(values.get(term, term) for term in fact) in facts
        case Not(part):
            return not true(part, values, facts)
        case And(parts):
            return all(true(part, values, facts) for part in parts)
        case Or(parts):
            return any(true(part, values, facts) for part in parts)
        case Exists(parameters, part):
            names = [parameter.name for parameter in parameters]
            return any(
                true(part, values | dict(zip(names, chosen, strict=True)), facts)
                for chosen in product(OBJECTS, repeat=len(names))
            )


OTHER = Exists((Parameter("?y", "t"),), And((Not(Atom(("=", "?x", "?y"))), Atom(("p", "?y")))))


@example(And((OTHER, Atom(("p", "?x")))), {("p", "a")})  # what tests ?x must wait until it has a value
@given(CONDITIONS, FACTS)
def test_an_action_can_be_done_with_the_objects_for_which_its_precondition_is_true(condition, facts) -> None:
    parameters = tuple(Parameter(name, "t") for name in VARIABLES)
    action = ActionSchema("act", parameters, condition, (Effect(("done", "?x"), True),))
    state = Facts([*facts, *(has_type(one, "t") for one in OBJECTS)])
    found = [tuple(values.values()) for values in logic.bindings(logic.rule(action, state.count), state)]
    expected = [
        chosen
        for chosen in product(OBJECTS, repeat=2)
        if true(condition, dict(zip(VARIABLES, chosen, strict=True)), facts)
    ]
    assert sorted(found) == sorted(expected)


@given(FACTS, FACTS, FACTS)
def test_what_an_action_makes_true_wins_over_what_it_makes_false(before, made_true, made_false) -> None:
    effects = [Effect(fact, True) for fact in made_true] + [Effect(fact, False) for fact in made_false]
    action = ActionSchema("act", (), And(()), tuple(effects))
    state = Facts(before)
    logic.perform(logic.rule(action, state.count), {}, state)
    everything = before | made_true | made_false
    assert {fact for fact in everything if fact in state} == (before - made_false) | made_true
    assert state.denied == made_false - made_true


def test_types_have_their_parents() -> None:
    assert ancestors("coin", {"coin": "thing", "thing": "object"}) == ["coin", "thing", "object"]
    assert ancestors("unknown", {}) == ["unknown", "object"]
