"""People's explanations of failing programs, collected in a browser (self-repair paper, section 4.3).

A study belongs to one run. Each participant gets a link of their own and explains a number of failing
programs: never two of one problem, and every program is explained by as many people as any other, give or
take one. The paper: 16 people, 5 programs each, 2 failing programs for each of 20 tasks.

What is written is in ``study.db`` in the run's directory as soon as it is typed; finished explanations are
also in ``feedback.jsonl``, which ``sharpen repair --feedback-from`` takes: with the kind of failure as its
label and ``P01`` as its author, never a name.
"""

import random
import secrets
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, get_args

from sharpen.errors import JournalError, UsageError
from sharpen.files.disk import write_whole
from sharpen.methods.human_feedback import Failure, failures

Label = Literal["wrong idea", "small mistake", "misread the task", "incomplete", "too slow", "cannot tell"]
LABELS: tuple[Label, ...] = get_args(Label)
"""What kind of failure a participant takes it for."""
PROGRAMS_A_PROBLEM = 2
"""The paper explains two failing programs of each task."""

_TABLES = """
    CREATE TABLE IF NOT EXISTS participant (label TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL DEFAULT '', consented REAL) STRICT;
    CREATE TABLE IF NOT EXISTS answer (label TEXT NOT NULL, position INTEGER NOT NULL, program TEXT NOT NULL,
        text TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '', seconds REAL NOT NULL DEFAULT 0,
        finished REAL, PRIMARY KEY (label, position)) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Participant:
    """A person of the study.

    Attributes:
        label: ``P01``; the author of their explanations.
        token: the secret in their link.
        consented: whether they agreed to take part.
        programs, finished: programs assigned, and explained.
        seconds: time spent on their programs.
    """

    label: str
    token: str
    consented: bool
    programs: int
    finished: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Assignment:
    """One program that a participant explains.

    Attributes:
        position: its number among theirs, from 0.
        failure: the program, its problem and the error that may be shown.
        text, kind: what they have written so far.
        seconds: how long the page was open and in use.
        finished: whether they handed it in.
    """

    position: int
    failure: Failure
    text: str
    kind: str
    seconds: float
    finished: bool


class Study:
    """The participants of one run, their programs and what they wrote."""

    def __init__(self, run: Path) -> None:
        """Open the study of ``run``, making an empty one if there is none.

        Raises:
            JournalError: the run cannot be read, or the file cannot be written.
        """
        self.run = run
        self._failures = {failure.program_id: failure for failure in failures(run)}
        with self._database() as database:
            database.executescript(_TABLES)

    @classmethod
    def prepare(cls, run: Path, participants: int, per_person: int, seed: int = 0) -> Self:
        """Open the study of ``run`` and add participants up to the number wanted.

        Raises:
            JournalError: the run cannot be read, or the file cannot be written.
            UsageError: the run has too few failing programs.
        """
        study = cls(run)
        with study._database() as database:
            have = [label for (label,) in database.execute("SELECT label FROM participant")]
            done = Counter(program for (program,) in database.execute("SELECT program FROM answer"))
            new = [f"P{number:02d}" for number in range(len(have) + 1, participants + 1)]
            programs = chosen(list(study._failures.values()), seed)
            for label, mine in zip(new, assigned(programs, len(new), per_person, done, seed), strict=True):
                database.execute(
                    "INSERT INTO participant (label, token) VALUES (?, ?)", (label, secrets.token_urlsafe(16))
                )
                database.executemany(
                    "INSERT INTO answer (label, position, program) VALUES (?, ?, ?)",
                    [(label, position, failure.program_id) for position, failure in enumerate(mine)],
                )
        return study

    def participants(self) -> list[Participant]:
        """Return everybody, in order of label."""
        query = """SELECT p.label, p.token, p.consented IS NOT NULL, count(a.program), count(a.finished),
            total(a.seconds) FROM participant p LEFT JOIN answer a ON a.label = p.label
            GROUP BY p.label ORDER BY p.label"""
        with self._database() as database:
            return [
                Participant(label, token, bool(consented), programs, finished, seconds)
                for label, token, consented, programs, finished, seconds in database.execute(query)
            ]

    def participant(self, token: str) -> Participant | None:
        """Return whose link has ``token``."""
        return next((one for one in self.participants() if secrets.compare_digest(one.token, token)), None)

    def assignments(self, label: str) -> list[Assignment]:
        """Return a participant's programs in their order."""
        query = """SELECT position, program, text, kind, seconds, finished IS NOT NULL FROM answer
            WHERE label = ? ORDER BY position"""
        with self._database() as database:
            return [
                Assignment(position, self._failures[program], text, kind, seconds, bool(finished))
                for position, program, text, kind, seconds, finished in database.execute(query, (label,))
            ]

    def consent(self, label: str, name: str) -> None:
        """Record that a participant agrees to take part; the name, which may be empty, is never exported."""
        with self._database() as database:
            database.execute(
                "UPDATE participant SET consented = coalesce(consented, ?), name = ? WHERE label = ?",
                (time.time(), name, label),
            )

    def save(self, label: str, position: int, text: str, kind: str, seconds: float, *, finish: bool) -> None:
        """Record what a participant has written so far. An explanation that is handed in needs a text.

        Raises:
            UsageError: the explanation is empty, or the kind of failure is not one of ``LABELS``.
        """
        if finish and not text.strip():
            raise UsageError("the explanation is empty: write what is wrong with the program")
        if kind not in (*LABELS, ""):
            raise UsageError(f"{kind!r} is not a kind of failure")
        with self._database() as database:
            database.execute(
                """UPDATE answer SET text = ?, kind = ?, seconds = max(seconds, ?),
                    finished = CASE WHEN ? THEN coalesce(finished, ?) ELSE finished END
                WHERE label = ? AND position = ?""",
                (text, kind, min(max(seconds, 0.0), 86400.0), finish, time.time(), label, position),
            )
        if finish:
            self.write_feedback()

    def write_feedback(self) -> Path:
        """Write all finished explanations as ``feedback.jsonl`` and return where it is."""
        query = """SELECT label, program, text, kind FROM answer WHERE finished IS NOT NULL
            ORDER BY label, position"""
        with self._database() as database:
            rows = [
                self._failures[program].model_copy(
                    update={"author": author, "feedback": text, "labels": (kind,) if kind else ()}
                )
                for author, program, text, kind in database.execute(query)
            ]
        path = self.run / "feedback.jsonl"
        write_whole(path, "".join(row.model_dump_json() + "\n" for row in rows).encode())
        return path

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        path = self.run / "study.db"
        try:
            database = sqlite3.connect(path, timeout=30)
            try:
                with database:
                    yield database
            finally:
                database.close()
        except sqlite3.Error as error:
            raise JournalError(f"the study {path} cannot be used: {error}") from error


def chosen(failures: Sequence[Failure], seed: int = 0) -> list[Failure]:
    """Return at most two failing programs of each problem, drawn at random, problems in their order."""
    chance = random.Random(seed)  # noqa: S311 - a draw, no secret
    by_problem: dict[str, list[Failure]] = {}
    for failure in failures:
        by_problem.setdefault(failure.problem, []).append(failure)
    return [
        failure
        for several in by_problem.values()
        for failure in chance.sample(several, min(PROGRAMS_A_PROBLEM, len(several)))
    ]


def assigned(
    programs: Sequence[Failure], people: int, per_person: int, done: Counter[str], seed: int = 0
) -> list[list[Failure]]:
    """Return each person's programs: no two of one problem, and all programs equally often.

    Args:
        programs: those to choose from.
        people: how many persons.
        per_person: programs for each.
        done: how often each program is assigned already, by its id; it is counted up.
        seed: of the order among programs that were assigned equally often.

    Raises:
        UsageError: there are fewer problems than a person is to see.
    """
    problems = len({program.problem for program in programs})
    if people and problems < per_person:
        raise UsageError(
            f"each person is to explain {per_person} programs of different problems, and only {problems} "
            "problems have failing programs: give a smaller --per-person"
        )
    chance = random.Random(seed)  # noqa: S311 - a draw, no secret
    everybody: list[list[Failure]] = []
    for _ in range(people):
        order = sorted(programs, key=lambda program: (done[program.program_id], chance.random()))
        mine: dict[str, Failure] = {}
        for program in order:
            if len(mine) < per_person:
                mine.setdefault(program.problem, program)
        everybody.append(list(mine.values()))
        done.update(program.program_id for program in mine.values())
    return everybody
