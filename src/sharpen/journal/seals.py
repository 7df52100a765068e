"""A chain of checksums over everything that a journal holds, so that a change is seen.

Whenever a row is recorded, a seal is: the digest of the row's content, and a link, which is the digest of the
link before it and of this seal. So a row cannot be changed, added or removed, and no two rows exchanged,
without a link that no longer fits.

1. The chain has no secret: someone who recomputes all of it after a change is not seen. The last link names
   the whole journal in 32 digits: written down in another place, it shows that as well, and also a chain
   that was cut at its end.
2. Rows of journals from before the chain are sealed when the journal is first written again, and stay marked.
3. What is digested are the texts themselves, not the numbers by which rows hold them
   (:mod:`sharpen.journal.texts`): the seals of journals of an earlier format stay as they were.
4. From format 5 a seal holds the number of its table and the bytes of a key, in place of their texts. What is
   digested stays the same.
5. SQLite may give a whole number back as a float, so numbers are digested as floats. They are below 2**53.
"""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sharpen.journal import texts

TABLES: Mapping[str, tuple[str, ...]] = {
    "prompt": ("hash",),
    "completion": ("key",),
    "verdict": ("key",),
    "problem": ("id",),
    "node": ("id",),
    "outcome": ("problem", "config"),
}
"""The tables that are sealed, each with the columns that name a row; these are its first.

A seal holds a table's place here, so the order stays as it is.
"""

SCHEMA = """
    CREATE TABLE seal (number INTEGER PRIMARY KEY, tab TEXT NOT NULL, row TEXT NOT NULL,
        content BLOB NOT NULL, link BLOB NOT NULL, late INTEGER NOT NULL) STRICT;
"""

_START = bytes(16)


class Seals:
    """The chain of a database that is open for writing.

    Attributes:
        last: the last link.
    """

    def __init__(self, database: sqlite3.Connection, *, short: bool = False) -> None:
        self._database = database
        self._short = short
        row = database.execute("SELECT link FROM seal ORDER BY number DESC LIMIT 1").fetchone()
        self.last: bytes = row[0] if row else _START

    def add(self, table: str, row: Sequence[Any], *, late: bool = False) -> bytes:
        """Seal a row in the transaction that records it, and return the new last link."""
        name, content = _name(table, row), _digest(*row)
        link = _digest(self.last, table, name, content)
        self._database.execute(
            "INSERT INTO seal (tab, row, content, link, late) VALUES (?, ?, ?, ?, ?)",
            (*self._held(table, name), content, link, late),
        )
        return link

    def _held(self, table: str, name: str) -> tuple[object, object]:
        return (number_of(table), texts.shortened(name)) if self._short else (table, name)

    def add_all(self) -> None:
        """Seal every row of a journal from before the chain."""
        for table in TABLES:
            for row in self._database.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall():
                self.last = self.add(table, row, late=True)


def damages(database: sqlite3.Connection) -> Iterator[str]:
    """Yield one sentence for each place where the chain and the rows do not fit."""
    link, newest = _START, dict[str, int]()
    replaced = database.execute(
        "SELECT plain(row), max(number) FROM seal WHERE tab IN ('outcome', 'node', ?, ?) GROUP BY tab, row",
        (number_of("outcome"), number_of("node")),
    )
    newest.update(replaced)
    selected = {table: texts.columns(table, texts.names_of(database, table)) for table in TABLES}
    query = "SELECT number, tab, plain(row), content, link FROM seal ORDER BY number"
    for number, tab, name, content, sealed in database.execute(query):
        table = _table(tab)
        link = _digest(link, table, name, content)
        if link != sealed:
            yield f"the chain of checksums is broken at record {number}, {_called(table, name)}"
            link = sealed
        if newest.get(name, number) == number:
            yield from _damage(database, selected.get(table, ""), table, name, content)
    for table, columns in TABLES.items():
        key = " || char(31) || ".join(f"plain({column})" for column in columns)
        query = f"SELECT {key} FROM {table} EXCEPT SELECT plain(row) FROM seal WHERE tab IN (?, ?)"
        for (name,) in database.execute(query, (table, number_of(table))):
            yield f"{_called(table, name)} has no checksum: it was not recorded by sharpen"


def late(database: sqlite3.Connection) -> int:
    """Return how many rows were recorded before there were checksums."""
    count: int = database.execute("SELECT count(*) FROM seal WHERE late").fetchone()[0]
    return count


def _damage(
    database: sqlite3.Connection, columns: str, table: str, name: str, content: bytes
) -> Iterator[str]:
    if table not in TABLES:
        yield f"the chain of checksums names an unknown table {table!r}"
        return
    wanted = " AND ".join(f"{column} = {texts.mark(table, column)}" for column in TABLES[table])
    query = f"SELECT {columns} FROM {table} WHERE {wanted}"
    row = database.execute(query, name.split("\x1f")).fetchone()
    if row is None:
        yield f"{_called(table, name)} is missing"
    elif _digest(*row) != content:
        yield f"{_called(table, name)} was changed after it was recorded"


def number_of(table: str) -> int | str:
    """Return the number that a seal holds for a table, or the name where there is no such table."""
    return tuple(TABLES).index(table) if table in TABLES else table


def _table(held: object) -> str:
    return tuple(TABLES)[held] if isinstance(held, int) and 0 <= held < len(TABLES) else str(held)


def _called(table: str, name: str) -> str:
    return f"{table} {name.partition(chr(31))[0]}"


def _name(table: str, row: Sequence[Any]) -> str:
    return "\x1f".join(row[: len(TABLES[table])])


def _digest(*values: str | bytes | float | None) -> bytes:
    """Return 16 bytes that no other values give."""
    digest = hashlib.blake2b(digest_size=16)
    for value in values:
        match value:
            case str():
                tag, body = b"s", value.encode()
            case bytes():
                tag, body = b"b", value
            case None:
                tag, body = b"n", b""
            case _:
                tag, body = b"f", repr(float(value)).encode()
        digest.update(b"%b%d:%b" % (tag, len(body), body))
    return digest.digest()
