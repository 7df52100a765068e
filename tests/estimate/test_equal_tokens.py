"""The comparison at equal tokens, held against policies that are simulated draw by draw."""

import numpy as np
import pytest

from sharpen.errors import EstimateError
from sharpen.estimate import IidBaseline, Samples, Tree, pass_at_k, pass_at_t, pass_rate_within, tokens_below


def samples(passed, tokens):
    return Samples(np.array(passed, dtype=bool), np.array(tokens, dtype=float))


def drawn(rng, skill, n_p=2, n_f=2, n_r=2):
    """Draw one problem's tree; tokens depend on what passes, as they do for real models."""
    passed = rng.random(n_p) < skill
    below = (n_p, n_f, n_r)
    repaired = rng.random(below) < 0.5 * skill
    return Tree(
        passed=passed,
        tokens=np.where(passed, 40.0, rng.integers(50, 90, n_p)),
        repairable=np.ones(n_p, dtype=bool),
        feedback_tokens=rng.integers(5, 30, below[:-1]).astype(float),
        repair_passed=repaired,
        repair_tokens=np.where(repaired, 35.0, rng.integers(30, 110, below)),
    )


def further(rng, skill, tokens):
    passed, cost = [], []
    while sum(cost) < tokens:
        passed.append(rng.random() < skill)
        cost.append(40.0 if passed[-1] else float(rng.integers(50, 90)))
    return samples(passed, cost)


def sampled_to(rng, skill, budget):
    """Play the policy of i.i.d. sampling once: tokens spent, and whether a sample passed."""
    spent = 0.0
    while True:
        right = rng.random() < skill
        cost = 40.0 if right else float(rng.integers(50, 90))
        if spent + cost > budget and rng.random() >= (budget - spent) / cost:
            return spent, False
        spent += cost
        if right or spent >= budget:
            return spent, right


def test_the_estimated_difference_is_that_of_the_two_policies_played_out():
    """On 20,000 trees the mean is within 4 standard errors of an independent simulation of both policies."""
    rng, estimated, played = np.random.default_rng(0), [], []
    for skill in rng.beta(0.6, 1.4, 20_000):
        tree = drawn(rng, skill)
        budget = float(tokens_below(tree))
        more = 0.0 if tree.passed.any() else pass_rate_within(further(rng, skill, budget), budget)
        both = pass_at_t(tree, 2, (0, 2), 2).pass_rate
        estimated.append(both[1] - both[0] - more)
        other = drawn(rng, skill)
        unsolved = not other.passed.any()
        repaired = unsolved and other.repair_passed.any()
        resampled = unsolved and sampled_to(rng, skill, float(tokens_below(other)))[1]
        played.append(float(repaired) - float(resampled))
    error = np.sqrt((np.var(estimated) + np.var(played)) / len(played))
    assert abs(np.mean(estimated) - np.mean(played)) < 4 * error
    assert np.std(estimated) > 0


def test_both_policies_spend_the_same_tokens_where_nothing_passes():
    rng = np.random.default_rng(1)
    spent = [sampled_to(rng, 0.0, 500.0)[0] for _ in range(4_000)]
    assert np.mean(spent) == pytest.approx(500, rel=0.01)


def test_tokens_below_are_those_of_the_batch_form_at_full_size():
    rng = np.random.default_rng(2)
    trees = Tree.stack([drawn(rng, skill) for skill in rng.random(40)])
    both = pass_at_t(trees, 2, (0, 2), 2).tokens
    assert tokens_below(trees) == pytest.approx(both[:, 1] - both[:, 0])


def test_a_sample_that_is_paid_in_part_counts_in_part():
    assert pass_rate_within(samples([False, True], [60, 80]), 100) == pytest.approx(0.5)
    assert pass_rate_within(samples([True, False], [60, 80]), 100) == 1
    assert pass_rate_within(samples([False, True], [60, 80]), 60) == 0
    assert pass_rate_within(samples([], []), 0) == 0


def test_too_few_samples_are_refused():
    with pytest.raises(EstimateError, match="draw more"):
        pass_rate_within(samples([False], [60]), 100)


def test_the_curve_goes_on_without_bias_after_the_first_samples():
    """More samples are drawn only where the first fail: pass@k of all of them together would be biased."""
    rng, k = np.random.default_rng(3), 5
    skill = rng.beta(0.6, 1.4, 20_000)
    first = rng.random((len(skill), 2)) < skill[:, None]
    more = rng.random((len(skill), 3)) < skill[:, None]
    nothing = Samples()
    baseline = IidBaseline(
        Tree.of_programs(first, np.full(first.shape, 10.0)),
        [nothing if f.any() else samples(m, np.full(3, 10.0)) for f, m in zip(first, more, strict=True)],
    )
    curve = baseline.curve()
    truth = [np.mean(1 - (1 - skill) ** n) for n in range(1, k + 1)]
    assert curve.pass_rate.mean(axis=0) == pytest.approx(truth, abs=0.012)
    assert curve.tokens.mean(axis=0) == pytest.approx([10 * n for n in range(1, k + 1)])


def test_without_further_samples_the_curve_is_pass_at_k():
    passed = np.array([[True, False, False], [False, False, False]])
    curve = IidBaseline(Tree.of_programs(passed, np.full(passed.shape, 10.0))).curve()
    assert curve.pass_rate == pytest.approx(pass_at_k([[3], [3]], [[1], [0]], [[1, 2, 3]]))
