"""Scripts as classes whose names are the ids of steps: ``literal``, ``networkx``, ``object``, ``hashmap``.

As CoCoGen writes them (arXiv 2210.07128, Figure 1 and appendix; code in src/converters/proscript). Ours
differ where a graph would get lost: an id that is not an identifier is kept as ``id="..."``, and edges keep
their order. ``literal`` of a script::

    class BakeACake:

        title = "bake a cake"
        steps = 2

        def step0(self):
            return "mix the dough"

        def step1(self):
            return "bake a cake"

        def get_relations(self):
            return [
                "step0 -> step1",
            ]
"""

import ast
from collections.abc import Iterator

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
    StepCollector,
    header,
    plan,
    python_formats,
    read_goal,
    read_step,
    runs,
)
from sharpen.graphs.formats.words import Named, camel, named_by_id, quoted
from sharpen.graphs.graph import Graph


def every() -> Iterator[Format]:
    """Yield the formats of this module."""
    yield from python_formats("literal", (_titled, _literal_nodes, _literal_edges), _read_literal)
    yield from python_formats("networkx", (plan, _networkx_nodes, _networkx_edges), _read_networkx)
    yield from python_formats("object", (_titled, _object_nodes, _object_edges), _read_object)
    yield from python_formats("hashmap", (_titled, _hashmap_nodes, _hashmap_edges), _read_hashmap)


def _titled(graph: Graph, _: ScriptTask) -> str:
    goal = graph.given["goal"]
    return header(camel(goal, "Script"), quoted(goal), "title", len(graph.nodes), "steps")


def _names(graph: Graph) -> dict[str, str]:
    return {named.vertex.id: named.name for named in named_by_id(graph.nodes)}


def _value(named: Named, call: str = "") -> str:
    """Return the source of a step's text, in a call when there is one or when the id needs it."""
    text = quoted(named.vertex.text)
    if named.extra:
        return f"{call or 'dict'}({', '.join((f'text={text}', *named.extra))})"
    return f"{call}({text})" if call else text


def _literal_nodes(graph: Graph, _: ScriptTask) -> str:
    return "".join(
        f"    def {named.name}({', '.join(('self', *named.extra))}):\n"
        f"        return {quoted(named.vertex.text)}\n\n"
        for named in named_by_id(graph.nodes)
    )


def _literal_edges(graph: Graph, _: ScriptTask) -> str:
    names = _names(graph)
    lines = (f'            "{names[edge.source]} -> {names[edge.target]}",\n' for edge in graph.edges)
    return f"    def get_relations(self):\n        return [\n{''.join(lines)}        ]\n"


def _read_literal(block: Block, steps: StepCollector) -> None:
    for statement in block.tree.body:
        if isinstance(statement, ast.FunctionDef):
            returned = [inner.value for inner in statement.body if isinstance(inner, ast.Return)]
            if statement.name == "get_relations" and returned and returned[0] is not None:
                _read_relations(returned[0], steps)
            else:
                _read_method(statement, text_of(returned[0]) if returned and returned[0] else None, steps)
        elif not idle(statement):
            pair = assigned(statement)
            steps.lost += not (pair and read_goal(name_of(pair[0]), pair[1], steps))


def _read_relations(relations: ast.expr, steps: StepCollector) -> None:
    steps.reached = True
    for relation in elements(relations):
        steps.chain(text_of(relation) or "")


def _read_method(function: ast.FunctionDef, text: str | None, steps: StepCollector) -> None:
    names = [argument.arg for argument in function.args.args]
    defaults = dict(zip(reversed(names), reversed(function.args.defaults), strict=False))
    identity = text_of(defaults.get("id"))
    if text is None:
        steps.lost += 1
    else:
        steps.add(function.name, function.name if identity is None else identity, text)


def _networkx_nodes(graph: Graph, _: ScriptTask) -> str:
    named = named_by_id(graph.nodes)
    lines = "".join(f"        {each.name} = {_value(each)}\n" for each in named)
    listed = ", ".join(each.name for each in named)
    return (
        "    def __init__(self):\n        graph = nx.DiGraph()\n        # add nodes\n"
        f"{lines}        graph.add_nodes_from([{listed}])\n\n"
    )


def _networkx_edges(graph: Graph, _: ScriptTask) -> str:
    names = _names(graph)
    lines = [f"graph.add_edge({names[edge.source]}, {names[edge.target]})" for edge in graph.edges]
    return "".join(f"        {line}\n" for line in ["# add edges", *(lines or ["pass"])])


def _read_networkx(block: Block, steps: StepCollector) -> None:
    for function, statement in statements(block.tree):
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="add_nodes_from"))):
                continue
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="add_edge"), args=[source, target])):
                steps.reached = True
                steps.link(name_of(source) or "", [name_of(target)])
            case ast.Pass():
                steps.reached |= function != ""
            case _:
                _read_assignment(function, statement, steps)


def _read_assignment(function: str, statement: ast.stmt, steps: StepCollector) -> None:
    """Read a goal or a step, which is a text or a call with one."""
    pair = assigned(statement)
    name = name_of(pair[0]) if pair else None
    if pair is None or name is None:
        steps.lost += not idle(statement)
    elif not function:
        steps.lost += not read_goal(name, pair[1], steps)
    elif (call := called(pair[1])) and call[0] in ("dict", "Step"):
        read_step(name, call[2], name, None, steps)
    elif (text := text_of(pair[1])) is not None:
        steps.add(name, name, text)
    elif name != "graph":
        steps.lost += 1


def _object_nodes(graph: Graph, _: ScriptTask) -> str:
    lines = (f"        self.{named.name} = {_value(named, 'Step')}\n" for named in named_by_id(graph.nodes))
    body = "".join(lines) or "        pass\n"
    return f"    def init_steps(self):\n        # make {len(graph.nodes)} steps\n{body}\n"


def _object_edges(graph: Graph, _: ScriptTask) -> str:
    names = _names(graph)
    lines = (
        f"        self.{names[source]}.add_next_steps([{_selves(names, targets)}])\n"
        for source, targets in runs(graph.edges)
    )
    return f"    def init_edges(self):\n{''.join(lines) or '        pass' + chr(10)}"


def _selves(names: dict[str, str], ids: list[str]) -> str:
    return ", ".join(f"self.{names[identity]}" for identity in ids)


def _read_object(block: Block, steps: StepCollector) -> None:
    for function, statement in statements(block.tree):
        steps.reached |= function == "init_edges"
        match statement:
            case ast.Expr(
                value=ast.Call(func=ast.Attribute(value=source, attr="add_next_steps"), args=[ends])
            ):
                steps.link(name_of(source) or "", map(name_of, elements(ends)))
            case _:
                _read_assignment(function, statement, steps)


def _hashmap_nodes(graph: Graph, _: ScriptTask) -> str:
    lines = (f"        self.{named.name} = {_value(named)}\n" for named in named_by_id(graph.nodes))
    return f"    def init_steps(self):\n{''.join(lines) or '        pass' + chr(10)}\n"


def _hashmap_edges(graph: Graph, _: ScriptTask) -> str:
    """Write a map of each source to its targets; a source that comes again is extended after it."""
    names = _names(graph)
    first: dict[str, list[str]] = {}
    groups = runs(graph.edges)
    while groups and groups[0][0] not in first:
        source, targets = groups.pop(0)
        first[source] = targets
    lines = [f"            self.{names[a]}: [{_selves(names, b)}],\n" for a, b in first.items()]
    more: list[str] = []
    for source, targets in groups:
        sign = "+=" if source in first else "="
        first.setdefault(source, targets)
        more.append(f"        self.edges[self.{names[source]}] {sign} [{_selves(names, targets)}]\n")
    return f"    def init_edges(self):\n        self.edges = {{\n{''.join(lines)}        }}\n{''.join(more)}"


def _read_hashmap(block: Block, steps: StepCollector) -> None:
    for function, statement in statements(block.tree):
        steps.reached |= function == "init_edges"
        match assigned(statement):
            case (target, ast.Dict(keys=keys, values=values)) if name_of(target) == "edges":
                for key, value in zip(keys, values, strict=True):
                    steps.link(name_of(key) or "" if key else "", map(name_of, elements(value)))
            case (ast.Subscript(slice=key), value):
                steps.link(name_of(key) or "", map(name_of, elements(value)))
            case _:
                _read_assignment(function, statement, steps)
