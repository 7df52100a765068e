"""Tests are run as their framework would, and those that check nothing are refused."""

import pytest

from sharpen.errors import SuiteError
from sharpen.sandbox.judge.checks import with_frameworks
from sharpen.types import AssertTest, CallTest, Suite
from tests.sandbox.conftest import asserts

RUN = {
    "a class of unittest": "import unittest\nclass TotalTest(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)",
    "a class with a fixture": "from unittest import TestCase\nclass T(TestCase):\n    def setUp(self):\n        self.x = [1, 2]\n    def test_sum(self):\n        assert f(self.x) == 3",
    "a class and its main": "import unittest\nclass T(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)\nif __name__ == '__main__':\n    unittest.main()",
    "a class and a call of main": "import unittest\nclass T(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)\nunittest.main(verbosity=2)",
    "a class that is run": "import unittest\nclass T(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)\nT('test_sum').debug()",
    "a test function": "def test_total():\n    assert f([1, 2]) == 3",
    "two test functions": "def test_nothing():\n    assert f([]) == 0\ndef test_total(n=3):\n    assert f([1, 2]) == n",
    "a test function that is called": "def test_total():\n    assert f([1, 2]) == 3\ntest_total()",
    "a test function that a main calls": "def test_total():\n    assert f([1, 2]) == 3\ndef main():\n    test_total()\nmain()",
    "a class of test functions": "class TestTotal:\n    def setup_method(self):\n        self.x = [1, 2]\n    def test_sum(self):\n        assert f(self.x) == 3",
    "a check that nobody calls": "def check(candidate):\n    assert candidate([1, 2]) == 3",
    "a helper that raises": "def test_total():\n    must(f([1, 2]) == 3)\ndef must(held):\n    if not held:\n        raise ValueError",
    "numpy's": "import numpy as np\nnp.testing.assert_equal(f([1, 2]), 3)",
    "a main guard": "def check(candidate):\n    assert candidate([1, 2]) == 3\nif __name__ == '__main__':\n    check(f)",
    "a check with a default": "def check(candidate, n=3):\n    assert candidate([1, 2]) == n",
    "rows of parameters": "import pytest\n@pytest.mark.parametrize('x, n', [([], 0), ([1, 2], 3)])\ndef test_total(x, n):\n    assert f(x) == n",
    "rows of one parameter": "import pytest\n@pytest.mark.parametrize('x', [[1, 2], pytest.param([3], id='three')])\ndef test_total(x):\n    assert f(x) == 3",
    "rows of rows": "import pytest\n@pytest.mark.parametrize('x', [[1, 2]])\n@pytest.mark.parametrize(['n'], [[3]])\ndef test_total(x, n):\n    assert f(x) == n",
    "a patch": "from unittest.mock import patch\n@patch('random.random', return_value=3)\ndef test_total(fake):\n    assert f([1, 2]) == fake()",
    "an asynchronous test": "async def test_total():\n    assert f([1, 2]) == 3",
    "unittest's asynchronous class": "import unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n    async def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)",
    "a class under another name": "from unittest import TestCase as Base\nclass T(Base):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)",
    "a class of a class": "import unittest\nclass Base(unittest.TestCase):\n    x = [1, 2]\nclass Sums(Base):\n    def test_sum(self):\n        self.assertEqual(f(self.x), 3)",
    "tests that are skipped": "import unittest\nclass T(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)\n    @unittest.skip('no')\n    def test_other(self):\n        self.assertEqual(f([1]), 3)",
    "a failure that is expected": "import unittest\nclass T(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_sum(self):\n        self.assertNotEqual(f([1, 2]), 3)",
    "parts of a test": "import unittest\nclass T(unittest.TestCase):\n    def test_sum(self):\n        for x in ([1, 2], [3]):\n            with self.subTest(x=x):\n                self.assertEqual(f(x), 3)",
    "an exit": "import sys\nif f([1, 2]) != 3:\n    sys.exit(1)",
    "MultiPL-E's": "def check(candidate):\n    assert candidate([1, 2]) == 3\ndef test_check():\n    check(f)\ntest_check()",
}
IDLE = {
    "an empty check": "def check(candidate):\n    pass\ncheck(f)",
    "a docstring": "'''Nothing.'''",
    "a call alone": "f([1, 2])",
    "what is printed": "print(f([1, 2]) == 3)",
    "a comparison": "f([1, 2]) == 3",
    "a function that nobody calls": "def verify():\n    assert f([1, 2]) == 3",
    "an empty class": "import unittest\nclass T(unittest.TestCase):\n    pass",
    "a class without tests": "import unittest\nclass T(unittest.TestCase):\n    def total(self):\n        self.assertEqual(f([1, 2]), 3)",
    "an assertion of nothing of the program": "assert True",
    "a loop over nothing": "for x in []:\n    assert f(x) == 3",
    "an assertion that is not reached": "def check(candidate):\n    return\n    assert candidate([1, 2]) == 3\ncheck(f)",
}


@pytest.mark.parametrize("code", RUN.values(), ids=RUN.keys())
def test_what_a_framework_would_run_is_run(judge, code):
    assert judge("def f(x): return sum(x)", *asserts(code)).passed
    assert judge("def f(x): return 7", *asserts(code)).kind in {"wrong_answer", "exception"}


@pytest.mark.parametrize("code", IDLE.values(), ids=IDLE.keys())
def test_tests_that_check_nothing_are_refused_by_name(judge, code):
    with pytest.raises(SuiteError, match="check nothing"):
        judge("def f(x): return 'wrong'", *asserts(code))


def test_a_test_that_wants_a_fixture_is_refused_by_name(judge):
    code = "def test_sum():\n    assert f([1]) == 1\ndef test_total(client):\n    assert f(client) == 3"
    with pytest.raises(SuiteError, match="test_total wants client"):
        judge("def f(x): return 1", *asserts(code))


def test_one_check_is_enough():
    idle, check = asserts("x = 1", "assert f(x) == 2")
    assert with_frameworks(Suite((idle, check), "f")) == Suite((idle, check), "f")
    assert with_frameworks(Suite((idle, CallTest("c", (), 1)), "f")).tests[0] == idle


def test_a_check_may_be_the_contexts():
    context = "def must(x):\n    assert x"
    assert with_frameworks(Suite((AssertTest("a", "must(f(1))"),), "f", context))
    with pytest.raises(ValueError, match="check nothing"):
        with_frameworks(Suite((AssertTest("a", "f(1)"),), "f", context))


def test_a_test_that_does_not_parse_fails_where_it_runs(judge):
    assert judge("def f(x): return x", *asserts("assert f(1) ==")).kind == "exception"
