"""Which assertions of strangers may run where programs cannot reach them: outside of the sandbox.

The judge runs assertions in its own process, with the service's rights, and the token's holder is not
necessarily trusted with those. So of the assertions that come with a request only those run there that can do
nothing: they compare what the entry point returns for given values, by operators and by functions that only
read. By their syntax trees alone these can open no file, reach no attribute and loop over nothing but what is
there. Everything else runs beside its program, in the sandbox, and the verdict says ``in_process``.
"""

import ast
from dataclasses import replace

from sharpen.types import AssertTest, CallTest, Suite

_READING = {
    "abs", "all", "any", "bool", "dict", "float", "frozenset", "int", "isinstance", "len", "list", "max",
    "min", "round", "set", "sorted", "str", "sum", "tuple",
}  # fmt: skip
_HARMLESS = (
    ast.Assert, ast.Compare, ast.cmpop, ast.BoolOp, ast.boolop, ast.UnaryOp, ast.unaryop, ast.IfExp,
    ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Subscript, ast.Slice, ast.keyword,
    ast.expr_context, ast.Add, ast.Sub, ast.Div,
)  # fmt: skip


def apart(suite: Suite) -> Suite:
    """Return a stranger's suite such that nothing of it runs outside of the sandbox unless it is inert.

    Raises:
        ValueError: it has calls, which need the entry point, and assertions that must not know it.
    """
    assertions = [test.code for test in suite.tests if isinstance(test, AssertTest)]
    inert = not suite.context.strip() and all(is_inert(code, suite.entry_point) for code in assertions)
    if inert or not assertions:
        return suite
    if any(isinstance(test, CallTest) for test in suite.tests):
        raise ValueError(
            "tests: calls cannot be mixed with assertions that use more than the entry point, plain values "
            "and simple functions; send them as two requests"
        )
    return replace(suite, entry_point="")  # without one no assertion is split from its program


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
