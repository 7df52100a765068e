"""The rows that flow from stage to stage, each with the id of the row it was made from.

``Seed -> Instruction -> Response -> Row`` (arXiv 2410.24198, figure 1)

An id hashes what determines its row, so that the same input gives the same ids, on any machine.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

Gates = Mapping[str, float | str]
"""What each gate measured, by the gate's name."""


def identity(*parts: str) -> str:
    """Return 16 hexadecimal digits of the SHA-256 of ``parts``; of one part it is the hash of that text."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Seed:
    """A documented function of real code, with what it uses.

    Attributes:
        id: :func:`identity` of ``code``.
        name: the function's name.
        code: the function among the imports, constants and helpers that it uses: a file that stands alone.
        docstring: the function's, as :func:`inspect.cleandoc` leaves it.
        origin: the package or repository it is from.
        version: the package's version or the repository's commit; empty where there is none.
        path: its file, inside of ``origin``.
        line: where the function begins in that file, decorators included, from 1.
        licence: as the origin states it, an SPDX expression where it has one; empty where it states none.
    """

    id: str
    name: str
    code: str
    docstring: str
    origin: str
    version: str
    path: str
    line: int
    licence: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """A task that a model wrote.

    Attributes:
        id: :func:`identity` of what determines it.
        seed: the id of the seed whose concepts it combines.
        concepts: what the model found in the seed.
        category: what is asked for: function, class or program.
        difficulty: easy, medium or hard.
        language: the programming language.
        text: the task.
    """

    id: str
    seed: str
    concepts: tuple[str, ...]
    category: str
    difficulty: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Response:
    """A model's solution of an instruction, with its own tests.

    Attributes:
        id: :func:`identity` of the instruction's id and ``index``, so it is known before it is drawn.
        instruction: the instruction's id.
        index: its number among the responses to this instruction, from 0.
        text: what the model wrote, verbatim.
        code: the solution in it; empty where there is none.
        tests: the tests in it; empty where there are none.
        finish: why the model stopped: ``stop`` or ``length``.
    """

    id: str
    instruction: str
    index: int
    text: str
    code: str
    tests: str
    finish: str


@dataclass(frozen=True, slots=True)
class Row:
    """A response that was run, with all that a trainer or a reader of the data set needs.

    Attributes:
        id: the response's id.
        instruction: the task.
        response: what the model wrote for it, without the tests.
        code: the solution in the response.
        tests: the model's own tests.
        seed: the seed's id.
        origin: the package or repository that the seed is from.
        version: of the origin.
        path: the seed's file in it.
        licence: as the origin states it.
        verdict: what running the tests showed; ``passed`` where they passed.
        gates: what each gate measured.
    """

    id: str
    instruction: str
    response: str
    code: str
    tests: str
    seed: str
    origin: str
    version: str
    path: str
    licence: str
    verdict: str
    gates: Gates = field(default_factory=dict)
