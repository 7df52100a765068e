"""Graphs judged where programs would be run: read, never executed, so that methods need not know.

A suite has one test. ``valid`` asks what needs no gold answer (:mod:`sharpen.graphs.validate`) and may be
quoted to a model; ``right`` asks whether the graph says what the gold one says.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sharpen.graphs.codec import decode, format_of
from sharpen.graphs.graph import Graph, Task
from sharpen.graphs.validate import faults
from sharpen.sandbox.base import Limits
from sharpen.types import AssertTest, Outcome, Program, Suite, Verdict, VerdictKind

_GRAPH = TypeAdapter(Graph)


def valid(task: Task, form: str, given: Graph) -> Suite:
    """Return the suite that asks for a sound graph of what is given."""
    return _suite("valid", task, form, given)


def right(task: Task, form: str, gold: Graph) -> Suite:
    """Return the suite that asks for the gold graph."""
    return _suite("right", task, form, gold)


def dump(graph: Graph) -> str:
    """Return a graph as JSON."""
    return json.dumps(asdict(graph))


def load(text: str) -> Graph:
    """Return the graph that :func:`dump` wrote."""
    return _GRAPH.validate_json(text)


class GraphJudge:
    """A sandbox in which nothing runs."""

    def __init__(self) -> None:
        sources = sorted((path.name, path.read_bytes()) for path in Path(__file__).parent.rglob("*.py"))
        self._version = f"graphs-{hashlib.sha256(repr(sources).encode()).hexdigest()[:12]}"

    @property
    def version(self) -> str:
        """A hash of the source by which graphs are read and judged."""
        return self._version

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:  # noqa: ARG002
        """Return whether the graph in ``program`` is valid, or right."""
        (test,) = suite.tests
        assert isinstance(test, AssertTest)
        asked: dict[str, Any] = json.loads(test.code)
        decoded = decode(program.code, format_of(asked["task"], asked["format"]))
        held = _GRAPH.validate_python(asked["graph"])
        if decoded.graph is None:
            return _verdict(test.id, "syntax", f"No graph could be read: {decoded.reason}")
        if test.id == "right":
            same = says(decoded.graph, asked["task"]) == says(held, asked["task"])
            return _verdict(test.id, "passed" if same else "wrong_answer", "" if same else "Another graph.")
        found = faults(decoded.graph, asked["task"], held)
        return _verdict(test.id, "wrong_answer" if found else "passed", "\n".join(found))

    async def close(self) -> None:
        """Nothing is left."""


def says(graph: Graph, task: Task) -> object:
    """Return what counts of a graph when it is compared as a whole, whatever the order of its parts."""
    match task:
        case "states":
            return graph.table
        case "script":
            texts = {node.id: node.text for node in graph.nodes}
            return frozenset(texts.values()), frozenset(
                (texts.get(edge.source), texts.get(edge.target)) for edge in graph.edges
            )
        case _:
            return frozenset(graph.edges)


def _suite(name: str, task: Task, form: str, graph: Graph) -> Suite:
    asked = json.dumps({"task": task, "format": form, "graph": asdict(graph)})
    return Suite((AssertTest(name, asked),))


def _verdict(test: str, kind: VerdictKind, message: str) -> Verdict:
    return Verdict(kind, (Outcome(test, kind),), message, trust="isolated")
