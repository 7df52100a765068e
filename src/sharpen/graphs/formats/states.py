"""Entity states (ProPara) as ``function``, ``class`` and questions with answers, ``qa``.

As CoCoGen writes them (arXiv 2210.07128, section 3; code in src/converters/propara). ``function``, whose
prompt ends with the participants::

    def main():
        # Init
        # Plants die.
        # state_0 tracks the location/state of plants
        def init():
            state_0 = "UNK"
        def plants_die():
            state_0 = None

``None`` says that a participant does not exist, ``"UNK"`` that its place is unknown; a participant without a
state has no line. Ours differ where a table would get lost: what a comment cannot hold is quoted,
a place that is called ``UNK`` is ``["UNK"]``. Functions are matched with steps by position, as CoCoGen does.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sharpen.errors import DataError
from sharpen.graphs.formats.base import Decoded, Format, UnreadableError, check, decoder, with_status
from sharpen.graphs.formats.source import (
    Block,
    assigned,
    elements,
    first_block,
    idle,
    name_of,
    read_block,
    text_of,
)
from sharpen.graphs.formats.words import distinct, json_quoted, json_unquoted, one_line, quoted, snake
from sharpen.graphs.graph import ABSENT, UNKNOWN, Graph, Table, Vertex

_TRACKS = re.compile(r"# state_([0-9]{1,6}) tracks the location/state of (.*)")
_COMMENT = re.compile(r"# (.*)")
_HEAD = re.compile(r"(\s+)def\b(.*)\([^()]*\):\s*(#.*)?")
_STATE = re.compile(r"state_([0-9]{1,6})")


def every() -> Iterator[Format]:
    """Yield the formats of this module that are Python."""
    yield Format("function", "states", "python", _function, _function_prompt, decoder(_read_function))
    yield Format("class", "states", "python", _class, _class_prompt, decoder(_read_class))


def table_of(graph: Graph, *, full: bool) -> Table:
    """Return the table of a graph of entity states. Raises DataError when it cannot be one."""
    check(graph, "states")
    table = graph.table or Table((), ())
    if [node.id for node in graph.nodes] != [f"step{number}" for number in range(1, len(graph.nodes) + 1)]:
        raise DataError("The steps of a process are called step1, step2 and so on: rename them.")
    if graph.edges:
        raise DataError("A process has no edges: leave them out.")
    if len(set(table.participants)) < len(table.participants):
        raise DataError("Two participants have the same name: give each its own.")
    widths = [len(row) for row in table.cells]
    if full and widths != [len(table.participants)] * (len(graph.nodes) + 1):
        raise DataError(
            "A table of states has a row before the first step and one after each, of all participants."
        )
    return table


def _comment(text: str) -> str:
    """Return ``text`` for a comment, quoted when it could be taken for something else."""
    return json_quoted(text) if re.match(r"state_\d+ tracks", text) else one_line(text)


def _comments(graph: Graph, indent: str, declare: bool) -> str:
    table = table_of(graph, full=False)
    lines = ["# Init", *(f"# {_comment(node.text)}" for node in graph.nodes)]
    for number, participant in enumerate(table.participants):
        lines.append(f"# state_{number} tracks the location/state of {_comment(participant)}")
        lines += [f"self.state_{number} = None"] * declare
    lines += ["pass"] * (declare and not table.participants)
    return "".join(f"{indent}{line}\n" for line in lines)


def _function_prompt(graph: Graph) -> str:
    return f"def main():\n{_comments(graph, chr(9), declare=False)}"


def _class_prompt(graph: Graph) -> str:
    return f"class Object:\n\tdef __init__(self):\n{_comments(graph, chr(9) * 2, declare=True)}"


def _function(graph: Graph) -> str:
    return _function_prompt(graph) + "".join(_rows(graph, "", ""))


def _class(graph: Graph) -> str:
    return _class_prompt(graph) + "".join(_rows(graph, "self", "self."))


def _rows(graph: Graph, parameter: str, prefix: str) -> Iterator[str]:
    table = table_of(graph, full=True)
    for name, row in zip(step_names(graph), table.cells, strict=True):
        lines = [f"{prefix}state_{i} = {_state(cell)}" for i, cell in enumerate(row) if cell] or ["pass"]
        yield f"\tdef {name}({parameter}):\n" + "".join(f"\t\t{line}\n" for line in lines)


def step_names(graph: Graph) -> list[str]:
    """Return the names of the functions of a process: ``init`` and one for each step."""
    short = (re.sub(r"\b(the|an?)\s+", "", node.text.lower()) for node in graph.nodes)
    return ["init", *distinct(snake(text, "step") for text in short)]


def _state(cell: str) -> str:
    if cell == "UNK":
        return '["UNK"]'
    return {ABSENT: "None", UNKNOWN: '"UNK"'}.get(cell, quoted(cell))


@dataclass(frozen=True, slots=True)
class Process:
    """What the given part of a text says."""

    steps: tuple[str, ...]
    participants: tuple[str, ...]


def process_of(lines: Sequence[str]) -> Process:
    """Return the steps and participants that the comments name."""
    participants, steps, started = dict[int, str](), list[str](), False
    for line in lines:
        if tracked := _TRACKS.fullmatch(line.strip()):
            participants[int(tracked.group(1))] = json_unquoted(tracked.group(2))
        elif (comment := _COMMENT.fullmatch(line.strip())) and not participants:
            if started:
                steps.append(json_unquoted(comment.group(1)))
            started = started or comment.group(1) == "Init"
        elif _HEAD.fullmatch(line) and started:
            break
    if not started:
        raise UnreadableError("There is no comment `# Init` before the steps.")
    return Process(tuple(steps), tuple(participants[i] for i in sorted(participants)))


def _read_function(text: str) -> Decoded:
    return _read(text, "def", first=0)


def _read_class(text: str) -> Decoded:
    return _read(text, "class", first=1)


def _read(text: str, keyword: str, first: int) -> Decoded:
    process = process_of(first_block(text, keyword))
    block, reasons = _read_lenient(text, keyword)
    bodies = [inner for inner in block.tree.body if isinstance(inner, ast.FunctionDef)][first:]
    cells = [[""] * len(process.participants) for _ in range(len(process.steps) + 1)]
    lost = sum(not _head(inner) for inner in block.tree.body) + len(bodies[len(cells) :])
    for row, body in zip(cells, bodies, strict=False):
        lost += sum(not _read_state(statement, row) for statement in body.body)
    return read_table(process, cells, min(len(bodies), len(cells)), block.dropped + lost, reasons)


def _head(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef) or idle(statement)


def _read_lenient(text: str, keyword: str) -> tuple[Block, list[str]]:
    """Parse a block; when lines are lost, once more with functions whose names are Python."""
    try:
        block = read_block(text, keyword, close_strings=True)
    except UnreadableError:
        block = None
    if block is not None and not block.dropped:
        return block, block.reasons
    lines = list(map(_plain_head, *_with_next(first_block(text, keyword))))
    renamed = read_block("\n".join(lines), keyword, close_strings=True)
    return renamed, [*renamed.reasons, "Functions were matched with steps by position alone."]


def _with_next(lines: list[str]) -> tuple[list[str], list[str]]:
    """Return the lines, and for each the first line after it that says something."""
    following = [""]
    for line in reversed(lines[1:]):
        following.append(line if line.strip() else following[-1])
    return lines, following[::-1]


def _plain_head(line: str, following: str) -> str:
    """Give a function a name that is Python, and a body where the next one begins at once."""
    head = _HEAD.fullmatch(line)
    if head is None:
        return line
    return f"{head.group(1)}def step(self):{' pass' if _HEAD.fullmatch(following) else ''}"


def _read_state(statement: ast.stmt, row: list[str]) -> bool:
    """Put the state that a statement gives into ``row``; return whether it is a valid state."""
    if idle(statement):
        return True
    pair = assigned(statement)
    state = _STATE.fullmatch(name_of(pair[0]) or "") if pair else None
    if pair is None or state is None or int(state.group(1)) >= len(row):
        return False
    value = pair[1]
    if isinstance(value, ast.Constant) and value.value is None:
        place: str | None = ABSENT
    elif isinstance(value, ast.List):
        place = text_of(elements(value)[0]) if elements(value) else None
    else:
        place = UNKNOWN if text_of(value) == "UNK" else text_of(value)
    if place is not None:
        row[int(state.group(1))] = place
    return place is not None


def read_table(
    process: Process, cells: list[list[str]], rows: int, dropped: int, reasons: list[str]
) -> Decoded:
    """Return the graph of a table of which the first ``rows`` rows were found."""
    if rows < len(cells):
        reasons = [*reasons, f"It has {rows} of {len(cells)} rows of states."]
    nodes = tuple(Vertex(f"step{number}", text) for number, text in enumerate(process.steps, 1))
    graph = Graph((), nodes, (), Table(process.participants, tuple(map(tuple, cells))))
    return with_status(graph, dropped, answered=any(cell for row in cells for cell in row), reasons=reasons)
