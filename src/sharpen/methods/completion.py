"""Prompts for base models, which continue a text: the forms of EvalPlus for HumanEval and MBPP.

A task that is code (a signature and a docstring) is continued as it is. A task that is a sentence is put into
a docstring with the first visible test, and the model writes the program after it. An answer ends at a stop
string: the next definition, test or statement of a script.
"""

import ast
from collections.abc import Sequence

from sharpen.types import AssertTest, Problem

_COMMON = ("\nif __name__", "\ndef main(", "\nprint(")
_AFTER_CODE = ("\ndef ", "\nclass ", "\nimport ", "\nfrom ", "\nassert ")
_AFTER_SENTENCE = ('\n"""', "\nassert")


def completion_prompt(problem: Problem) -> tuple[str, Sequence[str]]:
    """Return the text that a base model continues with a program, and the strings at which it stops."""
    if is_signature(problem.statement):
        return problem.statement.rstrip() + "\n", (*_COMMON, *_AFTER_CODE)
    shown = [test.code for test in problem.visible.tests if isinstance(test, AssertTest)][:1]
    sentence = "\n".join([problem.statement.strip(), *shown])
    return f'"""\n{sentence}\n"""\n', (*_COMMON, *_AFTER_SENTENCE)


def is_signature(statement: str) -> bool:
    """Return whether a statement is code whose last function has no body yet but its docstring."""
    try:
        body = ast.parse(statement.rstrip() + "\n    pass\n").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(body) and isinstance(body[-1], ast.FunctionDef | ast.AsyncFunctionDef)
