"""Fingerprints of plain data, and the keys of completions and verdicts."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sharpen.types import Sampling


def fingerprint(*parts: object) -> str:
    """Return 128 bits, in hex, of plain data and dataclasses: equal for equal values of equal types.

    Raises:
        TypeError: a part is not plain data.
    """
    digest = hashlib.sha256()
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()[:32]


def _feed(digest: Any, part: object) -> None:  # noqa: ANN401, C901 - hashlib's type has no public name
    tag = type(part).__name__.encode()
    match part:
        case str():
            body = part.encode("utf-8", "surrogatepass")
        case bytes():
            body = part
        case bool() | None | float() | complex():
            body = repr(part).encode()
        case int():
            body = hex(part).encode()
        case list() | tuple():
            body = str(len(part)).encode()
        case Mapping():
            tag, body = b"mapping", str(len(part)).encode()
        case set() | frozenset():
            body = "".join(sorted(map(fingerprint, part))).encode()
        case _ if is_dataclass(part) and not isinstance(part, type):
            body = str(len(_fed(part))).encode()
        case _:
            raise TypeError(f"{type(part).__name__} is not plain data and has no fingerprint")
    digest.update(b"%d:%s%d:%s" % (len(tag), tag, len(body), body))
    match part:
        case list() | tuple():
            for item in part:
                _feed(digest, item)
        case Mapping():
            for key in sorted(part, key=fingerprint):
                _feed(digest, key)
                _feed(digest, part[key])
        case _ if is_dataclass(part):
            for value in _fed(part):
                _feed(digest, value)


def _fed(part: Any) -> list[object]:  # noqa: ANN401 - any dataclass
    """Return the values that make a dataclass's fingerprint; see ``LATER`` for those that do not."""
    values = [(field, getattr(part, field.name)) for field in fields(part)]
    return [value for field, value in values if not (field.metadata.get("later") and value == field.default)]


def served_name(identity: str) -> str:
    """Return the model behind a server's identity, recorded or new; empty for any other kind of model.

    Recorded identities of servers were ``ADDRESS#MODEL``; new ones are ``served:MODEL``, as a server that
    has moved serves the same model.
    """
    for prefix in ("served:", "openai:"):
        if identity.startswith(prefix):
            return identity.removeprefix(prefix)
    return identity.partition("#")[2] if "://" in identity or identity.startswith("unix:") else ""


def is_same_model(first: str, second: str) -> bool:
    """Return whether two identities, or the words that name two models, are one model's."""
    name = served_name(first)
    return first == second or (name != "" and name == served_name(second))


def completion_key(model: str, prompt_hash: str, sampling: Sampling, index: int) -> str:
    """Return the key of sample ``index``: two samples never share one."""
    return fingerprint("completion", model, prompt_hash, sampling, index)


def verdict_key(code: str, suite_hash: str, limits_json: str, sandbox: str) -> str:
    """Return the key of a program's verdict on a suite under limits."""
    return fingerprint("verdict", code, suite_hash, limits_json, sandbox)


def storable(text: str) -> str:
    """Return ``text`` without lone surrogates, which models do produce and UTF-8 cannot hold."""
    return text.encode("utf-8", "backslashreplace").decode()
