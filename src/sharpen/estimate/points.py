"""pass@k, and the points of the paper's pass@t plane: pass rate against tokens, exact on frozen trees."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sharpen.errors import EstimateError
from sharpen.estimate.draws import DRAWS, Draw, Estimator, widths
from sharpen.estimate.tree import Bool, Float, Tree

Widths = int | Sequence[int]
Order = Literal["batch", "dfs", "bfs"]


@dataclass(frozen=True, slots=True)
class PassAtT:
    """Points of the pass@t plane, per problem; their means over problems are what the paper plots.

    Attributes:
        pass_rate: chance that a tree holds a passing program.
        tokens: expected tokens of a tree, of the same shape.
    """

    pass_rate: Float
    tokens: Float


def pass_at_k(n: ArrayLike, c: ArrayLike, k: ArrayLike) -> Float:
    """Return the unbiased pass@k of n samples of which c pass (arXiv 2107.03374, equation 1).

    The arguments broadcast.

    Raises:
        EstimateError: not 0 <= c <= n, or not 1 <= k <= n.
    """
    samples, correct, drawn = np.broadcast_arrays(*(np.asarray(x, np.int64) for x in (n, c, k)))
    if ((correct < 0) | (correct > samples)).any():
        raise EstimateError("pass@k needs 0 <= c <= n")
    if ((drawn < 1) | (drawn > samples)).any():
        raise EstimateError(
            f"pass@k needs 1 <= k <= n, but k is {drawn.min()} to {drawn.max()} "
            f"and n is {samples.min()} to {samples.max()}"
        )
    fail: Float = np.ones(samples.shape)
    for j in range(drawn.max(initial=0)):
        left = np.maximum(samples - correct - j, 0) / np.maximum(samples - j, 1)
        fail *= np.where(j < drawn, left, 1.0)
    return 1.0 - fail


def pass_rate(
    tree: Tree, n_p: Widths, n_f: Widths, n_r: int = 1, *, estimator: Estimator = "unbiased"
) -> Float:
    """Return the chance that a tree of n_p programs, n_f feedback texts and n_r repairs is solved.

    It is the mean over all sub-trees of that size, hence unbiased for the model's own rate. It does not
    depend on the order. With n_f = 0 it is pass@k, k = n_p; the joint form's n_fr is n_f.

    Returns:
        (...), then an axis for n_p and one for n_f where they are sequences.

    Raises:
        EstimateError: more was asked for than was sampled, or no program or no repair.
    """
    return pass_at_t(tree, n_p, n_f, n_r, "dfs", estimator=estimator).pass_rate


def expected_tokens(
    tree: Tree,
    n_p: Widths,
    n_f: Widths,
    n_r: int = 1,
    order: Order = "batch",
    *,
    estimator: Estimator = "unbiased",
) -> Float:
    """Return the mean tokens of a tree of n_p programs, n_f feedback texts and n_r repairs.

    - ``batch``: all programs; if none passes, all feedback and all repairs (paper, section A.1).
    - ``dfs``: a program, its repairs one by one, the next program; stops at the first that passes
      (paper, section A.2).
    - ``bfs``: programs one by one; if none passes, repairs one by one, program by program; stops at
      the first that passes (in the paper's code only).

    In sequence a feedback text is paid for when the first repair under it is drawn. Where a program
    and a repair cost 1 and feedback 0, the result is the mean number of programs and repairs drawn.

    Returns, raises: as :func:`pass_rate`.
    """
    return pass_at_t(tree, n_p, n_f, n_r, order, estimator=estimator).tokens


def pass_at_t(
    tree: Tree,
    n_p: Widths,
    n_f: Widths,
    n_r: int = 1,
    order: Order = "batch",
    *,
    estimator: Estimator = "unbiased",
) -> PassAtT:
    """Return pass rates and tokens together: one point, or with sequences a curve or a grid.

    ``pass_at_t(tree, range(1, 51), 0)`` is the i.i.d. baseline. Returns, raises: as :func:`pass_rate`.
    """
    check_widths(tree, n_p, n_f, n_r, estimator)
    draw = DRAWS[estimator]
    fail, tokens = _WALKS[order](_programs(tree, np.atleast_1d(n_f), n_r, draw), np.max(n_p), draw)
    return PassAtT(_shaped(1.0 - fail, tree, n_p, n_f), _shaped(tokens, tree, n_p, n_f))


class _Programs(NamedTuple):
    """Programs as the items of a draw: N first, then n_f (1 where it does not matter), then ``...``.

    ``unsolved`` is the chance that a program and all its repairs fail; ``in_sequence`` and ``at_once``
    are the tokens spent below a failing program one by one and in a batch.
    """

    fails: Float
    tokens: Float
    unsolved: Float
    in_sequence: Float
    at_once: Float


def _programs(tree: Tree, n_f: NDArray[np.int64], n_r: int, draw: Draw) -> _Programs:
    fails, below = ~tree.passed, tree.repaired
    unsolved = np.repeat(fails[None], len(n_f), axis=0).astype(np.float64)
    in_sequence, at_once = np.zeros((2, *unsolved.shape))
    if n_f.max() > 0:
        unsolved[:, below], in_sequence[:, below], at_once[:, below] = _below(tree, n_f, n_r, draw)
    columns = (fails[None], tree.tokens[None], unsolved, in_sequence, at_once)
    return _Programs(*(_items_first(column) for column in columns))


def _below(tree: Tree, n_f: NDArray[np.int64], n_r: int, draw: Draw) -> tuple[Float, Float, Float]:
    """Return (n_f, repaired programs): chance that all repairs fail, tokens in sequence, in a batch."""
    texts, repairs = tree.feedback_tokens[tree.repaired], tree.repair_tokens[tree.repaired]
    fail, cost = draw(_items_first(~tree.repair_passed[tree.repaired]), _items_first(repairs), n_r)
    fail, cost = draw(_items_first(fail[n_r]), _items_first(texts + cost.sum(axis=0)), n_f.max())
    at_once = texts.mean(axis=-1) + n_r * repairs.mean(axis=(-2, -1))
    return fail[n_f], cost.cumsum(axis=0)[n_f], np.multiply.outer(n_f, at_once)


def _walk_batch(level: _Programs, n: int, draw: Draw) -> tuple[Float, Float]:
    fail, _ = draw(level.unsolved, level.in_sequence, n)
    # If all fail, any of them may be the last: the mean cost of the last, times n, is that of all.
    _, last = draw(level.fails, level.at_once, n)
    each: Float = level.tokens.mean(axis=0) + last
    return fail, widths(n, last.shape[1:]) * each


def _walk_dfs(level: _Programs, n: int, draw: Draw) -> tuple[Float, Float]:
    fail, cost = draw(level.unsolved, level.tokens + level.in_sequence, n)
    return fail, cost.cumsum(axis=0)


def _walk_bfs(level: _Programs, n: int, draw: Draw) -> tuple[Float, Float]:
    """Programs, then repairs, where those of the programs before failed and those after wait.

    Give every program a uniform time in [0, 1]: at time u each other one is before with chance u. The
    mean over u is a polynomial of degree n - 1, which Gauss-Legendre integrates exactly.
    """
    fail, _ = draw(level.unsolved, level.in_sequence, n)
    spent: Float = draw(level.fails, level.tokens, n)[1].cumsum(axis=0)
    nodes, weights = np.polynomial.legendre.leggauss((n + 1) // 2)
    for u, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        _, last = draw(u * level.unsolved + (1 - u) * level.fails, level.in_sequence, n)
        spent = spent + weight * widths(n, last.shape[1:]) * last
    return fail, spent


_WALKS: dict[Order, Callable[[_Programs, int, Draw], tuple[Float, Float]]] = {
    "batch": _walk_batch,
    "dfs": _walk_dfs,
    "bfs": _walk_bfs,
}


def check_widths(tree: Tree, n_p: Widths, n_f: Widths, n_r: int, estimator: Estimator) -> None:
    """Raise EstimateError unless a tree of these widths can be drawn from the sampled one."""
    sampled = tree.repair_passed.shape[-3:]
    wanted = [("n_p", n_p, 1, sampled[0]), ("n_f", n_f, 0, sampled[1]), ("n_r", n_r, 1, sampled[2])]
    if np.max(n_f, initial=0) == 0:
        wanted.pop()
    for name, width, least, most in wanted:
        if np.size(width) == 0 or np.min(width) < least:
            raise EstimateError(f"{name} must be at least {least}, not {width}")
        if np.max(width) > most and (estimator == "unbiased" or most == 0):
            raise EstimateError(
                f"{name} = {np.max(width)} was asked of trees of {sampled[0]} programs, {sampled[1]} "
                f"feedback texts each and {sampled[2]} repairs each: ask for at most {most}, "
                f"or sample larger trees"
            )


def _items_first(array: Float | Bool) -> Float:
    return np.ascontiguousarray(np.moveaxis(array, -1, 0), dtype=np.float64)


def _shaped(values: Float, tree: Tree, n_p: Widths, n_f: Widths) -> Float:
    """Take n_p of (n, n_f, ...), and put the problem axes first."""
    points: Float = np.moveaxis(values[np.atleast_1d(n_p)], (0, 1), (-2, -1))
    shape: tuple[int, ...] = (*tree.passed.shape[:-1], *np.shape(n_p), *np.shape(n_f))
    return points.reshape(shape)
