"""The codec keeps every plain value, and makes plain or opaque what is not."""

import json
import math
from collections import Counter, OrderedDict, defaultdict
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharpen.values.codec import (
    LOOSE,
    LOSSY,
    MAX_DEPTH,
    NUMPY,
    Opaque,
    WireError,
    decode,
    encode,
    encode_noted,
)

ROOM = 10**6

atoms = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters())
    | st.binary()
)
hashable = st.recursive(atoms, lambda inner: st.tuples(inner, inner) | st.frozensets(inner), max_leaves=5)
plain = st.recursive(
    hashable,
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.sets(hashable)
        | st.frozensets(hashable)
        | st.dictionaries(hashable, inner)
    ),
    max_leaves=20,
)


def same(one: object, other: object) -> bool:
    """Equality that also tells 1 from True and 1.0, and 0.0 from -0.0."""
    return one == other and repr(one) == repr(other)


def back(value: object) -> object:
    return decode(encode(value, max_chars=ROOM))


@settings(max_examples=50)
@given(plain)
def test_every_plain_value_comes_back_with_its_types(value):
    result = back(value)
    assert result == value
    assert type(result) is type(value)


scalars = st.none() | st.booleans() | st.integers() | st.integers(2**62, 2**64) | st.floats() | st.text()


@given(st.lists(scalars) | st.lists(st.integers() | st.floats()) | st.lists(st.text() | st.none()))
def test_scalars_in_bulk_are_written_as_each_alone(values):
    alone = ",".join(encode(value, max_chars=ROOM) for value in values)
    bulk = encode(values, max_chars=ROOM)
    numbers = bool(values) and {*map(type, values)} <= {int, float}  # between which Python puts blanks
    assert (bulk.replace(" ", "") if numbers else bulk) == f"[{alone}]"


def test_a_long_integer_beside_what_is_no_number_comes_back():
    first, second = back([math.nan, 10**5000])
    assert math.isnan(first)
    assert second == 10**5000


@given(st.lists(st.integers() | st.booleans() | st.floats(allow_nan=False)))
def test_numbers_keep_their_types_and_signs(values):
    assert same(back(values), values)


@given(
    st.integers(0, 3000),
    st.dictionaries(
        st.integers(0, 2999), st.integers() | st.floats(allow_nan=False) | st.booleans(), max_size=9
    ),
)
def test_many_floats_keep_their_types_and_signs(count, others):
    values = [others.get(place, place / 7) for place in range(count)]
    assert same(back(values), values)
    assert same(back([values, (values,)]), [values, (values,)])


def test_many_floats_are_sent_as_their_bytes():
    values = [1, *(n / 7 for n in range(1023)), -0.0, math.inf, math.nan]
    text = encode(values, max_chars=ROOM)
    assert len(text) < 17 * len(values)
    assert text.endswith(",[0]]}")
    result = back(values)
    assert result[:-1] == values[:-1]
    assert math.copysign(1, result[-3]) == -1
    assert math.isnan(result[-1])


@settings(max_examples=50)
@given(plain)
def test_the_text_is_ascii_json(value):
    text = encode(value, max_chars=ROOM)
    assert text.isascii()
    json.loads(text)


def test_nan_and_infinities():
    result = back([math.nan, math.inf, -math.inf, complex(math.nan, -0.0)])
    assert math.isnan(result[0])
    assert result[1:3] == [math.inf, -math.inf]
    assert math.isnan(result[3].real)


@pytest.mark.parametrize("make", ["10**10_000", "-(7**9_000)", "2**63", "2**63 - 1", "-(2**63)", "-(2**64)"])
def test_integers_beyond_pythons_limit_on_digits(make):
    value = eval(make)
    assert back([value, "x"]) == [value, "x"]


def test_order_of_dicts_and_keys_of_any_kind():
    value = {(1, 2): "a", None: "b", "1": "c", 1: "d"}
    assert list(back(value).items()) == list(value.items())


def test_lone_surrogates_survive():
    assert back("\ud800x") == "\ud800x"


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (Counter("aab"), {"a": 2, "b": 1}),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
    ],
)
def test_courtesies_become_the_plain_value(value, sent):
    result = back(value)
    assert result == sent
    assert type(result) is type(sent)


class Liar(int):
    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


class Pair(NamedTuple):
    a: int
    b: int


@pytest.mark.parametrize("value", [Liar(1), object(), len, int, np.arange(3), iter([])])
def test_anything_else_is_sent_as_the_name_of_its_type(value):
    result = back([value])[0]
    assert isinstance(result, Opaque)
    assert type(value).__name__ in result.type_name
    assert result not in (1, (1, 2), None, "")


class NewerPair(Pair):
    __replace__ = Pair._replace  # as Python 3.13 gives every named tuple


class Count(int):
    pass


class Level(IntEnum):
    LOW = 1


@pytest.mark.parametrize(
    ("value", "sent", "noted"),
    [
        ([1, "a", (2.5, None)], [1, "a", (2.5, None)], 0),
        ({1, 2}, {1, 2}, 0),
        (Pair(1, [2]), (1, [2]), LOOSE),
        (NewerPair(1, [2]), (1, [2]), LOOSE),
        ([Count(3), Level.LOW], [3, 1], LOOSE),
        ({"b": 1}.keys(), {"b"}, LOOSE),
        (bytearray(b"a"), b"a", LOOSE),
        (Counter("aab"), {"a": 2, "b": 1}, LOOSE),
        ({12, 13, 14, 15, 16}, {12, 13, 14, 15, 16}, LOOSE),
        ({None, 1}, {None, 1}, LOOSE),
        (np.float64(0.5), 0.5, NUMPY),
        ([np.int64(3), np.bool_(True)], [3, True], NUMPY),
        (np.int64(2**40), 2**40, LOSSY),
        (np.uint8(3), 3, LOSSY),
    ],
)
def test_what_is_sent_as_an_equal_value_is_noted(value, sent, noted):
    text, notes = encode_noted(value, max_chars=ROOM)
    assert (decode(text), notes) == (sent, noted)


@pytest.mark.parametrize("value", [Liar(1), object(), iter([]), np.arange(3), [lambda: 1], {1: 2}.values()])
def test_what_no_plain_value_equals_is_noted(value):
    assert encode_noted(value, max_chars=ROOM)[1] == LOSSY


@given(st.sets(st.integers() | st.text() | st.tuples(st.integers()), max_size=60), st.integers(0, 40))
def test_a_set_that_keeps_its_order_has_it_after_it_was_sent(values, removed):
    for value in [*values][:removed]:
        values.remove(value)
    text, notes = encode_noted(values, max_chars=ROOM)
    assert notes or [*decode(text)] == [*values]


def test_too_large_is_refused():
    encode("x" * 98, max_chars=100)
    with pytest.raises(WireError, match="too large"):
        encode("x" * 99, max_chars=100)
    with pytest.raises(WireError, match="too large"):
        encode(list(range(1000)), max_chars=100)


def test_too_deep_is_refused():
    value = []
    for _ in range(MAX_DEPTH):
        value = [value]
    assert back(value) == value
    with pytest.raises(WireError, match="nested"):
        encode([value], max_chars=ROOM)


def test_a_value_that_contains_itself_is_refused():
    value = []
    value.append(value)
    with pytest.raises(WireError, match="contains itself"):
        encode(value, max_chars=ROOM)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nope",
        "[1,",
        "NaN",
        '{"x":1}',
        "{}",
        '{"t":[],"s":[]}',
        '{"t":1}',
        '{"s":[[1]]}',
        '{"d":[[1]]}',
        '{"d":[[[1],2]]}',
        '{"i":"0xz"}',
        '{"i":7}',
        '{"b":"zz"}',
        '{"c":["1"]}',
        '{"f":"one"}',
        '{"p":["00",[]]}',
        '{"p":["zz",[]]}',
        '{"p":[7,[]]}',
        '{"p":["0000000000000000",[1]]}',
        '{"p":["0000000000000000",["a"]]}',
        '{"p":["000000000000f87f",[0]]}',
        '{"p":["0000000000000000"]}',
        '{"p":"00"}',
        "9" * 5000,
        "[" * 5000 + "]" * 5000,
        "[" * 150 + "]" * 150,
    ],
)
def test_forged_text_is_refused(text):
    with pytest.raises(WireError):
        decode(text)


@given(st.recursive(atoms.filter(lambda x: not isinstance(x, bytes | complex)), st.lists) | st.text())
def test_decoding_any_json_never_raises_anything_else(value):
    try:
        decode(json.dumps(value))
    except WireError:
        return


@st.composite
def damaged(draw):
    """The text of a value with some of its characters changed, left out or doubled."""
    text = list(encode(draw(plain), max_chars=ROOM))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(len(text) - 1, 0)))
        text[at : at + draw(st.integers(0, 2))] = draw(
            st.text('[]{}",:0123456789abcdefipstzo-+.eE\\u', max_size=3)
        )
    return "".join(text)


@settings(max_examples=500)
@given(damaged() | st.text('[]{}",:0123456789-.eENanIfityulrs', max_size=60))
def test_decoding_damaged_text_never_raises_anything_else(text):
    try:
        value = decode(text)
    except WireError:
        return
    back(value)


def test_nothing_opaque_is_equal_to_anything():
    (one,) = back([object()])
    assert one != one
    assert one not in {1: 2}
    assert len({one, back([object()])[0]}) == 2
