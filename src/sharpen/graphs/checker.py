"""A sandbox for graphs: it reads the graph in an answer and checks it. Nothing is executed.

So methods treat graphs as they treat programs. A suite has one test. ``valid`` checks the rules that need no
reference answer (:mod:`sharpen.graphs.validate`); its message may be quoted to a model. ``right`` checks that
the graph equals the reference.
"""

import json
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from sharpen.graphs.codec import decode, format_of
from sharpen.graphs.graph import Graph, Task
from sharpen.graphs.validate import faults
from sharpen.sandbox.base import Limits
from sharpen.types import AssertTest, Outcome, Program, Suite, Verdict, VerdictKind

_GRAPH = TypeAdapter(Graph)

VERDICTS = 3
"""The version of the rules: raise it with any change after which a verdict may differ.

It is part of every recorded verdict's key. ``tests/graphs/test_checker.py`` fails when the code changes and
this number does not; docstrings and comments do not count.
"""


def valid(task: Task, form: str, given: Graph) -> Suite:
    """Return the suite that checks the rules which hold for every graph of the item."""
    return _suite("valid", task, form, given)


def right(task: Task, form: str, reference: Graph) -> Suite:
    """Return the suite that checks equality with the reference graph."""
    return _suite("right", task, form, reference)


def dump(graph: Graph) -> str:
    """Return a graph as JSON."""
    return json.dumps(asdict(graph))


def load(text: str) -> Graph:
    """Return the graph that :func:`dump` wrote."""
    return _GRAPH.validate_json(text)


class GraphChecker:
    """A :class:`sharpen.sandbox.base.Sandbox` that parses and compares graphs."""

    @property
    def version(self) -> str:
        """The version of the rules by which graphs are read and checked."""
        return f"graphs-{VERDICTS}"

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:  # noqa: ARG002
        """Return whether the graph in ``program`` is valid, or right."""
        (test,) = suite.tests
        assert isinstance(test, AssertTest)
        wanted: dict[str, Any] = json.loads(test.code)
        decoded = decode(program.code, format_of(wanted["task"], wanted["format"]))
        graph = _GRAPH.validate_python(wanted["graph"])
        if decoded.graph is None:
            return _verdict(test.id, "syntax", f"No graph could be read: {decoded.reason}")
        if test.id == "right":
            same = compared(decoded.graph, wanted["task"]) == compared(graph, wanted["task"])
            return _verdict(test.id, "passed" if same else "wrong_answer", "" if same else "Another graph.")
        broken = faults(decoded.graph, wanted["task"], graph)
        return _verdict(test.id, "wrong_answer" if broken else "passed", "\n".join(broken))

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


def compared(graph: Graph, task: Task) -> object:
    """Return the part of a graph that two equal graphs share, whatever the order of its nodes and edges."""
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
    code = json.dumps({"task": task, "format": form, "graph": asdict(graph)})
    return Suite((AssertTest(name, code),))


def _verdict(test: str, kind: VerdictKind, message: str) -> Verdict:
    return Verdict(kind, (Outcome(test, kind),), message, trust="isolated")
