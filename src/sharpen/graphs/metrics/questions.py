"""The four questions of ProPara about a process: its inputs, outputs, conversions and moves.

Definitions of ProPara's document-level evaluator (aristo-leaderboard, propara/evaluator). There a
participant that does not exist is at ``null`` and one at an unknown place at ``unk``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sharpen.graphs.graph import ABSENT, UNKNOWN
from sharpen.graphs.metrics.actions import Action

NOWHERE, SOMEWHERE = "null", "unk"


@dataclass(frozen=True, slots=True)
class Conversion:
    """Participants that turn into others, all as phrases (see ``phrases``)."""

    destroyed: str
    created: str
    locations: str
    step: int


@dataclass(frozen=True, slots=True)
class Move:
    """A participant, as a phrase of its alternatives, that is in another place after a step."""

    participant: str
    before: str
    after: str
    step: int


@dataclass(frozen=True, slots=True)
class ProcessAnswers:
    """A process's answers to the four questions, each in the order of its participants or steps."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    conversions: tuple[Conversion, ...]
    moves: tuple[Move, ...]


@dataclass(slots=True)
class _Process:
    """Verbs (T) and locations (T + 1) of each participant, in the order in which they are first named."""

    steps: int
    verbs: dict[str, list[str]] = field(default_factory=dict)
    places: dict[str, list[str]] = field(default_factory=dict)

    def take(self, row: Action) -> None:
        verbs = self.verbs.setdefault(row.participant, ["NONE"] * self.steps)
        places = self.places.setdefault(row.participant, [SOMEWHERE] * (self.steps + 1))
        if row.step == 1:
            places[0] = _place(row.before)
        verbs[row.step - 1] = row.verb
        places[row.step] = _place(row.after)


def answers(rows: Iterable[Action]) -> Mapping[int, ProcessAnswers]:
    """Return the answers of every process of an action file, in the order of its processes."""
    rows = list(rows)
    steps: dict[int, int] = {}
    for row in rows:
        steps[row.process] = max(steps.get(row.process, 0), row.step)
    processes = {process: _Process(count) for process, count in steps.items()}
    for row in rows:
        processes[row.process].take(row)
    return {identity: _answers(process) for identity, process in processes.items()}


def _answers(process: _Process) -> ProcessAnswers:
    named = [(_alternatives(name), verbs) for name, verbs in process.verbs.items()]
    return ProcessAnswers(
        inputs=tuple(name for name, verbs in named if _is_input(verbs)),
        outputs=tuple(name for name, verbs in named if _is_output(verbs)),
        conversions=tuple(_conversions(process)),
        moves=tuple(_moves(process)),
    )


def _is_input(verbs: Sequence[str]) -> bool:
    """Whether it is destroyed, not created before, and neither created nor moved after."""
    return any(
        verb == "DESTROY" and "CREATE" not in verbs[:at] and not {"CREATE", "MOVE"} & set(verbs[at + 1 :])
        for at, verb in enumerate(verbs)
    )


def _is_output(verbs: Sequence[str]) -> bool:
    """Whether it is created, neither destroyed nor moved before, and not destroyed after."""
    return any(
        verb == "CREATE" and not {"DESTROY", "MOVE"} & set(verbs[:at]) and "DESTROY" not in verbs[at + 1 :]
        for at, verb in enumerate(verbs)
    )


def _moves(process: _Process) -> Iterable[Move]:
    for name, places in process.places.items():
        for step in range(1, len(places)):
            before, after = places[step - 1], places[step]
            moved = before != after and NOWHERE not in (before, after)
            if moved or process.verbs[name][step - 1] == "MOVE":
                yield Move(_alternatives(name), before, after, step)


def _conversions(process: _Process) -> Iterable[Conversion]:
    for step in range(1, process.steps + 1):
        created, destroyed = _created(process, step), _destroyed(process, step)
        if created.names and destroyed.names:
            yield _conversion(destroyed.names, created.names, created.places + destroyed.places, step)
        elif step < process.steps - 1:
            born, gone = _created(process, step + 1), _destroyed(process, step + 1)
            born_anew = sorted(set(born.names) - set(destroyed.names))
            gone_anew = sorted(set(gone.names) - set(created.names))
            if destroyed.names and born_anew and not gone.names:
                yield _conversion(destroyed.names, born_anew, born.places + destroyed.places, step)
            elif created.names and gone_anew and not born.names:
                yield _conversion(gone_anew, created.names, created.places + gone.places, step)


def _conversion(
    destroyed: Sequence[str], created: Sequence[str], places: Sequence[str], step: int
) -> Conversion:
    # ProPara's evaluator joins the places in a set's order, which differs from run to run. Here: sorted.
    return Conversion(" AND ".join(destroyed), " AND ".join(created), " AND ".join(sorted(set(places))), step)


class _Change(NamedTuple):
    """The participants that begin or cease to exist at a step, and where."""

    names: tuple[str, ...]
    places: tuple[str, ...]


def _created(process: _Process, step: int) -> _Change:
    events = [
        (_alternatives(name), places[step])
        for name, places in process.places.items()
        if places[step - 1] == NOWHERE != places[step]
    ]
    return _Change(tuple(name for name, _ in events), tuple(place for _, place in events))


def _destroyed(process: _Process, step: int) -> _Change:
    events = [
        (_alternatives(name), places[step - 1])
        for name, places in process.places.items()
        if places[step - 1] != NOWHERE == places[step]
    ]
    return _Change(tuple(name for name, _ in events), tuple(place for _, place in events))


def _alternatives(participant: str) -> str:
    return " OR ".join(name.strip() for name in participant.split(";"))


def _place(location: str) -> str:
    return {ABSENT: NOWHERE, UNKNOWN: SOMEWHERE}.get(location, location)
