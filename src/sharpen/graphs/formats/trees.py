"""Scripts as classes whose names are the words of steps: ``tree`` and ``method``.

As CoCoGen writes them (arXiv 2210.07128, Figure 1; code in src/converters/proscript). Ours differ where a
graph would get lost: articles stay, a text that is more than the words of its name is kept as
``text="..."``, an id that is not the position as ``id="..."``, and edges keep their order. ``tree`` of a
script::

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
from sharpen.graphs.formats.words import Named, named_by_text, quoted, spoken
from sharpen.graphs.graph import Edge, Graph


def every() -> Iterator[Format]:
    """Yield the formats of this module."""
    yield from python_formats("tree", (_tree_head, _tree_nodes, _tree_edges), _read_tree)
    yield from python_formats("method", (plan, _method_nodes, _method_edges), _read_method)


def _tree_head(graph: Graph, task: ScriptTask) -> str:
    count = len(graph.nodes) if task == "script" else None
    head = header("Tree", quoted(graph.given["goal"]), "goal", count, "steps")
    return f"{head}    def __init__(self):\n        # nodes\n"


def _names(graph: Graph) -> dict[str, str]:
    return {named.vertex.id: named.name for named in named_by_text(graph.nodes)}


def _tree_nodes(graph: Graph, _: ScriptTask) -> str:
    lines = (f"        {each.name} = Node({', '.join(each.extra)})\n" for each in named_by_text(graph.nodes))
    return f"{''.join(lines)}\n"


def _tree_edges(graph: Graph, task: ScriptTask) -> str:
    """Write a line per run of edges with one source, then one per sink; a script begins with its roots."""
    names = _names(graph)
    lines = ["# edges using commonsense"]
    if task == "script":
        lines.append(f"begin.children = [{', '.join(names[root] for root in graph.roots())}]")
    seen: set[str] = set()
    for source, targets in runs(graph.edges):
        listed = ", ".join(names[target] for target in targets)
        lines.append(f"{names[source]}.children {'+=' if source in seen else '='} [{listed}]")
        seen.add(source)
    lines += [f"{names[sink]}.children = [end]" for sink in graph.sinks()]
    return "".join(f"        {line}\n" for line in (lines if len(lines) > 1 else [*lines, "pass"]))


def _read_tree(block: Block, steps: StepCollector) -> None:
    for function, statement in statements(block.tree):
        pair = assigned(statement)
        match pair:
            case None:
                steps.reached |= function != "" and isinstance(statement, ast.Pass)
                steps.lost += not idle(statement)
            case (ast.Attribute(value=source, attr="children"), value):
                steps.reached = True
                ends = [name_of(end) for end in elements(value)]
                if name_of(source) != "begin":
                    steps.link(name_of(source) or "", [end for end in ends if end != "end"])
            case (target, value):
                _read_node(function, name_of(target), value, steps)


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

    Methods are in the order of a script's steps, or of given edges. Where that is not the order of the
    edges, each call has its place as an argument.
    """
    named = {each.vertex.id: each for each in named_by_text(graph.nodes)}
    sources = [] if task == "script" else [edge.source for edge in graph.edges]
    order = dict.fromkeys([*sources, *named])
    calls = [
        (place, edge) for source in order for place, edge in enumerate(graph.edges) if edge.source == source
    ]
    places = [place for place, _ in calls]
    numbered = places != sorted(places)
    lines = ["def begin():", *(f"    {named[root].name}()" for root in graph.roots())]
    if not graph.roots():
        lines.append("    pass")
    for source in order:
        lines += ["", *_method(named, source, calls, task, numbered)]
    return "".join(f"    {line}\n" if line else "\n" for line in lines)


def _method(
    named: dict[str, Named], source: str, calls: list[tuple[int, Edge]], task: ScriptTask, numbered: bool
) -> list[str]:
    extra = ", ".join(named[source].extra) if task == "script" else ""
    body = [
        f"    {named[edge.target].name}({f'at={place}' if numbered else ''})"
        for place, edge in calls
        if edge.source == source
    ]
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
    placed: list[tuple[int, str, str]] = []
    for function in functions:
        if function.name == "begin":
            steps.reached = True
            continue
        if not given and function.name != "end":
            _read_signature(function, steps)
        steps.reached = True
        placed += _read_calls(function, steps)
    steps.links += [(source, target) for _, source, target in sorted(placed, key=lambda call: call[0])]


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


def _read_calls(function: ast.FunctionDef, steps: StepCollector) -> Iterator[tuple[int, str, str]]:
    """Yield place, source and target of each call; a call without a place comes after all before it."""
    for statement in function.body:
        call = called(statement.value) if isinstance(statement, ast.Expr) else None
        if call is None:
            steps.lost += not idle(statement)
        elif call[0] != "end":
            places = [key.value for key in call[2].keywords if key.arg == "at"]
            place = places[0].value if places and isinstance(places[0], ast.Constant) else 0
            yield (place if isinstance(place, int) else 0), function.name, call[0]
