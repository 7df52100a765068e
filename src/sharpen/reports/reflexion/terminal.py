"""The report of Reflexion runs as tables in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sharpen.counts import plural
from sharpen.reports.reflexion.accounting import AccountingLine, SuccessDifference, TrialSummary
from sharpen.reports.reflexion.self_test_counts import SelfTestCounts
from sharpen.reports.reflexion.wording import (
    NAMES,
    about,
    baseline_note,
    by_trial,
    conclusion,
    finished,
    heading,
    shape,
)
from sharpen.reports.tables import figures_table, section
from sharpen.reports.words import MISSING, count, decimal, span


def render(summaries: Sequence[TrialSummary], pairs: Sequence[SuccessDifference], console: Console) -> None:
    """Print the report of one or several runs."""
    for summary in summaries:
        _run(summary, console)
    if pairs:
        section(console, "Differences between runs, on common problems", _pairs(pairs))


def _run(summary: TrialSummary, console: Console) -> None:
    console.print()
    console.print(Text(conclusion(summary), style="bold"))
    console.print()
    console.print(Text(heading(summary), style="bold"), Text(f"  {summary.record.name}", style="dim"), sep="")
    for text in (summary.record.config.model, shape(summary), finished(summary)):
        console.print(Text(text, style="dim"))
    if summary.lines:
        section(console, "Solved, by accounting", _lines(summary.lines), baseline_note(summary))
        for sentence in about(summary.lines):
            console.print(Text(sentence, style="dim"))
    if summary.by_trial:
        section(console, "Solved by trial", _by_trial(summary))
    if summary.tests_right[1]:
        right, all_ = summary.tests_right
        console.print(
            f"The reference program passes all of the model's tests on {right} of {plural(all_, 'problem')}."
        )
    if sum(summary.all_tests.counts):
        section(
            console,
            "Reliability of the model's own tests",
            _tests(summary),
            "Hidden tests decide what is right.",
        )
    for reason, number in summary.halted.items():
        console.print(Text(f"the heuristic ended {plural(number, 'trial')}: {reason}", style="dim"))
    spent = summary.record.spent
    console.print(
        Text(
            f"{plural(spent.completions, 'completion')}, {spent.completion_tokens:,} tokens, "
            f"{spent.prompt_tokens:,} of prompts, {plural(spent.executions, 'execution')}",
            style="dim",
        )
    )
    for problem in [p for p in summary.record.problems if p.status == "error"][:3]:
        console.print(Text(f"{problem.id}: {problem.error}", style="red"))


def _lines(lines: Sequence[AccountingLine]) -> Table:
    compared = any(line.gap.n for line in lines)
    heads = ("i.i.d.", "gain", "95 % interval") if compared else ()
    table = figures_table("", "solved", "95 % interval", "tokens", *heads)
    for line in lines:
        gap = line.gap
        against = decimal(line.iid.value), f"{gap.value:+.3f}" if gap.n else MISSING, span(gap)
        figures = decimal(line.rate.value), span(line.rate), count(line.tokens)
        table.add_row(NAMES[line.label], *figures, *(against if compared else ()))
    return table


def _by_trial(summary: TrialSummary) -> Table:
    rows = by_trial(summary)
    table = figures_table(
        "trial", *(head for name in rows for head in (NAMES.get(name, name), "95 % interval"))
    )
    for number in range(len(summary.by_trial)):
        rates = [rates[number] for rates in rows.values()]
        table.add_row(str(number + 1), *(text for r in rates for text in (decimal(r.value), span(r))))
    return table


def _tests(summary: TrialSummary) -> Table:
    table = figures_table("own tests", "TP", "FN", "FP", "TN", "pass: right, wrong", "fail: right, wrong")
    for label, counts in (
        ("submitted program", summary.submitted_tests),
        ("every program", summary.all_tests),
    ):
        table.add_row(label, *(decimal(value, 2) for value in counts.shares.values()), *_counts(counts))
    return table


def _counts(counts: SelfTestCounts) -> tuple[str, str]:
    return f"{counts.right_passed}, {counts.wrong_passed}", f"{counts.right_failed}, {counts.wrong_failed}"


def _pairs(pairs: Sequence[SuccessDifference]) -> Table:
    table = figures_table("", "solved", "difference", "95 % interval", "n")
    for pair in pairs:
        gap = f"{pair.gap.value:+.3f}"
        table.add_row(pair.a, decimal(pair.rate_a.value), gap, span(pair.gap), plural(pair.gap.n, "problem"))
        table.add_row(pair.b, decimal(pair.rate_b.value), "", "", "", end_section=True)
    return table
