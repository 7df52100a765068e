"""Counts with their nouns, for messages; and items by a number at a time."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")


def plural(value: int, noun: str) -> str:
    """Return a count with its noun: ``1 problem``, ``1,200 problems``."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of up to ``size`` items; itertools has it from Python 3.12."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
