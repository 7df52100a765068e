"""Python source as a syntax tree, for code that threads share.

CPython 3.11 cannot parse in two threads at once: it counts the depth of both trees together and raises
SystemError (python/cpython#106905). Filters of warnings are shared as well. So one thread parses at a time.
"""

import ast
import threading
import warnings
from typing import Literal

_PARSING = threading.Lock()


def parse(text: str, mode: Literal["exec", "eval"] = "exec") -> ast.AST:
    """Return the syntax tree of a module, or of an expression; warnings are not shown.

    Raises: SyntaxError, ValueError, RecursionError or MemoryError, as :func:`ast.parse`.
    """
    with _PARSING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode=mode)


def parse_module(text: str) -> ast.Module:
    """Return the syntax tree of a module; the exceptions are those of :func:`parse`."""
    tree = parse(text)
    assert isinstance(tree, ast.Module)
    return tree


def parse_expression(text: str) -> ast.expr:
    """Return the syntax tree of an expression; the exceptions are those of :func:`parse`."""
    tree = parse(text, "eval")
    assert isinstance(tree, ast.Expression)
    return tree.body
