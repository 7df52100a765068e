"""Reflexion runs as one HTML file that opens offline: curves, accountings, and every trial step by step."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sharpen.journal.journal import Journal
from sharpen.journal.steps import steps
from sharpen.reports.draw.charts import Series, curves
from sharpen.reports.draw.files import Chart, DataRow, named
from sharpen.reports.draw.listing import MOST_CHARACTERS, Listing, difference, listing
from sharpen.reports.draw.svg import Mark
from sharpen.reports.figures import Rate
from sharpen.reports.pages import write_page
from sharpen.reports.prompts import PromptMessage, prompt_messages
from sharpen.reports.reflexion import wording as trials_wording
from sharpen.reports.reflexion.accounting import TrialSummary, summarise
from sharpen.reports.reflexion.equal_tokens import TokenPoint
from sharpen.reports.reflexion.trials import ProblemTrials
from sharpen.reports.words import KINDS, count, decimal, span
from sharpen.types import Node

MOST_ROWS = 4_000
"""Rows of trajectories whose texts are put into one file."""


@dataclass(frozen=True, slots=True)
class PageStep:
    """One row of a trajectory, ready to be shown.

    Attributes:
        stage: the row's stage.
        trial: which one it belongs to, from 1.
        author: who wrote or observed it.
        messages: the whole prompt; empty for what no model wrote.
        known: how many of its messages a row above was given too.
        text: its text without the program in it.
        code: the program, or its diff against the one before.
        is_change: whether it is a diff.
        verdict: the hidden tests' verdict in words; empty for everything else.
        passed: whether it passed; None for everything else.
        reward: the evaluator's reward; None where nothing was evaluated.
        tokens: completion tokens.
    """

    stage: str
    trial: int
    author: str
    messages: tuple[PromptMessage, ...]
    known: int
    text: str
    code: Listing | None
    is_change: bool
    verdict: str
    passed: bool | None
    reward: float | None
    tokens: int


def write(runs: Sequence[Path], output: Path) -> Path:
    """Write the report of one or several runs and return where it is.

    Raises:
        JournalError: a directory is not a run, or the page cannot be written.
    """
    summaries, pairs = summarise(runs)
    rows = sum(len(summary.record.problems) for summary in summaries)
    return write_page(
        "trials.html.j2",
        output,
        journals=len(summaries),
        scripts=["page.js"],
        summaries=summaries,
        pairs=pairs,
        statuses=[problem.status for summary in summaries for problem in summary.record.problems],
        by_trial=by_trial,
        tokens=against_tokens(summaries),
        trajectory=lambda summary, problem: list(_steps(summary, problem, MOST_ROWS // max(1, rows))),
        w=trials_wording,
    )


def charts(runs: Sequence[Path]) -> list[Chart]:
    """Return the charts of the page; the errors are those of :func:`write`."""
    summaries, _ = summarise(runs)
    tokens = against_tokens(summaries)
    return [by_trial(one) for one in summaries if len(one.by_trial) > 1] + ([tokens] if tokens else [])


def by_trial(summary: TrialSummary) -> Chart:
    """Return success by trial, with a band for each curve."""
    rates_by_name = trials_wording.by_trial(summary)
    series = []
    for role, (name, rates) in zip(("line-4", "baseline"), rates_by_name.items(), strict=False):
        label = trials_wording.NAMES.get(name, name)
        marks = [_mark(f"{label}, trial", number, rate) for number, rate in enumerate(rates, 1)]
        series.append(Series(label, role, marks))
    drawing = curves(
        series, "trial", "share solved", "Share of problems solved by trial; the table has the figures."
    )
    data: list[DataRow] = [
        [name, number, rate.value, rate.low, rate.high, rate.n]
        for name, rates in rates_by_name.items()
        for number, rate in enumerate(rates, 1)
    ]
    columns = ("accounting", "trial", "solved", "low", "high", "n")
    return Chart(f"{named(summary.record.name)}-solved-by-trial", drawing, columns, data)


def against_tokens(summaries: Sequence[TrialSummary]) -> Chart | None:
    """Return success against tokens for every run of programs, and for i.i.d. sampling; None without."""
    loops = [one for one in summaries if one.against_tokens.get("oracle_every")]
    if not loops:
        return None
    iid = next((one.iid for one in loops if one.iid), ())
    lines = [("i.i.d., pass@k", "baseline", iid)] if iid else []
    for number, one in enumerate(loops):
        lines.append((one.record.name, f"line-{4 - number % 5}", one.against_tokens["oracle_every"]))
    drawing = curves(
        [_series(*line) for line in lines],
        "completion tokens per problem, mean",
        "solved (best program)",
        "Share of problems solved against tokens; the tables have the figures.",
    )
    data: list[DataRow] = [
        [label, point.tokens, point.rate.value, point.rate.low, point.rate.high, point.rate.n]
        for label, _, points in lines
        for point in points
    ]
    columns = ("line", "tokens", "solved", "low", "high", "n")
    return Chart("solved-against-tokens", drawing, columns, data)


def _series(label: str, role: str, points: Sequence[TokenPoint]) -> Series:
    return Series(label, role, [_mark(label, point.tokens, point.rate) for point in points])


def _mark(label: str, x: float, rate: Rate) -> Mark:
    low, high = (rate.value if math.isnan(end) else end for end in (rate.low, rate.high))
    return Mark(x, rate.value, low, high, f"{label}, {count(x)}: {decimal(rate.value)} ({span(rate)})")


def _steps(summary: TrialSummary, problem: ProblemTrials, most: int) -> Iterator[PageStep]:
    with Journal.read(summary.record.path) as journal:
        nodes = journal.nodes(problem.id)
    by_id = {node.id: node for node in nodes}
    rows = {row.id: row for row in steps(nodes)}
    texts: dict[str, int] = {}
    for node in sorted(nodes, key=lambda node: node.index)[: max(8, most)]:
        yield PageStep(
            stage="program" if node.stage == "repair" else node.stage,
            trial=node.index + 1,
            author=node.author,
            messages=prompt_messages(rows[node.id], texts),
            known=rows[node.id].known,
            text=_text(node),
            code=_code(node, by_id),
            is_change=_before(node, by_id) is not None,
            verdict=KINDS[node.verdict.kind] if node.verdict else "",
            passed=node.verdict.passed if node.verdict else None,
            reward=node.reward,
            tokens=node.tokens,
        )


def _text(node: Node) -> str:
    answer = node.answer
    text = answer if node.program is None else answer.split("```", 1)[0] if "```" in answer else ""
    return text[:MOST_CHARACTERS].strip()


def _code(node: Node, by_id: dict[str, Node]) -> Listing | None:
    """Return a program, or its diff against the one that it improves on."""
    if node.program is None:
        return None
    before = _before(node, by_id)
    if before is None or before.program is None:
        return listing(node.program.code or node.text)
    return difference(before.program.code, node.program.code)


def _before(node: Node, by_id: dict[str, Node]) -> Node | None:
    """Return the row with the program that a row's own program improves on."""
    before = by_id.get(node.parent or "")
    while before and before.program is None:
        before = by_id.get(before.parent or "")
    return before if node.program and node.program.code else None
