"""Explanation graphs (ExplaGraphs) as classes: ``literal``, ``tree``, ``relation``, and as ``json``.

As CoCoGen writes them (arXiv 2210.07128, section 3; code in src/converters/explagraphs). ``tree``::

    class Tree:
        def __init__(self):
            self.belief = "Marijuana should not be legal."
            self.argument = "It is dangerous."
            self.stance = "support"

            # tree for support in support of belief
            root_nodes = ["marijuana"]
            marijuana = Node()
            marijuana.add_edge("has property", "dangerous")

Concepts are in the order in which edges mention them. Where a graph lists them in another, or a concept has
no edge, all are listed before the edges.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator

from sharpen.graphs.formats.base import Decoded, Format, check, decoder
from sharpen.graphs.formats.brackets import ConceptCollector, bracketed, listed_first, read_brackets
from sharpen.graphs.formats.json_object import entries_of, listing, read_object
from sharpen.graphs.formats.source import (
    Block,
    assigned,
    called,
    idle,
    name_of,
    read_block,
    statements,
    text_of,
)
from sharpen.graphs.formats.words import distinct, json_quoted, quoted, snake, spoken
from sharpen.graphs.graph import Graph

_INDENT = " " * 8


def every() -> Iterator[Format]:
    """Yield the formats of this module."""
    yield _class_format("literal", _literal_prompt, _literal, _read_literal)
    yield _class_format("tree", _tree_prompt, _tree, _read_tree)
    yield _class_format("relation", _relation_prompt, _relation, _read_relation)
    yield Format("json", "explanation", "json", _json, _json_prompt, decoder(_read_json))


def _class_format(
    name: str,
    prompt: Callable[[Graph], str],
    answer: Callable[[Graph], list[str]],
    visit: Callable[[list[ast.stmt], ConceptCollector], None],
) -> Format:
    def encode(graph: Graph) -> str:
        check(graph, "explanation")
        return prompt(graph) + "".join(f"{_INDENT}{line}\n" for line in answer(graph))

    def checked(graph: Graph) -> str:
        check(graph, "explanation")
        return prompt(graph)

    def read(text: str) -> Decoded:
        block, concepts = read_block(text, "class", close_strings=name == "literal"), ConceptCollector()
        visit(_answers(block, concepts), concepts)
        return concepts.decoded(block.dropped, block.reasons)

    return Format(name, "explanation", "python", encode, checked, decoder(read))


def _answers(block: Block, concepts: ConceptCollector) -> list[ast.stmt]:
    """Store what the task gives; return the statements of the answer."""
    rest: list[ast.stmt] = []
    for _, statement in statements(block.tree):
        pair = assigned(statement)
        literal = text_of(pair[1]) if pair else None
        if pair is None or literal is None or not concepts.set_given(name_of(pair[0]), literal):
            rest += [statement] * (not idle(statement))
    return rest


def _about(graph: Graph, prefix: str) -> str:
    return "".join(f"{_INDENT}{prefix}{name} = {quoted(text)}\n" for name, text in graph.about)


def _shown(text: str) -> str:
    """Return a stance for a comment."""
    return text if text.isprintable() else "it"


def _strings(texts: tuple[str, ...]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def _literal_prompt(graph: Graph) -> str:
    return f"class ExplaGraph:\n    def __init__(self):\n{_about(graph, 'self.')}"


def _literal(graph: Graph) -> list[str]:
    return [f"self.graph = {quoted(bracketed(graph))}"]


def _read_literal(answer: list[ast.stmt], concepts: ConceptCollector) -> None:
    for statement in answer:
        pair = assigned(statement)
        literal = text_of(pair[1]) if pair else None
        if pair and name_of(pair[0]) == "graph" and literal is not None and not concepts.reached:
            read_brackets(literal, concepts)
        else:
            concepts.lost += 1


def _tree_prompt(graph: Graph) -> str:
    stance = _shown(graph.given["stance"])
    head = f"class Tree:\n    def __init__(self):\n{_about(graph, 'self.')}\n"
    return f"{head}{_INDENT}# tree for {stance} in support of belief\n"


def _tree(graph: Graph) -> list[str]:
    """Write each concept that an edge starts from just before its first edge."""
    wanted = [snake(node.id, "concept") for node in graph.nodes]
    shared = Counter(wanted)
    names = dict(zip((node.id for node in graph.nodes), distinct(wanted), strict=True))
    plain = {
        node.id
        for node, name in zip(graph.nodes, wanted, strict=True)
        if spoken(names[node.id]) == node.id and shared[name] == 1
    }
    lines, defined = [f"root_nodes = {_strings(graph.roots())}"], set[str]()
    for concept in listed_first(graph):
        lines.append(_node(names, plain, concept))
        defined.add(concept)
    for edge in graph.edges:
        if edge.source not in defined:
            lines.append(_node(names, plain, edge.source))
            defined.add(edge.source)
        lines.append(f"{names[edge.source]}.add_edge({quoted(edge.label)}, {quoted(edge.target)})")
    return lines


def _node(names: dict[str, str], plain: set[str], concept: str) -> str:
    return f"{names[concept]} = Node({'' if concept in plain else quoted(concept)})"


def _read_tree(answer: list[ast.stmt], concepts: ConceptCollector) -> None:
    """Read nodes and edges; a node without a text is the concept that an edge names in the same words."""
    calls = [
        call for statement in answer if isinstance(statement, ast.Expr) and (call := called(statement.value))
    ]
    targets = [text_of(call.args[1]) for _, _, call in calls if len(call.args) == 2]
    same = {snake(target, "concept"): target for target in targets if target is not None}
    names: dict[str, str] = {}
    for statement in answer:
        match statement:
            case ast.Assign(targets=[ast.Name(id="root_nodes" | "begin")]):
                concepts.reached = True
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=args)):
                literal = text_of(args[0]) if args else None
                names[name] = same.get(name, spoken(name)) if literal is None else literal
                concepts.mention(names[name])
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="add_edge"), args=[label, end]
                )
            ):
                concepts.add(names.get(name, same.get(name, spoken(name))), text_of(label), text_of(end))
            case _:
                concepts.lost += 1


def _relation_prompt(graph: Graph) -> str:
    stance = _shown(graph.given["stance"])
    head = f"class ExplanationDAG:\n\n    def __init__(self):\n{_about(graph, '')}\n"
    return f"{head}{_INDENT}# create a DAG to {stance} belief using argument\n"


def _relation(graph: Graph) -> list[str]:
    edges = (f"add_edge({', '.join(map(quoted, (e.source, e.label, e.target)))})" for e in graph.edges)
    nodes = (f"add_node({quoted(concept)})" for concept in listed_first(graph))
    return [f"begin = {_strings(graph.roots())}", *nodes, *edges]


def _read_relation(answer: list[ast.stmt], concepts: ConceptCollector) -> None:
    for statement in answer:
        pair = assigned(statement)
        call = called(statement.value) if isinstance(statement, ast.Expr) else None
        texts = [text_of(argument) for argument in call[2].args] if call else []
        match (call[0] if call else None), texts:
            case "add_edge", [str(source), label, target]:
                concepts.add(source, label, target)
            case "add_node", [str(concept)]:
                concepts.mention(concept)
            case _ if pair and name_of(pair[0]) == "begin":
                concepts.reached = True
            case _:
                concepts.lost += 1


def _json_prompt(graph: Graph) -> str:
    check(graph, "explanation")
    return "{\n" + "".join(f'  "{name}": {json_quoted(text)},\n' for name, text in graph.about)


def _json(graph: Graph) -> str:
    concepts = [json_quoted(concept) for concept in listed_first(graph)]
    edges = (f"[{', '.join(map(json_quoted, (e.source, e.label, e.target)))}]" for e in graph.edges)
    nodes = listing("concepts", concepts, ",\n") if concepts else ""
    return _json_prompt(graph) + nodes + listing("edges", edges, "\n}\n")


def _read_json(text: str) -> Decoded:
    fields, dropped, reasons = read_object(text)
    concepts = ConceptCollector(reached=isinstance(fields.get("edges"), list))
    for name, literal in fields.items():
        if isinstance(literal, str):
            concepts.set_given(name, literal)
    for concept in entries_of(fields, "concepts"):
        if isinstance(concept, str):
            concepts.mention(concept)
        else:
            concepts.lost += 1
    for edge in entries_of(fields, "edges"):
        match edge:
            case [str(source), str(label), str(target)]:
                concepts.add(source, label, target)
            case _:
                concepts.lost += 1
    return concepts.decoded(dropped, reasons)
