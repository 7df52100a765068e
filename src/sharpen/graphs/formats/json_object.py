"""Graphs as a JSON object, laid out so that the given part comes first: ``json``.

A script::

    {
      "goal": "bake a cake",
      "steps": 2,
      "nodes": [
        {"id": "step0", "text": "mix the dough"},
        {"id": "step1", "text": "bake a cake"}
      ],
      "edges": [
        ["step0", "step1"]
      ]
    }
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from sharpen.graphs.formats.base import Decoded, Format, UnreadableError
from sharpen.graphs.formats.steps import ScriptTask, StepCollector, formats
from sharpen.graphs.formats.words import json_quoted
from sharpen.graphs.graph import Graph

_MOST_DROPPED = 200
_STRING = r'"(?:\\.|[^"\\\n])*"'
_CLOSING = {"[": "]", "{": "}"}


def every() -> Iterator[Format]:
    """Yield the formats of this module."""
    yield from formats("json", "json", (_head, _nodes, _edges), _read)


def listing(name: str, entries: Iterable[str], end: str) -> str:
    """Return a list of an object, an entry a line, and what follows it."""
    lines = ",\n".join(f"    {entry}" for entry in entries)
    return f'  "{name}": [\n{lines}\n  ]{end}' if lines else f'  "{name}": []{end}'


def _head(graph: Graph, _: ScriptTask) -> str:
    return f'{{\n  "goal": {json_quoted(graph.given["goal"])},\n  "steps": {len(graph.nodes)},\n'


def _nodes(graph: Graph, _: ScriptTask) -> str:
    entries = (f'{{"id": {json_quoted(n.id)}, "text": {json_quoted(n.text)}}}' for n in graph.nodes)
    return listing("nodes", entries, ",\n")


def _edges(graph: Graph, _: ScriptTask) -> str:
    entries = (f"[{json_quoted(edge.source)}, {json_quoted(edge.target)}]" for edge in graph.edges)
    return listing("edges", entries, "\n}\n")


def _read(text: str, task: ScriptTask) -> Decoded:
    fields, dropped, reasons = read_object(text)
    steps = StepCollector(reached=isinstance(fields.get("edges"), list))
    if isinstance(goal := fields.get("goal"), str):
        steps.goal = goal
    for node in entries_of(fields, "nodes"):
        match node:
            case {"id": str(identity), "text": str(words)}:
                steps.add(identity, identity, words)
            case _:
                steps.lost += 1
    for edge in entries_of(fields, "edges"):
        match edge:
            case [str(source), str(target)]:
                steps.links.append((source, target))
            case _:
                steps.lost += 1
    return steps.decoded(task, dropped, reasons)


def entries_of(fields: dict[str, Any], name: str) -> list[Any]:
    """Return a list of an object, empty when it is missing or no list."""
    entries = fields.get(name)
    return entries if isinstance(entries, list) else []


def read_object(text: str) -> tuple[dict[str, Any], int, list[str]]:
    """Return the first JSON object of ``text``, how many lines it lost and why it is not whole.

    What does not parse loses the line that the parser blames, one at a time; brackets that are open at the
    end are closed and commas before a closing bracket are taken out.

    Raises:
        UnreadableError: there is none, or nothing of it parses.
    """
    start = text.find("{")
    if start < 0:
        raise UnreadableError("There is no `{` in it.")
    lines = re.split(r"\n# ?END|\n```", text[start:], maxsplit=1)[0].split("\n")
    remaining, reasons = list(lines), list[str]()
    while len(lines) - len(remaining) <= _MOST_DROPPED:
        value = _parse("\n".join(remaining))
        if isinstance(value, ValueError) and (tidy := _tidy("\n".join(remaining))):
            value, reasons = _parse(tidy), ["It ends before its last bracket, or has a comma too many."]
        if not isinstance(value, ValueError):
            return value, len(lines) - len(remaining), reasons
        blamed = min(getattr(value, "lineno", len(remaining)), len(remaining)) - 1
        if not blamed:
            break
        del remaining[blamed]
    raise UnreadableError("No part of it parses as JSON.")


def _parse(source: str) -> dict[str, Any] | ValueError:
    try:
        value, _ = json.JSONDecoder().raw_decode(source)
    except ValueError as error:
        return error
    return value if isinstance(value, dict) else ValueError("It is no object.")


def _tidy(source: str) -> str:
    """Return ``source`` up to its last bracket or open end, closed and without needless commas."""
    stack: list[str] = []
    for token in re.findall(rf'{_STRING}|[\[\]{{}}"]', source):
        if token in _CLOSING:
            stack.append(_CLOSING[token])
        elif stack and token == stack[-1]:
            stack.pop()
            if not stack:
                break
        elif token in ("]", "}", '"'):
            return ""
    closed = source.rstrip().removesuffix(",") + "".join(reversed(stack))
    return re.sub(rf"({_STRING})|,(\s*[\]}}])", lambda match: match.group(1) or match.group(2), closed)
