"""Samples that are tests and not programs: the benchmark's reference program is run on them.

Read are CodeT's test cases (a prompt that ends in ``assert``, with ``samples``) and Reflexion's logs of test
accuracy (``solution`` is a list of assertions). A test is right when the reference program passes it; the
share of right tests is what both call the accuracy of tests (CodeT: Chen et al. 2022, arXiv 2207.10397). A
sample passes when all its tests are right; one without a test that calls the function is a failed sample.
"""

import ast
import re

from sharpen.methods.reflexion.self_tests import assertions
from sharpen.types import AssertTest, Problem, Program, Suite, Verdict

_CODET = re.compile(r"\s*pass\s*# check the correctness of .*\Z", re.DOTALL)


def prompt_of(prompt: str) -> str:
    """Return the part of CodeT's prompt for tests that is the problem's own prompt."""
    return _CODET.sub("", prompt)


def tests_of(text: str, problem: Problem) -> tuple[Program, Suite]:
    """Return the reference program and the tests that a sample holds; no program where it holds none."""
    entry_point = problem.hidden.entry_point
    name = entry_point.partition(".")[0]
    calling = (test for test in assertions(text) if _calls(test, name))
    tests = tuple(
        AssertTest(f"test {number}", code)
        for number, code in enumerate(dict.fromkeys(map(ast.unparse, calling)), 1)
    )
    suite = Suite(tests, entry_point, problem.visible.context, every=True, trusted="context")
    return Program(problem.solution if tests else "", "bare" if tests else "none"), suite


def _calls(test: ast.Assert, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(test))


class RightTests:
    """How many of all tests the reference programs pass."""

    def __init__(self) -> None:
        self._right: list[bool] = []

    def add(self, problem: str, verdict: Verdict) -> None:  # noqa: ARG002 - a protocol's
        """Count the tests of one sample."""
        self._right += [outcome.kind == "passed" for outcome in verdict.outcomes]

    def figures(self) -> dict[str, float]:
        """Return the number of tests and the share that is right."""
        right = self._right
        return {"tests": len(right), "right tests": sum(right) / len(right)} if right else {"tests": 0}
