"""A problem's tree as a page shows it: of every row its prompt, its answer, and the verdicts on it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sharpen.counts import plural
from sharpen.journal.rows import OutlineRow
from sharpen.journal.steps import TreeRow, steps
from sharpen.reports.draw.listing import MOST_CHARACTERS, Listing, difference, listing
from sharpen.reports.prompts import PromptMessage, prompt_messages
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


def included(rows: Sequence[OutlineRow], most: int) -> list[str]:
    """Return the rows to show, at most ``most``: programs in order, each with the rows below it."""
    children = _by_parent(rows)
    return [row.id for root in children.get(None, []) for row in _walk(root, children)][:most]


def branches(rows: Sequence[OutlineRow], nodes: Sequence[Node]) -> Branches:
    """Return a problem's tree.

    Args:
        rows: all of its rows.
        nodes: those to show, parents before children.
    """
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node)
    by_id = {node.id: node for node in nodes}
    shown = {step.id: step for step in steps(nodes)}
    texts: dict[str, int] = {}

    def card(node: Node) -> Card:
        step = shown[node.id]
        return Card(
            stage=node.stage,
            step=step,
            messages=prompt_messages(step, texts),
            human=node.stage == "feedback" and node.completion is None,
            passed=None if node.verdict is None else node.verdict.passed,
            prose=_prose(node),
            code=_code(node, by_id),
            children=tuple(map(card, children.get(node.id, []))),
        )

    cards = tuple(map(card, children.get(None, [])))
    return Branches(cards, _strip(_by_parent(rows)), _left_out(rows, by_id.keys()))


def _by_parent(rows: Sequence[OutlineRow]) -> dict[str | None, list[OutlineRow]]:
    children: dict[str | None, list[OutlineRow]] = {}
    for row in rows:
        children.setdefault(row.parent, []).append(row)
    return children


def _walk(row: OutlineRow, children: Mapping[str | None, list[OutlineRow]]) -> list[OutlineRow]:
    below = [each for child in children.get(row.id, []) for each in _walk(child, children)]
    return [row, *below]


def _prose(node: Node) -> str:
    """Return what an answer says before its code; a program's own text is its code."""
    if node.stage in ("feedback", "label"):
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


def _left_out(rows: Sequence[OutlineRow], chosen: Collection[str]) -> str:
    programs = [row for row in rows if row.stage == "program"]
    others = [row for row in rows if row.stage != "program"]
    if len(chosen) >= len(rows):
        return ""
    shown = [sum(row.id in chosen for row in group) for group in (programs, others)]
    return (
        f"Of this tree {shown[0]:,} of {plural(len(programs), 'program')} and {shown[1]:,} of "
        f"{len(others):,} explanations and repairs are in this file. The squares show all of them; "
        "the run's journal has all the texts."
    )


def _strip(children: Mapping[str | None, list[OutlineRow]]) -> Markup:
    """Draw every program as a square with its repairs below it, filled when it passes."""
    columns = [
        [node for node in _walk(root, children) if node.stage not in ("feedback", "label")]
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
