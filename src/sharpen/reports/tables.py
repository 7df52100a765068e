"""Tables that several reports print in a terminal."""

import math
from collections.abc import Iterable, Mapping

from rich import box
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from sharpen.counts import plural
from sharpen.reports.comparison import PairedDifference
from sharpen.reports.figures import Rate
from sharpen.reports.words import count, decimal, points, span

BAR_CELLS = 41
"""Width of an interval's bar in a terminal; odd, so that zero has a cell."""


def section(console: Console, name: str, table: Table | Group, caption: str = "") -> None:
    """Print a table under its name."""
    console.print()
    if name:
        console.print(Text(name, style="bold"))
    console.print(table)
    if caption:
        console.print(Text(caption, style="dim"))


def interval_bar(difference: Rate, left: str = "i.i.d.", right: str = "repair") -> Text:
    """Return a difference as a bar: a dot with its interval, on an axis with zero in the middle.

    Args:
        difference: right - left.
        left: who is better on the left of zero.
        right: who is better on its right.
    """
    ends = [end for end in (difference.value, difference.low, difference.high) if not math.isnan(end)]
    if not ends:
        return Text("")
    most = max(*map(abs, ends), 0.01)
    half = BAR_CELLS // 2
    cells = [" "] * BAR_CELLS
    places = [half + round(end / most * half) for end in ends]
    cells[min(places) : max(places) + 1] = "━" * (max(places) + 1 - min(places))
    cells[half] = "│"
    cells[places[0]] = "●"
    return Text.assemble((f"{left} better ", "dim"), "".join(cells), (f" {right} better", "dim"))


def rate_bar(rate: Rate) -> str:
    """Return a rate as a bar: a dot with its interval, on an axis from 0 to 1."""
    if math.isnan(rate.value):
        return ""
    at, low, high = (
        round((rate.value if math.isnan(end) else end) * (BAR_CELLS - 1))
        for end in (rate.value, rate.low, rate.high)
    )
    cells = [" "] * BAR_CELLS
    cells[low : high + 1] = "━" * (high + 1 - low)
    cells[at] = "●"
    return f"│{''.join(cells)}│"


def figures_table(*columns: str) -> Table:
    """Return an empty table: a column of words and columns of figures."""
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, header_style="dim", padding=(0, 1)
    )
    table.add_column(columns[0], overflow="fold")
    for column in columns[1:]:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def comparisons_table(comparisons: Iterable[PairedDifference]) -> Table:
    """Return a table with both sides of each comparison."""
    table = figures_table("", "pass rate", "tokens", "difference", "95 % interval", "n")
    for c in comparisons:
        n = plural(c.programs, "program") if c.programs else plural(c.difference.n, "problem")
        gap = f"{c.difference.value:+.3f}"
        table.add_row(c.a, decimal(c.rate_a.value), count(c.tokens_a), gap, span(c.difference), n)
        table.add_row(c.b, decimal(c.rate_b.value), count(c.tokens_b), "", "", "", end_section=True)
    return table


def feedback_table(columns: Mapping[str, PairedDifference]) -> Table:
    """Return the paper's table of human feedback against models', with the difference and its interval."""
    table = figures_table("feedback by", *columns)
    rows = {
        "models": [f"{100 * c.rate_b.value:.2f} %" for c in columns.values()],
        "people": [f"{100 * c.rate_a.value:.2f} %" for c in columns.values()],
        "people − models": [points(c.difference).replace(" points", "") for c in columns.values()],
        "programs": [count(c.programs) for c in columns.values()],
    }
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table
