"""Which global names a program shares with its tests, as it would where both are one module.

A test that sets a global which the program reads, or that defines what the program defines too, changes there
what the program does. In the judge it could not: such tests run beside their program, and what they bind by
these names is handed over (:mod:`sharpen.sandbox.child.names`). A name that both import from the same
place is the same object anyway.
"""

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sharpen.sandbox.judge.needs import parsed
from sharpen.types import AssertTest, Suite

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_WORD = re.compile(r"[^\W\d]\w*")
_PYTHONS = frozenset(vars(builtins))
_HIDING = {
    "__globals__", "__import__", "eval", "exec", "globals", "importlib", "locals", "modules", "vars",
}  # fmt: skip
"""Names by which a program uses globals without writing them as names."""
_Binding = Mapping[str, frozenset[str]]
"""The ways in which names are bound, by name."""
_OTHERWISE = "="
"""Stands for what binds a name and imports nothing."""


@dataclass(frozen=True, slots=True)
class GlobalNames:
    """What code does with the names of its module.

    Attributes:
        bound: those that it binds, in its functions too.
        read: those that it reads. Python's own are among them.
    """

    bound: frozenset[str]
    read: frozenset[str]

    @property
    def used(self) -> frozenset[str]:
        """All of them."""
        return self.bound | self.read

    @property
    def foreign(self) -> frozenset[str]:
        """Those that it reads, and that are neither its own nor Python's."""
        return self.read - self.bound - _PYTHONS


@lru_cache(maxsize=4096)
def global_names(code: str) -> GlobalNames:
    """Return what ``code`` does with the names of its module.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it does not parse.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        top = symtable.symtable(code, "<code>", "exec")
    bound, read = set(), set()
    for table, symbol in _symbols(top):
        is_global = table is top or symbol.is_global()
        if is_global and (symbol.is_assigned() or symbol.is_imported()):
            bound.add(symbol.get_name())
        # The body of a class reads the global before it has a value of its own.
        if (is_global or table.get_type() == "class") and symbol.is_referenced():
            read.add(symbol.get_name())
    return GlobalNames(frozenset(bound), frozenset(read))


def _symbols(table: symtable.SymbolTable) -> Iterator[tuple[symtable.SymbolTable, symtable.Symbol]]:
    tables = [table]
    for each in tables:  # it grows
        tables += each.get_children()
        yield from ((each, symbol) for symbol in each.get_symbols())


def _binding(*codes: str) -> _Binding:
    """Return the names that codes bind, with the ways in which they do; a star stands for names unseen."""
    ways: dict[str, set[str]] = {}
    for code in codes:
        with suppress(*_UNREADABLE):  # it fails where it runs, and that tells
            bound = global_names(code).bound | {"*"}
            for node in ast.walk(parsed(code)):
                for name, way in _bindings(node):
                    if name in bound:
                        ways.setdefault(name, set()).add(way)
    return {name: frozenset(found) for name, found in ways.items()}


def _bindings(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                root = alias.name.partition(".")[0]
                yield alias.asname or root, alias.name if alias.asname else root
        case ast.ImportFrom(module=module, names=names):
            for alias in names:
                yield alias.asname or alias.name, f"{module}:{alias.name}"
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, _OTHERWISE
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name, _OTHERWISE
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name, _OTHERWISE
        case ast.MatchMapping(rest=str(name)):
            yield name, _OTHERWISE


class SharedNames:
    """The global names of a suite's assertions."""

    def __init__(self, suite: Suite) -> None:
        self._tests = [test.code for test in suite.tests if isinstance(test, AssertTest)]
        self._before = [suite.context] if self._tests else []

    @cached_property
    def _by_tests(self) -> _Binding:
        return _binding(*self._tests)

    @cached_property
    def _by_context(self) -> _Binding:
        return _binding(*self._before)

    @cached_property
    def _head(self) -> str:
        return "\n" + "".join(f"{each.strip()}\n" for each in self._before)

    def with_program(self, program: str) -> list[str]:
        """Return the names that tests and a program have in common; none of one that does not parse."""
        if not self._may_share(program):
            return []
        words = frozenset(_WORD.findall(program))
        hides = not words.isdisjoint(_HIDING)
        try:
            names = global_names(program)
        except _UNREADABLE:
            return []
        shared = self._from_tests(program, names, hides=hides)
        shared |= self._from_context(program, names, words if hides else names.foreign)
        return sorted(shared - {"*"})

    def _may_share(self, program: str) -> bool:
        """Whether a look at the text leaves it open; for most programs this is all that is done."""
        bound = {*self._by_tests}
        if not f"\n{program}".startswith(self._head):  # else it has all names of the context
            bound |= self._by_context.keys()
        if not bound or "*" in bound or not program.isascii():
            return bool(bound)
        return any(map(program.__contains__, bound)) or any(map(program.__contains__, _HIDING))

    def _from_tests(self, program: str, names: GlobalNames, *, hides: bool) -> set[str]:
        bound = self._by_tests
        if "*" in bound:
            return {*names.used, *bound}
        common = bound.keys() if hides else bound.keys() & names.used
        own = _binding(program) if common else {}
        return {name for name in common if own.get(name) != bound[name] or _OTHERWISE in bound[name]}

    def _from_context(self, program: str, names: GlobalNames, read: frozenset[str]) -> set[str]:
        """Return what a program reads of the context, which may stand before it: it replaces nothing."""
        bound = self._by_context
        stars = bound.get("*", frozenset())
        unseen = stars and stars - _binding(program).get("*", frozenset())
        return {*names.foreign} if unseen else {*(bound.keys() & read) - names.bound}
