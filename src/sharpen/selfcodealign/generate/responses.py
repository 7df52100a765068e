"""Instruction -> response with its own tests, n times (arXiv 2410.24198, section 2.3)."""

import re
from collections.abc import Sequence

from sharpen.selfcodealign.generate.bank import Example, Turn, ask, fenced
from sharpen.selfcodealign.rows import Instruction, Response, identity
from sharpen.selfcodealign.validate.gates import UNPARSABLE
from sharpen.selfcodealign.validate.suites import beside, checks_of
from sharpen.types import FinishReason, Program, Prompt, Suite

HEADING = "<response>"
STOP = ("## Example", "</tests>", "<instruction>")
"""The paper's, and the beginning of another task."""
REASONS = ("cut off", "not response and tests", "no code", "no asserts")

_BETWEEN = re.compile(r"\s*(?:</response>)?\s*<tests>\s*")
_BLOCK = re.compile(r"^```[ \t]*(?i:python3?|py)?[ \t]*\n(.*?)^```", re.MULTILINE | re.DOTALL)


def prompt(instruction: str, shots: Sequence[Example], *, completion: bool) -> Prompt:
    """Return the question for a solution of ``instruction`` and its tests."""
    shown = [
        Turn(
            _asked(shot.instruction),
            HEADING,
            f"{shot.response}\n</response>\n\n<tests>\n{fenced(shot.tests)}\n</tests>",
        )
        for shot in shots
    ]
    return ask("response", shown, Turn(_asked(instruction), HEADING), completion=completion)


def read(instruction: Instruction, index: int, text: str, finish: FinishReason) -> Response:
    """Return what a model wrote, taken apart: the code and the tests in it, as far as they are there."""
    parts = _BETWEEN.split(text)
    solution, tests = parts if len(parts) == 2 else (text, "")
    return Response(
        id=identity(instruction.id, str(index)),
        instruction=instruction.id,
        index=index,
        text=text,
        code=code_in(solution) if tests else "",
        tests=code_in(tests),
        finish=finish,
    )


def solution(text: str) -> str:
    """Return the part of a response that solves the task: its words and its code, without the tests."""
    return _BETWEEN.split(text)[0].strip().removeprefix(HEADING).strip()


def fault(response: Response) -> str:
    """Return why a response cannot be run; empty where it can."""
    if response.finish == "length":
        return "cut off"
    if len(_BETWEEN.split(response.text)) != 2:
        return "not response and tests"
    if not response.code:
        return "no code"
    return "" if "assert" in response.tests else "no asserts"


def program_and_tests(response: Response) -> tuple[Program, Suite] | None:
    """Return what is run, and on what; None where that cannot be told."""
    if fault(response):
        return None
    try:
        checked = checks_of(response.code, response.tests)
    except UNPARSABLE:
        return None
    suite = beside(response.code, response.tests, checked, measure=True)  # as validation asks it again
    return Program(response.code, "fence"), suite


def code_in(text: str) -> str:
    """Return the Python in the fenced blocks of ``text``, one after the other (the paper's section 2.4)."""
    return "\n\n".join(block.strip("\n") for block in _BLOCK.findall(text))


def _asked(instruction: str) -> str:
    return f"<instruction>\n{instruction.strip()}\n</instruction>"
