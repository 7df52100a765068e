"""What a user may change about requests to a server, whichever it is."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, field_validator

OWN_OPTION = {
    "model": "the model's own word",
    "messages": "the benchmark",
    "prompt": "the benchmark",
    "n": "the method's own numbers of samples",
    "temperature": "--temperature",
    "top_p": "--top-p",
    "seed": "--seed",
    "max_tokens": "--max-tokens",
    "max_completion_tokens": "--max-tokens",
    "stream": "--server.stream",
    "stream_options": "--server.stream",
    "reasoning_effort": "--server.reasoning-effort",
}
"""Fields of a request that are set in another way, and how."""

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
SECRET_NAME = re.compile(r"auth|key|token|secret|cookie|passw|credential|^sig", re.IGNORECASE)
_SECRET_FIELD = re.compile(r"api_?key|authorization|password|secret|credential", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")


class ServerOptions(BaseModel):
    """Options of requests to OpenAI-compatible servers; an embedded model has none of them."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    body: str = ""
    """JSON object of further fields for every request, as in '{"top_k": 20}'."""
    header: tuple[str, ...] = ()
    """Further header, as in 'X-Team: code'; write a secret as a variable, as in 'api-key: $AZURE_KEY'."""
    reasoning_effort: str = ""
    """How long a reasoning model thinks, in the server's words (low, medium, high)."""
    revision: str = ""
    """Which weights the server has under the model's name; two revisions never share answers."""
    timeout: float = Field(default=600.0, gt=0)
    """Seconds to wait for an answer; with --server.stream, for its next piece."""
    concurrency: PositiveInt = 256
    """Requests in flight, at most."""
    requests_per_minute: PositiveInt | None = None
    """Requests that start in a minute, at most; no cap if not given."""
    tokens_per_minute: PositiveInt | None = None
    """Tokens of prompts and answers in a minute, at most on average; no cap if not given."""
    stream: bool = False
    """Ask for answers in pieces, for servers that only stream or that cut long waits."""

    @field_validator("body", mode="before")
    @classmethod
    def _canonical(cls, body: str | Mapping[str, Any]) -> str:
        """Return the object in one spelling, so that the same fields have the same key in the journal."""
        if not body:
            return ""
        try:
            fields = json.loads(body) if isinstance(body, str) else dict(body)
            text = json.dumps(fields, sort_keys=True, ensure_ascii=True, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise ValueError(
                f"it is not JSON ({error}): write an object, as in '{{\"top_k\": 20}}'"
            ) from None
        if not isinstance(fields, dict):
            raise ValueError("it is not a JSON object: write one, as in '{\"top_k\": 20}'")  # noqa: TRY004
        if own := fields.keys() & OWN_OPTION.keys():
            name = min(own)
            raise ValueError(f"it must not set {name}: that is set by {OWN_OPTION[name]}")
        if secret := next((name for name in fields if _SECRET_FIELD.search(name)), ""):
            raise ValueError(f"{secret} looks like a secret, and options are recorded: use --server.header")
        return text if fields else ""

    @field_validator("header")
    @classmethod
    def _sound(cls, headers: tuple[str, ...]) -> tuple[str, ...]:
        for header in headers:
            name, colon, value = header.partition(":")
            if not (colon and value.strip() and _HEADER_NAME.fullmatch(name.strip())):
                raise ValueError("write a header as 'NAME: VALUE'")
            if not (value.isascii() and value.isprintable()):
                raise ValueError(f"the value of {name} has characters that no header may have")
            if SECRET_NAME.search(name) and not _VARIABLE.search(value):
                raise ValueError(
                    f"{name} looks like a secret, and options are recorded: put the value into an "
                    f"environment variable and write '{name}: $VARIABLE' in single quotes"
                )
        return headers

    @property
    def determining(self) -> dict[str, Any]:
        """The options that can change an answer, where they are set; the others may change at a resume."""
        waiting = {"timeout", "concurrency", "requests_per_minute", "tokens_per_minute", "stream"}
        return self.model_dump(mode="json", exclude=waiting, exclude_defaults=True)

    @property
    def request_fields(self) -> str:
        """What is added to the body of every request, as canonical JSON; empty for nothing."""
        fields = json.loads(self.body) if self.body else {}
        if self.reasoning_effort:
            fields["reasoning_effort"] = self.reasoning_effort
        return json.dumps(fields, sort_keys=True) if fields else ""

    @property
    def request_headers(self) -> str:
        """The further headers as canonical JSON, with the names of variables and not their values."""
        named = dict(_named(header) for header in self.header)
        return json.dumps(named, sort_keys=True) if named else ""


DEFAULT_OPTIONS = ServerOptions()


def expanded(headers: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of :attr:`ServerOptions.request_headers` with the values of their variables.

    Raises:
        KeyError: a variable is not set; its name is the argument.
    """
    named: dict[str, str] = json.loads(headers) if headers else {}
    return {
        name: _VARIABLE.sub(lambda variable: environ[variable[1]].strip(), value)
        for name, value in named.items()
    }


def _named(header: str) -> tuple[str, str]:
    name, _, value = header.partition(":")
    return name.strip().lower(), value.strip()
