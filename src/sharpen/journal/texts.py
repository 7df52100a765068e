"""The texts of a journal: each is stored once, compressed, and rows hold its number; keys are 16 bytes.

The same limits and settings stand in every row, and a program is a part of the answer that it was taken from.
A text is compressed with another as its dictionary, its base: a program with that answer, an answer with its
prompt or with the first answer to it, any other text with the one before it in the same column. Short texts
stand in the rows themselves.

In SQL ``plain(column)`` gives the text of a column of :data:`PACKED` or :data:`KEYS`, and ``stored(?)`` is
what a column of :data:`KEYS` holds for a key, in journals of every format.
"""

import hashlib
import re
import sqlite3
import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

Packed = str | int | bytes
"""What a row holds: a text, the number of one, or a key."""

PACKED: Mapping[str, tuple[str, ...]] = {
    "prompt": ("body",),
    "completion": ("model", "sampling", "text", "name"),
    "verdict": ("code", "suite", "limits", "sandbox", "outcomes", "message"),
    "problem": ("statement", "starter", "provenance"),
    "node": ("author", "text", "code"),
}
"""The columns that hold numbers of texts, by table."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "prompt": ("hash",),
    "completion": ("key", "prompt"),
    "verdict": ("key",),
    "node": ("id", "parent", "completion", "shown", "verdict"),
}
"""The columns that hold keys, by table: 32 hexadecimal digits are stored as 16 bytes."""

SCHEMA = """
    CREATE TABLE text (id INTEGER PRIMARY KEY, hash BLOB NOT NULL, body ANY NOT NULL, base INTEGER) STRICT;
    CREATE INDEX text_hash ON text (hash);
"""

FEWEST = 16
"""Characters from which a text has a number: shorter ones would take more room with it."""
WINDOW = 32_000
"""Bytes of a dictionary that deflate uses, less some."""
MOST_BYTES = 2**30
"""Of one text: a damaged or hostile journal must not fill the memory."""
HASH = 4
"""Bytes of a text's hash. Texts of one hash are compared, so that two may share one."""
DEEPEST = 8
"""Texts of a column that build on one another; then one begins anew, so that reading stays fast."""
RECENT = 64
"""Answers that are remembered, to find the one that a program was taken from."""
REMEMBERED = 1_024
"""Texts that are remembered with their numbers."""

_DIGITS = re.compile("[0-9a-f]{32}")


class Packing:
    """The texts and keys of one database. ``plain`` and ``stored`` become functions of its SQL.

    ``short`` says whether it holds keys as bytes: formats before 5 hold their digits.
    """

    def __init__(self, database: sqlite3.Connection, *, short: bool = False) -> None:
        self._database = database
        self._short = short
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str | None] = {}
        self._answers: deque[tuple[int, str]] = deque(maxlen=RECENT)
        self._first: dict[int, int] = {}
        self._latest: dict[str, tuple[int, int]] = {}
        database.create_function("plain", 1, self.plain)
        database.create_function("stored", 1, self.stored)

    def stored(self, key: Any) -> Any:  # noqa: ANN401 - keys, and None where there is none
        """Return what a column of keys holds for ``key``."""
        return shortened(key) if self._short else key

    def plain(self, value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
        """Return the text or the key that a column holds; None where the text is damaged."""
        if isinstance(value, bytes):
            return value.hex()
        if not isinstance(value, int):
            return value
        if value not in self._texts:
            text = self._read(value)
            _remember(self._texts, value, text)
        return self._texts[value]

    def packed(self, table: str, names: Sequence[str], row: Sequence[Any]) -> list[Any]:
        """Return a row as it is stored, and store the texts that are new, in the transaction under way."""
        texts, keys = PACKED.get(table, ()), KEYS.get(table, ())
        stored: list[Any] = [
            self.stored(value) if name in keys else value for name, value in zip(names, row, strict=True)
        ]
        prompt = self._prompt_of(stored[names.index("prompt")]) if table == "completion" else None
        for place, name in enumerate(names):
            if name in texts and isinstance(row[place], str):
                stored[place] = self._pack(row[place], name, prompt)
        return stored

    def forget(self) -> None:
        """Forget every number: a transaction that gave some was rolled back."""
        self._numbers.clear()
        self._texts.clear()
        self._answers.clear()
        self._first.clear()
        self._latest.clear()

    def _pack(self, text: str, column: str, prompt: int | None) -> Packed:
        return text if len(text) < FEWEST else self._number(text, column, prompt)

    def _number(self, text: str, column: str, prompt: int | None) -> int:
        """Return the number of a text, which is stored if it is new."""
        if text in self._numbers:
            return self._numbers[text]
        name = hashlib.blake2b(text.encode(), digest_size=8).digest()[:HASH]
        same = self._database.execute("SELECT id FROM text WHERE hash = ?", (name,)).fetchall()
        number = next((each for (each,) in same if self.plain(each) == text), None)
        if number is None:
            number = self._new(name, text, column, prompt)
        _remember(self._numbers, text, number)
        return number

    def _new(self, name: bytes, text: str, column: str, prompt: int | None) -> int:
        body = text.encode()
        bases = self._bases(text, column, prompt)
        tried = [(_deflate(body, self._dictionary(base)), base) for base in bases]
        small, base = min(tried, key=lambda each: len(each[0]))
        row = (name, small, base) if len(small) < len(body) else (name, text, None)
        cursor = self._database.execute("INSERT INTO text (hash, body, base) VALUES (?, ?, ?)", row)
        number = int(cursor.lastrowid or 0)
        self._offer(number, text, column, prompt)
        return number

    def _bases(self, text: str, column: str, prompt: int | None) -> list[int | None]:
        """Return the texts that a new one may be compressed with; None is no text."""
        if column == "code":
            return [next((number for number, answer in reversed(self._answers) if text in answer), None)]
        if column == "text" and prompt is not None:
            return [prompt, self._first.get(prompt)]
        latest, before = self._latest.get(column, (0, 0))
        return [latest if before else None]

    def _offer(self, number: int, text: str, column: str, prompt: int | None) -> None:
        """Remember a new text as a base of others. One that was there may stand on many, so it is none."""
        self._latest[column] = number, (self._latest.get(column, (0, 0))[1] + 1) % DEEPEST
        if column == "text":
            self._answers.append((number, text))
        if column == "text" and prompt is not None and prompt not in self._first:
            _remember(self._first, prompt, number)

    def _read(self, number: int) -> str | None:
        """Return a text: the one that all others on its way stand on is read first."""
        bodies: dict[int, object] = {}
        base: int | None = number
        while base is not None and base not in self._texts:
            row = self._database.execute("SELECT body, base FROM text WHERE id = ?", (base,)).fetchone()
            if row is None or base in bodies:
                return None
            bodies[base] = row[0]
            base = row[1]
        text = "" if base is None else self._texts[base]
        for body in reversed(bodies.values()):
            if text is None:
                return None
            text = body if isinstance(body, str) else _inflate(body, text.encode()[-WINDOW:])
        return text

    def _dictionary(self, base: int | None) -> bytes:
        text = None if base is None else self.plain(base)
        return text.encode()[-WINDOW:] if isinstance(text, str) else b""

    def _prompt_of(self, key: Packed) -> int | None:
        row = self._database.execute("SELECT body FROM prompt WHERE hash = ?", (key,)).fetchone()
        return row[0] if row and isinstance(row[0], int) else None


def names_of(database: sqlite3.Connection, table: str) -> list[str]:
    """Return the names of a table's columns, in their order."""
    return [name for _, name, *_ in database.execute(f"PRAGMA table_info({table})")]


def columns(table: str, names: Sequence[str]) -> str:
    """Return the columns of a table as SQL that gives texts in place of numbers, and keys as their digits."""
    packed = (*PACKED.get(table, ()), *KEYS.get(table, ()))
    return ", ".join(f"plain({name}) AS {name}" if name in packed else name for name in names)


def mark(table: str, name: str) -> str:
    """Return SQL for a value that a column of a table is compared with."""
    return "stored(?)" if name in KEYS.get(table, ()) else "?"


def shortened(key: str | None) -> str | bytes | None:
    """Return a key of 32 hexadecimal digits as its 16 bytes, and any other as it is."""
    return bytes.fromhex(key) if key is not None and _DIGITS.fullmatch(key) else key


def _remember(known: dict[Any, Any], key: object, value: object) -> None:
    if len(known) >= REMEMBERED:
        known.clear()
    known[key] = value


def _deflate(body: bytes, dictionary: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=dictionary)
    return compressor.compress(body) + compressor.flush()


def _inflate(body: object, dictionary: bytes) -> str | None:
    if not isinstance(body, bytes):
        return None
    try:
        reader = zlib.decompressobj(-15, zdict=dictionary)
        return reader.decompress(body, MOST_BYTES).decode() if not reader.unconsumed_tail else None
    except (zlib.error, UnicodeDecodeError):
        return None
