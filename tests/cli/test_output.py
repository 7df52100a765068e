"""What is printed for other programs to read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.cli.output import print_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.tuples(st.text(), st.integers()), inner),
    max_leaves=10,
)


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is not JSON")


@given(VALUES)
def test_whatever_is_printed_is_json(value: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("builtins.print", printed.append)
        print_json(value)
    json.loads(printed[0], parse_constant=refuse)


def test_what_is_no_number_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"mean": float("nan"), "ends": (1.5, float("inf"))})
    assert json.loads(capsys.readouterr().out) == {"mean": None, "ends": [1.5, None]}
