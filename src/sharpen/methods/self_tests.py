"""Tests that a model writes for itself (Reflexion, arXiv 2303.11366, section 4.3), read out of its answer.

1. Every ``assert`` in the answer is taken, wherever it stands, that parses (``ast``).
2. It must stand alone: it calls the entry point and reads no other name than builtins. It runs in the judge,
   which is no place for what a model wrote to do as it likes: only builtins and methods that compute are
   allowed, none that open, import, run or look inside (:data:`FUNCTIONS`, :data:`METHODS`).
3. It must not be vacuous: an assertion that holds whatever the program returns tests nothing.
4. It is kept once, however often it is written, and at most six are kept.

Deviations from the paper and its code:

1. The paper samples its six tests at random; here the first six are kept, so that nothing depends on a
   draw that is no completion. The code at upstream's HEAD keeps a single one, by a slip.
2. Upstream keeps every line with the word ``assert`` that parses, vacuous ones and prose included.
"""

import ast
import builtins
import re
import warnings
from collections.abc import Iterator

from sharpen.types import AssertTest, Suite

MOST = 6
"""Tests kept (the paper's n)."""

_LONGEST = 12
"""Lines that one assertion may have."""
_START = re.compile(r"\bassert\b(?=[\s(])")
_BUILTINS = vars(builtins)
_COMPUTING = """
    abs all any ascii bin bool bytes chr complex dict divmod enumerate filter float format frozenset hash hex
    int isinstance iter len list map max min next object oct ord pow range repr reversed round set slice
    sorted str sum tuple type zip
"""

FUNCTIONS = frozenset(_COMPUTING.split()) | {
    name for name, kind in _BUILTINS.items() if isinstance(kind, type) and issubclass(kind, Exception)
}
"""Builtins that a test may name: they compute, or name a type."""

_PLAIN = (bool, bytes, complex, dict, float, frozenset, int, list, range, set, str, tuple)
METHODS = frozenset(name for kind in _PLAIN for name in dir(kind) if not name.startswith("_")) - {
    "format",  # its fields reach into any attribute
    "format_map",
}
"""Attributes that a test may read: those of plain values, which is all that the judge is given."""


def suites(answer: str, entry_point: str, context: str = "") -> tuple[Suite, ...]:
    """Return the usable tests of ``answer``, each as a suite of its own so that all of them are judged."""
    sources = dict.fromkeys(
        f"assert {ast.unparse(found.test)}"
        for found in assertions(answer)
        if is_usable(found.test, entry_point)
    )
    kept = list(sources)[:MOST]
    return tuple(
        Suite((AssertTest(f"own test {number}", source),), entry_point, context)
        for number, source in enumerate(kept, 1)
    )


def assertions(answer: str) -> Iterator[ast.Assert]:
    """Yield every assertion that parses, in order; one may go over several lines."""
    lines = answer.splitlines()
    for number, line in enumerate(lines):
        if match := _START.search(line):
            first = line[match.start() :].rstrip().rstrip("`")
            for end in range(number + 1, number + 1 + _LONGEST):
                if found := _parsed("\n".join([first, *lines[number + 1 : end]])):
                    yield found
                    break


def is_usable(test: ast.expr, entry_point: str) -> bool:
    """Whether a program's entry point decides what the test says, and nothing else is needed."""
    name = entry_point.partition(".")[0]
    calls = [node for node in ast.walk(test) if isinstance(node, ast.Call)]
    called = any(isinstance(call.func, ast.Name) and call.func.id == name for call in calls)
    alone = not _free_names(test) - {name} - FUNCTIONS
    return called and alone and only_computes(test, "." not in entry_point) and not is_vacuous(test)


def only_computes(test: ast.expr, plain: bool = True) -> bool:
    """Whether the test can do nothing but compute: no name of Python's own but :data:`FUNCTIONS`.

    A name that is also bound in the test counts: it may mean Python's own elsewhere in it. With ``plain`` no
    attribute is read but :data:`METHODS`; the methods of a class under test are not known, but such a test
    runs beside its program.
    """
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    own = {name for name in names if name in _BUILTINS or name.startswith("__")}
    read = {node.attr for node in ast.walk(test) if isinstance(node, ast.Attribute)}
    return own <= FUNCTIONS and (not plain or read <= METHODS)


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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return body[0] if len(body) == 1 and isinstance(body[0], ast.Assert) else None
