"""The paper's Monte Carlo (arXiv 2306.09896, section 3.1, N_t = 1,000): the check on the closed forms.

A run of the suite draws a sub-tree of every problem with replacement and walks it in the chosen order.
Here all runs of one problem are walked at once: the tree is laid out as a row of events in that order,
each with its cost and whether it passes, and events after the stop are not paid for.
"""

from dataclasses import fields

import numpy as np

from sharpen.estimate.points import Order, PassAtT, check_widths
from sharpen.estimate.tree import Bool, Float, Tree


def bootstrap_paper(
    tree: Tree,
    n_p: int,
    n_f: int,
    n_r: int = 1,
    order: Order = "batch",
    *,
    repetitions: int = 1_000,
    rng: np.random.Generator,
) -> PassAtT:
    """Simulate runs of the suite; their mean tends to that of ``estimator="plug_in"``.

    Returns:
        (repetitions,): pass rate and tokens of each simulated run, as means over the problems.

    Raises:
        EstimateError: nothing to draw from, or no program or no repair.
    """
    check_widths(tree, n_p, n_f, n_r, "plug_in")
    columns = [getattr(tree, field.name) for field in fields(tree)]
    problems = [Tree(*(column[d] for column in columns)) for d in np.ndindex(tree.passed.shape[:-1])]
    passed, tokens = np.zeros((2, repetitions))
    for problem in problems:
        solved, spent = _simulate(problem, (repetitions, n_p, n_f, n_r), order, rng)
        passed += solved
        tokens += spent
    return PassAtT(pass_rate=passed / len(problems), tokens=tokens / len(problems))


def _simulate(
    tree: Tree, widths: tuple[int, int, int, int], order: Order, rng: np.random.Generator
) -> tuple[Bool, Float]:
    """Return (repetitions,): whether each simulated tree of one problem is solved, and its tokens."""
    runs, n_p, n_f, n_r = widths
    below = (runs, n_p, n_f * (1 + n_r))
    sampled = np.maximum(tree.repair_passed.shape, 1)
    i, j, r = (rng.integers(sampled[axis], size=widths[: axis + 2]) for axis in range(3))
    repairs = i[..., None, None], j[..., None], r
    texts = tree.feedback_tokens[i[..., None], j][..., None]
    repaired = tree.repaired[i][..., None]
    # A feedback text is an event that costs and never passes.
    costs = np.concatenate([texts, tree.repair_tokens[repairs]], axis=-1).reshape(below)
    passes = np.concatenate([np.zeros_like(texts, bool), tree.repair_passed[repairs]], axis=-1).reshape(below)
    costs = _in_order(tree.tokens[i], np.where(repaired, costs, 0.0), order)
    solved = np.logical_or.accumulate(_in_order(tree.passed[i], passes & repaired, order), axis=-1)
    return solved[:, -1], (costs * _paid(solved, n_p, order)).sum(axis=-1)


def _in_order(programs: Float | Bool, below: Float | Bool, order: Order) -> Float | Bool:
    """Return (runs, events) of values at programs (runs, n_p) and below them (runs, n_p, events)."""
    if order == "dfs":
        return np.concatenate([programs[..., None], below], axis=-1).reshape(len(programs), -1)
    return np.concatenate([programs, below.reshape(len(programs), below[0].size)], axis=-1)


def _paid(solved: Bool, n_p: int, order: Order) -> Bool:
    """Return (runs, events): whether an event is reached, given whether it or one before it passes."""
    paid = np.ones_like(solved)
    if order == "batch":
        paid[:, n_p:] = ~solved[:, n_p - 1 : n_p]
    else:
        paid[:, 1:] = ~solved[:, :-1]
    return paid
