"""People's feedback: failing programs out, explanations with their authors in (2306.09896, section 4.3).

One JSON object a line. ``export`` writes what a person needs to explain a failing program; the person
fills in ``author`` and ``feedback`` (several lines for several explanations of one program), and may add
``labels``: what kind of failure or of explanation it is, in any words. The report has a row for each label.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from sharpen.errors import DataError, UsageError, first_fault
from sharpen.files.disk import read_jsonl
from sharpen.journal.journal import Journal


class Explanation(NamedTuple):
    """Why a program fails, by a person."""

    author: str
    text: str
    labels: tuple[str, ...] = ()


Explanations = Mapping[str, Sequence[Explanation]]
"""People's explanations, by the id of the program they explain."""


_OF_PROGRAM = {"syntax", "no_code"}
"""Kinds whose messages speak of the program alone."""
_UNQUOTED = "It fails a hidden test ({kind})."


class Failure(BaseModel):
    """A failing program with all that is needed to explain it, and the place for the explanation."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    program_id: str
    problem: str
    statement: str = ""
    program: str = ""
    kind: str = ""
    error: str = ""
    author: str = ""
    feedback: str = ""
    labels: tuple[str, ...] = ()


def failures(
    directory: Path, per_problem: int | None = None, *, quote_hidden: bool = False
) -> Iterator[Failure]:
    """Yield the initial programs of a run that fail the tests whose errors may be shown.

    Programs that no model drew in the run are those of a scored file: hidden tests judge them. What these say
    is quoted only with ``quote_hidden``, since the rows become training data. With ``per_problem`` at most so
    many of each problem, the first that differ; the paper's study took two.

    Raises:
        JournalError: there is no run.
    """
    with Journal.read(directory) as journal:
        for problem in journal.problems():
            shown = set[str]()
            for node in journal.nodes(problem.id):
                verdict = node.shown if node.completion else node.shown or node.verdict
                if node.stage == "program" and node.program and verdict and not verdict.passed:
                    if per_problem and (len(shown) >= per_problem or node.program.code in shown):
                        continue
                    shown.add(node.program.code)
                    quotable = quote_hidden or verdict is node.shown or verdict.kind in _OF_PROGRAM
                    yield Failure(
                        program_id=node.id,
                        problem=problem.id,
                        statement=problem.statement,
                        program=node.program.code,
                        kind=verdict.kind,
                        error=node.explained(verdict) if quotable else _UNQUOTED.format(kind=verdict.kind),
                    )


def read_explanations(path: Path, journal: Journal) -> Explanations:
    """Return people's explanations by the program they explain; lines without feedback are passed over.

    Raises:
        DataError: the file cannot be read, or a line is not what ``export`` writes, or has feedback and no
            author, or labels and no feedback; the line is named.
        UsageError: the file holds no feedback, or explains programs of another run.
    """
    explained: dict[str, list[Explanation]] = {}
    for number, row in read_jsonl(path):
        if (failure := _parse(row, f"{path}, line {number}")).feedback.strip():
            labels = dict.fromkeys(label.strip() for label in failure.labels if label.strip())
            explanation = Explanation(failure.author, failure.feedback, tuple(labels))
            explained.setdefault(failure.program_id, []).append(explanation)
    if not explained:
        raise UsageError(f"{path} holds no feedback: fill in `author` and `feedback`")
    known = {node.id for problem in journal.problems() for node in journal.nodes(problem.id)}
    if unknown := explained.keys() - known:
        raise UsageError(
            f"{path} explains program {min(unknown)}, which is not in this run: "
            "give --run the directory that its failures were exported from"
        )
    return explained


def _parse(row: object, where: str) -> Failure:
    try:
        failure = Failure.model_validate(row)
    except ValidationError as error:
        raise DataError(
            f"{where} is not a failure as `sharpen export RUN failures` writes it: {first_fault(error)}"
        ) from error
    if failure.feedback.strip() and not failure.author.strip():
        raise DataError(f"{where} has feedback without an author: say who wrote it")
    if failure.labels and not failure.feedback.strip():
        raise DataError(f"{where} has labels without feedback: write the explanation, or leave them out")
    return failure
