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

Only exact built-in types are data: another type could answer ``==`` as it likes. Some values of other types
are sent as the plain value that they are equal to, which cannot lie either: dicts of ``collections``
(Counter, defaultdict, OrderedDict), instances of subclasses that add no operator (named tuples, members of an
``IntEnum``), the keys of a dict, bytearrays, and numpy's scalars. Where what is sent says less than the value
did, :func:`encode_noted` says so: :data:`LOSSY`, :data:`LOOSE`, :data:`NUMPY`.

What is written is never larger than asked for, however often a value contains another; what is read is never
deeper than :data:`MAX_DEPTH`, and no larger than the text.
"""

import json
import struct
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from json.encoder import c_make_encoder as _make_encoder  # type: ignore[attr-defined]  # what json.dumps uses
from json.encoder import encode_basestring_ascii as _quote
from operator import is_
from typing import Any

from sharpen.errors import SharpenError

MAX_DEPTH = 100
"""Containers within containers at most."""

LOSSY, LOOSE, NUMPY = 1, 2, 4
"""What may be noted of a value that was sent, as bits.

- ``LOSSY``: something of it is no plain data, or not equal to what was sent.
- ``LOOSE``: it is equal to what was sent, but is of another type or has its elements in another order; or it
  holds NaN, which equals itself in a list only if it is the same object.
- ``NUMPY``: it holds numbers of numpy, which are equal to what was sent when compared with a number; compared
  with a list they are an array.
"""

_TOO_LARGE = "the value is too large to be sent"

_PLAIN_DICTS = {"Counter", "OrderedDict", "defaultdict"}
_NAN = '{"f":"nan"}'
_EQUAL_NUMPY = {"float64", "int64", "bool", "bool_"}
"""Numpy's scalars that compute as Python's numbers do; others wrap around or round."""
_EXACT_INT = 1 << 31


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
    return encode_noted(value, max_chars=max_chars)[0]


def encode_noted(value: object, *, max_chars: int) -> tuple[str, int]:
    """Return ``value`` as ASCII text, and what the text does not say of it: 0 if it is the value exactly.

    Raises:
        WireError: more than ``max_chars``, deeper than :data:`MAX_DEPTH`, or containing itself.
    """
    scalar = _SCALARS.get(type(value))
    if scalar:  # what most programs return
        text = scalar(value)
        if len(text) > max_chars:
            raise WireError(_TOO_LARGE)
        return text, LOOSE if value != value else 0
    writer = _Writer(max_chars)
    writer.write(value, 0)
    text = "".join(writer.parts)
    return text, writer.notes | (LOOSE if _NAN in text else 0)


def keeps_order(values: AbstractSet[object]) -> bool:
    """Return whether a set of plain values that is made of its elements again has them in the same order.

    The order depends on how a set was made, and in another process on elements that are hashed by their
    address.
    """
    again = (set if type(values) is set else frozenset)([*values])
    same = values.__sizeof__() == again.__sizeof__() and all(map(is_, values, again))
    return same and not any(map(_hashed_by_address, values))


def _hashed_by_address(value: object) -> bool:
    if isinstance(value, tuple | frozenset):
        return any(map(_hashed_by_address, value))
    return value is None or value != value  # not a number


class _Writer:
    def __init__(self, room: int) -> None:
        self.parts: list[str] = []
        self.room = room
        self.notes = 0

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
            if kind in _SETS and not self.notes & (LOSSY | LOOSE) and not keeps_order(value):  # type: ignore[arg-type]
                self.notes |= LOOSE
        elif kind is dict:
            self.pairs(value, depth)
        else:
            self.converted(value, kind, depth)

    def converted(self, value: object, kind: type, depth: int) -> None:
        """Write a value that is no plain data as one that it is equal to, if there is one."""
        if kind.__module__ == "collections" and kind.__name__ in _PLAIN_DICTS:
            self.notes |= LOOSE
            self.pairs(value, depth)
        elif kind.__module__ == "numpy" and any(base.__name__ == "generic" for base in kind.__mro__):
            self.numpy_scalar(value, kind, depth)
        elif base := _plain_base(kind):
            self.notes |= LOOSE
            self.write(_PLAINER[base](value), depth + 1)
        else:
            self.notes |= LOSSY
            self.put(f'{{"o":{_quote(f"{kind.__module__}.{kind.__qualname__}")}}}')

    def numpy_scalar(self, value: Any, kind: type, depth: int) -> None:  # noqa: ANN401 - numpy is not loaded here
        """Write the Python number that a scalar of numpy holds."""
        number = value.item()
        small = type(number) is not int or abs(number) < _EXACT_INT
        self.notes |= NUMPY if kind.__name__ in _EQUAL_NUMPY and small else LOSSY
        self.write(number, depth + 1)

    def items(self, tag: str, values: list[object], depth: int) -> None:
        types = [*map(type, values)]
        kinds = set(types)
        if not tag and len(values) >= _MANY and float in kinds and kinds <= _DOUBLES:
            packed = _packed(values, types)  # type: ignore[arg-type]  # numbers, by their types
            if packed:
                self.notes |= 0 if sum(values) - sum(values) == 0 else LOOSE  # type: ignore[arg-type]  # numbers
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
_SETS = {set, frozenset}

_KEYS: type = type({}.keys())
_PLAINER: dict[type, Callable[..., object]] = {
    int: int.__int__,
    float: float.__float__,
    complex: complex.__complex__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
    bytearray: lambda value: bytes(memoryview(value)),
    list: lambda value: [*list.__iter__(value)],
    tuple: lambda value: (*tuple.__iter__(value),),
    set: lambda value: {*set.__iter__(value)},
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    dict: lambda value: dict(dict.items(value)),
    _KEYS: set,
}
"""How an instance of a subclass becomes the plain value: by the methods of the built-in type alone."""
_HARMLESS = {
    f"__{name}__"
    for name in (
        "new", "init", "repr", "str", "format", "doc", "module", "dict", "weakref", "slots", "qualname",
        "annotations", "match_args", "hash", "missing", "dir", "getnewargs", "getnewargs_ex", "reduce",
        "reduce_ex", "getstate", "setstate", "copy", "deepcopy", "sizeof", "init_subclass", "class_getitem",
        "orig_bases", "parameters", "set_name", "static_attributes", "firstlineno", "abstractmethods",
        "replace",
    )
}  # fmt: skip
"""What a subclass may define without changing what its instances are equal to, or how they compute."""
_members: Callable[[type], dict[str, object]] = type.__dict__["__dict__"].__get__


def _plain_base(kind: type) -> type | None:
    """Return the built-in type to whose instances those of ``kind`` are equal, if there is one."""
    for base in type.__dict__["__mro__"].__get__(kind):
        if base in _PLAINER:
            return base  # type: ignore[no-any-return]  # a class, by where it stands
        names = _members(base)
        if any(name.startswith("__") and name.endswith("__") and name not in _HARMLESS for name in names):
            return None
    return None


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
