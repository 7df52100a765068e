"""Runs and one problem's steps in the terminal: ``sharpen runs`` and ``sharpen show``."""

import difflib
import time
from collections.abc import Sequence

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from sharpen.counts import plural
from sharpen.journal.steps import TreeRow, TreeRows
from sharpen.reports.words import KINDS
from sharpen.types import Message, Verdict
from sharpen.viewer.state import RunState


def render_runs(states: Sequence[RunState], console: Console) -> None:
    """Print two lines a run, the most recent first: what it is, and how far it has come."""
    if not states:
        console.print("no runs here: `sharpen sample` or `sharpen repair` makes one")
        return
    recent = sorted(states, key=lambda state: -state.changed)
    columns = [column for column in zip(*map(_figures, recent), strict=True) if any(column)]
    figures = list(zip(*columns, strict=True))
    widths = [max(map(len, column)) for column in columns]
    for state, words in zip(recent, figures, strict=True):
        console.print(_heading(state))
        if state.message:
            console.print(Text(f"  {state.message}", style="red"))
            continue
        status, *numbers = (word.rjust(width) for word, width in zip(words, widths, strict=True))
        console.print(Text("  ".join(["", status.strip().ljust(widths[0]), *numbers])))


def _heading(state: RunState) -> Text:
    """Return what a run is, and when it last changed."""
    asked = f"  {state.method} on {state.benchmark} with {state.model}" if state.method else ""
    when = f"  {ago(time.time() - state.changed)}" if state.changed else ""
    return Text.assemble((state.name, "bold"), asked, (when, "dim"))


def _figures(state: RunState) -> tuple[str, ...]:
    """Return how far a run has come in words that are set in columns."""
    return (
        state.status,
        f"{state.finished:,} of {plural(state.problems, 'problem')}",
        f"{state.solved:,} solved",
        plural(state.errors, "error") if state.errors else "",
        plural(state.tokens, "token"),
    )


def ago(seconds: float) -> str:
    """Return how long ago something was: ``12 s ago``, ``3 h ago``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit} ago"
    return f"{max(0, seconds):.0f} s ago"


def render_steps(rows: TreeRows, console: Console, *, prompts: bool = True) -> None:
    """Print what the model was told, what it answered and what then ran, step by step.

    Args:
        rows: the problem's steps.
        console: where to print.
        prompts: whether to print the messages that no earlier step was told.
    """
    console.rule(Text(rows.problem.id), align="left")
    console.print(Text(rows.problem.statement.strip()))
    for step in rows.steps:
        console.print()
        render_step(step, console, prompts=prompts)


def render_step(step: TreeRow, console: Console, *, prompts: bool = True) -> None:
    """Print one step; the arguments are those of :func:`render_steps`."""
    console.rule(Text(f"{'  ' * step.depth}{step.title} by {step.author}{_tokens(step)}"), align="left")
    if prompts:
        _prompt(step, console)
    _answered(step, console)
    _ran(step, console)


def _tokens(step: TreeRow) -> str:
    cut = ", cut by the token limit" if step.cut else ""
    return f" ({plural(step.tokens, 'token')}{cut})" if step.tokens else ""


def _prompt(step: TreeRow, console: Console) -> None:
    if not step.messages:
        return
    console.print(Text("What the model was told", style="bold"))
    if step.known:
        console.print(Text(f"{step.known} messages as above, then:", style="dim"))
    for message in step.messages[step.known :]:
        console.print(_message(message))


def _message(message: Message) -> Text:
    return Text.assemble((f"{message.role}: ", "bold"), message.content.strip())


def _answered(step: TreeRow, console: Console) -> None:
    console.print(Text("What it answered", style="bold"))
    console.print(Text(step.answer.strip()))
    if step.before and step.program:
        before, after = (code.rstrip("\n").split("\n") for code in (step.before, step.program))
        lines = difflib.unified_diff(before, after, "before", "after", lineterm="")
        console.print(Text("What it changed", style="bold"))
        console.print(
            Syntax("\n".join(lines), "diff", theme="ansi_dark", background_color="default", word_wrap=True)
        )


def _ran(step: TreeRow, console: Console) -> None:
    if step.hidden is None and step.visible is None:
        return
    console.print(Text("What then ran", style="bold"))
    if step.visible is not None:
        console.print(verdict_text("tests that a prompt may quote", step.visible))
    if step.hidden is not None:
        console.print(verdict_text("hidden tests", step.hidden))


def verdict_text(tests: str, verdict: Verdict) -> Text:
    """Return a verdict as a line, with its message below it."""
    style = "green" if verdict.passed else "red"
    text = Text.assemble(f"{tests}: ", (KINDS[verdict.kind], style))
    return text.append(f"\n{verdict.message.strip()}") if verdict.message.strip() else text
