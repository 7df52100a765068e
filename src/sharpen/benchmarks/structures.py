"""What a structured task is: what a model is given, what it should say, where its examples come from.

Words: ``proscript/script``, ``proscript/edges``, ``propara``, ``propara/dev``, ``propara/train``,
``explagraphs``, ``explagraphs/train``; any of them with ``@PATH`` to read the task's file from there.
"""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from sharpen.errors import DataError, UsageError
from sharpen.graphs.graph import Graph, Task


@dataclass(frozen=True, slots=True)
class Item:
    """One item: ``given`` is ``reference`` without what has to be found.

    Attributes:
        id: unique in its file.
        given: what the model is told.
        reference: what it should say.
        text: what the item is about, in words: neighbours are found and leaks detected by it.
    """

    id: str
    given: Graph
    reference: Graph
    text: str


@dataclass(frozen=True, slots=True)
class Structures:
    """The items of a structured task.

    Attributes:
        name: the word a user types, without a path.
        task: what has to be found.
        items: in the file's order.
        source: where they were loaded from, with the SHA-256 of the file.
    """

    name: str
    task: Task
    items: Sequence[Item]
    source: str


@dataclass(frozen=True, slots=True)
class StructureEntry:
    """A line of the registry.

    Attributes:
        word: what a user types.
        module, variant: the module that loads it, and what its ``load`` takes.
        about: one line for a listing.
        examples: the word whose items are shown in prompts; its own where there is no other.
    """

    word: str
    module: str
    variant: str
    about: str
    examples: str


REGISTRY = (
    StructureEntry(
        "proscript/script",
        "proscript",
        "script",
        "1,085 goals: write the steps and their order",
        "proscript/script",
    ),
    StructureEntry(
        "proscript/edges",
        "proscript",
        "edges",
        "1,085 goals: put the given steps in order",
        "proscript/edges",
    ),
    StructureEntry(
        "propara", "propara", "test", "54 processes: where is everything after each step", "propara/train"
    ),
    StructureEntry("propara/dev", "propara", "dev", "its development split, 43 processes", "propara/train"),
    StructureEntry("propara/train", "propara", "train", "its training split, 387 processes", "propara/train"),
    StructureEntry(
        "explagraphs",
        "explagraphs",
        "dev",
        "398 arguments: explain the stance as a graph",
        "explagraphs/train",
    ),
    StructureEntry(
        "explagraphs/train",
        "explagraphs",
        "train",
        "its training split, 2,368 arguments",
        "explagraphs/train",
    ),
)


def load(word: str) -> Structures:
    """Return the structured task that ``word`` means.

    Raises:
        UsageError: no task is called that; the nearest one is named.
        DataError: the file is not what it should be.
        FetchError: it is not in the cache and no source could be reached.
    """
    name, _, path = word.partition("@")
    entry = find(name)
    if path and not Path(path).exists():
        raise UsageError(f"There is no benchmark file {path}.")
    loader: Callable[[str, Path | None], Structures] = import_module(
        f"sharpen.benchmarks.{entry.module}"
    ).load
    return loader(entry.variant, Path(path) if path else None)


def knows(word: str) -> bool:
    """Whether ``word``, with or without a path, names a structured task."""
    return word.partition("@")[0] in {entry.word for entry in REGISTRY}


def find(name: str) -> StructureEntry:
    """Return the registry's entry for ``name``. Raises UsageError, naming the nearest, when there is none."""
    words = [entry.word for entry in REGISTRY]
    for entry in REGISTRY:
        if entry.word == name:
            return entry
    near = difflib.get_close_matches(name, words, n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`?" if near else f"there are {', '.join(words)}."
    raise UsageError(f"No structured task is called `{name}`: {hint}")


def distinct(items: Iterable[Item], path: Path) -> tuple[Item, ...]:
    """Return the items, in order. Raises DataError when there are none or two have the same id."""
    items_by_text: dict[str, Item] = {}
    for item in items:
        if item.id in items_by_text:
            raise DataError(f"{path} holds {item.id} twice: remove one of them.")
        items_by_text[item.id] = item
    if not items_by_text:
        raise DataError(f"{path} holds no items.")
    return tuple(items_by_text.values())
