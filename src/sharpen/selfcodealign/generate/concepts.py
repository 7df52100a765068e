"""Seed -> concepts: what a piece of code has in it, as a list (arXiv 2410.24198, section 2.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sharpen.selfcodealign.generate.bank import Example, Turn, ask, fenced
from sharpen.types import FinishReason, Prompt

HEADING = "### Concepts"
STOP = ("## Example", "\n\n", "\n#")
"""The paper's, and what can only follow a list on one line."""
MOST_TOKENS = 96
REASONS = ("cut off", "no concepts")
LONGEST = 80
"""Characters of a concept. What is longer is prose, and not in the list."""


@dataclass(frozen=True, slots=True)
class Concepts:
    """What a model found in a seed.

    Attributes:
        seed: the seed's id.
        concepts: as listed.
        text: what the model wrote, verbatim.
        finish: why it stopped: ``stop`` or ``length``.
    """

    seed: str
    concepts: tuple[str, ...]
    text: str
    finish: FinishReason

    @property
    def fault(self) -> str:
        """Why it leads to no task; empty where it does."""
        if self.finish == "length":
            return "cut off"
        return "" if self.concepts else "no concepts"


def prompt(code: str, shots: Sequence[Example], *, completion: bool) -> Prompt:
    """Return the question for the concepts of ``code``."""
    shown = [Turn(_asked(shot.seed), HEADING, ", ".join(shot.concepts)) for shot in shots]
    return ask("concepts", shown, Turn(_asked(code), HEADING), completion=completion)


def read(seed: str, text: str, finish: FinishReason) -> Concepts:
    """Return the list that a model wrote: what stands between commas or on lines of their own."""
    listed = text.strip().removeprefix(HEADING)
    named = [part.strip(" \t-*.`") for part in listed.replace("\n", ",").split(",")]
    found = dict.fromkeys(name for name in named if name and len(name) <= LONGEST)
    return Concepts(seed, tuple(found), text, finish)


def _asked(code: str) -> str:
    return f"### Snippet\n{fenced(code.strip())}"
