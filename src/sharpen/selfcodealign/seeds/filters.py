"""The filters of SelfCodeAlign that look at one function (arXiv 2410.24198, section 3 and its repository).

A filter returns why a function is not a seed, or an empty text. Deviations:

1. Bad words are whole words: the repository's substring ``bug`` also finds ``debug``, a third of its hits.
2. The 150 lines include what a function uses of its file. A function that needs more is rejected.
3. Forbidden imports are also looked for in what a function uses of its file.
"""

import ast
import re

Function = ast.FunctionDef | ast.AsyncFunctionDef

MOST_LINES = 150

NO_VALUE = "returns no value"
NO_ARGUMENT = "takes no argument"
EMPTY = "empty docstring"
LONG = f"over {MOST_LINES} lines"
ENTANGLED = f"needs over {MOST_LINES} lines of its file"
DEPENDENT = "imports from its own package"
UNDEFINED = "reads an undefined name"
BAD_WORD = "todo, fixme or bug"
FORBIDDEN = "forbidden import"

REASONS = (NO_VALUE, NO_ARGUMENT, EMPTY, LONG, ENTANGLED, DEPENDENT, UNDEFINED, BAD_WORD, FORBIDDEN)
"""In the order of the filters."""

FORBIDDEN_MODULES = (
    "argparse",
    "distutils",
    "matplotlib",
    "os",
    "seaborn",
    "setuptools",
    "subprocess",
    "sys",
)

_BAD_WORD = re.compile(r"\b(?:todo|fixme|bug)\b", re.IGNORECASE)
_MODULES = "|".join(FORBIDDEN_MODULES)
_FORBIDDEN = re.compile(
    rf"^[ \t]*(?:from[ \t]+(?:{_MODULES})\b|import[ \t]+(?:[^#\n]*,[ \t]*)?(?:{_MODULES})\b)", re.MULTILINE
)


def of_function(function: Function, code: str) -> str:
    """Return why a function is rejected by itself, or an empty text; ``code`` is its lines."""
    if not _returns_value(function):
        return NO_VALUE
    if not _takes_arguments(function.args):
        return NO_ARGUMENT
    if not ast.get_docstring(function):
        return EMPTY
    return LONG if code.count("\n") > MOST_LINES else ""


def of_code(code: str) -> str:
    """Return why a function with what it uses is rejected, or an empty text."""
    if _BAD_WORD.search(code):
        return BAD_WORD
    return FORBIDDEN if _FORBIDDEN.search(code) else ""


def _returns_value(function: Function) -> bool:
    """Whether there is a ``return`` with an expression, in inner functions too, as in the repository."""
    return any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))


def _takes_arguments(arguments: ast.arguments) -> bool:
    every = (arguments.posonlyargs, arguments.args, arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    return any(every)
