"""Reads the Python in a model's text: it is parsed with ``ast`` and never executed.

1. The first top-level block counts: from the first line that begins with the keyword to the next line at
   the margin. A second class, ``# END``, prose or a fence after it is ignored.
2. The first line of an answer may have lost its indentation, as where a server strips what a model wrote.
3. What does not parse loses lines, one at a time: the line that the parser blames, which in a text that
   was cut is the last one. Brackets that are open at the end are closed first.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sharpen.graphs.formats.base import UnreadableError
from sharpen.syntax import parse_module

_MOST_DROPPED = 200
_INSIDE = re.compile(r"\s|$|[\])}]|#(?! *END)")
_STRIPPED = re.compile(
    r"def (get_relations|init_edges|init_steps|__init__|init|begin|step\d+)\("
    r"|self\.graph = |root_nodes = |begin = |\w+ = Node\(|assert \w+\.then\("
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_TOKEN = re.compile(r"""'''|\"\"\"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|["']|[#][^\n]*|[()\[\]{}]""")


@dataclass(frozen=True, slots=True)
class Block:
    """A top-level class or function.

    Attributes:
        tree: what was parsed.
        lines: the lines of the block, those that were dropped included.
        dropped: how many lines had to go.
        closed: whether brackets or a string at the end had to be closed.
    """

    tree: ast.ClassDef | ast.FunctionDef
    lines: tuple[str, ...]
    dropped: int
    closed: bool

    @property
    def reasons(self) -> list[str]:
        """Why the block is not whole, apart from dropped lines."""
        return ["It ends in the middle of a list or a string."] if self.closed else []


def read_block(text: str, keyword: str, *, close_strings: bool = False) -> Block:
    """Return the first class or function of ``text``.

    Args:
        text: whatever a model wrote.
        keyword: ``class`` or ``def``.
        close_strings: close a string that is open at the end, rather than dropping its line.

    Raises:
        UnreadableError: there is none, or nothing of it parses.
    """
    lines = first_block(text, keyword)
    remaining = [line for line in lines if "\0" not in line]
    while len(lines) - len(remaining) <= _MOST_DROPPED:
        statements, closed = _attempt("\n".join(remaining), close_strings)
        if isinstance(statements, ast.Module):
            tree = statements.body[0]
            if isinstance(tree, (ast.ClassDef, ast.FunctionDef)):
                return Block(tree, tuple(lines), len(lines) - len(remaining), closed)
            break
        if not (blamed := _blamed(statements, remaining)):
            break
        del remaining[blamed]
    raise UnreadableError("No part of it parses as Python.")


def first_block(text: str, keyword: str) -> list[str]:
    """Return the lines of the first top-level block, without blank lines at its end."""
    lines = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").split("\n")
    start = next((i for i, line in enumerate(lines) if re.match(rf"\s*{keyword}\b", line)), None)
    if start is None:
        raise UnreadableError(f"There is no line that begins with `{keyword}`.")
    block = [lines[start].lstrip()]
    for line in lines[start + 1 :]:
        if _INSIDE.match(line):
            block.append(line)
        elif _STRIPPED.match(line):
            block.append(_indentation(block, line) + line)
        else:
            break
    while not block[-1].strip():
        block.pop()
    return block


def _indentation(block: Sequence[str], line: str) -> str:
    """Return the indentation that ``line`` lost: that of the body for a function, else the last line's."""
    filled = [before for before in block[1:] if before.strip()] or ["    "]
    model = filled[0] if line.startswith("def ") else filled[-1]
    return model[: len(model) - len(model.lstrip())]


def _attempt(source: str, close_strings: bool) -> tuple[ast.Module | SyntaxError, bool]:
    """Parse ``source``, with its open brackets closed if need be; say whether that was the need."""
    statements = _parse(source)
    if isinstance(statements, ast.Module):
        return statements, False
    brackets, quote = _open(source)
    if (brackets or quote) and (close_strings or not quote):
        closed = source + quote + "".join(_CLOSING[bracket] for bracket in reversed(brackets))
        return _parse(closed), True
    return statements, False


def _open(source: str) -> tuple[list[str], str]:
    """Return the brackets that are open at the end of ``source``, and the quote."""
    stack: list[str] = []
    for token in _TOKEN.finditer(source):
        mark = token.group()
        if mark in ("'''", '"""', "'", '"'):
            return stack, mark if "\n" not in source[token.start() :] else ""
        if mark in _CLOSING:
            stack.append(mark)
        elif mark in _CLOSING.values() and (not stack or _CLOSING[stack.pop()] != mark):
            return [], ""
    return stack, ""


def _parse(source: str) -> ast.Module | SyntaxError:
    try:
        return parse_module(source)
    except SyntaxError as error:
        return error


def _blamed(error: SyntaxError, lines: Sequence[str]) -> int:
    """Return the index of the line to drop; never a blank one, and 0 when nothing else is left."""
    headless = re.search(r"expected an indented block after .* on line (\d+)", error.msg)
    number = int(headless.group(1)) if headless else error.lineno or len(lines)
    index = min(max(number, 1), len(lines)) - 1
    while index and not lines[index].strip():
        index -= 1
    return index


def statements(tree: ast.ClassDef | ast.FunctionDef) -> Iterator[tuple[str, ast.stmt]]:
    """Yield the simple statements of a class and of its functions in order, with the function's name."""
    for statement in tree.body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            yield from ((statement.name, inner) for inner in statement.body)
        else:
            yield "", statement


def text_of(node: ast.AST | None) -> str | None:
    """Return the text of a string literal; None for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def name_of(node: ast.AST) -> str | None:
    """Return ``x`` of ``x`` and of ``self.x``; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return node.attr
    return None


def assigned(statement: ast.stmt) -> tuple[ast.expr, ast.expr] | None:
    """Return target and value of ``target = value`` and ``target += value``; None for anything else."""
    match statement:
        case ast.Assign(targets=[target], value=value):
            return target, value
        case ast.AugAssign(target=target, op=ast.Add(), value=value):
            return target, value
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            return target, value
    return None


def called(node: ast.AST) -> tuple[str, ast.expr | None, ast.Call] | None:
    """Return the function's name, the object it is called on and the call; None when it is not a call."""
    match node:
        case ast.Call(func=ast.Name(id=name)):
            return name, None, node
        case ast.Call(func=ast.Attribute(value=value, attr=name)):
            return name, value, node
    return None


def elements(node: ast.AST) -> list[ast.expr]:
    """Return the elements of a list, tuple or set; the node itself when it is anything else."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return list(node.elts)
    return [node] if isinstance(node, ast.expr) else []


def arguments(call: ast.Call) -> dict[str, str]:
    """Return the keyword arguments of a call that are strings."""
    texts = ((keyword.arg, text_of(keyword.value)) for keyword in call.keywords)
    return {name: text for name, text in texts if name is not None and text is not None}


def idle(statement: ast.stmt) -> bool:
    """Whether a statement does nothing: ``pass``, a docstring, an import."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, (ast.Pass, ast.Import, ast.ImportFrom))
