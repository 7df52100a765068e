"""A store of documents that can be searched: titles exactly, everything by SQLite's full-text index (FTS5).

It holds the contexts given with a benchmark's questions, or a Wikipedia dump in HotpotQA's format: files of
JSON lines (plain, ``.gz`` or ``.bz2``) with ``title`` and ``text``, a list of sentences or of lists of them.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharpen.errors import DataError
from sharpen.files.disk import read_jsonl

TITLE_WEIGHT, BODY_WEIGHT = 5.0, 1.0
"""How much a word in the title counts over one in the text (bm25)."""


@dataclass(frozen=True, slots=True)
class Document:
    """A page: its title and its sentences, in order."""

    title: str
    sentences: tuple[str, ...]


class DocumentStore:
    """An index over documents, in memory or in a file; a title is kept once."""

    def __init__(self, documents: Iterable[Document], path: Path | None = None) -> None:
        """Index ``documents``, in the file ``path`` if one is given and it does not hold an index yet."""
        self._db = sqlite3.connect(path or ":memory:")
        if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
            self._build(documents)

    def page(self, title: str) -> Document | None:
        """Return the page called ``title``, in whatever case."""
        row = self._db.execute("SELECT title, body FROM page WHERE title = ?", (title.strip(),)).fetchone()
        return Document(row[0], tuple(json.loads(row[1]))) if row else None

    def similar(self, words: str, most: int = 5) -> list[str]:
        """Return the titles of the pages that fit ``words`` best, best first."""
        terms = re.findall(r"\w+", words)
        if not terms:
            return []
        rows = self._db.execute(
            f"""SELECT p.title FROM text t JOIN page p ON p.id = t.rowid WHERE text MATCH ?
            ORDER BY bm25(text, {TITLE_WEIGHT}, {BODY_WEIGHT}), p.id LIMIT ?""",
            (" OR ".join(f'"{term}"' for term in terms), most),
        )
        return [title for (title,) in rows]

    def __len__(self) -> int:
        """Return how many pages there are."""
        return int(self._db.execute("SELECT count(*) FROM page").fetchone()[0])

    def _build(self, documents: Iterable[Document]) -> None:
        with self._db:
            self._db.execute(
                "CREATE TABLE page (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE COLLATE NOCASE, "
                "body TEXT NOT NULL)"
            )
            self._db.execute(
                "CREATE VIRTUAL TABLE text USING fts5 (title, body, content='', tokenize='porter unicode61')"
            )
            for document in documents:
                added = self._db.execute(
                    "INSERT OR IGNORE INTO page (title, body) VALUES (?, ?)",
                    (document.title, json.dumps(document.sentences)),
                )
                if added.rowcount:
                    self._db.execute(
                        "INSERT INTO text (rowid, title, body) VALUES (?, ?, ?)",
                        (added.lastrowid, document.title, " ".join(document.sentences)),
                    )
            self._db.execute("PRAGMA user_version = 1")


def read_dump(path: Path) -> Iterator[Document]:
    """Yield the documents of a dump: one file, or every file in a folder.

    Raises:
        DataError: a line is not a document; the sentence names it.
    """
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    for file in files:
        for number, row in read_jsonl(file):
            yield _document(row, f"{file}, line {number}")


def _document(row: Any, where: str) -> Document:  # noqa: ANN401 - any JSON
    try:
        return Document(row["title"], tuple(_sentences(row["text"])))
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{where} holds no document with title and text ({error})") from error


def _sentences(text: object) -> Iterator[str]:
    for item in [text] if isinstance(text, str) else text if isinstance(text, list) else []:
        if isinstance(item, list):
            yield from _sentences(item)
        elif isinstance(item, str):
            yield item.strip()
        else:
            raise TypeError(f"a sentence must be text, not {type(item).__name__}")
