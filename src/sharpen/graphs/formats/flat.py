"""Scripts as one line of text: ``flat``, CoCoGen's baseline for models of text (arXiv 2210.07128, Figure 1b).

::

    Input = You want to bake a cake. How can you do this in 2 steps?

    Output = step0: mix the dough; step1: bake a cake; step0 -> step1

Where only the edges are wanted the input is ``The steps are step0: mix the dough; step1: bake a cake``,
and a script without nodes and edges is ``none``. What would be misread is quoted as in JSON.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from sharpen.graphs.formats.base import Decoded, Format, UnreadableError
from sharpen.graphs.formats.steps import ScriptTask, StepCollector, formats
from sharpen.graphs.formats.words import ID, json_quoted, json_unquoted, quoted_id
from sharpen.graphs.graph import Graph

_STEPS = ". The steps are "
_SCRIPT = re.compile(r"Input = You want to (.*)\. How can you do this in \d+ steps\?$", re.MULTILINE)
_EDGES = re.compile(
    r'Input = You want to ("(?:\\.|[^"\\\n])*"(?=\. The)|.*?)\. The steps are (.*)$', re.MULTILINE
)
_END = re.compile(r"\n[ \t]*\n|\n# ?END|\nInput\b|\n```")
_ENTRY = re.compile(r'(?:"(?:\\.|[^"\\\n])*"|[^;\n])+')
_NODE = re.compile(rf"({ID})\s*:\s*(.*)")
_EDGE = re.compile(rf"(?:{ID})(?:\s*->\s*(?:{ID}))+")


def every() -> Iterator[Format]:
    """Yield the formats of this module."""
    yield from formats("flat", "text", (_question, _given, _answer), _read)


def _plain(text: str) -> str:
    """Return ``text``, quoted when it could be taken for something else."""
    plain = text.isprintable() and text == text.strip() and text and not re.search(r'[;"]', text)
    return text if plain and _STEPS not in text else json_quoted(text)


def _nodes(graph: Graph) -> list[str]:
    return [f"{quoted_id(node.id)}: {_plain(node.text)}" for node in graph.nodes]


def _question(graph: Graph, task: ScriptTask) -> str:
    question = f"Input = You want to {_plain(graph.given['goal'])}"
    if task == "edges":
        return question + _STEPS
    return f"{question}. How can you do this in {len(graph.nodes)} steps?\n\nOutput ="


def _given(graph: Graph, task: ScriptTask) -> str:
    return f"{'; '.join(_nodes(graph))}\n\nOutput =" if task == "edges" else ""


def _answer(graph: Graph, task: ScriptTask) -> str:
    nodes = _nodes(graph) if task == "script" else []
    edges = [f"{quoted_id(edge.source)} -> {quoted_id(edge.target)}" for edge in graph.edges]
    return f" {'; '.join([*nodes, *edges]) or 'none'}\n"


def _read(text: str, task: ScriptTask) -> Decoded:
    question = (_SCRIPT if task == "script" else _EDGES).search(text)
    if question is None:
        raise UnreadableError("There is no line `Input = You want to ...`.")
    steps = StepCollector(goal=json_unquoted(question.group(1)))
    if task == "edges":
        _read_entries(question.group(2), steps)
    output = re.search(r"^Output =", text[question.end() :], re.MULTILINE)
    if output is None:
        raise UnreadableError("There is no line `Output = ...`.")
    answer = _END.split(text[question.end() + output.end() :], maxsplit=1)[0]
    steps.reached = bool(answer.strip())
    if answer.strip() != "none":
        _read_entries(answer, steps)
    return steps.decoded(task, 0, [])


def _read_entries(text: str, steps: StepCollector) -> None:
    for entry in filter(None, (entry.strip() for entry in _ENTRY.findall(text))):
        if node := _NODE.fullmatch(entry):
            steps.add(
                json_unquoted(node.group(1)), json_unquoted(node.group(1)), json_unquoted(node.group(2))
            )
        elif _EDGE.fullmatch(entry):
            ids = [json_unquoted(identity) for identity in re.findall(ID, entry)]
            steps.links += pairwise(ids)
        else:
            steps.lost += 1
