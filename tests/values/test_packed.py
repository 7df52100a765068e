"""A large value is kept whole, known by its text, and never mistaken for another."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.values.codec import MAX_DEPTH, encode
from sharpen.values.packed import PackedValue, value_of

ROOM = 10**6
LARGE = {"rows": [[float(n), n, str(n)] for n in range(1000)]}

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.integers(), inner),
    max_leaves=20,
)


@given(st.lists(plain, min_size=1))
def test_a_large_value_is_kept_whole(values):
    result = [*values, "x" * 5000]
    assert value_of(PackedValue.of(result)) == result


def test_a_text_is_known_again_and_no_other():
    packed = PackedValue.of(LARGE)
    text = encode(LARGE, max_chars=ROOM).encode()
    assert packed.is_text(text)
    assert not packed.is_text(text + b" ")
    assert len(packed.packed) < len(text) / 2
    assert value_of(packed) == LARGE
    assert value_of(LARGE) is LARGE


NESTED: list[object] = ["x" * 5000]
for _ in range(MAX_DEPTH + 1):
    NESTED = [NESTED]


@pytest.mark.parametrize("value", [7, "x" * 100, [math.nan] * 5000, ["x" * 5000, object()], NESTED])
def test_what_is_small_or_is_not_what_its_text_says_is_not_kept_as_text(value):
    assert PackedValue.of(value) is None
