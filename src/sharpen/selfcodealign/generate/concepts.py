"""Seed -> concepts: what a piece of code uses, as a list (arXiv 2410.24198, section 2.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sharpen.selfcodealign.generate import docstrings
from sharpen.selfcodealign.generate.bank import Example, Exchange, fenced, few_shot
from sharpen.types import FinishReason, Prompt

HEADING = "### Concepts"
STOP = ("## Example", "\n\n", "\n#")
"""The paper's, and what can only follow a list on one line."""
MAX_TOKENS = 96
REASONS = (docstrings.POOR, "cut off", "prompt too long", "no concepts")
LONGEST = 80
"""Characters of a concept. What is longer is prose, and is left out of the list."""


@dataclass(frozen=True, slots=True)
class Concepts:
    """The concepts that a model named for a seed.

    Attributes:
        seed: the seed's id.
        concepts: as listed.
        text: the model's answer, verbatim.
        finish: why it stopped: ``stop`` or ``length``.
    """

    seed: str
    concepts: tuple[str, ...]
    text: str
    finish: FinishReason

    @property
    def fault(self) -> str:
        """Why no task is asked for; empty where one is."""
        if self.finish == "length":
            return "cut off"
        if self.finish == "overflow":
            return "prompt too long"
        return "" if self.concepts else "no concepts"


def prompt(code: str, shots: Sequence[Example], system: str, *, completion: bool) -> Prompt:
    """Return the prompt that asks for the concepts of ``code``."""
    shown = [Exchange(snippet(shot.seed), HEADING, ", ".join(shot.seed_concepts)) for shot in shots]
    return few_shot(system, shown, Exchange(snippet(code), HEADING), completion=completion)


def read(seed: str, text: str, finish: FinishReason) -> Concepts:
    """Return the list in a model's answer: what stands between commas or on lines of their own."""
    listed = text.strip().removeprefix(HEADING)
    parts = [part.strip(" \t-*.`") for part in listed.replace("\n", ",").split(",")]
    concepts = dict.fromkeys(part for part in parts if part and len(part) <= LONGEST)
    return Concepts(seed, tuple(concepts), text, finish)


def snippet(code: str) -> str:
    """Return code as a prompt shows a seed."""
    return f"### Snippet\n{fenced(code.strip())}"
