"""What a compiler made of a source: files, or the kind and the text of a failure. It is kept by its hash."""

import hashlib
import marshal
import re
import signal
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sharpen.sandbox.base import Limits
from sharpen.sandbox.child.foreign import CANNOT_EXECUTE, Built, Files
from sharpen.sandbox.languages.base import HIDDEN, NOTHING
from sharpen.sandbox.languages.toolchains import LANGUAGES
from sharpen.sandbox.launch import HarnessFaultError
from sharpen.types import VerdictKind

COMPILE_LIMITS = Limits(
    cpu_seconds=30.0, wall_seconds=600.0, memory_bytes=3 * 1024**3, output_bytes=48 * 1024**2, processes=64
)
"""What compiling one program may use.

The kernel counts processor time for each of a compiler's processes. Nothing tells how long these waited for a
processor. So the limit on the clock is wide, and reaching it is a failure of the sandbox, not of the program.
"""

OUT_OF_TIME: tuple[VerdictKind, str] = (
    "timeout",
    f"the compiler used more than {COMPILE_LIMITS.cpu_seconds:g} s of processor time on the program",
)

Build = Files | tuple[VerdictKind, str]

_KEPT_BYTES = 1 << 26
_MESSAGE_LINES, _MESSAGE_CHARS = 40, 3000
_SCRATCH = re.compile(r"(?:file://)?/[^\s:()]*/scratch/")
_OUT_OF_TIME = re.compile(r"CPU time limit exceeded", re.IGNORECASE)
_OUT_OF_MEMORY = re.compile(
    r"out of memory|memory allocation of|memory exhausted|cannot allocate memory|bad_alloc|OutOfMemoryError",
    re.IGNORECASE,
)


@dataclass(slots=True)
class KeptBuilds:
    """Builds by the hash of their sources, up to 64 MiB of them."""

    builds: OrderedDict[bytes, Build] = field(default_factory=OrderedDict)
    size: int = 0

    def get(self, language: str, sources: Files) -> Build | None:
        """Return the build of these sources, if it is known."""
        return self.builds.get(_key(language, sources))

    def keep(self, language: str, sources: Files, build: Build) -> None:
        """Remember a build, and forget the oldest where there are too many."""
        self.builds[_key(language, sources)] = build
        self.size += _size(build)
        while len(self.builds) > 1 and self.size > _KEPT_BYTES:
            self.size -= _size(self.builds.popitem(last=False)[1])


def _key(language: str, sources: Files) -> bytes:
    return hashlib.sha256(marshal.dumps((language, sorted(sources.items())), 2)).digest()


def _size(build: Build) -> int:
    return sum(map(len, build.values())) if isinstance(build, dict) else len(build[1])


def build_of(built: Built, language: str) -> Build:
    """Return what came of a compiler's work.

    Raises:
        HarnessFaultError: it could not be executed.
    """
    status, text, files = built
    short = trimmed(text, LANGUAGES[language].noise)
    if status == CANNOT_EXECUTE:
        raise HarnessFaultError(f"the compiler cannot be executed: {short}")
    if status == 0 and files:
        return files
    if status == -signal.SIGXCPU or _OUT_OF_TIME.search(text):
        return OUT_OF_TIME
    if _OUT_OF_MEMORY.search(text):
        return "memory", f"the compiler ran out of memory on the program\n{short}"
    return "syntax", f"the program does not compile\n{short or f'the compiler ended with {status}'}"


def trimmed(text: str, noise: re.Pattern[str] = NOTHING) -> str:
    """Return the beginning of what a compiler or a program wrote, without noise and names of our folders."""
    lines: Sequence[str] = [
        _SCRATCH.sub("", line).replace(HIDDEN, "test")
        for line in text.strip().split("\n")
        if not noise.search(line)
    ]
    short = "\n".join(lines[:_MESSAGE_LINES])[:_MESSAGE_CHARS].rstrip()
    return short if len(short) >= len("\n".join(lines).rstrip()) else f"{short}\n..."
