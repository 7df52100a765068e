"""A model judges docstrings: does one say enough to write the function again (2410.24198, section 3.1)?

The paper's base model continues an issue of a repository: seven examples of a function without its docstring
and a description, each answered Yes or No with a reason, four Yes and three No, in another order for each
seed. An answer that begins with neither word counts as No, as a tie does in the paper's code.

Deviations from the paper: the examples are our own; a chat model is shown them as a conversation; a small
model judges badly, so the step is off by default.
"""

import ast
import random
from functools import cache
from importlib import resources

from sharpen.errors import DataError
from sharpen.syntax import parse_module
from sharpen.types import Message, Problem, Prompt

POOR = "docstring says too little"
"""Why a seed is rejected."""

MAX_TOKENS, STOP = 5, ("\n",)
"""How the paper draws the answer, at temperature 0."""

_SEED = 42
_MARK = "=== "
_HEADING = "### Comment\nMy answer is:"


def is_yes(answer: str) -> bool:
    """Return whether an answer begins with Yes."""
    words = answer.strip().lower().replace(".", " ").replace(",", " ").split()
    return bool(words) and words[0] == "yes"


def prompt(problem: Problem, *, completion: bool) -> Prompt:
    """Return the prompt that a model answers with Yes or No; the same for the same seed.

    Args:
        problem: a seed: its code is the statement, its name and docstring are in the provenance.
        completion: whether the prompt is one text to continue, for base models.
    """
    shots = list(_shots())
    random.Random(f"{_SEED}:{problem.id}").shuffle(shots)  # noqa: S311 - an order, no secret
    code = without_docstring(problem.statement, problem.provenance["name"])
    last = _question(code, problem.provenance["docstring"])
    if completion:
        return "\n\n".join(
            [f"{question}{_HEADING} {answer}" for question, answer in shots] + [last + _HEADING]
        )
    messages = []
    for question, answer in shots:
        messages += [Message("user", question.rstrip()), Message("assistant", answer)]
    return (*messages, Message("user", last.rstrip()))


def without_docstring(code: str, name: str) -> str:
    """Return code without the docstring of its last function ``name``.

    Raises:
        DataError: there is no such function with a docstring, as in a seed that is a snippet.
    """
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    functions = [
        node for node in parse_module(code).body if isinstance(node, kinds) and ast.get_docstring(node)
    ]
    function = next((node for node in reversed(functions) if node.name == name), None)
    if function is None:
        raise DataError("the seed has no documented function: --judge-docstrings is for such seeds only")
    docstring, lines = function.body[0], code.split("\n")
    first, last = docstring.lineno - 1, docstring.end_lineno or docstring.lineno
    return "\n".join(lines[:first] + lines[last:]).rstrip()


def _question(code: str, description: str) -> str:
    return (
        f"### Issue\nHere is a function and what its documentation says.\n\n```python\n{code}\n```\n\n"
        f"Documentation:\n\n{description}\n\n"
        "Is the documentation enough to write this function again, and does it say what it does?\n\n"
    )


@cache
def _shots() -> tuple[tuple[str, str], ...]:
    """Return the examples, question and answer: in the file each is code, description and answer."""
    text = resources.files("sharpen.selfcodealign").joinpath("prompts", "docstrings.txt").read_text("utf-8")
    shots = []
    for part in text.split(f"{_MARK}code\n")[1:]:
        code, rest = part.split(f"{_MARK}documentation\n")
        description, answer = rest.split(f"{_MARK}answer\n")
        shots.append((_question(code.strip(), description.strip()), answer.strip()))
    return tuple(shots)
