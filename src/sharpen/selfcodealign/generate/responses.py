"""Instruction -> response with its own tests, n times (arXiv 2410.24198, section 2.3)."""

import ast
import re
from collections.abc import Iterable, Sequence
from importlib.util import find_spec

from sharpen.selfcodealign.generate.bank import Example, Exchange, copies_any, fenced, few_shot
from sharpen.selfcodealign.rows import Instruction, Response, identity
from sharpen.selfcodealign.validate.gates import UNPARSABLE
from sharpen.selfcodealign.validate.suites import beside, checks_of
from sharpen.syntax import parse_module
from sharpen.types import FinishReason, Program, Prompt, Suite

HEADING = "<response>"
STOP = ("## Example", "</tests>", "<instruction>")
"""The paper's, and the beginning of another task."""
REASONS = (
    "cut off",
    "prompt too long",
    "not response and tests",
    "no code",
    "no asserts",
    "copy of an example",
)

_BETWEEN = re.compile(r"\s*(?:</response>)?\s*<tests>\s*")
_BLOCK = re.compile(r"^```[ \t]*(?i:python3?|py)?[ \t]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def prompt(instruction: str, shots: Sequence[Example], system: str, *, completion: bool) -> Prompt:
    """Return the prompt that asks for a solution of ``instruction`` and its tests."""
    shown = [
        Exchange(
            _question(shot.instruction),
            HEADING,
            f"{shot.response}\n</response>\n\n<tests>\n{fenced(shot.tests)}\n</tests>",
        )
        for shot in shots
    ]
    return few_shot(system, shown, Exchange(_question(instruction), HEADING), completion=completion)


def read(instruction: Instruction, index: int, text: str, finish: FinishReason) -> Response:
    """Return a model's answer in its parts: the code and the tests, as far as they are there."""
    parts = _BETWEEN.split(text)
    solution, tests = parts if len(parts) == 2 else (text, "")
    code = code_in(solution) if tests else ""
    return Response(
        id=identity(instruction.id, str(index)),
        instruction=instruction.id,
        index=index,
        text=text,
        code=code,
        tests=without_own_import(code_in(tests), code),
        finish=finish,
    )


def without_own_import(tests: str, code: str) -> str:
    """Return tests without statements that import the solution, as in ``from your_module import f``.

    The solution stands before its tests, in no module. A statement is left out if its module is not installed
    and the solution defines every name that it imports; comments go with it.
    """
    try:
        defined = {name for node in parse_module(code).body for name in _defined(node)}
        statements = parse_module(tests).body
        kept = [node for node in statements if not _imports_solution(node, defined)]
        return tests if len(kept) == len(statements) else ast.unparse(ast.Module(kept, []))
    except UNPARSABLE:
        return tests


def _imports_solution(node: ast.stmt, defined: set[str]) -> bool:
    if not isinstance(node, ast.ImportFrom) or not node.module or node.level:
        return False
    if not all(alias.asname is None and alias.name in defined for alias in node.names):
        return False
    return node.module != "__main__" and find_spec(node.module.partition(".")[0]) is None


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def solution(text: str) -> str:
    """Return the part of a response that solves the task: its words and its code, without the tests."""
    return _BETWEEN.split(text)[0].strip().removeprefix(HEADING).strip()


def fault(response: Response, examples: Iterable[Example]) -> str:
    """Return why a response is not run; empty where it is."""
    if response.finish == "length":
        return "cut off"
    if response.finish == "overflow":
        return "prompt too long"
    if len(_BETWEEN.split(response.text)) != 2:
        return "not response and tests"
    if not response.code:
        return "no code"
    if "assert" not in response.tests:
        return "no asserts"
    copied = copies_any(response.code, (code_in(example.response) for example in examples))
    return "copy of an example" if copied else ""


def program_and_tests(response: Response, examples: Iterable[Example]) -> tuple[Program, Suite] | None:
    """Return a response's program and the suite to run it on; None where it cannot be run."""
    if fault(response, examples):
        return None
    try:
        checked = checks_of(response.code, response.tests)
    except UNPARSABLE:
        return None
    # The suite of validation, so that validation finds the verdict in the journal.
    return Program(response.code, "fence"), beside(response.code, response.tests, checked, measure=True)


def code_in(text: str) -> str:
    """Return the Python in the fenced blocks of ``text``, one after the other (the paper's section 2.4)."""
    return "\n\n".join(block.strip("\n") for block in _BLOCK.findall(text))


def _question(instruction: str) -> str:
    return f"<instruction>\n{instruction.strip()}\n</instruction>"
