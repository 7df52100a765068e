"""The connections to one server: proxies, certificates, sockets and headers, and bounds on what comes back.

httpx would read the environment by itself. It is read here instead, once and checked, so that what cannot
work is one sentence before any request, and so that nothing of the environment goes where it should not:
OpenAI's organisation goes to OpenAI only, and no redirect takes a prompt to another host.
"""

import asyncio
import ipaddress
import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # not in typeshed

import httpx2

from sharpen.errors import ModelError, UsageError
from sharpen.models.openai.answer import streamed_texts
from sharpen.models.openai.endpoint import Endpoint, secret_of
from sharpen.models.openai.errors import ServerError, parsed
from sharpen.models.openai.options import ServerOptions, expanded
from sharpen.models.streaming import current_draft

MOST_BYTES = 1 << 26
"""The longest answer that is read: 64 MiB."""
_CONNECT_SECONDS = 10.0
_LISTING_SECONDS = 10.0
_LONGEST_STREAM = 10
"""A streamed answer takes at most this multiple of the timeout, which bounds its pieces."""

Transport = TypeVar("Transport", httpx2.HTTPTransport, httpx2.AsyncHTTPTransport)


class Connection:
    """Sends requests to one endpoint. It holds connections: close it."""

    def __init__(self, endpoint: Endpoint, options: ServerOptions, environ: Mapping[str, str]) -> None:
        """Read what the environment says about the way to the server.

        Raises:
            UsageError: a variable of a header is not set, a proxy or a certificate file cannot be used.
        """
        added = _added_headers(options, environ)
        proxy = proxy_of(endpoint, environ)
        self.endpoint = replace(endpoint, secrets=(*added.values(), *_passwords(proxy)))
        self._headers = _headers(self.endpoint, added, environ)
        self._way = {"verify": _trusted(endpoint, proxy, environ), "proxy": proxy} | (
            {"uds": endpoint.socket} if endpoint.socket else {}
        )
        self._seconds = options.timeout * (_LONGEST_STREAM if options.stream else 1)
        self._draft = current_draft if options.stream else lambda: None
        self._client = httpx2.AsyncClient(
            transport=self._transport(httpx2.AsyncHTTPTransport),
            headers=self._headers,
            timeout=httpx2.Timeout(options.timeout, connect=_CONNECT_SECONDS, pool=None),
            trust_env=False,
        )

    async def post(self, route: str, body: Mapping[str, object]) -> str:
        """Send a request and return the body of the reply.

        Raises:
            ServerError: no whole reply came, none in time, or one whose status is an error.
            ModelError: the reply is longer than any answer.
        """
        try:
            async with asyncio.timeout(self._seconds):
                async with self._client.stream("POST", self.endpoint.route(route), json=body) as response:
                    content, draft = bytearray(), self._draft()
                    if draft:
                        draft.pieces.clear()
                    async for piece in response.aiter_bytes():
                        content += piece
                        if draft:
                            draft.pieces += streamed_texts(content, len(piece))
                        if len(content) > MOST_BYTES:
                            raise ModelError(f"{self.endpoint.address} answered more than {MOST_BYTES} bytes")
        except (TimeoutError, httpx2.TimeoutException) as error:
            connecting = isinstance(error, httpx2.ConnectTimeout)
            raise ServerError("connection" if connecting else "timeout", body=_cause(error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise ServerError("connection", body=_cause(error)) from None
        return _text(response, bytes(content))

    def served(self) -> str:
        """Return the server's list of models. Blocks; called once, when something is unclear.

        Raises:
            ServerError: no whole reply came, none in time, or one whose status is an error.
        """
        end, content = time.monotonic() + _LISTING_SECONDS, bytearray()
        try:
            with (
                httpx2.Client(
                    transport=self._transport(httpx2.HTTPTransport),
                    headers=self._headers,
                    timeout=_LISTING_SECONDS,
                    trust_env=False,
                ) as client,
                client.stream("GET", self.endpoint.route("/models")) as response,
            ):
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > MOST_BYTES or time.monotonic() > end:
                        raise ServerError("broken", body="the list of models has no end")
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise ServerError("connection", body=_cause(error)) from None
        return _text(response, bytes(content))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _transport(self, kind: type[Transport]) -> Transport:
        way: dict[str, Any] = self._way
        return kind(**way, limits=httpx2.Limits(max_connections=None), trust_env=False)


def proxy_of(endpoint: Endpoint, environ: Mapping[str, str]) -> httpx2.Proxy | None:
    """Return the proxy that the environment names for an endpoint, if any.

    Raises:
        UsageError: it is not a proxy, or one of a kind that needs another package.
    """
    parts = urlsplit(endpoint.url)
    names = [f"{parts.scheme}_proxy", f"{parts.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    variable = next((name for name in names if environ.get(name, "").strip()), "")
    if not variable or endpoint.socket or _bypasses(parts.hostname or "", parts.port, environ):
        return None
    address = environ[variable].strip()
    way_out = f"set {variable} anew, unset it, or add {parts.hostname} to NO_PROXY"
    try:
        proxy = httpx2.Proxy(address if "://" in address else f"http://{address}")
        if proxy.url.scheme.startswith("socks"):
            import socksio  # type: ignore[import-not-found]  # noqa: F401
    except ImportError:
        raise UsageError(
            f"{variable} names a SOCKS proxy, which needs a package: run pip install socksio; or {way_out}"
        ) from None
    except (ValueError, httpx2.InvalidURL):
        raise UsageError(f"{variable} does not name a proxy (http, https, socks5): {way_out}") from None
    return proxy


def _bypasses(host: str, port: int | None, environ: Mapping[str, str]) -> bool:
    """Return whether NO_PROXY names the host: by name, domain, address, network or ``*``."""
    without = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    place = f"{host}:{port}" if port else host
    if proxy_bypass_environment(place, {"no": without}):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    for entry in without.split(","):
        try:
            if address in ipaddress.ip_network(entry.strip().strip("[]"), strict=False):
                return True
        except ValueError:
            continue  # a name
    return False


def _trusted(
    endpoint: Endpoint, proxy: httpx2.Proxy | None, environ: Mapping[str, str]
) -> ssl.SSLContext | bool:
    """Return how certificates are checked. A plain connection has none, and loads no store."""
    if not endpoint.url.startswith("https:") and not (proxy and proxy.url.scheme == "https"):
        return False
    for variable, exists in (("SSL_CERT_FILE", os.path.isfile), ("SSL_CERT_DIR", os.path.isdir)):
        path = environ.get(variable, "").strip()
        if path and not exists(path):
            raise UsageError(f"{variable} names {path}, which does not exist: set it anew, or unset it")
    try:
        return httpx2.create_ssl_context(trust_env=True)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the certificates of SSL_CERT_FILE or SSL_CERT_DIR cannot be read ({error}): unset the "
            "variable, or name a file of certificates in PEM form"
        ) from None


def _headers(endpoint: Endpoint, added: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    headers: dict[str, str] = {"accept": "application/json, text/event-stream", "user-agent": "sharpen"}
    # Azure knows a key by this header and a bearer token by the other.
    if "api-version" in endpoint.query:
        headers["api-key"] = endpoint.key
    else:
        headers["authorization"] = f"Bearer {endpoint.key}"
    if endpoint.is_openai and endpoint.key_variable == "OPENAI_API_KEY":
        for name, variable in (
            ("openai-organization", "OPENAI_ORG_ID"),
            ("openai-project", "OPENAI_PROJECT_ID"),
        ):
            if value := secret_of(variable, environ):
                headers[name] = value
    return {**headers, **added}


def _added_headers(options: ServerOptions, environ: Mapping[str, str]) -> dict[str, str]:
    try:
        added = expanded(options.request_headers, environ)
    except KeyError as error:
        raise UsageError(f"--server.header names the variable {error.args[0]}, which is not set") from None
    for name, value in added.items():
        if not (value.isascii() and value.isprintable()):
            raise UsageError(
                f"the variable in --server.header '{name}' has a character that no header may have"
            )
    return added


def _passwords(proxy: httpx2.Proxy | None) -> tuple[str, ...]:
    return tuple(part.decode() for part in proxy.raw_auth if part) if proxy and proxy.raw_auth else ()


def _text(response: httpx2.Response, content: bytes) -> str:
    """Return a body as text, or raise the error that it is.

    Bytes that are not UTF-8 become lone surrogates, which are escaped where the text is recorded.
    """
    text = content.decode("utf-8-sig", "surrogateescape")
    if not response.is_success:
        raise ServerError("reply", response.status_code, parsed(text), response.headers)
    return text


def _cause(error: BaseException) -> str:
    """Return why there was no reply: the innermost error, which names the cause."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
