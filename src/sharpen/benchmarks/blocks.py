"""Where code stands in an answer: fenced blocks, and stretches of code between lines of prose.

Every function reads an answer in time that grows with its length: the parser runs once for a block, and at
most ``MOST_CUTS`` times for a stretch of bare code.
"""

import keyword
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from sharpen.benchmarks.readings import is_spoilt, readable, readings
from sharpen.benchmarks.source import error_line, is_program, parse

MOST_STRETCHES = 200
"""Stretches of bare code that are read in one answer."""
MOST_CUTS = 8
"""Lines of prose that end a stretch: after this number of tries it is taken as it is."""

_LIST_ITEM = r"(?:[-*+]|\d{1,3}[.)])[ \t]+"
_FENCE = re.compile(rf"^([ \t>]*(?:{_LIST_ITEM})?)(`{{3,}}|~{{3,}})[ \t]*([^`\n]*)$")
_ONE_LINE = re.compile(
    rf"^[ \t>]*(?:{_LIST_ITEM})?`{{3,}}[ \t]*(?:([\w.+#]+)[ \t]+)?([^`\n]+?)`{{3,}}[ \t]*$"
)
_IN_LINE = re.compile(
    r"^([^`\n]*[^`\s>])[ \t]*(```(?:python|py)\w*[ \t]*|```(?:python|py)[ \t][^`\n]+```[ \t]*)$",
    re.MULTILINE | re.IGNORECASE,
)
_BEFORE_FENCE = re.compile(r"^[\u00a0\u200b\ufeff]+(?=```|~~~)", re.MULTILINE)
_MARKDOWN_TAG = re.compile(r"(?:markdown|md)\b", re.IGNORECASE)
_INLINE = re.compile(r"(?<!`)`([^`\n]{4,})`(?!`)")
_LEAD = re.compile(
    r"^(?:answer|code|solution|program|python)[ \t]*:[ \t]*((?:def|class|import|from)[ \t])"
    r"|^[A-Z][^\n:`]{0,150}:[ \t]*((?:def|class)[ \t]+\w[^\n]*:[ \t]*$)",
    re.MULTILINE | re.IGNORECASE,
)
_GLUED = re.compile(r"^([^`]*[^`\s])[ \t]*`{3,}[ \t]*$")
_TRIPLE = re.compile(r"\"\"\"|'''")
_PYTHON_TAG = re.compile(r"\{?\.?(?:i?python|py|jupyter|sage)(?!tb|con|test)", re.IGNORECASE)
_OTHER_TAG = re.compile(
    r"\{?\.?(?:bash|sh|shell|zsh|console|terminal|text|txt|plaintext|output|stdout|input|json|ya?ml|xml|html|css"
    r"|sql|diff|c|c\+\+|cpp|c#|cs|csharp|java|javascript|js|ts|typescript|go|rust|ruby|php|latex|tex|math|mermaid"
    r"|markdown|md|pycon|pytb|toml|ini|makefile|dockerfile|kotlin|swift|scala|r|perl|lua|haskell)\b",
    re.IGNORECASE,
)
_PATCH_TAG = re.compile(r"\{?\.?(?:diff|patch|udiff)\b", re.IGNORECASE)
_OF_PATCHES = ("-", "+++", "@@", "diff ", "index ", "***", "\\ No newline")
_PATCH = re.compile(r"\A(?:diff |--- \S.*\n\+\+\+ |\*\*\* Begin Patch|@@ )")
_WRITTEN = re.compile(  # a shell writes a file of Python, or runs it
    r"^[ \t$]*(?:cat[ \t]*>+[ \t]*[\w./-]+\.py[ \t]*|python3?[ \t]*-?[ \t]*)<<-?[ \t]*"
    r"['\"]?(\w+)['\"]?[ \t]*\n(.*?)(?:^\1[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_WORD = re.compile(r"^[ \t]*([A-Za-z_]\w*)")
_STATEMENT = re.compile(
    r"^[ \t]*(?:[@#)\]}\"']|[A-Za-z_][\w.]*[ \t]*[(\[]|[A-Za-z_][\w., \t\[\]]*[-+*/|&^%@<>:]*=)"
)
_ANNOTATED = re.compile(
    r"^[ \t]*[A-Za-z_]\w*[ \t]*:[ \t]*[\w.]+(?:\[[\w\[\]., |]*\])?(?:[ \t]*\|[ \t]*[\w.\[\], ]+)*$"
)
_BLOCK_WORDS = {"if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class"}
_START = re.compile(
    r"^[ \t]*(?:import\s|from\s|(?:async\s+)?def\s|class\s|@|for\s|while\s|if\s|with\s|try:|print\(|assert\s"
    r"|[A-Za-z_][\w.,* \t]*[-+*/]?=)"
)


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block.

    Attributes:
        tag: the word behind its opening fence.
        text: what is in it.
        closed: whether a closing fence follows.
        first, last: the numbers of its first and last line, with the fences.
    """

    tag: str
    text: str
    closed: bool
    first: int
    last: int


def fenced_blocks(answer: str) -> list[list[str]]:
    """Return the code of the fenced blocks in three lists, the likeliest first; none is empty.

    Those marked as Python, those not marked as another language, and all. Blocks in a block of Markdown are
    blocks of the answer.
    """
    pieces = [fence for fence in fences(answer) if fence.text.strip()]
    nested = [inner for fence in pieces if _MARKDOWN_TAG.match(fence.tag) for inner in fences(fence.text)]
    pieces += [fence for fence in nested if fence.text.strip()]
    codes = [(fence.tag, _code_of(fence)) for fence in pieces]
    python = [code for tag, code in codes if _PYTHON_TAG.match(tag)]
    unmarked = [code for tag, code in codes if not _OTHER_TAG.match(tag)]
    return [chosen for chosen in (python, unmarked, [code for _, code in codes]) if chosen]


def _code_of(fence: Fence) -> str:
    is_patch = _PATCH_TAG.match(fence.tag) or _is_patch(fence.text)
    text = _patched(fence.text) if is_patch else fence.text
    if written := _WRITTEN.search(text):
        text = written[2]
    return readable(text if fence.closed else _without_prose(text))


def _is_patch(text: str) -> bool:
    """Whether a text begins as a patch does, or all its lines have the marks of one, and is no Python."""
    lines = [line for line in text.split("\n") if line.strip()]
    marked = all(line[0] in " +-" for line in lines) and any(line[0] == "+" for line in lines)
    return (marked or _PATCH.match(text) is not None) and parse(text) is None


def _patched(text: str) -> str:
    """Return what a patch leaves of the lines that it shows."""
    lines = (line for line in text.split("\n") if not line.startswith(_OF_PATCHES))
    return _unindented([line[1:] if line[:1] in {"+", " "} else line for line in lines])


def outside_fences(answer: str) -> str:
    """Return the text of an answer that stands in no fenced block, at its lines."""
    lines = answer.split("\n")
    for fence in fences(answer):
        lines[fence.first : fence.last + 1] = [""] * (min(fence.last + 1, len(lines)) - fence.first)
    return "\n".join(lines)


def with_own_lines(answer: str) -> str:
    """Return an answer whose fences stand at the beginning of lines, as Markdown wants them.

    An answer that goes on in a block which its prompt opened gets that block's opening fence.
    """
    answer = _BEFORE_FENCE.sub("", answer)
    return _with_opening(_IN_LINE.sub(r"\1\n\2", answer))


def _with_opening(answer: str) -> str:
    lines = answer.split("\n")
    first = next((number for number, line in enumerate(lines) if _FENCE.match(line)), 0)
    before = "\n".join(lines[:first])
    if not before.strip() or lines[first].strip().strip("`~"):
        return answer
    tree = parse(before)
    is_body = before.lstrip("\n")[:1] in {" ", "\t"} and parse(f"def _():\n{before}") is not None
    return f"```python\n{answer}" if is_body or (tree and is_program(tree)) else answer


def fences(answer: str) -> Iterator[Fence]:
    """Yield every fenced block of Markdown in ``answer``.

    Beyond Markdown's own rules, a closing fence may stand at the end of the last line of code, a block may
    be one line, an opening fence may end a line of prose, a fence in a triple-quoted string closes nothing,
    and one that is marked as Python opens a block wherever it stands.
    """
    lines = answer.split("\n")
    number = 0
    while number < len(lines):
        fence = None
        if match := _ONE_LINE.match(lines[number]):
            fence = _one_line(match, number)
        elif match := _FENCE.match(lines[number]):
            fence = _block(lines, number, match)
        if fence:
            yield fence
            number = fence.last
        number += 1


def _one_line(match: re.Match[str], number: int) -> Fence:
    tag, code = match[1] or "", match[2]
    known = bool(_PYTHON_TAG.match(tag) or _OTHER_TAG.match(tag))
    text = code if known or not tag else f"{tag} {code}"
    return Fence(tag if known else "", text, closed=True, first=number, last=number)


def _block(lines: list[str], first: int, opening: re.Match[str]) -> Fence:
    """Return the block whose opening fence is line ``first``."""
    start = first + 1
    end, last, final = _closing(lines, start, opening[2], strings=True)
    if end == len(lines):
        end, last, final = _closing(lines, start, opening[2], strings=False)
    width = len(opening[1])
    if opening[1].isspace():  # an opening fence may stand deeper than the code
        width = min([width, *(len(line) - len(line.lstrip()) for line in lines[start:end] if line.strip())])
    inside = [line[:width].lstrip(" \t>") + line[width:] for line in [*lines[start:end], *last]]
    closed = end < len(lines)
    return Fence(opening[3].strip(), _unindented(inside), closed=closed, first=first, last=final)


def _closing(lines: list[str], start: int, fence: str, *, strings: bool) -> tuple[int, list[str], int]:
    """Return the number of the line that closes a block, the code before the fence there, and its last line.

    With ``strings`` a fence within a triple-quoted string is part of it.
    """
    quote = ""
    for number in range(start, len(lines)):
        line = lines[number]
        if not quote or not strings:
            match = _FENCE.match(line)
            if match and match[2].startswith(fence):
                if not match[3].strip():
                    return number, [], number
                if _PYTHON_TAG.match(match[3]):  # another block begins
                    return number, [], number - 1
        quote = _open_string(line, quote)
        if (glued := _GLUED.match(line)) and fence[0] == "`" and not (quote and strings):
            return number, [glued[1]], number
    return len(lines), [], len(lines)


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


def bare_code(answer: str) -> list[str]:
    """Return the stretches of code in an answer without fences, in order; all of it where it is Python."""
    answer = readable(answer)
    if parse(answer) is not None:
        return [answer]
    pieces = _stretches(answer)
    if is_spoilt(answer) and not any(map(parse, pieces)):
        others = (_stretches(reading) for reading in readings(answer))
        return next((each for each in others if any(map(parse, each))), pieces)
    return pieces


def _stretches(answer: str) -> list[str]:
    lines = _LEAD.sub(lambda lead: lead[1] or lead[2], answer).split("\n")
    pieces: list[str] = []
    number = 0
    while number < len(lines) and len(pieces) < MOST_STRETCHES:
        if _starts_code(lines[number]):
            code, number = _stretch(lines, number)
            pieces.append(code)
        else:
            number += 1
    return pieces


def inline_code(answer: str) -> list[str]:
    """Return what stands between single backticks, in order."""
    return [match[1] for match in _INLINE.finditer(answer)]


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
