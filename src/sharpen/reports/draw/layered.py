"""A directed graph as SVG: nodes in layers from top to bottom, every edge pointing down where it can.

Layers are longest paths from the roots; within a layer, nodes are placed near the middle of their neighbours
(a small form of Sugiyama's method). An edge that closes a cycle is drawn upwards.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import wrap

from markupsafe import Markup

from sharpen.graphs.graph import Edge, Graph
from sharpen.graphs.retrieval import normal

WIDTH, LINE, PAD, GAP_X, GAP_Y, SIDE = 148, 14, 7, 18, 34, 60
LETTERS, LINES = 22, 3
SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """The place of a node: its layer, and its centre and height in pixels."""

    layer: int
    x: float
    y: float
    height: float


def draw(graph: Graph, other: Graph | None, label: str) -> Markup:
    """Return ``graph`` as SVG, with the nodes and edges that ``other`` lacks marked.

    Nodes are matched by their texts, because a model numbers steps in its own way.

    Args:
        graph: what to draw.
        other: the graph to compare with; None marks nothing.
        label: the drawing's description for screen readers.
    """
    texts = {node.id: _lines(node.text or node.id) for node in graph.nodes}
    for edge in graph.edges:
        texts.setdefault(edge.source, _lines(edge.source))
        texts.setdefault(edge.target, _lines(edge.target))
    layers = _ordered(_layers(list(texts), graph.edges), graph.edges)
    boxes = _boxes(layers, texts)
    keys, known = _keys(graph), set(_keys(other or graph).values())
    shared = _links(other or graph)
    width = max((box.x for box in boxes.values()), default=0) + WIDTH / 2 + SIDE
    height = max((box.y + box.height / 2 for box in boxes.values()), default=0) + PAD
    arrows = [_arrow(edge, boxes, _link(edge, keys) in shared) for edge in graph.edges]
    nodes = [_node(boxes[identity], lines, keys[identity] in known) for identity, lines in texts.items()]
    return Markup(
        '<svg class="graph" viewBox="0 0 {w:.0f} {h:.0f}" style="max-width:{w:.0f}px" role="img" '
        'aria-label="{label}">{body}</svg>'
    ).format(w=width, h=height, label=label, body=Markup("").join(arrows + nodes))


NodeKey = tuple[str, int]
"""A node's text without case and outer marks, and how many nodes before it have the same."""


def _keys(graph: Graph) -> dict[str, NodeKey]:
    """Return by what each node is matched with another graph's; an id that only edges name is its text."""
    texts = {node.id: node.text or node.id for node in graph.nodes}
    for edge in graph.edges:
        texts.setdefault(edge.source, edge.source)
        texts.setdefault(edge.target, edge.target)
    counted = Counter[str]()
    keys = {}
    for identity, text in texts.items():
        plain = normal(text)
        keys[identity] = (plain, counted[plain])
        counted[plain] += 1
    return keys


def _link(edge: Edge, keys: Mapping[str, NodeKey]) -> tuple[NodeKey, NodeKey, str]:
    return keys[edge.source], keys[edge.target], edge.label


def _links(graph: Graph) -> set[tuple[NodeKey, NodeKey, str]]:
    keys = _keys(graph)
    return {_link(edge, keys) for edge in graph.edges}


def _layers(ids: Sequence[str], edges: Sequence[Edge]) -> list[list[str]]:
    """Return the ids layer by layer, by the longest path to them along edges that close no cycle."""
    acyclic: list[Edge] = []
    for edge in edges:
        if not _reaches(acyclic, edge.target, edge.source):
            acyclic.append(edge)
    depth = dict.fromkeys(ids, 0)
    for _ in ids:
        for edge in acyclic:
            depth[edge.target] = max(depth[edge.target], depth[edge.source] + 1)
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for identity in ids:
        layers[depth[identity]].append(identity)
    return layers


def _reaches(edges: Sequence[Edge], start: str, end: str) -> bool:
    seen, frontier = set(), {start}
    while frontier:
        seen |= frontier
        frontier = {edge.target for edge in edges if edge.source in frontier} - seen
    return end in seen


def _ordered(layers: list[list[str]], edges: Sequence[Edge]) -> list[list[str]]:
    """Move every node of a layer towards the middle of its neighbours in the layer before, then after."""
    beside: dict[str, set[str]] = {identity: set() for layer in layers for identity in layer}
    for edge in edges:
        beside[edge.source].add(edge.target)
        beside[edge.target].add(edge.source)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        pairs = list(pairwise(layers if down else layers[::-1]))
        for fixed, moved in pairs:
            place = {identity: position / max(1, len(fixed)) for position, identity in enumerate(fixed)}
            middle = {identity: _middle(identity, beside, place) for identity in moved}
            moved.sort(key=middle.__getitem__)
    return layers


def _middle(identity: str, beside: Mapping[str, set[str]], place: Mapping[str, float]) -> float:
    near = [place[other] for other in beside[identity] if other in place]
    return sum(near) / len(near) if near else 0.5


def _boxes(layers: Sequence[Sequence[str]], texts: Mapping[str, Sequence[str]]) -> dict[str, Box]:
    widest = max((len(layer) for layer in layers), default=0)
    across = widest * (WIDTH + GAP_X) - GAP_X
    boxes: dict[str, Box] = {}
    top = float(PAD)
    for number, layer in enumerate(layers):
        height = max(len(texts[identity]) for identity in layer) * LINE + 2 * PAD
        left = SIDE + (across - len(layer) * (WIDTH + GAP_X) + GAP_X) / 2 + WIDTH / 2
        for position, identity in enumerate(layer):
            own = len(texts[identity]) * LINE + 2 * PAD
            boxes[identity] = Box(number, left + position * (WIDTH + GAP_X), top + height / 2, own)
        top += height + GAP_Y
    return boxes


def _arrow(edge: Edge, boxes: Mapping[str, Box], shared: bool) -> Markup:
    start, end = boxes[edge.source], boxes[edge.target]
    down = end.y > start.y
    y1 = start.y + (start.height / 2 if down else -start.height / 2)
    y2 = end.y + (-end.height / 2 - 4 if down else end.height / 2 + 4)
    # An edge that skips layers bends around them: right when it goes down, left when it goes up.
    aside = 0.0 if end.layer == start.layer + 1 else (WIDTH if down else -WIDTH) * 0.85
    bend = (y2 - y1) / (3 if aside else 2)
    path = (
        f"M{start.x:.0f} {y1:.0f}C{start.x + aside:.0f} {y1 + bend:.0f} "
        f"{end.x + aside:.0f} {y2 - bend:.0f} {end.x:.0f} {y2:.0f}"
    )
    tip = 4 if down else -4
    head = f"M{end.x - 4:.0f} {y2 - tip:.0f}L{end.x:.0f} {y2 + tip:.0f}L{end.x + 4:.0f} {y2 - tip:.0f}Z"
    kind = "shared" if shared else "apart"
    words = Markup("")
    if edge.label:
        words = Markup('<text x="{x:.0f}" y="{y:.0f}">{label}</text>').format(
            x=(start.x + end.x) / 2, y=(y1 + y2) / 2 + 4, label=edge.label
        )
    return Markup('<g class="{kind}"><path d="{path}"/><path class="tip" d="{head}"/>{words}</g>').format(
        kind=kind, path=path, head=head, words=words
    )


def _node(box: Box, lines: Sequence[str], shared: bool) -> Markup:
    first = box.y - (len(lines) - 1) * LINE / 2 + 4
    rows = Markup("").join(
        Markup('<tspan x="{x:.0f}" y="{y:.0f}">{line}</tspan>').format(
            x=box.x, y=first + number * LINE, line=line
        )
        for number, line in enumerate(lines)
    )
    return Markup(
        '<rect class="{kind}" x="{x:.0f}" y="{y:.0f}" width="{w}" height="{h:.0f}" rx="4"/>'
        "<text>{rows}</text>"
    ).format(
        kind="shared" if shared else "apart",
        x=box.x - WIDTH / 2,
        y=box.y - box.height / 2,
        w=WIDTH,
        h=box.height,
        rows=rows,
    )


def _lines(text: str) -> list[str]:
    """Return a text on a few short lines, with an ellipsis for the rest."""
    return wrap(text, LETTERS, max_lines=LINES, placeholder=" …") or [""]
