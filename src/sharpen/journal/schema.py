"""The tables of the journal, as numbered migrations: a journal of any earlier version opens."""

import sqlite3
from pathlib import Path

from sharpen.errors import JournalError
from sharpen.journal.seals import SCHEMA, Seals

MIGRATIONS = (
    """
    CREATE TABLE prompt (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
    CREATE TABLE completion (
        key TEXT NOT NULL UNIQUE, model TEXT NOT NULL, prompt TEXT NOT NULL, sampling TEXT NOT NULL,
        sample INTEGER NOT NULL, text TEXT NOT NULL, prompt_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, finish_reason TEXT NOT NULL,
        name TEXT NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL) STRICT;
    CREATE TABLE verdict (
        key TEXT NOT NULL UNIQUE, code TEXT NOT NULL, suite TEXT NOT NULL, limits TEXT NOT NULL,
        sandbox TEXT NOT NULL, kind TEXT NOT NULL, outcomes TEXT NOT NULL, message TEXT NOT NULL,
        cpu_seconds REAL NOT NULL, wall_seconds REAL NOT NULL, peak_bytes INTEGER NOT NULL,
        trust TEXT NOT NULL, at REAL NOT NULL) STRICT;
    CREATE TABLE problem (id TEXT PRIMARY KEY, position INTEGER NOT NULL, statement TEXT NOT NULL,
        starter TEXT NOT NULL, difficulty TEXT NOT NULL, provenance TEXT NOT NULL) STRICT;
    CREATE TABLE node (
        id TEXT NOT NULL UNIQUE, parent TEXT, problem TEXT NOT NULL, stage TEXT NOT NULL,
        sample INTEGER NOT NULL, author TEXT NOT NULL, text TEXT NOT NULL, completion TEXT,
        code TEXT, extraction TEXT, shown TEXT, verdict TEXT) STRICT;
    CREATE INDEX node_problem ON node (problem);
    CREATE TABLE outcome (problem TEXT NOT NULL, config TEXT NOT NULL, error TEXT NOT NULL,
        at REAL NOT NULL, PRIMARY KEY (problem, config)) STRICT;
    """,
    "ALTER TABLE node ADD COLUMN reward REAL;",
    SCHEMA,
)
"""Numbered by position; ``PRAGMA user_version`` says how many a database has seen."""


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables of a database that is open for writing up to date.

    Raises:
        JournalError: a newer version of sharpen made them.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise JournalError(
            f"{path} has format {version}, newer than this sharpen's {len(MIGRATIONS)}: upgrade sharpen"
        )
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        connection.executescript(f"BEGIN; {script}")
        if script == SCHEMA:
            Seals(connection).add_all()
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
