"""Which assertions of strangers may run in the judge, where programs cannot reach them.

The judge runs assertions in its own process, with the harness's rights. A benchmark's own may have those;
what a model or a client of the service wrote may not. So of theirs only assertions run there that can do
nothing: they compare what the entry point returns for given values, by operators and by functions that only
read. By their syntax trees alone these can open no file, reach no attribute and loop over nothing but what is
there. Everything else runs beside its program, and the verdict says ``in_process``.
"""

import ast
from functools import lru_cache

_READING = {
    "abs", "all", "any", "bool", "dict", "float", "frozenset", "int", "isinstance", "len", "list", "max",
    "min", "round", "set", "sorted", "str", "sum", "tuple",
}  # fmt: skip
_HARMLESS = (
    ast.Assert, ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop, ast.UnaryOp, ast.unaryop, ast.IfExp,
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Subscript, ast.Slice, ast.keyword,
    ast.expr_context, ast.Add, ast.Sub, ast.Div,
)  # fmt: skip


@lru_cache(maxsize=4096)
def is_inert(code: str, entry_point: str) -> bool:
    """Whether ``code`` is nothing but assertions that can do nothing, wherever they run."""
    named = {entry_point, "candidate"} | _READING
    try:
        body = ast.parse(code).body
        return bool(entry_point) and all(
            isinstance(each, ast.Assert) and _inert(each, named) for each in body
        )
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _inert(node: ast.AST, named: set[str]) -> bool:
    match node:
        case ast.Name(id=name):
            harmless = name in named
        case ast.Call(func=function):
            harmless = isinstance(function, ast.Name)
        case ast.BinOp():
            harmless = True
        case _:
            harmless = isinstance(node, _HARMLESS)
    return harmless and all(_inert(child, named) for child in ast.iter_child_nodes(node))
