"""A run of ``align`` as one HTML file that opens offline: the funnel, and every row from its seed on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sharpen.errors import UsageError
from sharpen.journal.journal import Journal, ProblemRow
from sharpen.reports.align.figures import responses_of, summarise
from sharpen.reports.align.terminal import manner, passing
from sharpen.reports.draw.listing import Listing, listing
from sharpen.reports.pages import own, write_page
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Gates, Instruction, Response, Row
from sharpen.types import Node

MOST_SEEDS = 300
"""Seeds that are shown in one file, those with the most passing responses first."""

T = TypeVar("T", Instruction, Response, Row)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that a stage left out, and why."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Rows:
    """The stage files of a run, as far as they are there, by the ids of their rows.

    Attributes:
        tasks: by their seed.
        responses, rows: kept or not.
        reasons: why a response was left out, whatever stage did.
    """

    tasks: Mapping[str, Instruction]
    responses: Mapping[str, Mapping[int, Response]]
    rows: Mapping[str, Row]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """One response as it is shown.

    Attributes:
        number: of the responses to its task, from 1.
        status: what became of it, in a word or two.
        good: whether nothing is wrong with it so far.
        message: what running it said.
        gates: what was measured.
        words: what the model wrote around the code; all that it wrote where it could not be taken apart.
        code, tests: as taken out of it; None where there are none.
        tokens: of the completion.
    """

    number: int
    status: str
    good: bool
    message: str
    gates: Gates
    words: str
    code: Listing | None
    tests: Listing | None
    tokens: int


@dataclass(frozen=True, slots=True)
class Item:
    """One seed and what was made from it.

    Attributes:
        seed: as recorded.
        code: its text.
        said: what the model answered when it was asked for concepts; empty where it was not.
        task: what it set; None where it set none.
        answers: the responses.
    """

    seed: ProblemRow
    code: Listing
    said: str
    task: Instruction | None
    answers: tuple[Answer, ...]

    @property
    def good(self) -> int:
        """How many responses nothing is wrong with."""
        return sum(answer.good for answer in self.answers)


def write(runs: Sequence[Path], output: Path) -> Path:
    """Write the report of one run and return where it is.

    Raises:
        JournalError: the directory is not a run of ``align``, or the page cannot be written.
        DataError: a stage file is damaged.
        UsageError: there are several runs.
    """
    if len(runs) > 1:
        raise UsageError("the rows of one run fill a page: report runs of align one at a time")
    run = summarise(runs[0])
    with Journal.read(runs[0]) as journal:
        return write_page(
            "align.html.j2",
            output,
            run=run,
            items=_items(journal, _rows(runs[0]), run.config.n),
            left_out=max(0, run.seeds - MOST_SEEDS),
            manner=manner,
            passing=passing,
            style=own("page.css") + own("structure.css") + own("align.css"),
        )


def _items(journal: Journal, rows: Rows, n: int) -> Iterator[Item]:
    """Yield the seeds that are shown, one at a time: what is in them fills more memory than their number."""
    good = {seed.id: _good(journal.nodes(seed.id), seed.id, rows, n) for seed in journal.problems()}
    shown = sorted(good, key=lambda seed: -good[seed])[:MOST_SEEDS]
    seeds = {seed.id: seed for seed in journal.problems() if seed.id in set(shown)}
    for identity in shown:
        seed, nodes, task = seeds[identity], journal.nodes(identity), rows.tasks.get(identity)
        yield Item(
            seed=seed,
            code=listing(seed.statement),
            said=next((node.text for node in nodes if node.stage == "concepts"), ""),
            task=task,
            answers=tuple(
                _answer(node, response, rows) for node, response in _answered(nodes, identity, rows, n)
            ),
        )


def _good(nodes: Sequence[Node], seed: str, rows: Rows, n: int) -> int:
    return sum(_is_good(node, response, rows) for node, response in _answered(nodes, seed, rows, n))


def _answered(nodes: Sequence[Node], seed: str, rows: Rows, n: int) -> list[tuple[Node, Response]]:
    """Return the responses to a seed's task that are in the stage files too."""
    task = rows.tasks.get(seed)
    found = rows.responses.get(task.id, {}) if task else {}
    return [(node, found[node.index]) for node in responses_of(nodes, n) if node.index in found]


def _rows(run: Path) -> Rows:
    responses: dict[str, dict[int, Response]] = {}
    for response in (*_read(run, "responses", Response), *_read(run, "responses.rejected", Response)):
        responses.setdefault(response.instruction, {})[response.index] = response
    tasks = (*_read(run, "instructions", Instruction), *_read(run, "instructions.rejected", Instruction))
    rows = (*_read(run, "rows", Row), *_read(run, "rows.rejected", Row))
    reasons = [
        rejected
        for name in ("responses.rejected", "rows.rejected", "dataset.rejected")
        if (run / f"{name}.jsonl").exists()
        for rejected in stage_files.read(run / f"{name}.jsonl", Rejected)
    ]
    return Rows(
        tasks={task.seed: task for task in tasks},
        responses=responses,
        rows={row.id: row for row in rows},
        reasons={each.id: each.reason for each in reasons},
    )


def _read(run: Path, name: str, kind: type[T]) -> Iterator[T]:
    path = run / f"{name}.jsonl"
    return stage_files.read(path, kind) if path.exists() else iter(())


def _answer(node: Node, response: Response, rows: Rows) -> Answer:
    row, reason = rows.rows.get(response.id), rows.reasons.get(response.id, "")
    kind = node.verdict.kind.replace("_", " ") if node.verdict else "not run"
    return Answer(
        number=node.index + 1,
        status=reason or ("kept" if row else kind),
        good=_is_good(node, response, rows),
        message=node.verdict.message if node.verdict else "",
        gates=row.gates if row else {},
        words=_words(response),
        code=listing(response.code) if response.code else None,
        tests=listing(response.tests) if response.tests else None,
        tokens=node.tokens,
    )


def _is_good(node: Node, response: Response, rows: Rows) -> bool:
    """Whether no stage left it out, as far as there are stages."""
    return response.id not in rows.reasons and (response.id in rows.rows or node.passed)


def _words(response: Response) -> str:
    """Return what stands before the code; everything where there is none."""
    text = response.text.strip().removeprefix("<response>")
    return text.partition("```")[0].strip() if response.code else text.strip()
