"""Read the texts of a game: TextWorld's actions with templates, and its grammar of feedback.

A game's grammar is a document of two kinds of blocks (``textworld/envs/pddl``)::

    grammar :: <JSON in three quotes>;
    action open { template :: "open {r}"; feedback :: "#opened#"; grammar :: <JSON>; }

A grammar is JSON: for each symbol some alternatives, of which the first whose ``condition`` holds is used. In
a text, ``#symbol#`` stands for a symbol, ``{expression}`` for a value, ``{expression | query}`` for one value
for each answer of the query, and ``[{...}]`` for these as a list with commas.
"""

import ast
import json
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sharpen.benchmarks.household.pddl import Parameter
from sharpen.errors import DataError


@dataclass(frozen=True, slots=True)
class Predicate:
    """One part of a query: a fact about variables, or (``not_``) one that an action made false."""

    name: str
    parameters: tuple[Parameter, ...]


Query = tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Symbol:
    """``#name#``: the text of a symbol."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """``{expression}``: an entity or something of it, in the syntax of Python."""

    expression: ast.expr


@dataclass(frozen=True, slots=True)
class ForEach:
    """``{part | query}``: a part once for every answer of a query; as a list if it stands in ``[]``."""

    part: Symbol | Value
    query: Query
    as_list: bool


Piece = str | Symbol | Value | ForEach
Text = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A text for a symbol, and the query that must have an answer."""

    condition: Query
    text: Text


@dataclass(frozen=True, slots=True)
class ActionText:
    """How an action is typed, and what is said when it was done."""

    template: str
    command: Text
    feedback: Text


@dataclass(frozen=True, slots=True)
class Grammar:
    """The texts of a game: actions by lower-cased name, and alternatives by symbol."""

    actions: Mapping[str, ActionText]
    symbols: Mapping[str, tuple[Alternative, ...]]


TOKEN = re.compile(
    r'\s+|#[^\n]*|(?P<block>"""(?:.|\n)*?""")|(?P<string>"[^"]*")|(?P<word>[\w/-]+)|(?P<mark>::|[{};])'
)
PIECE = re.compile(
    r"""\#(?P<symbol>[\w()/!<>\-\s,.]+)\#
      | (?P<open>\[?)\{\s*(?:\#(?P<inner>[\w()/!<>\-\s,.]+)\#|(?P<expression>[^|\[\]{}\n<>]+?))
        (?:\s*\|\s*(?P<query>[^;|{}\n\[\]\#]+))?\}(?P<close>\]?)
      | (?P<literal>[^;|"<>\[\]\#{}]+)
      | "(?P<quoted>[^;|"<>\[\]\#{}]*)" """,
    re.VERBOSE,
)
PREDICATE = re.compile(r"\s*([\w/@-]+)\s*\(([^()]*)\)\s*")
ALLOWED = (ast.Name, ast.Attribute, ast.Constant, ast.BinOp, ast.Add, ast.BoolOp, ast.Or, ast.And, ast.Load)


def read_grammar(document: str) -> Grammar:
    """Read the texts of a game.

    Raises:
        DataError: the document cannot be read; the sentence quotes the place.
    """
    tokens = _tokens(document)
    actions: dict[str, ActionText] = {}
    symbols: dict[str, tuple[Alternative, ...]] = {}
    while tokens:
        if tokens[-1] == "action":
            name, fields = _action(tokens)
            symbols |= _symbols(fields.get("grammar", "{}"))
            actions[name.lower()] = _action_text(name, fields)
        else:
            key, block = _field(tokens)
            if key != "grammar":
                raise DataError(f"a game's grammar has {key!r} where `action` or `grammar` should be")
            symbols |= _symbols(block)
    return Grammar(actions, symbols)


def _tokens(document: str) -> list[str]:
    """Return the tokens of a document, the last one first."""
    tokens, place = [], 0
    while place < len(document):
        match = TOKEN.match(document, place)
        if match is None:
            raise DataError(f"a game's grammar cannot be read from {document[place : place + 40]!r} on")
        if match.lastgroup:
            tokens.append(match[0])
        place = match.end()
    return tokens[::-1]


def _next(tokens: list[str], expected: str = "") -> str:
    token = tokens.pop() if tokens else "its end"
    if expected and token != expected:
        raise DataError(f"a game's grammar has {token[:40]!r} where {expected!r} should be")
    return token


def _action(tokens: list[str]) -> tuple[str, dict[str, str]]:
    _next(tokens, "action")
    name, fields = _next(tokens), {}
    _next(tokens, "{")
    while tokens and tokens[-1] != "}":
        key, value = _field(tokens)
        fields[key] = value
    _next(tokens, "}")
    return name, fields


def _field(tokens: list[str]) -> tuple[str, str]:
    key = _next(tokens)
    _next(tokens, "::")
    value = _next(tokens)
    _next(tokens, ";")
    return key, textwrap.dedent(value[3:-3]) if value.startswith('"""') else value[1:-1]


def _action_text(name: str, fields: Mapping[str, str]) -> ActionText:
    if missing := {"template", "feedback"} - set(fields):
        raise DataError(f"the action {name} of a game's grammar has no {' and no '.join(sorted(missing))}")
    return ActionText(fields["template"], read_text(fields["template"]), read_text(fields["feedback"]))


def _symbols(block: str) -> dict[str, tuple[Alternative, ...]]:
    lines = (line for line in block.split("\n") if not line.lstrip().startswith("#"))
    try:
        data: dict[str, list[dict[str, Any]]] = json.loads("\n".join(lines))
        return {name: tuple(map(_alternative, alternatives)) for name, alternatives in data.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"the JSON of a game's grammar cannot be read ({error!r})") from error


def _alternative(row: dict[str, Any]) -> Alternative:
    return Alternative(read_query(row.get("condition", "")), read_text(row["rhs"]))


def read_text(text: str) -> Text:
    """Read a text with its symbols and values.

    As in TextWorld, white space at the beginning is dropped, and so is the rest from the first sign on that
    cannot be read, such as a ``}`` without a ``{``.

    Raises:
        DataError: an expression or query in it cannot be read.
    """
    pieces: list[Piece] = []
    place = len(text) - len(text.lstrip())
    while place < len(text) and (match := PIECE.match(text, place)):
        if bool(match["open"]) != bool(match["close"]):
            break
        pieces.append(_piece(match))
        place = match.end()
    return tuple(pieces)


def _piece(match: re.Match[str]) -> Piece:
    if match["symbol"]:
        return Symbol(match["symbol"])
    if match["inner"] or match["expression"]:
        part = Symbol(match["inner"]) if match["inner"] else Value(_expression(match["expression"]))
        as_list, query = bool(match["open"]), match["query"]
        if isinstance(part, Value) and not as_list and not query:
            return part
        return ForEach(part, read_query(query or ""), as_list)
    return match["literal"] or match["quoted"] or ""


def _expression(source: str) -> ast.expr:
    """Read an expression; only names, attributes, texts, ``+``, ``or`` and ``and`` may be in it."""
    try:
        expression = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise DataError(f"the expression {source!r} of a game's grammar cannot be read") from error
    for node in ast.walk(expression):
        if not isinstance(node, ALLOWED):
            raise DataError(f"the expression {source!r} of a game's grammar does more than join texts")
    return expression


def read_query(source: str) -> Query:
    """Read ``holds(a:agent, o:object) & not_opened(r:receptacle)``; a variable's type defaults to its name.

    Raises:
        DataError: it cannot be read.
    """
    if not source.strip():
        return ()
    return tuple(map(_predicate, source.split("&")))


def _predicate(source: str) -> Predicate:
    match = PREDICATE.fullmatch(source)
    if match is None:
        raise DataError(f"the query {source!r} of a game's grammar cannot be read")
    variables = [variable.partition(":") for variable in match[2].split(",") if variable.strip()]
    parameters = (
        Parameter(name.strip(), kind.strip() or name.strip().rstrip("'")) for name, _, kind in variables
    )
    return Predicate(match[1], tuple(parameters))
