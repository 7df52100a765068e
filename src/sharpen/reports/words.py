"""How numbers, intervals and counts are written in every report."""

import math

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
    """Return a figure with fixed digits; a dash when it cannot be told."""
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


def plural(value: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"
