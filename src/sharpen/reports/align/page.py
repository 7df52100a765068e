"""A run of ``align`` as one self-contained HTML file: the funnel, and every seed with its responses."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sharpen.errors import UsageError
from sharpen.journal.journal import Journal
from sharpen.journal.rows import ProblemRow
from sharpen.reports.align.figures import AlignSummary, responses_of, summarise
from sharpen.reports.align.terminal import conclusion, passing, settings
from sharpen.reports.draw.charts import Bar, bars
from sharpen.reports.draw.files import Chart, DataRow, named
from sharpen.reports.draw.listing import Listing, listing
from sharpen.reports.draw.svg import Mark
from sharpen.reports.pages import write_page
from sharpen.reports.words import count
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Gates, Instruction, Response, Row
from sharpen.selfcodealign.stage_files import Funnel
from sharpen.types import Node

MOST_SEEDS = 300
"""Seeds shown in one file, those with the most accepted responses first."""

T = TypeVar("T", Instruction, Response, Row)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that a stage rejected, and the reason."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class StageRows:
    """The stage files of a run that exist, by the ids of their rows.

    Attributes:
        tasks: by their seed.
        responses, rows: accepted and rejected ones.
        reasons: why a response was rejected, by any stage.
    """

    tasks: Mapping[str, Instruction]
    responses: Mapping[str, Mapping[int, Response]]
    rows: Mapping[str, Row]
    reasons: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ResponseView:
    """One response as it is shown.

    Attributes:
        number: its number among the responses to its task, from 1.
        status: ``accepted``, or why it was rejected.
        accepted: whether no stage rejected it so far.
        message: the message of its verdict.
        gates: the measured qualities.
        words: the text around the code; the whole text where it could not be parsed.
        code, tests: its program and tests; None where there are none.
        tokens: of the completion.
    """

    number: int
    status: str
    accepted: bool
    message: str
    gates: Gates
    words: str
    code: Listing | None
    tests: Listing | None
    tokens: int


@dataclass(frozen=True, slots=True)
class SeedView:
    """One seed and everything made from it.

    Attributes:
        seed: as recorded.
        code: its text.
        concepts: the model's answer with concepts; empty where there is none.
        task: the task; None where there is none.
        answers: the responses.
    """

    seed: ProblemRow
    code: Listing
    concepts: str
    task: Instruction | None
    answers: tuple[ResponseView, ...]

    @property
    def accepted(self) -> int:
        """How many responses no stage rejected."""
        return sum(answer.accepted for answer in self.answers)


def write(runs: Sequence[Path], output: Path) -> Path:
    """Write the report of one run and return where it is.

    Raises:
        JournalError: the directory is not a run of ``align``, or the page cannot be written.
        DataError: a stage file is damaged.
        UsageError: there are several runs.
    """
    if len(runs) > 1:
        raise UsageError("a page holds one run of align: report runs one at a time")
    run = summarise(runs[0])
    with Journal.read(runs[0]) as journal:
        return write_page(
            "align.html.j2",
            output,
            run=run,
            items=_items(journal, _rows(runs[0]), run.config.n),
            left_out=max(0, run.seeds - MOST_SEEDS),
            settings=settings,
            conclusion=conclusion,
            passing=passing,
            funnel_chart=funnel_chart(run),
            journals=1,
            styles=["structure.css", "align.css"],
        )


def charts(runs: Sequence[Path]) -> list[Chart]:
    """Return the charts of the runs; the errors are those of :func:`write`."""
    return [funnel_chart(summarise(run)) for run in runs]


def funnel_chart(run: AlignSummary) -> Chart:
    """Return the share of rows that each stage accepted."""
    bars_of = [_bar(funnel) for funnel in run.funnels]
    drawing = bars(bars_of, "Share of rows that each stage accepted.")
    data: list[DataRow] = [
        [funnel.stage, reason, rows]
        for funnel in run.funnels
        for reason, rows in {"accepted": funnel.rows_out, **funnel.reasons}.items()
    ]
    return Chart(f"{named(run.name)}-funnel", drawing, ("stage", "outcome", "rows"), data)


def _bar(funnel: Funnel) -> Bar:
    share = funnel.rows_out / funnel.rows_in if funnel.rows_in else math.nan
    note = f"{count(funnel.rows_out)} of {count(funnel.rows_in)}"
    return Bar(funnel.stage, note, Mark(0, share, math.nan, math.nan, f"{funnel.stage}: {note} accepted"))


def _items(journal: Journal, rows: StageRows, n: int) -> Iterator[SeedView]:
    """Yield the seeds to show one at a time, because their texts do not fit into memory together."""
    accepted = {seed.id: _accepted(journal.nodes(seed.id), seed.id, rows, n) for seed in journal.problems()}
    shown = sorted(accepted, key=lambda seed: -accepted[seed])[:MOST_SEEDS]
    seeds = {seed.id: seed for seed in journal.problems() if seed.id in set(shown)}
    for identity in shown:
        seed, nodes, task = seeds[identity], journal.nodes(identity), rows.tasks.get(identity)
        yield SeedView(
            seed=seed,
            code=listing(seed.statement),
            concepts=next((node.answer for node in nodes if node.stage == "concepts"), ""),
            task=task,
            answers=tuple(
                _answer(node, response, rows) for node, response in _answered(nodes, identity, rows, n)
            ),
        )


def _accepted(nodes: Sequence[Node], seed: str, rows: StageRows, n: int) -> int:
    return sum(_is_accepted(node, response, rows) for node, response in _answered(nodes, seed, rows, n))


def _answered(nodes: Sequence[Node], seed: str, rows: StageRows, n: int) -> list[tuple[Node, Response]]:
    """Return the responses to a seed's task that are also in the stage files."""
    task = rows.tasks.get(seed)
    responses = rows.responses.get(task.id, {}) if task else {}
    return [(node, responses[node.index]) for node in responses_of(nodes, n) if node.index in responses]


def _rows(run: Path) -> StageRows:
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
    return StageRows(
        tasks={task.seed: task for task in tasks},
        responses=responses,
        rows={row.id: row for row in rows},
        reasons={each.id: each.reason for each in reasons},
    )


def _read(run: Path, name: str, kind: type[T]) -> Iterator[T]:
    path = run / f"{name}.jsonl"
    return stage_files.read(path, kind) if path.exists() else iter(())


def _answer(node: Node, response: Response, rows: StageRows) -> ResponseView:
    row, reason = rows.rows.get(response.id), rows.reasons.get(response.id, "")
    kind = node.verdict.kind.replace("_", " ") if node.verdict else "not run"
    return ResponseView(
        number=node.index + 1,
        status=reason or ("accepted" if row else kind),
        accepted=_is_accepted(node, response, rows),
        message=node.verdict.message if node.verdict else "",
        gates=row.gates if row else {},
        words=_words(response),
        code=listing(response.code) if response.code else None,
        tests=listing(response.tests) if response.tests else None,
        tokens=node.tokens,
    )


def _is_accepted(node: Node, response: Response, rows: StageRows) -> bool:
    """Whether no stage so far rejected it."""
    return response.id not in rows.reasons and (response.id in rows.rows or node.passed)


def _words(response: Response) -> str:
    """Return the text before the code; the whole text where there is no code."""
    text = response.text.strip().removeprefix("<response>")
    return text.partition("```")[0].strip() if response.code else text.strip()
