"""A game's grammar is read and writes texts; expressions in it can do nothing else."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.benchmarks.household.facts import Facts, has_type
from sharpen.benchmarks.household.grammar import Predicate, read_grammar, read_query, read_text
from sharpen.benchmarks.household.names import names
from sharpen.benchmarks.household.pddl import Parameter
from sharpen.benchmarks.household.text import Entity, TextWriter
from sharpen.errors import DataError

LISTS = '"list_empty": [{"rhs": "nothing"}], "list_separator": [{"rhs": ", "}], "list_last_separator": [{"rhs": ", and "}]'


def writer(symbols: str = LISTS, things: int = 3) -> TextWriter:
    entities = {f"t{number}": Entity(f"t{number}", "thing", f"pen {number}") for number in range(things)}
    facts = Facts([*(has_type(name, "thing") for name in entities), *(("here", name) for name in entities)])
    return TextWriter(read_grammar(f'grammar :: """{{{symbols}}}""";'), entities, facts)


@pytest.mark.parametrize(
    ("things", "written"),
    [(0, "nothing"), (1, "a pen 0"), (2, "a pen 0, and a pen 1"), (3, "a pen 0, a pen 1, and a pen 2")],
)
def test_a_list_has_commas_and_a_last_word(things: int, written: str) -> None:
    text = read_text("[{t.indefinite + ' ' + t.name | here(t:thing)}]")
    assert writer(things=things).write(text, {}) == written


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"])
def test_a_text_may_hold_any_separator(mark: str) -> None:
    assert writer(f'"s": [{{"rhs": "a{mark}b"}}]').write(read_text("#s#"), {}) == f"a{mark}b"


def test_without_brackets_the_parts_are_joined() -> None:
    assert writer().write(read_text("{t.id | here(t:thing)}!"), {}) == "t0t1t2!"


def test_two_variables_never_stand_for_one_object() -> None:
    assert (
        writer(things=2).write(read_text("{t.id + u.id + ' ' | here(t:thing) & here(u:thing)}"), {})
        == "t0t1 t1t0 "
    )


def test_the_first_alternative_that_holds_is_used() -> None:
    symbols = '"s": [{"condition": "gone(t:thing)", "rhs": "gone"}, {"rhs": "here"}, {"rhs": "never"}]'
    assert writer(symbols).write(read_text("#s#"), {}) == "here"


def test_an_expression_joins_names() -> None:
    bound = {Parameter("t", "thing"): "t1"}
    assert (
        writer().write(read_text("{t} {t.name or t.id}{'' or t.id}{t.name and '!'}"), bound)
        == "pen 1 pen 1t1!"
    )


@pytest.mark.parametrize(
    "expression",
    ["__import__('os')", "t.name.upper()", "t[0]", "1 if t else 2", "lambda: 0", "(", "t.__class__.x()"],
)
def test_an_expression_that_does_more_is_refused(expression: str) -> None:
    if "[" in expression:
        assert read_text("{" + expression + "}") == ()  # not in the grammar's syntax at all
        return
    with pytest.raises(DataError, match="expression"):
        read_text("{" + expression + "}")


@pytest.mark.parametrize("expression", ["t.__class__", "u.name", "t.nothing"])
def test_an_expression_about_what_there_is_not_is_refused(expression: str) -> None:
    with pytest.raises(DataError, match="cannot be computed"):
        writer().write(read_text("{" + expression + "}"), {Parameter("t", "thing"): "t1"})


@pytest.mark.parametrize(
    ("symbols", "message"),
    [("", "no text for the symbol #s#"), ('"s": [{"rhs": "#s#"}]', "stands for itself")],
)
def test_a_symbol_without_an_end_is_named(symbols: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        writer(symbols).write(read_text("#s#"), {})


def test_what_textworld_does_not_read_is_dropped() -> None:
    assert read_text("  in the box)} and more") == ("in the box)",)


@pytest.mark.parametrize(
    "document",
    [
        "action",
        "action x {",
        'action x { template :: "x"; }',
        'grammar :: """{""";',
        'grammar :: """{"s": [{}]}""";',
        'grammar :: """[]""";',
        'other :: "x";',
        "grammar = 1",
        "@",
        'action x { template :: "x"; feedback :: "{t | here t}"; }',
    ],
)
def test_a_grammar_that_is_none_is_one_sentence(document: str) -> None:
    with pytest.raises(DataError, match="grammar"):
        read_grammar(document)


@given(st.text(alphabet='action{}:;"#[]|x \n', max_size=60))
def test_any_grammar_is_read_or_refused(document: str) -> None:
    with contextlib.suppress(DataError):
        read_grammar(document)


def test_a_query_has_types_that_default_to_names() -> None:
    parameters = (Parameter("r'", "r"), Parameter("o", "object"))
    assert read_query("not_in(r', o:object)") == (Predicate("not_in", parameters),)


def test_objects_are_numbered_backwards_by_kind() -> None:
    named = names(["mug_bar__plus_01", "mug_bar__plus_00", "sink_bar_1_bar_sinkbasin", "agent1"])
    assert named == {
        "agent1": "agent1 ", "mug_bar__plus_00": "mug 2", "mug_bar__plus_01": "mug 1",
        "sink_bar_1_bar_sinkbasin": "sinkbasin 1",
    }  # fmt: skip
