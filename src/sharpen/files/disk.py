r"""Files on this machine: read with bounds, replaced as a whole.

1. Only regular files are read. A pipe or a device would block for ever or never end.
2. gzip, bzip2 and xz are recognised by their first bytes. A byte order mark at the start is skipped, and
   UTF-16 with one, as a console of Windows writes it, becomes UTF-8.
3. Only ``\n`` ends a line: U+2028 and form feeds are part of it. A line has at most ``MAX_LINE`` bytes,
   unpacked, so that a small packed file cannot fill the memory.
4. A file that is written appears under its name when it is complete, by an atomic rename.
"""

import bz2
import gzip
import lzma
import os
import secrets
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sharpen.errors import DataError
from sharpen.files.json_text import json_text, parse_json

MAX_LINE = 256 * 2**20
"""Bytes of one line, unpacked. The longest line of a known benchmark (LiveCodeBench) has a fifth of it."""
MAX_FILE = 2 * 2**30
"""Bytes of a file that is read at once, unpacked."""

_UNPACKERS: Mapping[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": lambda file: gzip.GzipFile(fileobj=file),
    b"BZ": bz2.BZ2File,
    b"\xfd7": lzma.LZMAFile,
}
"""By the first two bytes of a file."""
_UNKNOWN_PACKINGS = {
    b"\x28\xb5\x2f\xfd": "Zstandard (zstd -d FILE)",
    b"PK\x03\x04": "zip (unzip FILE)",
    b"7z\xbc\xaf": "7z (7z x FILE)",
}
"""What is not unpacked here, with the command that does it."""
_BOM = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


# Reading


@contextmanager
def open_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular file for reading, unpacked if it is packed.

    Raises:
        DataError: it cannot be opened, is not a regular file, or is damaged.
    """
    try:
        # Without O_NONBLOCK, opening a pipe that nobody writes to would block for ever.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(number, "rb") as file:  # noqa: PTH123 - a descriptor, not a path
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise DataError(f"{path} is not a regular file: give a file, not a folder, pipe or device")
            begin = file.read(4)
            file.seek(0)
            if packing := _UNKNOWN_PACKINGS.get(begin):
                raise DataError(f"{path} is packed as {packing}: unpack it first, or pack it with gzip")
            unpack = _UNPACKERS.get(begin[:2])
            if unpack:
                with unpack(file) as unpacked:
                    yield unpacked
            else:
                yield file
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{path} cannot be read: {reason}") from error


def read_file(path: Path, limit: int = MAX_FILE) -> bytes:
    """Return the content of a file, unpacked and without a byte order mark.

    Raises:
        DataError: it cannot be read, or has more than ``limit`` bytes.
    """
    with open_file(path) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise DataError(f"{path} has more than {limit:,} bytes, the most that is read")
    return _as_utf_8(data)


def _as_utf_8(data: bytes) -> bytes:
    """Return a text without its byte order mark, in UTF-8 where that says UTF-16."""
    if data.startswith(_UTF_16):
        return data.decode("utf-16", "replace").encode()
    return data.removeprefix(_BOM)


def read_text(path: Path, limit: int = MAX_FILE) -> str:
    """Return the content of a text file in UTF-8. Raises DataError like :func:`read_file`."""
    try:
        return read_file(path, limit).decode()
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text: {error}") from error


def read_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    r"""Yield the lines of a file with their numbers from 1, each with its ``\n``.

    Raises:
        DataError: the file cannot be read, is damaged, or a line is longer than ``MAX_LINE``.
    """
    number = 0
    with open_file(path) as file:
        while line := file.readline(MAX_LINE + 1):
            number += 1
            if number == 1 and line.startswith(_UTF_16):
                recoded = _as_utf_8(line + file.read(MAX_FILE))
                yield from ((place, each + b"\n") for place, each in enumerate(recoded.split(b"\n"), 1))
                return
            if len(line) > MAX_LINE:
                raise DataError(
                    f"{path}, line {number} has more than {MAX_LINE:,} bytes, the most that is read"
                )
            yield number, line.removeprefix(_BOM) if number == 1 else line


def read_jsonl(path: Path) -> Iterator[tuple[int, Any]]:
    """Yield the values of a JSONL file with the numbers of their lines; blank lines are skipped.

    Raises:
        DataError: the file cannot be read, or a line is not JSON; the line is named.
    """
    for number, line in read_lines(path):
        if line.strip():
            yield number, parse_json(line, f"{path}, line {number}")


def read_rows(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield the values of a JSONL file, or the elements of a JSON array, with the place of each for messages.

    Raises:
        DataError: the file cannot be read, or is not JSON; the line is named.
    """
    lines = read_lines(path)
    for number, line in lines:
        if number == 1 and line.lstrip().startswith(b"["):
            rows = parse_json(b"".join([line, *(rest for _, rest in lines)]), str(path))
            yield from ((f"{path}, element {place}", row) for place, row in enumerate(rows, 1))
        elif line.strip():
            yield f"{path}, line {number}", parse_json(line, f"{path}, line {number}")


# Writing


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a new file that takes the place of ``path`` if the block ends without an exception.

    Raises:
        DataError: the file cannot be written.
    """
    scratch = path.with_name(f".{path.name[:100]}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with scratch.open("xb") as file:
                yield file
            scratch.replace(path)
        except BaseException:  # also Ctrl-C: no half of a file is left
            scratch.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DataError(
            f"{path} cannot be written ({error.strerror or error}): free the disk, check its permissions,"
            " or choose another place"
        ) from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there as a whole or not at all. Raises DataError if it cannot be written."""
    with replacing(path) as file:
        file.write(data)


def write_json(path: Path, value: object) -> None:
    """Write a value as indented JSON, as a whole. Raises DataError if it cannot be written."""
    write_whole(path, json_text(value, indent=2).encode() + b"\n")
