"""A model judges docstrings: does one say enough to write the function again (2410.24198, section 3.1)?

The paper's base model continues an issue of a repository: seven shots of a function without its docstring and
a description, each answered Yes or No with a reason, four Yes and three No, in another order for each seed.
The shots here are our own. An answer that begins with neither word counts as No, as a tie does in the paper's
code. Small models judge badly, so this is off by default.
"""

import ast
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import cache
from importlib import resources

from sharpen.selfcodealign.rows import Seed

POOR = "docstring says too little"
"""Why a seed is rejected."""

MOST_TOKENS, STOP = 5, ("\n",)
"""How the paper draws the answer, at temperature 0."""

_SEED = 42
_MARK = "=== "


async def judged(
    seeds: Iterable[Seed], ask: Callable[[str], Awaitable[str]]
) -> AsyncIterator[tuple[Seed, str]]:
    """Yield each seed with why it is rejected, or an empty text; ``ask`` continues a prompt."""
    for seed in seeds:
        yield seed, "" if is_yes(await ask(prompt(seed))) else POOR


def is_yes(answer: str) -> bool:
    """Whether an answer begins with Yes."""
    words = answer.strip().lower().replace(".", " ").replace(",", " ").split()
    return bool(words) and words[0] == "yes"


def prompt(seed: Seed) -> str:
    """Return the text that a base model continues with Yes or No; the same for the same seed."""
    shots = list(_shots())
    random.Random(f"{_SEED}:{seed.id}").shuffle(shots)  # noqa: S311 - an order, no secret
    return "\n\n".join([*shots, _question(without_docstring(seed), seed.docstring)])


def without_docstring(seed: Seed) -> str:
    """Return the seed's code without the docstring of its function."""
    tree = ast.parse(seed.code)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    function = next(node for node in reversed(functions) if node.name == seed.name)
    docstring, lines = function.body[0], seed.code.split("\n")
    first, last = docstring.lineno - 1, docstring.end_lineno or docstring.lineno
    return "\n".join(lines[:first] + lines[last:]).rstrip()


def _question(code: str, description: str) -> str:
    return (
        f"### Issue\nHere is a function and what its documentation says.\n\n```python\n{code}\n```\n\n"
        f"Documentation:\n\n{description}\n\n"
        "Is the documentation enough to write this function again, and does it say what it does?\n\n"
        "### Comment\nMy answer is:"
    )


@cache
def _shots() -> tuple[str, ...]:
    """Return the shots, answered: in the file each is code, description and answer behind marks."""
    text = resources.files("sharpen.selfcodealign").joinpath("prompts", "docstrings.txt").read_text("utf-8")
    shots = []
    for part in text.split(f"{_MARK}code\n")[1:]:
        code, rest = part.split(f"{_MARK}documentation\n")
        description, answer = rest.split(f"{_MARK}answer\n")
        shots.append(f"{_question(code.strip(), description.strip())} {answer.strip()}")
    return tuple(shots)
