"""The codec for values that programs return: JSON with tags, and nothing that runs when it is read.

========================  =====================================================================
None, bool, str, list     as in JSON
int                       a number up to 63 bits, else ``{"i": hexadecimal}``: no limit on digits
float                     a number, or ``{"f": "nan" | "inf" | "-inf"}``
complex                   ``{"c": [real, imaginary]}``, each as text
bytes                     ``{"b": hexadecimal}``
tuple, set, frozenset     ``{"t": [...]}``, ``{"s": [...]}``, ``{"z": [...]}``
1,024 floats or more      ``{"p": [hexadecimal, [...]]}``: a list of numbers as doubles of eight bytes, and
                          the places of the few that are ints; a fifth of the time that decimals take
dict                      ``{"d": [[key, value], ...]}``, in order
anything else             ``{"o": name of its type}``, read as :class:`Opaque`, equal to no plain value
========================  =====================================================================

Only exact built-in types are data: a subclass could answer ``==`` as it likes. Two courtesies, which give
plain values and hence cannot lie: dicts of ``collections`` (Counter, defaultdict, OrderedDict) are sent as
dicts, and numpy's scalars as the Python number they hold.

What is written is never larger than asked for, however often a value contains another; what is read is never
deeper than :data:`MAX_DEPTH`, and no larger than the text.
"""

import json
import struct
from collections.abc import Callable, Iterable
from json.encoder import c_make_encoder as _make_encoder  # type: ignore[attr-defined]  # what json.dumps uses
from json.encoder import encode_basestring_ascii as _quote
from typing import Any

from sharpen.errors import SharpenError

MAX_DEPTH = 100
"""Containers within containers at most."""

_TOO_LARGE = "the value is too large to be sent"

_PLAIN_DICTS = {"Counter", "OrderedDict", "defaultdict"}


class WireError(SharpenError):
    """A value that is too large or too deep to be sent, or bytes that are no value."""


class Opaque:
    """Stands for an object that is not plain data; equal to nothing, itself included."""

    __slots__ = ("type_name",)
    __hash__ = object.__hash__

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name

    def __eq__(self, other: object) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<object of type {self.type_name}>"


def encode(value: object, *, max_chars: int) -> str:
    """Return ``value`` as ASCII text.

    Raises:
        WireError: more than ``max_chars``, deeper than :data:`MAX_DEPTH`, or containing itself.
    """
    scalar = _SCALARS.get(type(value))
    if scalar:  # what most programs return
        text = scalar(value)
        if len(text) > max_chars:
            raise WireError(_TOO_LARGE)
        return text
    parts: list[str] = []
    _Writer(parts, max_chars).write(value, 0)
    return "".join(parts)


class _Writer:
    def __init__(self, parts: list[str], room: int) -> None:
        self.parts = parts
        self.room = room

    def put(self, text: str) -> None:
        self.room -= len(text)
        if self.room < 0:
            raise WireError(_TOO_LARGE)
        self.parts.append(text)

    def write(self, value: object, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise WireError(f"the value is nested more than {MAX_DEPTH} deep or contains itself")
        kind = type(value)
        scalar = _SCALARS.get(kind)
        if scalar:
            self.put(scalar(value))
        elif kind in _TAGS:
            self.items(_TAGS[kind], value, depth)  # type: ignore[arg-type]  # a sequence or set, by its type
        elif kind is dict or (kind.__module__ == "collections" and kind.__name__ in _PLAIN_DICTS):
            self.pairs(value, depth)
        elif kind.__module__ == "numpy" and any(base.__name__ == "generic" for base in kind.__mro__):
            self.write(value.item(), depth + 1)  # type: ignore[attr-defined]  # what numpy's scalars have
        else:
            self.put(f'{{"o":{_quote(f"{kind.__module__}.{kind.__qualname__}")}}}')

    def items(self, tag: str, values: list[object], depth: int) -> None:
        types = [*map(type, values)]
        kinds = set(types)
        if not tag and len(values) >= _MANY and float in kinds and kinds <= _DOUBLES:
            packed = _packed(values, types)  # type: ignore[arg-type]  # numbers, by their types
            if packed:
                self.put(packed)
                return
        if kinds <= _SCALARS.keys():  # the bulk of large values, in one go
            bulk = _as_json(values, kinds) or ",".join([_SCALARS[type(item)](item) for item in values])
            self.put(f'{{"{tag}":[{bulk}]}}' if tag else f"[{bulk}]")
            return
        self.put(f'{{"{tag}":[' if tag else "[")
        for index, item in enumerate(values):
            if index:
                self.put(",")
            self.write(item, depth + 1)
        self.put("]}" if tag else "]")

    def pairs(self, value: object, depth: int) -> None:
        self.put('{"d":[')
        for index, (key, item) in enumerate(_pairs(value)):
            self.put(",[" if index else "[")
            self.write(key, depth + 1)
            self.put(",")
            self.write(item, depth + 1)
            self.put("]")
        self.put("]}")


_pairs: Callable[[object], Iterable[tuple[object, object]]] = dict.items  # type: ignore[assignment]


def _int(value: int) -> str:
    return str(value) if value.bit_length() < 64 else f'{{"i":"{value:x}"}}'


def _float(value: float) -> str:
    return repr(value) if value - value == 0 else f'{{"f":"{value!r}"}}'


def _packed(values: list[float], types: list[type]) -> str:
    """Return numbers as the bytes of doubles; nothing where many are ints, or one that no double holds."""
    count = types.count(int)
    if count * 8 > len(values):
        return ""
    place, ints = -1, []
    for _ in range(count):
        place = types.index(int, place + 1)
        ints.append(place)
    if any(abs(values[place]) > _EXACT for place in ints):
        return ""
    return f'{{"p":["{struct.pack(f"<{len(values)}d", *values).hex()}",{ints}]}}'


def _as_json(values: list[object], kinds: set[type]) -> str:
    """Return what is written in C of scalars, as JSON; nothing where that is not how they are sent."""
    if kinds <= _WORDS:
        return "".join(_encoder([*values], 0))[1:-1]
    if not kinds <= _NUMBERS or min(values) <= -_WORD or max(values) >= _WORD:  # type: ignore[type-var, operator]
        return ""
    try:
        text = str([*values])[1:-1]
    except ValueError:  # too many digits, which one that is not a number hides from the line above
        return ""
    return "" if "n" in text else text  # not a number, or infinite


_MANY, _EXACT, _DOUBLES = 1024, 1 << 53, {int, float}
_WORD = 1 << 63
_NUMBERS, _WORDS = {int, float}, {type(None), bool, str}
_encoder = _make_encoder(None, None, _quote, None, ":", ",", False, False, False)

_SCALARS: dict[type, Callable[..., str]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    str: _quote,
    int: _int,
    float: _float,
    complex: lambda value: f'{{"c":["{value.real!r}","{value.imag!r}"]}}',
    bytes: lambda value: f'{{"b":"{value.hex()}"}}',
}
_TAGS: dict[type, str] = {list: "", tuple: "t", set: "s", frozenset: "z"}


def decode(text: str) -> object:
    """Return the value that :func:`encode` wrote; ``text`` may come from anyone.

    Raises:
        WireError: it is no such text.
    """
    try:
        return _read(_parsed(text), 0)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise WireError(f"the bytes are no value ({type(error).__name__}: {error})") from error


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def _parsed(text: str) -> object:
    node, end = _DECODER.raw_decode(text)  # decode() also looks for blanks, twice, for more than it takes
    if end != len(text):
        raise ValueError("there is more behind the value")
    return node


def _read(node: object, depth: int) -> object:
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    if isinstance(node, list):
        if _CONTAINERS.isdisjoint(map(type, node)):
            return node
        return [_read(item, depth + 1) if type(item) in _CONTAINERS else item for item in node]
    if not isinstance(node, dict):
        return node
    ((tag, content),) = node.items()
    return _READERS[tag](content, depth + 1)


_CONTAINERS = {list, dict}


def _read_all(content: list[object], depth: int) -> list[object]:
    if not isinstance(content, list):
        raise TypeError("a list is missing")
    return [_read(item, depth) for item in content]


def _unpacked(content: list[Any]) -> list[object]:
    packed, ints = content
    data = bytes.fromhex(packed)
    if len(data) % 8:
        raise ValueError("half a number")
    values: list[Any] = [*struct.unpack(f"<{len(data) // 8}d", data)]
    for place in ints:
        values[place] = int(values[place])
    return values


_READERS: dict[str, Callable[..., object]] = {
    "i": lambda content, _: int(content, 16),
    "f": lambda content, _: float(content),
    "c": lambda content, _: complex(float(content[0]), float(content[1])),
    "b": lambda content, _: bytes.fromhex(content),
    "p": lambda content, _: _unpacked(content),
    "t": lambda content, depth: tuple(_read_all(content, depth)),
    "s": lambda content, depth: set(_read_all(content, depth)),
    "z": lambda content, depth: frozenset(_read_all(content, depth)),
    "d": lambda content, depth: {_read(key, depth): _read(item, depth) for key, item in content},
    "o": lambda content, _: Opaque(str(content)),
}
