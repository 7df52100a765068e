"""The one graph of all structured tasks: scripts, entity states, explanations (arXiv 2210.07128, section 2).

A task gives some words (a goal; a belief, an argument and a stance) and perhaps nodes, and asks for the rest:
nodes and edges of a script, edges among given events, a table of states, labelled edges of an explanation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

Task = Literal["script", "edges", "states", "explanation"]
"""What the answer is: steps and their order, the order alone, states of participants, an explanation."""

UNKNOWN, ABSENT = "?", "-"
"""A participant's state in a table when it exists somewhere unknown, and when it does not exist (ProPara)."""


@dataclass(frozen=True, slots=True)
class Vertex:
    """A node: an event of a script, a step of a process or a concept.

    Attributes:
        id: unique in its graph; what edges name.
        text: what it says, verbatim. A concept's text is its id.
    """

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Edge:
    """A directed edge between two ids; ``label`` is the relation, empty where a task has only one."""

    source: str
    target: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Where every participant is before the first step and after each (ProPara).

    Attributes:
        participants: names, verbatim.
        cells: rows of states, one more than there are steps (row 0 is before step 1), one column a
            participant: a location, :data:`UNKNOWN`, :data:`ABSENT`, or empty where the answer gives none.
    """

    participants: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """What a structured task gives and asks for.

    Attributes:
        about: the words that the task gives, by name and in order: ``(("goal", "bake a cake"),)``.
        nodes: in listed order; ids are unique.
        edges: in listed order; each names ids of ``nodes`` when the graph is valid (see ``validate``).
        table: the states of participants, for entity tracking.
    """

    about: tuple[tuple[str, str], ...]
    nodes: tuple[Vertex, ...]
    edges: tuple[Edge, ...] = ()
    table: Table | None = None

    @property
    def given(self) -> Mapping[str, str]:
        """The words that the task gives, by name."""
        return dict(self.about)

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """The edges as a set of pairs of ids, without labels."""
        return frozenset((edge.source, edge.target) for edge in self.edges)

    def order(self) -> tuple[str, ...] | None:
        """Return all ids so that every edge points forward, ties in listed order; None for a cycle."""
        sorter: TopologicalSorter[str] = TopologicalSorter({node.id: () for node in self.nodes})
        for edge in self.edges:
            sorter.add(edge.target, edge.source)
        try:
            sorter.prepare()
        except CycleError:
            return None
        place = {node.id: position for position, node in enumerate(self.nodes)}
        ordered: list[str] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready(), key=lambda identity: place.get(identity, len(place)))
            ordered += ready
            sorter.done(*ready)
        return tuple(ordered)

    def roots(self) -> tuple[str, ...]:
        """Return the ids that no edge points to, in listed order."""
        pointed = {edge.target for edge in self.edges}
        return tuple(node.id for node in self.nodes if node.id not in pointed)

    def sinks(self) -> tuple[str, ...]:
        """Return the ids from which no edge starts, in listed order."""
        starting = {edge.source for edge in self.edges}
        return tuple(node.id for node in self.nodes if node.id not in starting)

    def connected(self) -> bool:
        """Whether there is a way between any two nodes when edges may be walked both ways."""
        if not self.nodes:
            return True
        beside: dict[str, set[str]] = {node.id: set() for node in self.nodes}
        for edge in self.edges:
            beside.setdefault(edge.source, set()).add(edge.target)
            beside.setdefault(edge.target, set()).add(edge.source)
        seen, frontier = set(), [self.nodes[0].id]
        while frontier:
            if (identity := frontier.pop()) not in seen:
                seen.add(identity)
                frontier += beside[identity]
        return len(seen) == len(beside)
