"""Which modules the tests beside a program share with it; the child keeps these as they were."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from sharpen.sandbox.judge.needs import parsed
from sharpen.sandbox.judge.split import SuiteSplit
from sharpen.types import AssertTest, Suite

_OWN = {"__main__", "builtins", "solution", "sys", "hypothesis"}
"""Modules that tests and programs have for themselves, or whose parts they, or programs, may well replace."""
_REPLACING = {"setattr", "delattr", "vars", "__dict__", "__setattr__", "patch", "reload", "globals"}
_SELF = {"self", "cls"}


class SharedModules:
    """What the assertions of a suite import.

    Attributes:
        split: which assertions of the suite, as it is run, are beside the program.
        written: the suite without what a framework adds.
    """

    def __init__(self, split: SuiteSplit, written: Suite) -> None:
        self.split, self.written = split, written

    def to_keep(self, *, beside: bool) -> list[str]:
        """Return the modules that the child keeps; ``beside`` says that every assertion runs there."""
        return self._names if beside or self.split.some_beside else []

    @cached_property
    def tests_replace(self) -> bool:
        """Whether a test may replace a part of a module, by its syntax."""
        return any(map(_replaces, _nodes(self.written)))

    @cached_property
    def _names(self) -> list[str]:
        nodes = [*_nodes(self.split.suite)]
        imported = [pair for node in nodes for pair in _imported(node)]
        aliases = dict(imported)
        names = {name for _, name in imported}
        names |= {name for node in nodes for name in _submodule(node, aliases)}
        return sorted(name for name in names if name.partition(".")[0] not in _OWN)


def _nodes(suite: Suite) -> Iterator[ast.AST]:
    """Yield what is in a suite's assertions and their context, if it has assertions."""
    codes = [test.code for test in suite.tests if isinstance(test, AssertTest)]
    for code in [suite.context, *codes] if codes else []:
        try:
            yield from ast.walk(parsed(code))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # it fails where it runs


def _imported(node: ast.AST) -> Iterable[tuple[str, str]]:
    """Return the modules that a node imports, each by the name that it is bound to."""
    match node:
        case ast.Import(names=names):
            return [(alias.asname or alias.name, alias.name) for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [(module, module)]
        case ast.Call(func=ast.Name(id="__import__"), args=[ast.Constant(value=str(name))]):
            return [(name, name)]
    return []


def _submodule(node: ast.AST, aliases: Mapping[str, str]) -> Iterable[str]:
    """Return the module whose part is used, as in ``np.testing.assert_equal``: it may be loaded late."""
    match node:
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id=name), attr=part)) if name in aliases:
            return [f"{aliases[name]}.{part}"]
    return []


def _replaces(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(ctx=ast.Store() | ast.Del(), value=owner):
            return not (isinstance(owner, ast.Name) and owner.id in _SELF)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _REPLACING
    return False
