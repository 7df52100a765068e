"""What source text in other languages than Python looks like: by its brackets and words, nothing is executed.

All of these languages have braces, statements that end with a semicolon or a line, and comments as C has
them. What is read here is text that a model or a benchmark wrote; a compiler reads it properly afterwards.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from sharpen.types import Language

_SKIPPED = r'//[^\n]*|/\*.*?\*/|r#*"[^"]*"#*|"(?:\\.|[^"\\])*"'
_CHARACTER = r"'(?:\\[^\n']{1,8}|[^'\\\n])'"
_TEXT = r"'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`"
_RAW = r"`[^`]*`"
_GO_IMPORT = re.compile(r'(?:(?<!\w)(_|\.|(?!import\b)[^\W\d]\w*)[ \t]+)?"([^"\n]+)"')
_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, slots=True)
class Syntax:
    """How programs in a language are written.

    Attributes:
        title: its name in a sentence.
        fence: its tag behind three backquotes.
        assertion: the form of a test, with ``{call}`` and ``{value}``.
        asserts: finds the beginning of an assertion.
        defines: finds a definition of ``NAME``.
        imports: finds lines that import something.
        main: finds a main function.
        lexical: finds what is not code (comments and texts), and brackets.
    """

    title: str
    fence: str
    assertion: str
    asserts: re.Pattern[str]
    defines: str
    imports: re.Pattern[str]
    main: re.Pattern[str]
    lexical: re.Pattern[str]


def _lexical(quoted: str) -> re.Pattern[str]:
    return re.compile(rf"{_SKIPPED}|{quoted}|[()\[\]{{}};]", re.DOTALL)


_TYPED = r"^[ \t]*(?:[\w:<>,.&*\[\]?]+[ \t]+)+[*&]*NAME[ \t]*\([^;{}]*\)[\w \t,]*\{"
_JAVASCRIPT = Syntax(
    title="JavaScript",
    fence="javascript",
    assertion="assert.deepEqual({call}, {value});",
    asserts=re.compile(r"\b(?:console\.)?assert(?:\.\w+)?\s*\("),
    defines=r"\bfunction\*?\s+NAME\s*\(|\b(?:const|let|var)\s+NAME\s*=",
    imports=re.compile(
        r"^\s*(?:const|let|var)\s[^;=]*=\s*require\([^;]*;?[ \t]*$|^\s*import\s[^;]*;?$", re.MULTILINE
    ),
    main=re.compile(r"(?!)"),
    lexical=_lexical(_TEXT),
)

SYNTAX: Mapping[Language, Syntax] = {
    "rust": Syntax(
        title="Rust",
        fence="rust",
        assertion="assert_eq!({call}, {value});",
        asserts=re.compile(r"\bassert(?:_eq|_ne)?!\s*\("),
        defines=r"\bfn\s+NAME\s*[<(]",
        imports=re.compile(r"^\s*(?:pub\s+)?(?:use|extern\s+crate)\s[^;]*;[ \t]*$", re.MULTILINE),
        main=re.compile(r"^(?:pub\s+)?fn\s+main\s*\(\s*\)[^{;]*\{", re.MULTILINE),
        lexical=_lexical(_CHARACTER),
    ),
    "cpp": Syntax(
        title="C++",
        fence="cpp",
        assertion="assert({call} == {value});",
        asserts=re.compile(r"\bassert\s*\("),
        defines=_TYPED,
        imports=re.compile(r"^[ \t]*(?:#\s*include\b.*|using\s+namespace\s[^;]*;)[ \t]*$", re.MULTILINE),
        main=re.compile(r"^(?:static\s+)?int\s+main\s*\([^)]*\)\s*\{", re.MULTILINE),
        lexical=_lexical(_CHARACTER),
    ),
    "java": Syntax(
        title="Java",
        fence="java",
        assertion="assert Objects.deepEquals({call}, {value});",
        asserts=re.compile(r"\bassert\b\s*"),
        defines=_TYPED,
        imports=re.compile(r"^\s*import\s[^;]*;[ \t]*$", re.MULTILINE),
        main=re.compile(r"^[ \t]*public\s+static\s+void\s+main\s*\([^)]*\)[^{;]*\{", re.MULTILINE),
        lexical=_lexical(_CHARACTER),
    ),
    "javascript": _JAVASCRIPT,
    "typescript": replace(
        _JAVASCRIPT,
        title="TypeScript",
        fence="typescript",
        defines=r"\bfunction\*?\s+NAME\s*[(<]|\b(?:const|let|var)\s+NAME\s*[:=]",
    ),
    "go": Syntax(
        title="Go",
        fence="go",
        assertion="assertEqual({call}, {value})",
        asserts=re.compile(r"\bassertEqual\s*\("),
        defines=r"^func\s+NAME\s*[(\[]",
        imports=re.compile(r'^import\s*(?:\([^)]*\)|[^\n"]*"[^\n"]*")', re.MULTILINE),
        main=re.compile(r"^func\s+main\s*\(\s*\)\s*\{", re.MULTILINE),
        lexical=_lexical(f"{_CHARACTER}|{_RAW}"),
    ),
}  # fmt: skip
"""By the name of the language."""


def title(language: Language) -> str:
    """Return a language's name in a sentence."""
    return "Python" if language == "python" else SYNTAX[language].title


def fence(language: Language) -> str:
    """Return the tag of a language's code behind three backquotes."""
    return "python" if language == "python" else SYNTAX[language].fence


def assertion(language: Language, call: str, value: str) -> str:
    """Return the test that a call returns a value."""
    form = "assert {call} == {value}" if language == "python" else SYNTAX[language].assertion
    return form.format(call=call, value=value)


def defines(code: str, name: str, language: Language) -> bool:
    """Whether ``code`` has a definition of the function ``name``."""
    return definition(code, name, language) >= 0


def definition(code: str, name: str, language: Language) -> int:
    """Return where the last definition of the function ``name`` begins; -1 where there is none."""
    pattern = re.compile(SYNTAX[language].defines.replace("NAME", re.escape(name)), re.MULTILINE)
    return max((match.start() for match in pattern.finditer(code)), default=-1)


def brackets(code: str, language: Language, start: int = 0) -> Iterator[tuple[int, str]]:
    """Yield each bracket and semicolon that is code, with its place, from ``start`` on."""
    for match in SYNTAX[language].lexical.finditer(code, start):
        if len(match[0]) == 1:
            yield match.start(), match[0]


def closing(code: str, start: int, language: Language) -> int:
    """Return the place behind the bracket that closes the one at ``start``; -1 where it stays open."""
    depth = 0
    for place, sign in brackets(code, language, start):
        depth += (sign in _OPEN) - (sign in _CLOSE)
        if not depth and sign in _CLOSE:
            return place + 1
    return -1


def open_braces(code: str, language: Language) -> int:
    """Return how many braces ``code`` leaves open."""
    signs = [sign for _, sign in brackets(code, language)]
    return signs.count("{") - signs.count("}")


def without_main(code: str, language: Language) -> str:
    """Return ``code`` without its main functions, which would collide with that of its tests.

    Go's stay as functions without a name: what they alone import would be an error without them.
    """
    if language == "go":
        return SYNTAX["go"].main.sub("func _() {", code)
    while match := SYNTAX[language].main.search(code):
        end = closing(code, match.end() - 1, language)
        code = code[: match.start()] + (code[end:] if end >= 0 else "")
    return code


def go_imports(code: str) -> dict[str, str]:
    """Return what the imports of a program in Go bind: each import as it is written, by its name."""
    declared = " ".join(SYNTAX["go"].imports.findall(code))
    return {
        name or path.rpartition("/")[2]: f'{name} "{path}"'.lstrip()
        for name, path in _GO_IMPORT.findall(declared)
    }


def go_packages(code: str) -> set[str]:
    """Return the names in code in Go that may be those of packages: words before a point."""
    return set(re.findall(r"\b([^\W\d]\w*)\.", SYNTAX["go"].lexical.sub(_blank, code)))


def _blank(match: re.Match[str]) -> str:
    return match[0] if len(match[0]) == 1 else '""'


def assertions(text: str, language: Language) -> Iterator[str]:
    """Yield every assertion in ``text`` that is closed, in order, each as one statement."""
    place, stop = 0, ";" if SYNTAX[language].assertion.endswith(";") else ""
    while match := SYNTAX[language].asserts.search(text, place):
        end = _end_of_statement(text, match.start(), language)
        place = max(end, match.end())
        if end > 0:
            yield f"{' '.join(text[match.start() : end].rstrip('; ').split())}{stop}"


def sides(statement: str, language: Language) -> list[str]:
    """Return what an assertion compares: the arguments of its outermost brackets, or around its ``==``."""
    opened = next((place for place, sign in brackets(statement, language) if sign == "("), -1)
    end = closing(statement, opened, language) if opened >= 0 else -1
    inner = statement[opened + 1 : end - 1] if end >= 0 else statement
    if "==" in inner:
        return [part.strip() for part in inner.split("==", 1)]
    depth, cuts = 0, [-1]
    for match in re.finditer(r"[()\[\]{},]", inner):
        depth += (match[0] in _OPEN) - (match[0] in _CLOSE)
        if match[0] == "," and not depth:
            cuts.append(match.start())
    return [inner[a + 1 : b].strip() for a, b in pairwise([*cuts, len(inner)])]


def _end_of_statement(text: str, start: int, language: Language) -> int:
    """Return the place behind a statement: its semicolon, or the end of its line; -1 where it stays open."""
    depth, line_end = 0, text.find("\n", start)
    last = len(text) if line_end < 0 else line_end
    for place, sign in brackets(text, language, start):
        if not depth and place >= last:
            return last
        if sign == ";" and not depth:
            return place + 1
        depth += (sign in _OPEN) - (sign in _CLOSE)
        if depth < 0:
            return place
        if not depth:
            line_end = text.find("\n", place)
            last = len(text) if line_end < 0 else line_end
    return last if not depth else -1
