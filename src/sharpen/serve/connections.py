"""Connections: a client without the token holds one for a short time only, and never all of them.

Uvicorn has no deadline for headers. Here a connection is a stranger's until it has sent a request with the
token. A stranger's connection is closed after ``STRANGER_SECONDS``, and the oldest one when there are more
than ``STRANGERS``: half-sent requests of strangers leave room for clients that have the token.
"""

import asyncio
import hmac
from collections.abc import Iterable

from uvicorn.protocols.http.h11_impl import H11Protocol

CONNECTIONS = 512
"""Of everybody. Each needs a descriptor, and so does every program."""
STRANGERS = CONNECTIONS // 2
"""Connections that have not shown the token."""
STRANGER_SECONDS = 10.0
"""For sending a whole request's headers with the token."""

Header = tuple[bytes, bytes]


def has_token(headers: Iterable[Header], token: bytes) -> bool:
    """Whether the headers of a request hold the token."""
    given = dict(headers).get(b"authorization", b"")
    scheme, _, word = given.partition(b" ")
    return scheme.lower() == b"bearer" and hmac.compare_digest(word.strip(), token)


def protocol_for(token: str) -> type[H11Protocol]:
    """Return the HTTP protocol of a service with this token."""
    strangers: dict[_Protocol, None] = {}
    return type("Protocol", (_Protocol,), {"token": token.encode(), "strangers": strangers})


class _Protocol(H11Protocol):
    """One connection.

    Attributes:
        token: what a client must show.
        strangers: connections that have not shown it, the oldest first; shared by all.
    """

    token: bytes
    strangers: "dict[_Protocol, None]"
    _deadline: asyncio.TimerHandle

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(STRANGER_SECONDS, self.end)
        self.strangers[self] = None
        if len(self.strangers) > STRANGERS:
            next(iter(self.strangers)).end()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self in self.strangers and self.headers and has_token(self.headers, self.token):
            self._forget()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def end(self) -> None:
        """Close the connection at once."""
        self._forget()
        self.transport.abort()

    def _forget(self) -> None:
        self._deadline.cancel()
        self.strangers.pop(self, None)
