"""Counts with their nouns, for messages."""


def plural(value: int, noun: str) -> str:
    """Return a count with its noun: ``1 problem``, ``1,200 problems``."""
    return f"{value:,} {noun}" if value == 1 else f"{value:,} {noun}s"
