"""Pipelines the calls that a suite is known to make: they are sent with the program, all at once."""

from collections.abc import Sequence

_MAX_QUESTIONS = 100
_MAX_BYTES = 1 << 16


class KnownCalls:
    """What the tests of one suite ask, by the first test that shares a child."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[bytes, ...]] = {}

    def questions(self, first: int) -> tuple[bytes, ...]:
        """Return what the tests from index ``first`` on ask; nothing if that is not known."""
        return self._known.get(first, ())

    def learn(self, first: int, calls: Sequence[bytes], answered: int) -> None:
        """Remember what was asked of a program, right or wrong, that answered everything.

        Not where that, or the ``answered`` bytes, is much: a child would have to wait for the judge.
        """
        if first in self._known or len(calls) > _MAX_QUESTIONS:
            return
        if max(sum(map(len, calls)), answered) <= _MAX_BYTES:
            self._known[first] = tuple(calls)

    def give_up(self, first: int) -> None:
        """Send no calls ahead any more: these tests ask other ones each time."""
        self._known[first] = ()
