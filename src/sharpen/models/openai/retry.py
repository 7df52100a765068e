"""When a request is sent again: backoff with full jitter, and what the server asks for.

Full jitter: before try n + 1, wait a uniform time between 0 and ``min(longest, base * 2**(n - 1))``
(M. Brooker, "Exponential Backoff And Jitter", 2015). When the server says how long to wait, the wait is the
larger of the two, and a little more, so that requests that were refused together do not come back together.

The limiter of requests must see every 429, waiting is injected in tests, and a message has to say how long
was tried; so this is not left to a library.
"""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_UNITS = {"ms": 0.001, "milli": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_EPOCH = 1e9
"""A wish of so many seconds is a point in time, counted from 1970."""
_WORDS = re.compile(
    r"(?:again|retry|wait)\D{0,20}?((?:\d+(?:\.\d+)?\s*(?:milli|ms|h|m|s)[a-z]*\s*)+)|retryDelay\W{1,6}([\d.]+s)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Retry:
    """When to try again and when to stop.

    Attributes:
        tries: requests at most for one sample, while the server fails on it.
        timeouts: requests at most for one sample, while none is answered in time.
        first_contact: requests at most as long as nothing has ever answered at the address, so that a
            mistyped port is reported in seconds.
        seconds: no try starts later than this after the first, or after the server's last answer to any
            request. A server that is busy or gone is bounded by this alone.
        base: bound of the first wait in seconds.
        longest: bound of every wait in seconds that the server did not ask for.
        now: a monotonic clock.
        sleep: waits.
        uniform: draws a number between its two arguments.
    """

    tries: int = 10
    timeouts: int = 2
    first_contact: int = 4
    seconds: float = 900.0
    base: float = 0.5
    longest: float = 60.0
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    uniform: Callable[[float, float], float] = random.uniform

    def wait(self, failures: int, requested: float | None) -> float:
        """Return the seconds to wait after this many failures: never less than the server requests."""
        doublings = min(failures - 1, 30)
        own = self.uniform(0.0, min(self.longest, self.base * 2.0**doublings))
        return own if requested is None else max(own, requested + self.uniform(0.0, self.base))


def requested_wait(headers: Mapping[str, str], words: str = "") -> float | None:
    """Return the seconds that a refusal asks to wait, or None when it does not say.

    They are in ``retry-after-ms``, in ``Retry-After`` (RFC 9110, 10.2.3), or in its words ("try again in
    2.5s"). A date is compared with the server's own ``Date``, so that its clock need not agree with ours.
    """
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        if re.fullmatch(r"\d{1,12}(\.\d*)?( ?s(ec\w*)?)?", value, re.ASCII):
            seconds = float(re.sub(r"[ a-z]", "", value)) * unit
            return seconds if seconds < _EPOCH else max(0.0, seconds - time.time())
    until, now = _timestamp(headers.get("retry-after", "")), _timestamp(headers.get("date", ""))
    if until is not None:
        return max(0.0, until - (time.time() if now is None else now))
    return _in_words(words)


def _in_words(words: str) -> float | None:
    match = _WORDS.search(words)
    if not match:
        return None
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(milli|ms|h|m|s)", match[1] or match[2], re.IGNORECASE)
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in parts)


def _timestamp(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
