"""What codes are compared by: the names that they define, their text without docstrings, their outline."""

import ast
import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """What a selection compares codes by.

    Attributes:
        functions: names of its functions and methods, in small letters and without underscores.
        classes: names of its classes, likewise.
        text: its functions and classes without docstrings, and nothing else (the paper's representation).
        outline: a hash of the kinds of its syntax nodes, equal where only names and values differ.
    """

    functions: frozenset[str]
    classes: frozenset[str]
    text: str
    outline: str


def shape_of(code: str) -> Shape:
    """Return the shape of a code.

    Raises:
        SyntaxError: it does not parse.
    """
    tree = ast.parse(code)
    functions, classes = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            (classes if isinstance(node, ast.ClassDef) else functions).add(_plain(node.name))
            _drop_docstring(node)
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    text = "\n\n".join(ast.unparse(node) for node in tree.body if isinstance(node, kinds))
    outline = hashlib.sha256(_outline(tree).encode()).hexdigest()[:16]
    return Shape(frozenset(functions), frozenset(classes), text, outline)


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _drop_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> None:
    match node.body[0]:
        case ast.Expr(value=ast.Constant(value=str())):
            node.body = node.body[1:] or [ast.Pass()]


def _outline(node: ast.AST) -> str:
    inner = " ".join(_outline(child) for child in ast.iter_child_nodes(node))
    return f"{type(node).__name__}({inner})"
