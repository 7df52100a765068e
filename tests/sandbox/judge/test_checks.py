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
    "an asynchronous test of a class": "class TestTotal:\n    async def test_sum(self):\n        assert f([1, 2]) == 3",
    "an asynchronous test": "async def test_total():\n    assert f([1, 2]) == 3",
    "unittest's asynchronous class": "import unittest\nclass T(unittest.IsolatedAsyncioTestCase):\n    async def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)",
    "a class under another name": "from unittest import TestCase as Base\nclass T(Base):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)",
    "a class of a class": "import unittest\nclass Base(unittest.TestCase):\n    x = [1, 2]\nclass Sums(Base):\n    def test_sum(self):\n        self.assertEqual(f(self.x), 3)",
    "tests that are skipped": "import unittest\nclass T(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)\n    @unittest.skip('no')\n    def test_other(self):\n        self.assertEqual(f([1]), 3)",
    "tests that are skipped where they run": "import unittest\nclass T(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)\n    def test_other(self):\n        self.skipTest('no')",
    "a class that is skipped beside another": "import unittest\n@unittest.skipIf(True, 'no')\nclass S(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1]), 3)\nclass T(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)",
    "a failure that is expected": "import unittest\nclass T(unittest.TestCase):\n    @unittest.expectedFailure\n    def test_sum(self):\n        self.assertNotEqual(f([1, 2]), 3)",
    "parts of a test": "import unittest\nclass T(unittest.TestCase):\n    def test_sum(self):\n        for x in ([1, 2], [3]):\n            with self.subTest(x=x):\n                self.assertEqual(f(x), 3)",
    "a test that is skipped elsewhere": "import pytest, sys\n@pytest.mark.skipif(sys.version_info < (3,0), reason='old')\ndef test_a():\n    assert f([1,2])==3\ndef test_b():\n    assert f([7])==7",
    "one test that is skipped elsewhere": "import pytest, sys\n@pytest.mark.skipif(sys.version_info < (3,0), reason='old')\ndef test_a():\n    assert f([1,2])==3",
    "pytest's expected failure": "import pytest\n@pytest.mark.xfail\ndef test_a():\n    assert f([1,2])==4\ndef test_b():\n    assert f([1,2])==3",
    "pytest's strict expected failure": "import pytest\n@pytest.mark.xfail(raises=TypeError, strict=True)\ndef test_a():\n    f(None)\ndef test_b():\n    assert f([1,2])==3",
    "pytest's skip where it runs": "import pytest\ndef test_a():\n    pytest.skip('no')\ndef test_b():\n    assert f([1,2])==3",
    "rows of a method": "import pytest\nclass TestF:\n    @pytest.mark.parametrize('x,e',[([1,2],3),([],0)])\n    def test_a(self,x,e):\n        assert f(x)==e",
    "rows of a class": "import pytest\n@pytest.mark.parametrize('x,e',[([1,2],3),([],0)])\nclass TestF:\n    def test_a(self,x,e):\n        assert f(x)==e",
    "rows by keyword": "import pytest\n@pytest.mark.parametrize(argnames='x,e',argvalues=[([1,2],3),([],0)])\ndef test_a(x,e):\n    assert f(x)==e",
    "a row that is expected to fail": "import pytest\n@pytest.mark.parametrize('x,e',[([1,2],3), pytest.param([1],5,marks=pytest.mark.xfail)])\ndef test_a(x,e):\n    assert f(x)==e",
    "a row that is skipped": "import pytest\n@pytest.mark.parametrize('x,e',[([1,2],3), pytest.param([1],5,marks=pytest.mark.skip)])\ndef test_a(x,e):\n    assert f(x)==e",
    "rows by another name": "import pytest\nparametrize=pytest.mark.parametrize\n@parametrize('x,e', [([1,2],3)])\ndef test_a(x,e):\n    assert f(x)==e",
    "rows by an imported mark": "from pytest import mark\n@mark.parametrize('x,e', [([1,2],3)])\ndef test_a(x,e):\n    assert f(x)==e",
    "a class that is set up": "class TestF:\n    @classmethod\n    def setup_class(cls):\n        cls.x=[1,2]\n    def test_a(self):\n        assert f(self.x)==3",
    "methods that are set up with themselves": "class TestF:\n    def setup_method(self, method):\n        self.x=[1,2]\n    def teardown_method(self, method):\n        assert self.x==[1,2]\n    def test_a(self):\n        assert f(self.x)==3",
    "a module that is set up": "def setup_module(module):\n    global X\n    X=[1,2]\ndef test_a():\n    assert f(X)==3",
    "functions that are set up": "X=[]\ndef setup_function(fn):\n    X[:]=[1,2]\ndef test_a():\n    assert f(X)==3",
    "a static test": "class TestF:\n    @staticmethod\n    def test_a():\n        assert f([1,2])==3",
    "tests of a base": "class Base:\n    def test_a(self):\n        assert f(self.x)==3\nclass TestF(Base):\n    x=[1,2]",
    "unittest's tests of a base": "import unittest\nclass Mixin:\n    def test_a(self):\n        self.assertEqual(f(self.x),3)\nclass T(Mixin, unittest.TestCase):\n    x=[1,2]",
    "a class that is made": "class TestF:\n    def __init__(self): self.x=[1,2]\n    def test_a(self):\n        assert f(self.x)==3",
    "a class in a class": "class TestF:\n    class TestInner:\n        def test_a(self):\n            assert f([1,2])==3",
    "a runner whose result is dropped": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\nsuite=unittest.TestLoader().loadTestsFromTestCase(T)\nunittest.TextTestRunner(verbosity=2).run(suite)",
    "a runner whose result is the exit's": "import unittest, sys\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\nr=unittest.TextTestRunner().run(unittest.defaultTestLoader.loadTestsFromTestCase(T))\nsys.exit(not r.wasSuccessful())",
    "a runner whose result is asserted": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\nr=unittest.TextTestRunner().run(unittest.makeSuite(T))\nassert not r.failures and not r.errors",
    "a main whose result is dropped": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\nresult = unittest.main(argv=['x'], exit=False)\nprint(result)",
    "an imported main": "from unittest import TestCase, main\nclass T(TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\nif __name__=='__main__':\n    main()",
    "unittest by another name": "import unittest as ut\nclass T(ut.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\nut.main()",
    "a main whose exit is caught": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\ntry:\n    unittest.main()\nexcept SystemExit:\n    pass",
    "a main in a function": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\ndef run():\n    unittest.main(exit=False)\nrun()",
    "a main guard the other way round": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\nif '__main__' == __name__:\n    unittest.main()",
    "a main guard with another branch": "if __name__ == '__main__':\n    assert f([1,2])==3\nelse:\n    pass",
    "pytest's main": "import pytest\ndef test_a():\n    assert f([1,2])==3\nif __name__=='__main__':\n    raise SystemExit(pytest.main([__file__]))",
    "an exit by unittest's main": "import unittest, sys\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)\nsys.exit(unittest.main())",
    "unittest's module that is set up": "import unittest\nX=[]\ndef setUpModule():\n    X[:]=[1,2]\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(X),3)",
    "unittest's one test": "import unittest\nclass T(unittest.TestCase):\n    def runTest(self):\n        self.assertEqual(f([1,2]),3)",
    "tests that are set on a class": "import unittest\nCASES=[([1,2],3)]\nclass T(unittest.TestCase): pass\nfor i,(x,e) in enumerate(CASES):\n    setattr(T,f'test_{i}',lambda self,x=x,e=e: self.assertEqual(f(x),e))\nunittest.main()",
    "a class that is built": "import unittest\nT=type('T',(unittest.TestCase,),{'test_a':lambda self: self.assertEqual(f([1,2]),3)})\nunittest.main()",
    "unittest's class by a variable": "import unittest\nBase=unittest.TestCase\nclass Check(Base):\n    def test_a(self):\n        self.assertEqual(f([1,2]),3)",
    "a failure that is caught and counted": "bad=0\ntry:\n    assert f([1,2])==3\nexcept AssertionError:\n    bad+=1\nassert bad==0",
    "a class in a check": "def check(candidate):\n    import unittest\n    class T(unittest.TestCase):\n        def test_sum(self):\n            self.assertEqual(candidate([1, 2]), 3)\n    suite = unittest.defaultTestLoader.loadTestsFromTestCase(T)\n    assert unittest.TextTestRunner().run(suite).wasSuccessful()",
    "an assertion in the body of a class in a check": "def check(candidate):\n    class T:\n        assert candidate([1, 2]) == 3",
    "tests that find each other": "def test_a():\n    assert f([1,2])==3\nfor n,v in list(globals().items()):\n    if n.startswith('test_') and callable(v): v()",
    "an exit": "import sys\nif f([1, 2]) != 3:\n    sys.exit(1)",
    "MultiPL-E's": "def check(candidate):\n    assert candidate([1, 2]) == 3\ndef test_check():\n    check(f)\ntest_check()",
}
IDLE = {
    "an empty check": "def check(candidate):\n    pass\ncheck(f)",
    "a condition and its message in parentheses": "assert (f([1, 2]) == 3, 'wrong')",
    "a function in a statement that nobody calls": "import sys\nif sys.version_info > (3, 0):\n    def test_total():\n        assert f([1, 2]) == 3",
    "a generator": "def test_total():\n    assert f([1, 2]) == 3\n    yield",
    "a generator of a class": "import unittest\nclass T(unittest.TestCase):\n    def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)\n        yield",
    "an asynchronous test that unittest does not await": "import unittest\nclass T(unittest.TestCase):\n    async def test_sum(self):\n        self.assertEqual(f([1, 2]), 3)",
    "a failure that is caught and printed": "try:\n    assert f([1,2])==3\n    print('passed')\nexcept AssertionError:\n    print('failed')",
    "a failure that is caught in a function": "def test_a():\n    try:\n        assert f([1,2])==3\n    except Exception as e:\n        print('failed', e)\ntest_a()",
    "an assertion that there is a program": "assert f",
    "an assertion of a list that is not empty": "assert [f([1,2])==3]",
    "a docstring": "'''Nothing.'''",
    "a call alone": "f([1, 2])",
    "what is printed": "print(f([1, 2]) == 3)",
    "a comparison": "f([1, 2]) == 3",
    "a function that nobody calls": "def verify():\n    assert f([1, 2]) == 3",
    "an empty class": "import unittest\nclass T(unittest.TestCase):\n    pass",
    "a class without tests": "import unittest\nclass T(unittest.TestCase):\n    def total(self):\n        self.assertEqual(f([1, 2]), 3)",
    "an assertion of nothing of the program": "assert True",
    "a class in a check that nobody runs": "def check(candidate):\n    import unittest\n    class T(unittest.TestCase):\n        def test_sum(self):\n            self.assertEqual(candidate([1, 2]), 3)\n",
    "a class in a test function that nobody runs": "def test_total():\n    class TestF:\n        def test_sum(self):\n            assert f([1, 2]) == 3",
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


@pytest.mark.parametrize(
    "entry_point", ["two words", "f(", "class", "f = 1", "f\0", "f.", "-" * 100_000 + "f"]
)
@pytest.mark.parametrize("test", [CallTest("c", (1,), 1), AssertTest("a", "assert f(1) == 1")])
def test_an_entry_point_that_no_program_can_define_is_refused(judge, entry_point, test):
    with pytest.raises(
        SuiteError, match=r"the entry point .* is no Python expression .*every program would fail"
    ):
        judge("def f(x): return x", test, entry=entry_point)


@pytest.mark.parametrize(
    "entry_point", ["f", "F.f", "F().f", "lambda x: f(x)", "[f][0]", "f if 1 is 1 else f"]
)
def test_an_entry_point_may_be_any_expression(judge, entry_point):
    code = "def f(x): return x\nclass F:\n    def f(self, x): return x"
    assert judge(code, CallTest("c", (1,), 1), entry=entry_point).passed


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


FIXTURES = {
    "of a class": ("import pytest\nclass TestA:\n    @pytest.fixture\n    def xs(self): return [1]\n    def test_a(self, xs):\n        assert f(xs) == 1", "test_a wants xs"),
    "that runs by itself": ("import pytest\n@pytest.fixture(autouse=True)\ndef begin():\n    x.append(1)\nx = []\ndef test_a():\n    assert f(x) == 1", "autouse"),
    "that is only used": ("import pytest\n@pytest.mark.usefixtures('begin')\ndef test_a():\n    assert f([1]) == 1", "usefixtures"),
    "that gets the rows": ("import pytest\n@pytest.mark.parametrize('x', [1], indirect=True)\ndef test_a(x):\n    assert f([x]) == 1", "indirect"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "reason"), FIXTURES.values(), ids=FIXTURES.keys())
def test_fixtures_are_refused_by_name(judge, code, reason):
    with pytest.raises(SuiteError, match=reason):
        judge("def f(x): return sum(x)", *asserts(code))


PYTEST = "import pytest\n"
CASE = "import unittest\nclass T(unittest.TestCase):\n"
SKIPPED = {
    "by its mark": PYTEST + "@pytest.mark.skip\ndef test_a():\n    assert f([1]) == 1",
    "by its mark with a reason": PYTEST + "@pytest.mark.skip(reason='no')\ndef test_a():\n    assert f([1]) == 1",
    "by a condition that holds": PYTEST + "@pytest.mark.skipif(True, reason='no')\ndef test_a():\n    assert f([1]) == 1",
    "by a condition by name": PYTEST + "@pytest.mark.skipif(condition=True, reason='no')\ndef test_a():\n    assert f([1]) == 1",
    "by unittest": CASE + "    @unittest.skip('no')\n    def test_a(self):\n        self.assertEqual(f([1]), 1)",
    "by unittest's condition": CASE + "    @unittest.skipIf(True, 'no')\n    def test_a(self):\n        self.assertEqual(f([1]), 1)",
    "by unittest's other condition": CASE + "    @unittest.skipUnless(False, 'no')\n    def test_a(self):\n        self.assertEqual(f([1]), 1)",
    "a class": "import unittest\n@unittest.skip('no')\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1]), 1)",
    "for want of rows": PYTEST + "@pytest.mark.parametrize('x', [])\ndef test_a(x):\n    assert f(x) == 1",
    "for want of rows by name": PYTEST + "@pytest.mark.parametrize(argnames='x', argvalues=())\ndef test_a(x):\n    assert f(x) == 1",
    "for want of rows in a list": PYTEST + "ROWS = []\n@pytest.mark.parametrize('x, y', ROWS)\ndef test_a(x, y):\n    assert f(x) == y",
    "since all are expected to fail": PYTEST + "@pytest.mark.xfail\ndef test_a():\n    assert f([1]) == 2",
}  # fmt: skip
SKIPPED_WHOLE = {
    "by pytest": PYTEST + "pytest.skip('no', allow_module_level=True)\ndef test_a():\n    assert f([1]) == 1",
    "by unittest": "import unittest\nraise unittest.SkipTest('no')\nassert f([1]) == 1",
    "without a module": PYTEST
    + "there = pytest.importorskip('no_such_module')\ndef test_a():\n    assert f([1]) == 1",
    "without a part of one": PYTEST
    + "pytest.importorskip('no_such.module')\ndef test_a():\n    assert f([1]) == 1",
}


@pytest.mark.parametrize("code", [*SKIPPED.values(), *SKIPPED_WHOLE.values()])
def test_tests_of_which_none_will_run_are_refused(judge, code):
    for program in ("def f(x): return sum(x)", "def f(x): return 7"):
        with pytest.raises(SuiteError, match="check nothing"):
            judge(program, *asserts(code))


@pytest.mark.parametrize("code", SKIPPED.values(), ids=SKIPPED.keys())
def test_one_that_runs_beside_them_decides(judge, code):
    more = "\nclass U(__import__('unittest').TestCase):\n    def test_b(self):\n        self.assertEqual(f([2]), 2)\n"
    assert judge("def f(x): return sum(x)", *asserts(code + more)).passed
    assert judge("def f(x): return 7", *asserts(code + more)).kind == "wrong_answer"


SKIPPING = {
    "in the test": PYTEST + "def test_a():\n    pytest.importorskip('no_such_module')\n    assert f([1]) == 1",
    "while it is set up": CASE + "    @classmethod\n    def setUpClass(cls): raise unittest.SkipTest\n    def test_a(self):\n        self.assertEqual(f([1]), 1)",
    "for want of rows that are computed": PYTEST + "@pytest.mark.parametrize('x', [*()])\ndef test_a(x):\n    assert f(x) == 1",
}  # fmt: skip


@pytest.mark.parametrize("code", SKIPPING.values(), ids=SKIPPING.keys())
def test_nothing_passes_tests_of_which_none_ran(judge, code):
    message = judge("def f(x): return sum(x)", *asserts(code)).message
    assert "nothing was checked" in message
    assert "_frameworks" not in message


SAME_FILE = {
    "a function that is patched": (
        "def g(): return 1\ndef f(x): return g() + x",
        "from unittest.mock import patch\nwith patch('__main__.g', return_value=5):\n    assert f(1) == RIGHT",
        6,
    ),
    "a function that is patched by the name of the module": (
        "def g(): return 1\ndef f(x): return g() + x",
        "from unittest.mock import patch\nwith patch(__name__ + '.g', return_value=5):\n    assert f(1) == RIGHT",
        6,
    ),
    "a decorator that patches": (
        "import time\ndef f(x): return time.time() + x",
        (
            "from unittest import mock\n@mock.patch('__main__.time')\ndef test_f(t):\n"
            "    t.time.return_value = 2\n    assert f(1) == RIGHT"
        ),
        3,
    ),
    "the examples in docstrings": (
        'def f(x):\n    """\n    >>> f(2)\n    4\n    """\n    return x * x',
        "import doctest\nassert doctest.testmod().failed == 0 and f(2) == RIGHT",
        4,
    ),
    "a module that is imported": (
        "def f(x): return x + 1",
        "import __main__\nassert __main__.f(1) == RIGHT",
        2,
    ),
}


@pytest.mark.parametrize(("program", "test", "right"), SAME_FILE.values(), ids=SAME_FILE.keys())
def test_tests_find_the_program_where_a_script_has_it(judge, program, test, right):
    assert judge(program, *asserts(test.replace("RIGHT", str(right)))).passed
    assert judge(program, *asserts(test.replace("RIGHT", str(right + 1)))).kind == "wrong_answer"


def test_examples_in_docstrings_that_are_wrong_fail(judge):
    program = 'def f(x):\n    """\n    >>> f(2)\n    5\n    """\n    return x * x\n'
    test = "import doctest\nassert doctest.testmod().failed == 0"
    assert judge(program, *asserts(test)).kind == "wrong_answer"


def test_a_program_cannot_have_a_test_of_pytest_skipped(judge):
    code = "import pytest\ndef test_a():\n    assert f([1]) == 1\ndef test_b():\n    assert f([2]) == 2"
    program = "import pytest\ndef f(x):\n    if x == [2]: pytest.skip('no')\n    return sum(x)"
    assert "the program had test_b skipped" in judge(program, *asserts(code)).message


def test_a_test_runs_once_where_several_tests_share_names(judge):
    counting = "n = []\ndef f(x):\n    n.append(x)\n    return len(n)"
    case = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(0), {})"
    verdict = judge(counting, *asserts(case.format(1), case.format(2)))
    assert verdict.passed, verdict.message


ENDS = {
    "with success": ("import sys\nassert f([1]) == 1\nsys.exit(0)", True),
    "with the count of failures": ("import sys\nbad = 0\nif f([1]) != 1:\n    bad += 1\nsys.exit(bad)", True),
    "with a text": ("import sys\nassert f([1]) == 1\nsys.exit('no')", False),
}


@pytest.mark.parametrize(("code", "passes"), ENDS.values(), ids=ENDS.keys())
def test_a_test_may_end_its_process(judge, code, passes):
    assert judge("def f(x): return sum(x)", *asserts(code)).passed is passes
    assert not judge("def f(x): return 7", *asserts(code)).passed


LEAVING = {
    "the program leaves": "import sys\ndef f(x): sys.exit(0)",
    "its value leaves when it is compared": "import sys\nclass L:\n    __eq__ = __ne__ = lambda a, b: sys.exit(0)\ndef f(x): return L()",
    "its value leaves without a frame": "import sys, functools\nclass L:\n    __bool__ = staticmethod(sys.exit)\n    __eq__ = staticmethod(functools.partial(sys.exit))\n    __ne__ = lambda a, b: a\ndef f(x): return L()",
}


@pytest.mark.parametrize("program", LEAVING.values(), ids=LEAVING.keys())
def test_a_program_may_not(judge, program):
    for code in (
        "import os\nassert f([1]) == 1",
        "import sys\nif f([1]) != 1:\n    sys.exit(1)\nassert f([2]) == 2",
    ):
        assert not judge(program, *asserts(code)).passed


HIDING = {
    "what finds functions": "import inspect\ninspect.isfunction = lambda each: False",
    "what finds classes": "import inspect\ninspect.isclass = lambda each: False",
    "what makes rows": "import itertools\nitertools.product = lambda *each: []",
    "what calls": "import functools\nfunctools.partial = lambda *each: list",
    "what loads cases": "import unittest\nunittest.defaultTestLoader.loadTestsFromTestCase = lambda each: unittest.TestSuite()",
    "what runs cases": "import unittest\nunittest.TestCase.run = lambda self, result=None: None",
    "what runs suites": "import unittest\nunittest.TestSuite.run = lambda self, result, debug=False: result\nunittest.TestSuite.__call__ = unittest.TestSuite.run",
    "classes that it finds": "import unittest\nfor each in unittest.TestCase.__subclasses__(): each.__module__ = 'x'",
}
TESTS = {
    "a function": "import pytest\nassert f([7]) == 7\ndef test_a():\n    assert f([1]) == 1",
    "a class": "import pytest\nassert f([7]) == 7\nclass TestA:\n    def test_a(self):\n        assert f([1]) == 1",
    "a case": "import unittest\nassert f([7]) == 7\nclass A(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f([1]), 1)",
}


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("code", HIDING.values(), ids=HIDING.keys())
def test_no_program_hides_tests_from_their_framework(judge, code, late):
    body = "\n".join(f"    {line}" for line in code.split("\n"))
    program = f"def f(x):\n{body}\n    return 7\n" if late else f"{code}\ndef f(x): return 7\n"
    for tests in TESTS.values():
        assert not judge(program, *asserts(tests)).passed
