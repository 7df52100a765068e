"""Names for the objects of ALFWorld's games: ``mug_bar__plus_00_dot_50...`` is a ``mug 2``."""

from collections import Counter
from collections.abc import Iterable

SEPARATOR = "_bar_"


def names(identities: Iterable[str]) -> dict[str, str]:
    """Return a name for each object: its kind and a number, or what it is called if it has no coordinates.

    Objects of one kind are numbered backwards in the order of their identities, and what has no number ends
    in a blank: both as in ALFWorld's evaluation.
    """
    ordered = sorted(set(identities))
    left = Counter(kind(identity) for identity in ordered if SEPARATOR in identity)
    named = {}
    for identity in ordered:
        if SEPARATOR in identity:
            named[identity] = f"{kind(identity)} {left[kind(identity)]}"
            left[kind(identity)] -= 1
        else:
            named[identity] = f"{_plain(identity)} "
    return named


def kind(identity: str) -> str:
    """Return what an object is: ``sinkbasin`` for the basin of a sink, otherwise its first word."""
    first = _plain(identity).partition("|")[0]
    return f"{first}basin" if "basin" in identity else first


def _plain(identity: str) -> str:
    for written, sign in (
        ("_bar_", "|"),
        ("_minus_", "-"),
        ("_plus_", "+"),
        ("_dot_", "."),
        ("_comma_", ","),
    ):
        identity = identity.replace(written, sign)
    return identity
