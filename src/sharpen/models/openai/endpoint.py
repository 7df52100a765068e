"""Where a model is served: the spec strings ``openai:NAME`` and ``http(s)://host:port/v1#NAME``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sharpen.errors import UsageError

OPENAI_URL = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model on a server.

    Attributes:
        spec: what the user typed.
        url: the base url, without a slash at its end.
        model: the server's name for the model; empty while it is not known.
        key: the secret sent with each request.
        key_variable: the environment variable that it came from or should come from.
    """

    spec: str
    url: str
    model: str
    key: str = field(repr=False)
    key_variable: str


def parse_endpoint(spec: str, environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint that ``spec`` names, its key taken from ``environ``.

    ``openai:NAME`` uses OPENAI_API_KEY, at OPENAI_BASE_URL where that is set. An address uses
    SHARPEN_API_KEY, or "none", which servers without keys accept: OpenAI's key is OpenAI's alone.

    Raises:
        UsageError: no model after ``openai:``, no key for it, or an address that is none.
    """
    if spec.startswith("openai:"):
        return _official(spec, environ)
    url, _, model = spec.partition("#")
    key = environ.get("SHARPEN_API_KEY") or "none"
    return Endpoint(spec, _address(url, spec), model, key, "SHARPEN_API_KEY")


def _official(spec: str, environ: Mapping[str, str]) -> Endpoint:
    model = spec.removeprefix("openai:")
    if not model:
        raise UsageError("openai: needs a model's name after the colon, as in openai:gpt-5-mini")
    key = environ.get("OPENAI_API_KEY")
    if not key:
        raise UsageError(f"{spec} needs a key: set the variable OPENAI_API_KEY to yours")
    url = environ.get("OPENAI_BASE_URL") or OPENAI_URL
    return Endpoint(spec, _address(url, "OPENAI_BASE_URL"), model, key, "OPENAI_API_KEY")


def _address(url: str, where: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(f"{where}: {url} is not a server's address, write http://host:port/v1#NAME")
    return url.rstrip("/")
