"""Where code stands in an answer: fenced blocks, and stretches of code between lines of prose.

Every function reads an answer in time that grows with its length: the parser runs once for a block, and at
most ``MOST_CUTS`` times for a stretch of bare code.
"""

import html
import keyword
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from sharpen.benchmarks.source import error_line, parse

MOST_STRETCHES = 200
"""Stretches of bare code that are read in one answer."""
MOST_CUTS = 8
"""Lines of prose that end a stretch: after this number of tries it is taken as it is."""

_LIST_ITEM = r"(?:[-*+]|\d{1,3}[.)])[ \t]+"
_FENCE = re.compile(rf"^([ \t>]*(?:{_LIST_ITEM})?)(`{{3,}}|~{{3,}})[ \t]*([^`\n]*)$")
_ONE_LINE = re.compile(
    rf"^[ \t>]*(?:{_LIST_ITEM})?`{{3,}}[ \t]*(?:([\w.+#]+)[ \t]+)?([^`\n]+?)`{{3,}}[ \t]*$"
)
_GLUED = re.compile(r"^([^`]*[^`\s])[ \t]*`{3,}[ \t]*$")
_TRIPLE = re.compile(r"\"\"\"|'''")
_LANGUAGE_LINE = re.compile(r"\A\s*(?:python|py)[ \t]*[23]?(?:\.\d+)?[ \t]*:?[ \t]*\n", re.IGNORECASE)
_PYTHON_TAG = re.compile(r"\{?\.?(?:i?python|py|jupyter|sage)(?!tb|con|test)", re.IGNORECASE)
_OTHER_TAG = re.compile(
    r"\{?\.?(?:bash|sh|shell|zsh|console|terminal|text|txt|plaintext|output|stdout|input|json|ya?ml|xml|html|css"
    r"|sql|diff|c|c\+\+|cpp|c#|cs|csharp|java|javascript|js|ts|typescript|go|rust|ruby|php|latex|tex|math|mermaid"
    r"|markdown|md|pycon|pytb|toml|ini|makefile|dockerfile|kotlin|swift|scala|r|perl|lua|haskell)\b",
    re.IGNORECASE,
)
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"), " ")
_INVISIBLE = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))
_CURLY = {ord("\u201c"): '"', ord("\u201d"): '"', ord("\u2018"): "'", ord("\u2019"): "'"}
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{1,5}|#x[0-9a-f]{1,4});", re.IGNORECASE)

_WORD = re.compile(r"^[ \t]*([A-Za-z_]\w*)")
_STATEMENT = re.compile(
    r"^[ \t]*(?:[@#)\]}\"']|[A-Za-z_][\w.]*[ \t]*[(\[]|[A-Za-z_][\w., \t\[\]]*[-+*/|&^%@<>:]*=)"
)
_ANNOTATED = re.compile(r"^[ \t]*[A-Za-z_]\w*[ \t]*:[ \t]*[\w\[\].|, ]+$")
_BLOCK_WORDS = {"if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class"}
_START = re.compile(
    r"^[ \t]*(?:import\s|from\s|(?:async\s+)?def\s|class\s|@|for\s|while\s|if\s|with\s|try:|print\(|assert\s"
    r"|[A-Za-z_][\w.,* \t]*[-+*/]?=)"
)


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: the word behind its opening fence, its text, and whether a closing fence follows."""

    tag: str
    text: str
    closed: bool


def fenced_blocks(answer: str) -> list[str]:
    """Return the code of the fenced blocks marked as Python, else of those not marked as another language."""
    blocks = [fence for fence in fences(answer) if fence.text.strip()]
    python = [fence for fence in blocks if _PYTHON_TAG.match(fence.tag)]
    chosen = python or [fence for fence in blocks if not _OTHER_TAG.match(fence.tag)]
    return [readable(fence.text if fence.closed else _without_prose(fence.text)) for fence in chosen]


def fences(answer: str) -> Iterator[Fence]:
    """Yield every fenced block of Markdown in ``answer``.

    Beyond Markdown's own rules, a closing fence may stand at the end of the last line of code, a block may
    be one line, and a fence in a triple-quoted string closes nothing.
    """
    lines = answer.split("\n")
    number = 0
    while number < len(lines):
        if match := _ONE_LINE.match(lines[number]):
            yield _one_line(match)
        elif match := _FENCE.match(lines[number]):
            end, fence = _block(lines, number + 1, match)
            yield fence
            number = end
        number += 1


def _one_line(match: re.Match[str]) -> Fence:
    tag, code = match[1] or "", match[2]
    known = bool(_PYTHON_TAG.match(tag) or _OTHER_TAG.match(tag))
    return Fence(tag if known else "", code if known or not tag else f"{tag} {code}", closed=True)


def _block(lines: list[str], start: int, opening: re.Match[str]) -> tuple[int, Fence]:
    """Return the block that begins at ``start``, and the number of its last line."""
    end, last = _closing(lines, start, opening[2], strings=True)
    if end == len(lines):
        end, last = _closing(lines, start, opening[2], strings=False)
    width = len(opening[1])
    inside = [line[:width].lstrip(" \t>") + line[width:] for line in [*lines[start:end], *last]]
    return end, Fence(opening[3].strip(), _unindented(inside), closed=end < len(lines))


def _closing(lines: list[str], start: int, fence: str, *, strings: bool) -> tuple[int, list[str]]:
    """Return the number of the line that closes a block, and the code before the fence on that line.

    With ``strings`` a fence within a triple-quoted string is part of it.
    """
    quote = ""
    for number in range(start, len(lines)):
        line = lines[number]
        if not quote or not strings:
            match = _FENCE.match(line)
            if match and not match[3].strip() and match[2].startswith(fence):
                return number, []
        quote = _open_string(line, quote)
        if (glued := _GLUED.match(line)) and fence[0] == "`" and not (quote and strings):
            return number, [glued[1]]
    return len(lines), []


def _open_string(line: str, quote: str) -> str:
    """Return the triple quote that is open at the end of ``line``, if ``quote`` is at its beginning."""
    for match in _TRIPLE.finditer(line):
        if not quote:
            quote = match[0]
        elif quote == match[0]:
            quote = ""
    return quote


def _unindented(lines: list[str]) -> str:
    """Return the block's text; a margin that the fence does not have goes, unless it is that of a body."""
    text = "\n".join(lines)
    first = next((line for line in lines if line.strip()), "")
    margin_is_extra = first[:1] in {" ", "\t"} and re.match(r"\s*(?:import|from|def|class|async|@)", first)
    return textwrap.dedent(text) if margin_is_extra else text


def readable(code: str) -> str:
    """Return ``code`` without what a page or a chat window did to it, where that makes it Python.

    A line that only names the language, a byte order mark, spaces that are no ASCII spaces, HTML entities and
    curly quotes. What is Python already, or is none afterwards, comes back as it is.
    """
    code = _LANGUAGE_LINE.sub("", code.translate(_INVISIBLE) if code[:1] == "\ufeff" else code)
    if not code.isascii() or _ENTITY.search(code):
        for attempt in _readings(code):
            if parse(attempt) is not None:
                return attempt
    return code


def _readings(code: str) -> Iterator[str]:
    yield code
    plain = code.translate(_SPACES | _INVISIBLE)
    yield plain
    yield html.unescape(plain).translate(_SPACES)
    yield html.unescape(plain).translate(_SPACES | _CURLY)


def bare_code(answer: str) -> list[str]:
    """Return the stretches of code in an answer without fences, in order; all of it where it is Python."""
    answer = readable(answer)
    if parse(answer) is not None:
        return [answer]
    lines = answer.split("\n")
    pieces: list[str] = []
    number = 0
    while number < len(lines) and len(pieces) < MOST_STRETCHES:
        if _starts_code(lines[number]):
            code, number = _stretch(lines, number)
            pieces.append(code)
        else:
            number += 1
    return pieces


def _starts_code(line: str) -> bool:
    if not _START.match(line):
        return False
    alone = line.strip()
    return (
        parse(alone) is not None or parse(f"{alone}\n    pass") is not None or alone.startswith(("@", "def "))
    )


def _stretch(lines: list[str], start: int) -> tuple[str, int]:
    """Return the code that begins at line ``start``, and the number of the first line behind it."""
    margin = len(lines[start]) - len(lines[start].lstrip())
    end = len(lines)
    if margin:
        inside = (n for n in range(start, end) if lines[n].strip() and not lines[n][:margin].isspace())
        end = next(inside, end)
    code = _without_prose(textwrap.dedent("\n".join(lines[start:end])))
    return code, start + max(code.count("\n") + 1, 1)


def _without_prose(code: str) -> str:
    """Return ``code`` up to the line of prose that makes it no Python, if that is what does.

    Code that is broken comes back whole, to be judged as it is.
    """
    lines = code.split("\n")
    end = len(lines)
    for _ in range(MOST_CUTS):
        part = "\n".join(lines[:end])
        line = error_line(part)
        if line is None:
            return part
        prose = _prose_at(lines, min(line, end) - 1)
        if prose <= 0:
            break
        end = prose
    return "\n".join(lines[:end])


def _prose_at(lines: list[str], number: int) -> int:
    """Return the number of the line of prose that an error in line ``number`` comes from, or 0."""
    top = next((n for n in range(number, -1, -1) if lines[n].strip() and not lines[n][0].isspace()), 0)
    if not is_code(lines[top]):
        return top
    after_blank = number > 0 and not lines[number - 1].strip()
    return number if after_blank and not is_code(lines[number]) else 0


def is_code(line: str) -> bool:
    """Whether a line looks like a line of Python, whole or broken, and not like prose."""
    word = _WORD.match(line)
    if word and word[1] in _BLOCK_WORDS:
        return ":" in line or "(" in line
    if word and keyword.iskeyword(word[1]):
        return True
    return bool(_STATEMENT.match(line) or _ANNOTATED.match(line))
