"""Hostile and pathological programs, each with the one verdict that it must get.

A program is asked for ``f(x) == x * x`` unless it says otherwise, once by calls and once by assertions. The
modules are the categories: forging a verdict, reading answers, state, processes, memory, files, network,
output, time, and the wire.
"""

from dataclasses import dataclass, field
from importlib import import_module
from textwrap import dedent

from sharpen.types import AssertTest, CallTest, Suite, Test

CATEGORIES = (
    "forging",
    "reading",
    "state",
    "processes",
    "memory",
    "files",
    "network",
    "output",
    "time",
    "wire",
)
CALLS = (CallTest("c1", (3,), 9), CallTest("c2", (-4,), 16))
ASSERTS = (
    AssertTest(
        "a", "def check(candidate):\n    assert candidate(3) == 9\n    assert candidate(-4) == 16\ncheck(f)"
    ),
)
SQUARE = "\ndef f(x):\n    return x * x\n"
WRONG = "\ndef f(x):\n    return 7\n"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A program and the verdict that it must get.

    Attributes:
        tests: what it is asked; if empty, ``CALLS`` and ``ASSERTS`` in turn.
        entry: the entry point.
        limits: what it may use, where that is not the default of the tests.
        message: what the verdict's message must hold.
        needs: the layer without which the verdict would be another.
        trust: what the verdict must say of itself, where that is what matters.
    """

    name: str
    kind: str
    code: str
    tests: tuple[Test, ...] = ()
    entry: str = "f"
    context: str = ""
    limits: dict[str, float] = field(default_factory=dict)
    message: str = ""
    needs: str = ""
    trust: str = ""

    @property
    def program(self) -> str:
        return dedent(self.code).strip() + "\n"

    def suites(self) -> list[Suite]:
        entry = "" if self.tests and hasattr(self.tests[0], "stdin") else self.entry
        requests: list[tuple[Test, ...]] = [self.tests] if self.tests else [CALLS, ASSERTS]
        return [Suite(tests, entry, self.context) for tests in requests]


def catalogue() -> list[tuple[str, Hostile]]:
    """Return every program with its category."""
    result = []
    for category in CATEGORIES:
        module = import_module(f"{__name__}.{category}")
        result += [(category, hostile) for hostile in module.PROGRAMS]
    return result
