"""The calls that a suite is known to make, so that they are asked in a pipeline."""

from collections.abc import Sequence

_MOST_QUESTIONS = 100
_MOST_BYTES = 1 << 16


class Foresight:
    """The questions of one suite. Tests that ask other ones each time are never foreseen again."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[bytes, ...]] = {}

    def questions(self, first: int) -> tuple[bytes, ...]:
        """Return what the tests from index ``first`` on ask, if that is known."""
        return self._known.get(first, ())

    def learn(self, first: int, asked: Sequence[bytes], answered: int) -> None:
        """Remember what was asked of a program that passed.

        Where that, or the ``answered`` bytes, is much, a child would have to wait for the judge to wake up.
        """
        if first in self._known or len(asked) > _MOST_QUESTIONS:
            return
        if max(sum(map(len, asked)), answered) <= _MOST_BYTES:
            self._known[first] = tuple(asked)

    def give_up(self, first: int) -> None:
        """Foresee nothing any more."""
        self._known[first] = ()
