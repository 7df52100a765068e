"""Precision, recall and F1."""

from math import isnan

from hypothesis import given
from hypothesis import strategies as st

from sharpen.graphs.metrics.overlap import Overlap, mean, mean_overlap

SHARES = st.floats(0, 1)


@given(SHARES, SHARES)
def test_f1_is_between_precision_and_recall(precision: float, recall: float):
    result = Overlap.of(precision, recall).f1
    assert min(precision, recall) - 1e-9 <= result <= max(precision, recall) + 1e-9
    assert result == Overlap.of(recall, precision).f1


def test_without_precision_and_recall_there_is_no_f1():
    assert Overlap.of(0, 0) == Overlap(0, 0, 0)


def test_a_mean_is_the_sum_from_left_to_right():
    # Compensated, as ``sum`` is in newer Pythons, it would be 2 / 3.
    assert mean([1e16, 2.0, -1e16]) == (1e16 + 2.0 - 1e16) / 3
    assert mean([1.0, 1e-16, 1e-16]) == 1 / 3


def test_of_nothing_there_is_no_mean():
    assert isnan(mean([])) and isnan(mean_overlap([]).f1)


def test_f1_is_averaged_by_itself():
    assert mean_overlap([Overlap.of(1, 1 / 3), Overlap.of(1 / 3, 1)]).f1 == 1 / 2
