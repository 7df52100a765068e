"""Scripts as classes whose names are the words of steps: ``tree``, ``event``, ``task`` ... ``method``.

As CoCoGen writes them (arXiv 2210.07128, Figure 1; code in src/converters/proscript): the lines of the steps
stand in topological order, ties in the order in which edges name them, and not in the order of the data set's
edges. Ours differ where a graph would get lost: articles stay, a text that is more than the words of its name
is kept as ``text="..."``, and an id that is not the position as ``id="..."``. Edges come back in the order in
which they are written. ``tree`` of a script::

    class Tree:

        goal = "bake a cake"
        steps = 2

        def __init__(self):
            # nodes
            mix_the_dough = Node()
            bake_a_cake = Node()

            # edges using commonsense
            begin.children = [mix_the_dough]
            mix_the_dough.children = [bake_a_cake]
            bake_a_cake.children = [end]
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sharpen.graphs.formats.base import Format
from sharpen.graphs.formats.source import (
    Block,
    assigned,
    called,
    elements,
    idle,
    name_of,
    statements,
    text_of,
)
from sharpen.graphs.formats.steps import (
    ScriptTask,
    Section,
    StepCollector,
    header,
    plan,
    python_formats,
    read_goal,
    read_step,
)
from sharpen.graphs.formats.words import Named, named_by_text, quoted, spoken
from sharpen.graphs.graph import Edge, Graph


@dataclass(frozen=True, slots=True)
class ClassFormat:
    """How a class writes steps and their order.

    Attributes:
        name: the format's name.
        title: the class's name.
        node: the call that makes a step.
        steps_comment, edges_comment: the comments above steps and edges.
        relation: the attribute that links a step to others.
        begins: the tasks in which a line links ``begin`` to the first steps.
        backwards: whether a step names the steps before it.
        asserts: whether a line is an assertion with a call, and its comment is part of the prompt.
    """

    name: str
    title: str
    node: str
    steps_comment: str
    edges_comment: str
    relation: str
    begins: tuple[ScriptTask, ...] = ()
    backwards: bool = False
    asserts: bool = False

    def line(self, name: str, others: Sequence[str]) -> str:
        """Return the line that links a step to others."""
        listed = ", ".join(others)
        if self.asserts:
            return f"assert {name}.{self.relation}([{listed}])"
        return f"{name}.{self.relation} = [{listed}]"


FAMILIES = (
    ClassFormat("tree", "Tree", "Node", "# nodes", "# edges using commonsense", "children", ("script",)),
    ClassFormat(
        "event",
        "EventTree",
        "Event",
        "# event nodes",
        "# assign child events using commonsense",
        "children",
        ("script", "edges"),
    ),
    ClassFormat(
        "task",
        "Task",
        "SubTask",
        "# nodes",
        "# order sub-tasks using commonsense",
        "on_finish",
        ("script", "edges"),
    ),
    ClassFormat("dep", "Plan", "Step", "# steps", "# dependency graph", "requires", backwards=True),
    ClassFormat("assert", "Plan", "Step", "# steps", "# dependency graph", "then", asserts=True),
)
IN_TOPOLOGICAL_ORDER = frozenset({"method", *(family.name for family in FAMILIES)})
"""The formats that do not keep the listed order of edges."""


def every() -> Iterator[Format]:
    """Yield the formats of this module."""
    for family in FAMILIES:
        yield from python_formats(family.name, _sections(family), _reader(family))
    yield from python_formats("method", (plan, _method_nodes, _method_edges), _read_method)


def flow(edges: Sequence[Edge]) -> list[str]:
    """Return the ids that edges name in topological order; those on or after a cycle come last, as listed.

    Ties are those of CoCoGen's code, which lets networkx sort a graph whose edges are grouped by source.
    """
    after = _linked(edges, backwards=False)
    listed = dict.fromkeys(end for source, targets in after.items() for end in (source, *targets))
    waiting = Counter(edge.target for edge in edges)
    order: list[str] = []
    ready = [identity for identity in listed if not waiting[identity]]
    while ready:
        order += ready
        following = [target for identity in ready for target in after.get(identity, ())]
        ready = []
        for target in following:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return list(dict.fromkeys([*order, *listed]))


def _sections(family: ClassFormat) -> tuple[Section, Section, Section]:
    def head(graph: Graph, task: ScriptTask) -> str:
        count = len(graph.nodes) if task == "script" else None
        first = header(family.title, quoted(graph.given["goal"]), "goal", count, "steps")
        return f"{first}    def __init__(self):\n        {family.steps_comment}\n"

    def nodes(graph: Graph, _: ScriptTask) -> str:
        named = named_by_text(graph.nodes)
        lines = "".join(f"        {each.name} = {family.node}({', '.join(each.extra)})\n" for each in named)
        return f"{lines}\n        {family.edges_comment}\n" if family.asserts else f"{lines}\n"

    def edges(graph: Graph, task: ScriptTask) -> str:
        comment = [] if family.asserts else [family.edges_comment]
        lines = _links(graph, task, family) or ["pass"]
        return "".join(f"        {line}\n" for line in [*comment, *lines])

    return head, nodes, edges


def _links(graph: Graph, task: ScriptTask, family: ClassFormat) -> list[str]:
    """Return a line for each step: the steps after it or before it, or the end or the beginning."""
    names, linked = _names(graph), _linked(graph.edges, family.backwards)
    lines = []
    if task in family.begins:
        lines.append(family.line("begin", [names[root] for root in graph.roots()]))
    bound = "begin" if family.backwards else "end"
    for identity in dict.fromkeys([*flow(graph.edges), *names]):
        others = [names[other] for other in linked.get(identity, ())]
        lines.append(family.line(names[identity], others or [bound]))
    return lines


def _linked(edges: Sequence[Edge], backwards: bool) -> dict[str, list[str]]:
    """Return the steps after each step, or before it, in the order of edges that are grouped by source."""
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.source, []).append(edge.target)
    if not backwards:
        return after
    before: dict[str, list[str]] = {}
    for source, targets in after.items():
        for target in targets:
            before.setdefault(target, []).append(source)
    return before


def _names(graph: Graph) -> dict[str, str]:
    return {named.vertex.id: named.name for named in named_by_text(graph.nodes)}


def _reader(family: ClassFormat) -> Callable[[Block, StepCollector], None]:
    def read(block: Block, steps: StepCollector) -> None:
        for function, statement in statements(block.tree):
            if link := _link(statement, family):
                steps.reached = True
                _read_link(*link, family, steps)
            elif (pair := assigned(statement)) is None:
                steps.reached |= function != "" and isinstance(statement, ast.Pass)
                steps.lost += not idle(statement)
            else:
                _read_node(function, name_of(pair[0]), pair[1], steps)

    return read


def _link(statement: ast.stmt, family: ClassFormat) -> tuple[ast.expr, ast.expr] | None:
    """Return the step and the list of others of a line that links them; None for any other line."""
    asserted = statement.test if family.asserts and isinstance(statement, ast.Assert) else None
    match asserted or assigned(statement):
        case ast.Call(func=ast.Attribute(value=step, attr=family.relation), args=[others]):
            return step, others
        case (ast.Attribute(value=step, attr=family.relation), others):
            return step, others
    return None


def _read_link(step: ast.expr, others: ast.expr, family: ClassFormat, steps: StepCollector) -> None:
    name, ends = name_of(step) or "", [name_of(end) for end in elements(others)]
    if family.backwards:
        for end in ends:
            if end != "begin":
                steps.link(end or "", [name])
    elif name != "begin":
        steps.link(name, [end for end in ends if end != "end"])


def _read_node(function: str, name: str | None, value: ast.expr, steps: StepCollector) -> None:
    if (call := called(value)) and name and name not in ("begin", "end"):
        read_step(name, call[2], f"step{len(steps.named)}", spoken(name), steps)
    elif name not in ("begin", "end"):
        steps.lost += bool(function) or not read_goal(name, value, steps)


def _method_nodes(graph: Graph, task: ScriptTask) -> str:
    """Write the given steps; the steps of a script are known by their methods."""
    if task == "script":
        return ""
    lines = (f"    {each.name} = Step({', '.join(each.extra)})\n" for each in named_by_text(graph.nodes))
    return f"{''.join(lines)}\n"


def _method_edges(graph: Graph, task: ScriptTask) -> str:
    """Write a method per step that calls its successors.

    Methods are in the order of a script's steps, which they number, or in topological order of given steps.
    """
    named = {each.vertex.id: each for each in named_by_text(graph.nodes)}
    order = list(named) if task == "script" else dict.fromkeys([*flow(graph.edges), *named])
    lines = ["def begin():", *(f"    {named[root].name}()" for root in graph.roots())]
    if not graph.roots():
        lines.append("    pass")
    for source in order:
        lines += ["", *_method(named, source, graph.edges, task)]
    return "".join(f"    {line}\n" if line else "\n" for line in lines)


def _method(named: dict[str, Named], source: str, edges: Sequence[Edge], task: ScriptTask) -> list[str]:
    extra = ", ".join(named[source].extra) if task == "script" else ""
    body = [f"    {named[edge.target].name}()" for edge in edges if edge.source == source]
    return [f"def {named[source].name}({extra}):", *(body or ["    end()"])]


def _read_method(block: Block, steps: StepCollector) -> None:
    functions = [inner for inner in block.tree.body if isinstance(inner, ast.FunctionDef)]
    for statement in block.tree.body:
        if not isinstance(statement, ast.FunctionDef) and not idle(statement):
            pair = assigned(statement)
            if pair is None:
                steps.lost += 1
            else:
                _read_given(name_of(pair[0]), pair[1], steps)
    given = bool(steps.named)
    for function in functions:
        steps.reached = True
        if function.name == "begin":
            continue
        if not given and function.name != "end":
            _read_signature(function, steps)
        _read_calls(function, steps)


def _read_given(name: str | None, value: ast.expr, steps: StepCollector) -> None:
    call = called(value)
    if name and call and call[0] == "Step":
        read_step(name, call[2], f"step{len(steps.named)}", spoken(name), steps)
    else:
        steps.lost += not read_goal(name, value, steps)


def _read_signature(function: ast.FunctionDef, steps: StepCollector) -> None:
    names = [argument.arg for argument in function.args.args]
    defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
    identity, text = text_of(defaults.get("id")), text_of(defaults.get("text"))
    steps.add(
        function.name,
        f"step{len(steps.named)}" if identity is None else identity,
        spoken(function.name) if text is None else text,
    )


def _read_calls(function: ast.FunctionDef, steps: StepCollector) -> None:
    for statement in function.body:
        call = called(statement.value) if isinstance(statement, ast.Expr) else None
        if call is None:
            steps.lost += not idle(statement)
        elif call[0] != "end":
            steps.link(function.name, [call[0]])
