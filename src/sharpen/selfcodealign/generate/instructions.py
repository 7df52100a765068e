"""Concepts -> instruction: a task that needs them, of a category and a difficulty (arXiv 2410.24198, 2.2)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sharpen.selfcodealign.generate import bank
from sharpen.selfcodealign.generate.bank import Example, Turn, ask
from sharpen.selfcodealign.rows import Instruction, identity
from sharpen.types import FinishReason, Prompt

HEADING = "### Task"
STOP = ("## Example", "\n###", "```")
"""The paper's, and the beginnings of what is no task any more: another heading, or code."""
MOST_TOKENS = 384
CATEGORIES = ("function", "function", "class", "program")
"""As likely as they are often here: the paper's weights."""
Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
LANGUAGE = "Python"
REASONS = ("cut off", "no task")
FEWEST_WORDS = 8
"""A task of fewer words says nothing that could be checked."""


@dataclass(frozen=True, slots=True)
class Properties:
    """What a task is to be."""

    category: str
    difficulty: str
    language: str
    concepts: tuple[str, ...]


def properties(
    seed: str, concepts: tuple[str, ...], chance: int, difficulties: Sequence[Difficulty] = DIFFICULTIES
) -> Properties:
    """Return what the task from the seed with this id is to be; ``chance`` is the seed of the draw."""
    category = bank.choice(CATEGORIES, "category", seed, chance)
    return Properties(category, bank.choice(difficulties, "difficulty", seed, chance), LANGUAGE, concepts)


def prompt(wanted: Properties, shots: Sequence[Example], *, completion: bool) -> Prompt:
    """Return the question for a task with the properties ``wanted``."""
    shown = [
        Turn(
            _asked(Properties(shot.category, shot.difficulty, LANGUAGE, shot.concepts)),
            HEADING,
            shot.instruction,
        )
        for shot in shots
    ]
    return ask("instruction", shown, Turn(_asked(wanted), HEADING), completion=completion)


def read(seed: str, wanted: Properties, text: str) -> Instruction:
    """Return the task that a model wrote."""
    task = text.strip().removeprefix(HEADING).strip()
    return Instruction(
        id=identity("instruction", seed, wanted.category, wanted.difficulty, *wanted.concepts, task),
        seed=seed,
        concepts=wanted.concepts,
        category=wanted.category,
        difficulty=wanted.difficulty,
        language=wanted.language,
        text=task,
    )


def fault(instruction: Instruction, finish: FinishReason) -> str:
    """Return why no response is asked for; empty where one is."""
    if finish == "length":
        return "cut off"
    return "" if len(re.findall(r"\w+", instruction.text)) >= FEWEST_WORDS else "no task"


def _asked(wanted: Properties) -> str:
    return (
        f"### Properties\ncategory: {wanted.category}\ndifficulty: {wanted.difficulty}\n"
        f"language: {wanted.language}\nconcepts: {', '.join(wanted.concepts)}"
    )
