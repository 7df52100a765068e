"""The rules by which a value or an output is right."""

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.sandbox.judge.compare import ORACLES, same_output, same_value
from sharpen.types import CallTest, Comparison
from sharpen.values.codec import Opaque


def right(actual, expected, *, args=(), atol=0.0, comparison="equal") -> bool:
    return same_value(actual, CallTest("t", args, expected, atol, comparison))


def test_there_is_a_rule_for_every_name():
    assert set(ORACLES) == set(get_args(Comparison))


@pytest.mark.parametrize(
    ("actual", "expected", "verdict"),
    [
        (3, 3, True),
        (3, 4, False),
        ([1, 2], [1, 2], True),
        ([1, 2], (1, 2), False),
        ("a", "b", False),
        (None, None, True),
        (Opaque("x.Y"), 3, False),
        (Opaque("x.Y"), None, False),
        (0.1 + 0.2, 0.3, True),
        (0.3001, 0.3, False),
        ([0.1 + 0.2, 1.0], [0.3, 1.0], True),
        ([0.3], [0.3, 1.0], False),
        ((0.30000000001,), [0.3], False),
        (3, 3.0000001, False),
        (math.nan, math.nan, False),
        (math.inf, math.inf, True),
        ([[0.30000000001]], [[0.3]], False),
        (10**9 + 50, 10**9, False),
        (10**400, 1.5, False),
        ("0.3", 0.3, False),
    ],
)
def test_equal_is_evalplus_rule(actual, expected, verdict):
    assert right(actual, expected) is verdict


def test_a_given_tolerance_reaches_nested_numbers_and_integers():
    assert right([[0.31]], [[0.3]], atol=0.02)
    assert not right([[0.33]], [[0.3]], atol=0.02)
    assert right(100, 101, atol=1)
    assert not right("a", "b", atol=1)
    assert not right([1, 2, 3], [1, 2], atol=1)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(-2, 2))
def test_equal_accepts_exactly_what_is_within_the_tolerance(expected, steps):
    room = 1e-6 + 1e-7 * abs(expected)
    actual = expected + steps * room
    close = abs(actual - expected) <= room
    assert right(actual, expected) is (actual == expected or close)


ODD_FLOATS = (0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1e-7, 1e-6, 1.0, 1e16, 1e308, -1e308)
numbers = st.one_of(st.sampled_from(ODD_FLOATS), st.floats())
near_numbers = st.one_of(numbers, st.tuples(numbers, st.floats(-2e-5, 2e-5)))


@given(near_numbers, numbers)
def test_equal_says_of_floats_what_numpy_says(actual, expected):
    """EvalPlus: ``==``, or numpy's ``allclose`` with its tolerances."""
    number = expected + actual[1] if isinstance(actual, tuple) else actual
    wanted = number == expected or bool(np.allclose(number, expected, rtol=1e-7, atol=1e-6))
    assert right(number, expected) is wanted
    assert right([number + 0.0], [expected]) is wanted  # another object: two lists may share a NaN


@given(near_numbers, numbers)
def test_evoeval_says_of_floats_what_numpy_says(actual, expected):
    """EvoEval holds the expected value against the actual one, which sets the tolerance; NaN is NaN."""
    number = expected + actual[1] if isinstance(actual, tuple) else actual
    wanted = number == expected or bool(np.allclose(expected, number, rtol=1e-5, atol=1e-6, equal_nan=True))
    assert right(number, expected, comparison="evoeval") is wanted


@given(st.complex_numbers(), st.complex_numbers())
def test_a_given_tolerance_says_of_complex_numbers_what_numpy_says(actual, expected):
    passed = right(actual, expected, atol=1e-3)
    try:
        wanted = actual == expected or bool(np.allclose(actual, expected, rtol=1e-7, atol=1e-3))
    except OverflowError:  # numpy has no answer where a magnitude is no float
        return
    assert passed is wanted


@pytest.mark.parametrize("comparison", ["equal", "evoeval", "one_of", "apps", "livecodebench"])
@pytest.mark.parametrize("wrong", [0.0, 1e308, -math.inf, math.nan, 10**400, 0, None])
def test_only_infinity_is_infinite(comparison, wrong):
    expected = (math.inf, math.inf) if comparison == "one_of" else math.inf
    assert right(math.inf, expected, comparison=comparison)
    assert not right(wrong, expected, comparison=comparison)


@pytest.mark.parametrize(
    ("actual", "expected", "verdict"),
    [
        (3, [3], True),
        (3, 3, True),
        ((1, 2), [1, 2], True),
        ([(1, 2)], [[[1, 2]]], True),
        ({"a": (1,)}, [{"a": [1]}], True),
        (3, [[3]], False),
        ([], [], True),
        (None, [], False),
        (2, [3], False),
    ],
)
def test_apps_unwraps_one_list_and_takes_tuples_for_lists(actual, expected, verdict):
    assert right(actual, expected, comparison="apps") is verdict


@pytest.mark.parametrize(
    ("root", "verdict"),
    [(1.0, True), (2.0, True), (1.5, False), ("1", False), (None, False), (1e300, False), (math.nan, False)],
)
def test_find_zero_accepts_every_root(root, verdict):
    coefficients = [2, -3, 1]
    assert right(root, 1.0, args=(coefficients,), atol=1e-4, comparison="find_zero") is verdict


def test_set_ignores_order_and_repetition():
    assert right([3, 1, 1], (1, 3), comparison="set")
    assert not right([3], (1, 3), comparison="set")
    assert not right(3, (1, 3), comparison="set")
    assert not right([[1]], (1, 3), comparison="set")


def test_not_none_accepts_a_bool_or_an_object():
    assert right(Opaque("re.Match"), True, comparison="not_none")
    assert right(None, False, comparison="not_none")
    assert right(False, False, comparison="not_none")
    assert not right(False, True, comparison="not_none")
    assert not right(None, True, comparison="not_none")


def test_one_of():
    assert right(2, (1, 2), comparison="one_of")
    assert right(2, [1, 2], comparison="one_of")
    assert not right(3, (1, 2), comparison="one_of")
    assert right(0.1 + 0.2, (0.3, 9), comparison="one_of")


@pytest.mark.parametrize(
    ("actual", "expected", "verdict"),
    [
        ("3\n", "3", True),
        ("9" * 5000, "9" * 5000, True),
        ("+0" + "9" * 5000, "9" * 5000, True),
        ("-" + "9" * 5000, "9" * 5000, False),
        ("9" * 4999 + "8", "9" * 5000, False),
        ("9" * 5000, "inf", False),
        ("9" * 5000, "x" * 5000, False),
        ("0" * 5000, "-0", True),
        ("0." + "3" * 5000, "0.3333333333", True),
        ("  1   2 \n\n3\n", "1 2\n3\n", True),
        ("1 2 3", "1 2\n3", False),
        ("3\n1\n", "1\n3\n", False),
        ("2 1", "1 2", False),
        ("YES", "Yes", False),
        ("0.333333", "0.33333333", True),
        ("0.3333", "0.333333", True),
        ("0.33", "0.333333", False),
        ("3.0", "3", True),
        ("3", "3.0000001", True),
        ("100000", "100001", False),
        ("50000000000000000", "50000000000000001", False),
        ("100000.0", "100000.5", True),
        ("1e3", "1000", True),
        ("nan", "nan", True),
        ("nan", "1.0", False),
        ("inf", "1e400", False),
        ("1_0", "10", False),
        ("9" * 5000, "8" * 5000, False),
        ("9" * 4000, "1.5", False),
        ("", "", True),
        ("", "0", False),
        ("1\n", "1\n2\n", False),
        ("1\n2\n", "1\n", False),
        ("٣.0", "3.0", False),
    ],
)
def test_outputs(actual, expected, verdict):
    assert same_output(actual, expected) is verdict


@given(st.text())
def test_an_output_equals_itself(text):
    assert same_output(text, text)


@given(st.lists(st.lists(st.text("abc123.", min_size=1), min_size=1)), st.sampled_from([" ", "  ", "\t"]))
def test_white_space_within_and_around_lines_does_not_count(lines, gap):
    tidy = "\n".join(" ".join(words) for words in lines)
    loose = "\n\n".join(f" {gap.join(words)} " for words in lines) + "\n"
    assert same_output(loose, tidy)
