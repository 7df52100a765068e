"""Code on a page: highlighted lines, and repairs as diffs against the program they start from.

A model wrote all of this text, so every line is escaped.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Literal

from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

MOST_CHARACTERS = 12_000
CONTEXT = 3

_LEXER = PythonLexer(stripnl=False, ensurenl=False)
_FORMATTER = HtmlFormatter[str](nowrap=True)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of a listing: ``add``, ``del``, ``same``, or ``gap`` where unchanged lines are left out."""

    kind: Literal["add", "del", "same", "gap"]
    html: Markup


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines, and how many characters of the text were left out after them."""

    lines: tuple[CodeLine, ...]
    left_out: int = 0
    changed: bool = True


def listing(code: str) -> Listing:
    """Return a program, highlighted."""
    lines = tuple(CodeLine("same", html) for html in _lines(code[:MOST_CHARACTERS].strip("\n")))
    return Listing(lines, max(0, len(code) - MOST_CHARACTERS))


def difference(before: str, after: str) -> Listing:
    """Return a repair as a diff against the program it starts from, with a few lines of context."""
    old, new = (text[:MOST_CHARACTERS].lstrip("\n").rstrip() for text in (before, after))
    old_html, new_html = _lines(old), _lines(new)
    matcher = SequenceMatcher(None, old.split("\n"), new.split("\n"), autojunk=False)
    lines: list[CodeLine] = []
    done = 0
    for group in matcher.get_grouped_opcodes(CONTEXT):
        lines += _gap(group[0][1] - done)
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [CodeLine("same", html) for html in old_html[i1:i2]]
            else:
                lines += [CodeLine("del", html) for html in old_html[i1:i2]]
                lines += [CodeLine("add", html) for html in new_html[j1:j2]]
        done = group[-1][2]
    lines += _gap(len(old_html) - done) if lines else []
    return Listing(tuple(lines), max(0, len(after) - MOST_CHARACTERS), bool(lines))


def _gap(lines: int) -> list[CodeLine]:
    if lines <= 0:
        return []
    return [CodeLine("gap", escape(f"{lines} unchanged line{'s' if lines > 1 else ''}"))]


@lru_cache(maxsize=64)
def _lines(code: str) -> tuple[Markup, ...]:
    # All repairs of one program are compared with it, one after the other: hence the cache.
    # Pygments escapes text and closes its spans at every line's end.
    html = highlight(code, _LEXER, _FORMATTER)
    return tuple(Markup(line) for line in html.removesuffix("\n").split("\n"))  # noqa: S704
