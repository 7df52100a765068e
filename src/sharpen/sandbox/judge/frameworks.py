"""Runs tests as unittest and pytest do; :mod:`.checks` puts this file before them as text.

It runs beside the program. The first failure is raised. A test may be skipped by itself, never by its
program, and what expects to fail checks nothing.
"""

import inspect
import itertools
import unittest
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

PROGRAM = "<program>"
"""The file name under which programs are compiled."""


def _by_program(error: BaseException | None) -> bool:
    """Whether an exception came out of the program."""
    trace = error.__traceback__ if error else None
    while trace:
        if trace.tb_frame.f_code.co_filename == PROGRAM:
            return True
        trace = trace.tb_next
    return False


class Result(unittest.TestResult):
    """Raises the first failure.

    Attributes:
        checked: how many tests ran to their end.
        skips: how many did not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.checked = self.skips = 0

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802, ARG002, D102
        self.checked += 1

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802, ARG002, ANN401, D102
        self.checked += 1

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802, ARG002, ANN401, D102
        raise err[1]

    addError = addFailure  # noqa: N815

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802, ANN401, ARG002, D102
        if err:
            raise err[1]

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802, D102
        raise AssertionError(f"{test} passed, and was expected to fail")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802, D102
        import sys

        if _by_program(sys.exc_info()[1]):
            raise RuntimeError(f"the program had {test} skipped: {reason}")
        super().addSkip(test, reason)
        self.skips += 1

    def run(self, test: Callable[["Result"], object]) -> None:
        """Run a test or a suite; nothing may leave one by the exception that unittest passes over."""
        case = unittest.case
        silent = case._ShouldStop  # type: ignore[attr-defined]  # noqa: SLF001
        case._ShouldStop = ()  # type: ignore[attr-defined]  # noqa: SLF001
        try:
            test(self)
        finally:
            case._ShouldStop = silent  # type: ignore[attr-defined]  # noqa: SLF001


class Framework:
    """The frameworks, for the tests in one namespace."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.result = Result()
        self.done: dict[int, object] = {}  # by identity, and kept, so that no other gets it

    def main(self, *_: object, **options: object) -> object:
        """Run what ``unittest.main`` would, and return what it would exit with."""
        self.run_cases()
        return 0 if options.get("exit", True) else SimpleNamespace(result=self.result)

    def pytest_main(self, *_: object, **__: object) -> int:
        """Run what ``pytest.main`` would, and return its status."""
        self.run()
        return 0

    def TextTestRunner(self, *_: object, **__: object) -> "Framework":  # noqa: N802
        """Return what runs a suite, in place of unittest's own runner."""
        return self

    def run_suite(self, suite: Any) -> Result:  # noqa: ANN401 - a suite or a case
        """Run a suite that the tests made, and return its result."""
        result = Result()
        self.done |= {id(each): each for each in _classes(suite)}
        result.run(suite)
        self.result.checked += result.checked
        self.result.skips += result.skips
        return result

    def run(self, suite: Any = None, *, called: Sequence[str] = (), required: bool = False) -> Result:  # noqa: ANN401
        """Run what has not run yet, but for what the tests call themselves; or a suite.

        Raises:
            BaseException: the first failure.
            RuntimeError: every test was skipped, or it is ``required`` that one ran and none did.
        """
        if suite is not None:
            return self.run_suite(suite)
        self.done |= {id(value): value for name, value in self.namespace.items() if name in called}
        self.run_cases()
        functions = [each for each in self.own(inspect.isfunction, "test") if self.is_test(each)]
        classes = [
            each for each in self.own(inspect.isclass, "Test") if not issubclass(each, unittest.TestCase)
        ]
        if functions or classes:
            _call_with(self.namespace.get("setup_module"), None)
            for function in functions:
                self.run_function(function)
            for each in classes:
                self.run_class(each, self.marks(each))
            _call_with(self.namespace.get("teardown_module"), None)
        if not self.result.checked and (required or self.result.skips):
            what = "every test was skipped" if self.result.skips else "no test was found"
            raise RuntimeError(f"{what}, so nothing was checked")
        return self.result

    def own(self, kind: Callable[[object], bool], prefix: str = "") -> list[Any]:
        """Return what the tests define of a kind, and has not run yet."""
        home = self.namespace["__name__"]
        found = {
            id(each): each
            for name, each in self.namespace.items()
            if kind(each) and name.startswith(prefix) and each.__module__ == home
        }
        return [each for key, each in found.items() if key not in self.done]

    def is_test(self, function: Any) -> bool:  # noqa: ANN401 - a function
        """Whether a function is a test, and no helper that wants to be called."""
        parameters = inspect.signature(function).parameters.values()
        wanted = [
            each for each in parameters if each.default is each.empty and each.kind < each.VAR_POSITIONAL
        ]
        return function.__name__.startswith("test_") or not wanted

    def run_cases(self) -> None:
        """Run the classes of unittest."""
        classes = [each for each in self.own(inspect.isclass) if issubclass(each, unittest.TestCase)]
        loaded = [unittest.defaultTestLoader.loadTestsFromTestCase(each) for each in classes]
        self.done |= {id(each): each for each in classes}
        if any(each.countTestCases() for each in loaded):
            _call_with(self.namespace.get("setUpModule"), None)
            for each in loaded:
                self.result.run(each)
            _call_with(self.namespace.get("tearDownModule"), None)

    def marks(self, *owners: object) -> list[Any]:
        """Return the marks of pytest on a module's tests and on these."""
        given = [self.namespace.get("pytestmark", [])]
        given += [getattr(owner, "pytestmark", []) for owner in owners]
        return [mark for each in given for mark in (each if isinstance(each, list) else [each])]

    def run_function(self, function: Any) -> None:  # noqa: ANN401 - a function
        """Run a test function, once for each row of its parameters."""
        self.done[id(function)] = function
        for row, marks in _rows(self.marks(function)):
            self.run_test(function.__name__, partial(self.call, function, row), marks)

    def call(self, function: Any, row: dict[str, object]) -> None:  # noqa: ANN401 - a function
        """Call a test function between what is set up and torn down for each."""
        _call_with(self.namespace.get("setup_function"), function)
        _awaited(function(**row))
        _call_with(self.namespace.get("teardown_function"), function)

    def run_class(self, kind: Any, marks: Sequence[Any]) -> None:  # noqa: ANN401 - a class
        """Run the test methods of a class, each on a new object, and the classes in it."""
        self.done[id(kind)] = kind
        names = dict.fromkeys(name for base in reversed(kind.__mro__) for name in vars(base))
        methods = [name for name in names if name.startswith("test") and callable(getattr(kind, name))]
        if methods:
            _call_with(getattr(kind, "setup_class", None), kind)
            for name in methods:
                for row, found in _rows([*marks, *getattr(getattr(kind, name), "pytestmark", [])]):
                    self.run_test(name, partial(_run_method, kind, name, row), found)
            _call_with(getattr(kind, "teardown_class", None), kind)
        for name, each in vars(kind).items():
            if name.startswith("Test") and inspect.isclass(each):
                self.run_class(each, [*marks, *getattr(each, "pytestmark", [])])

    def run_test(self, name: str, call: Callable[[], None], marks: Sequence[Any]) -> None:
        """Run one test, unless its marks have it skipped.

        Raises:
            BaseException: it failed.
            RuntimeError: the program had it skipped.
        """
        if any(mark.name == "skip" or (mark.name == "skipif" and self.holds(mark)) for mark in marks):
            self.result.skips += 1
            return
        failing = [mark for mark in marks if mark.name == "xfail" and self.holds(mark)]
        try:
            call()
        except BaseException as error:
            if not self.may_end_by(error, failing):
                raise
            if _by_program(error) and not failing:
                raise RuntimeError(f"the program had {name} skipped: {error}") from error
            self.result.skips += 1
        else:
            if any(mark.kwargs.get("strict") for mark in failing):
                raise AssertionError(f"{name} passed, and was expected to fail")
            if failing:
                self.result.skips += 1
            else:
                self.result.checked += 1

    def may_end_by(self, error: BaseException, failing: Sequence[Any]) -> bool:
        """Whether an exception says that a test is skipped, or is the failure that is expected of it."""
        outcome = any(base.__module__ == "_pytest.outcomes" for base in type(error).__mro__)
        if isinstance(error, unittest.SkipTest) or (
            outcome and type(error).__name__ in {"Skipped", "XFailed"}
        ):
            return True
        wanted = [mark.kwargs.get("raises") or Exception for mark in failing]
        return any(isinstance(error, each) for each in wanted)

    def holds(self, mark: Any) -> bool:  # noqa: ANN401 - a mark of pytest
        """Whether the condition of a mark holds; one without a condition does."""
        conditions = [*mark.args, *(mark.kwargs[name] for name in ("condition",) if name in mark.kwargs)]
        values = [eval(each, self.namespace) if isinstance(each, str) else each for each in conditions]  # noqa: S307
        return not values or any(values)


def _classes(suite: Any) -> Iterator[type]:  # noqa: ANN401 - a suite or a case
    if isinstance(suite, unittest.TestCase):
        yield type(suite)
    else:
        for each in suite:
            if each is not None:  # a suite forgets the cases that have run
                yield from _classes(each)


def _run_method(kind: type, name: str, row: dict[str, object]) -> None:
    case = kind()
    method = getattr(case, name)
    _call_with(getattr(case, "setup_method", None), method)
    _awaited(method(**row))
    _call_with(getattr(case, "teardown_method", None), method)


def _call_with(function: Any, value: object) -> None:  # noqa: ANN401 - a function, or None
    """Call a function, if there is one, with a value if it wants one."""
    if function is not None:
        function(*[value][: len(inspect.signature(function).parameters)])


def _awaited(value: Any) -> None:  # noqa: ANN401 - whatever a test returns
    if hasattr(value, "__await__"):
        import asyncio

        asyncio.run(value)


def _rows(marks: Sequence[Any]) -> Iterator[tuple[dict[str, object], list[Any]]]:
    """Yield the arguments of each run of a test, and its marks."""
    others = [mark for mark in marks if mark.name != "parametrize"]
    tables = [_table(*mark.args, **mark.kwargs) for mark in marks if mark.name == "parametrize"]
    for row in itertools.product(*tables):
        arguments = {name: value for values, _ in row for name, value in values}
        yield arguments, [*others, *(mark for _, own in row for mark in own)]


def _table(
    argnames: Any,  # noqa: ANN401 - a text or names
    argvalues: Any,  # noqa: ANN401 - values or pytest's parameters
    **_: object,
) -> list[tuple[list[tuple[str, object]], Sequence[Any]]]:
    names = (
        [each.strip() for each in argnames.split(",") if each.strip()]
        if isinstance(argnames, str)
        else [*argnames]
    )
    one = isinstance(argnames, str) and "," not in argnames
    table: list[tuple[list[tuple[str, object]], Sequence[Any]]] = []
    for each in argvalues:
        given = type(each).__name__ == "ParameterSet"
        values = each.values if given else [each] if one else each
        table.append(([*zip(names, values, strict=True)], each.marks if given else ()))
    return table
