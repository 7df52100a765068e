"""I.i.d. sampling at equal tokens, against brute force over every order in which programs could be drawn."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.estimate import pass_at_k
from sharpen.reports.reflexion.equal_tokens import (
    Baseline,
    ProgramsDrawn,
    at_equal_tokens,
    curve,
    unless_the_first_passes,
    until_one_passes,
    whatever_passes,
)


def until_one(order: tuple[bool, ...], k: int) -> int:
    return order[:k].index(True) + 1 if any(order[:k]) else k


def unless_the_first(order: tuple[bool, ...], k: int) -> int:
    return 1 if order[0] else k


@pytest.mark.parametrize(
    ("drawn", "counted"),
    [
        (until_one_passes, until_one),
        (unless_the_first_passes, unless_the_first),
        (whatever_passes, lambda _, k: k),
    ],
)
@given(programs=st.lists(st.booleans(), min_size=1, max_size=6))
def test_programs_drawn_are_those_of_every_order(drawn: ProgramsDrawn, counted, programs: list[bool]) -> None:
    n, c = len(programs), sum(programs)
    passes = np.array([pass_at_k([n], [c], k) for k in range(1, n + 1)])
    brute = [np.mean([counted(order, k) for order in permutations(programs)]) for k in range(1, n + 1)]
    assert drawn(passes)[:, 0] == pytest.approx(brute)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=5))
def test_sampling_that_stops_gains_nothing_over_itself(passed: list[int]) -> None:
    ids = [str(number) for number in range(len(passed))]
    baseline = Baseline(
        "iid", dict.fromkeys(ids, 8), dict(zip(ids, passed, strict=True)), dict.fromkeys(ids, 10.0)
    )
    for point in curve(baseline):
        itself = dict.fromkeys(ids, (point.rate.value, point.tokens))
        held = at_equal_tokens(baseline, itself, until_one_passes)
        assert held.iid.value == pytest.approx(point.rate.value)
        assert held.gap.value == pytest.approx(0)


def test_what_has_no_problem_of_the_samples_is_held_against_nothing() -> None:
    baseline = Baseline("iid", {"p": 4}, {"p": 1}, {"p": 10.0})
    assert at_equal_tokens(baseline, {"q": (1.0, 10.0)}, whatever_passes).iid.n == 0
