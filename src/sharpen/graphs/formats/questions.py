"""Entity states (ProPara) as questions with answers: ``qa``, CoCoGen's baseline for models of text.

::

    Document
    step 0: Init
    step 1: Plants die.

    List of participants:
    participant 0: plants

    Question 0: after step 0 (init) is executed where are the participants?
    Answers:
    plants is located at unknown place

    Question 1: after step 1 (plants die) is executed where are the participants?
    Answers:
    plants does not exist

What a line could not hold is quoted as in JSON. A participant without a state has no answer.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from sharpen.graphs.formats.base import Decoded, Format, UnreadableError, decoder
from sharpen.graphs.formats.states import Process, read_table, table_of
from sharpen.graphs.formats.words import json_quoted, json_unquoted, one_line
from sharpen.graphs.graph import ABSENT, UNKNOWN, Graph

_NOWHERE = "unknown place"
_ABSENT, _PLACE = "does not exist", "is located at"
_ANSWER = re.compile(rf'("(?:\\.|[^"\\])*"|.*?) (?:{_ABSENT}|{_PLACE} (.*))')
_STEP = re.compile(r"step (\d{1,6}): (.*)")
_PARTICIPANT = re.compile(r"participant (\d{1,6}): (.*)")
_QUESTION = re.compile(r"Question (\d{1,6}):.*")
_END = re.compile(r"^(?:# ?END|```|Document\b)", re.MULTILINE)


def every() -> Iterator[Format]:
    """Yield the format of this module."""
    yield Format("qa", "states", "text", _encode, _prompt, decoder(_read))


def _prompt(graph: Graph) -> str:
    table = table_of(graph, full=False)
    steps = ["step 0: Init"]
    steps += [f"step {number}: {one_line(node.text)}" for number, node in enumerate(graph.nodes, 1)]
    names = [f"participant {number}: {one_line(name)}" for number, name in enumerate(table.participants)]
    lines = ["Document", *steps, "", "List of participants:", *names, "", ""]
    return "\n".join(lines)


def _encode(graph: Graph) -> str:
    table = table_of(graph, full=True)
    steps = ["init", *(" ".join(node.text.lower().split()).removesuffix(".") for node in graph.nodes)]
    blocks: list[str] = []
    for number, (step, row) in enumerate(zip(steps, table.cells, strict=True)):
        shown = step if step.isprintable() else "this step"
        answers = [_answer(*pair) for pair in zip(table.participants, row, strict=True) if pair[1]]
        question = f"Question {number}: after step {number} ({shown}) is executed where are the participants?"
        blocks.append("\n".join([question, "Answers:", *answers]) + "\n")
    return _prompt(graph) + "\n".join(blocks)


def _answer(participant: str, state: str) -> str:
    name = _written(participant)
    if state == ABSENT:
        return f"{name} {_ABSENT}"
    if state == UNKNOWN:
        return f"{name} {_PLACE} {_NOWHERE}"
    return f"{name} {_PLACE} {json_quoted(state) if state == _NOWHERE else one_line(state)}"


def _written(participant: str) -> str:
    """Return a name that can begin a line: quoted when the line could be taken for something else."""
    plain = re.match(r"[A-Za-z0-9]", participant) and not re.search(rf"{_ABSENT}|{_PLACE}", participant)
    reserved = re.match(r"Question|Answers|Document", participant)
    return one_line(participant) if plain and not reserved else json_quoted(participant)


def _read(text: str) -> Decoded:
    start = re.search(r"^Document\b", text, re.MULTILINE)
    if start is None:
        raise UnreadableError("There is no line `Document`.")
    lines = _END.split(text[start.end() :], maxsplit=1)[0].split("\n")
    first = next((i for i, line in enumerate(lines) if _QUESTION.fullmatch(line)), len(lines))
    process = _process(lines[:first])
    cells = [[""] * len(process.participants) for _ in range(len(process.steps) + 1)]
    lost, rows, row = 0, set[int](), -1
    for before, line in pairwise(["", *(line.strip() for line in lines[first:])]):
        if not line:
            continue
        if not before and not re.match(r"Question|Answers:", line) and not _ANSWER.fullmatch(line):
            break
        if question := _QUESTION.fullmatch(line):
            row = int(question.group(1))
            lost += row >= len(cells)
            rows.add(row)
        elif line != "Answers:":
            lost += not _read_answer(line, process, cells[row] if row < len(cells) else [])
    return read_table(process, cells, len(rows & set(range(len(cells)))), lost, [])


def _process(lines: list[str]) -> Process:
    steps = [json_unquoted(match.group(2)) for line in lines if (match := _STEP.fullmatch(line))]
    names = [json_unquoted(match.group(2)) for line in lines if (match := _PARTICIPANT.fullmatch(line))]
    return Process(tuple(steps[1:]), tuple(names))


def _read_answer(line: str, process: Process, row: list[str]) -> bool:
    """Put the state that a line gives into ``row``; return whether it is a valid one."""
    answer = _ANSWER.fullmatch(line)
    name = json_unquoted(answer.group(1)) if answer else ""
    if answer is None or name not in process.participants or not row:
        return False
    place = answer.group(2)
    state = ABSENT if place is None else UNKNOWN if place == _NOWHERE else json_unquoted(place)
    row[process.participants.index(name)] = state
    return True
