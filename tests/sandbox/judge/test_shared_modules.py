"""Which modules a suite's assertions share with the program beside which they run."""

import pytest

from sharpen.sandbox.judge.checks import with_frameworks
from sharpen.sandbox.judge.shared_modules import SharedModules
from sharpen.sandbox.judge.split import SuiteSplit, batches
from sharpen.types import CallTest, Suite
from tests.sandbox.conftest import asserts

CASE = "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.x = 1\n        self.assertEqual(f(3), 9)"


def shared(*codes: str, context: str = "") -> SharedModules:
    suite = Suite(tuple(asserts(*codes)), "f", context)
    return SharedModules(SuiteSplit(with_frameworks(suite)), suite)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        (CASE, ["functools", "inspect", "itertools", "unittest"]),  # by the first three its tests are found
        ("import numpy as np, sys\nnp.testing.assert_equal(f(3), 9)", ["numpy", "numpy.testing"]),
        ("from os.path import join\nassert f(join('a', 'b'))", ["os.path"]),
        ("import os\nassert f(__import__('math').pi)", ["math", "os"]),
        ("from solution import f\nassert f(3) == 9", []),
    ],
)
def test_what_is_imported_is_kept(code: str, names: list[str]):
    assert shared(code).to_keep(beside=False) == names


def test_nothing_is_kept_for_tests_in_the_judge():
    suite = shared("import math\nassert math.isclose(f(3), 9)")
    assert suite.to_keep(beside=False) == []
    assert suite.to_keep(beside=True) == ["math"]
    calls = Suite((CallTest("c", (3,), 9),), "f", "import math")
    assert SharedModules(SuiteSplit(calls), calls).to_keep(beside=True) == []


def test_what_is_kept_is_decided_as_the_tests_are_run():
    lines = "import math\nassert f(math.pi) == 3", "x = 3", "import os\nassert f(os.getpid()) == x"
    together, apart = (Suite(tuple(asserts(*lines)), "f", every=every) for every in (False, True))
    for suite, in_judge in ((together, []), (apart, [0, 1])):
        split = SuiteSplit(suite)
        assert [index for batch in batches(suite) for index in split.in_judge(batch)] == in_judge
        assert SharedModules(split, suite).to_keep(beside=False) == ["math", "os"]


@pytest.mark.parametrize(
    ("code", "replaces"),
    [
        (CASE, False),
        ("import random\nassert f(random.random())", False),
        ("import random\nrandom.random = lambda: 0.5\nassert f(3) == 9", True),
        ("import random\nsetattr(random, 'random', int)\nassert f(3) == 9", True),
        ("from unittest import mock\nwith mock.patch('random.random', int):\n    assert f(3) == 9", True),
        ("assert f(", False),
    ],
)
def test_tests_that_replace_parts_themselves(code: str, replaces: bool):
    assert shared(code).tests_replace is replaces
