"""The matrix of codes and tests: who agrees with whom."""

from hypothesis import given
from hypothesis import strategies as st

from sharpen.selfcodealign.validate.agreement import Standing, fitted, standings


def test_a_crowd_beats_a_pair_that_shares_an_error() -> None:
    # 0 and 1 are right, their tests too; 2 is wrong and its tests share the error; 3's tests tell nothing.
    matrix = [
        [True, True, False, True],
        [True, True, False, True],
        [False, False, True, True],
        [False, False, False, True],
    ]
    result = standings(matrix)
    assert [standing.score for standing in result] == [6, 6, 2, 1]
    assert result[0] == Standing(agreement=2 / 3, discrimination=2 / 3, score=6)
    assert result[3].discrimination == 0


def test_what_cannot_be_compared_is_left_out() -> None:
    assert standings([[True, None], [None, False]]) == [Standing(None, None, 1), Standing(None, None, 0)]
    assert standings([[True]]) == [Standing(None, None, 1)]


@given(
    st.integers(1, 6).flatmap(
        lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=n, max_size=n)
    )
)
def test_shares_are_shares_and_scores_bounded(matrix: list[list[bool]]) -> None:
    n = len(matrix)
    for standing in standings(matrix):
        assert 0 <= standing.score <= n * n
        assert (standing.agreement is None) == (n == 1)
        assert standing.agreement is None or 0 <= standing.agreement <= 1
    same = standings([[True] * n] * n)
    assert {standing.score for standing in same} == {n * n}


def test_single_functions_are_put_to_each_others_tests_under_their_name() -> None:
    mine, theirs = "def total(xs):\n    return sum(xs)", "def add_up(xs):\n    return 0"
    assert fitted(mine, "assert add_up([1]) == 1", theirs) == f"{mine}\n\nadd_up = total\n"
    assert fitted(mine, "assert total([1]) == 1", mine) == mine
    helped = "def help_me(): pass\ndef total(xs): pass"
    assert fitted(helped, "assert total([]) == 0", mine) == helped
    assert fitted(helped, "assert add_up([]) == 0", theirs) is None
    assert fitted("class Total: pass", "assert add_up([]) == 0", theirs) is None
