"""Explanation graphs (ExplaGraphs): structural correctness and the labelled edit distance.

ExplaGraphs' own evaluation (arXiv 2104.07644, section 6; its metrics/eval.py), without the figures that
need trained judges. All texts are compared in lower case. A graph is scored if the stance it argues for is
the right one and its structure is correct. Every other one has the worst distance, and all count.

Two protocols, since CoCoGen (arXiv 2210.07128) measures otherwise than ExplaGraphs does:

- "reference stance": the stance must be the reference's, as in ExplaGraphs.
- "given stance": the stance in the prompt counts as right, whatever it is. In CoCoGen's recorded run it
  differs from the reference for 14 % of the items.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sharpen.graphs.edit_distance import edit_distance
from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.graphs.metrics.overlap import mean, paired
from sharpen.graphs.validate import FEWEST_ANCHORS, FEWEST_EDGES, MOST_WORDS, RELATIONS

LARGEST = 17
"""Nodes and edges of the largest graph that ExplaGraphs allows: a chain of 8 edges."""

Fault = Literal["unread", "edges", "concept", "relation", "anchors", "connected", "acyclic"]
"""Why a structure is wrong, the first reason in ExplaGraphs' order.

Not readable; fewer than three edges; a concept empty or of more than three words; an unknown relation; not
two concepts from the belief and two from the argument; in several parts; with a cycle.
"""


@dataclass(frozen=True, slots=True)
class ExplanationScore:
    """The figures of one explanation.

    Attributes:
        fault: the first thing wrong with its structure, None for a correct one.
        stance_right: whether it argues for the reference stance.
        distance: its normalised edit distance from the reference graph, 0 to 1, whatever its stance; 1 for a
            wrong structure.
        exact: whether that distance is proven.
    """

    fault: Fault | None
    stance_right: bool
    distance: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Protocol:
    """The figures of a benchmark under one protocol.

    Attributes:
        correct: of each item, whether its stance and structure are.
        structure: the share of such items (StCA).
        distance: mean over all items of the normalised distance (GED), 1 for an item that is not correct.
        parsed_structure, parsed_distance: the same over the outputs that were read; NaN without any.
    """

    correct: tuple[bool, ...]
    structure: float
    distance: float
    parsed_structure: float
    parsed_distance: float


@dataclass(frozen=True, slots=True)
class ExplanationScores:
    """The figures of a benchmark of explanation graphs.

    Attributes:
        items: of each item, in order.
        faults: how many structures are wrong, by the first reason.
        reference_stance: figures where the stance must be the reference's.
        given_stance: figures where the stance in the prompt counts as right.
        parse_rate: the share of outputs that were read.
    """

    items: tuple[ExplanationScore, ...]
    faults: Mapping[Fault, int]
    reference_stance: Protocol
    given_stance: Protocol
    parse_rate: float


def score_explanations(predicted: Sequence[Graph | None], reference: Sequence[Graph]) -> ExplanationScores:
    """Score explanation graphs against reference ones.

    Args:
        predicted: a graph that says in ``about`` for which ``stance`` it argues; None for an output that
            could not be read.
        reference: graphs that say ``belief``, ``argument`` and ``stance``.

    Raises:
        DataError: not as many predictions as reference graphs.
    """
    pairs = paired(predicted, reference)
    items = tuple(score_explanation(left, right) for left, right in pairs)
    faults = Counter(item.fault for item in items if item.fault)
    return ExplanationScores(
        items=items,
        faults={fault: faults[fault] for fault in get_args(Fault)},
        reference_stance=_protocol(items, [item.fault is None and item.stance_right for item in items]),
        given_stance=_protocol(items, [item.fault is None for item in items]),
        parse_rate=mean([float(item.fault != "unread") for item in items]),
    )


def score_explanation(predicted: Graph | None, reference: Graph) -> ExplanationScore:
    """Score one explanation graph; see :func:`score_explanations`."""
    if predicted is None:
        return ExplanationScore("unread", stance_right=False, distance=1.0, exact=True)
    edges, wanted = triples(predicted), triples(reference)
    stance_right = predicted.given.get("stance") == reference.given.get("stance")
    if fault := structure_fault(
        edges, reference.given.get("belief", ""), reference.given.get("argument", "")
    ):
        return ExplanationScore(fault, stance_right, distance=1.0, exact=True)
    theirs = _of_triples(wanted)
    distance = edit_distance(_of_triples(edges), theirs, labelled=True)
    worst = len(theirs.nodes) + len(theirs.edges) + LARGEST
    # ExplaGraphs' evaluation stops where the distance is above its maximum; here it is cut to 1.
    return ExplanationScore(None, stance_right, min(1.0, distance.value / worst), distance.exact)


Triple = tuple[str, str, str]


def triples(graph: Graph) -> list[Triple]:
    """Return a graph's edges in order as concept, relation and concept, in lower case."""
    texts = {node.id: node.text for node in graph.nodes}
    return [
        (
            texts.get(edge.source, edge.source).lower(),
            edge.label.lower(),
            texts.get(edge.target, edge.target).lower(),
        )
        for edge in graph.edges
    ]


def structure_fault(edges: Sequence[Triple], belief: str, argument: str) -> Fault | None:
    """Return the first reason why edges are not a correct explanation graph, or None."""
    if len(edges) < FEWEST_EDGES:
        return "edges"
    for source, relation, target in edges:
        if not _is_concept(source):
            return "concept"
        if relation not in RELATIONS:
            return "relation"
        if not _is_concept(target):
            return "concept"
    concepts = {concept for source, _, target in edges for concept in (source, target)}
    for text in (belief.lower(), argument.lower()):
        if sum(concept in text for concept in concepts) < FEWEST_ANCHORS:
            return "anchors"
    graph = _of_triples(edges)
    if not graph.connected():
        return "connected"
    return "acyclic" if graph.order() is None else None


def _is_concept(text: str) -> bool:
    return bool(text) and text.count(" ") < MOST_WORDS


def _of_triples(edges: Iterable[Triple]) -> Graph:
    """Return the labelled graph; of several edges between two concepts the last counts, as in ExplaGraphs."""
    last = {(source, target): relation for source, relation, target in edges}
    concepts = dict.fromkeys(concept for ends in last for concept in ends)
    nodes = tuple(Vertex(concept, concept) for concept in concepts)
    return Graph((), nodes, tuple(Edge(*ends, relation) for ends, relation in last.items()))


def _protocol(items: Sequence[ExplanationScore], correct: Sequence[bool]) -> Protocol:
    distances = [item.distance if right else 1.0 for item, right in zip(items, correct, strict=True)]
    read = [position for position, item in enumerate(items) if item.fault != "unread"]
    return Protocol(
        correct=tuple(correct),
        structure=mean([float(right) for right in correct]),
        distance=mean(distances),
        parsed_structure=mean([float(correct[position]) for position in read]),
        parsed_distance=mean([distances[position] for position in read]),
    )
