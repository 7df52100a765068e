"""Extracts the documented top-level functions of a file, each with what it uses of that file.

1. A file is parsed if a regular expression finds a top-level ``def`` that is followed by a string.
2. A function that fails a filter by itself (:mod:`sharpen.selfcodealign.seeds.filters`) is rejected.
3. Statements of the module that bind a name that the function uses are included, with what they use in turn:
   of an import the names that are used, all else whole (constants, functions, classes, ``try``). The names
   come from CPython's symbol table, and from annotations that are strings.
4. The result is in the order of the file and must be complete: a function that imports from its own package
   or reads an undefined name is rejected. A type checker would find that too, at a higher price.

Deviations from SelfCodeAlign (arXiv 2410.24198, section 3 and its repository): decorators stay with their
function, any string literal is a docstring, and imports are carried over instead of guessed.
"""

import ast
import builtins
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property
from importlib.util import decode_source

from sharpen.selfcodealign.rows import Seed, identity
from sharpen.selfcodealign.seeds import filters
from sharpen.selfcodealign.seeds.parts import File

_DOCUMENTED = re.compile(
    rb'^(?:async +)?def\b[^\n]*\n(?:(?:[ \t#)][^\n]*)?\n)*?[ \t]+[rRuU]?["\']', re.MULTILINE
)
_ALWAYS_THERE = frozenset(dir(builtins)) | {"__file__", "__path__", "__annotations__"}
_WORD = re.compile(r"[^\W\d]\w*")
_SPDX = re.compile(r"SPDX-License-Identifier:[ \t]*([\w.+() -]+)")


def functions(file: File, source: bytes | str) -> Iterator[tuple[Seed, str]]:
    """Yield the documented top-level functions of a file's code in order, each with why it is not a seed.

    The reason is empty if it is one; if not, the seed's ``code`` may be the function without its context.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: this interpreter cannot parse it.
    """
    if not _DOCUMENTED.search(source.encode("utf-8", "replace") if isinstance(source, str) else source):
        return
    text = source if isinstance(source, str) else decode_source(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
    module = _Module(text, tree, file.packages)
    header = _SPDX.search(text[:4000])
    licence = header[1].strip() if header else file.licence
    for place, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node)
            if docstring is not None:
                code, reason = _carried(module, place, node)
                yield (
                    Seed(
                        id=identity(code),
                        name=node.name,
                        code=code,
                        docstring=docstring,
                        origin=file.origin,
                        version=file.version,
                        path=file.path,
                        line=_first_line(node),
                        licence=licence,
                    ),
                    reason,
                )


def _carried(module: "_Module", place: int, node: filters.Function) -> tuple[str, str]:
    """Return the function's code with its context, and why it is rejected."""
    alone = module.segment(node)
    if reason := filters.of_function(node, alone):
        return alone, reason
    code, reason = module.standing_alone(place)
    return code or alone, reason or filters.of_code(code)


class _Module:
    """The statements of a file, indexed by the names that they bind."""

    def __init__(self, text: str, tree: ast.Module, packages: tuple[str, ...]) -> None:
        self._tree, self._packages = tree, packages
        self._lines = text.split("\n")
        self._used = dict[int, tuple[frozenset[str], frozenset[str]]]()

    @cached_property
    def _binders(self) -> dict[str, list[int]]:
        """Places of the statements that bind a name."""
        lines: dict[str, list[int]] = {}
        for place, statement in enumerate(self._tree.body):
            for name in _bound(statement):
                lines.setdefault(name, []).append(place)
        return lines

    @cached_property
    def _unnamed(self) -> tuple[int, ...]:
        """Places of the imports that work without being named: of everything, and of annotations as text."""
        return tuple(
            place
            for place, node in enumerate(self._tree.body)
            if isinstance(node, ast.ImportFrom)
            and any(
                alias.name == "*" or (node.module == "__future__" and alias.name == "annotations")
                for alias in node.names
            )
        )

    def standing_alone(self, place: int) -> tuple[str, str]:
        """Return the statement at ``place`` with what it uses, and why that is not a complete file."""
        wanted: dict[int, set[str]] = {place: set()}
        names, seen, lines = list(self._mentions(place)), set[str](), self._length(place)
        while names and lines <= filters.MOST_LINES:
            name = names.pop()
            if name in seen:
                continue
            seen.add(name)
            for other in self._binders.get(name, ()):
                if other not in wanted:
                    wanted[other] = set()
                    lines += self._length(other)
                    names += self._mentions(other)
                wanted[other].add(name)
        if lines > filters.MOST_LINES:
            return "", filters.ENTANGLED
        code = self._assembled(wanted | {other: {"*"} for other in self._unnamed})
        if code.count("\n") > filters.MOST_LINES:
            return "", filters.ENTANGLED
        return code, self._dependent(wanted) or self._undefined(wanted)

    def _dependent(self, places: Iterable[int]) -> str:
        """Return that a statement imports from the file's own package, if one does."""
        for place in places:
            for node in ast.walk(self._tree.body[place]):
                match node:
                    case ast.ImportFrom(level=level, module=module):
                        modules = ["" if level else module or ""]
                    case ast.Import(names=names):
                        modules = [alias.name for alias in names]
                    case _:
                        continue
                if any(module.split(".")[0] in ("", *self._packages) for module in modules):
                    return filters.DEPENDENT
        return ""

    def _undefined(self, places: Iterable[int]) -> str:
        """Return that a statement reads a name that nothing binds, if one does."""
        if self._unnamed and any(self._everything(place) for place in self._unnamed):
            return ""
        reads = (self._uses(place)[0] for place in places)
        return filters.UNDEFINED if any(self._unbound(names) for names in reads) else ""

    def _unbound(self, names: frozenset[str]) -> bool:
        return any(name not in self._binders and name not in _ALWAYS_THERE for name in names)

    def _everything(self, place: int) -> bool:
        node = self._tree.body[place]
        return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"

    def segment(self, node: ast.stmt) -> str:
        """Return the lines of a statement, its decorators included."""
        return "\n".join(self._lines[_first_line(node) - 1 : node.end_lineno]) + "\n"

    def _length(self, place: int) -> int:
        node = self._tree.body[place]
        if isinstance(node, ast.Import | ast.ImportFrom):
            return 1
        return (node.end_lineno or node.lineno) - _first_line(node) + 1

    def _mentions(self, place: int) -> frozenset[str]:
        read, quoted = self._uses(place)
        return read | quoted

    def _uses(self, place: int) -> tuple[frozenset[str], frozenset[str]]:
        """Return the names of the module that the statement at ``place`` reads, and those it may quote."""
        if place not in self._used:
            node, read = self._tree.body[place], frozenset[str]()
            if not isinstance(node, ast.Import | ast.ImportFrom):
                read = frozenset(_globals(symtable.symtable(self.segment(node), "seed", "exec")))
            self._used[place] = read, frozenset(_quoted(node))
        return self._used[place]

    def _assembled(self, wanted: dict[int, set[str]]) -> str:
        parts: list[str] = []
        spans = set[tuple[int, int]]()
        before: ast.stmt | None = None
        for place in sorted(wanted):
            node = self._tree.body[place]
            span = _first_line(node), node.end_lineno or node.lineno
            if isinstance(node, ast.Import | ast.ImportFrom):
                part = _import_of(node, wanted[place]) + "\n"
            elif span in spans:
                continue
            else:
                part = self.segment(node)
            spans.add(span)
            parts.append(_gap(before, node) + part)
            before = node
        return "".join(parts)


_BLOCKS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_IMPORTS = ast.Import | ast.ImportFrom


def _gap(before: ast.stmt | None, node: ast.stmt) -> str:
    if before is None:
        return ""
    if isinstance(node, _BLOCKS) or isinstance(before, _BLOCKS):
        return "\n\n"
    return "\n" if isinstance(before, _IMPORTS) and not isinstance(node, _IMPORTS) else ""


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _import_of(node: ast.Import | ast.ImportFrom, wanted: set[str]) -> str:
    """Return the import with only the names that are wanted."""
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return "from __future__ import annotations"
    needed = [alias for alias in node.names if (alias.asname or alias.name.split(".")[0]) in wanted]
    if isinstance(node, ast.ImportFrom):
        return ast.unparse(ast.ImportFrom(node.module, needed, node.level))
    return ast.unparse(ast.Import(needed))


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds in the module."""
    nodes: list[ast.AST] = [statement]
    while nodes:
        match nodes.pop():
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    yield alias.asname or alias.name.split(".")[0]
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.Lambda():
                pass
            case node:
                nodes += ast.iter_child_nodes(node)


def _quoted(node: ast.stmt) -> Iterator[str]:
    """Yield the names in annotations of a function that are texts."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        every = node.args
        arguments = [*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg]
        for annotation in [node.returns, *(each.annotation for each in arguments if each)]:
            for part in ast.walk(annotation) if annotation else ():
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from _WORD.findall(part.value)


def _globals(scope: symtable.SymbolTable) -> Iterator[str]:
    """Yield the names of the module that a scope and those inside of it read, or set from within."""
    top = scope.get_type() == "module"
    for symbol in scope.get_symbols():
        if symbol.is_global() or (top and symbol.is_referenced()):
            yield symbol.get_name()
    for inner in scope.get_children():
        yield from _globals(inner)
