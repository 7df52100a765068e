"""Edge prediction (proScript): precision, recall and F1 of the edges of each graph (arXiv 2210.07128, 3.1).

Edges are compared as sets of pairs of ids. The figure of a benchmark is the mean over its items, so its F1
is the mean of F1. An output that could not be read scores 0, 0, 0 and counts. CoCoGen's code does so for
the outputs it scored, but dropped others before scoring; hence the second figure, over readable ones only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sharpen.graphs.graph import Graph
from sharpen.graphs.metrics.overlap import NONE, Overlap, mean_overlap, paired


@dataclass(frozen=True, slots=True)
class Edges:
    """The figures of a benchmark of edge prediction, between 0 and 1 (papers print them times 100).

    Attributes:
        items: of each item, in order.
        mean: over all items.
        parsed: over the items whose output was read; NaN when there is none.
        parse_rate: the share of such items.
    """

    items: tuple[Overlap, ...]
    mean: Overlap
    parsed: Overlap
    parse_rate: float


def edge_overlap(predicted: Graph | None, reference: Graph) -> Overlap:
    """Return precision, recall and F1 of the predicted edges as a set; labels do not count."""
    if predicted is None:
        return NONE
    shared = len(predicted.pairs & reference.pairs)
    return Overlap.of(
        shared / len(predicted.pairs) if predicted.pairs else 0.0,
        shared / len(reference.pairs) if reference.pairs else 0.0,
    )


def score_edges(predicted: Sequence[Graph | None], reference: Sequence[Graph]) -> Edges:
    """Score the predicted edges of a benchmark's items, None for an output that could not be read.

    Raises:
        DataError: not as many predictions as reference graphs.
    """
    pairs = paired(predicted, reference)
    items = tuple(edge_overlap(left, right) for left, right in pairs)
    read = [item for item, (graph, _) in zip(items, pairs, strict=True) if graph is not None]
    return Edges(
        items=items,
        mean=mean_overlap(items),
        parsed=mean_overlap(read),
        parse_rate=len(read) / len(items) if items else float("nan"),
    )
