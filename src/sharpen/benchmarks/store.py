"""The verified cache of benchmark files, and the reader of their records."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sharpen.errors import DataError, FetchError, first_fault
from sharpen.files.disk import read_rows, write_whole
from sharpen.files.download import (
    DownloadProgress,
    Source,
    data_home,
    fetch,
    refuse_if_nothing_is_fetched,
    sha256_of,
)
from sharpen.files.http import read_url

Record = TypeVar("Record", bound=BaseModel)


_POINTER_BYTES = 1000
"""The most that a Git LFS pointer has."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A benchmark's file and where to get it.

    Attributes:
        file: its name in the cache.
        version: the benchmark's release or commit.
        sha256: of the file; a file with another is never read. Empty where ``pointer`` names it, or where
            it is not known and ``sources`` name a commit.
        sources: tried in this order.
        pointer: the address of the file's Git LFS pointer in the benchmark's repository.
    """

    file: str
    version: str
    sha256: str
    sources: tuple[Source, ...]
    pointer: str = ""

    @property
    def path(self) -> Path:
        """Where the file is, once fetched."""
        return cache_directory() / self.file


def cache_directory() -> Path:
    """Return the folder of benchmark files."""
    return data_home() / "benchmarks"


def obtain(remote: RemoteFile, progress: DownloadProgress | None = None) -> Path:
    """Return the path of the verified file, fetching it first where it is not there.

    Raises:
        HashMismatchError: the file that came is another one.
        FetchError: no source could be reached, or the file's name leads out of the cache.
    """
    if not Path(os.path.normpath(remote.path)).is_relative_to(cache_directory()):
        raise FetchError(f"{remote.file} is not the name of a file in the cache")
    sha256 = _pointed_hash(remote) if remote.pointer else remote.sha256
    fetch(remote.path, remote.sources, sha256, progress=progress)
    return remote.path


def _pointed_hash(remote: RemoteFile) -> str:
    """Return the SHA-256 that the Git LFS pointer names; it is read once and stored beside the file."""
    stored = remote.path.with_name(f"{remote.path.name}.sha256")
    if stored.is_file():
        return stored.read_text("ascii").strip()
    refuse_if_nothing_is_fetched(remote.file)
    text = read_url(remote.pointer, _POINTER_BYTES).decode("ascii", "replace")
    match = re.search(r"^oid sha256:([0-9a-f]{64})$", text, re.MULTILINE)
    if not match:
        raise FetchError(f"{remote.pointer} is not a Git LFS pointer: it begins with {text[:40]!r}")
    write_whole(stored, match[1].encode())
    return match[1]


def read_records(
    path: Path, schema: type[Record], remote: RemoteFile | None
) -> tuple[list[Record], Mapping[str, str]]:
    """Return the records of a JSONL file or JSON array, plain or gzipped, and their provenance.

    Raises:
        DataError: the file or a line of it is not what ``schema`` says; the line is named.
    """
    records = list(stream_records(path, schema))
    if not records:
        raise DataError(f"{path} holds no problems.")
    return records, provenance_of(path, remote)


def provenance_of(path: Path, remote: RemoteFile | None) -> Mapping[str, str]:
    """Return what the problems of a file say of where they came from."""
    source = remote.file if remote else str(path)
    version = remote.version if remote else "local file"
    return {"source": source, "version": version, "sha256": sha256_of(path)}


def stream_records(path: Path, schema: type[Record]) -> Iterator[Record]:
    """Yield the records of a JSONL file, one at a time; those of a JSON array all at once.

    Raises:
        DataError: the file or a line of it is not what ``schema`` says; the line is named.
    """
    for where, row in read_rows(path):
        try:
            yield schema.model_validate(row)
        except ValidationError as error:
            raise DataError(f"{where}: {first_fault(error)}.") from error
