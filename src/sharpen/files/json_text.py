"""JSON as the standard has it, read and written with errors of our own."""

import json
import math
from collections.abc import Mapping
from typing import Any

from sharpen.errors import DataError

_AT_ONCE = 4_000
_MOST_DIGITS = 1_000_000


def parse_json(text: bytes | str, where: str) -> Any:  # noqa: ANN401 - any JSON
    """Return a JSON value. Raises DataError, which names ``where``, if the text is not JSON."""
    try:
        return inner_json(text if isinstance(text, str) else text.decode())
    except ValueError as error:  # also a broken encoding
        raise DataError(f"{where} is not JSON: {error}") from error


def inner_json(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON that a field of a record holds. Raises ValueError if it is none or too deep."""
    try:
        return json.loads(text, parse_int=integer)
    except RecursionError as error:
        raise ValueError("it is nested too deeply to be read") from error


def integer(digits: str) -> int:
    """Return an integer. Raises ValueError where it has more than a million digits.

    ``int`` reads no more than 4,300 digits, and takes time that grows with their square. Halves are read
    apart, as Python does from 3.12 on: a million digits take two seconds.
    """
    if len(digits) <= _AT_ONCE:
        return int(digits)
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"an integer has {len(digits):,} digits, and at most {_MOST_DIGITS:,} are read")
    if digits.startswith("-"):
        return -integer(digits[1:])
    half = len(digits) // 2
    power: int = 10**half
    return integer(digits[:-half]) * power + integer(digits[-half:])


def json_text(value: object, indent: int | None = None, *, ascii_only: bool = True) -> str:
    """Return a value as JSON. A number that is not finite becomes null: JSON has no word for it."""
    try:
        return json.dumps(value, indent=indent, allow_nan=False, ensure_ascii=ascii_only)
    except ValueError:
        return json.dumps(_finite(value), indent=indent, allow_nan=False, ensure_ascii=ascii_only)


def json_line(value: object) -> str:
    """Return a value as JSON on one line in UTF-8, for files that people read."""
    return json_text(value, ascii_only=False)


def _finite(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return None
        case Mapping():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
    return value
