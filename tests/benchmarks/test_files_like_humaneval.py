"""Files in HumanEval's format that others wrote: programs get the verdict that one script with the test gives."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sharpen.benchmarks.registry import load
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Program

CHECK = "def check(candidate):\n    assert candidate([1, 2]) == 3\n    assert candidate([]) == 0\n"
METHOD = "class Solution:\n    def total(self, xs):\n"
TOTAL = "def total(xs):\n    return sum(xs)\n"
EXPRESSIONS = {
    "a method of a new object": ("Solution().total", METHOD, "        return sum(xs)\n"),
    "with arguments": (
        "Solution(1).total",
        "class Solution:\n    def __init__(self, k): self.k = k\n    def total(self, xs):\n",
        "        return sum(xs)\n",
    ),
    "with types": (
        "Solution().total",
        "from typing import List\nclass Solution:\n    def total(self, xs: List[int]) -> int:\n",
        "        return sum(xs)\n",
    ),
    "with a docstring": ("Solution().total", METHOD + '        """Add."""\n', "        return sum(xs)\n"),
    "between spaces": (" Solution().total ", METHOD, "        return sum(xs)\n"),
    "what a function makes": ("make(2)", "def make(k):\n", "    return lambda xs: sum(xs)\n"),
    "a member": ("SOLVERS['sum']", "SOLVERS = {}\ndef total(xs):\n", "    return sum(xs)\nSOLVERS['sum'] = total\n"),
    "a part of a module": ("functools.partial(total, k=0)", "import functools\ndef total(xs, k):\n", "    return sum(xs) + k\n"),
    "a function that is called": ("(lambda s: s.total)(Solution())", METHOD, "        return sum(xs)\n"),
    "a class in a class": (
        "Outer.Inner().total",
        "class Outer:\n    class Inner:\n        def total(self, xs):\n",
        "            return sum(xs)\n",
    ),
    "a static method": ("Solution.total", "class Solution:\n    @staticmethod\n    def total(xs):\n", "        return sum(xs)\n"),
    "a class method": ("Solution.total", "class Solution:\n    @classmethod\n    def total(cls, xs):\n", "        return sum(xs)\n"),
    "a bound method": ("solver.total", METHOD, "        return sum(xs)\nsolver = Solution()\n"),
    "an object that is called": ("Solution()", "class Solution:\n    def __call__(self, xs):\n", "        return sum(xs)\n"),
    "a helper before it": ("Solution().total", f"def own(xs):\n    return sum(xs)\n{METHOD}", "        return own(xs)\n"),
}  # fmt: skip
TESTS = {
    "MultiPL-E's": CHECK + "def test_check():\n    check(total)\ntest_check()\n",
    "MultiPL-E's that nobody calls": CHECK + "def test_check():\n    check(total)\n",
    "called": CHECK + "check(total)\n",
    "a main guard": CHECK + "if __name__ == '__main__':\n    check(total)\n",
    "a main guard alone": "if __name__ == '__main__':\n    assert total([1]) == 1\n",
    "a helper": "def both(f):\n    assert f([1]) == 1\n    return f([2])\ndef check(candidate):\n    assert both(candidate) == 2\n",
    "a class of its own": "class Helper:\n    def go(self, c):\n        assert c([1]) == 1\ndef check(candidate):\n    Helper().go(candidate)\n",
    "rows beside it": "ROWS = [([1], 1), ([2, 3], 5)]\ndef check(candidate):\n    for xs, y in ROWS:\n        assert candidate(xs) == y, xs\n",
    "more parameters": "def check(candidate, n=2):\n    assert candidate([n]) == n\n",
    "a name that is kept": "def check(candidate):\n    global seen\n    seen = candidate([1])\n    assert seen == 1\ncheck(total)\nassert seen == 1\n",
    "assertions behind it": CHECK + "check(total)\nassert total([5]) == 5\n",
    "a class of unittest": "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEqual(total([1]), 1)\n",
    "arrays": "import numpy as np\ndef check(candidate):\n    assert np.allclose(candidate(np.array([1.0, 2.0])), 3)\n",
    "a coroutine": "import asyncio\nasync def check(candidate):\n    assert candidate([1]) == 1\nasyncio.run(check(total))\n",
    "a module that may be missing": "try:\n    import no_such\nexcept ImportError:\n    no_such = None\ndef check(candidate):\n    assert no_such is None and candidate([1]) == 1\n",
    "another name for the function": "def check(f):\n    assert f([1]) == 1\n    assert f(xs=[2]) == 2\ncheck(total)\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ProcessSandbox]:
    sandbox = ProcessSandbox(1)
    yield sandbox
    asyncio.run(sandbox.close())


def verdict(sandbox: ProcessSandbox, folder: Path, entry: str, prompt: str, body: str, test: str) -> str:
    place = folder / "own.jsonl"
    row = {"task_id": "a", "entry_point": entry, "prompt": prompt, "test": test}
    place.write_text(json.dumps(row) + "\n", "utf-8")
    problem = load(str(place)).problems[0]
    judging = sandbox.execute(Program(prompt + body), problem.hidden, Limits(wall_seconds=120))
    return asyncio.run(judging).kind


def in_one_script(entry: str, program: str, test: str) -> bool:
    called = f"\ncheck({entry.strip()})" if "\ndef check(" in f"\n{test}" else ""
    run = "\nunittest.main()" if "unittest" in test else ""
    code = f"{program}\n{test}{called}{run}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("entry", "prompt", "body"), EXPRESSIONS.values(), ids=EXPRESSIONS.keys())
def test_what_is_asked_for_may_be_an_expression(sandbox, tmp_path, entry, prompt, body):
    assert in_one_script(entry, prompt + body, CHECK)
    assert verdict(sandbox, tmp_path, entry, prompt, body, CHECK) == "passed"
    wrong = body.replace("sum(xs)", "sum(xs) + 1").replace("own(xs)", "own(xs) + 1")
    assert verdict(sandbox, tmp_path, entry, prompt, wrong, CHECK) == "wrong_answer"


@pytest.mark.parametrize("test", TESTS.values(), ids=TESTS.keys())
def test_a_test_may_be_written_in_many_forms(sandbox, tmp_path, test):
    for body in ("    return sum(xs)\n", "    return 7\n"):
        passes = in_one_script("total", TOTAL.partition("\n")[0] + "\n" + body, test)
        assert (verdict(sandbox, tmp_path, "total", "def total(xs):\n", body, test) == "passed") is passes


REPLACED = {
    "a helper": ("def own(x): return x\n", "    return own(sum(xs))\n", "def own(x):\n    return -x\n"),
    "a constant": ("LIMIT = 0\n", "    return sum(xs) + LIMIT\n", "LIMIT = 1\n"),
    "a module": ("import math\n", "    return math.fsum(xs)\n", "import cmath as math\n"),
    "a module that only the test imports": ("", "    return math.fsum(xs)\n", "import math\n"),
}


@pytest.mark.parametrize(("head", "body", "before"), REPLACED.values(), ids=REPLACED.keys())
def test_what_follows_the_program_replaces_what_it_defines(sandbox, tmp_path, head, body, before):
    prompt = head + "def total(xs):\n"
    passes = in_one_script("total", prompt + body, before + CHECK)
    assert (verdict(sandbox, tmp_path, "total", prompt, body, before + CHECK) == "passed") is passes
