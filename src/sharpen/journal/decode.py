"""From the columns of the journal's tables to completions, verdicts and the rows of trees."""

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sharpen.errors import JournalError
from sharpen.journal.checks import KINDS, load_prompt
from sharpen.types import Completion, Node, Outcome, Program, Prompt, Verdict

COMPLETION = (
    "plain(c.text), c.prompt_tokens, c.cached_tokens, c.completion_tokens, c.finish_reason, plain(c.name), "
    "c.seconds"
)
"""The columns of a :class:`Completion`, in the order of its fields."""
VERDICT = "v.kind, plain(v.outcomes), plain(v.message), v.cpu_seconds, v.wall_seconds, v.peak_bytes, v.trust"
"""The columns of a :class:`Verdict`, in the order of its fields."""


@lru_cache(maxsize=1_024)  # most programs of a problem fail in few ways
def _outcomes(text: str) -> tuple[Outcome, ...]:
    return tuple(Outcome(*each) for each in json.loads(text))


@lru_cache(maxsize=256)  # samples of one prompt follow one another
def _prompt(body: str) -> Prompt:
    return load_prompt(body)


def completion_of(row: Sequence[Any]) -> Completion:
    """Return the completion in the columns :data:`COMPLETION`.

    Raises:
        JournalError: its text is damaged.
    """
    if row[0] is None:
        raise JournalError("the text of an answer is damaged: run sharpen verify")
    return Completion(*row)


def verdict_of(row: Sequence[Any]) -> Verdict:
    """Return the verdict in the columns :data:`VERDICT`.

    Raises:
        JournalError: it is damaged.
    """
    kind, outcomes, *rest = row
    try:
        verdict = Verdict(kind, _outcomes(outcomes), *rest)
    except (ValueError, TypeError) as error:
        raise JournalError(f"a verdict is damaged ({error}): run sharpen verify") from error
    if unknown := {verdict.kind, *(each.kind for each in verdict.outcomes)} - KINDS:
        raise JournalError(f"a verdict has the unknown kind {min(unknown)!r}: run sharpen verify")
    return verdict


def node_of(row: Sequence[Any]) -> Node:
    """Return the row of a tree in the columns that :meth:`Queries.nodes` reads."""
    identity, parent, problem, stage, index, author, text, body, code, extraction = row[:10]
    completion = completion_of(row[11:18]) if row[10] else None
    shown = verdict_of(row[19:26]) if row[18] else None
    same = shown is not None and row[19:26] == row[27:34]  # where the hidden tests are the feedback
    verdict = (shown if same else verdict_of(row[27:34])) if row[26] else None
    return Node(
        id=identity,
        parent=parent,
        problem=problem,
        stage=stage,
        index=index,
        author=author,
        text=completion.text if completion else text,
        prompt=_prompt(body) if body else (),
        completion=completion,
        program=Program(code, extraction) if code is not None else None,
        shown=shown,
        verdict=verdict,
        reward=row[34],
    )


def parents_first(nodes: Iterable[Node]) -> list[Node]:
    """Return the rows of a tree, parents before children, siblings by index."""
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        children.setdefault(node.parent, []).append(node)
    ordered: list[Node] = []
    level = sorted(children.get(None, []), key=lambda n: n.index)
    while level:
        ordered += level
        level = [c for n in level for c in sorted(children.get(n.id, []), key=lambda c: c.index)]
    return ordered
