"""The names of tests that run beside their program.

Tests have names of their own. One that is neither theirs nor Python's is the program's, as it then is. Where
both use the same name (:mod:`sharpen.sandbox.judge.names`), what a test binds replaces what the program has,
as in one module. The reverse holds for plain data alone: a program replaces no function and no class of its
tests while they run.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import CodeType

_IN_FUNCTION = 1  # inspect.CO_OPTIMIZED
_PLAIN = {type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset}
_NOTHING = object()


class Namespace(dict[str, object]):
    """The names of tests."""

    def __init__(self, program: dict[str, object], builtins: dict[str, object]) -> None:
        super().__init__({"__name__": "tests", "__builtins__": builtins})
        self._program, self._builtins = program, builtins

    def __missing__(self, name: str) -> object:
        """Return the program's value of a name.

        Raises:
            KeyError: the name is Python's, or nobody's.
        """
        if name in self._builtins:
            raise KeyError(name)
        return self._program[name]

    def provide(self, entries: Mapping[str, object]) -> None:
        """Take the names by which tests call the program."""
        self.update(entries)

    def provide_to_classes(self, code: CodeType) -> None:
        """Take the names of the program that bodies of classes read: an interpreter asks nobody for them."""
        for name in _names_in_classes(code):
            with suppress(KeyError):
                self.setdefault(name, self[name])


class SharedNamespace(Namespace):
    """The names of tests, some of which are the program's too."""

    def __init__(
        self, program: dict[str, object], builtins: dict[str, object], shared: Sequence[str]
    ) -> None:
        super().__init__(program, builtins)
        self._shared = shared
        self._known: dict[str, object] = {}  # what both sides have by a shared name

    def __getitem__(self, name: str) -> object:
        """Return a value; before, each side gets what the other has bound anew."""
        for each in self._shared:
            self._exchange(each)
        return super().__getitem__(name)

    def __delitem__(self, name: str) -> None:
        """Delete a name; that of the program where the tests have bound none."""
        mine = name in self or name not in self._shared
        super().__delitem__(name) if mine else self._program.__delitem__(name)

    def provide(self, entries: Mapping[str, object]) -> None:
        """Take the names by which tests call the program, which has them already."""
        super().provide(entries)
        self._known |= {name: value for name, value in entries.items() if name in self._shared}

    def _exchange(self, name: str) -> None:
        known, own = self._known.get(name, _NOTHING), self.get(name, _NOTHING)
        if own is not known:
            self._known[name] = own
            if own is _NOTHING:
                self._program.pop(name, None)
            else:
                self._program[name] = own
        elif own is not _NOTHING:
            theirs = self._program.get(name, own)
            if theirs is not own and type(theirs) in _PLAIN:
                self._known[name] = self[name] = theirs


def _names_in_classes(code: CodeType) -> set[str]:
    """Return the names that bodies of classes refer to: there an interpreter does not ask ``__missing__``."""
    names: set[str] = set()
    for constant in code.co_consts:
        if isinstance(constant, type(code)):
            if not constant.co_flags & _IN_FUNCTION:
                names.update(constant.co_names)
            names |= _names_in_classes(constant)
    return names
