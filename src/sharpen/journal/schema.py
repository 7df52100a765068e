"""The tables of the journal, as numbered migrations: a journal of any earlier version opens."""

import sqlite3
from pathlib import Path

from sharpen.errors import JournalError
from sharpen.journal import seals, texts
from sharpen.journal.seals import Seals
from sharpen.journal.texts import Packing, names_of

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
    seals.SCHEMA,
    texts.SCHEMA
    + """
    ALTER TABLE prompt RENAME TO old_prompt;
    CREATE TABLE prompt (hash TEXT PRIMARY KEY, body ANY NOT NULL) STRICT;
    ALTER TABLE completion RENAME TO old_completion;
    CREATE TABLE completion (
        key TEXT NOT NULL UNIQUE, model ANY NOT NULL, prompt TEXT NOT NULL, sampling ANY NOT NULL,
        sample INTEGER NOT NULL, text ANY NOT NULL, prompt_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, finish_reason TEXT NOT NULL,
        name ANY NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL) STRICT;
    ALTER TABLE verdict RENAME TO old_verdict;
    CREATE TABLE verdict (
        key TEXT NOT NULL UNIQUE, code ANY NOT NULL, suite ANY NOT NULL, limits ANY NOT NULL,
        sandbox ANY NOT NULL, kind TEXT NOT NULL, outcomes ANY NOT NULL, message ANY NOT NULL,
        cpu_seconds REAL NOT NULL, wall_seconds REAL NOT NULL, peak_bytes INTEGER NOT NULL,
        trust TEXT NOT NULL, at REAL NOT NULL) STRICT;
    ALTER TABLE problem RENAME TO old_problem;
    CREATE TABLE problem (id TEXT PRIMARY KEY, position INTEGER NOT NULL, statement ANY NOT NULL,
        starter ANY NOT NULL, difficulty TEXT NOT NULL, provenance ANY NOT NULL) STRICT;
    ALTER TABLE node RENAME TO old_node;
    DROP INDEX node_problem;
    CREATE TABLE node (
        id TEXT NOT NULL UNIQUE, parent TEXT, problem TEXT NOT NULL, stage TEXT NOT NULL,
        sample INTEGER NOT NULL, author ANY NOT NULL, text ANY NOT NULL, completion TEXT,
        code ANY, extraction TEXT, shown TEXT, verdict TEXT, reward REAL) STRICT;
    CREATE INDEX node_problem ON node (problem);
    """,
    """
    ALTER TABLE prompt RENAME TO old_prompt;
    CREATE TABLE prompt (hash ANY PRIMARY KEY, body ANY NOT NULL) STRICT;
    ALTER TABLE completion RENAME TO old_completion;
    CREATE TABLE completion (
        key ANY NOT NULL UNIQUE, model ANY NOT NULL, prompt ANY NOT NULL, sampling ANY NOT NULL,
        sample INTEGER NOT NULL, text ANY NOT NULL, prompt_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, finish_reason TEXT NOT NULL,
        name ANY NOT NULL, seconds REAL NOT NULL, at REAL NOT NULL) STRICT;
    ALTER TABLE verdict RENAME TO old_verdict;
    CREATE TABLE verdict (
        key ANY NOT NULL UNIQUE, code ANY NOT NULL, suite ANY NOT NULL, limits ANY NOT NULL,
        sandbox ANY NOT NULL, kind TEXT NOT NULL, outcomes ANY NOT NULL, message ANY NOT NULL,
        cpu_seconds REAL NOT NULL, wall_seconds REAL NOT NULL, peak_bytes INTEGER NOT NULL,
        trust TEXT NOT NULL, at REAL NOT NULL) STRICT;
    ALTER TABLE node RENAME TO old_node;
    DROP INDEX node_problem;
    CREATE TABLE node (
        id ANY NOT NULL UNIQUE, parent ANY, problem TEXT NOT NULL, stage TEXT NOT NULL,
        sample INTEGER NOT NULL, author ANY NOT NULL, text ANY NOT NULL, completion ANY,
        code ANY, extraction TEXT, shown ANY, verdict ANY, reward REAL) STRICT;
    CREATE INDEX node_problem ON node (problem);
    ALTER TABLE seal RENAME TO old_seal;
    CREATE TABLE seal (number INTEGER PRIMARY KEY, tab ANY NOT NULL, row ANY NOT NULL,
        content BLOB NOT NULL, link BLOB NOT NULL, late INTEGER NOT NULL) STRICT;
    """,
)
"""Numbered by position; ``PRAGMA user_version`` says how many a database has seen."""

SEALED, PACKED, SHORT = 3, 4, 5
"""The formats from which rows have seals, texts have numbers, and keys are bytes."""


def format_of(connection: sqlite3.Connection, path: Path) -> int:
    """Return the number of a journal's format; 0 where it has no tables yet.

    Raises:
        JournalError: it has tables and no format.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0 and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise JournalError(
            f"{path} does not have the number of a journal's format, so it was changed or is no journal: "
            "restore it from a copy, or choose another --run"
        )
    return version


def format_to_write(connection: sqlite3.Connection, path: Path) -> int:
    """Return the number of the format of a journal that will be written, as :func:`format_of` does.

    Raises:
        JournalError: a newer version of sharpen made it, or no version.
    """
    version = format_of(connection, path)
    if version > len(MIGRATIONS):
        raise JournalError(
            f"{path} has format {version}, newer than this sharpen's {len(MIGRATIONS)}: upgrade sharpen"
        )
    return version


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Bring the tables of a database that is open for writing up to date from format ``version``.

    Each step is one transaction: a process that is killed in it leaves the journal as it was.
    """
    for number, script in enumerate(MIGRATIONS[version:], version + 1):
        connection.executescript(f"BEGIN; {script}")
        if number == SEALED:
            Seals(connection).add_all()
        if number == PACKED:
            _pack(connection)
        if number == SHORT:
            _shorten(connection)
        connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    if 0 < version < SHORT:
        connection.execute("VACUUM")  # gives the room of what was moved back


def _pack(connection: sqlite3.Connection) -> None:
    """Move the rows of tables with whole texts into those with numbers of texts, in their order."""
    packing = Packing(connection)
    for table in texts.PACKED:
        names = names_of(connection, table)
        marks = ",".join("?" * len(names))
        for row in connection.execute(f"SELECT {', '.join(names)} FROM old_{table} ORDER BY rowid"):
            packed = packing.packed(table, names, row)
            connection.execute(f"INSERT INTO {table} VALUES ({marks})", packed)
        connection.execute(f"DROP TABLE old_{table}")


def _shorten(connection: sqlite3.Connection) -> None:
    """Move the rows of tables with keys into those that hold them as bytes, in their order."""
    connection.create_function("shortened", 1, texts.shortened)
    for table, keys in texts.KEYS.items():
        moved = (f"shortened({name})" if name in keys else name for name in names_of(connection, table))
        connection.execute(f"INSERT INTO {table} SELECT {', '.join(moved)} FROM old_{table} ORDER BY rowid")
        connection.execute(f"DROP TABLE old_{table}")
    connection.create_function("number_of", 1, seals.number_of)
    connection.execute(
        "INSERT INTO seal SELECT number, number_of(tab), shortened(row), content, link, late FROM old_seal"
    )
    connection.execute("DROP TABLE old_seal")
    connection.execute("UPDATE text SET hash = substr(hash, 1, ?)", (texts.HASH,))
