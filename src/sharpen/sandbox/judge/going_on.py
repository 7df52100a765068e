"""Compiles a test in the judge so that it goes on after a statement that failed.

A plain test ends at its first failure, and its program sees that no further question comes. So each statement
that only checks is put into a ``try``, and a failure is noted::

    try:
        assert candidate(2) == 4
    except Exception:
        <NOTE>()

Not where the test itself may catch what its assertions raise.
"""

import ast
from functools import lru_cache
from types import CodeType
from typing import Any

from sharpen.sandbox.child.explain import TEST

NOTE = "__sharpen_note__"
"""The name of the function that is called where a statement failed."""

_CATCHING = (ast.Try, ast.TryStar, ast.With)
_REMEMBERED = 4096  # all of HumanEval's assertions are 1,200


@lru_cache(maxsize=_REMEMBERED)
def compiled(code: str, context: str) -> CodeType:
    """Return a test that goes on after failures, or as it is where it, or its context, may catch them.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it does not parse.
    """
    tree = ast.parse(code)
    if _catches(tree) or (context and _catches(ast.parse(context))):
        return compile(code, TEST, "exec", dont_inherit=True)
    _go_on(tree.body)
    return compile(tree, TEST, "exec", dont_inherit=True)


def _blocks(node: ast.AST) -> list[list[Any]]:
    """Return the lists of statements, or of cases with such lists, right below a statement."""
    lists = (getattr(node, field, None) for field in ("body", "orelse", "cases"))
    return [each for each in lists if isinstance(each, list)]


def _catches(node: ast.AST) -> bool:
    return isinstance(node, _CATCHING) or any(_catches(each) for block in _blocks(node) for each in block)


def _go_on(block: list[Any]) -> None:
    for place, node in enumerate(block):
        for inner in _blocks(node):
            _go_on(inner)
        match node:
            case ast.Assert():
                block[place] = _noted(node, "Exception")
            case ast.Raise() | ast.Expr() if not isinstance(getattr(node, "value", None), ast.Constant):
                block[place] = _noted(node, "AssertionError")


def _noted(node: ast.stmt, error: str) -> ast.stmt:
    at = {name: getattr(node, name) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset")}
    call = ast.Call(ast.Name(NOTE, ast.Load(), **at), [], [], **at)
    handler = ast.ExceptHandler(ast.Name(error, ast.Load(), **at), None, [ast.Expr(call, **at)], **at)
    return ast.Try([node], [handler], [], [], **at)
