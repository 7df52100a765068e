"""The form of a function: equal for functions that differ in layout and names alone.

Left out are comments, layout, docstrings, annotations and decorators. Names that the function binds
(arguments, variables, inner functions, its own) are numbered by first use; other names
(``len``, attributes, keywords of calls) stay.
"""

import ast
from collections.abc import Iterator

from sharpen.selfcodealign.rows import identity

_LEFT_OUT = {"annotation", "returns", "type_comment", "decorator_list", "ctx", "kind", "type_params"}
_OWN_NAMES = {
    ast.Name: "id",
    ast.arg: "arg",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
}
"""The field of a node in which a function's own name may stand."""


def forms(code: str, least: int) -> Iterator[tuple[str, str]]:
    """Yield name and form of each function in ``code`` that has ``least`` parts or more, inner ones too.

    A part is a node of the syntax tree, a name or a constant. A text that is not Python has no functions.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = list(_parts(node, dict.fromkeys(_bound(node), "")))
            if len(parts) >= least:
                yield node.name, identity(*parts)


def _bound(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        name = getattr(node, _OWN_NAMES.get(type(node), ""), None)
        if isinstance(name, str) and not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)):
            yield name


def _parts(node: ast.AST, numbers: dict[str, str]) -> Iterator[str]:
    yield type(node).__name__
    own = _OWN_NAMES.get(type(node))
    for field, value in ast.iter_fields(node):
        if field in _LEFT_OUT:
            continue
        if field == own and value in numbers:
            numbers[value] = numbers[value] or f"#{sum(map(bool, numbers.values()))}"
            yield numbers[value]
        elif isinstance(value, list):
            part = _without_docstring(value) if field == "body" else value
            yield f"[{len(part)}"
            for each in part:
                yield from _parts(each, numbers) if isinstance(each, ast.AST) else (repr(each),)
        elif isinstance(value, ast.AST):
            yield from _parts(value, numbers)
        else:
            yield repr(value)


def _without_docstring(body: list[ast.AST]) -> list[ast.AST]:
    match body:
        case [ast.Expr(value=ast.Constant(value=str())), *rest]:
            return rest
    return body


def renamed(code: str) -> str:
    """Return the code with other own names in every function and no comments: its forms are the same."""
    tree = ast.parse(code)
    for function in tree.body:
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            own = set(_bound(function))
            for node in ast.walk(function):
                field = _OWN_NAMES.get(type(node), "")
                if getattr(node, field, None) in own:
                    setattr(node, field, f"{getattr(node, field)}_planted")
    return ast.unparse(tree)
