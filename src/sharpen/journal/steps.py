"""A problem's tree as steps: what the model was told, what it answered, and what then ran."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sharpen.errors import UsageError
from sharpen.journal.journal import Journal
from sharpen.journal.rows import ProblemRow
from sharpen.types import Message, Node, Verdict


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One row of a tree.

    Attributes:
        id: the node's id.
        depth: how many rows it hangs below.
        title: ``program 1``, ``repair 2``.
        author: the model, or who wrote it.
        messages: the conversation that the model was given; empty for what no model wrote.
        known: how many of these messages an earlier step on its branch was given too.
        answer: the whole answer.
        cut: whether the token limit ended it.
        tokens: completion tokens.
        program: the program taken out of the answer; empty where there is none.
        before: the program that it repairs; empty where there is none.
        visible: the verdict on the tests whose errors a prompt may quote.
        hidden: the verdict on the tests that decide; no prompt quotes it unless the run says so.
        reward: what an evaluator gave, if it gave anything.
    """

    id: str
    depth: int
    title: str
    author: str
    messages: tuple[Message, ...]
    known: int
    answer: str
    cut: bool
    tokens: int
    program: str
    before: str
    visible: Verdict | None
    hidden: Verdict | None
    reward: float | None


@dataclass(frozen=True, slots=True)
class TreeRows:
    """A problem of a run, with the steps of its tree: each after its parent, siblings by number."""

    problem: ProblemRow
    steps: tuple[TreeRow, ...]


def read_steps(run: Path, problem: str) -> TreeRows:
    """Return what happened on one problem of ``run``.

    Args:
        run: the run's directory.
        problem: the problem's id, or the end of one if only one ends so: ``7`` for ``HumanEval/7``.

    Raises:
        JournalError: the run cannot be read.
        UsageError: the run has no such problem, or several.
    """
    with Journal.read(run) as journal:
        rows = list(journal.problems())
        row = _named(rows, problem, run)
        return TreeRows(row, steps(journal.nodes(row.id)))


def _named(rows: Sequence[ProblemRow], wanted: str, run: Path) -> ProblemRow:
    matches = [row for row in rows if row.id == wanted]
    matches = matches or [row for row in rows if row.id.endswith(f"/{wanted}")]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(f"{run} has {len(matches)} problems that end in /{wanted}: give the whole id")
    example = f": its ids look like {rows[0].id}" if rows else ": it has none yet"
    raise UsageError(f"{run} has no problem {wanted}{example}")


def steps(nodes: Sequence[Node]) -> tuple[TreeRow, ...]:
    """Return the rows of a tree as steps, depth first."""
    by_id = {node.id: node for node in nodes}
    below: dict[str | None, list[Node]] = {}
    for node in nodes:
        below.setdefault(node.parent, []).append(node)
    path: list[TreeRow] = []
    waiting = [(node, 0) for node in reversed(below.get(None, []))]
    while waiting:
        node, depth = waiting.pop()
        path.append(_step(node, depth, by_id))
        waiting += [(child, depth + 1) for child in reversed(below.get(node.id, []))]
    return tuple(path)


def _step(node: Node, depth: int, by_id: Mapping[str, Node]) -> TreeRow:
    messages = _messages(node)
    parent = by_id.get(node.parent or "")
    repaired = _program_above(node, by_id) if node.stage == "repair" else ""
    return TreeRow(
        id=node.id,
        depth=depth,
        title=f"{node.stage} {node.index + 1}",
        author=node.author,
        messages=messages,
        known=_shared(messages, parent, by_id),
        answer=node.text,
        cut=bool(node.completion and node.completion.finish_reason == "length"),
        tokens=node.tokens,
        program=node.program.code if node.program else "",
        before=repaired,
        visible=node.shown,
        hidden=node.verdict,
        reward=node.reward,
    )


def _messages(node: Node) -> tuple[Message, ...]:
    """Return a node's prompt as messages: a prompt of plain text is one message of the user's."""
    if isinstance(node.prompt, str):
        return (Message("user", node.prompt),) if node.prompt else ()
    return tuple(node.prompt)


def _shared(messages: Sequence[Message], parent: Node | None, by_id: Mapping[str, Node]) -> int:
    """Return how many leading messages an ancestor was told as well, with its answer if that follows."""
    while parent is not None:
        before = _messages(parent)
        if before and tuple(messages[: len(before)]) == before:
            follows = messages[len(before) : len(before) + 1]
            return len(before) + (follows == (Message("assistant", parent.text),))
        parent = by_id.get(parent.parent or "")
    return 0


def _program_above(node: Node, by_id: Mapping[str, Node]) -> str:
    parent = by_id.get(node.parent or "")
    while parent is not None and parent.program is None:
        parent = by_id.get(parent.parent or "")
    return parent.program.code if parent and parent.program else ""
