"""Expected values that a benchmark does not ship: its reference program computes them when first needed.

EvalPlus gives inputs and a reference program. That program runs here in an interpreter of its own (it is
the benchmark's, verified by the file's hash, and never a model's); what it answers is kept in the cache under
a key of program, inputs and Python version, with a checksum. A problem's answers are computed only when
its tests are asked for: the whole of HumanEval+ takes 40 s of processor time, 30 s of it for four problems.
Large answers, 147 MB of HumanEval/15 alone, stay compressed (:class:`sharpen.values.packed.PackedValue`).
"""

import hashlib
import json
import marshal
import subprocess
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from sharpen.benchmarks import reference_worker as answer
from sharpen.benchmarks.store import cache_directory
from sharpen.errors import DataError
from sharpen.files.disk import write_whole
from sharpen.values.packed import PackedValue

_RECENT = 8
"""Problems whose answers stay in memory."""
_KEPT = 5
"""Counts up when answers are kept in another form."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The reference program and the inputs that it answers."""

    key: str
    problem: str = field(compare=False)
    code: str = field(compare=False)
    entry_point: str = field(compare=False)
    inputs: tuple[tuple[object, ...], ...] = field(compare=False)

    @classmethod
    def of(
        cls, problem: str, code: str, entry_point: str, inputs: tuple[tuple[object, ...], ...]
    ) -> "Reference":
        """Return the reference with its key."""
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        parts = "\x00".join([str(_KEPT), python, code, entry_point, repr(inputs)])
        return cls(hashlib.sha256(parts.encode()).hexdigest(), problem, code, entry_point, inputs)


@lru_cache(maxsize=_RECENT)
def answers(reference: Reference) -> tuple[tuple[object, bool], ...]:
    """Return for every input what the reference program answers, and whether that is plain data.

    Raises:
        DataError: the program failed.
    """
    data = _read(_place(reference, "bin")) or _computed(reference)
    cached = marshal.loads(data)  # noqa: S302 - written above, with its checksum
    return tuple((PackedValue(*large) if large else value, is_plain) for value, is_plain, large in cached)


def seconds(reference: Reference) -> list[float]:
    """Return for every input the processor time that the reference program took when it was answered.

    Raises:
        DataError: the program failed.
    """
    path = _place(reference, "json")
    if not path.is_file():
        _computed(reference)
    times: list[float] = json.loads(path.read_bytes())
    return times


def _place(reference: Reference, ending: str) -> Path:
    return cache_directory() / "answers" / reference.key[:2] / f"{reference.key[2:]}.{ending}"


def _computed(reference: Reference) -> bytes:
    answered = _compute(reference)
    data = marshal.dumps([_packed(value, is_plain) for value, is_plain, _ in answered])
    write_whole(_place(reference, "json"), json.dumps([took for *_, took in answered]).encode())
    write_whole(_place(reference, "bin"), hashlib.sha256(data).digest() + data)
    return data


def _read(path: Path) -> bytes | memoryview | None:
    if not path.is_file():
        return None
    stored = memoryview(path.read_bytes())
    if hashlib.sha256(stored[32:]).digest() != stored[:32]:
        return None
    return stored[32:]


def _packed(value: object, is_plain: bool) -> tuple[object, bool, tuple[bytes, ...]]:
    packed = PackedValue.of(value)
    return (None, is_plain, (packed.digest, packed.packed)) if packed else (value, is_plain, ())


def _compute(reference: Reference) -> list[tuple[object, bool, float]]:
    question = (reference.code, reference.entry_point, list(reference.inputs))
    done = subprocess.run(
        [sys.executable, "-I", str(Path(answer.__file__))],
        input=marshal.dumps(question),
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().split("\n")[-1:]
        raise DataError(f"The reference program for {reference.problem} failed: {''.join(last)}.")
    answers: list[tuple[object, bool, float]] = marshal.loads(done.stdout)  # noqa: S302 - of the reference program
    return answers
