"""Takes the program out of a model's answer in another language than Python.

1. Candidates are the fenced blocks, else the whole answer. The last that defines the entry point is the
   program. One that does not continues the starter's open function and ends where that closes.
2. A main function is left out: tests bring their own. A script is the last block, or the answer.
3. Imports and functions of the starter that the program lacks come before it.

Nothing is executed here, and no answer raises.
"""

import re
from collections.abc import Iterator

from sharpen.answers import answer_in
from sharpen.languages import (
    SYNTAX,
    brackets,
    closing,
    defines,
    definition,
    go_imports,
    go_packages,
    open_braces,
    without_main,
)
from sharpen.types import Language, Program

_FENCE = re.compile(r"^[ \t]*```[ \t]*([\w+#.]*)[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"^export\s+(?:default\s+)?", re.MULTILINE)
_COMMENT = re.compile(r"\s*(?://|/?\*|#\[)")
_HEAD = re.compile(
    r"^\s*(?:(?:use|#include|using|import|package|const|let|var|class|public|struct|fn|function|func|interface)\b"
    r"|type\s+\w+\s*(?:=|<|\[|struct\b|interface\b))"
)
_PACKAGE = re.compile(r"^package\s+\w+[ \t]*;?", re.MULTILINE)
_CLASS = re.compile(r"^\s*(?:public\s+|final\s+)*class\s+\w+", re.MULTILINE)


def extract(answer: str, language: Language, *, starter: str, entry_point: str) -> Program:
    """Return the program that ``answer`` holds, ready to be compiled.

    Args:
        answer: what the model wrote, whatever it is.
        language: what it is written in.
        starter: code that ends with the open signature, or empty.
        entry_point: the function that tests will call; empty for programs that read and print.
    """
    answer = answer_in(answer.replace("\r\n", "\n").replace("\x00", ""))
    if language in ("javascript", "typescript"):
        answer = _EXPORT.sub("", answer)
    fenced = [match[2] for match in _FENCE.finditer(answer)]
    blocks = [text for text in fenced if text.strip()]
    if fenced and not blocks:
        return Program("", "none")
    if not entry_point:
        code = blocks[-1] if blocks else answer
        return Program(code, "fence" if blocks else "bare") if code.strip() else Program("", "none")
    for block in reversed(blocks):
        if defines(block, entry_point, language):
            return Program(finished(block, language, starter, entry_point), "fence")
    if not blocks and defines(answer, entry_point, language):
        return Program(finished(_bare(answer, entry_point, language), language, starter, entry_point), "bare")
    body = blocks[-1] if blocks else answer
    if not body.strip() or not starter.rstrip().endswith("{"):
        return Program(body, "bare") if body.strip() else Program("", "none")
    return Program(continued(starter, body, language), "continuation")


def continued(starter: str, body: str, language: Language) -> str:
    """Return the starter with ``body`` in its open function, up to where that closes."""
    head = starter.rstrip()
    code = f"{head}\n{body.lstrip(chr(10))}"
    end = closing(code, len(head) - 1, language)
    whole = code[:end] if end >= 0 else f"{code.rstrip()}\n}}"
    whole += "\n" + "}\n" * max(open_braces(whole, language), 0)
    return with_imports(whole, starter) if language == "go" else whole


def finished(code: str, language: Language, starter: str, entry_point: str) -> str:
    """Return a whole program behind what it lacks of the starter, without a main function."""
    if language == "java" and not _CLASS.search(code):
        code = f"class Problem {{\n{code.rstrip()}\n}}\n"
    code = without_main(code, language)
    before = starter[: max(definition(starter, entry_point, language), 0)]
    if language == "go":
        helpers = [text for name, text in functions(before, language) if not defines(code, name, language)]
        return with_imports("\n".join([code, *helpers]), starter)
    imports = [line.strip() for line in SYNTAX[language].imports.findall(before)]
    lines = {line.strip() for line in code.split("\n")}
    missing = [line for line in imports if line not in lines]
    missing += [text for name, text in functions(before, language) if not defines(code, name, language)]
    return "\n".join([*missing, "", code]) if missing else code


def with_imports(code: str, starter: str) -> str:
    """Return a program in Go with those imports of its starter that it uses, and without the others.

    Its own imports stay, as Go has it: one that is not used is an error of the program.
    """
    given, own, used = go_imports(starter), go_imports(code), go_packages(code)
    bound = given | own
    kept = [text for name, text in bound.items() if name in used or (name in own and name not in given)]
    rest = SYNTAX["go"].imports.sub("", _PACKAGE.sub("", code, count=1)).strip()
    return "\n".join(["package main", "", *(f"import {text}" for text in kept), "", rest, ""])


def functions(code: str, language: Language) -> Iterator[tuple[str, str]]:
    """Yield the names and the texts of the functions that ``code`` defines and closes."""
    if language == "java":  # they are inside of a class, which the program replaces as a whole
        return
    pattern = re.compile(SYNTAX[language].defines.replace("NAME", r"(\w+)"), re.MULTILINE)
    for match in pattern.finditer(code):
        start = code.rfind("\n", 0, match.start()) + 1
        opened = next(_opened(code, match.start(), language), -1)
        end = closing(code, opened, language) if opened >= 0 else -1
        if end >= 0:
            yield next(filter(None, match.groups())), code[start:end]


def _opened(code: str, start: int, language: Language) -> Iterator[int]:
    """Yield where braces open from ``start`` on, without those of an empty type in Go: ``interface{}``."""
    for place, sign in brackets(code, language, start):
        if sign == "{" and not (language == "go" and code[place + 1 : place + 2] == "}"):
            yield place


def _bare(answer: str, entry_point: str, language: Language) -> str:
    """Return the code of an answer without fences: from the first line of code to the last brace."""
    lines = answer[: answer.rfind("}") + 1].split("\n")
    at = answer.count("\n", 0, definition(answer, entry_point, language))
    first = min(at, len(lines))
    for number, line in enumerate(lines[:first]):
        if _HEAD.match(line) and not line.rstrip().endswith((":", ".")):
            return "\n".join(lines[number:])
    while first and _COMMENT.match(lines[first - 1]):
        first -= 1
    return "\n".join(lines[first:])
