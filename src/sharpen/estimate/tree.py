"""The arrays of frozen repair trees."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sharpen.errors import EstimateError

Bool = NDArray[np.bool_]
Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tree:
    """One problem's frozen tree of N programs, F feedback texts each and R repairs per feedback text.

    Many problems stack along leading axes, written ``...``; every figure then has these axes too.
    The arrays are full, so a tree that stopped early cannot be represented: code that reads trees
    from a record must refuse those with :class:`~sharpen.errors.TruncatedTreesError`. One completion
    that holds feedback and repair (the paper's n_fr) is F = n_fr, R = 1, feedback_tokens = 0.

    Attributes:
        passed: (..., N), whether each program is right.
        tokens: (..., N), tokens of each program.
        repairable: (..., N), whether the program has feedback and repairs. A failing program without any
            (it passed the visible tests, so there was no error to quote) is not repaired and costs no more.
        feedback_tokens: (..., N, F).
        repair_passed: (..., N, F, R). Ignored for programs that pass or are not repairable.
        repair_tokens: (..., N, F, R).

    Raises:
        EstimateError: shapes or types do not fit, or a token count is missing or negative.
    """

    passed: Bool
    tokens: Float
    repairable: Bool
    feedback_tokens: Float
    repair_passed: Bool
    repair_tokens: Float

    def __post_init__(self) -> None:
        self._check_shapes()
        below = self.repaired
        for tokens in (self.tokens, self.feedback_tokens[below], self.repair_tokens[below]):
            if not (np.isfinite(tokens) & (tokens >= 0)).all():
                raise EstimateError("a tree has token counts that are missing or negative")

    def _check_shapes(self) -> None:
        programs = self.passed.shape
        texts, repairs = self.feedback_tokens.shape, self.repair_passed.shape
        if repairs[:-1] != texts or texts[:-1] != programs or programs[-1:] in ((), (0,)):
            raise EstimateError(
                f"a tree needs programs (..., N), feedback (..., N, F) and repairs (..., N, F, R) "
                f"with N > 0, not {programs}, {texts} and {repairs}"
            )
        shapes = (programs, programs, programs, texts, repairs, repairs)
        kinds = ("b", "iuf", "b", "iuf", "b", "iuf")
        for field, shape, kind in zip(fields(self), shapes, kinds, strict=True):
            array = getattr(self, field.name)
            if array.shape != shape or array.dtype.kind not in kind:
                raise EstimateError(
                    f"a tree's {field.name} has shape {array.shape} and type {array.dtype}, but it "
                    f"needs {shape} and {'truth values' if kind == 'b' else 'numbers'}"
                )

    @classmethod
    def of_programs(cls, passed: Bool, tokens: Float) -> Self:
        """Return the tree of i.i.d. samples: programs (..., N) with nothing below them."""
        empty = (*passed.shape, 0, 0)
        return cls(
            passed=passed,
            tokens=tokens,
            repairable=np.zeros_like(passed),
            feedback_tokens=np.zeros(empty[:-1]),
            repair_passed=np.zeros(empty, dtype=bool),
            repair_tokens=np.zeros(empty),
        )

    @classmethod
    def stack(cls, trees: Sequence[Self]) -> Self:
        """Return all trees as one with a leading problem axis.

        Raises:
            EstimateError: there is no tree, or they differ in size.
        """
        sizes = {tree.repair_passed.shape for tree in trees}
        if len(sizes) != 1:
            raise EstimateError(f"trees of one size are needed, not of {sorted(sizes) or 'none'}")
        return cls(*(np.stack([getattr(t, f.name) for t in trees]) for f in fields(cls)))

    @property
    def repaired(self) -> Bool:
        """(..., N): programs that fail and have feedback and repairs below them."""
        return ~self.passed & self.repairable
