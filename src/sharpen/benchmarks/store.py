"""The verified cache of benchmark files, and the reader of their records."""

import json
import re
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from sharpen.errors import DataError, FetchError
from sharpen.files.disk import stream_lines, write_whole
from sharpen.files.download import CONNECT_SECONDS, Progress, Source, data_home, fetch, sha256_of

Record = TypeVar("Record", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Upstream:
    """A benchmark's file and where to get it.

    Attributes:
        file: its name in the cache.
        version: upstream's release or commit.
        sha256: of the file; what does not match is never read. Empty where ``pointer`` tells it, or where
            it is not known and ``sources`` name a commit.
        sources: tried in this order.
        pointer: the address of the file's Git LFS pointer in upstream's repository.
    """

    file: str
    version: str
    sha256: str
    sources: tuple[Source, ...]
    pointer: str = ""

    @property
    def path(self) -> Path:
        """Where the file is kept, once fetched."""
        return cache_directory() / self.file


def cache_directory() -> Path:
    """Return where benchmark files are kept."""
    return data_home() / "benchmarks"


def obtain(upstream: Upstream, progress: Progress | None = None) -> Path:
    """Return the path of the verified file, fetching it first where it is not there.

    Raises:
        HashMismatchError: what came is not upstream's file.
        FetchError: no source could be reached.
    """
    sha256 = _pointed_hash(upstream) if upstream.pointer else upstream.sha256
    fetch(upstream.path, upstream.sources, sha256, progress=progress)
    return upstream.path


def _pointed_hash(upstream: Upstream) -> str:
    """Return the SHA-256 that the Git LFS pointer names; it is read once and kept beside the file."""
    kept = upstream.path.with_name(f"{upstream.file}.sha256")
    if kept.is_file():
        return kept.read_text("ascii").strip()
    try:
        with urllib.request.urlopen(upstream.pointer, timeout=CONNECT_SECONDS) as response:  # noqa: S310
            text = response.read(1000).decode("ascii", "replace")
    except (OSError, HTTPException) as error:
        raise FetchError(f"{upstream.pointer} cannot be reached ({error})") from error
    match = re.search(r"^oid sha256:([0-9a-f]{64})$", text, re.MULTILINE)
    if not match:
        raise FetchError(f"{upstream.pointer} is no Git LFS pointer: it begins with {text[:40]!r}")
    write_whole(kept, match[1].encode())
    return match[1]


def read_records(
    path: Path, schema: type[Record], upstream: Upstream | None
) -> tuple[list[Record], Mapping[str, str]]:
    """Return the records of a JSONL file, plain or gzipped, and where they came from.

    Raises:
        DataError: the file or a line of it is not what ``schema`` says; the line is named.
    """
    records = list(stream_records(path, schema))
    if not records:
        raise DataError(f"{path} holds no problems.")
    return records, provenance_of(path, upstream)


def provenance_of(path: Path, upstream: Upstream | None) -> Mapping[str, str]:
    """Return what a problem says of where it came from."""
    source = upstream.file if upstream else str(path)
    version = upstream.version if upstream else "local file"
    return {"source": source, "version": version, "sha256": sha256_of(path)}


def stream_records(path: Path, schema: type[Record]) -> Iterator[Record]:
    """Yield the records of a JSONL file, plain or gzipped, one at a time; those of an array all at once.

    Raises:
        DataError: the file or a line of it is not what ``schema`` says; the line is named.
    """
    lines = stream_lines(path)
    for number, line in enumerate(lines, 1):
        if number == 1 and line.lstrip().startswith("["):
            yield from _elements(path, "".join([line, *lines]), schema)
        elif line.strip():
            yield _record(path, number, line, schema)


def _elements(path: Path, text: str, schema: type[Record]) -> Iterator[Record]:
    try:
        rows = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path} is not a JSON array: {error}.") from error
    for number, row in enumerate(rows, 1):
        yield _checked(path, f"element {number}", row, schema)


def _record(path: Path, number: int, line: str, schema: type[Record]) -> Record:
    try:
        return _checked(path, f"line {number}", json.loads(line), schema)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}, line {number} is not JSON: {error}.") from error


def _checked(path: Path, place: str, row: object, schema: type[Record]) -> Record:
    try:
        return schema.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the record"
        raise DataError(f"{path}, {place}: {where}: {first['msg']}.") from error
