"""The bank of worked examples that prompts show, and the choice of examples for a prompt.

Each example goes the whole way: code, its concepts, a task that needs concepts, a solution, its tests. The
bank of arXiv 2410.24198 has 21: 15 functions, 4 programs and 2 classes, one of them hard. This one has 23,
written for sharpen: 11 functions, 6 programs and 6 classes; 8 easy, 8 medium and 7 hard. These are about the
shares in which tasks are asked for, since a kind that is hardly ever shown is hardly ever written; and each
category has at least two examples of each difficulty, so that no kind of task has only one model to copy.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from sharpen.errors import UsageError
from sharpen.selfcodealign.rows import identity
from sharpen.types import Message, Prompt

PromptName = Literal["concepts", "instruction", "seed_instruction", "response"]
"""The prompts of the method; each system prompt is the file ``NAME.txt``."""

_GRAM = 5
_COPY = 0.5


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example.

    Attributes:
        name: what it is about.
        category: function, class or program.
        difficulty: easy, medium or hard.
        seed_concepts: the concepts that the seed uses.
        concepts: the concepts that the task needs.
        seed: a documented function.
        instruction: the task, inspired by the seed; not what the seed does.
        response: how the task is solved, and the code in a fence.
        tests: asserts, without a fence.
    """

    name: str
    category: str
    difficulty: str
    seed_concepts: tuple[str, ...]
    concepts: tuple[str, ...]
    seed: str
    instruction: str
    response: str
    tests: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of one stage and its answer.

    Attributes:
        question: what is given.
        heading: the words with which every answer begins.
        answer: the rest of the answer; empty in the question that the model is to answer.
    """

    question: str
    heading: str
    answer: str = ""


@cache
def load_examples(folder: Path | None = None) -> tuple[Example, ...]:
    """Return the examples of a folder, or of the bank, in the order of their file names.

    Raises:
        UsageError: the folder has no example, or a file of it is not one.
    """
    place: Traversable = folder or files("sharpen.selfcodealign.prompts") / "examples"
    try:
        texts = sorted(
            (file.name, file.read_text("utf-8")) for file in place.iterdir() if file.name.endswith(".toml")
        )
    except OSError as error:
        raise UsageError(f"{place} cannot be read as a bank of examples: {error.strerror}") from error
    if not texts:
        raise UsageError(f"{place} has no examples: give a folder of NAME.toml files")
    return tuple(_example(name, text) for name, text in texts)


def _example(name: str, text: str) -> Example:
    try:
        example = TypeAdapter(Example).validate_python(
            {"name": name.removesuffix(".toml"), **tomllib.loads(text)}
        )
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise UsageError(f"{name} is not an example of a bank: {error}") from error
    parts = {field: getattr(example, field).strip() for field in ("seed", "instruction", "response", "tests")}
    return replace(example, **parts)


@cache
def load_system_prompt(name: PromptName, folder: Path | None = None) -> str:
    """Return a system prompt, from ``folder`` if it has one of that name.

    Raises:
        UsageError: the file cannot be read.
    """
    own = folder / f"{name}.txt" if folder else None
    place = own if own and own.exists() else files("sharpen.selfcodealign.prompts") / f"{name}.txt"
    try:
        return place.read_text("utf-8").strip()
    except OSError as error:
        raise UsageError(f"{place} cannot be read: {error.strerror}") from error


def choose(
    examples: Iterable[Example],
    prompt: PromptName,
    item: str,
    *,
    seed: int,
    shots: int,
    sets: int = 0,
    like: tuple[str, ...] = (),
) -> list[Example]:
    """Return the examples that a prompt shows, the most alike last.

    The choice depends on the arguments alone, so a run that is resumed, reordered or extended asks the same.

    Args:
        examples: the bank.
        prompt: whose examples are chosen.
        item: the id of what the prompt is about.
        seed: of the draw.
        shots: how many, at most.
        sets: distinct choices over all items, so that prompts share their first part; 0: one per item.
        like: category and difficulty of the task; examples that share more of them are preferred.
    """
    drawn_for = f"set {_number(str(seed), prompt, item) % sets}" if sets else item

    def distance(example: Example) -> tuple[int, str]:
        unlike = len(set(like) - {example.category, example.difficulty})
        return unlike, identity(str(seed), prompt, drawn_for, example.name)

    return sorted(examples, key=distance)[:shots][::-1]


def draw_one(options: Sequence[str], purpose: str, item: str, seed: int) -> str:
    """Return one of ``options``, each equally likely; it depends on the arguments alone."""
    return options[_number(str(seed), purpose, item, "choice") % len(options)]


def _number(*parts: str) -> int:
    return int(identity(*parts), 16)


def few_shot(system: str, shots: Sequence[Exchange], question: Exchange, *, completion: bool) -> Prompt:
    """Return the prompt that shows ``shots`` and asks the question of ``asked``.

    A base model continues one text, in the paper's layout; a chat model is shown each example as a question
    and an answer. What all prompts of a stage share comes first, so that an engine evaluates it once.
    """
    if completion:
        examples = [
            f"## Example {number}\n{shown.question}\n\n{shown.heading}\n{shown.answer}"
            for number, shown in enumerate([*shots, question], 1)
        ]
        return "\n\n".join([system, *examples])
    messages = [Message("system", system)]
    for shown in shots:
        answer = f"{shown.heading}\n{shown.answer}"
        messages += [Message("user", shown.question), Message("assistant", answer)]
    return (*messages, Message("user", question.question))


def fenced(code: str) -> str:
    """Return Python code as a block of Markdown."""
    return f"```python\n{code}\n```"


def copies_any(text: str, originals: Iterable[str]) -> bool:
    """Return whether a text is a near copy of an original: Jaccard index of word 5-grams at least 0.5."""
    grams = _grams(text)
    return any(
        len(grams & _grams(original)) >= _COPY * len(grams | _grams(original)) for original in originals
    )


@lru_cache(maxsize=1024)
def _grams(text: str) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return frozenset(tuple(words[at : at + _GRAM]) for at in range(max(1, len(words) - _GRAM + 1)))
