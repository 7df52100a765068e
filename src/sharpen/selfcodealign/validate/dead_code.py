"""Finds the lines of a response that its tests cannot reach: its main guard, and what only that uses.

Tests cannot fail on a mutant there, so such mutants say nothing about the tests.
"""

import ast
from collections.abc import Iterator

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def dead_lines(code: str, tests: str) -> set[int]:
    """Return the numbers, from 1, of the lines that ``tests`` cannot reach.

    Reachable are top-level statements but the main guard, and the top-level functions and classes whose names
    occur in the tests or in other reachable code.

    Raises:
        SyntaxError: one of them does not parse.
    """
    body = ast.parse(code).body
    definitions = {node.name: node for node in body if isinstance(node, _Definition)}
    todo = list(_names(ast.parse(tests)))
    for node in body:
        if not isinstance(node, _Definition) and not _is_main_guard(node):
            todo += _names(node)
    reached = set[str]()
    while todo:
        name = todo.pop()
        if name in definitions and name not in reached:
            reached.add(name)
            todo += _names(definitions[name])
    dead = [node for node in body if _is_main_guard(node)]
    dead += [node for name, node in definitions.items() if name not in reached]
    return {line for node in dead for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _names(node: ast.AST) -> Iterator[str]:
    """Yield every name in a tree, and every string, since a program may be asked for a name in one."""
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                yield name


def _is_main_guard(node: ast.stmt) -> bool:
    match node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant(value=value)])):
            return bool(value == "__main__")
    return False
