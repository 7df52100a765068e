"""Tests as JSON: what is written is read back, type by type, and what is not a test is refused."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sharpen.errors import DataError
from sharpen.journal.keys import fingerprint
from sharpen.suite_json import AnyTest, read_value, write_test, write_value
from sharpen.types import AssertTest, CallTest, SourceTest, StdioTest

READER = TypeAdapter(AnyTest)
TEXT = st.text()
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT | st.binary(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(TEXT | st.integers(), inner)
        | st.sets(st.integers() | TEXT)
    ),
)
TESTS = (
    st.builds(AssertTest, TEXT.filter(bool), TEXT.filter(bool))
    | st.builds(CallTest, TEXT.filter(bool), st.lists(PLAIN).map(tuple), PLAIN, st.floats(0, 1))
    | st.builds(StdioTest, TEXT.filter(bool), TEXT, TEXT, st.sampled_from(["apps", "livecodebench"]))
    | st.builds(SourceTest, TEXT.filter(bool), TEXT.filter(bool), TEXT)
)


@given(TESTS)
def test_what_is_written_is_read(test):
    text = json.dumps(write_test(test), allow_nan=False)
    read = READER.validate_json(text.encode()).test("1")
    assert read == test
    assert fingerprint(read) == fingerprint(test)  # the same types all through


@pytest.mark.parametrize(
    "value", [math.nan, [math.inf, -math.inf], {"python": "1"}, {1: 2}, (1,), {1}, set(), b"x"]
)
def test_what_json_lacks_is_a_literal_of_python(value):
    written = write_value(value)
    assert set(written) == {"python"}
    assert repr(read_value(json.loads(json.dumps(written)))) == repr(value)


def test_plain_json_stays_as_it_is():
    value = {"a": [1, 2.5, None, True, "x"], "python": 1}
    assert write_value(value) == value


def test_an_object_is_refused():
    with pytest.raises(DataError, match="cannot be written as JSON or as a literal"):
        write_value([object()])


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"args": {"python": "__import__('os')"}}, "not a literal of Python"),
        ({"args": {"python": "f("}}, "not a literal of Python"),
        ({"args": {"python": "(" * 1000}}, "not a literal of Python"),
        ({"args": 3}, "args must be a list"),
        ({"args": {"python": "3"}}, "args must be a list"),
        ({"expected": 3, "comparison": "one_of"}, "expected must be a list"),
    ],
)
def test_a_call_that_is_none_is_refused(fields, words):
    with pytest.raises(ValidationError, match=words):
        READER.validate_python({"form": "call", "args": [], "expected": 1} | fields)
