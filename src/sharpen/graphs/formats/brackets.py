"""Explanation graphs as bracketed text, ``(concept; relation; concept)(...)``: ``bracket``.

The notation of ExplaGraphs (arXiv 2104.07644) and CoCoGen's baseline for models of text. ::

    Input: belief = "Marijuana should not be legal." argument = "It is dangerous." stance = "support"
    Output: (marijuana; has property; dangerous)

A concept alone, ``(marijuana)``, is one without edges or listed before its turn; ``none`` is not a graph at
all. What would be misread is quoted as in JSON.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sharpen.graphs.formats.base import Decoded, Format, UnreadableError, check, decoder, with_status
from sharpen.graphs.formats.words import json_quoted, json_unquoted
from sharpen.graphs.graph import Edge, Graph, Vertex

GIVEN = ("belief", "argument", "stance")
"""What the task gives, in order."""

_STRING = r'"(?:\\.|[^"\\\n])*"'
_INPUT = re.compile(
    rf"^Input: belief = ({_STRING}) argument = ({_STRING}) stance = ({_STRING})", re.MULTILINE
)
_PART = re.compile(rf"\s*(?:({_STRING})\s*(?=;|\))|((?:[^;)]|\)(?!\s*(?:\(|$)))*))(;|\)|$)")


@dataclass
class ConceptCollector:
    """Concepts and edges collected while a text is read.

    Attributes:
        about: what the task gives, by name.
        seen: the concepts, in order of mention.
        edges: the edges, in order.
        lost: entries that are malformed.
        reached: whether the text has an answer part.
    """

    about: dict[str, str] = field(default_factory=dict)
    seen: dict[str, None] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    lost: int = 0
    reached: bool = False

    def set_given(self, name: str | None, text: str) -> bool:
        """Store a text that the task gives; return whether it is one and is new."""
        if name not in GIVEN or name in self.about:
            return False
        self.about[name] = text
        return True

    def mention(self, concept: str) -> None:
        """Add a concept unless it is there."""
        self.reached = True
        self.seen.setdefault(concept)

    def add(self, source: str, label: str | None, target: str | None) -> None:
        """Add an edge; one without a relation or a target is lost."""
        self.reached = True
        if label is None or target is None:
            self.lost += 1
            return
        self.mention(source)
        self.mention(target)
        self.edges.append(Edge(source, target, label))

    def decoded(self, dropped: int, reasons: Sequence[str]) -> Decoded:
        """Return the graph of all that is well formed."""
        if missing := [name for name in GIVEN if name not in self.about]:
            raise UnreadableError(f"There is no {' and no '.join(missing)} in it.")
        about = tuple((name, self.about[name]) for name in GIVEN)
        graph = Graph(about, tuple(Vertex(concept, concept) for concept in self.seen), tuple(self.edges))
        ends = [] if self.reached else ["It ends before the graph."]
        return with_status(graph, dropped + self.lost, answered=bool(self.seen), reasons=[*reasons, *ends])


def every() -> Iterator[Format]:
    """Yield the format of this module."""
    yield Format("bracket", "explanation", "text", _encode, _prompt, decoder(_read))


def listed_first(graph: Graph) -> tuple[str, ...]:
    """Return all concepts when edges alone would not mention them in the graph's order; else nothing."""
    mentioned = dict.fromkeys(end for edge in graph.edges for end in (edge.source, edge.target))
    listed = tuple(node.id for node in graph.nodes)
    return () if tuple(mentioned) == listed else listed


def bracketed(graph: Graph) -> str:
    """Return concepts where needed and all edges in brackets; ``none`` when there are neither."""
    nodes = (f"({_part(concept)})" for concept in listed_first(graph))
    edges = (f"({'; '.join(map(_part, (edge.source, edge.label, edge.target)))})" for edge in graph.edges)
    return "".join([*nodes, *edges]) or "none"


def _part(text: str) -> str:
    plain = text.isprintable() and text and text == text.strip() and not re.search(r'[;()"\\]', text)
    return text if plain else json_quoted(text)


def read_brackets(text: str, concepts: ConceptCollector) -> None:
    """Read ``(a; relation; b)(...)``; a bracket that is not closed or has other parts is lost."""
    concepts.reached = bool(text.strip())
    place = 0 if text.strip() == "none" else text.find("(")
    if text.strip() not in ("", "none") and place < 0:
        concepts.lost += 1
    while 0 <= place < len(text) and text[place] == "(":
        place, parts, closed = _bracket(text, place + 1)
        match parts:
            case [source, label, target] if closed:
                concepts.add(source, label, target)
            case [concept] if closed:
                concepts.mention(concept)
            case _:
                concepts.lost += 1
        following = text.find("(", place)
        place = len(text) if following < 0 else following


def _bracket(text: str, place: int) -> tuple[int, list[str], bool]:
    """Return the place after a bracket, its parts and whether it was closed."""
    parts: list[str] = []
    while part := _PART.match(text, place):
        parts.append(json_unquoted(part.group(1)) if part.group(1) is not None else part.group(2).strip())
        place = part.end()
        if part.group(3) != ";":
            return place, parts, part.group(3) == ")"
    return len(text), parts, False


def _prompt(graph: Graph) -> str:
    check(graph, "explanation")
    return f"Input: {' '.join(f'{name} = {json_quoted(text)}' for name, text in graph.about)}\nOutput:"


def _encode(graph: Graph) -> str:
    return f"{_prompt(graph)} {bracketed(graph)}\n"


def _read(text: str) -> Decoded:
    given = _INPUT.search(text)
    if given is None:
        raise UnreadableError('There is no line `Input: belief = "..." argument = "..." stance = "..."`.')
    output = re.search(r"^Output:(.*)", text[given.end() :], re.MULTILINE)
    concepts = ConceptCollector()
    for name, string in zip(GIVEN, given.groups(), strict=True):
        concepts.set_given(name, json_unquoted(string))
    if output:
        read_brackets(output.group(1), concepts)
    return concepts.decoded(0, [])
