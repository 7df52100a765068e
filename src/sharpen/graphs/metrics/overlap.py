"""Precision, recall and F1, of one item and averaged over items."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import nan
from operator import add
from typing import Self, TypeVar

from sharpen.errors import DataError

Predicted = TypeVar("Predicted")
Reference = TypeVar("Reference")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Precision, recall and F1, all between 0 and 1.

    F1 is a field of its own because the mean of F1 over items is not the F1 of the means.
    """

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, precision: float, recall: float) -> Self:
        """Return precision and recall with their harmonic mean, which is 0 when both are 0."""
        both = precision + recall
        return cls(precision, recall, 2 * precision * recall / both if both else 0.0)


NONE = Overlap(0.0, 0.0, 0.0)
"""What an item scores whose output could not be read."""


def total(values: Iterable[float]) -> float:
    """Return the sum from left to right, as the reference evaluators do it.

    From Python 3.12 on ``sum`` compensates its rounding, which could tip a figure of three digits.
    """
    return reduce(add, values, 0.0)


def mean(values: Sequence[float]) -> float:
    """Return the mean, NaN of nothing."""
    return total(values) / len(values) if values else nan


def mean_overlap(overlaps: Sequence[Overlap]) -> Overlap:
    """Return the means of precision, recall and F1, NaN of nothing."""
    return Overlap(
        mean([overlap.precision for overlap in overlaps]),
        mean([overlap.recall for overlap in overlaps]),
        mean([overlap.f1 for overlap in overlaps]),
    )


def paired(
    predicted: Sequence[Predicted], reference: Sequence[Reference]
) -> list[tuple[Predicted, Reference]]:
    """Return predictions beside their reference answers.

    Raises:
        DataError: there are more of one than of the other.
    """
    if len(predicted) != len(reference):
        raise DataError(
            f"{len(predicted)} predictions cannot be scored against {len(reference)} reference answers"
        )
    return list(zip(predicted, reference, strict=True))
