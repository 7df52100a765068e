"""What `sharpen sandbox serve` takes, and the token that it will not start without."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from sharpen.errors import UsageError
from sharpen.serve.wire import Caps

TOKEN = "SHARPEN_TOKEN"  # noqa: S105 - the variable's name
_SHORTEST = 16


class Most(Caps):
    """What a program may use at most, as words of a command line."""

    model_config = ConfigDict(strict=False)


class Serve(BaseModel):
    """How the sandbox is served."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)

    host: str = "127.0.0.1"
    """The address to listen at; any but a loopback one is for behind a proxy that encrypts."""
    port: int = Field(default=8000, ge=0, le=65535)
    """The port; 0 takes a free one and says which."""
    token_file: Path | None = None
    """A file that holds the token; the variable SHARPEN_TOKEN if not given."""
    benchmarks: Annotated[tuple[str, ...], Parameter(negative="", consume_multiple=True)] = ()
    """Benchmarks whose problems may be asked about, loaded before the service starts."""
    sandbox: Literal["local", "ray"] = "local"
    """Where programs run: this machine, or a Ray cluster."""
    workers: PositiveInt | None = None
    """Programs that run at a time on a machine; one a processor if not given."""
    queue: PositiveInt = 4096
    """Programs that may wait or run; a request that has no room is told when to ask again."""
    body_mib: PositiveInt = 64
    """The largest request, in MiB."""
    limits: Most = Most()
    """What a program may use at most, unless it is a benchmark's."""
    trust_tests: bool = False
    """Run all assertions that come with requests out of their programs' reach, which is outside of the
    sandbox: a client with the token can then run anything as this user."""


def read_token(file: Path | None, environment: Mapping[str, str] = os.environ) -> str:
    """Return the token from ``file``, or from the variable SHARPEN_TOKEN.

    Raises:
        UsageError: there is none, or none that could be one.
    """
    try:
        token = file.read_text().strip() if file else environment.get(TOKEN, "").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the token file {file} cannot be read: {error}") from error
    where = file or TOKEN
    if not token:
        raise UsageError(f"the service starts with a token only: put a secret word into {where}")
    if len(token) < _SHORTEST or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"the token in {where} must be at least {_SHORTEST} ASCII characters without spaces")
    return token
