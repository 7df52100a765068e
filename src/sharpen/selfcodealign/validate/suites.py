"""Turns a response's own tests into suites for the sandbox.

The tests are as hostile as the program, so they run in its process (:func:`beside`). Tests that are plain
assertions on calls of one function are a suite of assertions too (:func:`apart`). If these can only compute,
the judge runs them and calls the program remotely: such a verdict is ``isolated``.
"""

import ast
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from sharpen.methods.reflexion.self_tests import is_usable
from sharpen.selfcodealign.rows import identity
from sharpen.selfcodealign.validate.checks import MarkedTests, find_checks
from sharpen.types import AssertTest, SourceTest, Suite

ANOTHER_SEED = 1
"""The seed of the second run, where the first has 0."""


def checks_of(code: str, tests: str) -> MarkedTests:
    """Return the tests with a mark before each check, whose name the program cannot know.

    Raises:
        SyntaxError: they do not parse.
    """
    return find_checks(tests, _mark(code, tests))


def beside(code: str, tests: str, checked: MarkedTests, *, measure: bool = False, seed: int = 0) -> Suite:
    """Return a suite that runs the tests in the process of their program.

    Args:
        code: the program that the tests were written for; the suite may be run on others too.
        tests: as the model wrote them.
        checked: the tests with their checks marked.
        measure: whether to measure also what :mod:`sharpen.selfcodealign.validate.in_child` can.
        seed: of the random numbers that the program draws.
    """
    run = f"try_out(solution, tests, measured, mark={_mark(code, tests)!r}, seed={seed}, thorough={measure})"
    return Suite((SourceTest("own", run, checked.source),), context=_trial())


def answering(calls: Sequence[str]) -> Suite:
    """Return a suite that measures what a program returns for ``calls``, by their numbers."""
    return Suite((SourceTest("calls", f"answer(solution, {list(calls)!r}, measured)"),), context=_trial())


def apart(code: str, tests: str) -> Suite | None:
    """Return the tests as a suite of assertions; None if they are more than asserts on one function."""
    statements = ast.parse(tests).body
    asserted = [node.test for node in statements if isinstance(node, ast.Assert)]
    functions = [node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    for name in functions:
        if len(asserted) == len(statements) and all(is_usable(test, name) for test in asserted):
            sources = (f"assert {ast.unparse(test)}" for test in asserted)
            own = (AssertTest(f"own {number}", source) for number, source in enumerate(sources, 1))
            return Suite(tuple(own), name, trusted="nothing")
    return None


def _mark(code: str, tests: str) -> str:
    return f"_check_{identity(code, tests)}"


@cache
def _trial() -> str:
    return (files(__package__) / "in_child.py").read_text("utf-8")
