"""The bank of worked examples that prompts show, and who is shown which.

Each example goes the whole way: code, its concepts, a task that needs them, a solution, its tests. There are
21 as in arXiv 2410.24198, written for sharpen. The paper's are 15 functions, 4 programs and 2 classes, one of
them hard; ours are 11, 5 and 5, and 7 easy, 8 medium, 6 hard, because tasks are asked for in about these
shares, and a kind that is hardly ever shown is hardly ever written.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from pydantic import TypeAdapter

from sharpen.selfcodealign.rows import identity
from sharpen.types import Message, Prompt


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example.

    Attributes:
        name: what it is about.
        category: function, class or program.
        difficulty: easy, medium or hard.
        concepts: what the seed has in it, and the task needs.
        seed: a documented function.
        instruction: the task, inspired by the concepts; not what the seed does.
        response: how the task is solved, and the code in a fence.
        tests: asserts, without a fence.
    """

    name: str
    category: str
    difficulty: str
    concepts: tuple[str, ...]
    seed: str
    instruction: str
    response: str
    tests: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What one stage asks and what it is answered.

    Attributes:
        asked: what is given.
        heading: the words with which every answer begins.
        answer: the rest of the answer; empty while it is asked for.
    """

    asked: str
    heading: str
    answer: str = ""


@cache
def bank() -> tuple[Example, ...]:
    """Return all examples, in the order of their files."""
    folder = files("sharpen.selfcodealign.prompts") / "examples"
    found = sorted((file.name, file.read_text("utf-8")) for file in folder.iterdir())
    return tuple(_example(name, text) for name, text in found if name.endswith(".toml"))


def _example(name: str, text: str) -> Example:
    written = TypeAdapter(Example).validate_python(
        {"name": name.removesuffix(".toml"), **tomllib.loads(text)}
    )
    return replace(
        written,
        seed=written.seed.strip(),
        instruction=written.instruction.strip(),
        response=written.response.strip(),
        tests=written.tests.strip(),
    )


def drawn(
    stage: str, item: str, seed: int, shots: int, decks: int, like: tuple[str, ...] = ()
) -> list[Example]:
    """Return the examples that the prompt of ``stage`` for ``item`` shows.

    The draw depends on nothing but the arguments, so a run that is resumed, reordered or extended asks the
    same. Examples that share more of a category and a difficulty with ``like`` come before others. With
    ``decks`` there are only so many draws, and prompts that share one also share its evaluation.
    """
    whose = f"deck {_number(str(seed), stage, item) % decks}" if decks else item

    def place(example: Example) -> tuple[int, str]:
        unlike = len(set(like) - {example.category, example.difficulty})
        return unlike, identity(str(seed), stage, whose, example.name)

    return sorted(bank(), key=place)[:shots]


def choice(options: Sequence[str], stage: str, item: str, seed: int) -> str:
    """Return one of ``options``, each as likely, that depends on nothing but the arguments."""
    return options[_number(str(seed), stage, item, "choice") % len(options)]


def _number(*parts: str) -> int:
    return int(identity(*parts), 16)


def ask(stage: str, shots: Sequence[Turn], asked: Turn, *, completion: bool) -> Prompt:
    """Return the prompt that shows ``shots`` and asks for the answer of ``asked``.

    A base model goes on with one text (the paper's layout); a chat model is shown each example as a turn.
    What is the same for all prompts of a stage comes first, so that an engine evaluates it once.
    """
    system = _beginning(stage)
    if completion:
        examples = [
            f"## Example {number}\n{turn.asked}\n\n{turn.heading}\n{turn.answer}"
            for number, turn in enumerate([*shots, asked], 1)
        ]
        return "\n\n".join([system, *examples])
    turns = [Message("system", system)]
    for turn in shots:
        turns += [Message("user", turn.asked), Message("assistant", f"{turn.heading}\n{turn.answer}")]
    return (*turns, Message("user", asked.asked))


@cache
def _beginning(stage: str) -> str:
    return (files("sharpen.selfcodealign.prompts") / f"{stage}.txt").read_text("utf-8").strip()


def fenced(code: str) -> str:
    """Return Python code as a block of Markdown."""
    return f"```python\n{code}\n```"
