"""Concepts -> instruction: a task that needs them, of a category and a difficulty (arXiv 2410.24198, 2.2).

In the paper's ablation (table 10) the task is written from the seed itself, without concepts.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sharpen.selfcodealign.generate.bank import Example, Exchange, copies_any, draw_one, few_shot
from sharpen.selfcodealign.generate.concepts import snippet
from sharpen.selfcodealign.rows import Instruction, identity
from sharpen.types import FinishReason, Prompt

HEADING = "### Task"
STOP = ("## Example", "\n###", "```")
"""The paper's, and what ends a task: another heading, or code."""
MAX_TOKENS = 384
CATEGORIES = ("function", "function", "class", "program")
"""Each is drawn as often as it stands here: the paper's weights."""
Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = get_args(Difficulty)
LANGUAGE = "Python"
FEWEST_WORDS, MOST_WORDS = 8, 200
"""A shorter task says nothing that could be checked; the paper's code drops longer ones."""
REASONS = ("cut off", "prompt too long", "no task", "long task", "copy of an example")


@dataclass(frozen=True, slots=True)
class Properties:
    """What a task is to be like; without concepts it is written from the seed."""

    category: str
    difficulty: str
    language: str
    concepts: tuple[str, ...] = ()


def properties(
    item: str, concepts: tuple[str, ...], seed: int, difficulties: Sequence[Difficulty] = DIFFICULTIES
) -> Properties:
    """Return the properties drawn for the task from the row ``item``; ``seed`` is that of the draw."""
    category = draw_one(CATEGORIES, "category", item, seed)
    return Properties(category, draw_one(difficulties, "difficulty", item, seed), LANGUAGE, concepts)


def prompt(wanted: Properties, shots: Sequence[Example], system: str, *, completion: bool) -> Prompt:
    """Return the prompt that asks for a task that needs the concepts of ``wanted``."""
    shown = [Exchange(_question(_shown(shot, shot.concepts)), HEADING, shot.instruction) for shot in shots]
    return few_shot(system, shown, Exchange(_question(wanted), HEADING), completion=completion)


def seed_prompt(
    code: str, wanted: Properties, shots: Sequence[Example], system: str, *, completion: bool
) -> Prompt:
    """Return the prompt that asks for a task inspired by ``code`` itself."""

    def question(seed: str, properties: Properties) -> str:
        return f"{snippet(seed)}\n\n{_question(properties)}"

    shown = [Exchange(question(shot.seed, _shown(shot)), HEADING, shot.instruction) for shot in shots]
    return few_shot(system, shown, Exchange(question(code, wanted), HEADING), completion=completion)


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


def fault(instruction: Instruction, finish: FinishReason, examples: Iterable[Example]) -> str:
    """Return why no responses are asked for; empty where they are."""
    if finish == "length":
        return "cut off"
    if finish == "overflow":
        return "prompt too long"
    if len(re.findall(r"\w+", instruction.text)) < FEWEST_WORDS:
        return "no task"
    if len(instruction.text.split()) > MOST_WORDS:
        return "long task"
    copied = copies_any(instruction.text, (example.instruction for example in examples))
    return "copy of an example" if copied else ""


def _shown(shot: Example, concepts: tuple[str, ...] = ()) -> Properties:
    return Properties(shot.category, shot.difficulty, LANGUAGE, concepts)


def _question(wanted: Properties) -> str:
    concepts = f"\nconcepts: {', '.join(wanted.concepts)}" if wanted.concepts else ""
    return (
        f"### Properties\ncategory: {wanted.category}\ndifficulty: {wanted.difficulty}\n"
        f"language: {wanted.language}{concepts}"
    )
