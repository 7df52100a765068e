"""Why an assertion failed: its sides are evaluated again and shown.

In the judge a call is not made again: the value that was judged is shown. Where a test runs beside its
program, each value is evaluated again under a guard and may be missing.

``assert add(1, 2) == 4`` becomes ``assert add(1, 2) == 4 failed: add(1, 2) returned 3, expected 4``. In any
other form every call of the entry point is shown with what it returns, and every variable of a check's
own that occurs in it with its value. A check's parameter (``candidate``) is written as the entry point.
"""

import ast
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from types import FrameType

from sharpen.sandbox.child.explain import TEST, Entries, shorten, show

FRAMEWORKS = "_frameworks."
"""How a statement begins that was added to a test (:mod:`sharpen.sandbox.judge.checks`): nobody wrote it."""


def statement(entries: Entries, test: str, entry_point: str) -> str:
    """Return the statement of the test's code that the innermost of its frames is at, or nothing."""
    located = _locate(entries, test)
    if located is None:
        return ""
    frame, node = located
    if not isinstance(node, ast.Assert):
        source = _source(node, frame, entry_point)
        return "" if source.startswith(FRAMEWORKS) else source
    return f"assert {_source(node.test, frame, entry_point)}"


def failed(entries: Entries, test: str, entry_point: str) -> str:
    """Return what the failed assertion says and what its parts are worth."""
    text = f"{statement(entries, test, entry_point) or 'an assertion of the test'} failed"
    located = _locate(entries, test)
    if located is None or not isinstance(located[1], ast.Assert):
        return text
    facts = list(_facts(located[1].test, located[0], entry_point))
    return f"{text}: {', '.join(facts)}" if facts else text


def _locate(entries: Entries, test: str) -> tuple[FrameType, ast.stmt] | None:
    """Return the innermost frame of the test's code and the smallest statement that it is at."""
    ours = [entry for entry in entries if entry[0].f_code.co_filename == TEST]
    if not ours:
        return None
    frame, line = ours[-1]
    around = [node for node in _statements(test) if node.lineno <= line <= (node.end_lineno or node.lineno)]
    smallest = min(around, key=lambda node: (node.end_lineno or 0) - node.lineno, default=None)
    return (frame, smallest) if smallest else None


@lru_cache(maxsize=256)
def _statements(test: str) -> list[ast.stmt]:
    return [node for node in ast.walk(ast.parse(test)) if isinstance(node, ast.stmt)]


def _facts(test: ast.expr, frame: FrameType, entry_point: str) -> Iterator[str]:
    calls = list(_entry_calls(test, frame, entry_point))
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        actual, expected = test.left, test.comparators[0]
        if calls and not any(node in calls for node in ast.walk(actual)):
            actual, expected = expected, actual
        verb = "returned" if actual in calls else "was"
        yield f"{_source(actual, frame, entry_point)} {verb} {_value(actual, frame)}"
        yield f"expected {_value(expected, frame)}"
    else:
        for call in calls:
            yield f"{_source(call, frame, entry_point)} returned {_value(call, frame)}"
    yield from _variables(test, frame, entry_point)


def _variables(test: ast.expr, frame: FrameType, entry_point: str) -> Iterator[str]:
    names = dict.fromkeys(node.id for node in ast.walk(test) if isinstance(node, ast.Name))
    facts = [
        f"{name} = {show(frame.f_locals[name])}"
        for name in names
        if name in frame.f_locals and name != entry_point and not callable(frame.f_locals[name])
    ]
    if facts:
        yield f"where {', '.join(facts)}"


def _entry_calls(test: ast.expr, frame: FrameType, entry_point: str) -> Iterator[ast.expr]:
    for node in ast.walk(test):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if isinstance(node, ast.Call) and _final_name(name, frame, entry_point) == entry_point:
            yield node


def _value(node: ast.expr, frame: FrameType) -> str:
    code = compile(ast.Expression(node), TEST, "eval")
    names = dict(frame.f_locals)
    for name in {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - names.keys():
        with suppress(KeyError):  # of Python, or of nobody
            names[name] = frame.f_globals[name]
    try:
        return show(eval(code, frame.f_globals, names))  # noqa: S307 - in the sandbox
    except Exception as error:  # noqa: BLE001 - the second evaluation may fail as it likes
        return f"nothing the second time ({type(error).__name__})"


def _source(tree: ast.AST, frame: FrameType, entry_point: str) -> str:
    """Return the text of ``tree``; a check's parameter that holds the entry point has the latter's name."""
    names = [(node, node.id) for node in ast.walk(tree) if isinstance(node, ast.Name)]
    for node, name in names:
        node.id = _final_name(name, frame, entry_point)
    try:
        return shorten(ast.unparse(tree))
    finally:
        for node, name in names:
            node.id = name


def _final_name(name: str, frame: FrameType, entry_point: str) -> str:
    entry = frame.f_globals.get(entry_point)
    held = frame.f_locals.get(name)
    return entry_point if entry is not None and held is entry else name
