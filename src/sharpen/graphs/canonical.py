"""One form for all graphs that differ only in the names and the order of their nodes.

Colour refinement, then a search over the nodes that it cannot tell apart: each of the first such class is
singled out in turn, and the least form wins (individualisation and refinement, as in McKay and Piperno,
"Practical graph isomorphism, II", 2014). A branch whose first form has been seen is the image of another
under a symmetry, and is not searched.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sharpen.graphs.graph import Edge, Graph


@dataclass(frozen=True, slots=True, order=True)
class Form:
    """A graph by its structure alone.

    Attributes:
        size: how many nodes and edges it has, so that forms sort by it first.
        nodes: the label of each node.
        edges: source, target (positions in ``nodes``) and label of each edge, sorted. Parallel edges and
            loops stay.
    """

    size: tuple[int, int]
    nodes: tuple[str, ...]
    edges: tuple[tuple[int, int, str], ...]


def form(graph: Graph, *, labelled: bool) -> Form:
    """Return the canonical form of a graph: two graphs are isomorphic exactly if their forms are equal.

    Args:
        graph: any graph; an id that only edges name is a node with its id as text.
        labelled: whether the texts of nodes and the labels of edges are part of the structure.
    """
    texts = {node.id: node.text for node in graph.nodes}
    for edge in graph.edges:
        texts.setdefault(edge.source, edge.source)
        texts.setdefault(edge.target, edge.target)
    place = {identity: position for position, identity in enumerate(texts)}

    def numbered(edge: Edge) -> tuple[int, int, str]:
        return place[edge.source], place[edge.target], edge.label if labelled else ""

    labels = tuple(texts.values()) if labelled else ("",) * len(texts)
    return _form(labels, tuple(sorted(numbered(edge) for edge in graph.edges)))


def isomorphic(left: Graph, right: Graph) -> bool:
    """Whether two graphs are the same but for names, texts and labels. Parallel edges count."""
    return form(left, labelled=False) == form(right, labelled=False)


Links = tuple[tuple[int, int, str], ...]
Colours = tuple[int, ...]


@lru_cache(maxsize=65_536)
def _form(labels: tuple[str, ...], links: Links) -> Form:
    structure = _Structure(labels, links)
    _, (edges, colours) = structure.least(structure.refined(_ranks(list(labels))))
    nodes = tuple(label for _, label in sorted(zip(colours, labels, strict=True)))
    return Form((len(nodes), len(edges)), nodes, edges)


class _Structure:
    """A graph with colours of its nodes; a colouring in which no two nodes share one is a numbering."""

    def __init__(self, labels: tuple[str, ...], links: Links) -> None:
        self.links = links
        self.beside: list[list[tuple[bool, str, int]]] = [[] for _ in labels]
        for source, target, label in links:
            self.beside[source].append((True, label, target))
            self.beside[target].append((False, label, source))

    def refined(self, colours: Colours) -> Colours:
        """Tell nodes apart by the colours around them until nothing changes."""
        while True:
            finer = _ranks([self._view(node, colours) for node in range(len(colours))])
            if len(set(finer)) == len(set(colours)):
                return finer
            colours = finer

    def _view(self, node: int, colours: Colours) -> Hashable:
        around = sorted((out, label, colours[other]) for out, label, other in self.beside[node])
        return colours[node], tuple(around)

    def least(self, colours: Colours) -> Iterator[tuple[Links, Colours]]:
        """Yield the first numbering below these colours with its edges, then the one with the least edges."""
        tied = _first_tie(colours)
        if not tied:
            yield from [(self._renamed(colours), colours)] * 2
            return
        seen: set[Links] = set()
        leaves: list[tuple[Links, Colours]] = []
        for node in tied:
            below = self.least(self.refined(_singled_out(colours, node)))
            first = next(below)
            if not leaves:
                yield first
            if first[0] not in seen:
                leaves.append(next(below))
                seen |= {first[0], leaves[-1][0]}
        yield min(leaves)

    def _renamed(self, colours: Colours) -> Links:
        return tuple(
            sorted((colours[source], colours[target], label) for source, target, label in self.links)
        )


def _ranks(keys: Sequence[Hashable]) -> Colours:
    rank = {key: position for position, key in enumerate(sorted(set(keys)))}  # type: ignore[type-var]
    return tuple(rank[key] for key in keys)


def _first_tie(colours: Colours) -> tuple[int, ...]:
    """Return the nodes of the first colour that several share."""
    shared = [colour for colour in sorted(set(colours)) if colours.count(colour) > 1]
    return tuple(node for node, colour in enumerate(colours) if shared and colour == shared[0])


def _singled_out(colours: Colours, node: int) -> Colours:
    """Return the colours with one node before all others of its colour."""
    return tuple(2 * colour - (other == node) for other, colour in enumerate(colours))
