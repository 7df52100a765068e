"""Keeps the modules that tests use as they were before the program ran.

A test beside its program shares modules with it. One line of a program is enough there to replace
``unittest.TestCase.assertEqual`` or ``numpy.allclose``, and every test passes. So the modules that the tests
import are imported before the program runs. What they and their submodules, classes and instances hold is
noted, but for plain data, and put back before the tests.

It is no wall: a program can also reach into frames, and the verdict says ``in_process``.
"""

import sys
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from contextlib import suppress
from importlib import import_module
from operator import is_
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

_DATA = {type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset}
"""What modules change themselves: counters, caches, options."""
_members_of_class = type.__dict__["__dict__"].__get__
_set, _delete = type.__setattr__, type.__delattr__
_get_own, _set_own = object.__getattribute__, object.__setattr__


class _Kept(NamedTuple):
    """What a module, a class or an instance held.

    Attributes:
        owner: which.
        members: by name, without plain data.
        names: of all that it held.
        codes: the code of those members that are functions written in Python.
    """

    owner: Any
    members: dict[str, object]
    names: frozenset[str]
    codes: list[tuple[FunctionType, CodeType]]


class Originals:
    """The modules of tests, as they were when this was made."""

    def __init__(self, names: Sequence[str]) -> None:
        """Import modules by their names, and note what these and their packages hold."""
        for name in names:
            with suppress(Exception):  # the test's own import will say what is wrong
                import_module(name)
        within = {name.partition(".")[0] for name in names}
        loaded = {name: each for name, each in sys.modules.items() if name.partition(".")[0] in within}
        self._modules = {name: each for name, each in loaded.items() if type(each) is ModuleType}
        modules = [*map(_kept, self._modules.values())]
        parts = {id(part): part for module in modules for part in _parts(module.members.values(), within)}
        self._kept = [*modules, *map(_kept, parts.values())]

    def put_back(self) -> str:
        """Undo what was replaced, and return the name of one such thing; nothing if there is none."""
        replaced = ""
        for name, module in self._modules.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module
                replaced = name
            if type(module) is not ModuleType:
                _set_own(module, "__class__", ModuleType)
                replaced = name
        for kept in self._kept:
            replaced = _put_back(kept) or replaced
        return replaced


def _kept(owner: object) -> _Kept:
    held = _members(owner)
    members = {name: value for name, value in held.items() if type(value) not in _DATA}
    functions = [each for each in members.values() if type(each) is FunctionType]
    return _Kept(owner, members, frozenset(held), [(each, each.__code__) for each in functions])


def _members(owner: Any) -> MutableMapping[str, object]:  # noqa: ANN401 - a module, a class or an instance
    members: MutableMapping[str, object]
    members = _members_of_class(owner) if isinstance(owner, type) else _get_own(owner, "__dict__")
    return members


def _parts(members: Iterable[object], roots: set[str]) -> Iterator[object]:
    """Yield the classes of these modules among members, and the instances of such classes."""
    for each in members:
        kind = each if isinstance(each, type) else type(each)
        is_ours = str(kind.__module__).partition(".")[0] in roots
        if is_ours and (kind is each or type(getattr(each, "__dict__", None)) is dict):
            yield each


def _put_back(kept: _Kept) -> str:
    """Undo what was replaced of one owner, and return its name; nothing if there is none."""
    replaced = ""
    for function, code in kept.codes:
        if function.__code__ is not code:
            function.__code__ = code
            replaced = function.__qualname__
    now = _members(kept.owner)
    if not all(map(is_, map(now.get, kept.members), kept.members.values())):
        for name in [name for name, value in kept.members.items() if now.get(name) is not value]:
            _put(kept.owner, name, kept.members[name])
            replaced = name
    for name in [name for name in now.keys() - kept.names if _hides(kept.owner, name)]:
        _remove(kept.owner, name)
        replaced = name
    return replaced


def _hides(owner: object, name: str) -> bool:
    """Whether a name that was added is found instead of one that the owner has by its class or its bases."""
    if isinstance(owner, ModuleType):
        return False
    bases = owner.__mro__[1:] if isinstance(owner, type) else type(owner).__mro__
    return any(type(_members(base).get(name)) not in _DATA for base in bases)


def _put(owner: object, name: str, value: object) -> None:
    if isinstance(owner, type):
        _set(owner, name, value)
    else:
        _members(owner)[name] = value


def _remove(owner: object, name: str) -> None:
    if isinstance(owner, type):
        _delete(owner, name)
    else:
        del _members(owner)[name]
