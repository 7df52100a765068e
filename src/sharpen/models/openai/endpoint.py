"""Where a model is served: the spec strings ``openai:NAME``, ``http(s)://host:port/v1#NAME``, ``unix:...``.

An address may have a path and a query (Azure's ``?api-version=``), and may be a Unix socket:
``unix:/run/vllm.sock#NAME``, or ``http+unix://%2Frun%2Fvllm.sock/v1#NAME``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from sharpen.errors import UsageError
from sharpen.models.openai.options import SECRET_NAME

OPENAI_URL = "https://api.openai.com/v1"
_ROUTES = ("/chat/completions", "/completions", "/models")
_SHORTEST_SECRET = 5
"""Shorter keys are not blanked out of messages: they would blank out ordinary words."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model on a server.

    Attributes:
        spec: what the user typed.
        url: the base address without query, and without a slash at its end.
        model: the server's name for the model; empty while it is not known.
        key: the secret sent with each request.
        key_variable: the environment variable that it came from or should come from.
        query: what follows ``?`` in every request, or empty.
        socket: the path of the Unix socket that the server listens on, or empty.
        secrets: what must be in no message: the key, values of headers, passwords of proxies.
    """

    spec: str
    url: str
    model: str
    key: str = field(repr=False)
    key_variable: str
    query: str = ""
    socket: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def address(self) -> str:
        """The address as messages show it."""
        where = f"unix:{self.socket}" if self.socket else self.url
        return f"{where}?{self.query}" if self.query else where

    @property
    def is_openai(self) -> bool:
        """Whether OpenAI itself answers there."""
        return urlsplit(self.url).hostname == urlsplit(OPENAI_URL).hostname and not self.socket

    def route(self, path: str) -> str:
        """Return the address of one route, as ``/models``."""
        return f"{self.url}{path}?{self.query}" if self.query else f"{self.url}{path}"

    def without_secrets(self, text: str) -> str:
        """Return ``text`` with every known secret blanked out."""
        for secret in (self.key, *self.secrets):
            if len(secret) >= _SHORTEST_SECRET:
                text = text.replace(secret, "***")
        return text


def is_server(spec: str) -> bool:
    """Return whether ``spec`` names a model on a server."""
    return spec.startswith(("openai:", "unix:")) or "://" in spec


def parse_endpoint(spec: str, environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint that ``spec`` names, its key taken from ``environ``.

    ``openai:NAME`` uses OPENAI_API_KEY, at OPENAI_BASE_URL where that is set. An address uses
    SHARPEN_API_KEY, or "none", which servers without keys accept: OpenAI's key is OpenAI's alone.

    Raises:
        UsageError: no model after ``openai:``, no key for it, a key that no header may hold, an address
            that is none, or one that holds a secret.
    """
    if spec.startswith("openai:"):
        return _official(spec, environ)
    refuse_secrets(spec)
    url, _, model = spec.strip().partition("#")
    key = secret_of("SHARPEN_API_KEY", environ) or "none"
    return _located(spec, url, spec, model, key, "SHARPEN_API_KEY")


def refuse_secrets(spec: str, where: str = "the address of the model") -> None:
    """Raise UsageError if an address in ``spec`` holds a password or a key: addresses are recorded."""
    for address in spec.partition("#")[0].split(","):
        try:
            parts = urlsplit(address.strip())
            named = next((name for name, _ in parse_qsl(parts.query) if SECRET_NAME.search(name)), "")
            holds = "a user name or password" if "@" in parts.netloc else named
        except ValueError:  # no address at all, which has its own sentence later
            holds = "a user name or password" if "@" in address else ""
        if holds:
            raise UsageError(
                f"{where} holds a secret ({holds}), and addresses are recorded: take it out, and put it into "
                "SHARPEN_API_KEY, or into a variable for --server.header 'NAME: $VARIABLE'"
            )


def secret_of(variable: str, environ: Mapping[str, str]) -> str:
    """Return a secret of the environment without white space around it; empty when it is not set.

    Raises:
        UsageError: it has a character that no header may hold. The message does not show it.
    """
    secret = environ.get(variable, "").strip()
    for place, character in enumerate(secret, 1):
        if not (character.isascii() and character.isprintable()):
            raise UsageError(
                f"{variable} has a character at place {place} of {len(secret)} that no key may have: set it "
                "anew"
            )
    return secret


def _official(spec: str, environ: Mapping[str, str]) -> Endpoint:
    model = spec.removeprefix("openai:")
    if not model:
        raise UsageError("openai: needs a model's name after the colon, as in openai:gpt-5-mini")
    key = secret_of("OPENAI_API_KEY", environ)
    if not key:
        raise UsageError(f"{spec} needs a key: set the variable OPENAI_API_KEY to yours")
    url = environ.get("OPENAI_BASE_URL", "").strip() or OPENAI_URL
    refuse_secrets(url, "OPENAI_BASE_URL")
    return _located(spec, url, "OPENAI_BASE_URL", model, key, "OPENAI_API_KEY")


def _located(spec: str, url: str, where: str, model: str, key: str, variable: str) -> Endpoint:
    if url.startswith("unix:"):
        path = "/" + url.removeprefix("unix:").lstrip("/")
        return Endpoint(spec, "http://localhost/v1", model, key, variable, socket=path)
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https", "http+unix") and parts.hostname and parts.port != 0
        sound = sound and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(f"{where}: {url} is not a server's address, write http://host:port/v1#NAME")
    path = parts.path.rstrip("/")
    for route in _ROUTES:
        path = path.removesuffix(route)
    if parts.scheme == "http+unix":
        socket = unquote(parts.netloc)
        return Endpoint(spec, f"http://localhost{path}", model, key, variable, parts.query, socket)
    base = f"{parts.scheme}://{parts.netloc}{path}"
    return Endpoint(spec, base, model, key, variable, parts.query)
