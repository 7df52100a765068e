"""From a run's journal to the arrays of :mod:`sharpen.estimate`.

The journal holds rows that name their parent; the estimators want full arrays of one size. Between the
two stands one rule: only trees whose growth did not depend on what passed may be estimated. A program is
grown when it fails the hidden tests and also fails the tests it was shown; everything else has no
repairs by nature, not by stopping. A tree that lacks a row it should have is refused by name.

1. The joint form (the paper's n_fr) is n_f = n_fr texts of no tokens with one repair each.
2. :func:`grow` reads the first round of repairs, as the paper has no other; :func:`attempts` reads all.
3. A person's feedback costs no tokens, and is read only where a model wrote too little. Where people
   explained some programs only, the trees are those that models grew (:func:`grow_all`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sharpen.errors import TruncatedTreesError
from sharpen.estimate import Samples, Tree
from sharpen.estimate.rounds import ChainProgram
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
        done = {row.id: journal.nodes(row.id) for row in journal.problems() if errors.get(row.id) == ""}
    return grow_all(done, size, run.name, people=bool(layout.stopped))[0]


def grow_all(
    problems: Mapping[str, Sequence[Node]], size: Size, run: str, *, people: bool
) -> tuple[dict[str, Tree], Size]:
    """Return every problem's tree and the widths of all.

    Where ``people`` explained some programs only, the trees are those that models grew.

    Raises:
        TruncatedTreesError: a program, feedback text or repair is missing, and no person explains why.
    """
    try:
        return {problem: grow(nodes, size, run, problem) for problem, nodes in problems.items()}, size
    except TruncatedTreesError:
        if not people:
            raise
    own = {problem: grown_by_models(nodes) for problem, nodes in problems.items()}
    size = widths_of(list(own.values()), size)
    return {problem: grow(nodes, size, run, problem) for problem, nodes in own.items()}, size


def grown_by_models(nodes: Sequence[Node]) -> list[Node]:
    """Return the rows without people's explanations and the repairs that followed them."""
    drawn: list[Node] = []
    left_out: set[str] = set()
    for node in nodes:  # parents come before children
        if (node.stage == "feedback" and node.completion is None) or node.parent in left_out:
            left_out.add(node.id)
        else:
            drawn.append(node)
    return drawn


def widths_of(problems: Sequence[Sequence[Node]], most: Size) -> Size:
    """Return the widths, at most ``most``, that every recorded tree has; no repairs where one lacks them."""
    trees = [_by_parent(nodes) for nodes in problems]
    programs = [[n for n in tree.get(None, []) if n.stage == "program"] for tree in trees]
    n_p = min([most.n_p, *map(len, programs)])
    failing = [(tree, p) for tree, sampled in zip(trees, programs, strict=True) for p in sampled[:n_p]]
    failing = [(tree, program) for tree, program in failing if is_repairable(program)]
    below = [tree.get(program.id, []) for tree, program in failing]
    joint = any(node.stage == "repair" for nodes in below for node in nodes)
    if joint:
        n_fr = min((sum(node.stage == "repair" for node in nodes) for nodes in below), default=0)
        return Size(n_p, n_fr, 1, joint=True) if n_fr else Size(n_p, 0, 0)
    texts = [[node for node in nodes if node.stage == "feedback"] for nodes in below]
    n_f = min([most.n_f, *map(len, texts)]) if texts else 0
    pairs = zip(failing, texts, strict=True)
    repairs = [len(_repairs(text, tree)) for (tree, _), sampled in pairs for text in sampled[:n_f]]
    n_r = min([most.n_r, *repairs]) if repairs else 0
    return Size(n_p, n_f, n_r) if n_f and n_r else Size(n_p, 0, 0)


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


def attempts(nodes: Sequence[Node]) -> list[ChainProgram]:
    """Return one problem's first programs with the repairs of every round; people's feedback is left out."""
    children = _by_parent(nodes)

    def read(node: Node, explained: int) -> ChainProgram:
        below = children.get(node.id, [])
        repairs = [(repair, 0) for repair in below if repair.stage == "repair"]
        for text in below:
            if text.stage == "feedback" and text.completion is not None:
                repairs += [(repair, text.tokens) for repair in _repairs(text, children)]
        return ChainProgram(
            node.passed, explained + node.tokens, tuple(read(repair, tokens) for repair, tokens in repairs)
        )

    return [read(node, 0) for node in children.get(None, []) if node.stage == "program"]


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
    return [(text.tokens, _repairs(text, children)) for text in texts]


def _repairs(text: Node, children: Mapping[str | None, list[Node]]) -> list[Node]:
    return [node for node in children.get(text.id, []) if node.stage == "repair"]


def _require(actual: int, expected: int, what: str, run: str, problem: str) -> None:
    if actual < expected:
        raise TruncatedTreesError(
            f"the tree of {problem} in {run} has {actual} of {expected} {what} in one place: trees cut short "
            "bias every estimate; repeat the command without --stop-at-success, which draws what is missing"
        )
