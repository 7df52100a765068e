import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from sharpen.errors import EstimateError
from sharpen.estimate import PassAtT, interval, paired_interval, rate_interval, ratio_to_baseline, wilson


def test_covers_the_mean_of_the_population_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    # 400 suites of 40 problems; each problem's pass rate is itself an estimate from 4 samples.
    rates = rng.binomial(4, rng.beta(0.5, 0.5, (400, 40))) / 4
    intervals = [interval(suite, resamples=500, seed=seed) for seed, suite in enumerate(rates)]
    covered = np.mean([ends.low <= 0.5 <= ends.high for ends in intervals])
    assert 0.91 < covered < 0.98
    narrow = [interval(suite, confidence=0.5, resamples=500) for suite in rates]
    assert 0.42 < np.mean([ends.low <= 0.5 <= ends.high for ends in narrow]) < 0.58


def test_its_width_is_that_of_the_standard_error():
    values = np.random.default_rng(1).normal(3.0, 2.0, 2_000)
    ends = interval(values, resamples=2_000)
    error = values.std() / 2_000**0.5
    assert ends.value == pytest.approx(values.mean())
    assert ends.high - ends.low == pytest.approx(2 * 1.96 * error, rel=0.08)


def test_settings_keep_their_shape_and_a_seed_its_ends():
    values = np.random.default_rng(2).random((30, 2, 3))
    ends = interval(values, resamples=200, seed=7)
    assert ends.value.shape == ends.low.shape == ends.high.shape == (2, 3)
    assert (ends.low <= ends.value).all()
    assert (ends.value <= ends.high).all()
    again = interval(values[:, 1, 2], resamples=200, seed=7)
    assert again.low == pytest.approx(ends.low[1, 2])
    assert interval(values, resamples=200, seed=8).low != pytest.approx(ends.low)


def test_one_problem_has_no_interval_and_none_has_no_mean():
    ends = interval(np.array([0.25]))
    assert ends.value == 0.25
    assert np.isnan([ends.low, ends.high]).all()
    with pytest.raises(EstimateError, match="at least one problem"):
        interval(np.array([]))


@given(rate=st.sampled_from([0.0, 0.25, 0.5, 1.0]), quarters=st.integers(1, 100))
def test_where_all_problems_have_the_same_rate_the_ends_are_wilsons(rate, quarters):
    problems = 4 * quarters
    ends = rate_interval(np.full((problems, 2), rate), resamples=10)
    wilson = binomtest(round(rate * problems), problems).proportion_ci(0.95, method="wilson")
    assert ends.value == pytest.approx(rate)
    assert ends.low == pytest.approx(wilson.low)
    assert ends.high == pytest.approx(wilson.high)


def test_where_they_differ_it_is_a_mean_with_its_resamples():
    rates = np.array([[1.0, 1.0], [0.5, 1.0], [0.0, 1.0]])
    ends, resampled = rate_interval(rates), interval(rates)
    assert (ends.low[0], ends.high[0]) == (resampled.low[0], resampled.high[0])
    assert ends.low[1] < 1.0 == ends.high[1]


def test_one_problem_has_a_wide_interval_of_its_rate():
    ends = rate_interval(np.array([1.0]))
    assert (ends.value, ends.high) == (1.0, 1.0)
    assert ends.low == pytest.approx(0.2065, abs=1e-4)
    with pytest.raises(EstimateError, match="at least one problem"):
        rate_interval(np.array([]))


def test_an_interval_of_suites_that_nearly_pass_covers_what_is_true():
    rng = np.random.default_rng(5)
    suites = rng.random((500, 60)) < 0.99  # more than half of them pass as a whole
    ends = [rate_interval(suite, resamples=300) for suite in suites.astype(float) if suite.all()]
    assert len(ends) > 250
    assert all(each.low <= 0.99 <= each.high for each in ends)


def test_pairing_removes_what_problems_share():
    rng = np.random.default_rng(3)
    difficulty = rng.random(50)
    a, b = difficulty + 0.02 + rng.normal(0, 0.01, 50), difficulty
    ends = paired_interval(a, b)
    assert ends.low > 0
    assert ends.value == pytest.approx((a - b).mean())
    assert interval(a).low < b.mean()
    with pytest.raises(EstimateError, match="equal shapes can be paired"):
        paired_interval(a, b[:-1])


def curve(problems: int, points: int) -> PassAtT:
    """Baseline on which every problem gains 0.1 for every 10 tokens."""
    k = np.arange(1, points + 1)
    return PassAtT(np.tile(0.1 * k, (problems, 1)), np.tile(10.0 * k, (problems, 1)))


def test_the_ratio_is_taken_at_equal_tokens():
    at = PassAtT(np.full((4, 3), 0.3), np.tile([20.0, 25.0, 30.0], (4, 1)))
    ratio = ratio_to_baseline(at, curve(4, 5), resamples=100)
    assert ratio.value == pytest.approx([1.5, 1.2, 1.0])
    assert ratio.low == pytest.approx(ratio.value)  # all problems are alike
    assert ratio.high == pytest.approx(ratio.value)


def test_the_ratio_interpolates_between_the_means_of_the_suite():
    # Problem 0 is solved at once and cheaply, problem 1 never.
    baseline = PassAtT(np.array([[1.0, 1.0], [0.0, 0.0]]), np.array([[10.0, 20.0], [30.0, 60.0]]))
    at = PassAtT(np.array([1.0, 0.5]), np.array([20.0, 40.0]))
    assert ratio_to_baseline(at, baseline, resamples=100).value == pytest.approx(0.75 / 0.5)


def test_no_ratio_beyond_the_baseline_or_over_nothing():
    at = PassAtT(np.full((4, 4), 0.3), np.tile([9.0, 10.0, 50.0, 51.0], (4, 1)))
    ratio = ratio_to_baseline(at, curve(4, 5), resamples=100)
    assert np.isnan(ratio.value).tolist() == [True, False, False, True]
    assert np.isnan(ratio.low).tolist() == np.isnan(ratio.high).tolist() == [True, False, False, True]
    never = PassAtT(np.zeros((4, 5)), curve(4, 5).tokens)
    assert np.isnan(ratio_to_baseline(at, never, resamples=100).value).all()


def test_an_end_that_many_resamples_cannot_tell_is_nan():
    rng = np.random.default_rng(4)
    tokens = rng.uniform(0, 100, 40)
    baseline = PassAtT(np.tile([0.4, 0.5], (40, 1)), np.tile([1.0, tokens.mean() + 1], (40, 1)))
    ratio = ratio_to_baseline(PassAtT(rng.random(40), tokens), baseline, resamples=500)
    assert not np.isnan(ratio.value)
    assert np.isnan(ratio.low)
    assert np.isnan(ratio.high)


def test_a_method_against_itself_is_one_however_problems_are_drawn():
    rng = np.random.default_rng(5)
    k = np.arange(1, 9)
    rates = 1 - (1 - rng.beta(0.5, 0.5, (60, 1))) ** k
    tokens = rng.uniform(10, 300, (60, 1)) * k
    same = PassAtT(rates, tokens)
    ratio = ratio_to_baseline(same, same, resamples=300)
    assert ratio.value == pytest.approx(np.ones(8))
    assert ratio.low == pytest.approx(np.ones(8))
    assert ratio.high == pytest.approx(np.ones(8))


def test_the_ratio_needs_the_same_problems():
    with pytest.raises(EstimateError, match="same problems"):
        ratio_to_baseline(PassAtT(np.ones((3, 2)), np.ones((3, 2))), curve(4, 5))
    with pytest.raises(EstimateError, match="same problems"):
        ratio_to_baseline(PassAtT(np.ones(3), np.ones(3)), PassAtT(np.ones(3), np.ones(3)))


@given(trials=st.integers(1, 400), data=st.data())
def test_wilsons_interval_is_scipys(trials, data):
    solved = data.draw(st.integers(0, trials))
    theirs = binomtest(solved, trials).proportion_ci(0.95, method="wilson")
    low, high = wilson(np.asarray(solved / trials), trials, 0.95)
    assert (low, high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))
