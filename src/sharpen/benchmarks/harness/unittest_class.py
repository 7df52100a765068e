"""One class of unittest tests on a program, as in ClassEval's classeval_evaluation/test_pipeline.py."""

import sys
import unittest
from collections.abc import MutableMapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

_Caught = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class _Result(unittest.TestResult):
    """Counts, and keeps the first thing that went wrong."""

    first: BaseException | None = None

    def addError(self, test: unittest.TestCase, err: _Caught) -> None:  # noqa: N802 - unittest's name
        super().addError(test, err)
        self.first = self.first or err[1]

    def addFailure(self, test: unittest.TestCase, err: _Caught) -> None:  # noqa: N802 - unittest's name
        super().addFailure(test, err)
        self.first = self.first or err[1]


def run_class(solution: str, tests: str, name: str, measured: MutableMapping[str, float]) -> None:
    """Run the tests of class ``name`` with the program in one module; raise what went wrong first."""
    module: Any = ModuleType("solution")
    module.__file__ = str(Path("solution.py").absolute())
    sys.modules["solution"] = module
    exec(compile(solution, "<program>", "exec", dont_inherit=True), vars(module))  # noqa: S102
    exec(compile(tests, "<test>", "exec", dont_inherit=True), vars(module))  # noqa: S102
    result = _Result()
    unittest.defaultTestLoader.loadTestsFromTestCase(getattr(module, name)).run(result)
    measured.update(ran=result.testsRun, errors=len(result.errors), failures=len(result.failures))
    if result.first:
        raise result.first
    if not result.testsRun:
        raise AssertionError(f"{name} has no tests")
