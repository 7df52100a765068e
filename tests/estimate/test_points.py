"""Closed forms against what they stand for: the mean over every sub-tree, walked one by one."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sharpen.errors import EstimateError
from sharpen.estimate import Tree, expected_tokens, pass_at_k, pass_at_t, pass_rate

ORDERS = ("batch", "dfs", "bfs")
Events = list[tuple[bool, float]]
"""Programs and repairs in the order they are drawn: whether each passes, and its tokens."""


def draws(items: int, k: int, estimator: str) -> Iterator[tuple[int, ...]]:
    """All ordered draws of k of the items."""
    if estimator == "unbiased":
        return itertools.permutations(range(items), k)
    return itertools.product(range(items), repeat=k)


def mendings(tree: Tree, i: int, n_f: int, n_r: int, estimator: str) -> list[Events]:
    """Every way to repair program i. A text is paid with the first repair below it."""
    if not tree.repaired[i]:
        return [[]]
    ways = []
    for texts in draws(tree.feedback_tokens.shape[1], n_f, estimator):
        under = [
            [
                [
                    (bool(tree.repair_passed[i, j, r]), tree.repair_tokens[i, j, r] + text * (at == 0))
                    for at, r in enumerate(repairs)
                ]
                for repairs in draws(tree.repair_passed.shape[2], n_r, estimator)
            ]
            for j in texts
            for text in [tree.feedback_tokens[i, j]]
        ]
        ways.extend([list(itertools.chain(*way)) for way in itertools.product(*under)])
    return ways


def walk(programs: Sequence[tuple[tuple[bool, float], Events]], order: str) -> tuple[bool, float]:
    """Pay for programs and what is below them in order, until one passes."""
    if order == "dfs":
        return pay([event for program, below in programs for event in (program, *below)])
    first = [program for program, _ in programs]
    then = [event for _, below in programs for event in below]
    if order == "bfs":
        return pay(first + then)
    spent = sum(tokens for _, tokens in first)
    if any(passed for passed, _ in first):
        return True, spent
    return any(passed for passed, _ in then), spent + sum(tokens for _, tokens in then)


def pay(events: Events) -> tuple[bool, float]:
    spent = 0.0
    for passed, tokens in events:
        spent += tokens
        if passed:
            return True, spent
    return False, spent


def brute_force(tree: Tree, n_p: int, n_f: int, n_r: int, order: str, estimator: str) -> tuple[float, float]:
    """Mean of success and tokens over every ordered sub-tree. Programs are equally likely, ways within one too."""
    ways = [mendings(tree, i, n_f, n_r, estimator) for i in range(len(tree.passed))]
    results, weights = [], []
    for chosen in draws(len(tree.passed), n_p, estimator):
        for below in itertools.product(*(ways[i] for i in chosen)):
            programs = [
                ((bool(tree.passed[i]), float(tree.tokens[i])), events)
                for i, events in zip(chosen, below, strict=True)
            ]
            results.append(walk(programs, order))
            weights.append(1 / math.prod(len(ways[i]) for i in chosen))
    solved, tokens = np.average(np.array(results, dtype=float), axis=0, weights=weights)
    return float(solved), float(tokens)


def work(n: int, f: int, r: int, n_p: int, n_f: int, n_r: int, estimator: str) -> int:
    count = math.perm if estimator == "unbiased" else pow
    return count(n, n_p) * (count(f, n_f) * count(r, n_r) ** n_f) ** n_p


@st.composite
def trees(draw: st.DrawFn, programs: int = 4, texts: int = 3, repairs: int = 2) -> Tree:
    n = draw(st.integers(1, programs))
    f = draw(st.integers(1, texts))
    r = draw(st.integers(1, repairs))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    chance = draw(st.sampled_from([0.0, 0.2, 0.5, 0.8]))
    tree = Tree(
        passed=rng.random(n) < chance,
        tokens=rng.integers(0, 9, n).astype(float),
        repairable=rng.random(n) < 0.8,
        feedback_tokens=rng.integers(0, 9, (n, f)).astype(float),
        repair_passed=rng.random((n, f, r)) < chance,
        repair_tokens=rng.integers(0, 9, (n, f, r)).astype(float),
    )
    # What stands below a program that has no repairs must not matter.
    tree.feedback_tokens[~tree.repaired] = np.nan
    tree.repair_tokens[~tree.repaired] = np.nan
    return tree


def smaller(draw: st.DrawFn, tree: Tree) -> tuple[int, int, int]:
    n, f, r = tree.repair_passed.shape
    return draw(st.integers(1, n)), draw(st.integers(0, f)), draw(st.integers(1, r))


@st.composite
def trees_and_widths(draw: st.DrawFn, **most: int) -> tuple[Tree, tuple[int, int, int]]:
    tree = draw(trees(**most))
    return tree, smaller(draw, tree)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("estimator", ["unbiased", "plug_in"])
@settings(max_examples=40, deadline=None)
@given(case=trees_and_widths())
def test_is_the_mean_over_every_sub_tree(order: Any, estimator: Any, case: tuple[Tree, tuple[int, int, int]]):
    tree, widths = case
    assume(work(*tree.repair_passed.shape, *widths, estimator) <= 20_000)
    point = pass_at_t(tree, *widths, order, estimator=estimator)
    solved, tokens = brute_force(tree, *widths, order, estimator)
    assert point.pass_rate == pytest.approx(solved, abs=1e-12)
    assert point.tokens == pytest.approx(tokens, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("order", ORDERS)
def test_a_tree_worked_out_by_hand(order: Any):
    # Program 0 fails: its first text costs 3 and leads to a repair of 5 that fails; its second costs 1
    # and leads to a repair of 7 that passes. Program 1 passes.
    tree = Tree(
        passed=np.array([False, True]),
        tokens=np.array([10.0, 20.0]),
        repairable=np.array([True, False]),
        feedback_tokens=np.array([[3.0, 1.0], [0.0, 0.0]]),
        repair_passed=np.array([[[False], [True]], [[False], [False]]]),
        repair_tokens=np.array([[[5.0], [7.0]], [[0.0], [0.0]]]),
    )
    assert pass_rate(tree, 1, 1) == 0.75
    assert pass_rate(tree, 2, 1) == 1.0
    # One program and both texts, shuffled: 0 then (text 0, text 1) or (text 1); or program 1.
    sequence = ((10 + 8 + 8) / 2 + (10 + 8) / 2 + 20) / 2
    assert expected_tokens(tree, 1, 2, 1, order) == ((10 + 16 + 20) / 2 if order == "batch" else sequence)


@given(
    case=trees_and_widths(programs=8, texts=4, repairs=3),
    order=st.sampled_from(ORDERS),
    seed=st.integers(0, 99),
)
def test_the_order_in_which_items_were_sampled_does_not_matter(case: Any, order: Any, seed: int):
    tree, widths = case
    rng = np.random.default_rng(seed)
    n, f, r = (rng.permutation(size) for size in tree.repair_passed.shape)
    index = {1: (n,), 2: np.ix_(n, f), 3: np.ix_(n, f, r)}
    columns = [getattr(tree, field.name) for field in fields(tree)]
    shuffled = Tree(*(column[index[column.ndim]] for column in columns))
    a, b = pass_at_t(tree, *widths, order), pass_at_t(shuffled, *widths, order)
    assert a.pass_rate == pytest.approx(b.pass_rate, abs=1e-12)
    assert a.tokens == pytest.approx(b.tokens)


@given(case=trees_and_widths(programs=8, texts=4, repairs=3), axis=st.integers(0, 2))
def test_a_wider_tree_is_solved_no_less_often(case: Any, axis: int):
    tree, widths = case
    wider = list(widths)
    wider[axis] += 1
    assume(wider[axis] <= tree.repair_passed.shape[axis])
    assert pass_rate(tree, *wider) >= pass_rate(tree, *widths) - 1e-12


@given(case=trees_and_widths(programs=8, texts=4, repairs=3))
def test_stopping_never_costs_more_than_a_batch(case: Any):
    tree, widths = case
    assert expected_tokens(tree, *widths, "bfs") <= expected_tokens(tree, *widths, "batch") + 1e-9


@given(n=st.integers(1, 12), data=st.data())
def test_pass_at_k_is_the_mean_over_all_choices(n: int, data: st.DataObject):
    c, k = data.draw(st.integers(0, n)), data.draw(st.integers(1, n))
    choices = list(itertools.combinations(range(n), k))
    assert pass_at_k(n, c, k) == pytest.approx(np.mean([min(choice) < c for choice in choices]), abs=1e-12)


@given(case=trees_and_widths(programs=12))
def test_without_repairs_it_is_pass_at_k(case: Any):
    tree, (k, _, _) = case
    expected = pass_at_k(tree.passed.size, tree.passed.sum(), k)
    assert pass_rate(tree, k, 0) == pytest.approx(expected, abs=1e-12)
    assert pass_rate(Tree.of_programs(tree.passed, tree.tokens), k, 0) == pytest.approx(expected, abs=1e-12)
    assert expected_tokens(tree, k, 0) == pytest.approx(k * tree.tokens.mean())


def test_pass_at_k_takes_arrays():
    assert pass_at_k(5, [0, 2, 5], 1) == pytest.approx([0, 0.4, 1])
    assert pass_at_k(10, 3, [1, 2, 10]) == pytest.approx([0.3, 1 - 42 / 90, 1])
    assert pass_at_k(10_000, 3, 5_000) == pytest.approx(
        1 - math.comb(9_997, 5_000) / math.comb(10_000, 5_000)
    )


@pytest.mark.parametrize(("n", "c", "k"), [(5, 6, 1), (5, -1, 1), (5, 1, 0), (5, 1, 6)])
def test_pass_at_k_refuses_what_was_not_sampled(n: int, c: int, k: int):
    with pytest.raises(EstimateError, match=r"pass@k needs"):
        pass_at_k(n, c, k)


def suite(problems: int = 7, n: int = 6, f: int = 3, r: int = 2) -> Tree:
    rng = np.random.default_rng(5)
    return Tree(
        passed=rng.random((problems, n)) < 0.3,
        tokens=rng.integers(1, 99, (problems, n)).astype(float),
        repairable=rng.random((problems, n)) < 0.9,
        feedback_tokens=rng.integers(0, 99, (problems, n, f)).astype(float),
        repair_passed=rng.random((problems, n, f, r)) < 0.3,
        repair_tokens=rng.integers(1, 99, (problems, n, f, r)).astype(float),
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("estimator", ["unbiased", "plug_in"])
def test_a_grid_over_many_problems_is_every_point_of_every_problem(order: Any, estimator: Any):
    stacked = suite()
    one_by_one = [Tree(*(getattr(stacked, field.name)[d] for field in fields(Tree))) for d in range(7)]
    n_ps, n_fs = (1, 4, 6), (0, 1, 3)
    grid = pass_at_t(Tree.stack(one_by_one), n_ps, n_fs, 2, order, estimator=estimator)
    assert grid.pass_rate.shape == grid.tokens.shape == (7, 3, 3)
    for d, tree in enumerate(one_by_one):
        for i, n_p in enumerate(n_ps):
            for j, n_f in enumerate(n_fs):
                point = pass_at_t(tree, n_p, n_f, 2, order, estimator=estimator)
                assert point.pass_rate.shape == ()
                assert grid.pass_rate[d, i, j] == pytest.approx(point.pass_rate, abs=1e-12)
                assert grid.tokens[d, i, j] == pytest.approx(point.tokens)
    curve = pass_at_t(stacked, range(1, 7), 1, 2, order, estimator=estimator)
    assert curve.tokens.shape == (7, 6)
    assert curve.tokens[:, [0, 3, 5]] == pytest.approx(grid.tokens[:, :, 1])


def test_unit_tokens_count_the_programs_drawn():
    tree = replace(suite(), tokens=np.ones((7, 6)), feedback_tokens=np.zeros((7, 6, 3)))
    tree = replace(tree, repair_tokens=np.ones_like(tree.repair_tokens), passed=np.zeros((7, 6), bool))
    tree = replace(tree, repairable=np.ones((7, 6), bool))
    assert expected_tokens(tree, 4, 3, 2) == pytest.approx(np.full(7, 4 + 4 * 3 * 2))


def test_large_trees_lose_no_digits():
    rng = np.random.default_rng(0)
    n, f = 300, 10
    failing = rng.integers(0, f + 1, n)
    tree = Tree(
        passed=np.zeros(n, bool),
        tokens=np.ones(n),
        repairable=np.ones(n, bool),
        feedback_tokens=np.zeros((n, f)),
        repair_passed=(np.arange(f) >= failing[:, None])[..., None],
        repair_tokens=np.ones((n, f, 1)),
    )
    e = [Fraction(1)] + [Fraction(0)] * n
    for s in failing:
        for k in range(n, 0, -1):
            e[k] += Fraction(math.comb(int(s), 2), math.comb(f, 2)) * e[k - 1]
    for n_p in (1, 5, 20, 40):
        exact = e[n_p] / math.comb(n, n_p)
        assert pass_rate(tree, n_p, 2) == pytest.approx(float(1 - exact), rel=1e-13)
    assert np.isfinite(pass_at_t(tree, range(1, n + 1), 10, 1, "dfs").tokens).all()


@pytest.mark.parametrize(
    ("widths", "message"),
    [
        ((7, 1, 1), r"n_p = 7 was asked of trees of 6 programs, 3 feedback texts each and 2 repairs each"),
        ((1, 4, 1), r"n_f = 4 .* ask for at most 3"),
        ((1, 1, 3), r"n_r = 3 .* ask for at most 2"),
        ((0, 1, 1), r"n_p must be at least 1"),
        ((1, -1, 1), r"n_f must be at least 0"),
        ((1, 1, 0), r"n_r must be at least 1"),
        (((), 1, 1), r"n_p must be at least 1"),
        (((1, 9), (0, 1), 1), r"n_p = 9"),
    ],
)
def test_refuses_what_was_not_sampled(widths: Any, message: str):
    with pytest.raises(EstimateError, match=message):
        pass_at_t(suite(), *widths)


def test_the_plug_in_estimate_may_draw_more_than_was_sampled():
    tree = suite()
    all_fail = (~tree.passed).mean(axis=1) ** 20
    assert pass_rate(tree, 20, 0, estimator="plug_in") == pytest.approx(1 - all_fail)
    with pytest.raises(EstimateError, match="n_f = 1"):
        pass_rate(Tree.of_programs(tree.passed, tree.tokens), 1, 1, estimator="plug_in")


CELLS = [(5, 1), (10, 1), (25, 1), (10, 3), (2, 10)]
BIAS = {
    (0.5, 0.5): (0.008, 0.011, 0.017, 0.017, 0.003),
    (0.3, 0.7): (0.013, 0.019, 0.034, 0.034, 0.005),
    (0.2, 0.8): (0.017, 0.027, 0.053, 0.050, 0.008),
    (0.15, 1.0): (0.019, 0.031, 0.060, 0.057, 0.008),
}
"""By Beta difficulty: the plug-in's heat map less the unbiased one, both 1 in truth; from other code than this."""


@pytest.mark.parametrize("mix", BIAS)
def test_where_repairs_are_fresh_samples_only_the_plug_in_estimate_sees_a_gain(mix: tuple[float, float]):
    rng = np.random.default_rng(2023)
    problems, n, f = 3_000, 50, 25
    chance = rng.beta(*mix, size=(problems, 1))
    tree = Tree(
        passed=rng.random((problems, n)) < chance,
        tokens=np.ones((problems, n)),
        repairable=np.ones((problems, n), bool),
        feedback_tokens=np.zeros((problems, n, f)),
        repair_passed=rng.random((problems, n, f, 1)) < chance[..., None, None],
        repair_tokens=np.ones((problems, n, f, 1)),
    )
    n_ps, n_frs, ks = (2, 5, 10, 25), (1, 3, 10), [n_p * (1 + n_fr) for n_p, n_fr in CELLS]
    at = [n_ps.index(n_p) for n_p, _ in CELLS], [n_frs.index(n_fr) for _, n_fr in CELLS]
    truth = 1 - (1 - chance) ** ks
    unbiased, plug_in = (
        (pass_rate(tree, n_ps, n_frs, estimator=e)[:, *at], pass_rate(tree, ks, 0, estimator=e))
        for e in ("unbiased", "plug_in")
    )
    for error in (unbiased[0] - truth, unbiased[1] - truth, unbiased[0] - unbiased[1]):
        assert (abs(error.mean(axis=0)) < 4.5 * error.std(axis=0) / problems**0.5).all()
    assert (plug_in[1] - truth).mean(axis=0).max() < 0
    fair, seen = (repairs.mean(axis=0) / samples.mean(axis=0) for repairs, samples in (unbiased, plug_in))
    assert seen - fair == pytest.approx(BIAS[mix], abs=0.005)
