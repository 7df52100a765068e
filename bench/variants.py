"""Variants of real code: other words where that changes no meaning, so that no two functions are near.

To see how memory grows one needs more documented functions than there are packages at hand, and copies would
all be rejected early. So each further round over the same files gives every variable and parameter of a
function, and every word that stands in docstrings and comments alone, an ending of its own. Names that others
may use stay: attributes, keywords of calls, imports, what the module or a class binds, and words in other
texts. What a function carries, imports and returns stays the same, and so does the type checker's work.
"""

import ast
import builtins
import keyword
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from sharpen.selfcodealign.seeds.parts import MOST_BYTES

_WORD = re.compile(r"[^\W\d]\w*")
_DOCUMENTED = re.compile(r"^(?:async )?def .*\n(?:(?:[ \t)#].*)?\n)*?[ \t]+[rRuU]?[\"']", re.MULTILINE)
_KEPT = {
    *dir(builtins),
    *keyword.kwlist,
    *keyword.softkwlist,
    "todo",
    "fixme",
    "bug",
    "type",
    "ignore",
    "coding",
}
_BLOCKS = ast.FunctionDef | ast.AsyncFunctionDef


def write_variants(folder: Path, out: Path, count: int) -> int:
    """Write the files of ``folder`` with documented functions until there are ``count`` of them.

    Return how many rounds that took. The first one changes nothing.
    """
    files = [(path, *read) for path in sorted(folder.rglob("*.py")) if (read := documented(path))]
    written, rounds = 0, 0
    while written < count and files:
        for path, words, functions in files:
            place = out / f"round_{rounds:03}" / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            marks(path.parent, folder, place.parent)
            text = path.read_text("utf-8")
            place.write_text(renamed(text, words, rounds) if rounds else text, "utf-8")
            written += functions
        rounds += 1
    return rounds


def marks(there: Path, root: Path, here: Path) -> None:
    """Let a folder and those above it be packages where the original's are."""
    while there != root:
        if (there / "__init__.py").is_file() and not (here / "__init__.py").exists():
            shutil.copy(there / "__init__.py", here / "__init__.py")
        there, here = there.parent, here.parent


def renamed(text: str, words: frozenset[str], number: int) -> str:
    return _WORD.sub(lambda match: f"{match[0]}{number}" if match[0] in words else match[0], text)


def documented(path: Path) -> tuple[frozenset[str], int] | None:
    """Return the words of a file that may change, and how many documented functions it has, if any."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        text = path.read_text("utf-8")
        if not _DOCUMENTED.search(text):
            return None
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, OSError):
        return None
    functions = sum(isinstance(node, _BLOCKS) and bool(ast.get_docstring(node)) for node in tree.body)
    if not functions:
        return None
    called, local, unchanged = set[str](), set[str](), set[str]()
    for name, where in names(tree):
        {"told": called, "local": local, "kept": unchanged}[where].add(name)
    return frozenset((called | local) - unchanged - _KEPT), functions


def names(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names and words of a file, and whether they are told, local to functions, or to be kept."""
    blocks = [node for node in ast.walk(tree) if isinstance(node, _BLOCKS | ast.ClassDef | ast.Module)]
    first = [block.body[0] for block in blocks if block.body]
    docstrings = {id(node.value) for node in first if isinstance(node, ast.Expr)}
    for block in blocks:
        yield getattr(block, "name", ""), "kept"
        if isinstance(block, ast.Module | ast.ClassDef):
            yield from ((name, "kept") for name in bound(block))
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)):
                where = "told" if id(node) in docstrings else "kept"
                yield from ((word, where) for word in _WORD.findall(text))
            case ast.Attribute(attr=name) | ast.keyword(arg=str(name)):
                yield name, "kept"
            case ast.alias(name=name, asname=other):
                yield from ((word, "kept") for word in _WORD.findall(f"{name} {other or ''}"))
            case ast.Global(names=many) | ast.Nonlocal(names=many):
                yield from ((name, "kept") for name in many)
            case ast.arg(arg=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name, "local"


def bound(block: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Yield the names that a module or a class itself binds."""
    nodes: list[ast.AST] = list(block.body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            nodes += ast.iter_child_nodes(node)
