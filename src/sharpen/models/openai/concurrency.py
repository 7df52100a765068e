"""How many requests are in flight at once, learnt from the server's own answers.

Additive increase and multiplicative decrease (Chiu and Jain 1989), as TCP does it (RFC 5681):

1. Start with a few slots. While all are taken, every success adds one, which doubles them in a round
   trip ("slow start"), until the server says for the first time that it is too much.
2. Too much (429, 503, a timeout) halves the slots, once a round trip: a request that was sent before
   the last halving tells nothing about the load after it and changes nothing.
3. From then on a success adds 1 / slots, which is one slot in a round trip.

Deviations from TCP: slots are whole requests, there is a floor of one and a ceiling, and a refused
request keeps its slot through its first waits, so that few requests reach a server in trouble.
"""

from anyio import CapacityLimiter

START = 8
CEILING = 256


class RequestLimiter:
    """Slots for requests to one server; ``async with`` takes one, first come first served.

    A slot belongs to the task that takes it, so each request needs a task of its own.
    """

    def __init__(self, start: int = START, ceiling: int = CEILING) -> None:
        start = min(start, ceiling)
        self._limit = float(start)
        self._ceiling = ceiling
        self._halvings = 0
        self._slots = CapacityLimiter(start)

    @property
    def limit(self) -> int:
        """Requests that may be in flight now, from 1 to the ceiling."""
        return int(self._limit)

    @property
    def taken(self) -> int:
        """Requests in flight now; more than the limit for as long as a halving takes to drain."""
        return self._slots.borrowed_tokens

    async def __aenter__(self) -> None:
        """Wait for a slot."""
        await self._slots.acquire()

    async def __aexit__(self, *_: object) -> None:
        """Give the slot back."""
        self._slots.release()

    def mark(self) -> int:
        """Return the round that a request sent now belongs to."""
        return self._halvings

    def succeeded(self, mark: int) -> None:
        """Count a success of a request sent at ``mark``: more may fit, if more was wanted."""
        if mark == self._halvings and self.taken >= self.limit:
            self._resize(self._limit + (1 / self._limit if self._halvings else 1))

    def overloaded(self, mark: int) -> None:
        """Count a refusal of a request sent at ``mark``: half as many, once a round trip."""
        if mark == self._halvings:
            self._halvings += 1
            self._resize(self._limit / 2)

    def _resize(self, limit: float) -> None:
        self._limit = min(max(limit, 1.0), float(self._ceiling))
        self._slots.total_tokens = self.limit
