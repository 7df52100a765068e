"""Tables that the reports of all methods print."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sharpen.reports.comparison import Comparison
from sharpen.reports.words import count, decimal, plural, span


def section(console: Console, name: str, table: Table, caption: str = "") -> None:
    """Print a table under its name."""
    console.print()
    if name:
        console.print(Text(name, style="bold"))
    console.print(table)
    if caption:
        console.print(Text(caption, style="dim"))


def figures_table(*columns: str) -> Table:
    """Return an empty table: a column of words and columns of figures."""
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, header_style="dim", padding=(0, 1)
    )
    table.add_column(columns[0], overflow="fold")
    for column in columns[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def comparisons_table(comparisons: Iterable[Comparison]) -> Table:
    """Return a table with both sides of each comparison."""
    table = figures_table("", "pass rate", "tokens", "difference", "95 % interval", "n")
    for c in comparisons:
        n = plural(c.programs, "program") if c.programs else plural(c.difference.n, "problem")
        gap = f"{c.difference.value:+.3f}"
        table.add_row(c.a, decimal(c.rate_a.value), count(c.tokens_a), gap, span(c.difference), n)
        table.add_row(c.b, decimal(c.rate_b.value), count(c.tokens_b), "", "", "", end_section=True)
    return table
