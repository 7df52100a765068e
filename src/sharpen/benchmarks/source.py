"""What Python source defines, and pieces of it: by its syntax tree alone, nothing is executed.

Nobody may change a tree that :func:`parse` returns: while an answer is read, it returns the same tree for the
same text (:func:`each_text_once`).
"""

import ast
import builtins
import re
import symtable
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeVar

from sharpen.syntax import parse_module

MOST_KEPT = 200_000
"""Characters of the texts whose trees are kept at a time; a tree takes about 50 bytes for each of them."""
_BUILTINS = frozenset(vars(builtins))
_EXAMPLE_CALLS = {"print", "input", "testmod", "open", "exit", "quit", "timeit", "sleep", "breakpoint"}
"""What examples call, and what ends or waits for more than a function was asked for."""
_OUTSIDE = {"argv", "stdin"}
"""Attributes that a function which is called by tests has no use for at its module's end."""
_RUNNERS = {("unittest", "main"), ("pytest", "main")}
_MODULE_NAMES = {"__name__", "__file__", "__doc__", "__builtins__", "__spec__", "__package__", "__loader__"}
_RUN = (ast.Expr, ast.Assign, ast.AugAssign, ast.For)
"""What runs at once: behind the function it fails where it reads a name that nothing binds."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


_Result = TypeVar("_Result")


class _Kept:
    """What was read of the texts of one answer, by what reads and the text."""

    def __init__(self) -> None:
        self._results: dict[tuple[Callable[[str], Any], str], Any] = {}
        self._size = 0

    def result(self, read: Callable[[str], _Result], text: str) -> _Result:
        key = read, text
        if key not in self._results:
            if self._size + len(text) > MOST_KEPT:
                self._results, self._size = {}, 0
            self._results[key] = read(text)
            self._size += len(text)
        kept: _Result = self._results[key]
        return kept


_KEPT: ContextVar[_Kept | None] = ContextVar("_KEPT", default=None)


@contextmanager
def each_text_once() -> Iterator[None]:
    """Parse equal texts once within the block: one answer's program was parsed about ten times."""
    before = _KEPT.set(_Kept())
    try:
        yield
    finally:
        _KEPT.reset(before)


def _once(read: Callable[[str], _Result], text: str) -> _Result:
    kept = _KEPT.get()
    return kept.result(read, text) if kept else read(text)


def parse(code: str) -> ast.Module | None:
    """Return the syntax tree, or nothing where ``code`` is not Python."""
    tree = _once(_tree_or_line, code)
    return None if isinstance(tree, int) else tree


def parse_open(starter: str) -> ast.Module | None:
    """Return the syntax tree of code that may end in a signature without a body."""
    bodies = ("", "\n    pass\n", "\n        pass\n")
    return next((tree for body in bodies if (tree := parse(starter.rstrip() + body))), None)


def _tree_or_line(code: str) -> ast.Module | int:
    """Return the syntax tree, or the line, from 1, in which ``code`` stops being Python."""
    try:
        return parse_module(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return max(getattr(error, "lineno", None) or code.count("\n") + 1, 1)


def defines(code: str, name: str) -> bool:
    """Whether ``code`` is Python and defines ``name`` at its top level."""
    tree = parse(code)
    return tree is not None and name in defined(tree.body)


def defined(body: Iterable[ast.stmt]) -> set[str]:
    """Return every name that these statements bind."""
    return {name for statement in body for name in names_bound(statement)}


def names_bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds in its own scope."""
    for node in _in_scope(statement):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    yield alias.asname or alias.name.split(".")[0]
            case ast.Name(ctx=ast.Store()):
                yield node.id


def _in_scope(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement, but not what is inside of functions, classes and comprehensions."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*_SCOPES, *_COMPREHENSIONS)):
            waiting += ast.iter_child_nodes(node)


def binds_callable(statement: ast.stmt, name: str) -> bool:
    """Whether a statement can make ``name`` the function that is asked for: a loop over files does not."""
    match statement:
        case ast.Assign(value=value) | ast.AnnAssign(value=value):
            plain = isinstance(
                value, ast.Constant | ast.List | ast.Dict | ast.Set | ast.JoinedStr | ast.BinOp
            )
            opened = isinstance(value, ast.Call) and "open" in _calls(value)
            return not plain and not opened and name in names_bound(statement)
        case ast.For() | ast.AsyncFor() | ast.While() | ast.With() | ast.AsyncWith():
            inner = (node for node in _in_scope(statement) if isinstance(node, ast.stmt))
            return any(binds_callable(node, name) for node in inner if node is not statement)
    return name in names_bound(statement)


def error_line(code: str) -> int | None:
    """Return the line, from 1, in which ``code`` stops being Python; None where it is Python."""
    line = _once(_tree_or_line, code)
    return line if isinstance(line, int) else None


def preamble(starter: str, name: str) -> list[str]:
    """Return the sources of the starter's own statements before what is asked for.

    ``name`` may be an expression; what it is made of is asked for, but for imports. A signature without its
    body is left out too.
    """
    if not starter.strip():
        return []
    tree = parse_open(starter)
    if tree is None:
        return []
    whole = tree.body if parse(starter) else tree.body[:-1]
    asked = _names_of_expression(name)
    return [segment(starter, node) for node in whole if not _is_asked(node, asked)]


def _names_of_expression(expression: str) -> set[str]:
    tree = parse(expression.strip())
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} if tree else {expression}


def _is_asked(node: ast.stmt, names: set[str]) -> bool:
    return not names.isdisjoint(names_bound(node)) and not (
        isinstance(node, ast.Import | ast.ImportFrom) and len(names) > 1
    )


def with_preamble(code: str, starter: str, name: str) -> str:
    """Return ``code`` behind those imports and helpers of ``starter`` that it does not define itself."""
    own = parse(code)
    if own is None:
        return code
    present = defined(own.body)
    missing = []
    for source in preamble(starter, name):
        tree = parse(source)
        bound = defined(tree.body) if tree else set()
        if not bound or bound - present or "*" in bound:  # a star binds more than can be seen
            missing.append(source)
    return put_before(code, missing)


def with_needed(code: str, imports: Sequence[str]) -> str:
    """Return ``code`` behind those lines of imports that bring a name which it reads and does not bind."""
    lacking = free_names(code)
    return put_before(code, [line for line in imports if lacking & _imported_names(line)])


@cache
def _imported_names(line: str) -> frozenset[str]:
    tree = parse(line)
    return frozenset(defined(tree.body) if tree else ())


def put_before(code: str, sources: Sequence[str]) -> str:
    """Return ``code`` behind other pieces of code; imports from ``__future__`` stay first."""
    tree = parse(code)
    if not sources or tree is None:
        return code
    future, rest = _split_future(code, tree)
    return "\n".join([*future, *sources]) + "\n\n\n" + rest


def _split_future(code: str, tree: ast.Module) -> tuple[list[str], str]:
    """Return the ``from __future__`` lines, which must stay first, and the code without them."""
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    sources = [segment(code, node) for node in future]
    return sources, drop_lines(code, future).strip("\n") + "\n" if future else code.lstrip("\n")


def without_examples(code: str, name: str) -> str:
    """Return ``code`` without example code behind the definition of ``name``."""
    tree = parse(code)
    if tree is None:
        return code
    starts = [index for index, node in enumerate(tree.body) if binds_callable(node, name)]
    if not starts:
        return code
    suspects = _callers_of_examples(tree.body, name)
    unknown = never_bound(code)
    behind = tree.body[starts[-1] + 1 :]
    examples = [
        node
        for node in behind
        if is_example(node, suspects, name) or (isinstance(node, _RUN) and loaded([node]) & unknown)
    ]
    examples = _with_followers(examples, behind, tree.body)
    examples += _imports_for(examples, behind, tree.body)
    return drop_lines(code, examples) if examples else code


def never_bound(code: str) -> frozenset[str]:
    """Return the names that reading would be a NameError: none where a star may bind any."""
    return (
        frozenset()
        if re.search(r"^[ \t]*from .+ import \*", code, re.MULTILINE)
        else free_names(code) - _MODULE_NAMES
    )


def _with_followers(
    examples: Sequence[ast.stmt], behind: Sequence[ast.stmt], body: Sequence[ast.stmt]
) -> list[ast.stmt]:
    """Return the examples and what goes on with them, in order.

    That is a statement which reads what only an example binds, and a call of a package that an example uses
    and that is imported behind the function, as in ``plt.show()``.
    """
    chosen = set(map(id, examples))
    shown = _packages(behind) & loaded(examples)
    made = defined(examples) - defined(node for node in body if id(node) not in chosen)
    followers: list[ast.stmt] = []
    for node in behind:
        goes_on = loaded([node]) & (made | shown if isinstance(node, ast.Expr) else made)
        if id(node) in chosen or (goes_on and isinstance(node, _RUN)):
            followers.append(node)
            made |= set(names_bound(node)) if id(node) not in chosen else set()
    return followers


def _packages(statements: Iterable[ast.stmt]) -> set[str]:
    """Return the names that imports bind to what is not of the standard library."""
    return {
        name
        for node in statements
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in names_bound(node)
        if _imported_from(node).isdisjoint(sys.stdlib_module_names)
    }


def _imported_from(node: ast.Import | ast.ImportFrom) -> set[str]:
    modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
    return {module.partition(".")[0] for module in modules}


def _imports_for(
    examples: Sequence[ast.stmt], behind: Sequence[ast.stmt], body: Sequence[ast.stmt]
) -> list[ast.stmt]:
    """Return the imports behind the function that only the examples need."""
    if not examples:
        return []
    imports = [node for node in behind if isinstance(node, ast.Import | ast.ImportFrom)]
    shown = set(map(id, examples))
    needed = loaded(node for node in body if id(node) not in shown)
    return [node for node in imports if not set(names_bound(node)) & (needed | {"*"})]


def _callers_of_examples(body: list[ast.stmt], name: str) -> set[str]:
    """Return what an example calls: the entry point, prints, and functions that do so themselves."""
    functions = [
        node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name != name
    ]
    callers: dict[str, set[str]] = {}
    for node in functions:
        for called in _calls(node):
            callers.setdefault(called, set()).add(node.name)
    suspects = {name} | _EXAMPLE_CALLS | {node.name for node in functions if _asserts(node)}
    waiting = list(suspects)
    while waiting:
        new = callers.get(waiting.pop(), set()) - suspects
        suspects |= new
        waiting += new
    return suspects


def is_example(statement: ast.stmt, suspects: set[str], name: str) -> bool:
    """Whether a statement behind the function ``name`` only shows it; calling ``suspects`` does."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False
        case ast.Import() | ast.ImportFrom():
            return False
        case ast.Assert():
            return True
        case ast.Expr(value=value) if not isinstance(value, ast.Call | ast.Await):
            return True
        case ast.If(test=test) if "__name__" in loaded([test]):
            return True
        case ast.Assign() | ast.AnnAssign() if binds_callable(statement, name):
            return False
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=called))) if (
            owner,
            called,
        ) in _RUNNERS:
            return True
    return bool(_calls(statement) & suspects) or _asserts(statement) or _reads_outside(statement)


def _reads_outside(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Attribute) and node.attr in _OUTSIDE for node in ast.walk(tree))


def _calls(tree: ast.AST) -> set[str]:
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        func.id if isinstance(func, ast.Name) else func.attr
        for func in called
        if isinstance(func, ast.Name | ast.Attribute)
    }


def _asserts(tree: ast.AST) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(tree))


def segment(code: str, node: ast.stmt) -> str:
    """Return the lines of a statement, its decorators included."""
    return segments(code, [node])[0]


def segments(code: str, nodes: Iterable[ast.stmt]) -> list[str]:
    """Return the lines of each of these statements."""
    lines = code.split("\n")
    return ["\n".join(lines[first - 1 : last]) for first, last in map(_lines_of, nodes)]


def drop_lines(code: str, nodes: Iterable[ast.stmt]) -> str:
    """Return ``code`` without the lines of these statements."""
    dropped = {line for node in nodes for line in range(_lines_of(node)[0], _lines_of(node)[1] + 1)}
    lines = code.split("\n")
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in dropped)


def _lines_of(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return first, node.end_lineno or node.lineno


def loaded(body: Iterable[ast.AST]) -> set[str]:
    """Return every name that these pieces of code read."""
    nodes = (node for statement in body for node in ast.walk(statement))
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def free_names(code: str) -> frozenset[str]:
    """Return the global names that Python code reads, in any scope, but does not bind; builtins are none."""
    return _once(_free_names, code)


def _free_names(code: str) -> frozenset[str]:
    try:
        module = symtable.symtable(code, "<answer>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    scopes, read = [module], set[str]()
    for scope in scopes:
        scopes += scope.get_children()
        symbols = scope.get_symbols()
        read |= {each.get_name() for each in symbols if each.is_referenced() and each.is_global()}
    bound = {each.get_name() for each in module.get_symbols() if each.is_assigned() or each.is_imported()}
    return frozenset(read - bound - _BUILTINS)


def is_program(tree: ast.Module) -> bool:
    """Whether a module does anything: a word of prose can be an expression."""
    return not all(isinstance(node, ast.Expr) and is_example(node, set(), "") for node in tree.body)
