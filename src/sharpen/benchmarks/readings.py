r"""Undoes what pages, terminals, notebooks and formats of replies do to code.

- :func:`unwrapped`: a reply that is JSON, whole or broken, with the program in a field, a transcript of
  MBPP's form (``[BEGIN]``, ``[DONE]``), and blocks that are marked by tags, LaTeX or Jira and not by fences.
- :func:`readable`: a byte order mark, spaces that are not ASCII spaces, HTML entities, curly quotes and long
  dashes, prompts of an interactive interpreter, numbered lines, colours, ``\n`` for the end of a line.

Code is only changed where that makes it Python. What is Python already comes back as it is.
"""

import ast
import html
import json
import re
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

from sharpen.benchmarks.source import is_program, parse
from sharpen.syntax import parse_expression

_SPACES = dict.fromkeys(map(ord, "\u00a0\u2002\u2003\u2007\u2009\u202f\u3000"), " ")
_INVISIBLE = dict.fromkeys([*map(ord, "\ufeff\u00ad\u2060"), *range(0x200B, 0x2010), *range(0x202A, 0x202F)])
_LINES = {0x2028: "\n", 0x2029: "\n", 0x85: "\n"}
_PLAIN = _SPACES | _INVISIBLE | _LINES
_TYPED = _PLAIN | {
    **dict.fromkeys(map(ord, "\u201c\u201d"), '"'),
    **dict.fromkeys(map(ord, "\u2018\u2019"), "'"),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2013\u2014\u2212"), "-"),
    **{0xFEE0 + place: place for place in range(0x21, 0x7F)},  # full width, as in Chinese
}
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#\d{1,5}|#x[0-9a-f]{1,4});|<br ?/?>", re.IGNORECASE)
_BREAK = re.compile(r"<br ?/?>\n?", re.IGNORECASE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ESCAPE = re.compile(r"\\(?:u00(3c|3e|26|27|22|3d)|([_*\[\]#<>]))", re.IGNORECASE)
"""What JSON for a page escapes, and Markdown."""
_PROMPT = re.compile(r"[ \t]*(?:>>>|\.\.\.|In \[\d{1,4}\]:|\.{3}:)(?: |$)")
_TYPED_DEFINITION = re.compile(
    r"^[ \t]*(?:>>>|In \[\d{1,4}\]:) (?:async def|def|class|import|from)\b", re.MULTILINE
)
_NUMBER = re.compile(r"^[ \t]*(\d{1,4})(?:[:.|)]|(?=[ \t]|$))[ ]?(.*)$")
_LANGUAGE_LINE = re.compile(
    r"\A\s*(?:python|py)[ \t]*[23]?(?:\.\d+)?[ \t]*:?[ \t]*\n(?:[ \t]*(?:copy|edit|copy code)[ \t]*\n)*",
    re.IGNORECASE,
)
_FIELDS = (
    "code",
    "solution",
    "program",
    "python",
    "completion",
    "answer",
    "response",
    "content",
    "output",
    "text",
    "final_code",
    "final_answer",
    "final",
    "result",
    "source",
    "script",
)
"""Fields of a reply in JSON that hold the program, the likeliest first."""

_FIELD = re.compile(rf"[{{,]\s*\"({'|'.join(_FIELDS)})\"\s*:\s*\"", re.IGNORECASE)
_AFTER_JSON = re.compile(r"\"?[\s,}\]`]*\Z")
_ESCAPED = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_LETTERS = {'"': '"', "/": "/", "\\": "\\", "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_JIRA = re.compile(
    r"^[ \t]*\{(code|noformat)(?::[^}\n]*)?\}[ \t]*\n(.*?)(?:^[ \t]*\{\1\}|\Z)", re.MULTILINE | re.DOTALL
)
_BEFORE_JSON = re.compile(r"\A\s*(?:<\w{1,20}>\s*)?(?:```(?:json)?[ \t]*\n)?")
_DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]", re.MULTILINE)
_TURN = re.compile(r"^[ \t]*\[(BEGIN|DONE)\][ \t]*$", re.MULTILINE)
_OWN_LINES = re.compile(
    r"^[ \t]*\[(PYTHON|CODE|SOLUTION|ANSWER)\][ \t]*\n(.*?)^[ \t]*\[/\1\]",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_QUOTED = re.compile(r"^('''|\"\"\")python[ \t]*\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL | re.IGNORECASE)
_ELEMENT = re.compile(
    r"(?:<pre[^>\n]*>\s*)?<(code|pre|python|solution|program)\b[^>\n]*>(.*?)</\1>(?:\s*</pre>)?",
    re.DOTALL | re.IGNORECASE,
)
_TAG = re.compile(
    r"^[ \t]*<(?:answer|final_answer|final|response|parameter)\b[^>\n]{0,99}>|^[ \t]*\[ANSWER\]"
    r"|(?:</(?:answer|final_answer|final|response|parameter)>|\[/ANSWER\])[ \t]*$",
    re.MULTILINE,
)
_PATCH = re.compile(
    r"^(?:diff --git [^\n]*|--- \S[^\n]*\n\+\+\+ [^\n]*|\*\*\* Begin Patch)\n(.*?)(?:^\*\*\* End Patch|\Z)",
    re.MULTILINE | re.DOTALL,
)
_LATEX = re.compile(
    r"\\begin\{(lstlisting|verbatim|minted)\}[^\n]*\n(.*?)\\end\{\1\}|<!\[(CDATA)\[(.*?)\]\]>", re.DOTALL
)


def unwrapped(answer: str) -> str:
    """Return ``answer`` with the program of a reply in JSON, and with other marks of a block as fences."""
    if program := _in_json(answer):
        return program
    answer = _TAG.sub("\n", _of_transcript(answer))
    if "\n" not in answer.strip() and answer.count("\\n") > 1 and parse(answer) is None:
        answer = answer.replace("\\n", "\n").replace("\\t", "\t")
    if re.search(r"^[ \t>]*(?:```|~~~)", answer, re.MULTILINE):
        return answer
    answer = _PATCH.sub(lambda match: f"```diff\n{match[1]}\n```\n", answer)
    answer = _JIRA.sub(_fenced, _OWN_LINES.sub(_fenced, answer))
    answer = _QUOTED.sub(_fenced, answer)
    if (_ELEMENT.search(answer) or _LATEX.search(answer)) and parse(answer) is None:
        answer = _LATEX.sub(_fenced, _ELEMENT.sub(_fenced, answer))
    return answer


def _fenced(match: re.Match[str]) -> str:
    code = next(group for group in match.groups()[1::2] if group is not None)
    return (
        f"\n```python\n{code.strip(chr(10))}\n```\n" if "\n" in code.strip() or "def " in code else match[0]
    )


def _of_transcript(answer: str) -> str:
    """Return what stands in a transcript before its first end, and behind the beginning before that."""
    marks = list(_TURN.finditer(answer))
    end = next((mark.start() for mark in marks if mark[1] == "DONE"), len(answer))
    begun = (mark.end() for mark in marks if mark[1] == "BEGIN" and mark.end() <= end)
    return answer[next(begun, 0) : end] if marks else answer


def _in_json(answer: str) -> str:
    """Return the program in a reply that begins with JSON, in a fence or not; nothing where it does not."""
    text = _BEFORE_JSON.sub("", answer, count=1).strip()
    if text[:1] not in ("{", '"', "'", "["):
        return _in_broken_json(answer)
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text)
    except (ValueError, RecursionError):
        value, end = _literal(text), len(text)
    if value is None:
        return _in_broken_json(text)
    if isinstance(value, str):
        return value if end == len(text) else ""
    texts = dict(_texts(value))
    programs = [each for each in texts.values() if _is_code(each)]
    return next((texts[name] for name in _FIELDS if texts.get(name)), programs[-1] if programs else "")


def _is_code(text: str) -> bool:
    """Whether a text is a program: one line of prose can be an expression."""
    tree = parse(text) if "\n" in text.strip() or _DEFINITION.search(text) else None
    return tree is not None and is_program(tree)


def _literal(text: str) -> object:
    """Return what a reply written as a value of Python is worth; None where it is none."""
    try:
        return ast.literal_eval(parse_expression(text))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _in_broken_json(text: str) -> str:
    """Return the program in an object that is no JSON, or stands in prose; nothing where none begins in it.

    Its text ends at the first quote, or at the last where a quote in it was not escaped.
    """
    fields = {match[1].casefold(): match.end() for match in _FIELD.finditer(text)}
    start = next((fields[name] for name in _FIELDS if name in fields), None)
    if start is None or _DEFINITION.search(text[: text.find("{")]):
        return ""
    try:
        first, _ = json.JSONDecoder(strict=False).raw_decode(text, start - 1)
    except ValueError:
        first = ""
    whole = _ESCAPED.sub(_unescaped, _AFTER_JSON.sub("", text[start:], count=1))
    return first if _DEFINITION.search(first) and parse(first) is not None else whole


def _unescaped(match: re.Match[str]) -> str:
    letter = match[1]
    return chr(int(letter[1:], 16)) if len(letter) > 1 else _LETTERS.get(letter, match[0])


def _texts(value: object) -> Iterator[tuple[str, str]]:
    """Yield the fields of a value of JSON that hold text or its lines, at any depth and in JSON within it."""
    waiting = [value]
    while waiting:
        match waiting.pop(0):
            case dict() as fields:
                yield from (
                    (str(name).casefold(), text) for name, each in fields.items() if (text := _joined(each))
                )
                waiting += fields.values()
            case str() as text if text[:1] == "{":
                with suppress(ValueError, RecursionError):
                    waiting.append(json.loads(text, strict=False))
            case list() as listed:
                waiting += listed


def _joined(value: object) -> str:
    """Return a text; also one that is given line by line, as notebooks have it."""
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return ("" if value[0].endswith("\n") else "\n").join(value)
    return value if isinstance(value, str) else ""


def readable(code: str) -> str:
    """Return ``code`` without what a page or a terminal did to it, where that makes it Python.

    A line that only names the language, and a page's button behind it, always goes.
    """
    code = _LANGUAGE_LINE.sub("", code.translate(_INVISIBLE) if code[:1] == "\ufeff" else code)
    if is_spoilt(code):
        for attempt in readings(code):
            if parse(attempt) is not None:
                return attempt
    return code


def is_spoilt(code: str) -> bool:
    """Whether anything in ``code`` could come from a page or a terminal."""
    one_line = "\\n" in code and "\n" not in code.strip()
    marked = _ENTITY.search(code) or _COLOUR.search(code) or _ESCAPE.search(code) or _is_typed(code)
    return not code.isascii() or one_line or bool(marked) or bool(_numbered(code))


def readings(code: str) -> Iterator[str]:
    """Yield ``code`` and what it may have been before."""
    yield code
    plain = _COLOUR.sub("", code.translate(_PLAIN))
    yield plain
    if numbered := _numbered(plain):
        yield numbered
    if _is_typed(plain):
        yield _typed_in(plain)
    if _ESCAPE.search(plain):
        yield _ESCAPE.sub(lambda match: match[2] or chr(int(match[1], 16)), plain)
    if _ENTITY.search(plain):
        page = html.unescape(_BREAK.sub("\n", plain))
        yield page.translate(_PLAIN)
        yield html.unescape(page).translate(_TYPED)
    if not plain.isascii():
        yield plain.translate(_TYPED)
    if "\\n" in plain and "\n" not in plain.strip():
        yield plain.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')


def _is_typed(code: str) -> bool:
    """Whether code is a session of an interpreter: it begins with a prompt, or definitions stand at one."""
    if _PROMPT.match(code.lstrip()):
        return True
    return _TYPED_DEFINITION.search(code) is not None and not _DEFINITION.search(code)


def _typed_in(session: str) -> str:
    """Return what was typed in a session of an interpreter, without what was printed."""
    return "\n".join(line[match.end() :] for line in session.split("\n") if (match := _PROMPT.match(line)))


def _numbered(code: str) -> str:
    """Return code whose lines are numbered one after the other without the numbers; else nothing."""
    rows = [_NUMBER.match(line) for line in code.strip("\n").split("\n") if line.strip()]
    if len(rows) < 2 or not all(rows):
        return ""
    numbers = [int(row[1]) for row in rows if row]
    follow = numbers[0] <= 1 and all(before < after for before, after in pairwise(numbers))
    return textwrap.dedent("\n".join(row[2] for row in rows if row)) if follow else ""
