"""Measures how diverse a data set is. Nothing is filtered by it."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sharpen.selfcodealign.overlap.shapes import shape_of
from sharpen.selfcodealign.rows import Instruction, Row


@dataclass(frozen=True, slots=True)
class Diversity:
    """Figures of a data set.

    Attributes:
        rows: how many.
        concepts: distinct concepts of its instructions, ignoring case.
        concept_bits: entropy of a concept drawn from all mentions, in bits; of at most log2(concepts).
        categories: rows by category.
        difficulties: rows by difficulty.
        outlines: distinct codes, ignoring names and values.
        names: distinct names of functions and classes.
        origins: packages or repositories that the seeds are from.
        words: mean words of an instruction.
        lines: mean lines of a code.
    """

    rows: int
    concepts: int
    concept_bits: float
    categories: dict[str, int]
    difficulties: dict[str, int]
    outlines: int
    names: int
    origins: int
    words: float
    lines: float


def diversity(rows: Iterable[Row], instructions: Mapping[str, Instruction]) -> Diversity:
    """Return the figures of ``rows``; ``instructions`` are by their text."""
    concepts: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    difficulties: Counter[str] = Counter()
    outlines, names, origins = set[str](), set[str](), set[str]()
    count = words = lines = 0
    for row in rows:
        count += 1
        words += len(row.instruction.split())
        lines += len(row.code.removesuffix("\n").split("\n"))
        shape = shape_of(row.code)
        outlines.add(shape.outline)
        names |= shape.functions | shape.classes
        origins.add(row.origin)
        if task := instructions.get(row.instruction):
            concepts.update(concept.lower() for concept in task.concepts)
            categories[task.category] += 1
            difficulties[task.difficulty] += 1
    return Diversity(
        rows=count,
        concepts=len(concepts),
        concept_bits=round(entropy(concepts), 4),
        categories=dict(sorted(categories.items())),
        difficulties=dict(sorted(difficulties.items())),
        outlines=len(outlines),
        names=len(names),
        origins=len(origins),
        words=round(words / count, 2) if count else math.nan,
        lines=round(lines / count, 2) if count else math.nan,
    )


def entropy(counts: Mapping[str, int]) -> float:
    """Return the entropy of what is counted, in bits; 0 where nothing is."""
    total = sum(counts.values())
    return sum(count / total * math.log2(total / count) for count in counts.values())
