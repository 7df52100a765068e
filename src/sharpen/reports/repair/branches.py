"""A problem's tree as a page shows it: programs, verdicts, feedback, and repairs as differences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sharpen.reports.draw.listing import MOST_CHARACTERS, Listing, difference, listing
from sharpen.reports.words import KINDS, plural
from sharpen.types import Node, Verdict

CELL, GAP = 9, 3
"""Size of a square of the strip, and the space between two, px."""


@dataclass(frozen=True, slots=True)
class Card:
    """One row of the tree, ready to be shown.

    Attributes:
        stage: program, feedback or repair.
        name: what it is called among its siblings.
        author: who wrote it.
        people: whether that is a person.
        passed: whether it passes the hidden tests; None for feedback.
        verdict: the hidden verdict in words.
        blind: whether it fails the hidden tests only.
        message: the verdict's message.
        tokens: completion tokens.
        truncated: whether the answer was cut by the token limit.
        prose: the explanation around the code, or the feedback.
        code: the program, or for a repair its difference from the program it mends.
        children: what hangs below.
    """

    stage: str
    name: str
    author: str
    people: bool
    passed: bool | None
    verdict: str
    blind: bool
    message: str
    tokens: int
    truncated: bool
    prose: str
    code: Listing | None
    children: tuple["Card", ...]


@dataclass(frozen=True, slots=True)
class Branches:
    """A problem's tree in one run.

    Attributes:
        cards: first programs, as many as were taken in.
        strip: every program and repair as a square.
        left_out: a sentence about what was left out; empty when nothing was.
    """

    cards: tuple[Card, ...]
    strip: Markup
    left_out: str


def branches(nodes: Sequence[Node], most: int) -> Branches:
    """Return a problem's tree.

    Args:
        nodes: its rows, parents before children.
        most: rows to take in: programs in order, each with what hangs below it.
    """
    children = _by_parent(nodes)
    order = [node.id for root in children.get(None, []) for node in _walk(root, children)]
    taken = set(order[:most])
    by_id = {node.id: node for node in nodes}
    cards = tuple(_card(root, children, by_id, taken) for root in children.get(None, []) if root.id in taken)
    return Branches(cards, _strip(children), _left_out(nodes, taken))


def _by_parent(nodes: Sequence[Node]) -> dict[str | None, list[Node]]:
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node)
    return children


def _walk(node: Node, children: Mapping[str | None, list[Node]]) -> list[Node]:
    below = [found for child in children.get(node.id, []) for found in _walk(child, children)]
    return [node, *below]


def _card(
    node: Node, children: Mapping[str | None, list[Node]], by_id: Mapping[str, Node], taken: set[str]
) -> Card:
    below = [child for child in children.get(node.id, []) if child.id in taken]
    verdict, shown = node.verdict, node.shown
    return Card(
        stage=node.stage,
        name=f"{node.stage.capitalize()} {node.index + 1}",
        author=node.author,
        people=node.stage == "feedback" and node.completion is None,
        passed=None if verdict is None else verdict.passed,
        verdict=KINDS[verdict.kind] if verdict else "",
        blind=bool(shown and shown.passed and verdict and not verdict.passed),
        message=_message(verdict),
        tokens=node.tokens,
        truncated=bool(node.completion and node.completion.finish_reason == "length"),
        prose=_prose(node),
        code=_code(node, by_id),
        children=tuple(_card(child, children, by_id, taken) for child in below),
    )


def _message(verdict: Verdict | None) -> str:
    return verdict.message[:MOST_CHARACTERS].strip() if verdict and not verdict.passed else ""


def _prose(node: Node) -> str:
    """Return what an answer says before its code; a program's own text is its code."""
    if node.stage == "feedback":
        return node.text[:MOST_CHARACTERS].strip()
    if node.stage == "repair" and "```" in node.text:
        return node.text.split("```", 1)[0][:MOST_CHARACTERS].strip()
    return ""


def _code(node: Node, by_id: Mapping[str, Node]) -> Listing | None:
    if node.program is None:
        return None
    mended = _mended(node, by_id)
    if mended is None or mended.program is None or not node.program.code:
        return listing(node.program.code or node.text)
    return difference(mended.program.code, node.program.code)


def _mended(node: Node, by_id: Mapping[str, Node]) -> Node | None:
    """Return the program that a repair mends."""
    parent = by_id.get(node.parent or "")
    if parent and parent.stage == "feedback":
        parent = by_id.get(parent.parent or "")
    return parent


def _left_out(nodes: Sequence[Node], taken: set[str]) -> str:
    programs = [node for node in nodes if node.stage == "program"]
    others = [node for node in nodes if node.stage != "program"]
    if len(taken) >= len(nodes):
        return ""
    shown = [sum(node.id in taken for node in group) for group in (programs, others)]
    return (
        f"Of this tree {shown[0]:,} of {plural(len(programs), 'program')} and {shown[1]:,} of "
        f"{len(others):,} feedback texts and repairs are in this file; the squares count all of them, and "
        "the run's journal holds all their texts."
    )


def _strip(children: Mapping[str | None, list[Node]]) -> Markup:
    """Draw every program as a square with its repairs below it, filled when it passes."""
    columns = [
        [node for node in _walk(root, children) if node.stage != "feedback"]
        for root in children.get(None, [])
        if root.stage != "part"
    ]
    rows, step = max(map(len, columns), default=0), CELL + GAP
    squares: dict[bool, list[str]] = {True: [], False: []}
    for x, column in enumerate(columns):
        for y, node in enumerate(column):
            down = y * step + (GAP if y else 0)
            squares[node.passed].append(f"M{x * step + 1},{down + 1}h{CELL}v{CELL}h-{CELL}z")
    passed, failed = len(squares[True]), len(squares[False])
    return Markup(
        '<svg class="strip" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        'aria-label="{passed} of {all} programs and repairs pass">'
        '<path class="fail" d="{fails}"/><path class="pass" d="{passes}"/></svg>'
    ).format(
        w=len(columns) * step + 2,
        h=rows * step + GAP + 2,
        passed=passed,
        all=passed + failed,
        fails="".join(squares[False]),
        passes="".join(squares[True]),
    )
