"""The report as tables in a terminal, readable at 80 columns."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from sharpen.counts import plural
from sharpen.reports.comparison import ahead
from sharpen.reports.figures import Estimates, HeatMapCell
from sharpen.reports.repair.summary import RepairRate, Summary, summarise_all
from sharpen.reports.repair.wording import (
    AXES_NOTE,
    RESTARTS_NOTE,
    caution,
    conclusion,
    cost,
    details,
    feedback_with_code,
    lines,
    outcome_names,
    shape,
    title,
    two_comparisons,
)
from sharpen.reports.tables import (
    comparisons_table,
    feedback_table,
    figures_table,
    interval_bar,
    rate_bar,
    section,
)
from sharpen.reports.words import KINDS, count, decimal, span

HEAT_MARGIN, HEAT_CELL = 6, 18
"""Columns of text of a heat map's first column, and of each other one at most."""


def render(runs: Sequence[Path], console: Console) -> None:
    """Print the report of one or several runs.

    Raises:
        JournalError: a directory is not a run or cannot be read.
        TruncatedTreesError: a collected run lacks rows.
    """
    report = summarise_all(runs)
    for pair in report.equal_tokens:
        console.print(Text(ahead(pair), style="bold"))
        console.print(interval_bar(pair.difference, pair.b, pair.a))
    for summary in report.runs:
        _run(summary, console)
    if report.comparisons:
        section(
            console, "Differences between runs, each at its own tokens", comparisons_table(report.comparisons)
        )
    if report.human_feedback:
        section(
            console,
            "Passing repairs after human feedback and after models', same programs",
            feedback_table(report.human_feedback),
        )


def sweep_figures(runs: Sequence[Path], labels: Mapping[str, str]) -> Group:
    """Return a table and a chart with one line for each run of a sweep: what it solved, with how many tokens.

    Args:
        runs: their directories.
        labels: the swept options of each, by directory.
    """
    table = figures_table("sweep", "problems", "pass@1", "95 %", "solved", "95 %", "tokens/problem")
    chart = Table(
        "", "solved, from 0 to 1, with its 95 % interval", box=None, header_style="dim", pad_edge=False
    )
    for summary in summarise_all(runs).runs:
        first, last = summary.pass_at_1, lines(summary)[-1]
        rates = [text for rate in (first, last.rate) for text in (decimal(rate.value), span(rate))]
        problems, tokens = count(len(summary.finished)), count(last.tokens)
        table.add_row(labels[summary.path], problems, *rates, tokens)
        chart.add_row(labels[summary.path], rate_bar(last.rate))
    return Group(table, chart)


def _run(summary: Summary, console: Console) -> None:
    render_conclusion(summary, console)
    console.print()
    console.print(Text(title(summary), style="bold"), Text(f"  {summary.name}", style="dim"), sep="")
    for text in (summary.layout.authors, shape(summary), summary.feedback, _finished(summary)):
        console.print(Text(text, style="dim"))
    section(console, "", _results(summary))
    if text := details(summary):
        console.print(Padding(Text(text), (1, 0, 0, 0)))
    if summary.estimates and summary.estimates.cells:
        estimates = summary.estimates
        section(
            console,
            "Pass rate divided by that of i.i.d. samples at equal tokens",
            _heat_map(estimates, console.width, "tokens"),
            " ".join(filter(None, [_heat_caption(estimates), two_comparisons(summary)])),
        )
        section(
            console,
            "The same at equal samples, k = n_p (1 + repairs)",
            _heat_map(estimates, console.width, "samples"),
            AXES_NOTE,
        )
    _of_repairs(summary, console)
    if summary.difficulties:
        section(console, "By difficulty", _difficulties(summary))
    section(console, "Tokens", _spent(summary), _spent_caption(summary))
    for problem in [p for p in summary.problems if p.status == "error"][:3]:
        console.print(Text(f"{problem.id}: {problem.error}", style="red"))


def _of_repairs(summary: Summary, console: Console) -> None:
    """Print how often repairs pass: by author, kind, difficulty and round."""
    if summary.by_author:
        section(
            console, "Passing repairs, by author of the feedback", _repairs(summary.by_author, "feedback by")
        )
        kinds = [_with_kind_name(rate) for rate in summary.by_kind]
        section(console, "Passing repairs, by kind of failure", _repairs(kinds, "failure"))
    if text := feedback_with_code(summary):
        console.print(Text(text, style="dim"))
    if summary.by_author_and_difficulty:
        section(console, "Passing repairs, by difficulty and author of the feedback", _crossed(summary))
    if summary.by_label:
        section(console, "Passing repairs, by label of the explanation", _labels(summary))
    if summary.decay:
        section(console, "Repairs, by round", _decay(summary))
    if summary.restarts:
        section(console, "Starting afresh after some rounds of repair", _restarts(summary), RESTARTS_NOTE)


def render_conclusion(summary: Summary, console: Console) -> None:
    """Print whether repair paid: a sentence and one bar."""
    console.print()
    console.print(Text(conclusion(summary), style="bold"))
    if summary.estimates and summary.estimates.repair_gain:
        console.print(interval_bar(summary.estimates.repair_gain.difference))
    if text := caution(summary):
        console.print(Text(text, style="yellow"))


def _finished(summary: Summary) -> str:
    statuses = summary.statuses
    parts = [plural(len(summary.problems), "problem")]
    names = outcome_names([summary])
    parts += [f"{statuses[key]:,} {name}" for key, name in names.items() if statuses.get(key)]
    return ", ".join(parts)


def _results(summary: Summary) -> Table:
    table = figures_table("", "pass rate", "95 % interval", "tokens/problem")
    for line in lines(summary):
        table.add_row(line.label, decimal(line.rate.value), span(line.rate), count(line.tokens))
    return table


def _heat_map(estimates: Estimates, width: int, mode: Literal["tokens", "samples"]) -> Group:
    """Return the heat map in as many tables, one below the other, as fit into ``width`` columns of text."""
    columns = list(dict.fromkeys((cell.n_f, cell.n_r) for cell in estimates.cells))
    most = max(1, (width - HEAT_MARGIN) // HEAT_CELL)
    parts = [columns[start : start + most] for start in range(0, len(columns), most)]
    return Group(*(_heat_columns(estimates, part, mode) for part in parts))


def _heat_columns(
    estimates: Estimates, columns: Sequence[tuple[int, int]], mode: Literal["tokens", "samples"]
) -> Table:
    names = [f"n_fr = {n_f}" if estimates.joint else f"n_f, n_r = {n_f}, {n_r}" for n_f, n_r in columns]
    table = figures_table("n_p", *names)
    for n_p in dict.fromkeys(cell.n_p for cell in estimates.cells):
        cells = {(cell.n_f, cell.n_r): cell for cell in estimates.cells if cell.n_p == n_p}
        table.add_row(str(n_p), *(_cell(cells[column], mode) for column in columns))
    table.columns[0].no_wrap = True
    return table


def _heat_caption(estimates: Estimates) -> str:
    most = estimates.baseline.points[-1].n_p
    return (
        "Unbiased, 95 % interval below; in brackets the paper's estimator, which is biased. "
        f"n/a: costs more than the baseline's {most} samples ({estimates.baseline_run}); draw more. "
        f"{plural(estimates.problems, 'problem')}."
    )


def _cell(cell: HeatMapCell, mode: Literal["tokens", "samples"]) -> Text:
    ratio = cell.shown(mode)
    if math.isnan(ratio.value):
        return Text("n/a", style="dim")
    style = "green" if ratio.low > 1 else "red" if ratio.high < 1 else ""
    biased = cell.paper_ratio if mode == "tokens" else cell.paper_sample_ratio
    paper = f" [{decimal(biased.value, 2)}]"
    return Text.assemble((decimal(ratio.value, 2), style), (paper, "dim"), (f"\n{span(ratio, 2)}", "dim"))


def _repairs(rates: Iterable[RepairRate], label: str) -> Table:
    table = figures_table(label, "programs", "repairs", "pass", "rate", "95 % interval")
    for rate in rates:
        name = f"{rate.label} (person)" if rate.human else rate.label
        sampled, passed = count(rate.sampled), count(rate.passed)
        table.add_row(name, count(rate.programs), sampled, passed, decimal(rate.rate.value), span(rate.rate))
    return table


def _crossed(summary: Summary) -> Table:
    table = figures_table("difficulty", "feedback by", "programs", "repairs", "pass", "rate", "95 % interval")
    for label, rates in summary.by_author_and_difficulty.items():
        for rate in rates:
            author = f"{rate.label} (person)" if rate.human else rate.label
            numbers = map(count, (rate.programs, rate.sampled, rate.passed))
            table.add_row(label, author, *numbers, decimal(rate.rate.value), span(rate.rate))
    return table


def _labels(summary: Summary) -> Table:
    table = figures_table("label", "explanations", "repairs", "pass", "rate", "95 % interval")
    for each in summary.by_label:
        numbers = map(count, (each.explanations, each.sampled, each.passed))
        table.add_row(each.label, *numbers, decimal(each.rate.value), span(each.rate))
    return table


def _decay(summary: Summary) -> Table:
    table = figures_table("round", "repairs", "pass", "rate", "95 % interval", "tokens/repair")
    for each in summary.decay:
        numbers = (str(each.number), count(each.sampled), count(each.passed))
        table.add_row(*numbers, decimal(each.rate.value), span(each.rate), count(each.tokens))
    return table


def _restarts(summary: Summary) -> Table:
    table = figures_table("programs", "repairs of each", "pass rate", "95 % interval", "tokens/problem")
    for each in summary.restarts:
        numbers = (str(each.programs), str(each.rounds))
        table.add_row(*numbers, decimal(each.rate.value), span(each.rate), count(each.tokens))
    return table


def _with_kind_name(rate: RepairRate) -> RepairRate:
    label = {str(kind): word for kind, word in KINDS.items()}[rate.label]
    return RepairRate(label, rate.human, rate.programs, rate.sampled, rate.passed, rate.rate)


def _difficulties(summary: Summary) -> Table:
    table = figures_table("difficulty", "problems", "pass@1", "solved", "95 % interval", "repair rate")
    for group in summary.difficulties:
        figures = decimal(group.first.value), decimal(group.final.value), span(group.final)
        table.add_row(group.label, count(group.problems), *figures, decimal(group.repair.value))
    return table


def _spent(summary: Summary) -> Table:
    table = figures_table("completions", "number", "truncated", "no answer", "tokens", "prompt", "cached")
    for stage, answers in summary.answers.items():
        figures = (answers.sampled, answers.truncated, answers.unanswered, answers.tokens)
        table.add_row(stage, *map(count, (*figures, answers.prompt_tokens, answers.cached_tokens)))
    return table


def _spent_caption(summary: Summary) -> str:
    spent = summary.spent
    grades = ", ".join(f"{number:,} {grade}" for grade, number in summary.trust.items()) or "none"
    executions = plural(spent.executions, "execution")
    text = f"{executions}, {spent.cpu_seconds:,.0f} CPU s; verdicts: {grades}"
    return f"{text}\n{paid}" if (paid := cost(summary)) else text
