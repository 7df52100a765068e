"""Every textual format of every structured task, in both directions (arXiv 2210.07128, section 2).

A graph is encoded as a Python class, as text or as JSON, and any text is decoded: what a model wrote is
parsed with ``ast`` and never executed. Each format gives back each graph of its task without loss.
"""

import difflib
from collections.abc import Mapping

from sharpen.errors import UsageError
from sharpen.graphs.formats import (
    brackets,
    classes,
    diagrams,
    explanation,
    flat,
    json_object,
    questions,
    states,
    trees,
)
from sharpen.graphs.formats.base import Decoded, Format
from sharpen.graphs.graph import Graph, Task

FORMATS: Mapping[tuple[Task, str], Format] = {
    (each.task, each.name): each
    for module in (classes, trees, flat, diagrams, json_object, states, questions, explanation, brackets)
    for each in module.every()
}
"""All formats by task and name."""


def names(task: Task) -> tuple[str, ...]:
    """Return the names of the formats of a task."""
    return tuple(name for of, name in FORMATS if of == task)


def format_of(task: Task, name: str) -> Format:
    """Return the format of ``task`` that is called ``name``.

    Raises:
        UsageError: there is none; the nearest one is named.
    """
    if (task, name) in FORMATS:
        return FORMATS[task, name]
    near = difflib.get_close_matches(name, names(task), n=1, cutoff=0)
    hint = f"Did you mean `{near[0]}`?" if near else "See `sharpen.graphs.codec.FORMATS`."
    raise UsageError(f"There is no format `{name}` for `{task}`, which has {', '.join(names(task))}. {hint}")


def encode(graph: Graph, format: Format, *, prompt_only: bool = False) -> str:  # noqa: A002
    """Return the text of ``graph``, or its beginning that the task gives.

    Raises:
        DataError: ``graph`` is not a graph of the format's task.
    """
    return format.prompt(graph) if prompt_only else format.encode(graph)


def decode(text: str, format: Format) -> Decoded:  # noqa: A002
    """Return the graph in ``text``, the prompt part included, and how it was obtained. Never raises."""
    return format.decode(text)
