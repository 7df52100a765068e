"""Whether a program still refers to what it was given, or to what it returned.

A test in the judge has copies of both. Nothing shows that, as long as the program has left what it was given
as it was, and refers to no list, dict or set of it any more: by then no later change can be seen in two
places. Reference counts tell.
"""

from collections.abc import Callable, Iterable
from marshal import dumps  # bound before any program can replace it
from sys import getrefcount
from typing import Any

_MUTABLE = {list, dict, set}
_CONTAINERS = {list, dict, tuple}  # what is in a set is not mutable


def _references(items: Iterable[object]) -> list[int]:
    return [getrefcount(item) for item in items]


_ALONE = _references([[]])[0]
"""The count of an object that nothing but its container refers to."""


def is_held(container: Any) -> bool:  # noqa: ANN401 - a list, a tuple or a dict
    """Return whether anything but ``container`` refers to a mutable part of what it holds.

    ``container`` itself may be referred to by others.
    """
    rest: list[tuple[Any, bool]] = [(container, False)]
    while rest:
        holder, shared = rest.pop()
        items = holder.values() if type(holder) is dict else holder
        for item, references in zip(items, _references(items), strict=True):
            held = shared or references > _ALONE
            if held and type(item) in _MUTABLE:
                return True
            if type(item) in _CONTAINERS:
                rest.append((item, held))
    return False


def watched(
    entry: Callable[..., object], arguments: tuple[object, ...], keywords: dict[str, object]
) -> tuple[list[object], bool]:
    """Call ``entry``; return what it returns, in a list, and whether a copy could tell that it is one."""
    given: Any = (arguments, keywords)
    before = dumps(given, 2)
    returned = [entry(*arguments, **keywords)]
    try:
        changed = dumps(given, 2) != before
    except ValueError:  # it put an object of its own in
        changed = True
    return returned, changed or is_held(arguments) or is_held(keywords) or is_held(returned)
