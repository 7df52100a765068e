"""The types of MBPP+'s arguments, which its JSON could not keep.

Transcribed from evalplus/data/mbpp.py (v0.3.1): facts about single tasks, for those in release v0.2.0.
"""

from collections.abc import Callable, Mapping

Convert = Callable[[object], object]


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def _tuple(value: object) -> object:
    return tuple(_list(value))


def _tuples(value: object) -> object:
    return [tuple(_list(item)) for item in _list(value)]


def _tuple_of_tuples(value: object) -> object:
    return tuple(tuple(item) if isinstance(item, list) else item for item in _list(value))


def _deep(value: object) -> object:
    return tuple(map(_deep, value)) if isinstance(value, list) else value


def _tuple_values(value: object) -> object:
    assert isinstance(value, dict)
    return {key: tuple(item) for key, item in value.items()}


def _complex(value: object) -> object:
    return complex(str(value))


def _float(value: object) -> object:
    return float(str(value))


def _each(convert: Convert, numbers: str) -> dict[int, Convert]:
    return dict.fromkeys(map(int, numbers.split()), convert)


_EVERY: Mapping[int, Convert] = {
    **_each(_tuple, "2 116 132 222 261 273 394 421 424 429 470 560 579 596 616 630 726 740 744 809"),
    **_each(_tuples, "63 64 70 94 120 237 272 299 409 473 614 780"),
    **_each(_tuple_of_tuples, "259 278 445"),
    **_each(_deep, "580 615 791"),
    **_each(_complex, "252"),
}
"""Tasks of MBPP+ whose arguments are all of one kind, by number."""

_FIRST: Mapping[int, Convert] = {
    **_each(_tuples, "75 413 753"),
    **_each(_tuple, "250 405 446 720 763 808"),
    **_each(_tuple_values, "722"),
    **_each(_float, "124"),
}
_SECOND: Mapping[int, Convert] = {**_each(_tuple, "106 750"), **_each(_complex, "124")}


def with_types(task_id: str, arguments: list[object]) -> tuple[object, ...]:
    """Return the arguments of one call with the types that JSON could not keep."""
    source, _, number = task_id.partition("/")
    if source != "Mbpp":
        return tuple(arguments)
    task = int(number)
    if task in _EVERY:
        return tuple(map(_EVERY[task], arguments))
    converts = [_FIRST.get(task), _SECOND.get(task), *[None] * len(arguments)]
    pairs = zip(converts, arguments, strict=False)
    return tuple(convert(value) if convert else value for convert, value in pairs)
