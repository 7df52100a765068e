"""Reading and writing files on disk."""

import gzip
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from sharpen.errors import DataError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        DataError: the directory cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(data)
        Path(file.name).replace(path)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error}; set SHARPEN_HOME to another place.") from error


def stream_lines(path: Path) -> Iterator[str]:
    """Yield the lines of a file, plain or gzipped. Raises DataError when it cannot be read."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as file:
            yield from file
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}.") from error
