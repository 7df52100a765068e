"""Scripts: programs that read an input and print an output, each input in a child of its own."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import FileIO

from sharpen.sandbox.child.explain import shorten
from sharpen.sandbox.judge import compare
from sharpen.sandbox.judge.candidate import FailedError
from sharpen.types import StdioTest


@contextmanager
def streams(test: StdioTest) -> Iterator[tuple[FileIO, FileIO]]:
    """Give a script's input and the place of its output: files in memory, without a name."""
    with files(test.stdin.encode("utf-8", "surrogateescape"), 2) as (given, printed):
        yield given, printed


@contextmanager
def files(text: bytes, count: int) -> Iterator[list[FileIO]]:
    """Give files in memory, without a name; the first holds ``text``, the others are empty."""
    with ExitStack() as stack:
        opened = [stack.enter_context(_unnamed()) for _ in range(count)]
        opened[0].write(text)
        opened[0].seek(0)
        yield opened


def _unnamed() -> FileIO:
    if hasattr(os, "memfd_create"):
        return FileIO(os.memfd_create("stream", os.MFD_CLOEXEC), "r+")
    with tempfile.TemporaryFile() as file:
        return FileIO(os.dup(file.fileno()), "r+")


def output_of(printed: FileIO, limit: int) -> str:
    """Return what a script printed, at most ``limit`` bytes of it."""
    printed.seek(0)
    return (printed.read(limit) or b"").decode("utf-8", "replace")


def check(test: StdioTest, output: str) -> None:
    """Compare what a script printed.

    Raises:
        FailedError: it is wrong.
    """
    if not compare.PRINTED[test.printed](output, test.stdout):
        parts = [test.stdin, "the program printed", output, "expected", test.stdout]
        lines = ["on the input", *(shorten(part.rstrip()) for part in parts)]
        raise FailedError("wrong_answer", "\n".join(lines))
