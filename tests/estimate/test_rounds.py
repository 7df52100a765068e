"""Chains of repairs, against every order in which they could be drawn."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharpen.errors import EstimateError
from sharpen.estimate import Tree, pass_at_t
from sharpen.estimate.rounds import ChainProgram, chains, restarts


def attempts(depth: int):
    below = st.lists(st.deferred(lambda: attempts(depth - 1)), max_size=2) if depth else st.just([])
    return st.builds(
        lambda passed, tokens, repairs: ChainProgram(passed, tokens, () if passed else tuple(repairs)),
        st.booleans(),
        st.integers(1, 9),
        below,
    )


PROBLEMS = st.lists(attempts(2), min_size=1, max_size=3)


def ways(attempt: ChainProgram, left: int) -> list[tuple[float, bool, float]]:
    """Every chain from a program with its chance, whether it succeeds and what it costs."""
    if attempt.passed or not left or not attempt.repairs:
        return [(1.0, attempt.passed, attempt.tokens)]
    share = 1 / len(attempt.repairs)
    return [
        (share * chance, success, attempt.tokens + cost)
        for repair in attempt.repairs
        for chance, success, cost in ways(repair, left - 1)
    ]


def by_hand(problem: list[ChainProgram], rounds: int, programs: int) -> tuple[float, float]:
    """Draw programs in every order, walk every chain, and stop at the first success."""
    orders = list(permutations(problem, programs))
    solved = spent = 0.0
    for order in orders:
        alive = 1.0
        for program in order:
            walked = ways(program, rounds)
            spent += alive * sum(chance * cost for chance, _, cost in walked)
            solved += alive * sum(chance for chance, success, _ in walked if success)
            alive *= sum(chance for chance, success, _ in walked if not success)
    return solved / len(orders), spent / len(orders)


@given(PROBLEMS, st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_restarts_are_the_mean_over_every_order_and_every_chain(
    problem: list[ChainProgram], rounds: int
) -> None:
    points = restarts([problem], rounds, len(problem))
    for programs in range(1, len(problem) + 1):
        rate, tokens = by_hand(problem, rounds, programs)
        assert points.pass_rate[0, rounds, programs - 1] == pytest.approx(rate)
        assert points.tokens[0, rounds, programs - 1] == pytest.approx(tokens)


@given(PROBLEMS)
@settings(max_examples=40, deadline=None)
def test_a_further_round_never_solves_less_and_never_costs_less(problem: list[ChainProgram]) -> None:
    fails, costs = chains(problem, 2)
    assert (np.diff(fails, axis=1) <= 1e-12).all() and (np.diff(costs, axis=1) >= -1e-12).all()


def test_without_rounds_it_is_iid_sampling_and_with_one_a_tree_that_is_walked_depth_first() -> None:
    passed = np.array([[False, True, False]])
    repairs = np.array([[[[True]], [[False]], [[False]]]])
    tree = Tree(
        passed, np.full((1, 3), 10.0), ~passed, np.zeros((1, 3, 1)), repairs, np.full((1, 3, 1, 1), 4.0)
    )
    problem = [
        ChainProgram(False, 10, (ChainProgram(True, 4),)),
        ChainProgram(True, 10),
        ChainProgram(False, 10, (ChainProgram(False, 4),)),
    ]
    points = restarts([problem], 1, 3)
    for rounds in (0, 1):
        exact = pass_at_t(tree, range(1, 4), rounds, order="dfs")
        assert points.pass_rate[0, rounds] == pytest.approx(exact.pass_rate[0])
        assert points.tokens[0, rounds] == pytest.approx(exact.tokens[0])


def test_more_programs_than_were_drawn_are_refused() -> None:
    with pytest.raises(EstimateError, match="ask for fewer"):
        restarts([[ChainProgram(True, 1)]], 1, 2)
