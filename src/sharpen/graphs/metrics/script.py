"""Script generation (proScript): how structures of scripts agree with the references (arXiv 2210.07128, 3.1).

Texts are ignored: parallel edges and loops count, and an id that only edges name is a node, as in the
multigraphs that CoCoGen's evaluation builds. It drops a pair if either graph cannot be read. Here such an
item counts as not isomorphic, and its distance is that of an empty graph. The figure over readable outputs
stands beside. Node and edge counts, degrees and their divergence describe graphs, so only readable outputs
have them, and the reference graphs beside them are those of the same items.

A plain chain of the right length is isomorphic to two thirds of the reference scripts: read these figures
beside those of ``baselines.plain_chain``, and apart for the items whose reference script is not a chain.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from statistics import median

import numpy as np
from scipy.spatial.distance import jensenshannon

from sharpen.graphs.canonical import isomorphic
from sharpen.graphs.edit_distance import Distance, edit_distance
from sharpen.graphs.graph import Graph
from sharpen.graphs.metrics.overlap import mean, paired


@dataclass(frozen=True, slots=True)
class ScriptScore:
    """The structure of one item.

    Attributes:
        isomorphic: whether its structure is the reference's.
        distance: unlabelled edit distance from it, not normalised.
        parsed: whether the output was read.
        chain: whether the reference script is a plain chain.
    """

    isomorphic: bool
    distance: Distance
    parsed: bool
    chain: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement with reference structures over some items; NaN over none.

    Attributes:
        items: how many.
        isomorphism: the share of isomorphic ones (ISO).
        distance: the mean edit distance (GED).
        exact: the share of distances that are proven; the others are upper bounds.
    """

    items: int
    isomorphism: float
    distance: float
    exact: float


@dataclass(frozen=True, slots=True)
class GraphShape:
    """What graphs look like; NaN of none.

    Attributes:
        nodes, edges: mean counts. Only listed nodes count.
        degree, median_degree: mean and median over graphs of a graph's mean degree (in and out).
        pooled_degree: mean degree over the nodes of all graphs.
    """

    nodes: float
    edges: float
    degree: float
    median_degree: float
    pooled_degree: float


@dataclass(frozen=True, slots=True)
class Divergence:
    """Jensen-Shannon distances (the root of the divergence, natural logarithm) of pooled degrees."""

    into: float
    out: float
    both: float


@dataclass(frozen=True, slots=True)
class Scripts:
    """The structural figures of a benchmark of script generation.

    Attributes:
        items: of each item, in order.
        all: over all items.
        parsed: over the items whose output was read, as CoCoGen reports it.
        not_chains: over all items whose reference script is not a plain chain.
        parse_rate: the share of outputs that were read.
        shape: of the graphs that were read.
        reference_shape: of the reference graphs of the same items.
        divergence: between the two, NaN if a degree has no node to be of.
    """

    items: tuple[ScriptScore, ...]
    all: Agreement
    parsed: Agreement
    not_chains: Agreement
    parse_rate: float
    shape: GraphShape
    reference_shape: GraphShape
    divergence: Divergence


def score_scripts(predicted: Sequence[Graph | None], reference: Sequence[Graph]) -> Scripts:
    """Compare generated scripts with reference ones, None for an output that could not be read.

    Raises:
        DataError: not as many predictions as reference graphs.
    """
    pairs = paired(predicted, reference)
    items = tuple(score_script(left, right) for left, right in pairs)
    read = [(left, right) for left, right in pairs if left is not None]
    written, references = [left for left, _ in read], [right for _, right in read]
    return Scripts(
        items=items,
        all=_agreement(items),
        parsed=_agreement([item for item in items if item.parsed]),
        not_chains=_agreement([item for item in items if not item.chain]),
        parse_rate=len(read) / len(items) if items else nan,
        shape=shape(written),
        reference_shape=shape(references),
        divergence=divergence(written, references),
    )


def score_script(predicted: Graph | None, reference: Graph) -> ScriptScore:
    """Compare one generated script with the reference."""
    graph = Graph((), ()) if predicted is None else predicted
    return ScriptScore(
        isomorphic=predicted is not None and isomorphic(graph, reference),
        distance=edit_distance(graph, reference, labelled=False),
        parsed=predicted is not None,
        chain=is_chain(reference),
    )


def is_chain(graph: Graph) -> bool:
    """Whether every node but the last has one successor and every one but the first one predecessor."""
    into, out = _degrees(graph)
    in_a_row = len(graph.edges) == len(into) - 1 and graph.connected()
    return in_a_row and max([*into, *out]) <= 1


def shape(graphs: Sequence[Graph]) -> GraphShape:
    """Return what graphs look like."""
    degrees = [np.add(*_degrees(graph)) for graph in graphs]
    means = [float(of_nodes.mean()) for of_nodes in degrees if len(of_nodes)]
    return GraphShape(
        nodes=mean([len(graph.nodes) for graph in graphs]),
        edges=mean([len(graph.edges) for graph in graphs]),
        degree=mean(means),
        median_degree=median(means) if means else nan,
        pooled_degree=mean([float(degree) for of_nodes in degrees for degree in of_nodes]),
    )


def divergence(left: Sequence[Graph], right: Sequence[Graph]) -> Divergence:
    """Return how far apart the degrees of two sets of graphs are."""
    (ours_into, ours_out, ours), (theirs_into, theirs_out, theirs) = _pooled(left), _pooled(right)
    return Divergence(_apart(ours_into, theirs_into), _apart(ours_out, theirs_out), _apart(ours, theirs))


def _agreement(items: Sequence[ScriptScore]) -> Agreement:
    return Agreement(
        items=len(items),
        isomorphism=mean([float(item.isomorphic) for item in items]),
        distance=mean([float(item.distance.value) for item in items]),
        exact=mean([float(item.distance.exact) for item in items]),
    )


def _degrees(graph: Graph) -> tuple[list[int], list[int]]:
    """Return how many edges come into and go out of each node, also of nodes that only edges name."""
    into = Counter(edge.target for edge in graph.edges)
    out = Counter(edge.source for edge in graph.edges)
    named = dict.fromkeys([*(node.id for node in graph.nodes), *out, *into])
    return [into[identity] for identity in named], [out[identity] for identity in named]


def _pooled(graphs: Sequence[Graph]) -> tuple[list[int], list[int], list[int]]:
    degrees = [_degrees(graph) for graph in graphs]
    into = [degree for each, _ in degrees for degree in each]
    out = [degree for _, each in degrees for degree in each]
    return into, out, [a + b for a, b in zip(into, out, strict=True)]


def _apart(left: Sequence[int], right: Sequence[int]) -> float:
    if not left or not right:
        return nan
    size = max(*left, *right) + 1
    return float(jensenshannon(np.bincount(left, minlength=size), np.bincount(right, minlength=size)))
