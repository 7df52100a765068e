"""Reading addresses over HTTP: a token goes to its own host only, and everything has an end.

1. A redirect is followed to HTTP and HTTPS addresses only, and never takes the token along.
2. Reading an answer ends after ``limit`` bytes, and after ``DEADLINE`` seconds even if bytes trickle in.
3. What goes wrong is a :class:`FetchError` that names the address; a refusal is an :class:`AccessError`.
"""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage, HTTPResponse
from typing import IO
from urllib.parse import urlsplit
from urllib.request import Request

from sharpen.errors import AccessError, FetchError

CONNECT_SECONDS = 10.0
"""After which a host that does not answer, or stops in the middle, is given up."""
DEADLINE = 60.0
"""Seconds for the whole of a short answer."""

_REFUSED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_CHUNK = 1 << 16


class BrokenConnectionError(FetchError):
    """The host cannot be reached, or the connection broke: trying again may help."""


@contextmanager
def opened(url: str, token: str = "", first: int = 0) -> Iterator[HTTPResponse]:
    """Open an address from its byte ``first`` on.

    Raises:
        AccessError: the host wants a token, or another one.
        BrokenConnectionError: the host cannot be reached, or the connection broke while the block read.
        FetchError: the host answers with another error; ``status`` of its cause is the code.
    """
    if not url.startswith(("http://", "https://")):
        raise FetchError(f"{url} is not an address of HTTP or HTTPS")
    try:
        request = Request(url, headers={"Range": f"bytes={first}-"} if first else {})  # noqa: S310
        if token:
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        with _OPENER.open(request, timeout=CONNECT_SECONDS) as response:
            yield response
    except urllib.error.HTTPError as error:
        error.close()
        kind = AccessError if error.code in _REFUSED else FetchError
        raise kind(f"{url} answers {error.code} {error.reason}") from error
    except (urllib.error.URLError, TimeoutError, ConnectionError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise BrokenConnectionError(f"{url} cannot be reached ({reason})") from error


def read_url(url: str, limit: int, token: str = "") -> bytes:
    """Return a short answer, which has at most ``limit`` bytes. Raises like :func:`opened`."""
    body = bytearray()
    end = time.monotonic() + DEADLINE
    with opened(url, token) as response:
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > limit:
                raise FetchError(f"{url} gives more than {limit:,} bytes")
            if time.monotonic() > end:
                raise FetchError(f"{url} takes longer than {DEADLINE:.0f} s")
    return bytes(body)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects as urllib does, but never from HTTPS to HTTP nor to other protocols."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        old, new = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if new not in ("http", "https") or (old == "https" and new == "http"):
            raise urllib.error.URLError(f"it redirects to {newurl}, which is not safe")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_Redirects)
