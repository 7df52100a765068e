"""Parts of a source of code: files, their texts, and why a file is not read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

MOST_BYTES = 400_000
"""Of a file: larger ones are generated tables."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Why a file's code is not read."""

    reason: str


@dataclass(frozen=True, slots=True)
class File:
    """A file of Python, and what is known of it before it is read.

    Attributes:
        where: its path or address for messages; a local file is read from there.
        origin: the package or repository it belongs to.
        version: the package's version or the repository's commit; empty where there is none.
        path: it, inside of the origin.
        licence: as the origin states it; empty where it states none.
        packages: top-level names of the package that it is a part of.
    """

    where: str
    origin: str
    version: str
    path: str
    licence: str
    packages: tuple[str, ...] = ()

    def texts(self) -> "Iterator[Text]":
        """Yield it with its bytes."""
        path = Path(self.where)
        try:
            reason = too_large(path.stat().st_size)
            yield self, Unread(reason) if reason else path.read_bytes()
        except OSError as error:
            yield self, Unread(error.strerror or str(error))


Text = tuple[File, bytes | str | Unread]
"""A file with its code, as bytes or text, or why it is not read."""


class Part(Protocol):
    """A part of a source, small until it is read: one file, or a Parquet file with many."""

    def texts(self) -> Iterator[Text]:
        """Yield files with their code."""
        ...


def too_large(size: int) -> str:
    """Return that a file of ``size`` bytes is not read, or an empty text."""
    return f"over {MOST_BYTES:,} bytes" if size > MOST_BYTES else ""
