import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from sharpen.estimate import IidBaseline, Samples, Tree, pass_at_k, pass_rate_within, ratio_of_sums
from sharpen.journal.layout import Size
from sharpen.reports.figures import estimates, mean, mean_share, plain, share, share_difference, shown_widths


def grown(problems=12, n_p=4, n_f=3, seed=0):
    """Return random joint trees, (D, n_p) and (D, n_p, n_f, 1)."""
    rng = np.random.default_rng(seed)
    skill = rng.beta(0.6, 1.1, size=(problems, 1))
    passed = rng.random((problems, n_p)) < skill
    below = (problems, n_p, n_f, 1)
    return Tree(
        passed=passed,
        tokens=rng.integers(50, 150, size=passed.shape).astype(float),
        repairable=~passed,
        feedback_tokens=np.zeros(below[:-1]),
        repair_passed=rng.random(below) < skill[..., None, None],
        repair_tokens=rng.integers(50, 150, size=below).astype(float),
    )


def found(tree):
    first = IidBaseline(Tree.of_programs(tree.passed, tree.tokens))
    return estimates(tree, Size(4, 3, 1, joint=True), first, "run")


def test_a_share_is_the_ratio_of_sums_and_its_interval_stays_within_its_range():
    rate = share([1, 0, 3], [2, 4, 4])
    assert rate.value == pytest.approx(0.4)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1


def test_a_share_of_nothing_cannot_be_told():
    assert math.isnan(share([0, 0], [0, 0]).value)
    assert math.isnan(mean([]).value)


def test_a_share_counts_only_problems_that_have_something():
    assert share([1, 0, 0], [2, 2, 0]).n == 2


def test_the_interval_of_a_ratio_resamples_both_sums_together():
    whole = np.arange(1.0, 9.0)
    result = ratio_of_sums(whole / 2, whole)
    assert result.low == pytest.approx(0.5)
    assert result.high == pytest.approx(0.5)


def test_one_problem_has_no_interval():
    rate = mean([1.0])
    assert rate.value == 1
    assert math.isnan(rate.low)


def test_the_baseline_is_pass_at_k():
    tree = grown()
    n, c = tree.passed.shape[1], tree.passed.sum(axis=1)
    for point in found(tree).baseline.points:
        assert point.rate.value == pytest.approx(pass_at_k(n, c, point.n_p).mean())
        assert point.tokens == pytest.approx(point.n_p * tree.tokens.mean())


def test_there_is_a_curve_for_each_n_fr_and_more_repairs_never_solve_less():
    curves = found(grown()).curves
    assert [curve.n_f for curve in curves] == [1, 2, 3]
    for fewer, more in itertools.pairwise(curves):
        for a, b in zip(fewer.points, more.points, strict=True):
            assert b.rate.value >= a.rate.value - 1e-12


def test_sequential_trees_are_never_dearer():
    for curve in found(grown()).curves:
        assert all(point.tokens_in_sequence <= point.tokens + 1e-9 for point in curve.points)


def test_a_cell_is_out_of_bounds_exactly_when_it_has_no_ratio():
    cells = found(grown()).cells
    assert {cell.out_of_bounds for cell in cells} == {True, False}
    for cell in cells:
        assert math.isnan(cell.ratio.value) == cell.out_of_bounds


def test_a_cell_is_its_rate_over_the_baseline_at_its_tokens():
    figures = found(grown())
    baseline = figures.baseline.points
    for cell in figures.cells:
        if not cell.out_of_bounds:
            at_equal = np.interp(cell.tokens, [p.tokens for p in baseline], [p.rate.value for p in baseline])
            assert cell.ratio.value == pytest.approx(cell.rate.value / at_equal)


def test_at_equal_samples_a_cell_is_its_rate_over_pass_at_k():
    """The paper's pass@k-simple: k = n_p (1 + n_fr), whether the repairs are drawn or not."""
    rng = np.random.default_rng(3)
    figures = estimates(
        grown(), Size(4, 3, 1, joint=True), sampled(rng, np.full((12, 1), 0.4), 12), "samples"
    )
    baseline = [point.rate.value for point in figures.baseline.points]
    for cell in figures.cells:
        assert cell.samples == cell.n_p * (1 + cell.n_f)
        if cell.samples <= 12:
            assert cell.sample_ratio.value == pytest.approx(cell.rate.value / baseline[cell.samples - 1])
        else:
            assert math.isnan(cell.sample_ratio.value)
    assert {cell.samples <= 12 for cell in figures.cells} == {True, False}


def test_the_two_axes_are_two_figures_of_one_run():
    rng = np.random.default_rng(4)
    tree = grown(problems=60)
    figures = estimates(tree, Size(4, 3, 1, joint=True), sampled(rng, np.full((60, 1), 0.4), 30), "samples")
    inside = [cell for cell in figures.cells if not cell.out_of_bounds and cell.samples <= 30]
    assert any(abs(cell.ratio.value - cell.sample_ratio.value) > 0.01 for cell in inside)


def test_breadth_first_costs_at_most_the_batch_and_every_point_has_its_number_of_samples():
    for curve in found(grown()).curves:
        for point in curve.points:
            assert point.tokens_breadth_first <= point.tokens + 1e-9
            assert point.samples == point.n_p * (1 + curve.n_f)


def test_wide_trees_show_the_papers_widths_and_their_own():
    assert shown_widths(4) == (1, 2, 3, 4)
    assert shown_widths(50) == (1, 2, 3, 5, 10, 25, 50)
    assert shown_widths(12) == (1, 2, 3, 5, 10, 12)
    assert shown_widths(0) == ()


def test_what_cannot_be_told_is_null_in_json():
    assert plain({"a": [math.nan, 1.0], "b": mean([])}) == {
        "a": [None, 1.0],
        "b": {"value": None, "low": None, "high": None, "n": 0},
    }


def sampled(rng, skill, n):
    passed = rng.random((len(skill), n)) < skill
    return IidBaseline(Tree.of_programs(passed, np.full(passed.shape, 100.0)))


def test_what_repairs_add_is_held_against_as_many_tokens_of_further_samples():
    trees = grown()
    skill = np.full((12, 1), 0.3)
    iid = sampled(np.random.default_rng(1), skill, 40)
    gain = estimates(trees, Size(4, 3, 1, joint=True), iid, "samples").repair_gain
    fixed = (trees.repair_passed & trees.repairable[:, :, None, None]).any(axis=(1, 2, 3))
    assert gain.repairs.value == pytest.approx(np.mean(fixed & ~trees.passed.any(axis=1)))
    paid = trees.repairable * trees.repair_tokens.sum(axis=(2, 3))
    reached = (~trees.passed).all(axis=1)  # in batch order repairs are drawn where no program passes
    assert gain.tokens == pytest.approx((paid.sum(axis=1) * reached).mean())
    assert gain.difference.value == pytest.approx(gain.repairs.value - gain.samples.value)


def test_lucky_programs_do_not_speak_for_repairs():
    """Half of the problems were solved by luck, no repair passes: a ratio to other samples is above 1."""
    rng = np.random.default_rng(0)
    lucky = grown(problems=40)
    passed = np.zeros_like(lucky.passed)
    passed[:20, 0] = True
    trees = Tree(
        passed, lucky.tokens, ~passed, lucky.feedback_tokens, lucky.repair_passed & False, lucky.repair_tokens
    )
    result = estimates(trees, Size(4, 3, 1, joint=True), sampled(rng, np.full((40, 1), 0.05), 40), "samples")
    assert result.cells[0].ratio.value > 1
    assert result.repair_gain.repairs.value == 0
    assert result.repair_gain.difference.high < 0


def test_without_enough_samples_only_the_repairs_are_told():
    gain = found(grown()).repair_gain
    assert gain.repairs.value >= 0
    assert math.isnan(gain.samples.value)


def test_samples_alone_add_nothing_to_themselves():
    trees = grown()
    first = IidBaseline(Tree.of_programs(trees.passed, trees.tokens))
    assert estimates(trees, Size(4, 0, 0), first, "run").repair_gain is None


def test_further_samples_of_the_run_decide_whether_repair_paid():
    trees = grown(problems=30)
    rng = np.random.default_rng(2)
    further = [Samples(rng.random(60) < 0.2, np.full(60, 100.0)) for _ in trees.passed]
    first = Tree.of_programs(trees.passed, trees.tokens)
    result = estimates(trees, Size(4, 3, 1, joint=True), IidBaseline(first, further), "run")
    gain, solved = result.repair_gain, trees.passed.any(axis=1)
    spent = trees.repair_tokens.sum(axis=(1, 2, 3))
    more = [
        0 if done else pass_rate_within(each, t) for done, each, t in zip(solved, further, spent, strict=True)
    ]
    fixed = trees.repair_passed.any(axis=(1, 2, 3)) & ~solved
    assert gain.samples.value == pytest.approx(np.mean(more))
    assert gain.difference.value == pytest.approx(np.mean(fixed) - np.mean(more))
    assert gain.samples_rate.value == pytest.approx(np.mean(solved) + np.mean(more))
    assert result.baseline.points[-1].n_p == 64
    assert not result.cells[-1].out_of_bounds


@given(n=st.integers(1, 400), solved=st.booleans())
def test_where_all_problems_agree_the_interval_is_wilsons(n, solved):
    rate, wilson = mean_share([solved] * n), binomtest(n * solved, n).proportion_ci(0.95, method="wilson")
    assert (rate.value, rate.low, rate.high) == pytest.approx((float(solved), wilson.low, wilson.high))


def test_where_no_repair_passes_the_interval_is_wilsons():
    rate, wilson = share([0, 0, 0], [2, 0, 4]), binomtest(0, 2).proportion_ci(0.95, method="wilson")
    assert (rate.value, rate.low, rate.high, rate.n) == pytest.approx((0, 0, wilson.high, 2))


@pytest.mark.parametrize("gap", [mean([0.0] * 6), share_difference([0.0] * 6, [2.0] * 6)])
def test_differences_that_are_all_the_same_have_no_interval(gap):
    assert (gap.value, gap.n) == (0.0, 6)
    assert math.isnan(gap.low) and math.isnan(gap.high)


def test_where_problems_differ_a_pass_rate_is_a_mean():
    assert mean_share([1, 0, 0.5]) == mean([1, 0, 0.5])
