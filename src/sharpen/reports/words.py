"""Formatting of numbers, intervals and counts, the same in every report."""

import math
from collections.abc import Mapping
from typing import Any

from sharpen.counts import plural  # noqa: F401 - for the pages
from sharpen.reports.figures import Rate
from sharpen.types import VerdictKind

MISSING = "–"


KINDS: dict[VerdictKind, str] = {
    "passed": "passed",
    "wrong_answer": "wrong answer",
    "exception": "exception",
    "timeout": "timeout",
    "memory": "out of memory",
    "syntax": "syntax error",
    "forbidden": "forbidden action",
    "no_code": "no code",
    "harness_error": "harness error",
}


def decimal(value: float, digits: int = 3) -> str:
    """Return a figure with fixed digits; a dash when it is undefined."""
    return MISSING if math.isnan(value) else f"{value:.{digits}f}"


def span(rate: Rate, digits: int = 3) -> str:
    """Return an interval; a dash when there is none (fewer than two problems)."""
    if math.isnan(rate.low) and math.isnan(rate.high):
        return MISSING
    return f"{_end(rate.low, digits)} to {_end(rate.high, digits)}"


def _end(value: float, digits: int) -> str:
    return "?" if math.isnan(value) else f"{value:.{digits}f}"


def count(value: float) -> str:
    """Return a whole number with thousands apart; a dash for NaN."""
    return MISSING if math.isnan(value) else f"{value:,.0f}"


def points(rate: Rate) -> str:
    """Return a difference of two shares in percentage points, with its interval."""
    ends = "" if math.isnan(rate.low + rate.high) else f" ({100 * rate.low:.1f} to {100 * rate.high:.1f})"
    return f"{100 * rate.value:+.1f} points{ends}"


def at_equal_tokens(difference: Rate) -> str:
    """Return a difference at equal tokens, and why it has no interval where it has none."""
    alike = " on every problem, so there is no interval" if math.isnan(difference.low) else ""
    return f"{points(difference)} at equal tokens{alike}"


def drawn(temperature: float | None, seed: int | None, server: Mapping[str, Any]) -> str:
    """Return how answers were drawn: temperature and seed, and what the user added to requests."""
    parts = ["no temperature" if temperature is None else f"temperature {temperature:g}"]
    parts.append("no seed" if seed is None else f"seed {seed}")
    return ", ".join([*parts, *added(server)])


def added(server: Mapping[str, Any]) -> list[str]:
    """Return the options of requests to a server that are not the usual ones (``ServerOptions``)."""
    usual = {"timeout": 600.0, "concurrency": 256}
    named = [(name, value) for name, value in server.items() if value and value != usual.get(name)]
    return [
        f"server.{name} {' | '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in named
    ]
