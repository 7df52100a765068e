"""Runs and one problem's steps in the terminal: ``sharpen runs`` and ``sharpen show``."""

import difflib
import time
from collections.abc import Sequence

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from sharpen.journal.steps import TreeRow, TreeRows
from sharpen.reports.words import KINDS
from sharpen.types import Message, Verdict
from sharpen.viewer.state import RunState


def render_runs(states: Sequence[RunState], console: Console) -> None:
    """Print one line a run, the most recent first."""
    if not states:
        console.print("no runs here: `sharpen sample` or `sharpen repair` makes one")
        return
    table = Table(
        "run", "state", "method", "model", "problems", "solved", "errors", "tokens", "changed", box=None
    )
    for state in sorted(states, key=lambda state: -state.changed):
        table.add_row(
            Text(state.name, overflow="fold"),
            state.status,
            state.method,
            Text(state.model),
            f"{state.finished:,}/{state.problems:,}",
            f"{state.solved:,}",
            f"{state.errors:,}",
            f"{state.tokens:,}",
            ago(time.time() - state.changed) if state.changed else "",
        )
    console.print(table)
    for state in states:
        if state.message:
            console.print(Text(state.message))


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
    return f" ({step.tokens} tokens{cut})" if step.tokens else ""


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
