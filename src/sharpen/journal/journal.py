"""Everything that happened in a run, durably, under keys that hash everything that determines it.

One SQLite database in WAL mode per run directory. Two kinds of fact: a completion, under a key of model
identity, rendered prompt, every sampling parameter and the sample's index; a verdict, under a key of
program, tests, limits and sandbox version. Asking for a recorded fact returns it, so a killed run pays
for nothing twice and a finished one replays without a model. Trees are rows that name their parent and
point at their facts.

Every record is sealed by a checksum in a chain (:mod:`sharpen.journal.seals`): :meth:`Journal.verify` names
each record that was changed, added or removed since. A verdict that is read must be of a known kind.

A record is committed before it is used. ``synchronous=NORMAL`` is meant: a killed process loses nothing;
a power cut may lose the last moments, never the database. One process writes, any number reads.
"""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from filelock import FileLock

from sharpen.counts import batched
from sharpen.errors import JournalError
from sharpen.journal import schema, seals
from sharpen.journal.decode import COMPLETION, VERDICT, completion_of, verdict_of
from sharpen.journal.directory import lock_directory
from sharpen.journal.keys import completion_key, fingerprint, is_same_model, storable, verdict_key
from sharpen.journal.queries import Queries, storable_row, translated
from sharpen.journal.rows import ProblemRow
from sharpen.journal.seals import Seals
from sharpen.journal.texts import mark
from sharpen.types import Completion, Node, Prompt, Sampling, Verdict

ROWS = 400
"""Rows of another journal that are read and committed at once."""
_MEASURED = frozenset({"at", "seconds", "cpu_seconds", "wall_seconds", "peak_bytes", "cached_tokens"})
"""Columns that differ when the same is done again."""


class Journal(Queries):
    """The record of one run directory.

    Open it with :meth:`write` (one process) or :meth:`read` (any number, also while it is written).
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: FileLock | None) -> None:
        super().__init__(path, connection)
        self._lock = lock
        self._prompts: set[str] = set()
        self._same_models: dict[str, list[str]] = {}
        self._seals = Seals(connection, short=self._short) if lock is not None else None

    @classmethod
    def write(cls, directory: Path) -> Self:
        """Open the journal of ``directory`` for writing, making both if need be.

        Raises:
            RunLockedError: another process writes to it.
            JournalError: the directory or the database cannot be written or read.
        """
        path = directory / "journal.db"
        lock = lock_directory(directory)
        connection = None
        try:
            with translated(path):
                connection = sqlite3.connect(path, isolation_level=None)
                version = schema.format_to_write(connection, path)  # a foreign file stays as it is
                connection.execute("PRAGMA journal_mode=WAL")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute("PRAGMA trusted_schema=OFF")
                schema.migrate(connection, version)
        except JournalError:
            if connection:
                connection.close()
            lock.release()
            raise
        return cls(path, connection, lock)

    @classmethod
    def read(cls, directory: Path) -> Self:
        """Open the journal of ``directory`` for reading.

        Raises:
            JournalError: there is none, or it cannot be read.
        """
        path = directory / "journal.db"
        if not path.is_file():
            raise JournalError(f"{directory} is not a run: it has no journal.db; give a run's directory")
        with translated(path):
            # A run on a read-only medium has no place for the shared memory file that WAL readers make.
            mode = "mode=ro" if os.access(directory, os.W_OK) else "mode=ro&immutable=1"
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True)
            try:
                version = schema.format_of(connection, path)
            except (sqlite3.Error, JournalError):
                connection.close()
                raise
        if version == 0:
            connection.close()
            raise JournalError(f"{path} is empty: nothing was recorded in it")
        if not 1 <= version <= len(schema.MIGRATIONS):
            connection.close()
            raise JournalError(
                f"{path} has format {version} and this sharpen reads 1 to {len(schema.MIGRATIONS)}: "
                "use the version that wrote it"
            )
        return cls(path, connection, None)

    def close(self) -> None:
        """Close the database and give up the lock."""
        self._db.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Other journals

    def copy(self, path: Path) -> None:
        """Write all records of this moment into a new file, which needs no others beside it.

        Raises:
            JournalError: it cannot be written.
        """
        path.unlink(missing_ok=True)
        with translated(path), closing(sqlite3.connect(path)) as target:
            self._db.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")

    def absorb(self, other: "Journal") -> Iterator[str]:
        """Commit all records of another journal, and yield a sentence for each with another content here.

        What is here stays. When a record was made, and how long it took, makes no difference.

        Raises:
            JournalError: the other journal was written by an older version.
        """
        for table, columns in seals.TABLES.items():
            names = self._names(table)
            for rows in batched(other.rows(table), ROWS):
                there = self._same_rows(table, columns, rows)
                yield from _differences(table, names, rows, there, len(columns))
                self._record(*((table, row) for row in rows if row[: len(columns)] not in there))

    def _same_rows(
        self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
    ) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """Return the rows of this journal that have the names of ``rows``, by these."""
        marks = ",".join([f"({','.join(mark(table, column) for column in columns)})"] * len(rows))
        named = [value for row in rows for value in row[: len(columns)]]
        query = f"SELECT {self._columns(table)} FROM {table} WHERE ({','.join(columns)}) IN (VALUES {marks})"
        return {row[: len(columns)]: row for row in self._all(query, *named)}

    # Facts

    def completions(
        self, model: str, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> dict[int, Completion]:
        """Return those samples of ``indices`` that are recorded, by index."""
        recorded = self.recorded(model, prompt, sampling, indices)
        return {index: completion for index, (_, completion) in recorded.items()}

    def recorded(
        self, model: str, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> dict[int, tuple[str, Completion]]:
        """Return those samples of ``indices`` that are recorded, with their keys, by index.

        A model behind a server is found under every address at which it answered.
        """
        prompt_hash = fingerprint(prompt)
        completions: dict[int, tuple[str, Completion]] = {}
        for index in indices:
            for identity in self._identities_of(model):
                key = completion_key(identity, prompt_hash, sampling, index)
                if row := self._one(f"SELECT {COMPLETION} FROM completion c WHERE key = stored(?)", key):
                    completions[index] = key, completion_of(row)
                    break
        return completions

    def _identities_of(self, model: str) -> list[str]:
        """Return the identities under which answers of ``model`` are recorded, the first one first.

        Without any it is ``model`` itself. New answers go under the first, so that all answers of a model in
        one journal have keys of one identity, and a replay makes the same rows again.
        """
        if model not in self._same_models:
            recorded = self._all("SELECT plain(model) FROM completion GROUP BY model ORDER BY min(rowid)")
            same = [other for (other,) in recorded if is_same_model(other, model)]
            self._same_models[model] = same or [model]
        return self._same_models[model]

    def record_completion(
        self, model: str, prompt: Prompt, sampling: Sampling, index: int, completion: Completion
    ) -> str:
        """Commit one sample and return its key. A sample that is there already stays as it is."""
        prompt_hash = fingerprint(prompt)
        model = self._identities_of(model)[0]
        key = completion_key(model, prompt_hash, sampling, index)
        c = completion
        rows: list[tuple[str, tuple[Any, ...]]] = []
        if prompt_hash not in self._prompts:
            rows.append(("prompt", (prompt_hash, _dump_prompt(prompt))))
        counted = (c.prompt_tokens, c.cached_tokens, c.completion_tokens, c.finish_reason)
        request = (key, model, prompt_hash, json.dumps(asdict(sampling)), index)
        rows.append(("completion", (*request, c.text, *counted, c.model, c.seconds, time.time())))
        self._record(*rows)
        self._prompts.add(prompt_hash)
        return key

    def verdict(self, key: str) -> Verdict | None:
        """Return the verdict recorded under ``key``, if there is one."""
        row = self._one(f"SELECT {VERDICT} FROM verdict v WHERE key = stored(?)", key)
        return verdict_of(row) if row else None

    def record_verdict(self, code: str, suite_hash: str, limits: str, sandbox: str, verdict: Verdict) -> str:
        """Commit one verdict and return its key."""
        code = storable(code)
        key = verdict_key(code, suite_hash, limits, sandbox)
        v = verdict
        outcomes = json.dumps([[o.test, o.kind, *([o.measured] if o.measured else [])] for o in v.outcomes])
        judged = (key, code, suite_hash, limits, sandbox, v.kind, outcomes, v.message)
        cost = (v.cpu_seconds, v.wall_seconds, v.peak_bytes)
        self._record(("verdict", (*judged, *cost, v.trust, time.time())))
        return key

    # Trees and problems

    def record_problem(self, position: int, row: ProblemRow) -> None:
        """Commit what a report needs of a problem."""
        texts = (row.statement, row.starter, row.difficulty, json.dumps(dict(row.provenance)))
        self._record(("problem", (row.id, position, *texts)))

    def record_node(self, node: Node, completion: str | None, shown: str | None, verdict: str | None) -> None:
        """Commit one row of a tree with the keys of its facts.

        A row that is there with another program or other verdicts is replaced: they were made again from the
        recorded answer, under another version of the sandbox.
        """
        place = (node.id, node.parent, node.problem, node.stage, node.index, node.author)
        row_text = ("" if completion else node.text, completion)
        program = (node.program.code, node.program.extraction) if node.program else (None, None)
        row = (*place, *row_text, *program, shown, verdict, node.reward)
        query = f"SELECT {self._columns('node')} FROM node WHERE id = stored(?)"
        if self._one(query, node.id) != storable_row(row):
            self._record(("node", row), replace=True)

    def record_outcome(self, problem: str, config: str, error: str = "") -> None:
        """Commit that ``problem`` is finished under ``config``; ``error`` says what went wrong, if so."""
        self._record(("outcome", (problem, config, error, time.time())), replace=True)

    # SQLite

    def _record(self, *rows: tuple[str, tuple[Any, ...]], replace: bool = False) -> None:
        """Commit rows of tables with their seals. A row that is there stays, unless it is replaced."""
        if self._seals is None:
            raise JournalError(f"the journal {self.path} is open for reading only")
        last = self._seals.last
        start, end = ("INSERT OR REPLACE", "") if replace else ("INSERT", "ON CONFLICT DO NOTHING")
        with translated(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for table, values in rows:
                    row = storable_row(values)
                    marks = ",".join("?" * len(row))
                    packed = self._texts.packed(table, self._names(table), row)
                    if self._db.execute(f"{start} INTO {table} VALUES ({marks}) {end}", packed).rowcount:
                        self._seals.last = self._seals.add(table, row)
                self._db.execute("COMMIT")
            except BaseException:  # also Ctrl-C: no transaction is left open
                self._seals.last = last
                self._texts.forget()
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise


def _differences(
    table: str,
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    there: Mapping[tuple[Any, ...], tuple[Any, ...]],
    key: int,
) -> Iterator[str]:
    for row in rows:
        known = there.get(row[:key], row)
        differing = [n for n, a, b in zip(names, known, row, strict=True) if a != b and n not in _MEASURED]
        if differing:
            yield f"{table} {row[0]} has another {' and '.join(differing)} there; the first is kept"


def _dump_prompt(prompt: Prompt) -> str:
    return json.dumps(prompt if isinstance(prompt, str) else [[m.role, m.content] for m in prompt])
