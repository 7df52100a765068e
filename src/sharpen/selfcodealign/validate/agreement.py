"""Runs every code of an instruction on all its tests: code and tests that share an error stand apart.

The matrix of CodeT (arXiv 2207.10397) and CURE (2506.03136), with whole responses for single assertions:

- Codes that pass the same tests are one group; its score is the number of its codes times the number of tests
  they pass (CodeT's dual execution agreement).
- ``agreement`` of a response is the share of the others' tests that its code passes.
- ``discrimination`` is the share of the others' codes that fail its tests: tests that pass every code check
  nothing.

Responses choose their own names. Tests are run on a code that defines all the names they use; if both codes
define a single function, the other name is added. Pairs that cannot be run are left out.
"""

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Matrix = Sequence[Sequence[bool | None]]
"""Whether code i passes tests j; None if the pair cannot be run."""


FAILS = "fails_tests_of"
"""The measure that names the other responses whose tests a code fails: their ids, with blanks between."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The measures of a response among the others.

    Attributes:
        agreement: share of the others' tests that its code passes; None where there are none.
        discrimination: share of the others' codes that fail its tests; None where there are none.
        score: CodeT's.
    """

    agreement: float | None
    discrimination: float | None
    score: int


def standings(matrix: Matrix) -> list[Standing]:
    """Return the standing of each response; ``matrix`` is square."""
    passed = [frozenset(j for j, cell in enumerate(row) if cell) for row in matrix]
    groups = Counter(passed)
    return [
        Standing(
            agreement=_share([cell for j, cell in enumerate(row) if j != i], of=True),
            discrimination=_share([other[i] for k, other in enumerate(matrix) if k != i], of=False),
            score=groups[passed[i]] * len(passed[i]),
        )
        for i, row in enumerate(matrix)
    ]


def _share(cells: Sequence[bool | None], *, of: bool) -> float | None:
    known = [cell for cell in cells if cell is not None]
    return known.count(of) / len(known) if known else None


def fitted(code: str, tests: str, own: str) -> str | None:
    """Return ``code`` with the names that ``tests`` need, which were written for ``own``; None if impossible.

    Raises:
        SyntaxError: one of them does not parse.
    """
    used = {node.id for node in ast.walk(ast.parse(tests)) if isinstance(node, ast.Name)}
    wanted, there = _defined(own), _defined(code)
    if used & wanted.keys() <= there.keys():
        return code
    ours = [name for name, kind in there.items() if kind is ast.FunctionDef]
    theirs = [name for name, kind in wanted.items() if kind is ast.FunctionDef]
    if len(there) == len(wanted) == len(ours) == len(theirs) == 1:
        return f"{code}\n\n{theirs[0]} = {ours[0]}\n"
    return None


def _defined(code: str) -> dict[str, type[ast.stmt]]:
    """Return the top-level functions and classes of a module, by name, with their kind."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name: type(node) for node in ast.parse(code).body if isinstance(node, kinds)}
