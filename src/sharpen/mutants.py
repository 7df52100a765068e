"""Broken copies of a program that its tests should notice: mutants with one change, and empty stubs.

Five operators, each applied at every possible place, in source order:

- ``compare``: a comparison is negated: ``<`` becomes ``>=``, ``in`` becomes ``not in``.
- ``arithmetic``: ``+`` becomes ``-``, ``*`` becomes ``//``, and the reverse; ``/``, ``%`` and ``**``
  become ``*``.
- ``bool``: ``and`` becomes ``or``, ``True`` becomes ``False``, ``not x`` becomes ``x``.
- ``int``: an integer is increased by one.
- ``return``: the returned value becomes None.

A mutant may behave like the original (an equivalent mutant), so no tests can notice all of them. Docstrings
and annotations are not changed.

A stub keeps every signature. Each function and method returns None, raises, or returns its first argument:
tests that pass with one of these check nothing.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Operator = Literal["compare", "arithmetic", "bool", "int", "return"]
Stub = Literal["none", "raise", "echo"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A program with one change.

    Attributes:
        operator: what kind of change it is.
        line: where, in the program as it was, from 1.
        code: the program with the change.
    """

    operator: Operator
    line: int
    code: str


def mutants(code: str) -> Iterator[Mutant]:
    """Yield every mutant of a program.

    Raises:
        SyntaxError: it does not parse.
    """
    tree = ast.parse(code)
    places = list(ast.walk(tree))
    spared = {id(node) for outside in _outside(places) for node in ast.walk(outside)}
    for node in sorted(places, key=_position):
        for operator, change in _CHANGES.items():
            before = dict(vars(node))
            if id(node) not in spared and change(node):
                changed = ast.unparse(tree)
                vars(node).update(before)
                yield Mutant(operator, before["lineno"], changed)


def spread(mutants: Sequence[Mutant], most: int) -> list[Mutant]:
    """Return at most ``most`` of the mutants, evenly over the program and so over the operators."""
    if len(mutants) <= most:
        return list(mutants)
    return [mutants[number * len(mutants) // most] for number in range(most)]


def stubs(code: str) -> Iterator[tuple[Stub, str]]:
    """Yield the program with all its functions and methods emptied, once in each way; none where it has none.

    Raises:
        SyntaxError: it does not parse.
    """
    for stub in get_args(Stub):
        tree = ast.parse(code)
        functions = list(_functions(tree))
        for function, first in functions:
            function.body = [_emptied(stub, function.name, first)]
        if functions:
            yield stub, ast.unparse(ast.fix_missing_locations(tree))


def _functions(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    """Yield every function and method with the name of its first argument that is not the object."""
    methods = {
        id(node)
        for owner in ast.walk(tree)
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_static(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            yield node, next(iter(names[id(node) in methods :]), "")


def _is_static(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(node, ast.Name) and node.id == "staticmethod" for node in function.decorator_list)


def _emptied(stub: Stub, function: str, first: str) -> ast.stmt:
    if stub == "raise" and function != "__init__":
        return ast.Raise(ast.Name("NotImplementedError", ast.Load()))
    if stub == "echo" and first and function != "__init__":
        return ast.Return(ast.Name(first, ast.Load()))
    return ast.Return(ast.Constant(None))


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _outside(places: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield annotations, and statements that only state a value: no behaviour to change."""
    for node in places:
        match node:
            case ast.Expr(value=ast.Constant()):
                yield node
            case ast.AnnAssign(annotation=annotation):
                yield annotation
            case ast.arg(annotation=ast.AST() as annotation):
                yield annotation
            case ast.FunctionDef(returns=ast.AST() as annotation):
                yield annotation


_OPPOSITES: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OTHERS: Mapping[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}


def _compare(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare):
        node.ops = [_OPPOSITES[type(node.ops[0])](), *node.ops[1:]]
        return True
    return False


def _arithmetic(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _OTHERS:
        node.op = _OTHERS[type(node.op)]()
        return True
    return False


def _bool(node: ast.AST) -> bool:
    match node:
        case ast.BoolOp(op=op):
            node.op = ast.Or() if isinstance(op, ast.And) else ast.And()
        case ast.Constant(value=bool(value)):
            node.value = not value
        case ast.UnaryOp(op=ast.Not()):
            # ``+x`` would change numbers' types: a double negation is the plain truth of x.
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
        case _:
            return False
    return True


def _int(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        node.value += 1
        return True
    return False


def _return(node: ast.AST) -> bool:
    if isinstance(node, ast.Return) and not _is_none(node.value):
        node.value = ast.Constant(None)
        return True
    return False


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


_CHANGES: Mapping[Operator, Callable[[ast.AST], bool]] = {
    "compare": _compare,
    "arithmetic": _arithmetic,
    "bool": _bool,
    "int": _int,
    "return": _return,
}
