"""How long to keep asking a server that does not answer: backoff with full jitter, and Retry-After.

Full jitter: before try n + 1, wait a uniform time between 0 and ``min(longest, base * 2**(n - 1))``
(M. Brooker, "Exponential Backoff And Jitter", 2015). When the server says how long to wait, wait that
long and a little more, so that everybody who was sent away does not come back at once.

The official client could retry by itself. Ours is here because the requests in flight must see every
429, because waiting is injected in tests, and because the client gives up without saying after how long.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """When to try again and when to stop.

    Attributes:
        tries: requests at most for one sample.
        first_contact: requests at most as long as nothing has ever answered at the address, so that a
            mistyped port is reported in seconds.
        seconds: no try starts later than this after the first.
        base: bound of the first wait in seconds.
        longest: bound of every wait in seconds that the server did not ask for.
        connect_seconds: for the connection to be made.
        read_seconds: for the answer, which comes in one piece when all of it is written.
        now: a monotonic clock.
        sleep: waits.
        uniform: draws a number between its two arguments.
    """

    tries: int = 10
    first_contact: int = 4
    seconds: float = 900.0
    base: float = 0.5
    longest: float = 60.0
    connect_seconds: float = 10.0
    read_seconds: float = 600.0
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    uniform: Callable[[float, float], float] = random.uniform

    def wait(self, failures: int, asked: float | None) -> float:
        """Return the seconds to wait after this many failures, ``asked`` being the server's own wish."""
        if asked is not None:
            return asked + self.uniform(0.0, self.base)
        return self.uniform(0.0, min(self.longest, self.base * 2.0 ** (failures - 1)))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that an answer asks to wait (RFC 9110, 10.2.3), or None when it does not say.

    A date is compared with the server's own ``Date``, so that its clock need not agree with ours.
    """
    wish = headers.get("retry-after", "").strip()
    if wish.isdecimal():
        return float(wish)
    until, now = _timestamp(wish), _timestamp(headers.get("date", ""))
    if until is None:
        return None
    return max(0.0, until - (time.time() if now is None else now))


def _timestamp(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
