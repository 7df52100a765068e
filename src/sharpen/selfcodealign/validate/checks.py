"""Finds the checks in tests that a model wrote, and those that are true whatever the program does.

A check is a statement that may fail the tests:

- an assertion, or a call whose name begins with ``assert`` (unittest, numpy.testing);
- ``with`` something that ``raises`` (pytest, unittest);
- a statement that must not be reached (``assert False``, ``raise AssertionError``, ``fail()``): the ``try``
  or ``if`` around it is the check.

A call of ``mark`` with the check's number is inserted where the check would fail.
"""

import ast
from dataclasses import dataclass

from sharpen.methods.reflexion.self_tests import is_vacuous

_RAISES = ("raises", "assertRaises", "assertRaisesRegex", "assertWarns", "warns")


@dataclass(frozen=True, slots=True)
class MarkedTests:
    """Tests with a mark before each check.

    Attributes:
        source: the tests, marked.
        lines: the line of each check in the original tests, from 1.
        vacuous: lines of assertions that are true whatever the program does.
    """

    source: str
    lines: tuple[int, ...]
    vacuous: tuple[int, ...]


def find_checks(tests: str, mark: str) -> MarkedTests:
    """Return ``tests`` with a call of ``mark`` before each check.

    Raises:
        SyntaxError: they do not parse.
    """
    marker = _Marker(mark)
    tree = ast.fix_missing_locations(marker.visit(ast.parse(tests)))
    return MarkedTests(ast.unparse(tree), tuple(marker.lines), tuple(marker.vacuous))


class _Marker(ast.NodeTransformer):
    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.lines: list[int] = []
        self.vacuous: list[int] = []

    def before(self, node: ast.stmt) -> ast.stmt:
        self.lines.append(node.lineno)
        call = ast.Call(ast.Name(self.mark, ast.Load()), [ast.Constant(len(self.lines) - 1)], [])
        return ast.copy_location(ast.Expr(call), node)

    def visit_Assert(self, node: ast.Assert) -> list[ast.stmt]:
        if _never(node):
            return [node]
        if is_vacuous(node.test):
            self.vacuous.append(node.lineno)
        return [self.before(node), node]

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt]:
        is_check = isinstance(node.value, ast.Call) and _called(node.value).startswith("assert")
        return [self.before(node), node] if is_check else [node]

    def visit_With(self, node: ast.With) -> list[ast.stmt]:
        self.generic_visit(node)
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        return [self.before(node), node] if any(_called(call) in _RAISES for call in calls) else [node]

    def visit_Try(self, node: ast.Try) -> list[ast.stmt]:
        inside, otherwise = any(map(_never, node.body)), any(map(_never, node.orelse))
        self.generic_visit(node)
        if inside:
            node.body.insert(0, self.before(node))
        return [self.before(node), node] if otherwise else [node]

    def visit_If(self, node: ast.If) -> list[ast.stmt]:
        guards = any(map(_never, (*node.body, *node.orelse)))
        self.generic_visit(node)
        return [self.before(node), node] if guards else [node]


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _never(node: ast.stmt) -> bool:
    """Return whether a statement is one that must not be reached."""
    match node:
        case ast.Assert(test=ast.Constant(value=value)):
            return not value
        case ast.Raise(exc=ast.Name(id="AssertionError")):
            return True
        case ast.Raise(exc=ast.Call() as call):
            return _called(call) == "AssertionError"
        case ast.Expr(value=ast.Call() as call):
            return _called(call) == "fail"
    return False
