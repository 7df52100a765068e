"""Answers made without a model. Read every model's figure beside theirs.

They are strong where a benchmark's form gives its answer away: in proScript's edge prediction the last
listed step is always the goal and the only sink, and the one listed before it the only root.
"""

from collections.abc import Sequence
from itertools import pairwise
from random import Random

from sharpen.errors import UsageError
from sharpen.graphs.graph import UNKNOWN, Edge, Graph, Table, Vertex


def chain(question: Graph, order: Sequence[str]) -> Graph:
    """Return the question's nodes with an edge from each id of an order to the next."""
    edges = tuple(Edge(source, target) for source, target in pairwise(order))
    return Graph(question.about, question.nodes, edges)


def listed_chain(question: Graph) -> Graph:
    """Return the chain of the nodes as they are listed."""
    return chain(question, _ids(question))


def random_chain(question: Graph, random: Random) -> Graph:
    """Return the chain of the nodes in a random order."""
    ids = _ids(question)
    return chain(question, random.sample(ids, len(ids)))


def random_chain_to_last(question: Graph, random: Random) -> Graph:
    """Return a random chain that ends in the node that is listed last."""
    *others, last = _ids(question)
    return chain(question, [*random.sample(others, len(others)), last])


def random_chain_between_last(question: Graph, random: Random) -> Graph:
    """Return a random chain from the node listed last but one to the node listed last.

    Raises:
        UsageError: the question has fewer than two nodes.
    """
    if len(question.nodes) < 2:
        raise UsageError("a chain from the last but one node to the last needs two nodes")
    *others, root, sink = _ids(question)
    return chain(question, [root, *random.sample(others, len(others)), sink])


def plain_chain(about: tuple[tuple[str, str], ...], steps: int, text: str) -> Graph:
    """Return a chain of ``steps`` steps that all have the same text (such as the goal)."""
    question = Graph(about, tuple(Vertex(f"step{index}", text) for index in range(steps)))
    return listed_chain(question)


def all_unknown(participants: tuple[str, ...], steps: int) -> Table:
    """Return the table in which nothing happens: every participant exists throughout, at an unknown place.

    All its actions are NONE, so it answers none of ProPara's questions and has a precision of 1.
    """
    return Table(participants, ((UNKNOWN,) * len(participants),) * (steps + 1))


def _ids(question: Graph) -> list[str]:
    return [node.id for node in question.nodes]
