"""What a test could notice of running in the judge, by its syntax."""

import pytest

from sharpen.sandbox.judge.needs import Needs, needs_of, shares_state

SIMPLE = [
    "assert f([3, 1]) == [1, 3]",
    "assert candidate(1, key=[-1.5, 'a']) == {'a': (1, None)}, 'message'",
    "for i in range(3):\n    assert f([1, 2]) == 3",
    "def check(candidate):\n    assert candidate([1]) == 1\n    assert candidate([2]) == 2\ncheck(f)",
]
COMPARED = [*SIMPLE, "assert not f(1)", "assert f(1)", "assert f(2) < 3", "assert {1} == f([1])"]
NUMBERS = ["assert abs(f([1]) - 1.5) < 1e-6", "assert f(1) + 2 == 4.0", "assert abs(f(1)) >= 3"]


@pytest.mark.parametrize("code", SIMPLE)
def test_one_new_call_that_is_only_compared_notices_nothing(code):
    needs = needs_of(code, "", "f")
    assert needs in {Needs(), Needs(arrays=True)}


@pytest.mark.parametrize("code", COMPARED)
def test_a_value_that_is_only_compared_may_be_of_an_equal_type(code):
    assert not needs_of(code, "", "f").types


@pytest.mark.parametrize("code", NUMBERS)
def test_what_is_only_compared_with_numbers_may_be_numpys(code):
    assert not needs_of(code, "", "f").arrays


@pytest.mark.parametrize(
    "code",
    [
        "assert f([1]) == [1]",
        "assert [1] == f(1)",
        "assert f(1) == x",
        "assert abs(f(1) - [1][0]) < 1",
        "assert f(1) * 2 == 4",
        "assert f(1) in (1, 2)",
        "assert len(f(1)) == 2",
    ],
)
def test_what_is_compared_with_more_may_not(code):
    assert needs_of(code, "", "f").arrays


@pytest.mark.parametrize(
    "code",
    [
        "x = [1]\nassert f(x) == [1]",
        "r = f([1])\nassert r == [1]",
        "assert f([1]) == f([1])",
        "assert [f(i) for i in range(3)] == [0, 1, 2]",
        "assert f([1]).pop() == 1",
        "assert (r := f([1])) == [1]",
        "assert f(f([1])) == [1]",
        "assert helper(f([1])) == 1",
        "for x in f([1]):\n    assert x",
        "def g(x):\n    return f(x)\nassert g([1]) == [1]",
    ],
)
def test_values_that_outlive_their_call_are_watched(code):
    assert needs_of(code, "", "f").watched


@pytest.mark.parametrize(
    "code",
    [
        "assert f([1]) is x",
        "assert id(f(1)) == 1",
        "assert [*map(f, [1])] == [1]",
        "assert f.__name__ == 'f'",
        "assert f(1).__class__ == int",
        "assert callable(f)",
        "g = f\nassert g(1) == 1",
        "import sys\nassert f(1) == 1",
        "from os import path\nassert f(1) == 1",
        "import random\nrandom.seed(1)\nassert f(1) == 1",
        "from random import seed\nseed(1)\nassert f(1) == 1",
        "import numpy as np\nnp.random.seed(1)\nassert f(1) == 1",
        "import math\nmath.pi = 3\nassert f(1) == 3",
        "assert open('x').read() == f(1)",
        "exec('x = 1')\nassert f(1) == 1",
        "async def g():\n    assert f(1)",
        "import operator\nassert operator.is_(f(x), x)",
        "from operator import is_not\nassert is_not(f(x), x)",
    ],
)
def test_what_reaches_the_process_runs_beside_the_program(code):
    assert needs_of(code, "", "f").beside


def test_what_the_context_does_counts_too():
    assert needs_of("assert f(1) == 1", "import sys\nsys.setrecursionlimit(9)", "f").beside
    assert needs_of(
        "assert f(1) == 1", "def g():\n    try:\n        h()\n    except ValueError:\n        pass", "f"
    ).catches


@pytest.mark.parametrize(
    ("code", "catches"),
    [
        ("assert f(1) == 1", False),
        ("try:\n    f(1)\nexcept ValueError:\n    pass", True),
        ("try:\n    f(1)\nfinally:\n    x = 1", True),
        ("with x:\n    f(1)", True),
        ("assert (lambda: f(1))() == 1", True),
        ("class C:\n    def __getattr__(self, name):\n        return f(1)\nassert C().x", True),
        ("def g():\n    return f(1)\nassert max([1], key=g)", True),
        ("def g():\n    return f(1)\nassert g()", False),
    ],
)
def test_what_may_catch_an_exception_is_seen(code, catches):
    assert needs_of(code, "", "f").catches is catches


@pytest.mark.parametrize(
    ("program", "modules", "shares"),
    [
        ("import random\ndef f(x): return random.random()", {"random"}, True),
        ("import random\ndef f(x): return random.random()", {"math"}, False),
        ("def f(x): return __import__(x).seed(1)", {"random"}, True),
        ("def f(x): return eval(x)", {"typing", "collections"}, False),
        ("import numpy as np\ndef f(x): return np.mean(x)", {"numpy"}, False),
        ("import numpy as np\nnp.seterr(all='raise')", {"numpy"}, True),
        ("def f(randomly): return randomly", {"random"}, False),
    ],
)
def test_a_program_that_may_change_what_modules_of_tests_compute(program, modules, shares):
    assert shares_state(program, modules) is shares
