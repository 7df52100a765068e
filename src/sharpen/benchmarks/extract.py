"""Takes the program out of a model's answer.

1. Candidates are the fenced blocks, else the stretches of code between lines of prose
   (:mod:`sharpen.benchmarks.blocks`). A model's thoughts are not part of an answer (:mod:`sharpen.answers`).
2. The last candidate that defines the entry point is the program: whole ones before broken ones, and all
   before stubs without a body. Where a script is asked for (stdin and stdout), it is the last candidate that
   reads and prints, else the last that prints, else the last.
3. A candidate that does not define the entry point but continues the starter's signature is put behind the
   starter. It ends where it is no longer Python, at a line outside of the function.
4. Imports and helpers that the program lacks come from the other candidates, then from the starter. A
   program's own definition wins; tests take the helpers they call from the benchmark, not from here.
5. Example code behind the entry point is left out of function-style programs, because it can fail or
   wait for input where the function is right: ``if __name__ == "__main__"``, asserts, loose words, and
   statements that print, read input or call the entry point, also through a function of their own.
   Everything else stays: imports, definitions, constants, ``sys.setrecursionlimit``.
6. A program that is not Python stays as it is: running it says ``syntax``, with the line.

Nothing is executed here. The time grows with the length of the answer, and no answer raises.
"""

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from sharpen.answers import answer_in
from sharpen.benchmarks.blocks import (
    bare_code,
    fenced_blocks,
    inline_code,
    is_code,
    outside_fences,
    with_own_lines,
)
from sharpen.benchmarks.readings import unwrapped
from sharpen.benchmarks.source import (
    binds_callable,
    defined,
    drop_lines,
    each_text_once,
    error_line,
    free_names,
    is_example,
    is_program,
    loaded,
    names_bound,
    never_bound,
    parse,
    preamble,
    put_before,
    segments,
    with_preamble,
    without_examples,
)
from sharpen.types import Extraction, Program

MOST_CUTS = 8
"""Lines at the margin behind a continuation at which it is tried to end it."""
MOST_BODIES = 20
"""Candidates, the last ones, that are tried as the body of the starter's function."""
_OUTPUT = {"print", "stdout", "write", "writelines"}
_INPUT = {"input", "stdin", "open", "fileinput", "raw_input"}
_SHOWING = {"print", "input", "open"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Idle = ast.Expr | _Function | ast.ClassDef
"""Statements that alone are not the body of a function that returns something."""
_Piece = tuple[int, int, str]
"""The source of a statement, behind the numbers of its candidate and its line."""


@dataclass(frozen=True)
class CodePiece:
    """A piece of code in an answer."""

    text: str

    @cached_property
    def tree(self) -> ast.Module | None:
        """Its syntax tree; None where it is broken."""
        return parse(self.text)

    @cached_property
    def words(self) -> set[str]:
        """The names and attributes that it reads."""
        if self.tree is None:
            return set()
        attributes = {node.attr for node in ast.walk(self.tree) if isinstance(node, ast.Attribute)}
        return loaded(self.tree.body) | attributes


@dataclass(frozen=True, slots=True)
class Target:
    """What tests will call.

    Attributes:
        name: the function or class at the top level.
        method: the method of that class, or empty.
    """

    name: str
    method: str

    @classmethod
    def of(cls, entry_point: str) -> "Target":
        """Return what ``entry_point`` names: ``f``, ``Class.method`` or ``Class().method``."""
        names = re.findall(r"[^\W\d]\w*", entry_point)
        return cls(names[0], names[-1] if len(names) > 1 else "") if names else cls("", "")


def extract(answer: str, *, starter: str, entry_point: str) -> Program:
    """Return the program that ``answer`` holds, ready to run.

    Args:
        answer: what the model wrote, whatever it is.
        starter: code that the problem gave (imports, helpers, the signature with its docstring), or empty.
        entry_point: the function or ``Class.method`` that tests will call; empty for stdin/stdout programs.
    """
    with each_text_once():
        return _extract(answer, starter, Target.of(entry_point))


def _extract(answer: str, starter: str, target: Target) -> Program:
    answer = answer_in(answer.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", ""))
    if "[/PYTHON]" in answer:  # the marks that Code Llama's instruct models put around a program
        answer = answer.replace("[PYTHON]", "\n```python\n").replace("[/PYTHON]", "\n```\n")
    answer = with_own_lines(unwrapped(answer))
    fenced = [pieces for texts in fenced_blocks(answer) if (pieces := _pieces(texts))]
    if fenced:
        return _from_fences(fenced, answer, starter, target)
    if target.name and starter.strip() and _is_indented(answer):
        continued = _continue(answer, starter, target)
        if continued or not _heads(target, answer):
            return Program(continued or _head(starter) + answer.strip("\n"), "continuation")
    bare = _pieces(bare_code(answer))
    if bare:
        return _from(bare, "bare", starter, target)
    continued = _continue(answer, starter, target)
    if not continued and target.name and (inline := _function(_pieces(inline_code(answer)), target)):
        return Program(_finish(inline, starter, target), "bare")
    return Program(continued, "continuation") if continued else Program("", "none")


def _pieces(texts: Iterable[str]) -> list[CodePiece]:
    return [CodePiece(text) for text in texts if _is_candidate(text)]


def _from_fences(fenced: Sequence[Sequence[CodePiece]], answer: str, starter: str, target: Target) -> Program:
    """Return the program of the likeliest blocks that hold it; text outside of fences is likely last."""
    if not target.name or any(_heads(target, each.text) for each in fenced[0]):
        return _from(_likeliest(fenced, target), "fence", starter, target)
    for pieces in fenced[1:]:
        if _function(pieces, target):
            return _from(pieces, "fence", starter, target)
    if _heads(target, answer):
        bare = _pieces(bare_code(outside_fences(answer)))
        if _function(bare, target):
            return _from([*fenced[-1], *bare], "bare", starter, target)
    return _from(fenced[0], "fence", starter, target)


def _likeliest(fenced: Sequence[Sequence[CodePiece]], target: Target) -> Sequence[CodePiece]:
    """Return the blocks marked as Python; those without a mark too where the last program is one of them."""
    match fenced:
        case [marked, unmarked, _]:
            programs = [each.text for each in unmarked if _is_whole(each, target)]
            return unmarked if programs and programs[-1] not in {each.text for each in marked} else marked
    return fenced[0]


def _is_whole(piece: CodePiece, target: Target) -> bool:
    """Whether code is what is asked for: a definition with a body, or a script that reads and prints."""
    if target.name:
        return piece.tree is not None and _has_body(piece.tree, target)
    return bool(piece.words & _OUTPUT and piece.words & _INPUT) and "StringIO" not in piece.words


def _is_candidate(text: str) -> bool:
    """Whether a piece of text is code, broken or not: a word of prose can be Python too."""
    tree = parse(text)
    if tree is not None:
        return is_program(tree)
    first = next((line for line in text.split("\n") if line.strip()), "")
    return is_code(first) or first[:1] in {" ", "\t"}


def _is_indented(answer: str) -> bool:
    """Whether an answer begins with an indented line of code."""
    first = next((line for line in answer.split("\n") if line.strip()), "")
    return first[:1] in {" ", "\t"} and is_code(first)


def _heads(target: Target, text: str) -> bool:
    """Whether a line of ``text`` begins to define what is asked for."""
    definition = rf"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+{re.escape(target.name)}\b"
    return bool(re.search(definition, text, re.MULTILINE))


def _from(candidates: Sequence[CodePiece], how: Extraction, starter: str, target: Target) -> Program:
    if not target.name:
        script = _script(
            [each if each.tree else CodePiece(textwrap.dedent(each.text)) for each in candidates]
        )
        return Program(_without_words(script) if how == "bare" else script, how)
    if code := _function(candidates, target):
        return Program(_finish(code, starter, target), how)
    for candidate in reversed(candidates[-MOST_BODIES:]):
        if continued := _continue(candidate.text, starter, target):
            return Program(continued, "continuation")
    return Program(_finish(_unfinished(candidates, target), starter, target), how)


def _script(candidates: Sequence[CodePiece]) -> str:
    whole = [each for each in candidates if each.tree]
    if not whole:
        return max((each.text for each in candidates), key=len)
    printing = [each for each in whole if each.words & _OUTPUT]
    reading = [each for each in printing if _is_whole(each, Target("", ""))]
    chosen = (reading or printing or whole)[-1]
    return _with_missing(chosen, candidates) + _call_of(chosen, whole[whole.index(chosen) + 1 :])


def _call_of(chosen: CodePiece, later: Sequence[CodePiece]) -> str:
    """Return the first later candidate that calls what the chosen one only defines."""
    body = chosen.tree.body if chosen.tree else []
    if not all(isinstance(node, _Function | ast.ClassDef | ast.Import | ast.ImportFrom) for node in body):
        return ""
    names = defined(body)
    calls = (
        each.text
        for each in later
        if each.words & names and each.tree and not defined(each.tree.body) & names
    )
    return "".join(f"\n\n\n{text}" for text in [*calls][:1])


def _without_words(script: str) -> str:
    """Return a script without words of prose behind it that are Python, as ``O(1)`` is."""
    tree, unknown = parse(script), never_bound(script)
    words = (
        [node for node in tree.body if isinstance(node, ast.Expr) and loaded([node]) & unknown]
        if tree
        else []
    )
    return drop_lines(script, words)


def _function(candidates: Sequence[CodePiece], target: Target) -> str:
    """Return the last candidate that defines what is asked for with a body, or an empty string."""
    whole = [each for each in candidates if each.tree and _has_body(each.tree, target)]
    if whole:
        chosen = next((each for each in reversed(whole) if not _is_cut(each)), whole[-1])
        return _with_missing(chosen, candidates)
    for candidate in reversed(candidates):
        if candidate.tree and (adapter := _adapter(candidate.tree, target)):
            owner = target.method or adapter.partition(" = ")[2].partition("(")[0]
            code = without_examples(_with_missing(candidate, candidates), owner)
            return f"{code.rstrip()}\n\n\n{adapter}\n"
    return ""


def _unfinished(candidates: Sequence[CodePiece], target: Target) -> str:
    """Return what comes nearest to the program: a broken one, a stub, else all there is."""
    named = [each for each in candidates if _heads(target, each.text)]
    broken = [each for each in named if each.tree is None]
    return (broken or named)[-1].text if named else "\n\n".join(each.text for each in candidates)


def _has_body(tree: ast.Module, target: Target) -> bool:
    """Whether it defines what is asked for, and not as a stub; an example of its use may import it."""
    imports = ast.Import | ast.ImportFrom
    return any(not _is_stub(node) and not isinstance(node, imports) for node in _definitions(tree, target))


def _definitions(tree: ast.Module, target: Target) -> list[ast.stmt]:
    """Return the statements that define what is asked for: an assignment does it too."""
    result = [node for node in tree.body if binds_callable(node, target.name)]
    if not target.method:
        return result
    inside = (each for node in result if isinstance(node, ast.ClassDef) for each in node.body)
    methods = [node for node in inside if target.method in names_bound(node)]
    others = [node for node in result if not isinstance(node, ast.ClassDef) or node.bases]
    return methods + others


def _is_cut(candidate: CodePiece) -> bool:
    """Whether the last word of a candidate is the beginning of another, as where the tokens ran out."""
    node: ast.AST | None = candidate.tree
    while body := getattr(node, "orelse", []) or getattr(node, "body", []):
        node = body[-1]
    match node:
        case ast.Expr(value=ast.Name(id=name)) | ast.Return(value=ast.Name(id=name)):
            return name in never_bound(candidate.text)
    return False


def _is_stub(node: ast.stmt) -> bool:
    """Whether a function has only its docstring, ``pass``, ``...`` or ``raise NotImplementedError``."""
    return isinstance(node, _Function) and all(map(_does_nothing, node.body))


def _does_nothing(node: ast.stmt) -> bool:
    match node:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Raise(exc=exception) if exception:
            return "NotImplementedError" in loaded([exception])
    return False


def _adapter(tree: ast.Module, target: Target) -> str:
    """Return the line that makes a method the function that is asked for, or a function the method."""
    if target.method:
        functions = [node for node in tree.body if isinstance(node, _Function) and node.name == target.method]
        if not functions or _is_stub(functions[-1]):
            return ""
        first = [argument.arg for argument in functions[-1].args.args[:1]]
        made = target.method if first == ["self"] else f"staticmethod({target.method})"
        return f"class {target.name}:\n    {target.method} = {made}"
    for node in reversed(tree.body):
        if isinstance(node, ast.ClassDef) and _has_body(tree, Target(node.name, target.name)):
            return f"{target.name} = {node.name}().{target.name}"
    return ""


def _with_missing(chosen: CodePiece, candidates: Sequence[CodePiece]) -> str:
    """Return the chosen code behind what it lacks of the other candidates, and what that lacks in turn."""
    others = _Others([each for each in candidates if each is not chosen])
    waiting, pieces = list(free_names(chosen.text)), set[_Piece]()
    while waiting:
        for piece in others.pieces.get(waiting.pop(), ()):
            if piece not in pieces:
                pieces.add(piece)
                waiting += free_names(piece[2])
    lacking = free_names("\n".join([*(source for *_, source in sorted(pieces)), chosen.text]))
    pieces |= {*others.limits, *(others.stars if lacking else ())}
    return put_before(chosen.text, [source for *_, source in sorted(pieces)])


class _Others:
    """What the other candidates bring.

    Attributes:
        pieces: by name, the statements of the last candidate that binds it: those that bind or change it.
        stars: imports of whatever a module has.
        limits: statements that raise a limit of the interpreter, and their imports.
    """

    def __init__(self, candidates: Sequence[CodePiece]) -> None:
        self.pieces: dict[str, list[_Piece]] = {}
        self.stars: list[_Piece] = []
        self.limits: list[_Piece] = []
        for number, candidate in enumerate(candidates):
            self._read(number, candidate)

    def _read(self, number: int, candidate: CodePiece) -> None:
        body = candidate.tree.body if candidate.tree else []
        result: dict[str, list[_Piece]] = {}
        for node, source in zip(body, segments(candidate.text, body), strict=True):
            piece = (number, node.lineno, source)
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                self.stars.append(piece)
            elif isinstance(node, ast.Expr) and ".setrecursionlimit(" in source:
                self.limits += [*result.get("sys", ()), piece]
            elif isinstance(node, ast.For | ast.While | ast.With | ast.Expr | ast.AugAssign):
                for name in _changed(node) & result.keys():
                    result[name].append(piece)
            elif not (isinstance(node, ast.If) and is_example(node, _SHOWING, "")):
                for name in names_bound(node):
                    result.setdefault(name, []).append(piece)
        self.pieces |= result


def _changed(node: ast.stmt) -> set[str]:
    """Return the names whose value a statement may change, where it shows nothing."""
    if is_example(node, _SHOWING, ""):
        return set()
    called = {
        each.func.id
        for each in ast.walk(node)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
    }
    return (loaded([node]) | set(names_bound(node))) - called


def _continue(text: str, starter: str, target: Target) -> str:
    """Return the starter with ``text`` as the body of its open function, or an empty string.

    The body may have another indentation than the starter's, or have lost that of its first line or of all
    lines. Without any it must return something: a word of prose or a script could be a body too.
    """
    if not target.name or not starter.strip():
        return ""
    head, text = _head(starter), text.lstrip("\n")
    indented = text[:1] in {" ", "\t"}
    wanted = ast.stmt if indented else ast.Return
    for body in _bodies(text, _margin(head), indented=indented):
        code = _ended(head, body)
        if code and _does_more(code, head, wanted):
            return _finish(code, "", target)
    return ""


def _head(starter: str) -> str:
    return starter.rstrip() + "\n"


def _margin(head: str) -> str:
    """Return the indentation of the body of the function that ``head`` leaves open."""
    last = head.rstrip().rpartition("\n")[2]
    margin = last[: len(last) - len(last.lstrip())]
    return margin + "    " if last.lstrip().startswith(("def ", "async def ")) else margin


def _bodies(text: str, margin: str, *, indented: bool) -> Iterator[str]:
    if indented:
        yield text
        lines = text.split("\n")
        outside = (n for n, line in enumerate(lines) if line.strip() and not line[0].isspace())
        end = next(outside, len(lines))
        inside = textwrap.indent(textwrap.dedent("\n".join(lines[:end])), margin)
        yield "\n".join([inside, *lines[end:]])
    yield margin + text.lstrip()
    if not indented:
        yield textwrap.indent(text, margin)


def _ended(head: str, body: str) -> str:
    """Return ``head`` and ``body`` up to the line at the margin from which on it is not Python."""
    lines = body.split("\n")
    end, first = len(lines), head.count("\n")
    for _ in range(MOST_CUTS):
        code = head + "\n".join(lines[:end])
        line = error_line(code)
        if line is None:
            return code
        outside = (n for n in range(min(line - first, end) - 1, 0, -1) if _is_outside(lines[n]))
        end = next(outside, 0)
        if not end:
            break
    return ""


def _is_outside(line: str) -> bool:
    return bool(line.strip()) and not line[0].isspace()


def _does_more(code: str, head: str, wanted: type[ast.stmt]) -> bool:
    """Whether the function that ``head`` leaves open got a ``wanted`` statement, and not only definitions."""
    tree, after = parse(code), head.count("\n")
    functions = [node for node in ast.walk(tree) if isinstance(node, _Function)] if tree else []
    opened = [node for node in functions if node.lineno <= after]
    return bool(opened) and any(
        isinstance(node, wanted) and not isinstance(node, _Idle) and node.lineno > after
        for node in _own_statements(max(opened, key=lambda node: node.lineno))
    )


def _own_statements(function: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements of a function, without those of functions within it."""
    waiting = [function]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.stmt):
                yield node
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                waiting.append(node)


def _finish(code: str, starter: str, target: Target) -> str:
    code = without_examples(code, target.name)
    whole = with_preamble(_without_given(code, starter, target), starter, target.name)
    tree = parse(whole)
    stubs = [node for node in _definitions(tree, target) if _is_stub(node)] if tree else []
    return drop_lines(whole, stubs) if tree and stubs and _has_body(tree, target) else whole


def _without_given(code: str, starter: str, target: Target) -> str:
    """Return ``code`` without stubs of the helpers that the starter gives."""
    tree = parse(code) if starter.strip() else None
    stubs = [node for node in tree.body if _is_stub(node)] if tree else []
    if not stubs:
        return code
    given = parse("\n".join(preamble(starter, target.name)))
    helpers = defined(given.body) if given else set()
    return drop_lines(code, [node for node in stubs if set(names_bound(node)) & helpers])
