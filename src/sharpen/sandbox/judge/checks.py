"""Whether a suite's assertions check anything, and running those that wait for their framework.

Tests are statements. Where they only define what a framework would run, that is run at their end: unittest's
classes, pytest's functions and classes whose names begin with ``test``, with the rows of their parameters,
and HumanEval's ``check``. A main guard runs, since the tests are the script. Where nothing could ever fail,
or a test function wants fixtures, the suite is refused: programs would pass that fail.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from sharpen.sandbox.judge.needs import parsed
from sharpen.types import AssertTest, Suite, Test

IDLE = "the tests check nothing, so every program would pass them"

_ENDING = {"exit", "quit", "_exit", "abort", "expect"}
"""Functions other than assertions by which a test says that it failed."""
_RUN_CASES = """
class _Result(__import__('unittest').TestResult):
    def addFailure(self, test, error):
        raise error[1]
    addError = addFailure
    def addSubTest(self, test, subtest, error):
        if error:
            raise error[1]
    def addUnexpectedSuccess(self, test):
        raise AssertionError(f'{{test}} passed, and was expected to fail')
__import__('unittest').defaultTestLoader.loadTestsFromTestCase({name}).run(_Result())
"""
"""What is skipped does not run, and what is expected to fail may; the first failure is raised."""
_RUN_METHODS = """
for _name in {methods}:
    _case = {name}()
    getattr(_case, 'setup_method', list)()
    getattr(_case, _name)()
"""
_RUN_ROWS = """
for _row in __import__('itertools').product(*({rows})):
    {name}(**{{_key: _value for _values in _row for _key, _value in _values}})
"""
_ROWS_OF = """
[
    list(zip({names}, getattr(_each, 'values', _each) if {several} else getattr(_each, 'values', [_each])))
    for _each in {values}
]"""
_SKIPS = ("pytest.mark.skip", "unittest.skip", "pytest.fixture")


def with_frameworks(suite: Suite) -> Suite:
    """Return the suite with the statements that a framework would add to its assertions.

    Raises:
        ValueError: nothing in it could fail, or a test function wants what is not there.
    """
    tests: tuple[Test, ...] = tuple(
        replace(test, code=_run_by_framework(test.code)) if isinstance(test, AssertTest) else test
        for test in suite.tests
    )
    codes = [test.code for test in tests if isinstance(test, AssertTest)]
    if len(codes) == len(tests) and not _could_fail([suite.context, *codes]):
        raise ValueError(IDLE)
    return suite if tests == suite.tests else replace(suite, tests=tests)


def _run_by_framework(code: str) -> str:
    tree = _tree(code)
    body = [node for each in tree.body for node in _of_main(each) if not _is_main(node)]
    reached = _reached(body)
    cases = _cases(body)
    added = [line for node in body if _defined(node) not in reached for line in _calls(node, cases)]
    if not added and body == tree.body:
        return code
    source = code if body == tree.body else ast.unparse(ast.Module(body, []))
    return "\n".join([source, *added])


def _of_main(node: ast.stmt) -> list[ast.stmt]:
    """Return what runs of a statement where the tests are the script: of a main guard its body."""
    if isinstance(node, ast.If) and not node.orelse and ast.unparse(node.test) == "__name__ == '__main__'":
        return node.body
    return [node]


def _cases(body: Sequence[ast.stmt]) -> dict[str, bool]:
    """Return the classes that are unittest's, or are made of one, and whether they have tests."""
    known = {"TestCase": False, "IsolatedAsyncioTestCase": False}
    for node in body:
        if isinstance(node, ast.ImportFrom) and node.module == "unittest":
            known |= {alias.asname: False for alias in node.names if alias.asname and alias.name in known}
        elif isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
            if any(base in known or base.endswith(("TestCase", "Test", "Tests")) for base in bases):
                known[node.name] = bool(_tests(node)) or any(known.get(base) for base in bases)
    return known


def _tests(node: ast.ClassDef) -> list[str]:
    methods = (each.name for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef))
    return [method for method in methods if method.startswith("test")]


def _tree(code: str) -> ast.Module:
    """Return the tree; an empty one where there is none: the test fails where it runs, and that tells."""
    try:
        return parsed(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _is_main(node: ast.stmt) -> bool:
    runs = ("unittest.main(", "pytest.main(", "sys.exit(pytest.main(")
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith(runs)


def _defined(node: ast.stmt) -> str:
    return node.name if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""


def _reached(body: Sequence[ast.stmt]) -> set[str]:
    """Return the names that statements use, and those that what they use uses."""
    definitions = {_defined(node): node for node in body if _defined(node)}
    reached: set[str] = set()
    rest: list[ast.stmt] = [node for node in body if not _defined(node)]
    while rest:
        used = _names(rest.pop()) - reached
        reached |= used
        rest += [definitions[name] for name in used & definitions.keys()]
    return reached


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _calls(node: ast.stmt, cases: Mapping[str, bool]) -> Iterator[str]:
    """Yield the statements with which a framework would run a definition."""
    match node:
        case ast.FunctionDef(name="check", args=arguments) if (
            len(arguments.args) - len(arguments.defaults) == 1
        ):
            yield "check(candidate)"
        case ast.FunctionDef(name=name) if name.startswith("test"):
            yield from _call(node)
        case ast.AsyncFunctionDef(name=name, args=ast.arguments(args=[])) if name.startswith("test"):
            yield f"__import__('asyncio').run({name}())"
        case ast.ClassDef(name=name) if cases.get(name):
            yield _RUN_CASES.format(name=name)
        case ast.ClassDef(name=name) if name not in cases and name.startswith("Test") and _tests(node):
            yield _RUN_METHODS.format(name=name, methods=_tests(node))


def _call(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the call of a test function, once for each row of its parameters.

    Raises:
        ValueError: it wants fixtures.
    """
    decorators = [ast.unparse(each) for each in function.decorator_list]
    if any(each.startswith(_SKIPS) for each in decorators):
        return
    given = [each for each in function.decorator_list if ".parametrize(" in ast.unparse(each)]
    others = [each for each in decorators if ".parametrize(" not in each and "pytest." not in each]
    rows = [_rows(each) for each in given if isinstance(each, ast.Call)]
    wanted = function.args.args[: len(function.args.args) - len(function.args.defaults)]
    lacking = [each.arg for each in wanted if not any(each.arg in names for names, _ in rows)]
    if len(lacking) > len(others):
        if function.name.startswith("test_"):
            raise ValueError(f"{function.name} wants {lacking[0]}: fixtures are not there, give it a value")
        return
    joined = "".join(f"{text.strip()}, " for _, text in rows)
    yield _RUN_ROWS.format(name=function.name, rows=joined) if rows else f"{function.name}()"


def _rows(mark: ast.Call) -> tuple[list[str], str]:
    """Return the names that a mark of pytest gives, and an expression for their values in each row."""
    try:
        given = ast.literal_eval(mark.args[0])
    except (ValueError, IndexError) as error:
        raise ValueError(f"{ast.unparse(mark)[:80]}: its names must be written out") from error
    several = not isinstance(given, str) or "," in given
    names = [each.strip() for each in given.split(",")] if isinstance(given, str) else list(given)
    return names, _ROWS_OF.format(names=names, several=several, values=ast.unparse(mark.args[1]))


def _could_fail(codes: Iterable[str]) -> bool:
    """Whether any statement that runs is an assertion, raises, or calls what is named like one."""
    trees = [_tree(code) for code in codes]
    body = [*chain.from_iterable(tree.body for tree in trees)]
    if not all(tree.body for tree in trees[1:]):
        return True  # a test that does not parse fails
    reached = _reached(body)
    run = (node for node in body if not _defined(node) or _defined(node) in reached - {"_Result"})
    return any(_may_fail(each) for node in run for each in ast.walk(node))


def _may_fail(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        return name in _ENDING or name.lower().lstrip("_").startswith(("assert", "fail", "raises", "warns"))
    return isinstance(node, ast.Assert | ast.Raise)
