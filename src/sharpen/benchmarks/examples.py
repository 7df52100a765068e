"""Turns the examples in a HumanEval docstring into asserts.

Read are: doctests; a call of the function, then one of ``==``, ``=``, ``=>``, ``==>``, ``->``, ``➞``,
``returns``, ``should return``, then the value (or a calculation that ends in ``= value``);
``For x = .., y = .. the output should be ..``; and ``Input: .. Output: ..`` over one or several lines.
A value must be a Python literal. What cannot be read so is left out: nothing is guessed.
"""

import ast
import doctest
import re
from collections.abc import Iterator

from sharpen.benchmarks.source import parse_open
from sharpen.syntax import parse_expression

_RELATION = re.compile(
    r"[ \t]*(?:#[ \t]*)?(?:={1,3}>?|[-]>|➞|should return|returns?)[ \t]*(?:#[ \t]*)?", re.IGNORECASE
)
_FOR_OUTPUT = re.compile(
    r"^[ \t]*For (?P<args>\w+ = .*?),?[ \t]+the .*?(?:output|result) should be (?P<value>.+)$", re.MULTILINE
)
_INPUT_OUTPUT = re.compile(
    r"^[ \t]*Input:(?P<args>.*?)^[ \t]*Output:(?P<value>[^\n]*)$", re.MULTILINE | re.DOTALL
)
_ARGUMENT = re.compile(r"(?:^|[\n,])[ \t]*\w+[ \t]*[=:](?!=)")
_WORDS = {"true": True, "false": False}


def docstring_of(prompt: str, entry_point: str) -> str:
    """Return the function's docstring as written, escapes and all, without its quotes.

    It need not be the first statement (HumanEval/115 imports before it).
    """
    tree = parse_open(prompt)
    for node in tree.body if tree else ():
        if isinstance(node, ast.FunctionDef) and node.name == entry_point:
            texts = [item.value for item in node.body if isinstance(item, ast.Expr)]
            segment = ast.get_source_segment(prompt, texts[0]) if texts else None
            return segment[3:-3] if segment else ""
    return ""


def examples(docstring: str, entry_point: str) -> list[str]:
    """Return one assert statement for each example of ``docstring`` that can be read, each once."""
    readers = (_doctests, _calls, _for_outputs, _inputs_outputs)
    assertions = (assertion for read in readers for assertion in read(docstring, entry_point))
    return list(dict.fromkeys(assertions))


def _doctests(docstring: str, name: str) -> Iterator[str]:
    try:
        parsed = doctest.DocTestParser().get_examples(docstring)
    except ValueError:
        return
    for example in parsed:
        source, want = example.source.strip(), example.want.strip()
        call = _expression(source)
        if call is None or name not in _names(call):
            continue
        if isinstance(call, ast.Compare):
            yield f"assert {ast.unparse(call)}"
        elif not isinstance(call, ast.Call | ast.BinOp):
            continue
        elif not want:
            yield _assertion(ast.unparse(call), None)
        elif (value := _literal(want)) is not _UNREADABLE:
            yield _assertion(ast.unparse(call), value)


def _calls(docstring: str, name: str) -> Iterator[str]:
    text = re.sub(r"^[ \t]*>>>.*(?:\n[ \t]*(?!>>>)\S.*)?$", "", docstring, flags=re.MULTILINE)
    for match in re.finditer(rf"^[ \t]*(?:[*] |for |assert )?({re.escape(name)}\()", text, re.MULTILINE):
        end = _closing(text, match.end(1))
        relation = _RELATION.match(text, end)
        call = _expression(text[match.start(1) : end])
        if not relation or call is None or not _plain_arguments(call):
            continue
        line = text[relation.end() :].split("\n", 1)[0]
        if (value := _value(line)) is not _UNREADABLE:
            yield _assertion(ast.unparse(call), value)


def _for_outputs(docstring: str, name: str) -> Iterator[str]:
    for match in _FOR_OUTPUT.finditer(docstring):
        yield from _from_arguments(match["args"], match["value"], name)


def _inputs_outputs(docstring: str, name: str) -> Iterator[str]:
    for match in _INPUT_OUTPUT.finditer(docstring):
        yield from _from_arguments(match["args"], match["value"], name)


def _from_arguments(arguments: str, output: str, name: str) -> Iterator[str]:
    values = [_literal(text) for text in _ARGUMENT.split(arguments.strip()) if text.strip()]
    value = _value(output)
    if values and _UNREADABLE not in values and value is not _UNREADABLE:
        yield _assertion(f"{name}({', '.join(map(repr, values))})", value)


def _assertion(call: str, value: object) -> str:
    return f"assert {call} is None" if value is None else f"assert {call} == {value!r}"


class _Unreadable:
    """Stands for text that is not a literal; ``None`` is a value."""


_UNREADABLE = _Unreadable()


def _value(line: str) -> object:
    """Return the literal that ``line`` begins with, or the one after its last ``=`` for a calculation."""
    text = line.strip().removesuffix(".")
    if re.search(r"\w[ \t]*[-+][ \t]*\w.*[^=]=[^=]", text):
        text = text.rsplit("=", 1)[1].strip()
    for end in range(len(text), 0, -1):
        value = _literal(text[:end])
        if value is not _UNREADABLE:
            return value if _is_whole(text[end:]) else _UNREADABLE
    return _UNREADABLE


def _is_whole(rest: str) -> bool:
    """Whether what follows a value is only an end of sentence, a comment or a remark in brackets."""
    return not rest.strip() or rest.lstrip()[0] in ".#("


def _literal(text: str) -> object:
    text = text.strip()
    if text in _WORDS:
        return _WORDS[text]
    try:
        return ast.literal_eval(parse_expression(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return _UNREADABLE


def _expression(source: str) -> ast.expr | None:
    try:
        return parse_expression(source)
    except (SyntaxError, ValueError):
        return None


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _plain_arguments(call: ast.expr) -> bool:
    return isinstance(call, ast.Call) and all(
        _literal(ast.unparse(argument)) is not _UNREADABLE for argument in call.args
    )


def _closing(text: str, start: int) -> int:
    """Return the index behind the bracket that closes the one before ``start``, or the text's end."""
    depth, quote = 1, ""
    for index in range(start, len(text)):
        char = text[index]
        if quote:
            quote = "" if char == quote and text[index - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        else:
            depth += (char in "([{") - (char in ")]}")
        if depth == 0:
            return index + 1
    return len(text)
