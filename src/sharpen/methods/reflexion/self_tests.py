"""Tests that a model writes for itself (Reflexion, arXiv 2303.11366, section 4.3), read out of its answer.

1. Every ``assert`` in the answer is taken, wherever it stands, that parses (``ast``).
2. It must stand alone: it calls the entry point and reads no other name than builtins. What else it does is
   the sandbox's concern, which runs a model's tests as it runs its programs.
3. It must not be vacuous: an assertion that holds whatever the program returns tests nothing.
4. In another language than Python it is a statement with matching brackets that calls the entry point and
   compares it with something else; a compiler reads it when it runs.
5. It is kept once, however often it is written, and at most six are kept; CodeT's rule keeps all, and counts
   how often each is written.

Deviations from the paper and its code:

1. The paper samples its six tests at random; here the first six are kept, so that nothing depends on a
   draw that is not a completion. The newest commit of Reflexion's code keeps a single one, by a slip.
2. Reflexion's code keeps every line with the word ``assert`` that parses, vacuous ones and prose included.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator

from sharpen import languages
from sharpen.syntax import parse_module
from sharpen.types import AssertTest, Language, Suite

MOST = 6
"""Tests kept (the paper's n)."""

_LONGEST = 12
"""Lines that one assertion may have."""
_START = re.compile(r"\bassert\b(?=[\s(])")
_BUILTINS = frozenset(vars(builtins))


def usable(answer: str, entry_point: str, language: Language = "python") -> list[str]:
    """Return the usable tests of ``answer`` in order, a repeated one as often as it is written."""
    if language == "python":
        return list(in_python(answer, entry_point))
    return list(others(answer, entry_point, language))


def suites(
    sources: Iterable[str], entry_point: str, context: str = "", language: Language = "python"
) -> tuple[Suite, ...]:
    """Return each test as a suite of its own, so that all of them are judged."""
    return tuple(
        Suite(
            (AssertTest(f"own test {number}", source),),
            entry_point,
            context,
            trusted="context",
            language=language,
        )
        for number, source in enumerate(sources, 1)
    )


def in_python(answer: str, entry_point: str) -> Iterator[str]:
    """Yield the usable assertions of an answer in Python."""
    for assertion in assertions(answer):
        if is_usable(assertion.test, entry_point):
            yield f"assert {ast.unparse(assertion.test)}"


def others(answer: str, entry_point: str, language: Language) -> Iterator[str]:
    """Yield the usable assertions of an answer in another language.

    They call the entry point, and their two sides differ. Whether one compiles is known when it runs: one
    that does not, fails.
    """
    for source in languages.assertions(answer, language):
        sides = ["".join(side.split()) for side in languages.sides(source, language)]
        called = re.search(rf"\b{re.escape(entry_point)}\s*\(", source)
        if called and len(set(sides)) == len(sides):
            yield source


def assertions(answer: str) -> Iterator[ast.Assert]:
    """Yield every assertion that parses, in order; one may go over several lines."""
    lines = re.split(r"\r?\n", answer)
    for number, line in enumerate(lines):
        if match := _START.search(line):
            first = line[match.start() :].rstrip().rstrip("`")
            for end in range(number + 1, number + 1 + _LONGEST):
                if statement := _parsed("\n".join([first, *lines[number + 1 : end]])):
                    yield statement
                    break


def is_usable(test: ast.expr, entry_point: str) -> bool:
    """Whether a program's entry point decides what the test says, and nothing else is needed."""
    name = entry_point.partition(".")[0]
    calls = [node for node in ast.walk(test) if isinstance(node, ast.Call)]
    called = any(isinstance(call.func, ast.Name) and call.func.id == name for call in calls)
    alone = not _free_names(test) - {name} - _BUILTINS
    return called and alone and not is_vacuous(test)


def is_vacuous(test: ast.expr) -> bool:
    """Whether the test holds whatever is returned: by its form, nothing is run."""
    match test:
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return bool(elements)
        case ast.Compare(left=left, comparators=[right], ops=[ast.Eq() | ast.Is() | ast.LtE() | ast.GtE()]):
            return ast.dump(left) == ast.dump(right)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(map(is_vacuous, values))
        case ast.BoolOp(op=ast.And(), values=values):
            return all(map(is_vacuous, values))
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, ast.Name(id="object")]):
            return True
        case ast.Constant(value=value):
            return bool(value)
        case ast.Lambda() | ast.GeneratorExp():
            return True
    return False


def _free_names(test: ast.expr) -> set[str]:
    names = [node for node in ast.walk(test) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(test) if isinstance(node, ast.arg)}
    return {node.id for node in names} - bound


def _parsed(source: str) -> ast.Assert | None:
    try:
        body = parse_module(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return body[0] if len(body) == 1 and isinstance(body[0], ast.Assert) else None
