"""Small programs with small suites, and what plain Python says of them.

A program changes, keeps and returns its argument in many ways, or raises; a suite looks at what is returned and
at the argument in many ways. Drawn at random from the lists below, most pairs were never thought of. Plain
Python is an interpreter that runs program and tests in one module, a fork for each pair.

An object whose ``==`` the program wrote and that says it equals a plain value is not among them: the sandbox
does not believe it (:mod:`sharpen.sandbox.child.guard`), plain Python does.
"""

import ast
import contextlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from textwrap import indent

from sharpen.sandbox.base import Limits
from sharpen.types import AssertTest, Suite

LIMITS = Limits(wall_seconds=120)
"""Of each program, in the sandbox and in plain Python: some never end, and some take all memory."""

HEAD = """
import sys
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum
from fractions import Fraction
from functools import lru_cache
KEPT, CACHE = [], []
Pair = namedtuple("Pair", "low high")
class Count(int): pass
class Row(list): pass
class Own:
    def __init__(self, x): self.x, self.total = x, sum(x)
@dataclass
class Data:
    total: int
class Color(IntEnum): RED = 6
class Shape(Enum): ROUND = 6
class Low(ValueError): pass
class Worst(BaseException): pass
@lru_cache
def memo(key): return [key]
"""
BEFORE = (
    "", "", "", "", "x.sort()", "x.append(0)", "x.clear()", "x[0] = 9", "x[0] = Own(x)", "KEPT.append(x)",
    "KEPT.append(x); KEPT[0].append(7)", "CACHE.append(len(CACHE))", "print(x)", "x = x[:]", "x += [4]", "x = x + [4]",
)  # fmt: skip
RETURNED = (
    "x", "x", "x[:]", "sorted(x)", "list(reversed(x))", "(i for i in x)", "iter(x)", "map(str, x)", "zip(x, x)",
    "tuple(x)", "set(x)", "frozenset(x)", "{i: -i for i in x}", "dict.fromkeys(x).keys()", "{1: 2}.values()",
    "{1: 2}.items()", "Counter(x)", "OrderedDict.fromkeys(x, 1)", "defaultdict(list, {1: [2]})", "deque(x)",
    "range(len(x))", "sum(x)", "float(sum(x))", "sum(x) / 2", "Fraction(sum(x), 2)", "Fraction(6)", "Decimal(6)",
    "[x, x]", "[[]] * 2", "[[0] * 2] * 2", "(x,)", "Pair(3, x)", "Pair(1, 2)", "Count(6)", "Row(x)", "Own(x)", "Data(6)",
    "Color.RED", "Shape.ROUND", "lambda y: y + len(x)", "None", "True", "len(x) == 3", "CACHE", "memo(6)", "[memo(6)]",
    "KEPT[0] if KEPT else x", "'312'", "''.join(map(str, x))", "bytes(x)", "bytearray(x)", "{None, 1, 2}", "{5, 9, 13}",
    "set(range(40))", "{12, 13, 14, 15, 16}", "{'a', 'b', 'c'}", "float('nan')", "[float('nan')]", "-0.0", "6j",
    "date(2024, 1, 2)", "ValueError('no')", "type(x)", "10 ** 30", "[1, [2, [3]]]", "{'k': x}", "NotImplemented", "...",
    "sys", "[]", "0", "'no'", "[Own(x)]", "[Count(6), True]", "{Count(6)}", "print(x)", "x.sort()",
)  # fmt: skip
NUMPY = (
    "np.array(x)", "np.array([x])", "np.int64(6)", "np.float64(6)", "np.float32(0.1)", "np.uint8(3)", "np.mean(x)",
    "[np.int64(3)]", "np.bool_(True)", "np.str_('no')", "list(np.array(x))", "np.array(x).tolist()", "np.float64('nan')",
)  # fmt: skip
RAISED = (
    "ValueError('no')", "ValueError", "Low('no')", "KeyError('k')", "IndexError", "StopIteration", "SystemExit(3)",
    "AssertionError('no')", "Worst('no')", "OSError(2, 'no')", "UnicodeDecodeError('a', b'', 0, 1, 'no')", "MemoryError",
    "TypeError(x)", "ExceptionGroup('no', [ValueError(1)])", "RecursionError", "AttributeError('no')",
)  # fmt: skip
VALUES = (
    "[3, 1, 2]", "[1, 2, 3]", "(3, 1, 2)", "{1, 2, 3}", "{1: 2}", "6", "6.0", "3", "0", "None", "True", "False", "'no'",
    "''", "[]", "[[], []]", "b'\\x03\\x01\\x02'", "[6]", "0.1", "{1: 1, 2: 1, 3: 1}", "(1, 2)",
)  # fmt: skip
SEEN = (
    "{}", "{}", "{}", "{}", "list({})", "tuple({})", "set({})", "sorted({})", "len({})", "str({})", "repr({})", "bool({})",
    "type({}).__name__", "type({}) is list", "isinstance({}, list)", "isinstance({}, int)", "{} is None", "not {}",
    "{}[0]", "{}[-1]", "{}.total", "{}.x", "{}.low", "{}.value", "{}(3)", "next({})", "{}.most_common(1)", "sum({})",
    "{} + [1]", "{} * 2", "{} - 5", "1 / {}", "abs({} - 6) < 1e-6", "round({}, 1)", "int({})", "{} == 6", "{} != [1]",
    "{} < [5]", "3 in {}", "max({})", "{}.count(3)", "{}.sort()", "{}.pop()", "''.join({})", "hash({})", "{}.keys()",
    "[i for i in {}]", "dict({})", "float({})", "{} is True", "{} == {}", "{} is {}", "[{}, {}]", "{}[0] is {}[0]",
    "list({}.items())", "f({})", "callable({})", "{}.__class__.__name__", "(lambda v: v)({})", "id({}) > 0",
)  # fmt: skip
CALLS = (
    "f([3, 1, 2])",
    "f([3, 1, 2])",
    "f([3, 1, 2])",
    "f(x=[3, 1, 2])",
    "f(a)",
    "f(a)",
    "f(a[:])",
    "f(list(a))",
)
AFTER = (
    "assert a == [3, 1, 2]", "assert a == [1, 2, 3]", "assert r is a", "assert r is not a", "assert r == a",
    "r.append(4)\nassert a == [3, 1, 2]", "r.append(4)\nassert f([3, 1, 2]) != r", "b = f(a)\nassert r == b",
    "b = f([5])\nassert r == [3, 1, 2]", "b = f([5])\nassert r != b", "a.append(5)\nassert r == [3, 1, 2]",
    "r[0].append(1)\nassert r[1] == []", "r[0].append(1)\nassert r[1] == [1]", "assert list(r) == list(r)",
    "assert [*r] == [3, 1, 2]", "for v in r:\n    assert v", "assert f(r) == f(r)", "assert len(a) == 3", "r += [1]\nassert a",
    "c = {'k': a}\nf(c['k'])\nassert c == {'k': [3, 1, 2]}", "f(a)\nf(a)\nassert a == [3, 1, 2]", "print(r)\nassert True",
    "d, e = f([1]), f([1])\nassert d is not e", "assert all(f([i]) == r for i in a) or r", "assert max(map(f, [a])) is not None",
)  # fmt: skip
CAUGHT = (
    "except ValueError:\n    pass\nelse:\n    assert False", "except ValueError as error:\n    assert str(error) == 'no'",
    "except Exception as error:\n    assert error.args == ('no',)", "except LookupError:\n    pass",
    "except Exception as error:\n    assert type(error).__name__ == 'Low'", "except SystemExit as error:\n    assert error.code == 3",
    "except BaseException:\n    pass", "except (TypeError, OSError) as error:\n    assert error.args", "finally:\n    assert a",
    "except Exception as error:\n    assert isinstance(error, ValueError)", "except AssertionError:\n    assert a == [3, 1, 2]",
    "except Exception as error:\n    assert repr(error) == \"ValueError('no')\"\nelse:\n    assert a == [3, 1, 2]",
)  # fmt: skip
WHOLE = (
    "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()) as out:\n    f([3, 1, 2])\nassert out.getvalue()",
    "import random\nrandom.seed(1)\none = random.random()\nf([3, 1, 2])\nrandom.seed(1)\nassert one == random.random()",
    "import sys\nsys.setrecursionlimit(500)\nassert f([3, 1, 2]) is not None",
    "from unittest.mock import patch\nwith patch('builtins.sum', lambda x: 0):\n    assert f([3, 1, 2]) != 6",
    "import numpy as np\nassert np.allclose(f([3, 1, 2]), [3, 1, 2])",
    "import numpy as np\nassert np.array_equal(f([3, 1, 2]), [[3, 1, 2]])",
    "import contextlib\nwith contextlib.suppress(ValueError):\n    f([3, 1, 2])\n    assert False",
    "assert [*map(f, [[3, 1, 2]])] == [[3, 1, 2]]",
    "from collections import Counter\nassert f([3, 1, 2]) == Counter([1, 2, 3])",
    "def g(y):\n    y.append(1)\n    return f(y)\nassert g([3, 1]) == [3, 1, 1]",
    "class C:\n    def __getattr__(self, name):\n        return f([3, 1, 2])\nassert getattr(C(), 'x', 0) == [3, 1, 2]",
)  # fmt: skip

GLOBALS = """
import math
from functools import reduce
LIMIT, NAMES, TOTAL = 3, ['a', 'b'], 0
def g(y): return y + 1
class Box:
    def __init__(self, y): self.y = y
"""
USES = (
    "return LIMIT + x", "return g(x)", "return [g(i) for i in NAMES[:x] and range(LIMIT)]", "return Box(x).y",
    "global TOTAL\n    TOTAL += x\n    return TOTAL", "return math.floor(x / 2)", "return sorted(NAMES)[:x]",
    "return x if x < LIMIT else f(x - 1)", "NAMES.append(x)\n    return len(NAMES)", "return os.path.join('a', str(x))",
    "return globals()['LIMIT'] + x", "return eval('g(x)')", "return Counter('aab')['a'] + x", "return helper(x)",
    "return max([LIMIT, x], key=abs)", "LIMIT = x\n    return LIMIT", "return reduce(lambda a, b: a + b, [x, LIMIT])",
    "global NAMES\n    NAMES = [x]\n    return NAMES", "return len(NAMES) + x", "return x + 1", "return x",
)  # fmt: skip
SETS = (
    "LIMIT = 9", "LIMIT += 2", "NAMES = ['c']", "NAMES.append('z')", "TOTAL = 5", "del LIMIT", "import os", "import math",
    "from cmath import sqrt as g", "from collections import Counter", "from math import *", "import cmath as math",
    "def g(y): return y * 10", "def helper(y): return -y", "def len(y): return 50", "def sorted(y): return ['mine']",
    "class Box:\n    def __init__(self, y): self.y = -y", "for LIMIT in (4, 7): pass", "with memoryview(b'a') as LIMIT: pass",
    "def sets():\n    global LIMIT\n    LIMIT = 20\nsets()", "f = (lambda old: lambda y: old(y) + 100)(f)", "g = f",
    "if (LIMIT := 6): pass", "try:\n    1 / 0\nexcept ArithmeticError as LIMIT:\n    pass", "max = min", "x = 3", "candidate = f",
    "def check(LIMIT):\n    assert LIMIT\ncheck(1)", "[NAMES for NAMES in 'ab']", "from functools import reduce", "y: int = 3",
    "match [1, 2]:\n    case [LIMIT, *NAMES]: pass", "class T:\n    LIMIT = LIMIT\nLIMIT = T.LIMIT",
)  # fmt: skip
NAMES_SEEN = (
    "assert f(2) == {}", "assert f(2) == {}", "assert f(2) == {}", "f(1)\nassert f(2) == {}", "assert f(2) != {}",
    "f(2)\nassert TOTAL == {}", "f(2)\nassert len(NAMES) == {}", "assert g(3) == {}", "r = f(2)\nassert f(1) and r == {}",
    "def check(candidate):\n    assert candidate(2) == {}\ncheck(f)", "def test_f():\n    assert f(2) == {}\ntest_f()",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pair:
    """A program and the statements that test it."""

    program: str
    tests: tuple[str, ...]

    @property
    def suite(self) -> Suite:
        return Suite(tuple(AssertTest(f"t{number}", code) for number, code in enumerate(self.tests)), "f")


def pairs(seed: int, *, numpy: bool = True) -> Iterator[Pair]:
    """Yield pairs without end, the same for a seed."""
    draw, of_names = random.Random(seed), random.Random(f"{seed} names")
    while True:
        if of_names.random() < 0.15:
            yield names_pair(of_names)
        program = a_program(draw, numpy=numpy)
        tests = tuple(a_test(draw, program) for _ in range(draw.choice((1, 1, 2, 3))))
        if numpy or not any("numpy" in test for test in tests):
            yield Pair(program, tests)


def a_program(draw: random.Random, *, numpy: bool) -> str:
    """Return a program that defines ``f``."""
    head = HEAD + ("import numpy as np\n" if numpy else "")
    returned = draw.choice(NUMPY if numpy and draw.random() < 0.2 else RETURNED)
    last = f"return {returned}" if draw.random() > 0.15 else f"raise {draw.choice(RAISED)}"
    if draw.random() < 0.05:
        last = "yield from x"
    if draw.random() < 0.03:
        return f"{head}class f:\n    def __init__(self, x):\n        self.x, self.total = x, sum(x)\n"
    statements = [line for line in (draw.choice(BEFORE), last) if line]
    default = draw.choice(("", "", "", ", more=[]"))
    if default:
        statements[-1:] = ["more.append(1)", draw.choice(("return more", last))]
    return f"{head}def f(x{default}):\n" + indent("\n".join(statements), "    ") + "\n"


def a_test(draw: random.Random, program: str) -> str:
    """Return the statements of one test; half of the expected values are those of plain Python."""
    if draw.random() < 0.08:
        return draw.choice(WHOLE)
    call = draw.choice(CALLS)
    kind = draw.random()
    if kind < 0.2:
        body = f"try:\n    r = {call}\n{draw.choice(CAUGHT)}"
    elif kind < 0.45:
        body = f"r = {call}\n{draw.choice(AFTER)}"
    else:
        seen = draw.choice(SEEN).replace("{}", call)
        body = (
            f"assert {seen}" if draw.random() < 0.2 else f"assert {seen} == {expected(draw, program, seen)}"
        )
    body = f"a = [3, 1, 2]\n{body}" if kind < 0.45 or "a" in call else body
    if draw.random() < 0.3:
        body = "def check(candidate):\n" + indent(body.replace("f(", "candidate("), "    ") + "\ncheck(f)"
    return body


def names_pair(draw: random.Random) -> Pair:
    """Return a program that uses the globals of its module, and tests that bind some of these names."""
    head = GLOBALS if draw.random() < 0.8 else ""
    program = f"{head}def f(x):\n    {draw.choice(USES)}\n"
    sets = [draw.choice(SETS) for _ in range(draw.choice((0, 1, 1, 2)))]
    tests: list[str] = []
    for number, statement in enumerate([*sets, ""]):
        seen = draw.choice(NAMES_SEEN)
        value = draw.choice(VALUES)
        if draw.random() < 0.7:
            value = seen_by_plain_python(program, [*tests, statement], seen) or value
        checks = draw.random() < 0.5 or number == len(sets)
        tests.append("\n".join([statement, seen.replace("{}", value)] if checks else [statement]))
    return Pair(program, tuple(test for test in tests if test))


def seen_by_plain_python(program: str, before: Sequence[str], seen: str) -> str:
    """Return the value that makes a statement hold in plain Python, if it can be written."""
    found: list[str] = []

    class Asked:  # noqa: PLW1641 - nothing hashes it
        def __eq__(self, other: object) -> bool:
            found.append(repr(other))
            return True

    module: dict[str, object] = {"__name__": "program", "asked": Asked()}
    with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):
        for code in (program, *before, seen.replace("{}", "asked")):
            exec(code, module)
        ast.literal_eval(found[-1])
        return found[-1]
    return ""


def expected(draw: random.Random, program: str, seen: str) -> str:
    """Return a value to compare with: what plain Python has there, if that can be written, or any."""
    if draw.random() < 0.6:
        module: dict[str, object] = {"__name__": "program", "a": [3, 1, 2]}
        with contextlib.suppress(BaseException), contextlib.redirect_stdout(io.StringIO()):
            exec(program, module)
            text = repr(eval(seen, module))
            ast.literal_eval(text)
            return text
    return draw.choice(VALUES)


_PLAIN = """
import json, os, resource, signal, sys
from contextlib import suppress
with suppress(ImportError):
    import numpy
sys.set_int_max_str_digits(0)
for line in sys.stdin:
    process = os.fork()
    if process == 0:
        memory, cpu, wall = map(int, sys.argv[1:])
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
        signal.alarm(wall)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        module = type(sys)("plain")
        sys.modules["plain"] = module
        vars(module)["candidate"] = lambda *a, **k: module.f(*a, **k)
        status = 1
        try:
            for code in json.loads(line):
                exec(compile(code, "plain", "exec"), vars(module))
            status = 0
        except BaseException:
            pass
        os._exit(status)
    print(int(os.waitpid(process, 0)[1] == 0), flush=True)
"""


def plain_python(asked: Sequence[Pair], limits: Limits = LIMITS) -> list[bool]:
    """Return whether each program passes its tests in plain Python, with what one may use in the sandbox."""
    allowed = map(str, (limits.memory_bytes, ceil(limits.cpu_seconds), ceil(limits.wall_seconds)))
    lines = "".join(json.dumps([pair.program, *pair.tests]) + "\n" for pair in asked)
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory() as place:  # programs may write files
        done = subprocess.run(
            [sys.executable, "-c", _PLAIN, *allowed],
            input=lines,
            capture_output=True,
            text=True,
            check=True,
            env=environment,
            cwd=place,
        )
    return [line == "1" for line in done.stdout.split()]
