"""How many requests and tokens a server gets in a minute, where the user caps them."""

from collections.abc import Awaitable, Callable

MINUTE = 60.0


class Pace:
    """Starts requests apart, so that on average no more than the caps are sent in a minute.

    Tokens are counted when an answer is there, so a run begins with as many requests as may be in flight and
    evens out afterwards.
    """

    def __init__(
        self,
        requests: int | None,
        tokens: int | None,
        now: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """Take the caps, None for none, and a clock with its way to wait."""
        self._apart = MINUTE / requests if requests else 0.0
        self._by_token = MINUTE / tokens if tokens else 0.0
        self._now, self._sleep = now, sleep
        self._next = float("-inf")

    async def turn(self) -> None:
        """Wait until the next request may start."""
        if not self._apart and not self._by_token:
            return
        now = self._now()
        start = max(now, self._next)
        self._next = start + self._apart
        if start > now:
            await self._sleep(start - now)

    def used(self, tokens: int) -> None:
        """Count the tokens of a request that was answered: later ones start later."""
        if self._by_token:
            self._next = max(self._next, self._now()) + tokens * self._by_token
