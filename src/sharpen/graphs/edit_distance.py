"""Exact graph edit distance of small graphs, with a budget of work in place of a time limit.

The distance is the least number of nodes and edges to delete, insert or relabel that turns one graph into
the other, each costing 1. A loop or one of several parallel edges is an edge like others.

Replacing a node costs no more than deleting one and inserting another, so some cheapest way keeps every
node of the smaller graph. It is hence filled up with nodes that mean insertion, and what is sought is a
permutation (as Riesen and Bunke pose it, "Approximate graph edit distance computation", 2009). A* assigns
one node after another. Its bound on the rest is a linear assignment whose cost for a pair of nodes is exact
for edges to assigned nodes and half of the least cost of the others (BRANCH in Blumenthal et al.,
"Comparing heuristics for graph edit distance computation", 2020). The assignment that gives a bound is
also a way to edit, whose true cost bounds the distance from above.
"""

from dataclasses import dataclass
from functools import lru_cache
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from sharpen.graphs.canonical import Form, form
from sharpen.graphs.graph import Graph

BUDGET = 100_000

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Distance:
    """A graph edit distance, or the bounds between which it lies.

    Attributes:
        value: the distance; an upper bound unless ``exact``.
        exact: whether it is proven.
        lower: what it cannot be less than; equal to ``value`` when exact.
        expansions: how many partial assignments were bounded, the same on every machine.
    """

    value: int
    exact: bool
    lower: int
    expansions: int


def edit_distance(left: Graph, right: Graph, *, labelled: bool, budget: int = BUDGET) -> Distance:
    """Return the edit distance of two graphs.

    It is symmetric and depends on nothing but the two isomorphism classes, by which it is remembered.

    Args:
        left: any graph, cyclic or not.
        right: the other.
        labelled: whether texts of nodes and labels of edges must agree (ExplaGraphs) or are ignored
            (proScript).
        budget: how many partial assignments to bound at most before giving up on a proof.
    """
    smaller, larger = sorted((form(left, labelled=labelled), form(right, labelled=labelled)))
    return _distance(smaller, larger, budget)


@lru_cache(maxsize=65_536)
def _distance(smaller: Form, larger: Form, budget: int) -> Distance:
    if not larger.nodes:
        return Distance(0, exact=True, lower=0, expansions=0)
    return _Search(smaller, larger).run(budget)


@dataclass(frozen=True, slots=True)
class _Partial:
    """An assignment of the first ``len(taken)`` nodes.

    Attributes:
        taken: the node of the larger graph that each is assigned to.
        cost: of assigned nodes and of the edges among them.
        pairs: (rest, rest) cost of a node that is not assigned on each free node: relabelling, loops and
            the edges to assigned nodes.
    """

    taken: tuple[int, ...]
    cost: float
    pairs: Floats


class _Search:
    """A* over assignments of the smaller graph's nodes, filled up to n, to the larger graph's n nodes."""

    def __init__(self, smaller: Form, larger: Form) -> None:
        labels = sorted({label for graph in (smaller, larger) for *_, label in graph.edges}) or [""]
        n = len(larger.nodes)
        theirs = _adjacency(larger, n, labels)
        order = _connected_order(_adjacency(smaller, n, labels).sum(-1), len(smaller.nodes))
        ours = _adjacency(smaller, n, labels)[np.ix_(order, order)]
        names = [*smaller.nodes, *[None] * (n - len(smaller.nodes))]
        relabelled = np.array([[names[u] != name for name in larger.nodes] for u in order], dtype=float)
        loops = _difference(_diagonal(ours)[:, None], _diagonal(theirs)[None])
        self.n, self.real = n, len(smaller.nodes)
        self.pairs = relabelled + loops
        self.ours, self.theirs = _without_loops(ours), _without_loops(theirs)
        self.twins = _twins(self.theirs, self.pairs)
        self.best = float("inf")
        self.bounded = 0

    def run(self, budget: int) -> Distance:
        queue: list[tuple[int, int, int, _Partial]] = [(0, 0, 0, _Partial((), 0.0, self.pairs))]
        pushed = 0
        while queue and queue[0][0] < self.best:
            if self.bounded >= budget and self.best < float("inf"):
                return Distance(int(self.best), exact=False, lower=queue[0][0], expansions=self.bounded)
            for bound, partial in self._children(heappop(queue)[-1]):
                if bound < self.best:
                    pushed += 1
                    heappush(queue, (bound, -len(partial.taken), pushed, partial))
        return Distance(int(self.best), exact=True, lower=int(self.best), expansions=self.bounded)

    def _children(self, parent: _Partial) -> list[tuple[int, _Partial]]:
        """Assign the next node to every free one; return each with its bound, and note the best way seen."""
        depth = len(parent.taken)
        free = np.array([node for node in range(self.n) if node not in parent.taken])
        tried = self._one_of_twins(free)
        edges, halves = self._rest(depth, free, tried)
        pairs = parent.pairs[None, 1:] + edges
        costs = 2 * pairs + halves
        costs[np.arange(len(tried)), :, tried] = np.inf
        assigned = np.array([linear_sum_assignment(matrix)[1] for matrix in costs], dtype=np.int64)
        rest = costs[np.arange(len(tried))[:, None], np.arange(self.n - depth - 1), assigned].sum(-1)
        spent = parent.cost + parent.pairs[0, tried]
        self._complete(parent.taken, free[tried], free[assigned])
        self.bounded += len(tried)
        return [
            (
                int(np.ceil(spent[i] + rest[i] / 2)),
                _Partial((*parent.taken, int(free[v])), spent[i], np.delete(pairs[i], v, axis=1)),
            )
            for i, v in enumerate(tried)
        ]

    def _rest(self, depth: int, free: Integers, tried: Integers) -> tuple[Floats, Floats]:
        """Return what the edges of each node that stays unassigned cost on each free node.

        Returns:
            (tried, rest, free) the cost of edges to the node that is assigned now, and the least cost of
            edges among those that stay unassigned, which two nodes share.
        """
        ours, theirs = self.ours[depth:, depth:], self.theirs[np.ix_(free, free)]
        to_next, from_next = ours[1:, 0], ours[0, 1:]
        to_taken, from_taken = theirs[:, tried].swapaxes(0, 1), theirs[tried]
        edges = _difference(to_next[None, :, None], to_taken[:, None])
        edges += _difference(from_next[None, :, None], from_taken[:, None])
        out, into = ours[1:, 1:].sum(1), ours[1:, 1:].sum(0)
        out_left, into_left = theirs.sum(1)[None] - to_taken, theirs.sum(0)[None] - from_taken
        halves = _difference(out[None, :, None], out_left[:, None])
        halves += _difference(into[None, :, None], into_left[:, None])
        return edges, halves

    def _complete(self, taken: tuple[int, ...], now: Integers, rest: Integers) -> None:
        """Note the least true cost of whole assignments."""
        before = np.tile(np.array(taken, dtype=np.int64), (len(now), 1))
        whole = np.concatenate([before, now[:, None], rest], axis=1)
        nodes = self.pairs[np.arange(self.n), whole].sum(-1)
        edges = _difference(self.ours[None], self.theirs[whole[:, :, None], whole[:, None, :]]).sum((1, 2))
        self.best = min(self.best, float((nodes + edges).min()))

    def _one_of_twins(self, free: Integers) -> Integers:
        """Return the positions of free nodes, one of each set that can be exchanged."""
        return np.unique(self.twins[free], return_index=True)[1]


def _adjacency(graph: Form, n: int, labels: list[str]) -> Floats:
    """Return (n, n, labels) how many edges there are."""
    counts = np.zeros((n, n, len(labels)))
    for source, target, label in graph.edges:
        counts[source, target, labels.index(label)] += 1
    return counts


def _difference(left: Floats, right: Floats) -> Floats:
    """Return the least cost of turning edges into others, counted by label along the last axis."""
    if left.shape[-1] == 1:
        return np.abs(left[..., 0] - right[..., 0])
    common = np.minimum(left, right).sum(-1)
    cost: Floats = np.maximum(left.sum(-1), right.sum(-1)) - common
    return cost


def _diagonal(counts: Floats) -> Floats:
    return counts[np.arange(len(counts)), np.arange(len(counts))]


def _without_loops(counts: Floats) -> Floats:
    return counts * (1 - np.eye(len(counts)))[:, :, None]


def _connected_order(edges: Floats, real: int) -> list[int]:
    """Return the nodes so that each has as many edges as can be to those before it; fillers last."""
    both = edges + edges.T
    order: list[int] = []
    while len(order) < real:
        rest = [node for node in range(real) if node not in order]
        order.append(max(rest, key=lambda node: (both[node, order].sum(), both[node].sum(), -node)))
    return [*order, *range(real, len(edges))]


def _twins(counts: Floats, pairs: Floats) -> Integers:
    """Return for each node the first one with which it can change places, every other node keeping its."""
    n = len(counts)
    first = np.arange(n)
    for node in range(n):
        for other in range(node):
            swapped = np.arange(n)
            swapped[[node, other]] = other, node
            alike = np.array_equal(counts[np.ix_(swapped, swapped)], counts)
            if first[other] == other and alike and np.array_equal(pairs[:, node], pairs[:, other]):
                first[node] = other
                break
    return first
