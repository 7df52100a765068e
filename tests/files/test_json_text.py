"""JSON with long integers, and what is no JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import DataError
from sharpen.files.json_text import inner_json, integer, parse_json


@pytest.mark.parametrize("digits", [1, 3999, 4000, 4001, 4301, 20_001, 300_000])
def test_long_integers_are_read(digits):
    assert parse_json(f"[-{'9' * digits}, 1{'0' * digits}]", "here") == [1 - 10**digits, 10**digits]


@given(st.integers(0, 10**50), st.integers(0, 10_000), st.booleans())
def test_an_integer_is_what_its_digits_say(number, zeros, negative):
    value = number * 10**zeros * (-1 if negative else 1)
    assert integer(f"{'-' if negative else ''}{number}{'0' * zeros}") == value


def test_an_integer_that_would_take_minutes_is_refused():
    with pytest.raises(
        DataError, match=r"here .*an integer has 10,000,000 digits, and at most 1,000,000 are read"
    ):
        parse_json("1" * 10_000_000, "here")


def test_what_is_not_json_is_named():
    with pytest.raises(DataError, match="here is not JSON"):
        parse_json("[1", "here")


def test_a_field_that_is_nested_too_deeply_is_a_value_error():
    with pytest.raises(ValueError, match="nested too deeply"):
        inner_json("[" * 100_000)
    assert inner_json("[1, null]") == [1, None]
