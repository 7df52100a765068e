"""What happens to each participant at each step of a process: the rows that ProPara's evaluator reads.

An action file has tab-separated rows: process, step (from 1), participant, action, location before and
after. A table of states becomes such rows with CoCoGen's rule for gaps (arXiv 2210.07128, its evaluation).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from sharpen.errors import DataError
from sharpen.graphs.graph import ABSENT, Table

Verb = Literal["NONE", "CREATE", "MOVE", "DESTROY"]
VERBS: dict[str, Verb] = {verb: verb for verb in get_args(Verb)}
COLUMNS = 6


@dataclass(frozen=True, slots=True)
class Action:
    """What a step does to a participant.

    Attributes:
        process: the number of the process paragraph.
        step: from 1.
        participant: verbatim, alternatives joined by ``;``.
        verb: what happens.
        before, after: where it is: a location, ``?`` for an unknown one, ``-`` where it does not exist.
    """

    process: int
    step: int
    participant: str
    verb: Verb
    before: str
    after: str


def actions(process: int, table: Table, steps: int) -> tuple[Action, ...]:
    """Return what a table of states says happens, participant by participant.

    A cell that is missing (an empty text, or a row that a model did not reach) repeats the raw cell before
    it. Where that one is missing too, the participant is taken to be absent before and after.

    Args:
        process: the number that the rows will bear.
        table: the states; rows beyond the last step do not count.
        steps: how many steps the process has.
    """
    rows: list[Action] = []
    for column, participant in enumerate(table.participants):
        states = [row[column] if column < len(row) else "" for row in table.cells[: steps + 1]]
        states += [""] * (steps + 1 - len(states))
        for step in range(1, steps + 1):
            verb, before, after = _action(states[step - 1], states[step])
            rows.append(Action(process, step, participant, verb, before, after))
    return tuple(rows)


def _action(before: str, after: str) -> tuple[Verb, str, str]:
    if not after:
        before = after = before or ABSENT
    elif not before:
        # CoCoGen's code prints a missing cell as Python's None, and so takes it for a place of that name.
        before = "None"
    if before == after:
        return "NONE", before, after
    if before == ABSENT:
        return "CREATE", before, after
    return ("DESTROY" if after == ABSENT else "MOVE"), before, after


def read_actions(path: Path) -> tuple[Action, ...]:
    """Read an action file.

    Raises:
        DataError: it is empty, or a row has too few columns, a number that is none, an unknown action or
            locations that its action cannot have.
    """
    with path.open(encoding="utf-8") as lines:
        rows = tuple(_row(path, number, line.strip("\r\n")) for number, line in enumerate(lines, 1))
    if not rows:
        raise DataError(f"{path} has no actions")
    return rows


def write_actions(path: Path, rows: Iterable[Action]) -> None:
    """Write rows as the action file that ProPara's own evaluator reads."""
    columns = ([r.process, r.step, r.participant, r.verb, r.before, r.after] for r in rows)
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in columns), encoding="utf-8")


def _row(path: Path, number: int, line: str) -> Action:
    columns = line.split("\t")
    if len(columns) < COLUMNS:
        raise DataError(f"{path}:{number} has {len(columns)} columns, an action has {COLUMNS}")
    process, step, participant, verb, before, after = columns[:COLUMNS]
    if not (process.strip().isdecimal() and step.strip().isdecimal() and int(step) > 0):
        raise DataError(f"{path}:{number} must start with the numbers of a process and of a step from 1")
    if verb not in VERBS:
        raise DataError(f"{path}:{number} has the action {verb!r}, not {', '.join(VERBS)}")
    row = Action(int(process), int(step), participant, VERBS[verb], before, after)
    if complaint := _complaint(row):
        raise DataError(f"{path}:{number} {complaint}: from {before!r} to {after!r}")
    return row


def _complaint(row: Action) -> str:
    """Return why the locations do not fit the action, or nothing."""
    nowhere: Sequence[str] = ("", ABSENT)
    fits = {
        "NONE": row.before == row.after,
        "CREATE": row.before == ABSENT and row.after not in nowhere,
        "DESTROY": row.before not in nowhere and row.after == ABSENT,
        "MOVE": row.before not in nowhere and row.after not in nowhere,
    }
    return "" if fits[row.verb] else f"has locations that {row.verb} cannot have"
