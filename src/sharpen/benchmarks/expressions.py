"""Inputs that a benchmark gives as expressions: evaluated in the sandbox, once; their values are kept.

A literal needs no evaluation. Anything else is code of the author of the file, and runs where programs run:
behind every layer, with limits, and what comes back is read as a literal of Python.
"""

import ast
import asyncio
import hashlib
import json
import math
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sharpen.benchmarks.harness import source
from sharpen.benchmarks.store import cache_directory
from sharpen.errors import DataError
from sharpen.files.disk import write_whole
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Program, SourceTest, Suite, Verdict

Arguments = tuple[object, ...]
_NUMBERS = {"inf": math.inf, "nan": math.nan}


def arguments_of(texts: Sequence[str], place: str) -> list[Arguments]:
    """Return the arguments of each call; ``place`` says in an error where the texts come from.

    Raises:
        DataError: one cannot be evaluated, or is not plain data.
    """
    values: dict[str, Arguments | None] = {text: _literal(f"[{text}]") for text in texts}
    expressions = [text for text, value in values.items() if value is None]
    if expressions:
        values |= zip(expressions, _evaluated(expressions, place), strict=True)
    return [value for text in texts if (value := values[text]) is not None]


class _Numbers(ast.NodeTransformer):
    """Turns the names of numbers that are not finite into these numbers."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_NUMBERS[node.id]) if node.id in _NUMBERS else node


def _literal(text: str) -> Arguments | None:
    """Return the value of a list's literal as a tuple; None where it is none."""
    try:
        value = ast.literal_eval(_Numbers().visit(ast.parse(text, mode="eval")))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return tuple(value) if isinstance(value, list) else None


def _evaluated(texts: list[str], place: str) -> list[Arguments]:
    written = _cached(texts, place)
    values = [_literal(text) for text in written]
    for text, value in zip(texts, values, strict=True):
        if value is None:
            raise DataError(f"{place}: the input {text[:80]!r} is not plain data")
    return [value for value in values if value is not None]


def _cached(texts: list[str], place: str) -> list[str]:
    """Return the values of expressions as literals, from the cache or from the sandbox."""
    question = json.dumps([sys.version_info[:2], texts])
    name = hashlib.sha256(question.encode()).hexdigest()
    path = cache_directory() / "inputs" / name[:2] / f"{name[2:]}.json"
    if path.is_file():
        cached: list[str] = json.loads(path.read_bytes())
        return cached
    values = _values(texts, place)
    write_whole(path, json.dumps(values).encode())
    return values


def _values(texts: list[str], place: str) -> list[str]:
    with ThreadPoolExecutor(1) as thread:  # this thread may be an event loop's
        verdict = thread.submit(lambda: asyncio.run(_run(texts))).result()
    answered = {name.partition(" ")[0]: name for outcome in verdict.outcomes for name in outcome.measured}
    for number, text in enumerate(texts):
        answer = answered.get(f"{number}", "")
        if not answer.startswith(f"{number} is "):
            why = answer.partition(" ")[2] or verdict.message or verdict.kind
            raise DataError(f"{place}: the input {text[:80]!r} cannot be evaluated ({why})")
    return [answered[f"{number}"].removeprefix(f"{number} is ") for number in range(len(texts))]


async def _run(texts: list[str]) -> Verdict:
    sandbox = ProcessSandbox(1)
    try:
        suite = Suite((SourceTest("inputs", source("expressions")),), "")
        return await sandbox.execute(Program(json.dumps(texts)), suite, Limits())
    finally:
        await sandbox.close()
