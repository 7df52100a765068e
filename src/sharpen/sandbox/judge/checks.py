"""Whether a suite can judge a program, and running those assertions that wait for their framework.

Tests are statements. Where they only define what a framework would run, that is run at their end: unittest's
classes, pytest's functions and classes whose names begin with ``test``, and HumanEval's ``check``. A main
guard runs, since the tests are the script. What needs a framework's own rules (classes, marks, what is set up
before) runs by :mod:`.frameworks`, and so do calls of ``unittest.main`` and the like, whose callers may not
look at what came out. Where nothing could ever fail, or a test wants fixtures, the suite is refused: programs
would pass that fail.
"""

import ast
import sys
import warnings
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from sharpen.sandbox.judge.needs import parsed
from sharpen.types import AssertTest, Suite, Test

IDLE = "the tests check nothing, so every program would pass them"
SKIPPED = "the tests check nothing: each is skipped, is expected to fail, or has no rows of parameters"

_ENDING = {"exit", "quit", "_exit", "abort", "expect", "throw", "deprecated_call"}
"""Functions other than assertions by which a test says that it failed."""
_FAILING = ("assert", "fail", "raises", "warns")
"""How the names of assertions begin."""
_TEXT = Path(__file__).with_name("frameworks.py").read_text("utf-8")
_BEGIN = f"""
__import__('inspect'), __import__('itertools'), __import__('functools')
if '_frameworks' not in globals():
    _frameworks = type(__import__('unittest'))('_frameworks')
    exec(compile({_TEXT!r}, 'frameworks.py', 'exec'), vars(_frameworks))
    _frameworks = _frameworks.Framework(globals())"""
"""What is imported here by a call is kept as it was before the program, which could hide tests by it."""
_ASYNCHRONOUS = "\n__import__('asyncio')"
_RUNNERS = {
    ("unittest", "main"): "main",
    ("unittest", "TextTestRunner"): "TextTestRunner",
    ("pytest", "main"): "pytest_main",
}
"""What runs tests and leaves it to its caller to look at what came out, and what runs them here."""
_SET_UP = {"setup_module", "teardown_module", "setup_function", "teardown_function"}
_SWALLOWING = {"", "AssertionError", "Exception", "BaseException"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


def refuse_entry_point(entry_point: str) -> None:
    """Refuse what no program could define: looking for it would fail in every program.

    Raises:
        ValueError: it is not an expression of Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(entry_point, "<entry point>", "eval", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = f"is no Python expression ({error}), so every program would fail"
        raise ValueError(f"the entry point {entry_point[:80]!r} {reason}") from error


def with_frameworks(suite: Suite) -> Suite:
    """Return the suite with the statements that a framework would add to its assertions.

    Raises:
        ValueError: nothing in it could fail, or a test wants what is not there.
    """
    written = [_Written(test.code) if isinstance(test, AssertTest) else None for test in suite.tests]
    context, codes = _Written(suite.context), [each for each in written if each]
    entries = {suite.entry_point, "candidate"}
    for each in codes:
        _refuse_skipped(each.body)
    checks = len(codes) < len(written) or _could_fail(context, codes, entries)
    if not checks and not _could_fail(context, codes, entries, collected=True):
        none_runs = any(each.tests for each in codes) and not any(each.running for each in codes)
        raise ValueError(SKIPPED if none_runs else IDLE)
    tests: tuple[Test, ...] = tuple(
        replace(test, code=each.run(required=not checks)) if each and isinstance(test, AssertTest) else test
        for test, each in zip(suite.tests, written, strict=True)
    )
    return suite if tests == suite.tests else replace(suite, tests=tests)


class _Written:
    """A test as it was written.

    Attributes:
        code: its text.
        parses: whether it does; if not it fails where it runs, and that tells.
        body: the statements that run where the tests are the script.
    """

    def __init__(self, code: str) -> None:
        self.code, self.parses = code, True
        try:
            tree = parsed(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            tree, self.parses = ast.Module([], []), False
        self.body = [node for each in tree.body for node in _of_main(each)]
        self.source = code if self.body == tree.body else ast.unparse(ast.Module(self.body, []))
        self.definitions = {each.name: each for each in self.body if isinstance(each, Definition)}
        self.reached = _reached(self.body)

    @cached_property
    def redirected(self) -> ast.Module | None:
        """The tree with calls of frameworks' runners redirected to ours; None where there are none."""
        if not self.parses or not any(module in self.source for module, _ in _RUNNERS):
            return None
        redirect = _Redirect()
        tree: ast.Module = redirect.visit(ast.parse(self.source))
        return tree if redirect.found else None

    @cached_property
    def tests(self) -> list[tuple[Function, ast.ClassDef | None]]:
        """What a framework would run, with the class it is in."""
        tests: list[tuple[Function, ast.ClassDef | None]] = []
        for name, each in self.definitions.items():
            if isinstance(each, ast.ClassDef):
                if (name not in self.reached or self.redirected) and self.is_collected(each):
                    methods = (method for owner in self.with_bases(each) for method in _methods(owner))
                    tests += [(method, each) for method in methods]
            elif name not in self.reached and _is_test(each):
                tests.append((each, None))
        return tests

    @cached_property
    def running(self) -> list[tuple[Function, ast.ClassDef | None]]:
        """Those of the tests that are not left out by what is written at them."""
        return [
            (function, owner)
            for function, owner in self.tests
            if not any(
                self.leaves_out(mark) for each in (function, owner) if each for mark in each.decorator_list
            )
        ]

    def leaves_out(self, mark: ast.expr) -> bool:
        """Whether a decorator has its test skipped, expected to fail, or run for none of no rows."""
        call = mark if isinstance(mark, ast.Call) else ast.Call(mark, [], [])
        given = [
            *call.args,
            *(each.value for each in call.keywords if each.arg in {"condition", "argvalues"}),
        ]
        match ast.unparse(call.func).rpartition(".")[2]:
            case "skip":
                return True
            case "skipif" | "skipIf":
                return any(isinstance(each, ast.Constant) and each.value is True for each in given)
            case "skipUnless":
                return any(isinstance(each, ast.Constant) and not each.value for each in call.args[:1])
            case "xfail":
                return not call.args and not call.keywords
            case "parametrize":
                return any(self.is_empty(each) for each in given)
        return False

    def is_empty(self, values: ast.expr) -> bool:
        """Whether an expression is an empty list or tuple, or the name of one."""
        if isinstance(values, ast.Name):
            named = [
                node.value
                for node in self.body
                if isinstance(node, ast.Assign) and _bound_by([node]) == {values.id}
            ]
            return len(named) == 1 and isinstance(named[0], ast.List | ast.Tuple) and not named[0].elts
        return isinstance(values, ast.List | ast.Tuple) and not values.elts

    def is_collected(self, kind: ast.ClassDef) -> bool:
        """Whether unittest or pytest may run a class: a base from elsewhere may be one of unittest's."""
        owners = self.with_bases(kind)
        bases = {ast.unparse(base) for owner in owners for base in owner.bases} - self.definitions.keys()
        return kind.name.startswith("Test") or bool(bases - {"object", "ABC", "abc.ABC"})

    def with_bases(self, kind: ast.ClassDef) -> list[ast.ClassDef]:
        """Return a class with those that it is made of, as far as they are defined here."""
        owners = [kind]
        for owner in owners:  # it grows
            bases = (self.definitions.get(ast.unparse(base)) for base in owner.bases)
            owners += [base for base in bases if isinstance(base, ast.ClassDef) and base not in owners]
        return owners

    @property
    def calls_check(self) -> bool:
        """Whether there is a ``check`` of HumanEval's that nobody calls."""
        check = self.definitions.get("check")
        return isinstance(check, ast.FunctionDef) and "check" not in self.reached and len(_wanted(check)) == 1

    @property
    def wants_framework(self) -> bool:
        """Whether calling the test functions is not all that a framework would do."""
        plain = (isinstance(each, ast.FunctionDef) and not each.decorator_list for each, _ in self.tests)
        more = _imports_frameworks(self.body) or bool(_SET_UP & self.definitions.keys())
        return any(owner for _, owner in self.tests) or not all(plain) or bool(self.tests and more)

    def run(self, *, required: bool) -> str:
        """Return the code with what a framework adds; ``required`` says that a test of one has to run.

        Raises:
            ValueError: a test wants what is not there, or none would run it to its end.
        """
        for function, owner in self.tests:
            _check_runs(function, owner)
            _check_arguments(function, owner, self.body)
        added = ["check(candidate)"] if self.calls_check else []
        if not self.redirected and not self.wants_framework:
            added += [f"{function.name}()" for function, _ in self.tests]
            return "\n".join([self.source, *added])
        _refuse_fixtures(self.body)
        begin = _BEGIN + (_ASYNCHRONOUS if "async " in self.code else "")
        called = sorted(self.reached & self.definitions.keys())
        added.append(f"_frameworks.run(called={called}, required={required})")
        if not self.redirected:
            return "\n".join([self.source, begin, *added])
        body = self.redirected.body
        first = next((place for place, each in enumerate(body) if not _is_head(each)), len(body))
        head, rest = (ast.unparse(ast.Module(part, [])) for part in (body[:first], body[first:]))
        return "\n".join([head, begin, rest, *added])


class _Redirect(ast.NodeTransformer):
    """Has calls of frameworks' runners call ours.

    Attributes:
        found: whether there were any.
    """

    def __init__(self) -> None:
        self.found = False
        self.names: dict[str, str] = {}

    def visit_Import(self, node: ast.Import) -> ast.AST:
        """Note by what names modules go."""
        for alias in node.names:
            for (module, name), runner in _RUNNERS.items():
                if alias.name == module:
                    self.names[f"{alias.asname or module}.{name}"] = runner
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        """Note by what names runners go."""
        for alias in node.names:
            if runner := _RUNNERS.get((node.module or "", alias.name)):
                self.names[alias.asname or alias.name] = runner
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Redirect a call."""
        self.generic_visit(node)
        if runner := self.names.get(ast.unparse(node.func)):
            self.found = True
            node.func = ast.Attribute(ast.Name("_frameworks", ast.Load()), runner, ast.Load())
            node.args = [each for each in node.args if not isinstance(each, ast.List)]
        return node


def _of_main(node: ast.stmt) -> list[ast.stmt]:
    """Return what runs of a statement where the tests are the script: of a main guard its body."""
    if isinstance(node, ast.If):
        match node.test:
            case ast.Compare(left=one, ops=[ast.Eq()], comparators=[other]):
                if {ast.unparse(one), ast.unparse(other)} == {"__name__", "'__main__'"}:
                    return node.body
    return [node]


def _is_head(node: ast.stmt) -> bool:
    """Whether a statement has to stay in front of all others."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _imports_frameworks(body: Sequence[ast.stmt]) -> bool:
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in imports for alias in node.names}
    names |= {str(node.module) for node in imports if isinstance(node, ast.ImportFrom)}
    return not names.isdisjoint({"unittest", "pytest"})


def _methods(node: ast.ClassDef) -> list[Function]:
    """Return the tests of a class, and of the test classes in it."""
    methods = [each for each in node.body if isinstance(each, Function)]
    inner = [each for each in node.body if isinstance(each, ast.ClassDef) and each.name.startswith("Test")]
    own = [method for method in methods if method.name.startswith("test") or method.name == "runTest"]
    return [*own, *(method for each in inner for method in _methods(each))]


def _reached(body: Sequence[ast.stmt]) -> set[str]:
    """Return the names that statements use, and those that what they use uses."""
    definitions = {node.name: node for node in body if isinstance(node, Definition)}
    reached: set[str] = set()
    rest: list[ast.stmt] = [node for node in body if not isinstance(node, Definition)]
    while rest:
        used = _names(rest.pop()) - reached
        reached |= used
        rest += [definitions[name] for name in used & definitions.keys()]
    return reached


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _bound_by(body: Sequence[ast.stmt]) -> set[str]:
    targets = (target for node in body if isinstance(node, ast.Assign) for target in node.targets)
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _is_test(function: Function) -> bool:
    """Whether pytest would run a function, and it is no fixture and no helper that wants to be called."""
    if not function.name.startswith("test") or any(map(_is_fixture, function.decorator_list)):
        return False
    return function.name.startswith("test_") or bool(function.decorator_list) or not _wanted(function)


def _wanted(function: Function) -> list[str]:
    """Return the names of the arguments that have no default."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    return [each.arg for each in arguments[: len(arguments) - len(function.args.defaults)]]


def _check_runs(function: Function, owner: ast.ClassDef | None) -> None:
    """Raise unless calling a test function runs what is in it.

    Raises:
        ValueError: it is a generator, or nobody would await it.
    """
    if function.decorator_list:  # a decorator may run it
        return
    if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own(function)):
        raise ValueError(f"the tests check nothing: a call of {function.name}, a generator, runs none of it")
    plain = owner and any(ast.unparse(base) in {"TestCase", "unittest.TestCase"} for base in owner.bases)
    if isinstance(function, ast.AsyncFunctionDef) and plain:
        raise ValueError(
            f"the tests check nothing: unittest awaits {function.name} in an IsolatedAsyncioTestCase only"
        )


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function, but for those of functions and classes in it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, Definition | ast.Lambda):
            yield from _own(node)


def _check_arguments(function: Function, owner: ast.ClassDef | None, body: Sequence[ast.stmt]) -> None:
    """Raise unless a test gets all its arguments from the rows of its parameters, or from its decorators.

    Raises:
        ValueError: it wants fixtures.
    """
    marks = [*function.decorator_list, *(owner.decorator_list if owner else [])]
    marks += [
        node.value for node in body if isinstance(node, ast.Assign) and _bound_by([node]) == {"pytestmark"}
    ]
    rows = [node for mark in marks for node in ast.walk(mark) if _is_table(node)]
    others = [
        each
        for each in map(ast.unparse, function.decorator_list)
        if "mark." not in each and "parametrize" not in each
    ]
    wanted = _wanted(function)
    if owner:
        wanted = wanted[1:] if "staticmethod" not in others else wanted
        others = [each for each in others if each not in {"staticmethod", "classmethod"}]
    given = [_names_of_table(row) for row in rows if isinstance(row, ast.Call)]
    lacking = [name for name in wanted if not any(names is None or name in names for names in given)]
    if len(lacking) > len(others):
        raise ValueError(f"{function.name} wants {lacking[0]}: fixtures are not there, give it a value")


def _is_table(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "parametrize"


def _names_of_table(mark: ast.Call) -> list[str] | None:
    """Return the names that a mark of pytest gives values to; None if they are not written out."""
    named = [each.value for each in mark.keywords if each.arg == "argnames"]
    try:
        given = ast.literal_eval([*mark.args[:1], *named][0])
    except (ValueError, IndexError):
        return None
    return [each.strip() for each in given.split(",")] if isinstance(given, str) else [*given]


def _is_fixture(decorator: ast.expr) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(function).rpartition(".")[2] == "fixture"


def _refuse_fixtures(body: Sequence[ast.stmt]) -> None:
    """Raise if pytest would have a fixture run that no argument names.

    Raises:
        ValueError: it would.
    """
    for node in ast.walk(ast.Module([*body], [])):
        match node:
            case ast.Attribute(attr="usefixtures"):
                raise ValueError("usefixtures: fixtures are not there, call what sets up in the test")
            case ast.keyword(arg="autouse" | "indirect" as word):
                raise ValueError(f"{word}: fixtures are not there, call what sets up in the test")


def _refuse_skipped(body: Sequence[ast.stmt]) -> None:
    """Raise if the tests have themselves skipped as a whole.

    Raises:
        ValueError: they do, or need a module that is not installed.
    """
    for node in body:
        value = node.exc if isinstance(node, ast.Raise) else getattr(node, "value", None)
        called = ast.unparse(value.func if isinstance(value, ast.Call) else value or ast.Constant(None))
        if called.rpartition(".")[2] == "SkipTest" or called == "pytest.skip":
            raise ValueError("the tests check nothing: they have themselves skipped")
        match value:
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if called.endswith("importorskip"):
                if not _is_there(name.partition(".")[0]):
                    raise ValueError(f"the tests check nothing: without the module {name} they are skipped")


def _is_there(module: str) -> bool:
    return module in sys.modules or find_spec(module) is not None


def _could_fail(
    context: _Written, codes: Sequence[_Written], entries: AbstractSet[str], *, collected: bool = False
) -> bool:
    """Whether any statement that runs is an assertion, raises, or calls what is named like one.

    Args:
        context: what stands before the tests.
        codes: the tests.
        entries: the names of the program.
        collected: whether what only a framework would find counts as running.
    """
    if not all(each.parses for each in codes):
        return True
    run_too = {"check"} if any(each.calls_check for each in codes) else set[str]()
    for each in codes:
        for function, owner in each.running:
            if owner and collected:
                run_too |= {kind.name for kind in each.with_bases(owner)}
            elif not owner and (collected or not each.wants_framework):
                run_too.add(function.name)
    body = [*chain(context.body, *(each.body for each in codes))]
    reached = _reached([*body, *(ast.Expr(ast.Name(name, ast.Load())) for name in run_too)])
    run = (node for node in body if not isinstance(node, Definition) or node.name in reached)
    return any(_may_fail(each, entries) for node in run for each in _running(node, reached))


def _running(node: ast.AST, reached: AbstractSet[str], *, inside: bool = False) -> Iterator[ast.AST]:
    """Yield a node and those in it, but for functions that nobody names, and what fails unseen.

    No framework finds a class ``inside`` of a function: its methods are such functions where nobody names it.
    """
    yield node
    swallowed: list[ast.stmt] = node.body if _swallows(node) else []  # type: ignore[attr-defined]
    inside = inside or isinstance(node, Function)
    found = isinstance(node, ast.ClassDef) and (
        not inside or node.name in reached or bool(node.decorator_list)
    )
    for each in ast.iter_child_nodes(node):
        if each not in swallowed and (found or not _is_unnamed(each, reached)):
            yield from _running(each, reached, inside=inside)


def _swallows(node: ast.AST) -> bool:
    """Whether what fails in the body of a statement is caught, and no more seen than by being printed."""
    match node:
        case ast.Try(handlers=handlers):
            return any(_SWALLOWING & {*_caught(each.type)} for each in handlers)
        case ast.With(items=items):
            calls = [each.context_expr for each in items if isinstance(each.context_expr, ast.Call)]
            suppressing = [each for each in calls if ast.unparse(each.func).rpartition(".")[2] == "suppress"]
            return any(_SWALLOWING & {*_caught(kind)} for each in suppressing for kind in each.args)
    return False


def _caught(kind: ast.expr | None) -> list[str]:
    """Return the names of the exceptions that a handler is for; an empty one for all."""
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    return [ast.unparse(each) if each else "" for each in kinds]


def _is_unnamed(node: ast.AST, reached: AbstractSet[str]) -> bool:
    """Whether a node is a function that nobody names."""
    return isinstance(node, Function) and node.name not in reached and not node.decorator_list


def _may_fail(node: ast.AST, entries: AbstractSet[str]) -> bool:
    match node:
        case ast.Call(func=function):
            name = ast.unparse(function).rpartition(".")[2]
            return name in _ENDING or name.lower().lstrip("_").startswith(_FAILING)
        case ast.Assert(test=condition):
            return not _is_always_true(condition, entries)
    return isinstance(node, ast.Raise)


def _is_always_true(condition: ast.expr, entries: AbstractSet[str]) -> bool:
    match condition:
        case ast.Constant(value=value):
            return bool(value)
        case ast.Tuple(elts=[_, *_] as items) | ast.List(elts=[_, *_] as items) | ast.Set(elts=items):
            return not all(isinstance(each, ast.Starred) for each in items)
        case ast.Name(id=name):
            return name in entries
    return isinstance(condition, ast.Lambda | ast.GeneratorExp)
