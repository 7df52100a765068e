"""JSON with integers of any length."""

import pytest

from sharpen.errors import DataError
from sharpen.files.json_text import inner_json, parse_json


@pytest.mark.parametrize("digits", [1, 3999, 4000, 4301, 20_000])
def test_integers_of_any_length_are_read(digits):
    assert parse_json(f"[-{'9' * digits}]", "here") == [1 - 10**digits]


def test_what_is_not_json_is_named():
    with pytest.raises(DataError, match="here is not JSON"):
        parse_json("[1", "here")


def test_a_field_that_is_nested_too_deeply_is_a_value_error():
    with pytest.raises(ValueError, match="nested too deeply"):
        inner_json("[" * 100_000)
    assert inner_json("[1, null]") == [1, None]
