"""From a run's journal to the arrays of :mod:`sharpen.estimate`.

The journal holds rows that name their parent; the estimators want full arrays of one size. Between the
two stands one rule: only trees whose growth did not depend on what passed may be estimated. A program is
grown when it fails the hidden tests and also fails the tests it was shown; everything else has no
repairs by nature, not by stopping. A tree that lacks a row it should have is refused by name.

1. The joint form (the paper's n_fr) is n_f = n_fr texts of no tokens with one repair each.
2. Only the first round of repairs is read: deeper rounds hang under repairs, and the paper has none.
3. A person's feedback costs no tokens, and is read only where a model wrote too little.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sharpen.errors import TruncatedTreesError
from sharpen.estimate import Samples, Tree
from sharpen.journal.journal import Journal
from sharpen.journal.layout import Layout, Size
from sharpen.types import Node


def read_trees(run: Path, layout: Layout, outcomes: str) -> dict[str, Tree]:
    """Return the full tree of every finished problem of a run, by problem.

    Args:
        run: the run's directory.
        layout: what its method declares about its rows.
        outcomes: the key of its problems' outcomes.

    Raises:
        TruncatedTreesError: the run's trees have no fixed size, or one lacks a row.
        JournalError: the run cannot be read.
    """
    size = full_size(run.name, layout)
    with Journal.read(run) as journal:
        errors = journal.outcomes(outcomes)
        done = [row.id for row in journal.problems() if errors.get(row.id) == ""]
        return {problem: grow(journal.nodes(problem), size, run.name, problem) for problem in done}


def full_size(run: str, layout: Layout) -> Size:
    """Return the size of every tree of a run.

    Raises:
        TruncatedTreesError: the trees have no fixed size; says which run and what to do.
    """
    if layout.size is None:
        reason = layout.stopped or f"Trees of {layout.title} have no fixed size."
        raise TruncatedTreesError(
            f"{run} cannot be estimated from, as every figure would be biased. {reason}"
        )
    return layout.size


def grow(nodes: Sequence[Node], size: Size, run: str, problem: str) -> Tree:
    """Return one problem's rows as a tree of (n_p,), (n_p, n_f) and (n_p, n_f, n_r) arrays.

    Raises:
        TruncatedTreesError: a program, feedback text or repair is missing.
    """
    children = _by_parent(nodes)
    programs = [node for node in children.get(None, []) if node.stage == "program"]
    _require(len(programs), size.n_p, "programs", run, problem)
    texts = np.zeros((size.n_p, size.n_f))
    passed = np.zeros((size.n_p, size.n_f, size.n_r), dtype=bool)
    tokens = np.zeros(passed.shape)
    for i, program in enumerate(programs[: size.n_p]):
        if not size.n_f or not is_repairable(program):
            continue
        below = _texts(program, children, size)
        _require(len(below), size.n_f, "repairs" if size.joint else "feedback texts", run, problem)
        for j, (cost, repairs) in enumerate(below[: size.n_f]):
            _require(len(repairs), size.n_r, "repairs", run, problem)
            texts[i, j] = cost
            passed[i, j] = [repair.passed for repair in repairs[: size.n_r]]
            tokens[i, j] = [repair.tokens for repair in repairs[: size.n_r]]
    chosen = programs[: size.n_p]
    parts = Counter[int]()
    for node in nodes:
        parts[node.index] += node.tokens if node.stage == "part" else 0
    return Tree(
        passed=np.array([program.passed for program in chosen], dtype=bool),
        tokens=np.array([program.tokens + parts[program.index] for program in chosen], dtype=float),
        repairable=np.array([is_repairable(program) for program in chosen], dtype=bool) & (size.n_f > 0),
        feedback_tokens=texts,
        repair_passed=passed,
        repair_tokens=tokens,
    )


def further_samples(nodes: Sequence[Node], size: Size) -> Samples:
    """Return the i.i.d. samples that were drawn after the first n_p, in their order.

    An answer without tokens counts as one token, so that drawing to a number of tokens comes to an end.
    """
    drawn = [node for node in nodes if node.stage == "baseline" and node.index >= size.n_p]
    drawn.sort(key=lambda node: node.index)
    return Samples(
        np.array([node.passed for node in drawn], dtype=bool),
        np.array([max(1, node.tokens) for node in drawn], dtype=float),
    )


def is_repairable(program: Node) -> bool:
    """Whether a failing program has an error to show: it also fails the tests that a prompt may quote."""
    blind = program.shown is None or program.shown.passed
    return not program.passed and not blind


def _by_parent(nodes: Sequence[Node]) -> dict[str | None, list[Node]]:
    children: dict[str | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: node.index):
        children.setdefault(node.parent, []).append(node)
    return children


def _texts(
    program: Node, children: Mapping[str | None, list[Node]], size: Size
) -> list[tuple[int, list[Node]]]:
    below = children.get(program.id, [])
    if size.joint:
        return [(0, [repair]) for repair in below if repair.stage == "repair"]
    texts = [text for text in below if text.stage == "feedback"]
    # People explain some programs only, so a model's texts come first where both have written.
    texts.sort(key=lambda text: text.completion is None)
    return [(text.tokens, children.get(text.id, [])) for text in texts]


def _require(actual: int, expected: int, what: str, run: str, problem: str) -> None:
    if actual < expected:
        raise TruncatedTreesError(
            f"the tree of {problem} in {run} has {actual} of {expected} {what} in one place: trees cut short "
            "bias every estimate; repeat the command without --stop-at-success, which draws what is missing"
        )
