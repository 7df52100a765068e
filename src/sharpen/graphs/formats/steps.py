"""What the formats of scripts share: the sections of their texts, and collecting steps while reading."""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Literal

from sharpen.graphs.formats.base import (
    Decoded,
    Format,
    Language,
    UnreadableError,
    check,
    decoder,
    with_status,
)
from sharpen.graphs.formats.source import Block, arguments, read_block, text_of
from sharpen.graphs.formats.words import quoted
from sharpen.graphs.graph import Edge, Graph, Vertex

ScriptTask = Literal["script", "edges"]
Section = Callable[[Graph, ScriptTask], str]


@dataclass
class StepCollector:
    """Steps and their order, collected while a text is read.

    Attributes:
        goal: the goal, once it was found.
        named: the steps by the names that the text gives them.
        links: edges between names; a name may come before its step.
        lost: entries that are malformed.
        reached: whether the text has edges.
    """

    goal: str | None = None
    named: dict[str, Vertex] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    lost: int = 0
    reached: bool = False

    def add(self, name: str, identity: str, text: str) -> None:
        """Add a step; one whose name or id is taken is lost."""
        if name in self.named or any(identity == node.id for node in self.named.values()):
            self.lost += 1
        else:
            self.named[name] = Vertex(identity, text)

    def link(self, source: str, targets: Iterable[str | None]) -> None:
        """Add edges; a target that is not a name is lost."""
        for target in targets:
            if target is None:
                self.lost += 1
            else:
                self.links.append((source, target))

    def chain(self, text: str, arrow: str = "->") -> None:
        """Add the edges of ``a -> b -> c``."""
        names = [name.strip() for name in text.split(arrow)]
        if len(names) == 1:
            self.lost += 1
        self.links += pairwise(names)

    def decoded(self, task: ScriptTask, dropped: int, reasons: Sequence[str]) -> Decoded:
        """Return the graph of all that is well formed."""
        if self.goal is None:
            raise UnreadableError("There is no goal in it.")
        known = [(a, b) for a, b in self.links if a in self.named and b in self.named]
        edges = tuple(Edge(self.named[a].id, self.named[b].id) for a, b in known)
        graph = Graph((("goal", self.goal),), tuple(self.named.values()), edges)
        ends = [] if self.reached else ["It ends before the edges."]
        return with_status(
            graph,
            dropped + self.lost + len(self.links) - len(known),
            answered=bool(edges or (task == "script" and graph.nodes)),
            reasons=[*reasons, *ends],
        )


def formats(
    name: str,
    language: Language,
    sections: tuple[Section, Section, Section],
    read: Callable[[str, ScriptTask], Decoded],
) -> Iterator[Format]:
    """Yield a format for both tasks.

    Args:
        name: its name.
        language: its language.
        sections: texts of goal and step count, of the steps, of the edges. The first is the prompt of a
            script, the first two that of edges.
        read: reads a whole text.
    """
    tasks: tuple[ScriptTask, ScriptTask] = ("script", "edges")
    for number, task in enumerate(tasks, 1):

        def join(graph: Graph, task: ScriptTask = task, number: int = 3) -> str:
            check(graph, task)
            return "".join(section(graph, task) for section in sections[:number])

        def prompt(graph: Graph, task: ScriptTask = task, number: int = number) -> str:
            return join(graph, task, number)

        def read_task(text: str, task: ScriptTask = task) -> Decoded:
            return read(text, task)

        yield Format(name, task, language, join, prompt, decoder(read_task))


def python_formats(
    name: str,
    sections: tuple[Section, Section, Section],
    visit: Callable[[Block, StepCollector], None],
) -> Iterator[Format]:
    """Yield a format written as a Python class; ``visit`` collects the steps of a parsed one."""

    def read(text: str, task: ScriptTask) -> Decoded:
        block, steps = read_block(text, "class"), StepCollector()
        visit(block, steps)
        return steps.decoded(task, block.dropped, block.reasons)

    return formats(name, "python", sections, read)


def header(class_name: str, goal: str, goal_name: str, count: int | None, count_name: str) -> str:
    """Return the first lines of a class: its name, the goal and the number of steps."""
    lines = f"class {class_name}:\n\n    {goal_name} = {goal}\n"
    return lines if count is None else f"{lines}    {count_name} = {count}\n\n"


def plan(graph: Graph, _: ScriptTask) -> str:
    """Return the first lines of a class that is called Plan whatever its goal."""
    return header("Plan", quoted(graph.given["goal"]), "goal", len(graph.nodes), "num_steps")


def runs(edges: Iterable[Edge]) -> list[tuple[str, list[str]]]:
    """Return consecutive edges of the same source as one: the source and its targets."""
    grouped = groupby(edges, key=lambda edge: edge.source)
    return [(source, [edge.target for edge in group]) for source, group in grouped]


def read_goal(target: str | None, value: ast.expr, steps: StepCollector) -> bool:
    """Whether an assignment belongs to the head of a class; keep the goal that it gives."""
    if target in ("goal", "title") and steps.goal is None and text_of(value) is not None:
        steps.goal = text_of(value)
        return True
    return target in ("steps", "num_steps") and isinstance(value, ast.Constant)


def read_step(name: str, call: ast.Call, identity: str, text: str | None, steps: StepCollector) -> None:
    """Add the step of ``Step("text", id=...)``; ``identity`` and ``text`` are the defaults."""
    extra = arguments(call)
    words = extra.get("text", text_of(call.args[0]) if call.args else text)
    if words is None:
        steps.lost += 1
    else:
        steps.add(name, extra.get("id", identity), words)
