"""Keeps a program's own operators from being believed by a test that holds them against plain values.

A test that runs beside its program only because of what the program returned may expect a plain value. There
``==`` and arithmetic could be the program's own and say what they like. So an operator that a program wrote
is, when a test asks it about a value that is not of the program, as if it were not there: the object equals
no plain value, and cannot be computed with. Between objects of the program, and in its own code, nothing
changes.

This holds for what the entry point returns or puts into its arguments, also in lists, tuples, dicts and sets.
It is no wall: the test runs in the program's process, and its verdict says ``in_process``.
"""

import sys
from collections.abc import Callable
from functools import wraps
from types import FrameType, FunctionType
from typing import Any

from sharpen.sandbox.child.explain import CONTEXT, PROGRAM, TEST

_COMPARING = ("eq", "ne", "lt", "le", "gt", "ge")
_COMPUTING = (
    "add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "lshift", "rshift", "and",
    "or", "xor",
)  # fmt: skip
_CONVERTING = (
    "abs", "neg", "pos", "invert", "round", "int", "float", "complex", "index", "trunc", "floor", "ceil",
)  # fmt: skip
_BINARY = {f"__{name}__" for name in (*_COMPARING, *_COMPUTING, *(f"r{name}" for name in _COMPUTING))}
_UNARY = {f"__{name}__" for name in _CONVERTING}
_CONTAINERS = {list, tuple, set, frozenset, dict}
_HEAP_TYPE = 1 << 9  # a class that was made while Python runs
_class_members: Callable[[type], dict[str, object]] = type.__dict__["__dict__"].__get__


def guarded(entry: Callable[..., object], module: str) -> Callable[..., object]:
    """Return ``entry`` with the operators of what it returns guarded; ``module`` is the program's name."""
    seen: set[type] = set()

    @wraps(entry, updated=())
    def call(*arguments: object, **keywords: object) -> object:
        value = entry(*arguments, **keywords)
        for kind in _types_in([value, arguments, keywords]):
            for base in type.__dict__["__mro__"].__get__(kind):
                if base not in seen:
                    seen.add(base)
                    _guard(base, module)
        return value

    return call


def _types_in(value: object) -> set[type]:
    types, visited = set(), set()
    rest: list[Any] = [value]
    while rest:
        item = rest.pop()
        kind = type(item)
        types.add(kind)
        if id(item) in visited or kind not in _CONTAINERS:
            continue
        visited.add(id(item))
        rest.extend(item)
        if kind is dict:
            rest.extend(item.values())
    return types


def _guard(kind: type, module: str) -> None:
    for name, operator in [*_class_members(kind).items()]:
        if name in _BINARY | _UNARY and operator is not None and _is_of_program(kind, operator, module):
            guard = _binary(operator, module) if name in _BINARY else _unary(operator, name)
            type.__setattr__(kind, name, guard)


def _is_of_program(kind: type, operator: object, module: str) -> bool:
    """Whether an operator of a class is the program's own, and not Python's or a library's."""
    if isinstance(operator, FunctionType):
        return operator.__code__.co_filename.startswith("<")
    home = sys.modules.get(kind.__module__)
    of_library = kind.__module__ != module and getattr(home, kind.__name__, None) is kind
    return bool(type.__dict__["__flags__"].__get__(kind) & _HEAP_TYPE) and not of_library


def _binary(operator: Any, module: str) -> Callable[..., object]:  # noqa: ANN401 - whatever a class holds
    def guard(this: object, other: object, *rest: object) -> object:
        if type(other).__module__ != module and _called_by_test(sys._getframe(1)):  # noqa: SLF001
            return NotImplemented
        return operator.__get__(this, type(this))(other, *rest)

    return guard


def _unary(operator: Any, name: str) -> Callable[..., object]:  # noqa: ANN401
    def guard(this: object, *rest: object) -> object:
        if _called_by_test(sys._getframe(1)):  # noqa: SLF001
            raise TypeError(f"{name} of {type(this).__name__} is the program's own: no plain value")
        return operator.__get__(this, type(this))(*rest)

    return guard


def _called_by_test(frame: FrameType | None) -> bool:
    """Whether the innermost frame that is no library's is a test's."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name in {PROGRAM, TEST, CONTEXT}:
            return name != PROGRAM
        frame = frame.f_back
    return True
