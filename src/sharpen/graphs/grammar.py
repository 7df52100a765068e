"""Grammars of completions, so that a model can only write what decodes: GBNF, the notation of llama.cpp.

A grammar is made of a format and an item and admits what may follow the item's prompt: edges among the
listed steps alone and never from a step to itself, at least as many as connect all steps; relations of the
closed set, concepts of at most three words; each participant's state after each step, its place in free
text. No order is checked: whether a graph has a cycle is not a matter of a grammar (see ``validate``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sharpen.errors import DataError, UsageError
from sharpen.graphs.formats.base import Format
from sharpen.graphs.formats.words import json_quoted, named_by_id, named_by_text, quoted, quoted_id
from sharpen.graphs.graph import Graph, Table, Task, Vertex
from sharpen.graphs.validate import FEWEST_EDGES, MOST_WORDS, RELATIONS

MOST_EDGES, MOST_PLACE = 8, 60
"""Edges of an explanation at most, as in the reference graphs, and characters of a place."""

_MOST_MORE = 3
"""After the first, successors of a step of a `tree` and roots of a `relation` at most."""

_HOLE = "«place»"
_FREE = rf"""
concept ::= word (" " word){{0,{MOST_WORDS - 1}}}
word ::= [a-zA-Z0-9] [a-zA-Z0-9'/,+-]{{0,19}}
"""
_STATE = rf"""
state ::= "None" | "\"UNK\"" | "\"" [^"\\\x7F\x00-\x1F]{{1,{MOST_PLACE}}} "\""
"""


@dataclass(frozen=True, slots=True)
class _Listing:
    """How a format lists edges: ``head``, edges of ``parts`` and what joins them, ``tail``."""

    head: str
    parts: tuple[str, ...]
    join: str
    tail: str


def _by_id(nodes: Sequence[Vertex]) -> list[str]:
    return [named.name for named in named_by_id(nodes)]


def _by_text(nodes: Sequence[Vertex]) -> list[str]:
    return [named.name for named in named_by_text(nodes)]


def _flat(nodes: Sequence[Vertex]) -> list[str]:
    return [quoted_id(node.id) for node in nodes]


def _json(nodes: Sequence[Vertex]) -> list[str]:
    return [json_quoted(node.id) for node in nodes]


_HASHMAP = "    def init_edges(self):\n        self.edges = {\n"
_EDGES: Mapping[str, tuple[Callable[[Sequence[Vertex]], list[str]], _Listing]] = {
    "literal": (
        _by_id,
        _Listing(
            "    def get_relations(self):\n        return [\n",
            ('            "', " -> ", '",\n'),
            "",
            "        ]\n",
        ),
    ),
    "networkx": (_by_id, _Listing("        # add edges\n", ("        graph.add_edge(", ", ", ")\n"), "", "")),
    "object": (
        _by_id,
        _Listing("    def init_edges(self):\n", ("        self.", ".add_next_steps([self.", "])\n"), "", ""),
    ),
    "hashmap": (_by_id, _Listing(_HASHMAP, ("            self.", ": [self.", "],\n"), "", "        }\n")),
    "flat": (_flat, _Listing(" ", ("", " -> ", ""), "; ", "\n")),
    "json": (_json, _Listing('  "edges": [\n', ("    [", ", ", "]"), ",\n", "\n  ]\n}\n")),
    "mermaid": (_by_id, _Listing("", ("    ", " --> ", "\n"), "", "")),
}
_EXPLANATIONS: Mapping[str, _Listing] = {
    "literal": _Listing('        self.graph = "', ("(", "; ", "; ", ")"), "", '"\n'),
    "bracket": _Listing(" ", ("(", "; ", "; ", ")"), "", "\n"),
    "relation": _Listing("", ('        add_edge("', '", "', '", "', '")\n'), "", ""),
    "json": _Listing('  "edges": [\n', ('    ["', '", "', '", "', '"]'), ",\n", "\n  ]\n}\n"),
}


def with_grammar(task: Task) -> tuple[str, ...]:
    """Return the names of the formats of ``task`` for which :func:`grammar` has a grammar."""
    known: Mapping[Task, tuple[str, ...]] = {
        "edges": ("tree", *_EDGES),
        "states": ("function", "class"),
        "explanation": tuple(_EXPLANATIONS),
    }
    return known.get(task, ())


def grammar(format: Format, given: Graph) -> str:  # noqa: A002
    """Return the GBNF grammar of what may follow ``format.prompt(given)``; its first rule is ``root``.

    Args:
        format: the format of the completion.
        given: the item; only what the task gives is read from it.

    Raises:
        UsageError: the format has no grammar.
        DataError: the task is edges and there are fewer than two steps.
    """
    if format.name not in with_grammar(format.task):
        known = ", ".join(with_grammar(format.task)) or "none"
        raise UsageError(f"`{format.name}` of `{format.task}` has no grammar; these have: {known}.")
    if format.task == "states":
        return _states(format, given)
    if format.task == "explanation":
        return _explanation(format.name)
    if len(given.nodes) < 2:
        raise DataError("Edges need at least two steps: give more of them.")
    return _tree(given) if format.name == "tree" else _edges(format.name, given)


def _literal(text: str) -> str:
    """Return ``text`` as a terminal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _sequence(*symbols: str) -> str:
    return " ".join(symbol for symbol in symbols if symbol not in ("", '""'))


def _others(names: Sequence[str]) -> list[str]:
    """Return a rule for each name that admits all the others."""
    return [
        f"to-{number} ::= {' | '.join(_literal(other) for other in names if other != name)}"
        for number, name in enumerate(names)
    ]


def _listed(listing: _Listing, fewest: int, most: int) -> str:
    """Return the first rule: ``edge`` from ``fewest`` to ``most`` times."""
    more = _sequence(_literal(listing.join), "edge")
    repeated = f"({more}){{{fewest - 1},{most - 1}}}"
    return f"root ::= {_sequence(_literal(listing.head), 'edge', repeated, _literal(listing.tail))}"


def _edges(name: str, given: Graph) -> str:
    naming, listing = _EDGES[name]
    names = naming(given.nodes)
    before, between, after = listing.parts
    edges = [
        _sequence(_literal(f"{before}{source}{between}"), f"to-{number}", _literal(after))
        for number, source in enumerate(names)
    ]
    rules = [_listed(listing, len(names) - 1, 2 * len(names)), f"edge ::= {' | '.join(edges)}"]
    return "\n".join([*rules, *_others(names), ""])


def _tree(given: Graph) -> str:
    """Admit a line for each step but one, in any order, and at the end the step that is last."""
    names = _by_text(given.nodes)
    more = min(len(names) - 2, _MOST_MORE)
    lines = [
        f'{_literal(f"        {name}.children = [")} to-{number} (", " to-{number}){{0,{more}}}'
        for number, name in enumerate(names)
    ]
    sinks = " | ".join(_literal(f"        {name}") for name in names)
    rules = [
        f"root ::= {_literal('        # edges using commonsense' + chr(10))} line{{{len(names) - 1}}} last",
        f"line ::= ({' | '.join(lines)}) {_literal(']' + chr(10))}",
        f"last ::= ({sinks}) {_literal('.children = [end]' + chr(10))}",
    ]
    return "\n".join([*rules, *_others(names), ""])


def _explanation(name: str) -> str:
    listing = _EXPLANATIONS[name]
    before, source, label, after = map(_literal, listing.parts)
    rules = [_listed(listing, FEWEST_EDGES, MOST_EDGES)]
    if name == "relation":
        more = f"({_literal(chr(34) + ', ' + chr(34))} concept){{0,{_MOST_MORE}}}"
        begin = _sequence(_literal('        begin = ["'), "concept", more, _literal('"]\n'))
        rules = [rules[0].replace("root ::= ", f"root ::= {begin} ")]
    rules += [
        f"edge ::= {_sequence(before, 'concept', source, 'relation', label, 'concept', after)}",
        f"relation ::= {' | '.join(map(_literal, RELATIONS))}",
    ]
    return "\n".join(rules) + _FREE


def _states(format: Format, given: Graph) -> str:  # noqa: A002
    """Encode a table of holes and let each hole be a state."""
    table = given.table or Table((), ())
    row = tuple(_HOLE for _ in table.participants)
    filled = replace(given, table=Table(table.participants, (row,) * (len(given.nodes) + 1)))
    completion = format.encode(filled).removeprefix(format.prompt(filled))
    parts = map(_literal, completion.split(quoted(_HOLE)))
    return f"root ::= {' state '.join(parts)}{_STATE}"
