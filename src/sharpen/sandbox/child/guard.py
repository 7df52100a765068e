"""Keeps a program's own operators from being believed by a test that holds them against plain values.

A test that runs beside its program only because of what the program returned may expect a plain value. There
``==`` and arithmetic could be the program's own and say what they like. So an operator that a program wrote
is as if it were not there when a test asks it about a value that is not of the program, or for such a value:
the object equals no plain value, and no plain value is computed from it. Between objects of the program, and
in its own code, nothing changes.

This holds for every class that the program has made, wherever its objects come from: what the entry point
returns, what that yields, holds or raises. numpy's protocols are operators too; ``in`` is not, since many
honest programs have containers of their own. It is no wall: the test runs in the program's process, and its
verdict says ``in_process``.
"""

import sys
from collections.abc import Callable
from functools import wraps
from types import FrameType, FunctionType
from typing import Any

from sharpen.sandbox.child.explain import CONTEXT, PROGRAM, TEST

MODULES = ("__main__", "tests")
"""Other names by which tests find the program's module, as where both are one script."""

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
_PROTOCOLS = {"__array_function__", "__array_ufunc__"}
_CONTAINERS = {*map(id, (list, tuple, set, frozenset, dict))}
_IMMUTABLE_TYPE, _HEAP_TYPE = 1 << 8, 1 << 9  # of C alone; made while Python runs
_class_members: Callable[[type], dict[str, object]] = type.__dict__["__dict__"].__get__
_bases: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
_subclasses: Callable[[type], list[type]] = type.__subclasses__


def guarded(entry: Callable[..., object], module: str) -> Callable[..., object]:
    """Return ``entry`` with the operators of what it returns guarded; ``module`` is the program's name."""
    seen: dict[int, type] = {}  # by identity: a class may say that it is another
    calls = 0

    @wraps(entry, updated=())
    def call(*arguments: object, **keywords: object) -> object:
        nonlocal calls
        calls += 1
        value: object = None
        try:
            value = entry(*arguments, **keywords)
        finally:
            kinds = [base for kind in _types_in([value, arguments, keywords]) for base in _bases(kind)]
            if calls & (calls - 1) == 0:  # all are looked through after the first, second, fourth ... call
                kinds += _made(module)
            for kind in kinds:
                if id(kind) not in seen:
                    seen[id(kind)] = kind
                    _guard(kind, module)
        return value

    return call


def _made(module: str) -> list[type]:
    """Return the classes that are no library's."""
    visited: dict[int, type] = {}
    rest: list[type] = [object]
    while rest:
        kind = rest.pop()
        if id(kind) not in visited:
            visited[id(kind)] = kind
            rest += _subclasses(kind)
    return [kind for kind in visited.values() if not _is_of_library(kind, module)]


def _types_in(value: object) -> list[type]:
    types: dict[int, type] = {}
    visited: set[int] = set()
    rest: list[Any] = [value]
    while rest:
        item = rest.pop()
        kind = type(item)
        types[id(kind)] = kind
        if id(item) in visited or id(kind) not in _CONTAINERS:
            continue
        visited.add(id(item))
        rest.extend(item)
        if kind is dict:
            rest.extend(item.values())
    return [*types.values()]


def _guard(kind: type, module: str) -> None:
    for name, operator in [*_class_members(kind).items()]:
        make = _MAKE.get(name)
        if make and operator is not None and _is_of_program(kind, operator, module):
            type.__setattr__(kind, name, make(operator, module))


def _is_of_program(kind: type, operator: object, module: str) -> bool:
    """Whether an operator of a class is the program's own, and not Python's or a library's."""
    if isinstance(operator, FunctionType):
        name = operator.__code__.co_filename
        return name.startswith("<") and not name.startswith("<frozen ")
    flags = type.__dict__["__flags__"].__get__(kind) & (_HEAP_TYPE | _IMMUTABLE_TYPE)
    return flags == _HEAP_TYPE and not _is_of_library(kind, module)


def _is_of_library(kind: type, module: str) -> bool:
    """Whether a class is found in another module than the program, by its name."""
    home = _class_members(kind).get("__module__", "builtins")
    if not isinstance(home, str) or home in {module, *MODULES}:
        return False
    return getattr(sys.modules.get(home), kind.__name__, None) is kind


def _binary(operator: Any, module: str) -> Callable[..., object]:  # noqa: ANN401 - whatever a class holds
    def guard(this: object, other: object, *rest: object) -> object:
        if type(other).__module__ != module and _called_by_test(sys._getframe(1)):  # noqa: SLF001
            return NotImplemented
        return operator.__get__(this, type(this))(other, *rest)

    return guard


def _unary(operator: Any, module: str) -> Callable[..., object]:  # noqa: ANN401
    def guard(this: object, *rest: object) -> object:
        value: object = operator.__get__(this, type(this))(*rest)
        if type(value).__module__ != module and _called_by_test(sys._getframe(1)):  # noqa: SLF001
            name = getattr(operator, "__name__", "an operator")
            raise TypeError(f"{name} of {type(this).__name__} is the program's own: no plain value")
        return value

    return guard


def _protocol(operator: Any, module: str) -> Callable[..., object]:  # noqa: ANN401, ARG001
    def guard(this: object, *rest: object, **named: object) -> object:
        if _called_by_test(sys._getframe(1)):  # noqa: SLF001
            return NotImplemented
        return operator.__get__(this, type(this))(*rest, **named)

    return guard


_MAKE = {
    **dict.fromkeys(_BINARY, _binary),
    **dict.fromkeys(_UNARY, _unary),
    **dict.fromkeys(_PROTOCOLS, _protocol),
}


def _called_by_test(frame: FrameType | None) -> bool:
    """Whether the innermost frame that is no library's is a test's."""
    while frame is not None:
        name = frame.f_code.co_filename
        if name in {PROGRAM, TEST, CONTEXT}:
            return name != PROGRAM
        frame = frame.f_back
    return True
