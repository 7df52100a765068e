"""Whether a suite's assertions check anything, and running those that wait for their framework.

Tests are statements. Where they only define what a framework would run, that is run at their end: classes of
unittest, pytest's functions and classes whose names begin with ``test``, and HumanEval's ``check``. Where
nothing could ever fail, the suite is refused: every program would pass.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from sharpen.sandbox.judge.needs import parsed
from sharpen.types import AssertTest, Suite, Test

IDLE = "the tests check nothing, so every program would pass them"

_RUN_CASES = "__import__('unittest').defaultTestLoader.loadTestsFromTestCase({name}).debug()"
_RUN_METHODS = """
for _name in {methods}:
    _case = {name}()
    getattr(_case, 'setup_method', list)()
    getattr(_case, _name)()
"""


def with_frameworks(suite: Suite) -> Suite:
    """Return the suite with the statements that a framework would add to its assertions.

    Raises:
        ValueError: nothing in it could fail.
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
    body = [node for node in tree.body if not _is_main(node)]
    reached = _reached(body)
    added = [line for node in body if _defined(node) not in reached for line in _calls(node)]
    if not added:
        return code
    source = code if len(body) == len(tree.body) else ast.unparse(ast.Module(body, []))
    return "\n".join([source, *added])


def _tree(code: str) -> ast.Module:
    """Return the tree; an empty one where there is none: the test fails where it runs, and that tells."""
    try:
        return parsed(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("unittest.main(")


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


def _calls(node: ast.stmt) -> Iterator[str]:
    """Yield the statements with which a framework would run a definition."""
    match node:
        case ast.FunctionDef(name="check", args=ast.arguments(args=[_], defaults=[])):
            yield "check(candidate)"
        case ast.FunctionDef(name=name, args=arguments, decorator_list=[]) if name.startswith("test"):
            if len(arguments.args) == len(arguments.defaults):
                yield f"{name}()"
        case ast.ClassDef(name=name, bases=bases, body=body):
            methods = [each.name for each in body if isinstance(each, ast.FunctionDef)]
            tests = [method for method in methods if method.startswith("test")]
            if tests and any(ast.unparse(base).endswith(("TestCase", "Test", "Tests")) for base in bases):
                yield _RUN_CASES.format(name=name)
            elif tests and name.startswith("Test"):
                yield _RUN_METHODS.format(name=name, methods=tests)


def _could_fail(codes: Iterable[str]) -> bool:
    """Whether any statement that runs is an assertion, raises, or calls what is named like one."""
    trees = [_tree(code) for code in codes]
    body = [*chain.from_iterable(tree.body for tree in trees)]
    if not all(tree.body for tree in trees[1:]):
        return True  # a test that does not parse fails
    reached = _reached(body)
    run = (node for node in body if not _defined(node) or _defined(node) in reached)
    return any(_may_fail(each) for node in run for each in ast.walk(node))


def _may_fail(node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        return name.lower().lstrip("_").startswith(("assert", "fail", "raises", "warns"))
    return isinstance(node, ast.Assert | ast.Raise)
