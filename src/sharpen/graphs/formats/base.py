"""The types of a format and of what decoding returns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sharpen.errors import DataError, SharpenError
from sharpen.graphs.graph import Graph, Task

Status = Literal["whole", "repaired", "unparsed"]
Language = Literal["python", "text", "json", "dot", "mermaid"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A graph read from a text, and how it was obtained.

    Attributes:
        graph: what was read; None when ``status`` is ``unparsed``.
        status: ``whole``: all was read. ``repaired``: a part had to be left out or brackets to be closed.
            ``unparsed``: nothing of the answer could be read.
        dropped: lines that do not parse, and edges, nodes and statements that are malformed.
        reason: why the text is not whole, as a sentence.
    """

    graph: Graph | None
    status: Status
    dropped: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A pair of pure functions between graphs and texts.

    Attributes:
        name: what a user types.
        task: what the answer is.
        language: what a fence around it would say.
        encode: the whole text of a graph.
        prompt: the part that the task gives, a strict prefix of the whole; it reads nothing of the answer.
        decode: reads a whole text: the prompt part and what a model continued it with. Never raises.
    """

    name: str
    task: Task
    language: Language
    encode: Callable[[Graph], str]
    prompt: Callable[[Graph], str]
    decode: Callable[[str], Decoded]


class UnreadableError(SharpenError):
    """A text in which no graph can be read; decoding turns it into the reason of a :class:`Decoded`."""


def decoder(read: Callable[[str], Decoded]) -> Callable[[str], Decoded]:
    """Return ``read`` so that a text without a graph is a result and not an exception."""

    def decode(text: str) -> Decoded:
        try:
            return read(text)
        except UnreadableError as error:
            return Decoded(None, "unparsed", 0, str(error))
        except (RecursionError, MemoryError):
            return Decoded(None, "unparsed", 0, "It is nested too deeply.")

    return decode


def with_status(graph: Graph, dropped: int, *, answered: bool, reasons: list[str]) -> Decoded:
    """Return what was read with its status.

    Args:
        graph: what was read.
        dropped: lines and entries that were left out.
        answered: whether anything of the answer was read.
        reasons: sentences why the text is not whole.
    """
    if dropped:
        reasons = [*reasons, f"{dropped} line(s) or entries could not be read."]
    if not reasons:
        return Decoded(graph, "whole")
    reason = " ".join(reasons)
    return Decoded(graph, "repaired", dropped, reason) if answered else Decoded(None, "unparsed", 0, reason)


def check(graph: Graph, task: Task) -> None:
    """Raise DataError when ``graph`` cannot be a graph of ``task``."""
    ids = {node.id for node in graph.nodes}
    names = {"script": ("goal",), "edges": ("goal",), "states": ()}.get(
        task, ("belief", "argument", "stance")
    )
    if tuple(name for name, _ in graph.about) != names:
        raise DataError(f"A graph of `{task}` is about {', '.join(names) or 'nothing'}: give just that.")
    if len(ids) < len(graph.nodes):
        raise DataError("Two nodes have the same id: give each its own.")
    for edge in graph.edges:
        if unknown := {edge.source, edge.target} - ids:
            raise DataError(f"An edge names `{min(unknown)}`, which is not a node: add it or drop the edge.")
    if (graph.table is not None) != (task == "states"):
        raise DataError(f"A graph of `{task}` has {'a' if task == 'states' else 'no'} table of states.")
    if task in ("script", "edges") and any(edge.label for edge in graph.edges):
        raise DataError(f"The edges of `{task}` have no labels: leave them empty.")
    if task == "explanation" and any(node.id != node.text for node in graph.nodes):
        raise DataError("The text of a concept is its id: make them equal.")
