"""Where more than one answer is right: the rules of EvoEval's evoeval/eval_test/_*_special_oracle.py."""

import math
from collections.abc import Sequence
from itertools import pairwise

_STEPS = {"right": (0, 1), "left": (0, -1), "up": (-1, 0), "down": (1, 0)}
_NO_PAIR = "No magic today"

Cell = tuple[int, int]
Grid = Sequence[Sequence[int]]


def check_moves(maze: Grid, start: Cell, end: Cell, moves: list[str], actual: list[str]) -> None:
    """creative, EvoEval/26: any walk that ends at the end; none where EvoEval finds none."""
    if not actual:
        assert moves == []
        return
    row, column = start
    for move in moves:
        row, column = row + _STEPS[move][0], column + _STEPS[move][1]
        assert maze[row][column] != 1
    assert (row, column) == tuple(end)


def check_path(maze: Grid, start: Cell, end: Cell, path: list[Cell], actual: list[Cell]) -> None:
    """creative, EvoEval/30: any path of neighbouring free cells; none where EvoEval finds none."""
    if not actual:
        assert path == []
        return
    assert path[0] == start
    assert path[-1] == end
    for (row, column), (to_row, to_column) in pairwise(path):
        assert maze[to_row][to_column] != 0
        assert abs(to_row - row) + abs(to_column - column) == 1


def check_pair(numbers: Sequence[int], target: int, pair: object, actual: object) -> None:
    """creative, EvoEval/69: any two places whose numbers have the product."""
    if actual == _NO_PAIR:
        assert pair == actual
        return
    assert isinstance(pair, tuple)
    first, second = pair
    assert 0 <= first < second < len(numbers)
    assert numbers[first] * numbers[second] == target


def check_palindrome(text: str, longer: str, actual: str) -> None:
    """difficult, EvoEval/10: any palindrome of EvoEval's length that begins with the text."""
    assert len(longer) == len(actual)
    assert longer.startswith(text)
    assert longer.lower() == longer[::-1].lower()


def check_root_within(factors: list[float], interval: Cell, root: float | None, actual: float | None) -> None:
    """difficult, EvoEval/32: any root in the interval; none where EvoEval finds none."""
    if actual is None:
        assert root is None
        return
    assert root is not None
    assert interval[0] <= root <= interval[1]
    assert abs(_value(factors, root)) <= 2e-2


def check_even_root(factors: list[float], root: float, _actual: float) -> None:
    """subtle, EvoEval/32: any root of the polynomial that skips odd powers from the third on."""
    spread = factors[:2] + [factor for each in factors[2:] for factor in (0, each)]
    assert abs(_value(spread, root)) <= 1e-6


def check_root(factors: list[float], root: float, _actual: float) -> None:
    """Verbose and concise, HumanEval/32: any root."""
    assert abs(_value(factors, root)) <= 1e-6


def _value(factors: list[float], x: float) -> float:
    return sum(factor * math.pow(x, power) for power, factor in enumerate(factors))
