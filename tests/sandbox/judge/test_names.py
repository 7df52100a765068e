"""Which names a program has in common with its tests."""

import pytest

from sharpen.sandbox.judge.names import SharedNames, global_names
from sharpen.types import AssertTest, CallTest, Suite


def shared(program: str, *tests: str, context: str = "") -> list[str]:
    suite = Suite(tuple(AssertTest(str(number), code) for number, code in enumerate(tests)), "f", context)
    return SharedNames(suite).with_program(program)


READS = "def f(x): return LIMIT + x\n"
BINDINGS = {
    "assigned": "LIMIT = 3",
    "assigned with others": "a, [LIMIT, *b] = 1, [2]",
    "added to": "LIMIT += 3",
    "with a type": "LIMIT: int = 3",
    "deleted": "del LIMIT",
    "a function": "def LIMIT(): pass",
    "a class": "class LIMIT: pass",
    "a loop": "for LIMIT in (1, 2): pass",
    "a file": "with open('t') as LIMIT: pass",
    "an exception": "try:\n    pass\nexcept ValueError as LIMIT:\n    pass",
    "a module": "import LIMIT",
    "a part of a module": "from math import pi as LIMIT",
    "in a condition": "if (LIMIT := 3): pass",
    "in a pattern": "match 1:\n    case LIMIT: pass",
    "the rest of a pattern": "match {}:\n    case {**LIMIT}: pass",
    "in a function": "def sets():\n    global LIMIT\n    LIMIT = 3",
    "a star": "from math import *",
}


@pytest.mark.parametrize("test", BINDINGS.values(), ids=BINDINGS.keys())
def test_a_name_that_a_test_binds_and_the_program_reads(test):
    assert "LIMIT" in shared(READS, test)
    assert shared("def f(x):\n    LIMIT = 4\n    return LIMIT + x\n", test) in ([], ["f"])


USES = {
    "in a function": "def f(x):\n    def g(): return LIMIT\n    return g()",
    "in a lambda": "f = lambda x: LIMIT",
    "in a comprehension": "def f(x): return [LIMIT for _ in range(x)]",
    "in a class": "class C:\n    LIMIT = LIMIT\ndef f(x): return C.LIMIT",
    "as a default": "def f(x, y=LIMIT): return x",
    "as a decorator": "@LIMIT\ndef f(x): return x",
    "in an f-string": "def f(x): return f'{LIMIT}'",
    "bound only": "LIMIT = 4\ndef f(x): return x",
    "bound in a function": "def f(x):\n    global LIMIT\n    LIMIT = x",
    "by its text": "def f(x): return eval('LIMIT')",
    "by a text that is put together": "def f(x): return globals()['LIM' + 'IT']",
    "in other letters": "def f(x): return ＬＩＭＩＴ",
}


@pytest.mark.parametrize("program", USES.values(), ids=USES.keys())
def test_however_the_program_uses_it(program):
    assert shared(program, "LIMIT = 3\nassert f(1) == 4") == ["LIMIT"]


NOT_SHARED = {
    "nothing in common": ("def f(x): return x", "a = 3\nassert f(a) == 3"),
    "a variable of a function": ("def f(x):\n    a = x\n    return a", "a = 3\nassert f(a) == 3"),
    "a parameter": ("def f(a): return a", "a = 3\nassert f(a) == 3"),
    "an attribute": ("def f(x): return x.a", "a = 3\nassert f(a) == 3"),
    "a word in a text": ("def f(x): return 'a'", "a = 3\nassert f(a) == 3"),
    "a variable of a check": (READS, "def check(candidate):\n    LIMIT = 3\n    assert candidate(LIMIT)\ncheck(f)"),
    "one import": ("import math\ndef f(x): return math.floor(x)", "import math\nassert math.pi > f(3)"),
    "one import under a name": ("import numpy as np\ndef f(x): return np.sum(x)", "import numpy as np\nassert f([np.pi])"),
    "one part": ("from typing import List\ndef f(x: List): return x", "from typing import List\nassert f([])"),
    "no Python": ("def f(x: return LIMIT", "LIMIT = 3\nassert f(1)"),
}  # fmt: skip


@pytest.mark.parametrize(("program", "test"), NOT_SHARED.values(), ids=NOT_SHARED.keys())
def test_what_is_no_name_in_common(program, test):
    assert shared(program, test) == []


def test_another_import_of_the_same_name_is_another():
    assert shared("import math\ndef f(x): return math.sqrt(x)", "import cmath as math\nassert f(1)") == [
        "math"
    ]
    assert shared("def f(x): return math.sqrt(x)", "import math\nassert f(1)") == ["math"]


def test_what_stands_before_the_tests_is_shared_where_the_program_lacks_it():
    context = "import math\ndef g(x): return x\n"
    assert shared("def f(x): return math.sqrt(g(x))", "assert f(1)", context=context) == ["g", "math"]
    assert shared("def g(x): return 1\ndef f(x): return g(x)", "assert f(1)", context=context) == []
    assert shared("def f(x): return sqrt(x)", "assert f(1)", context="from math import *") == ["sqrt"]
    own = "from math import *\ndef f(x): return sqrt(x)"
    assert shared(own, "assert f(1)", context="from math import *") == []
    assert shared(own, "assert f(1)", context="from math import *\nfrom cmath import *") == ["sqrt"]


def test_calls_bind_nothing():
    assert SharedNames(Suite((CallTest("1", (1,), 2),), "f", "LIMIT = 3")).with_program(READS) == []


def test_a_test_that_does_not_parse_binds_nothing():
    assert shared(READS, "LIMIT = (", "a = 1") == []


def test_names_are_told_from_variables_of_the_same_name():
    names = global_names("def g(a, b=c): return [a for d in b if e]\nassert g(len(a))")
    assert names.foreign == {"a", "c", "e"}
    assert names.bound == {"g"}
