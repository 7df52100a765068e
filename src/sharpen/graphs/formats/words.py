"""Names and quotations: how any text becomes part of one line, and how it comes back."""

import json
import keyword
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sharpen.graphs.graph import Vertex

ID = r'"(?:\\.|[^"\\\n])*"|[A-Za-z0-9_]+'
"""An id in a text: a word or a JSON string."""

_LONGEST = 120
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED = frozenset(
    ("begin", "dict", "edges", "end", "get_relations", "goal", "graph", "init", "init_edges", "init_steps")
    + ("main", "num_steps", "nx", "root_nodes", "self", "steps", "title")
    + ("click", "default", "flowchart", "style", "subgraph")
)
"""Names that the formats use for themselves."""


def quoted(text: str) -> str:
    """Return ``text`` as a Python string literal on one line, in double quotes.

    Printable text stays readable, accents included.
    """
    if text.isprintable():
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return '"' + text.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'


def json_quoted(text: str) -> str:
    """Return ``text`` as a JSON string on one line; printable text stays readable."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def one_line(text: str) -> str:
    """Return ``text`` for the rest of a line, quoted as in JSON where it would not come back."""
    plain = text.isprintable() and text and text == text.strip() and not text.startswith('"')
    return text if plain else json_quoted(text)


def json_unquoted(text: str) -> str:
    """Return the text of a JSON string; any other text is returned as it is."""
    if text.startswith('"'):
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return value if isinstance(value, str) else text
    return text


def quoted_id(identity: str) -> str:
    """Return an id so that :data:`ID` matches it: as it is or quoted."""
    return identity if re.fullmatch(r"[A-Za-z0-9_]+", identity) else json_quoted(identity)


def snake(text: str, empty: str) -> str:
    """Return a Python identifier made of the words of ``text``; ``empty`` when it has none."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower())[:_LONGEST].strip("_") or empty
    name = f"{empty}_{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) else name


def spoken(name: str) -> str:
    """Return the words of an identifier."""
    return name.replace("_", " ")


def camel(text: str, empty: str) -> str:
    """Return a class name made of the words of ``text``; ``empty`` when it has none."""
    name = re.sub(r"[^A-Za-z0-9_]", "", "".join(word.capitalize() for word in text.split(" ")))[:_LONGEST]
    return f"{empty}{name}" if not name or not name[0].isalpha() or keyword.iskeyword(name) else name


def distinct(wanted: Iterable[str]) -> list[str]:
    """Return the names in order, with a number after those that are reserved or taken."""
    taken, names = set(_RESERVED), list[str]()
    for name in wanted:
        free, number = name, 2
        while free in taken:
            free, number = f"{name}_{number}", number + 1
        taken.add(free)
        names.append(free)
    return names


@dataclass(frozen=True, slots=True)
class Named:
    """A node under the Python name that stands for it.

    Attributes:
        name: a valid identifier, distinct in its graph.
        vertex: the node.
        extra: keyword arguments in source form, for what the name cannot tell.
    """

    name: str
    vertex: Vertex
    extra: tuple[str, ...]


def named_by_text(nodes: Sequence[Vertex]) -> list[Named]:
    """Name each node by the words of its text.

    A text that is more than the words of its name, and an id that is not ``step`` and the node's position,
    are kept as arguments ``text=`` and ``id=``.
    """
    names = distinct(snake(node.text, "step") for node in nodes)
    return [
        Named(name, node, _extra(node, f"step{position}", spoken(name)))
        for position, (name, node) in enumerate(zip(names, nodes, strict=True))
    ]


def named_by_id(nodes: Sequence[Vertex]) -> list[Named]:
    """Name each node by its id; an id that is not an identifier is kept as an argument ``id=``."""
    names = distinct(
        node.id if _NAME.fullmatch(node.id) and not keyword.iskeyword(node.id) else snake(node.id, "step")
        for node in nodes
    )
    return [Named(name, node, _extra(node, name, node.text)) for name, node in zip(names, nodes, strict=True)]


def _extra(node: Vertex, identity: str, text: str) -> tuple[str, ...]:
    extra = (f"id={quoted(node.id)}",) if node.id != identity else ()
    return (*extra, f"text={quoted(node.text)}") if node.text != text else extra
