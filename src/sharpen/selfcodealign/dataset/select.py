"""Rows -> data set: one passing response per instruction, and no two that are alike (arXiv 2410.24198, 2.4).

After the paper's code (sanitize.sh):

1. Rejected: a response with a placeholder (to do, "your code here", NotImplementedError), without a Python
   block, or whose task has more than 200 words; then, if asked for, code with type errors and rows that hold
   a problem of a benchmark.
2. The order is random, seed 6666. ``agreement`` puts the best response to each task first: CodeT's score,
   then consensus, then how discriminating its tests are, then mutation score and coverage.
3. Exact copies are rejected, of instruction or response without white space: so one response per
   instruction is left.
4. A row is rejected whose set of function names, or of class names, an earlier row has.
5. Near duplicates are rejected in three passes: over instructions, responses, and codes without docstrings.

Deviations: benchmarks are searched for before rows are compared, so that no row is rejected for one that is
            rejected itself; near duplicates are found exactly
            (:mod:`sharpen.selfcodealign.overlap.near_duplicates`); the result is in the order of the rows,
            not in the random one; rejected rows are written with their reasons.
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from sharpen.selfcodealign.overlap.near_duplicates import near_duplicates
from sharpen.selfcodealign.overlap.shapes import shape_of
from sharpen.selfcodealign.rows import Row, identity
from sharpen.selfcodealign.seeds.typecheck import TYPE_ERROR

Choice = Literal["paper", "agreement"]
Pool = Literal["passed", "failed", "any"]
SEED = 6666
MOST_WORDS = 200
CONTAMINATED = "contaminated"
SURPLUS = "beyond the number of rows"

REASONS = (
    "placeholder",
    "no python block",
    "long instruction",
    "code does not parse",
    TYPE_ERROR,
    CONTAMINATED,
    "instruction seen",
    "response seen",
    "function names seen",
    "class names seen",
    "near duplicate: instruction",
    "near duplicate: response",
    "near duplicate: code",
    SURPLUS,
)

_PLACEHOLDER = re.compile(
    r"\btodo\b|\bfixme\b|notimplemented|(?:your|write|add|insert|implement|rest of(?: the)?) "
    r"(?:code|implementation|logic|solution) (?:goes )?here",
    re.IGNORECASE,
)
_PYTHON = re.compile(r"^```[ \t]*(?:python|py)", re.MULTILINE | re.IGNORECASE)


def select(
    rows: Sequence[Row], choice: Choice = "paper", *, seed: int = SEED, out: Mapping[int, str] | None = None
) -> list[str]:
    """Return why each row is rejected; an empty string if it is selected.

    Args:
        rows: usually passing ones.
        choice: how one response per instruction is chosen.
        seed: of the order in which rows are compared.
        out: reasons of rows that are rejected beforehand, by position.
    """
    reasons = [_malformed(row) or (out or {}).get(position, "") for position, row in enumerate(rows)]
    order = [position for position, reason in enumerate(reasons) if not reason]
    random.Random(seed).shuffle(order)  # noqa: S311 - a reproducible draw
    if choice == "agreement":
        order.sort(key=lambda position: _rank(rows[position]))
    for position, reason in _unlike(rows, order):
        reasons[position] = reason
    for what in ("instruction", "response", "code"):
        left = [position for position in order if not reasons[position]]
        twins = near_duplicates(_text(rows[position], what) for position in left)
        for position, twin in zip(left, twins.tolist(), strict=True):
            reasons[position] = f"near duplicate: {what}" if twin >= 0 else ""
    return reasons


def limited(rows: Sequence[Row], reasons: Sequence[str], limit: int | None, seed: int = SEED) -> list[str]:
    """Return ``reasons`` with at most ``limit`` rows left, which are chosen at random."""
    left = [position for position, reason in enumerate(reasons) if not reason]
    left.sort(key=lambda position: identity(str(seed), rows[position].id))
    surplus = set(left[limit:]) if limit is not None else set()
    return [SURPLUS if position in surplus else reason for position, reason in enumerate(reasons)]


def _malformed(row: Row) -> str:
    if _PLACEHOLDER.search(row.response):
        return "placeholder"
    if not _PYTHON.search(row.response):
        return "no python block"
    if len(row.instruction.split()) > MOST_WORDS:
        return "long instruction"
    try:
        shape_of(row.code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "code does not parse"
    return ""


def _rank(row: Row) -> tuple[float, ...]:
    """Return a key that sorts the best response first."""
    measures = ("codet", "consensus", "discrimination", "mutation_score", "coverage")
    return tuple(-float(row.gates.get(name, 0)) for name in measures)


def _unlike(rows: Sequence[Row], order: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Yield each position with the reason why its row is too similar to an earlier one."""
    instructions: set[str] = set()
    responses: set[str] = set()
    functions: set[frozenset[str]] = set()
    classes: set[frozenset[str]] = set()
    for position in order:
        row, shape = rows[position], shape_of(rows[position].code)
        instruction, response = "".join(row.instruction.split()), "".join(row.response.split())
        if instruction in instructions:
            yield position, "instruction seen"
        elif response in responses:
            yield position, "response seen"
        elif shape.functions and shape.functions in functions:
            yield position, "function names seen"
        elif shape.classes and shape.classes in classes:
            yield position, "class names seen"
        else:
            instructions.add(instruction)
            responses.add(response)
            functions.add(shape.functions)
            classes.add(shape.classes)
            yield position, ""


def _text(row: Row, what: str) -> str:
    match what:
        case "instruction":
            return row.instruction
        case "response":
            return row.response
    return shape_of(row.code).text
