"""A verdict is that of plain Python, or says that its test ran beside the program."""

import asyncio
from itertools import islice
from textwrap import dedent

import pytest

from sharpen.errors import SuiteError
from sharpen.sandbox.base import Limits
from sharpen.types import Program
from tests.sandbox.conftest import asserts
from tests.sandbox.differential import Pair, pairs, plain_python


def lines(text: str) -> str:
    return dedent(text).strip() + "\n"


RETURNED = {
    "an array": ("import numpy as np\ndef f(x): return np.array(x) * 2", "import numpy as np\nassert np.allclose(f([1, 2]), [2, 4])"),
    "an array of booleans": ("import numpy as np\ndef f(x): return np.array(x) > 1", "assert f([1, 2]).tolist() == [False, True]"),
    "a number of numpy": ("import numpy as np\ndef f(x): return np.float32(0.1)", "assert f(1) == 0.1"),
    "a number of numpy where a list is wanted": ("import numpy as np\ndef f(x): return np.int64(1)", "assert f(1) == [1]"),
    "a small number of numpy": ("import numpy as np\ndef f(x): return np.uint8(3)", "assert abs(f(1) - 5) < 3"),
    "a generator": ("def f(x): yield from range(x)", "assert list(f(3)) == [0, 1, 2]"),
    "an iterator": ("def f(x): return iter(x)", "assert next(f([4])) == 4"),
    "a map": ("def f(x): return map(str, x)", "assert ''.join(f([1, 2])) == '12'"),
    "a fraction": ("from fractions import Fraction\ndef f(x): return Fraction(x, 2)", "assert f(4) == 2"),
    "a decimal": ("from decimal import Decimal\ndef f(x): return Decimal(x) / 2", "assert f(3) == 1.5"),
    "a named tuple": ("from collections import namedtuple\nP = namedtuple('P', 'a b')\ndef f(x): return P(x, 2)", "assert f(1).b == 2"),
    "a date": ("from datetime import date\ndef f(x): return date(2024, 1, x)", "from datetime import date\nassert f(2) == date(2024, 1, 2)"),
    "a delta": ("from datetime import timedelta\ndef f(x): return timedelta(x)", "assert f(2).days == 2"),
    "keys": ("def f(x): return x.keys()", "assert sorted(f({'b': 1, 'a': 2})) == ['a', 'b']"),
    "values": ("def f(x): return x.values()", "assert list(f({'b': 1})) == [1]"),
    "a counter": ("from collections import Counter\ndef f(x): return Counter(x)", "assert f('aab').most_common(1) == [('a', 2)]"),
    "a default dict": ("from collections import defaultdict\ndef f(x): return defaultdict(list)", "assert f(1)[3] == []"),
    "a deque": ("from collections import deque\ndef f(x): return deque(x)", "assert f([1, 2]).popleft() == 1"),
    "a range": ("def f(x): return range(x)", "assert f(3) == range(3)"),
    "bytes that change": ("def f(x): return bytearray(x)", "assert f(b'a').upper() == b'A'"),
    "a closure": ("def f(x): return lambda y: x + y", "assert f(2)(3) == 5"),
    "a class": ("def f(x): return type(x)", "assert f(2) is int"),
    "an object": ("class P:\n    def __init__(self, x): self.x = x\ndef f(x): return P(x)", "assert f(2).x == 2"),
    "a linked list": ("class N:\n    def __init__(self, v, n=None): self.v, self.n = v, n\ndef f(x): return N(1, N(x))", "assert f(2).n.v == 2"),
    "a data class": ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\ndef f(x): return P(x)", "assert f(2) == f(2)"),
    "an enumeration": ("from enum import Enum\nE = Enum('E', 'A B')\ndef f(x): return E(x)", "assert f(2).name == 'B'"),
    "a match": ("import re\ndef f(x): return re.match('a', x)", "assert f('ab').group() == 'a'"),
    "an exception": ("def f(x): return ValueError(x)", "assert f(2).args == (2,)"),
    "the ellipsis": ("def f(x): return ...", "assert f(1) is ..."),
    "a set that is seen in its order": ("def f(x): return {12, 13, 14, 15, 16}", "assert tuple(f(1)) == (16, 12, 13, 14, 15)"),
    "a list twice": ("def f(x): return [[]] * 2", "r = f(1)\nr[0].append(1)\nassert r == [[1], [1]]"),
    "a list that it keeps": ("kept = []\ndef f(x):\n    kept.append(x)\n    return kept", "a = f(1)\nb = f(2)\nassert a == [1, 2]"),
    "a default that it keeps": ("def f(x, kept=[]):\n    kept.append(x)\n    return kept", "assert f(1) == f(1)"),
    "what it remembers": ("from functools import cache\n@cache\ndef f(x): return [x]", "f(1).append(2)\nassert f(1) == [1, 2]"),
    "more than a copy is deep": ("def f(x):\n    r = []\n    for _ in range(200): r = [r]\n    return r", "r = f(1)\nwhile r: r = r[0]\nassert r == []"),
    "itself": ("def f(x):\n    r = []\n    r.append(r)\n    return r", "r = f(1)\nassert r[0] is r"),
}  # fmt: skip
ARGUMENTS = {
    "sorted in place": ("def f(x): x.sort()", "a = [3, 1, 2]\nf(a)\nassert a == [1, 2, 3]"),
    "sorted against the rule": ("def f(x):\n    x.sort()\n    return x", "a = [3, 1, 2]\nassert f(a) == [1, 2, 3]\nassert a == [3, 1, 2]"),
    "returned": ("def f(x): return x", "a = [1, 2]\nassert f(a) is a"),
    "returned where a copy is wanted": ("def f(x): return x", "a = [1, 2]\nb = f(a)\nassert b is not a"),
    "returned inside": ("def f(x): return [x]", "a = [1]\nr = f(a)\na.append(2)\nassert r == [[1, 2]]"),
    "a dict that is filled": ("def f(x): x['k'] = 1", "a = {}\nf(a)\nassert a == {'k': 1}"),
    "a set that is emptied": ("def f(x): x.clear()", "a = {1}\nf(a)\nassert not a"),
    "changed deep inside": ("def f(x): x[0][0]['k'] = 1", "a = [[{}]]\nf(a)\nassert a == [[{'k': 1}]]"),
    "given twice": ("def f(x, y):\n    x.append(1)\n    return y", "a = []\nassert f(a, a) == [1]"),
    "the same twice": ("def f(x, y): return x is y", "a = []\nassert f(a, a)"),
    "kept and changed later": ("kept = []\ndef f(x):\n    kept.append(x)\n    kept[0].append(9)", "a = [1]\nf(a)\nf([])\nassert a == [1, 9, 9]"),
    "kept by a closure": ("hold = None\ndef f(x):\n    global hold\n    if hold: hold()\n    hold = lambda: x.append(9)", "a = [1]\nf(a)\nf([])\nassert a == [1, 9]"),
    "by keyword": ("def f(x): x.sort()", "a = [2, 1]\nf(x=a)\nassert a == [1, 2]"),
    "handed on by a helper": ("def f(x): x.sort()", "def g(y):\n    f(y)\n    return y\nassert g([2, 1]) == [1, 2]"),
    "an object put in": ("class P: x = 1\ndef f(x): x.append(P())", "a = []\nf(a)\nassert a[0].x == 1"),
    "a function": ("def f(x): return x(2)", "assert f(lambda y: y + 1) == 3"),
    "an iterator": ("def f(x): return next(x)", "a = iter([1, 2])\nf(a)\nassert next(a) == 2"),
    "a set in its order": ("def f(x): return tuple(x)", "assert f({12, 13, 14, 15, 16}) == (12, 13, 14, 15, 16)"),
    "a result handed back": ("class P: pass\ndef f(x): return 1 if isinstance(x, P) else P()", "assert f(f(1)) == 1"),
}  # fmt: skip
RAISED = {
    "a subclass": ("class Low(ValueError): pass\ndef f(x): raise Low(x)", "try:\n    f(1)\nexcept ValueError:\n    pass\nelse:\n    assert False"),
    "a library's": ("import json\ndef f(x): return json.loads(x)", "try:\n    f('{')\nexcept ValueError:\n    pass\nelse:\n    assert False"),
    "its text": ("def f(x): raise ValueError('low')", "try:\n    f(1)\nexcept ValueError as e:\n    assert str(e) == 'low'\nelse:\n    assert False"),
    "its arguments": ("def f(x): raise KeyError(x, 2)", "try:\n    f(1)\nexcept KeyError as e:\n    assert e.args == (1, 2)\nelse:\n    assert False"),
    "its attributes": ("class E(Exception):\n    def __init__(self, x): self.x = x\ndef f(x): raise E(x)", "try:\n    f(1)\nexcept Exception as e:\n    assert e.x == 1\nelse:\n    assert False"),
    "its cause": ("def f(x):\n    try: 1 / 0\n    except ZeroDivisionError as e: raise ValueError from e", "try:\n    f(1)\nexcept ValueError as e:\n    assert isinstance(e.__cause__, ArithmeticError)\nelse:\n    assert False"),
    "an exit": ("import sys\ndef f(x): sys.exit(3)", "try:\n    f(1)\nexcept SystemExit as e:\n    assert e.code == 3\nelse:\n    assert False"),
    "a group": ("def f(x): raise ExceptionGroup('g', [ValueError(x)])", "try:\n    f(1)\nexcept* ValueError:\n    pass\nelse:\n    assert False"),
    "another than is wanted": ("def f(x): raise KeyError(x)", "try:\n    f(1)\nexcept ValueError:\n    pass\nelse:\n    assert False"),
    "what ends an iteration": ("def f(x): raise StopIteration", "assert list(map(lambda x: f(x), [1])) == []"),
    "by unittest's way": ("def f(x): raise ValueError('low')", "import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        with self.assertRaisesRegex(ValueError, 'low'):\n            f(1)\nT('test').debug()"),
    "suppressed": ("def f(x): raise ValueError", "import contextlib\nwith contextlib.suppress(ValueError):\n    f(1)\n    assert False"),
}  # fmt: skip
PROCESS = {
    "printed": ("def f(x): print(x)", "import io\nfrom contextlib import redirect_stdout\nwith redirect_stdout(io.StringIO()) as out:\n    f(3)\nassert out.getvalue() == '3\\n'"),
    "read": ("def f(x): return input()", "from unittest.mock import patch\nwith patch('builtins.input', lambda: 'a'):\n    assert f(1) == 'a'"),
    "drawn": ("import random\ndef f(x): return random.random()", "import random\nrandom.seed(1)\na = random.random()\nrandom.seed(1)\nassert f(1) == a"),
    "written to a file": ("def f(x):\n    with open(x, 'w') as file: file.write('a')", "f('there')\nwith open('there') as file:\n    assert file.read() == 'a'"),
    "a limit of the interpreter": ("def f(x): return x and f(x - 1)", "import sys\nsys.setrecursionlimit(3000)\nassert f(2000) == 0"),
    "the precision of decimals": ("from decimal import Decimal\ndef f(x): return str(Decimal(1) / x)", "import decimal\ndecimal.getcontext().prec = 3\nassert f(3) == '0.333'"),
    "a module that is patched": ("import math\ndef f(x): return math.sqrt(x)", "import math\nmath.sqrt = lambda x: 7\nassert f(4) == 7"),
    "the environment": ("import os\ndef f(x): return os.environ.get('KEY')", "import os\nos.environ['KEY'] = 'a'\nassert f(1) == 'a'"),
    "its name": ("def f(x): 'Do it.'", "assert f.__name__ == 'f' and f.__doc__ == 'Do it.'"),
    "its signature": ("def f(x, y=2): pass", "import inspect\nassert list(inspect.signature(f).parameters) == ['x', 'y']"),
    "a class": ("class f:\n    def __init__(self): self.items = []\n    def push(self, x): self.items.append(x)\n    def __len__(self): return len(self.items)", "s = f()\ns.push(1)\nassert len(s) == 1"),
}  # fmt: skip
EVERY = {
    f"{kind}: {name}": Pair(lines(program), (lines(test),))
    for kind, table in (
        ("returns", RETURNED),
        ("argument", ARGUMENTS),
        ("raises", RAISED),
        ("process", PROCESS),
    )
    for name, (program, test) in table.items()
}


@pytest.fixture(scope="module")
def plain() -> dict[str, bool]:
    return dict(zip(EVERY, plain_python([*EVERY.values()]), strict=True))


@pytest.mark.parametrize("name", EVERY)
def test_a_test_that_could_notice_the_judge_runs_beside_its_program(judge, plain, name):
    verdict = judge(EVERY[name].program, *asserts(*EVERY[name].tests))
    assert verdict.passed is plain[name], verdict.message
    assert verdict.trust == "in_process"


ISOLATED = {
    "an argument that is sorted and never seen again": ("def f(x):\n    x.sort()\n    return x", "assert f([2, 1]) == [1, 2]"),
    "an argument that is left as it is": ("def f(x): return sorted(x)", "a = [2, 1]\nassert f(a) == [1, 2]\nassert a == [2, 1]"),
    "a counter that is compared": ("from collections import Counter\ndef f(x): return Counter(x)", "assert f('aab') == {'a': 2, 'b': 1}"),
    "a named tuple that is compared": ("from collections import namedtuple\nP = namedtuple('P', 'a b')\ndef f(x): return P(x, 2)", "assert f(1) == (1, 2)"),
    "keys that are compared": ("def f(x): return x.keys()", "assert f({'b': 1, 'a': 2}) == {'a', 'b'}"),
    "a set that is compared": ("def f(x): return {12, 13, 14, 15, 16}", "assert f(1) == {16, 12, 13, 14, 15}"),
    "numpy's number that is compared with one": ("import numpy as np\ndef f(x): return np.mean(x)", "assert abs(f([1, 2]) - 1.5) < 1e-6"),
    "an int of a class of its own": ("class Count(int): pass\ndef f(x): return Count(x)", "assert f(3) == 3"),
    "an exception that nothing catches": ("def f(x): raise ValueError(x)", "assert f(3) == 3"),
    "a list that it remembers": ("from functools import cache\n@cache\ndef f(x): return [x]", "assert f(3) == [3]"),
    "a check with a loop": ("def f(x): return x + 1", "def check(candidate):\n    for i in range(9):\n        assert candidate(i) == i + 1\ncheck(f)"),
    "held values": ("def f(x): return [x]", "a, b = f(1), f(1)\na.append(2)\nassert b == [1]"),
}  # fmt: skip


@pytest.mark.parametrize("name", ISOLATED)
def test_a_test_that_could_not_notice_it_runs_in_the_judge(judge, name):
    program, test = ISOLATED[name]
    verdict = judge(program + "\n", *asserts(test))
    assert [verdict.passed] == plain_python([Pair(program, (test,))])
    assert verdict.trust == "isolated"


def test_tests_before_one_that_notices_keep_what_they_bind(judge):
    verdict = judge("def f(x): return iter(x)", *asserts("a = [1]\nassert a", "assert list(f(a)) == [1]"))
    assert (verdict.kind, verdict.trust) == ("passed", "in_process")


def test_a_test_is_not_run_twice_on_one_state(judge):
    program = "n = 0\ndef f(x):\n    global n\n    n += 1\n    return iter([n]) if x else n\n"
    verdict = judge(
        program, *asserts("assert f(0) == 1", "assert f(0) == 2 and list(f(1)) == [3]", "assert f(0) == 4")
    )
    assert verdict.passed, verdict.message
    assert len(verdict.outcomes) == 3


@pytest.mark.parametrize(
    ("entry", "program"),
    [
        ("Solution().total", "class Solution:\n    def total(self, xs): return sum(xs)"),
        (
            "Solution(2).total",
            "class Solution:\n    def __init__(self, n): pass\n    def total(self, xs): return sum(xs)",
        ),
        ("make()", "def make(): return lambda xs: sum(xs)"),
        ("solvers['sum']", "solvers = {'sum': sum}"),
        ("Solution.total", "class Solution:\n    def total(self, xs): return sum(xs)"),
    ],
)
def test_an_entry_point_may_be_an_expression(judge, entry, program):
    right, wrong = asserts("assert candidate([1, 2]) == 3", "assert candidate([1]) == 2")
    assert judge(program, right, entry=entry).passed
    assert judge(program, right, wrong, entry=entry).kind == "wrong_answer"
    assert judge("def other(): pass", right, entry=entry).kind == "exception"


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        ("return len(bytearray(1 << 30))", Limits(memory_bytes=1 << 29)),
        ("while True: pass", Limits(cpu_seconds=1)),
        ("return __import__('time').sleep(60) or 1", Limits(wall_seconds=1)),
    ],
    ids=["memory", "processor time", "time"],
)
def test_plain_python_has_the_limits_of_the_sandbox_too(body, limits):
    """Two random programs took 7 GB."""
    endless, next_one = Pair(f"def f(x):\n    {body}\n", ("assert f(1)",)), Pair("", ("assert True",))
    assert plain_python([endless, next_one], limits) == [False, True]


def test_random_pairs_get_the_verdicts_of_plain_python(sandbox):
    """A short run of ``bench/differential.py``."""
    drawn = [*islice(pairs(11, numpy=False), 120)]

    async def judged() -> list[bool | None]:
        result: list[bool | None] = []
        for pair in drawn:
            try:
                result.append((await sandbox.execute(Program(pair.program), pair.suite, Limits())).passed)
            except SuiteError:
                result.append(None)
        return result

    verdicts = asyncio.run(judged())
    differing = [
        pair
        for pair, ours, plain in zip(drawn, verdicts, plain_python(drawn), strict=True)
        if ours not in {None, plain}
    ]
    assert differing == []
    assert verdicts.count(None) < 12
