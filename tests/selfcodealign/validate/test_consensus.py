"""What codes answer to each other's calls."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.selfcodealign.validate.consensus import calls_in, consensus, with_names


def test_plain_calls_of_the_codes_functions_are_taken_once() -> None:
    code = "def f(x, y=0): pass\nclass C: pass"
    tests = "assert f(1) == 2\nassert f([1, -2], y={'a': 1})\nassert f( 1 )\nassert f(x) == C()\nassert g(1) == len('a')"
    assert sorted(calls_in(tests, code)) == ["f(1)", "f([1, -2], y={'a': 1})"]


def test_a_code_is_asked_under_the_names_of_the_others() -> None:
    code = "def square(x): return x * x"
    calls = [
        ("square(2)", code),
        ("sq(3)", "def sq(x): pass"),
        ("C(3)", "class C: pass"),
        ("sq(4)", "def sq(x): pass"),
    ]
    program, can = with_names(code, calls)
    assert can == [0, 1, 3]
    assert program.count("sq = square") == 1


def test_consensus_is_the_share_of_others_who_answer_the_same() -> None:
    assert consensus([{0: 1, 1: 5}, {0: 1, 1: 6}, {0: 2, 1: 5}]) == [0.5, 0.25, 0.25]
    assert consensus([{0: 1}, {1: 1}, {}]) == [None, None, None]


@given(st.lists(st.dictionaries(st.integers(0, 4), st.integers(0, 2)), max_size=6))
def test_consensus_is_a_share(answers: list[dict[int, float]]) -> None:
    for share in consensus(answers):
        assert share is None or 0 <= share <= 1
    same = consensus([{0: 1.0}] * 3)
    assert same == pytest.approx([1, 1, 1])
