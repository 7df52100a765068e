"""Calls that are known beforehand are asked at once, and no verdict changes by it."""

import asyncio
from dataclasses import replace

import pytest

from sharpen.sandbox.base import Limits
from sharpen.types import CallTest, Program, Suite
from tests.sandbox.conftest import asserts, calls


class TestKnownCalls:
    """What tests asked of a program that passed is sent to the next at once; no verdict may show it."""

    SUITE = Suite(
        (
            *asserts("assert f(1) == 2", "x = f(2)\nassert f(x) == 4", "assert f(4) == 5"),
            CallTest("last", (9,), 10),
        ),
        "f",
    )
    RIGHT = "def f(x):\n    return x + 1\n"

    @pytest.mark.parametrize(
        "program",
        [
            RIGHT,
            "def f(x):\n    return x + (x == 4) + 1",
            "def f(x):\n    return 1 / (9 - x) if x != 1 else 2",
            "def f(x):\n    return 7",
            "n = 0\ndef f(x):\n    global n\n    n += 1\n    return x + 1 if x == 1 else n",
            "def f(x):\n    while x == 4: pass\n    return x + 1",
            "import os\ndef f(x):\n    return os._exit(0) if x == 4 else x + 1",
            "import os\ndef f(x):\n    os.close(3)",
            "def f(x): return [x]",
            "def f(x): return x +",
            "def g(x): pass",
        ],
    )
    def test_a_verdict_is_the_same_with_and_without(self, sandbox, program):
        limits = Limits(cpu_seconds=0.5, wall_seconds=60.0)

        async def judged(suite, *programs):
            return [await sandbox.execute(Program(each), suite, limits) for each in programs]

        fresh = asyncio.run(judged(replace(self.SUITE), program))[0]
        passed, later = asyncio.run(judged(replace(self.SUITE), self.RIGHT, program))
        assert passed.passed
        assert (later.kind, later.outcomes, later.message) == (fresh.kind, fresh.outcomes, fresh.message)

    def test_tests_that_ask_something_else_each_time(self, sandbox):
        test = "import random\nx = random.random()\nassert f(x) == x + 1"
        suite = Suite(tuple(asserts("assert f(1) == 2", test)), "f")

        async def thrice():
            return [await sandbox.execute(Program(self.RIGHT), suite, Limits()) for _ in range(3)]

        assert all(verdict.passed for verdict in asyncio.run(thrice()))

    def test_more_answers_than_a_socket_holds(self, sandbox):
        suite = Suite(tuple(calls(*(((n,), "x" * 10**5) for n in range(50)))), "f")

        async def twice():
            program = Program("def f(n): return 'x' * 10**5")
            return [await sandbox.execute(program, suite, Limits()) for _ in range(2)]

        assert all(verdict.passed for verdict in asyncio.run(twice()))
