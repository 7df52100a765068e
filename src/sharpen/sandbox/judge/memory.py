"""How much memory the judge may use, and whether the machine leaves it that much."""

import resource

_MOST_BYTES = 8 * 1024**3


def ceiling() -> float:
    """Return the bytes that a process may have here, by its hard limit."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[1]
    return float("inf") if limit == resource.RLIM_INFINITY else limit


def limit() -> None:
    """Limit this process's address space, at most to what the hard limit leaves."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (int(min(_MOST_BYTES, ceiling())), hard))


def is_short() -> bool:
    """Return whether the judge has less than it may use: then a lack of memory in it says nothing."""
    return ceiling() < _MOST_BYTES
