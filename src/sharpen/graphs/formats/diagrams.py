"""Scripts as diagrams that other tools draw: ``dot`` (Graphviz) and ``mermaid``.

CoCoGen draws its graphs as DOT (arXiv 2210.07128, Figure 1c). ::

    digraph G {
      goal="bake a cake";
      steps=2;
      step0 [label="mix the dough"];
      step1 [label="bake a cake"];
      step0 -> step1;
    }

    flowchart TD
        %% goal: bake a cake
        %% steps: 2
        step0["mix the dough"]
        step1["bake a cake"]
        step0 --> step1
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from sharpen.graphs.formats.base import Decoded, Format, UnreadableError
from sharpen.graphs.formats.steps import ScriptTask, StepCollector, formats
from sharpen.graphs.formats.words import ID, json_quoted, json_unquoted, named_by_id, one_line
from sharpen.graphs.graph import Graph

_DOT_WORDS = frozenset(("digraph", "edge", "goal", "graph", "node", "steps", "strict", "subgraph"))
_DOT_STATEMENT = re.compile(r'(?:"(?:\\.|[^"\\\n])*"|[^;\n])+')
_DOT_GOAL = re.compile(rf"goal\s*=\s*({ID})")
_DOT_NODE = re.compile(rf"({ID})\s*\[\s*label\s*=\s*({ID})\s*\]")
_DOT_EDGE = re.compile(rf"((?:{ID})(?:\s*->\s*(?:{ID}))+)(?:\s*\[[^\]]*\])?")
_MERMAID_NODE = re.compile(r'(\w+)(?:\["([^"]*)"\]|\[([^\]"]*)\])?')
_MERMAID_ESCAPED = re.compile(r"#(quot|\d{1,7});")
_NO_EDGES = "%% no edges"


def every() -> Iterator[Format]:
    """Yield the formats of this module."""
    yield from formats("dot", "dot", (_dot_head, _dot_nodes, _dot_edges), _read_dot)
    yield from formats("mermaid", "mermaid", (_mermaid_head, _mermaid_nodes, _mermaid_edges), _read_mermaid)


def _dot_id(identity: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", identity) and identity.lower() not in _DOT_WORDS
    return identity if plain else json_quoted(identity)


def _dot_head(graph: Graph, _: ScriptTask) -> str:
    return f"digraph G {{\n  goal={json_quoted(graph.given['goal'])};\n  steps={len(graph.nodes)};\n"


def _dot_nodes(graph: Graph, _: ScriptTask) -> str:
    return "".join(f"  {_dot_id(node.id)} [label={json_quoted(node.text)}];\n" for node in graph.nodes)


def _dot_edges(graph: Graph, _: ScriptTask) -> str:
    lines = (f"  {_dot_id(edge.source)} -> {_dot_id(edge.target)};\n" for edge in graph.edges)
    return f"{''.join(lines)}}}\n"


def _read_dot(text: str, task: ScriptTask) -> Decoded:
    head = re.search(r"\bdigraph\b[^\n{]*\{", text)
    if head is None:
        raise UnreadableError("There is no `digraph ... {` in it.")
    body = re.split(r"\n[ \t]*\}|\n```|\n# ?END", text[head.end() :], maxsplit=1)
    steps = StepCollector(reached=len(body) > 1)
    for statement in filter(
        None, (statement_text.strip() for statement_text in _DOT_STATEMENT.findall(body[0]))
    ):
        _read_dot_statement(statement, steps)
    return steps.decoded(task, 0, [])


def _read_dot_statement(statement: str, steps: StepCollector) -> None:
    if goal := _DOT_GOAL.fullmatch(statement):
        steps.goal = json_unquoted(goal.group(1)) if steps.goal is None else steps.goal
    elif node := _DOT_NODE.fullmatch(statement):
        identity = json_unquoted(node.group(1))
        steps.add(identity, identity, json_unquoted(node.group(2)))
    elif chain := _DOT_EDGE.fullmatch(statement):
        steps.links += pairwise(json_unquoted(identity) for identity in re.findall(ID, chain.group(1)))
        steps.reached = True
    elif not re.fullmatch(r"steps\s*=\s*\d+|//.*", statement):
        steps.lost += 1


def _mermaid_head(graph: Graph, _: ScriptTask) -> str:
    return f"flowchart TD\n    %% goal: {one_line(graph.given['goal'])}\n    %% steps: {len(graph.nodes)}\n"


def _mermaid_nodes(graph: Graph, _: ScriptTask) -> str:
    lines: list[str] = []
    for named in named_by_id(graph.nodes):
        lines.append(f'{named.name}["{_escaped(named.vertex.text)}"]')
        if named.extra:
            lines.append(f"%% id of {named.name}: {json_quoted(named.vertex.id)}")
    return "".join(f"    {line}\n" for line in lines)


def _mermaid_edges(graph: Graph, _: ScriptTask) -> str:
    names = {named.vertex.id: named.name for named in named_by_id(graph.nodes)}
    lines = [f"{names[edge.source]} --> {names[edge.target]}" for edge in graph.edges] or [_NO_EDGES]
    return "".join(f"    {line}\n" for line in lines)


def _escaped(text: str) -> str:
    """Return ``text`` with Mermaid's codes for what would end it or could not be seen."""
    return "".join(
        "#quot;" if sign == '"' else f"#{ord(sign)};" if sign in "#<>&" or not sign.isprintable() else sign
        for sign in text
    )


def _unescaped(text: str) -> str:
    def sign(match: re.Match[str]) -> str:
        code = match.group(1)
        if code == "quot":
            return '"'
        return chr(int(code)) if int(code) <= 0x10FFFF else match.group()

    return _MERMAID_ESCAPED.sub(sign, text)


def _read_mermaid(text: str, task: ScriptTask) -> Decoded:
    head = re.search(r"^[ \t]*(?:flowchart|graph)\b[^\n]*\n", text, re.MULTILINE)
    if head is None:
        raise UnreadableError("There is no line `flowchart TD` in it.")
    steps, ids = StepCollector(), dict[str, str]()
    body = re.split(
        r"\n[ \t]*(?:\n|$)|^```|^# ?END|^flowchart", text[head.end() :], maxsplit=1, flags=re.MULTILINE
    )[0]
    lines = [line.strip() for line in body.split("\n") if line.strip()]
    for line in lines:
        if known := re.fullmatch(r"%% id of (\w+): (.*)", line):
            ids[known.group(1)] = json_unquoted(known.group(2))
    for line in lines:
        _read_mermaid_line(line, ids, steps)
    return steps.decoded(task, 0, [])


def _read_mermaid_line(line: str, ids: dict[str, str], steps: StepCollector) -> None:
    if line.startswith("%%"):
        if line.startswith("%% goal: ") and steps.goal is None:
            steps.goal = json_unquoted(line.removeprefix("%% goal: "))
        steps.reached |= line == _NO_EDGES
        return
    parts = [
        _MERMAID_NODE.fullmatch(part.strip())
        for part in re.split(r"-->(?:\|[^|]*\|)?", line.removesuffix(";"))
    ]
    ends = [part.group(1) if part else "" for part in parts]
    steps.lost += len([part for part in parts if part is None]) * (len(parts) == 1)
    for part in parts:
        label = (part.group(2) if part.group(2) is not None else part.group(3)) if part else None
        if part and label is not None:
            steps.add(part.group(1), ids.get(part.group(1), part.group(1)), _unescaped(label))
    steps.reached |= len(parts) > 1
    steps.links += pairwise(ends)
