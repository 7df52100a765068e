"""One class of unittest tests on a program, as in ClassEval's classeval_evaluation/test_pipeline.py."""

import sys
import unittest
from collections.abc import MutableMapping
from pathlib import Path
from types import FunctionType, ModuleType, TracebackType
from typing import Any

_Caught = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


class _Result(unittest.TestResult):
    """Counts, and keeps the first thing that went wrong; a test that the program had skipped did."""

    first: BaseException | None = None

    def addError(self, test: unittest.TestCase, err: _Caught) -> None:  # noqa: N802 - unittest's name
        super().addError(test, err)
        self.first = self.first or err[1]

    def addFailure(self, test: unittest.TestCase, err: _Caught) -> None:  # noqa: N802 - unittest's name
        super().addFailure(test, err)
        self.first = self.first or err[1]

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802 - unittest's name
        super().addSkip(test, reason)
        self.first = self.first or RuntimeError(f"{test} was skipped: {reason}")


class _Unittest:
    """What unittest's modules and classes held before the program ran: one line of it can replace that."""

    def __init__(self) -> None:
        self.modules = {name: each for name, each in sys.modules.items() if _is_unittests(name)}
        members = [member for module in self.modules.values() for member in vars(module).values()]
        classes = {each for each in members if isinstance(each, type) and _is_unittests(each.__module__)}
        self.held = [(owner, dict(vars(owner))) for owner in (*self.modules.values(), *classes)]
        values = [value for _, held in self.held for value in held.values()]
        self.codes = [(each, each.__code__) for each in values if isinstance(each, FunctionType)]

    def put_back(self) -> None:
        """Undo what was replaced; what was added to a class may hide what its bases have."""
        sys.modules.update(self.modules)
        for function, code in self.codes:
            function.__code__ = code
        for owner, held in self.held:
            now = dict(vars(owner))
            for name in now.keys() - held.keys() if isinstance(owner, type) else ():
                delattr(owner, name)
            for name in [name for name in held if now.get(name) is not held[name]]:
                setattr(owner, name, held[name])


def _is_unittests(name: str) -> bool:
    return name.partition(".")[0] == "unittest"


def run_class(solution: str, tests: str, name: str, measured: MutableMapping[str, float]) -> None:
    """Run the tests of class ``name`` with the program in one module; raise what went wrong first."""
    module: Any = ModuleType("solution")
    module.__file__ = str(Path("solution.py").absolute())
    sys.modules["solution"] = module
    genuine = _Unittest()
    exec(compile(solution, "<program>", "exec", dont_inherit=True), vars(module))  # noqa: S102
    genuine.put_back()
    exec(compile(tests, "<test>", "exec", dont_inherit=True), vars(module))  # noqa: S102
    vars(unittest.case)["_ShouldStop"] = ()  # an exception that unittest passes over: no program may raise it
    result = _Result()
    unittest.TestLoader().loadTestsFromTestCase(getattr(module, name)).run(result)
    errors = len(result.errors) + len(result.skipped)
    measured.update(ran=result.testsRun, errors=errors, failures=len(result.failures))
    if result.first:
        raise result.first
    if not result.testsRun:
        raise AssertionError(f"{name} has no tests")
