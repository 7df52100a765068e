"""What an assertion test could notice of being run in the judge, by its syntax alone.

In the judge a test holds copies of what the program returns, its arguments reach the program as copies, and
what it does to its own process the program does not see. This module says which tests could tell:
conservatively, so that what it does not know counts as noticing.
"""

import ast
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

_MODULES = {
    "__future__", "abc", "bisect", "cmath", "collections", "copy", "dataclasses", "datetime", "decimal",
    "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "numbers", "numpy",
    "operator", "random", "re", "statistics", "string", "typing",
}  # fmt: skip
"""Modules whose functions compute and leave the process as it is, but for those in ``_STATEFUL``."""
_STATEFUL = {
    "seed", "setstate", "set_state", "getcontext", "setcontext", "localcontext", "seterr", "seterrcall",
    "setbufsize", "set_printoptions", "load", "save", "savez", "savetxt", "loadtxt", "fromfile", "tofile",
    "memmap", "open",
}  # fmt: skip
_TELLING = {"is_", "is_not"}
"""Functions of these modules that tell an object from its copy."""
_HIDING = {"__import__", "eval", "exec", "importlib"}
"""Names by which a program uses others without writing them."""
_CHANGED_BY = {
    "random": {"random"} | _HIDING,
    "numpy": {
        "random", "seterr", "seterrcall", "setbufsize", "set_printoptions", "printoptions", "errstate",
    } | _HIDING,
    "decimal": {"getcontext", "setcontext", "localcontext", "DefaultContext", "BasicContext"} | _HIDING,
    "abc": {"register"}, "collections": {"register"}, "numbers": {"register"}, "typing": {"register"},
}  # fmt: skip
"""For a module that tests may import, the names by which a program may change what the module computes."""
_WORD = re.compile(r"[^\W\d]\w*")
_REACHING = {
    "open", "input", "exec", "eval", "compile", "globals", "locals", "vars", "dir", "setattr", "delattr",
    "id", "breakpoint", "exit", "quit", "help", "memoryview", "super", "__import__", "__builtins__",
    "__build_class__", "__loader__", "__spec__",
}  # fmt: skip
"""Builtins that reach the process, or tell an object from its copy."""
_TYPES = {
    "bool", "int", "float", "complex", "str", "bytes", "list", "tuple", "dict", "set", "frozenset",
}  # fmt: skip
_READING = _TYPES | {
    "abs", "all", "any", "bin", "chr", "divmod", "enumerate", "format", "hash", "hex", "isinstance", "len",
    "max", "min", "oct", "ord", "pow", "print", "range", "repr", "reversed", "round", "sorted", "sum",
    "type", "zip", "math.fabs", "math.isclose",
}  # fmt: skip
"""Functions that only read what they are given, and keep no more of it than they return."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one test could notice.

    Attributes:
        beside: that it does not share a process with the program: it only runs beside it.
        watched: a copy of a value, if its program changes or refers to the original: its calls are watched.
        types: the exact type of a value, or the order of a set: it does more with what is returned than to
            compare it.
        arrays: a number of numpy: it compares what is returned with more than a number.
        catches: an exception: it may go on after one.
    """

    beside: bool = False
    watched: bool = False
    types: bool = False
    arrays: bool = False
    catches: bool = False


BESIDE = Needs(beside=True)


@lru_cache(maxsize=64)  # each test is looked at several times, one after the other
def parsed(code: str) -> ast.Module:
    """Return the tree of a test, which nobody may change.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it does not parse.
    """
    return ast.parse(code)


@lru_cache(maxsize=4096)
def needs_of(code: str, context: str, entry_point: str) -> Needs:
    """Return what the test ``code`` could notice; BESIDE where that cannot be seen.

    Raises:
        SyntaxError, ValueError, RecursionError: it does not parse.
    """
    tests, helpers = parsed(code), parsed(context)
    both = ast.Module([*helpers.body, *tests.body], [])
    uses = _Uses(both, entry_point)
    if uses.as_value or any(map(_leaves_the_judge, uses.nodes)):
        return BESIDE
    watched = not all(map(uses.is_simple, uses.statements()))
    return Needs(
        watched=watched,
        types=watched or not all(uses.compared(call) for call in uses.calls),
        arrays=watched or not all(uses.compared(call, with_number=True) for call in uses.calls),
        catches=any(isinstance(node, _CATCHING) for node in uses.nodes) or uses.passes_functions(),
    )


def shares_state(program: str, modules: AbstractSet[str]) -> bool:
    """Whether a program may change what modules that its tests import compute: seeds, contexts, options.

    The judge has these modules for itself, so such tests run beside the program.
    """
    changing = {name for module in modules for name in _CHANGED_BY.get(module, ())}
    return bool(changing) and not changing.isdisjoint(_WORD.findall(program))


_CATCHING = (ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.ClassDef, ast.Lambda)
"""Lambdas and classes too: what calls them may swallow a StopIteration or an AttributeError."""
_KEEPING = (ast.NamedExpr, ast.Lambda, ast.comprehension, ast.Yield, ast.YieldFrom)
"""What an expression can hold a value with, over another call."""


def _leaves_the_judge(node: ast.AST) -> bool:
    """Whether a node reaches the process it runs in, or tells an object from its copy."""
    match node:
        case ast.Import(names=names):
            return any(alias.name.partition(".")[0] not in _MODULES for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            apart = any(alias.name in _STATEFUL | _TELLING for alias in names)
            return bool(level) or (module or "").partition(".")[0] not in _MODULES or apart
        case ast.Name(id=name):
            return name in _REACHING
        case ast.Attribute(attr=name, ctx=context):
            private = name.startswith("__") and name.endswith("__")
            return name in _STATEFUL | _TELLING or private or not isinstance(context, ast.Load)
        case ast.Compare(ops=ops, left=left, comparators=right):
            sides = zip(ops, [left, *right], right, strict=False)
            return any(
                isinstance(op, ast.Is | ast.IsNot) and not (_is_single(one) or _is_single(other))
                for op, one, other in sides
            )
        case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
            return True
    return False


def _is_single(node: ast.expr) -> bool:
    """Whether there is one object of this value only: None, a bool, a built-in type."""
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, bool)
    return isinstance(node, ast.Name) and node.id in _TYPES


class _Uses:
    """Where a test uses the entry point.

    Attributes:
        nodes: all of the test's tree and its context's.
        calls: calls of it.
        as_value: whether it is used for more than to be called, or handed to a function that calls it.
    """

    def __init__(self, tree: ast.Module, entry_point: str) -> None:
        self.nodes: list[ast.AST] = [tree]
        self.parents: dict[ast.AST, ast.AST] = {}
        for node in self.nodes:
            children = [*ast.iter_child_nodes(node)]
            self.parents.update(dict.fromkeys(children, node))
            self.nodes += children
        self.functions = {node.name: node for node in self.nodes if isinstance(node, ast.FunctionDef)}
        self.every_call = [node for node in self.nodes if isinstance(node, ast.Call)]
        self.names = {entry_point, "candidate"}
        while new := {*self._handed_on()} - self.names:
            self.names |= new
        self.calls = [node for node in self.every_call if self._is_call(node)]
        called = {call.func for call in self.calls}
        handed = {argument for call in self._handing() for argument in call.args}
        self.as_value = any(
            self._is_entry(node) and node not in called and node not in handed for node in self.nodes
        )

    def _is_entry(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id in self.names

    def _is_call(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and self._is_entry(node.func)

    def _handing(self) -> Iterator[ast.Call]:
        """Yield the calls of the test's own functions."""
        for call in self.every_call:
            if isinstance(call.func, ast.Name) and call.func.id in self.functions:
                yield call

    def _handed_on(self) -> Iterator[str]:
        for call in self._handing():
            parameters = self.functions[_called_name(call)].args.args
            for parameter, argument in zip(parameters, call.args, strict=False):
                if self._is_entry(argument):
                    yield parameter.arg

    def passes_functions(self) -> bool:
        """Whether one of the test's own functions is used for more than to be called."""
        called = {call.func for call in self._handing()}
        return any(
            isinstance(node, ast.Name) and node.id in self.functions and node not in called
            for node in self.nodes
        )

    def statements(self) -> list[ast.stmt]:
        """Return the innermost statements in which the entry point is called."""
        return [*{self._statement(call): None for call in self.calls}]

    def _statement(self, node: ast.AST) -> ast.stmt:
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def is_simple(self, statement: ast.stmt) -> bool:
        """Whether a statement asserts something of one new call with new arguments, and only reads it."""
        if not isinstance(statement, ast.Assert):
            return False
        calls = [node for node in ast.walk(statement) if self._is_call(node)]
        return len(calls) == 1 and self._is_new(calls[0]) and all(map(self._reads, ast.walk(statement)))

    def _is_new(self, call: ast.AST) -> bool:
        """Whether nothing but the call refers to its arguments."""
        inner = (node for child in ast.iter_child_nodes(call) for node in ast.walk(child))
        return all(node.id in _READING | self.names for node in inner if isinstance(node, ast.Name))

    def _reads(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call):
            return self._is_call(node) or _called_name(node) in _READING
        return not isinstance(node, _KEEPING)

    def compared(self, call: ast.AST, *, with_number: bool = False) -> bool:
        """Whether what a call returns is only asserted, or compared with a literal, if so with a number.

        It may be made absolute before, and a number added or subtracted.
        """
        node = call
        while True:
            parent = self.parents[node]
            match parent:
                case ast.BinOp(op=ast.Sub() | ast.Add(), left=left, right=right):
                    if not _is_literal(right if node is left else left, number=True):
                        return False
                case ast.Call() if _called_name(parent) in {"abs", "math.fabs"}:
                    pass
                case ast.Compare(ops=[ast.Eq() | ast.NotEq() | ast.Lt() | ast.LtE() | ast.Gt() | ast.GtE()]):
                    others = (other for other in (parent.left, *parent.comparators) if other is not node)
                    return all(_is_literal(other, number=with_number) for other in others)
                case ast.UnaryOp(op=ast.Not()):
                    pass
                case _:
                    return isinstance(parent, ast.Assert)
            node = parent


def _is_literal(tree: ast.expr, *, number: bool) -> bool:
    kinds: tuple[type[ast.AST], ...] = (ast.Constant, ast.UnaryOp, ast.unaryop)
    if not number:
        kinds += (ast.List, ast.Tuple, ast.Dict, ast.Set, ast.expr_context)
    return all(isinstance(node, kinds) for node in ast.walk(tree))


def _called_name(call: ast.Call) -> str:
    return ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""
