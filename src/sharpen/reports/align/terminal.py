"""Runs of ``align`` as tables in a terminal."""

from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sharpen.counts import plural
from sharpen.reports.align.figures import AlignSummary, summarise
from sharpen.reports.tables import figures_table, section
from sharpen.reports.words import MISSING, count, decimal, drawn, span
from sharpen.selfcodealign.stage_files import Funnel


def render(runs: Sequence[Path], console: Console) -> None:
    """Print each run's conclusion, funnel, verdicts on responses, and cost.

    Raises:
        JournalError: a directory is not a run of ``align`` or cannot be read.
        DataError: a stage file is damaged.
    """
    for run in map(summarise, runs):
        console.print()
        console.print(Text(conclusion(run), style="bold"))
        console.print()
        console.print(Text(run.name, style="bold"), Text(f"  {run.config.model}"))
        console.print(Text(settings(run), style="dim"))
        section(console, "Funnel", _funnel(run.funnels))
        if run.passing.n:
            section(console, "Responses on their own tests", _kinds(run), passing(run))
        section(console, "Cost", _costs(run))


def conclusion(run: AlignSummary) -> str:
    """Return what the run made, in one sentence."""
    if not run.funnels:
        return "No stage is finished, so there is nothing to conclude yet."
    rows = run.funnels[-1].rows_out
    made = f"{plural(run.seeds, 'seed')} gave {plural(rows, 'row')} after the stage {run.funnels[-1].stage}"
    return f"{made}; {passing(run)}" if run.passing.n else f"{made}."


def settings(run: AlignSummary) -> str:
    """Return the settings of the run, in one line."""
    c = run.config
    parts = [
        plural(run.seeds, "seed"),
        *([f"{run.unfinished:,} of them unfinished"] if run.unfinished else []),
        f"{plural(c.n, 'response')} a task",
        f"{plural(c.shots, 'example')} per prompt, {c.response_shots} for responses",
        *([f"{plural(c.example_sets, 'set')} of examples"] if c.example_sets else []),
        "completion prompts" if c.completion else "chat prompts",
        drawn(c.temperature, c.seed, c.server),
    ]
    return ", ".join(parts)


def passing(run: AlignSummary) -> str:
    """Return the share of responses that pass, in a sentence."""
    interval = span(run.passing)
    known = "" if interval == MISSING else f" (95 % interval over tasks {interval})"
    return (
        f"{decimal(run.passing.value)} of a task's responses pass their own tests{known}; "
        f"{run.solved:,} of {plural(run.passing.n, 'task')} have one that does."
    )


def _funnel(funnels: Sequence[Funnel]) -> Table:
    table = figures_table("", "rows", "left", "share")
    for funnel in funnels:
        left = funnel.rows_in
        table.add_row(Text(funnel.stage, style="bold"), "", count(left), "")
        for reason, rows in funnel.reasons.items():
            left -= rows
            if rows:
                table.add_row(f"  {reason}", f"-{rows:,}", count(left), f"{rows / funnel.rows_in:.1%}")
    return table


def _kinds(run: AlignSummary) -> Table:
    table = figures_table("", "tasks", "responses", "passed", "share")
    for kind in filter(attrgetter("tasks"), run.kinds):
        share = decimal(kind.passed / kind.responses)
        table.add_row(kind.label, count(kind.tasks), count(kind.responses), count(kind.passed), share)
    return table


def _costs(run: AlignSummary) -> Table:
    table = figures_table("", "answers", "completion tokens")
    for cost in run.costs:
        table.add_row(cost.stage, count(cost.answers), count(cost.tokens))
    spent = run.spent
    table.add_row(
        "prompts", "", count(spent.prompt_tokens - spent.cached_tokens), style="dim"
    )  # what was evaluated
    return table
