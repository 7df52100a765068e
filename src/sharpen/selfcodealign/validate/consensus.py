"""Compares what the codes of one instruction return for the calls in its tests, in one run per code.

If no expected value can be trusted, a value that most codes return may be (AlphaCode's clusters, arXiv
2203.07814). The calls are taken from all tests: those of a function that the tests' own code defines, with
plain arguments. A code's consensus is the mean, over the calls, of the share of other codes that return the
same; calls that a code cannot take (:func:`sharpen.selfcodealign.validate.agreement.fitted`) are left out.
"""

import ast
from collections.abc import Mapping, Sequence

from sharpen.selfcodealign.validate.agreement import fitted

MOST = 20
"""Calls per instruction, at most."""


Answers = Mapping[int, float]
"""What a code returns for the calls that it can take, as hashes, by the call's number."""


def consensus(answers: Sequence[Answers]) -> list[float | None]:
    """Return each code's consensus; None if it shares no call with another."""
    return [
        _agreement(own, [other for j, other in enumerate(answers) if j != i]) for i, own in enumerate(answers)
    ]


def _agreement(own: Answers, others: Sequence[Answers]) -> float | None:
    shares = []
    for call, answer in own.items():
        given = [other[call] for other in others if call in other]
        if given:
            shares.append(given.count(answer) / len(given))
    return sum(shares) / len(shares) if shares else None


def with_names(code: str, calls: Sequence[tuple[str, str]]) -> tuple[str, list[int]]:
    """Return ``code`` with the names that the calls need, and the numbers of the calls that it can take.

    Args:
        code: a response's.
        calls: each with the code whose tests make it.
    """
    can, names = [], dict[str, None]()
    for number, (call, own) in enumerate(calls):
        fit = fitted(code, call, own)
        if fit is not None:
            can.append(number)
            names.setdefault(fit.removeprefix(code))
    return code + "".join(names), can


def calls_in(tests: str, code: str) -> list[str]:
    """Return the calls of functions of ``code`` in ``tests`` whose arguments are plain, each once.

    Raises:
        SyntaxError: one of them does not parse.
    """
    functions = {node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)}
    calls: dict[str, None] = {}
    for node in ast.walk(ast.parse(tests)):
        match node:
            case ast.Call(func=ast.Name(id=name), args=args, keywords=keywords) if name in functions:
                if all(map(_is_plain, (*args, *(keyword.value for keyword in keywords)))):
                    calls.setdefault(ast.unparse(node))
    return list(calls)


def _is_plain(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
