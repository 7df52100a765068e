"""A problem's tree as a page shows it: of every row its prompt, its answer, and the verdicts on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sharpen.journal.steps import TreeRow, steps
from sharpen.reports.draw.listing import MOST_CHARACTERS, Listing, difference, listing
from sharpen.reports.prompts import PromptMessage, prompt_messages
from sharpen.reports.words import plural
from sharpen.types import Node

CELL, GAP = 9, 3
"""Size of a square of the strip, and the space between two, px."""


@dataclass(frozen=True, slots=True)
class Card:
    """One row of the tree, ready to be shown.

    Attributes:
        stage: program, feedback or repair.
        step: what the journal has on it: answer, program and verdicts.
        messages: the whole prompt; empty for what no model wrote.
        human: whether that is a person.
        passed: whether it passes the hidden tests; None for feedback.
        prose: the explanation around the code, or the feedback.
        code: the program, or for a repair its diff against the program it starts from.
        children: the rows below it.
    """

    stage: str
    step: TreeRow
    messages: tuple[PromptMessage, ...]
    human: bool
    passed: bool | None
    prose: str
    code: Listing | None
    children: tuple["Card", ...]


@dataclass(frozen=True, slots=True)
class Branches:
    """A problem's tree in one run.

    Attributes:
        cards: first programs, up to the limit.
        strip: every program and repair as a square.
        left_out: a sentence about what is not shown; empty when all is.
    """

    cards: tuple[Card, ...]
    strip: Markup
    left_out: str


def branches(nodes: Sequence[Node], most: int) -> Branches:
    """Return a problem's tree.

    Args:
        nodes: its rows, parents before children.
        most: how many rows to show: programs in order, each with the rows below it.
    """
    nodes = [node for node in nodes if node.stage != "baseline"]  # no part of the tree
    children = _by_parent(nodes)
    order = [node.id for root in children.get(None, []) for node in _walk(root, children)]
    included = set(order[:most])
    by_id = {node.id: node for node in nodes}
    rows = {step.id: step for step in steps(nodes)}
    texts: dict[str, int] = {}

    def card(node: Node) -> Card:
        step, below = rows[node.id], children.get(node.id, [])
        return Card(
            stage=node.stage,
            step=step,
            messages=prompt_messages(step, texts),
            human=node.stage == "feedback" and node.completion is None,
            passed=None if node.verdict is None else node.verdict.passed,
            prose=_prose(node),
            code=_code(node, by_id),
            children=tuple(card(child) for child in below if child.id in included),
        )

    cards = tuple(card(root) for root in children.get(None, []) if root.id in included)
    return Branches(cards, _strip(children), _left_out(nodes, included))


def _by_parent(nodes: Sequence[Node]) -> dict[str | None, list[Node]]:
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node)
    return children


def _walk(node: Node, children: Mapping[str | None, list[Node]]) -> list[Node]:
    below = [each for child in children.get(node.id, []) for each in _walk(child, children)]
    return [node, *below]


def _prose(node: Node) -> str:
    """Return what an answer says before its code; a program's own text is its code."""
    if node.stage == "feedback":
        return node.answer[:MOST_CHARACTERS].strip()
    if node.stage == "repair" and "```" in node.answer:
        return node.answer.split("```", 1)[0][:MOST_CHARACTERS].strip()
    return ""


def _code(node: Node, by_id: Mapping[str, Node]) -> Listing | None:
    if node.program is None:
        return None
    original = _repaired_program(node, by_id)
    if original is None or original.program is None or not node.program.code:
        return listing(node.program.code or node.text)
    return difference(original.program.code, node.program.code)


def _repaired_program(node: Node, by_id: Mapping[str, Node]) -> Node | None:
    """Return the program that a repair starts from."""
    parent = by_id.get(node.parent or "")
    if parent and parent.stage == "feedback":
        parent = by_id.get(parent.parent or "")
    return parent


def _left_out(nodes: Sequence[Node], included: set[str]) -> str:
    programs = [node for node in nodes if node.stage == "program"]
    others = [node for node in nodes if node.stage != "program"]
    if len(included) >= len(nodes):
        return ""
    shown = [sum(node.id in included for node in group) for group in (programs, others)]
    return (
        f"Of this tree {shown[0]:,} of {plural(len(programs), 'program')} and {shown[1]:,} of "
        f"{len(others):,} explanations and repairs are in this file. The squares show all of them; "
        "the run's journal has all the texts."
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
