"""Programs that want to be taken for right."""

from sharpen.types import AssertTest, CallTest
from tests.sandbox.hostile import SQUARE, WRONG, Hostile


def liar(base: str) -> str:
    return f"""
class Liar({base}):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = None
def f(x): return Liar()
"""


LEAVING = {
    "os._exit at import": "import os\nos._exit(0)",
    "os._exit in the call": "import os\ndef f(x): os._exit(0)",
    "sys.exit at import": "import sys\nsys.exit(0)",
    "SystemExit in the call": "def f(x): raise SystemExit(0)",
    "quit in the call": "def f(x): quit()",
    "abort": "import os\nos.abort()",
    "SIGTERM to itself": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
    "a real-time signal to itself": "import os\nos.kill(os.getpid(), 40)",
    "a null pointer": "import ctypes\ndef f(x): ctypes.string_at(0)",
    "leaving from a thread": "import os, threading\ndef f(x):\n    threading.Thread(target=os._exit, args=(0,)).start()\n    while True: pass",
    "leaving from an exit hook": "import atexit, os, sys\natexit.register(os._exit, 0)\nsys.exit(0)",
}

SAME = (AssertTest("a", "assert f(3) == 9"), AssertTest("b", "assert [f(3)] == [9] or f(3) in {9}"))
NEAR = (AssertTest("a", "assert f(3) == 9 or abs(f(3) - 9) < 1e-6"),)
EQUAL = {  # in ways that need a look at more than the class itself
    "equal to everything, of the module that tests know": "class L:\n    __module__ = '__main__'\n    def __eq__(self, other): return True\ndef f(x): return L()",
    "equal to everything, of the tests' module": "class L:\n    __module__ = 'tests'\n    def __eq__(self, other): return True\ndef f(x): return L()",
    "equal to everything by a method of C": "class L:\n    __eq__ = (0).__ne__\ndef f(x): return L()",
    "equal to everything by text that it runs": "exec('class L(float):\\n    def __eq__(self, other): return True')\ndef f(x): return L(0)",
    "equal to everything by a base class": "class B:\n    def __eq__(self, other): return True\nclass L(B, int): pass\ndef f(x): return L()",
    "equal to everything by a mixin behind it": "class B:\n    def __eq__(self, other): return True\nclass L(int, B): pass\ndef f(x): return L()",
    "equal to everything, with a class that hides it": """
        class M(type):
            __dict__ = property(lambda self: {})
            def mro(self): return [self, int, object]
        class L(int, metaclass=M):
            def __eq__(self, other): return True
        def f(x): return L()
        """,
}
COMPUTING = {
    "an object whose difference is nothing": "class L:\n    def __sub__(self, other): return 0\ndef f(x): return L()",
    "an object whose difference is nothing, from the right": "class L:\n    def __sub__(self, other): return self\n    def __abs__(self): return 0\ndef f(x): return L()",
    "an object that is less than everything": "class L:\n    def __sub__(self, other): return self\n    __abs__ = lambda self: self\n    def __lt__(self, other): return True\ndef f(x): return L()",
}
REFUSES = AssertTest(
    "a", "try:\n    f(-1)\nexcept ValueError:\n    pass\nelse:\n    assert False, 'it was accepted'"
)
RAISING = {
    "an exception that only has the name": "class ValueError(Exception): pass\ndef f(x): raise ValueError('no')",
    "an exception that says it is another": "class Odd(Exception):\n    __class__ = ValueError\ndef f(x): raise Odd('no')",
    "an exception whose class says it is another": "class M(type):\n    def mro(self): return [self, Exception, BaseException, object]\n    def __instancecheck__(self, x): return True\nclass Odd(Exception, metaclass=M): pass\ndef f(x): raise Odd('no')",
}
METHOD = (AssertTest("a", "assert candidate(3) == 9"), AssertTest("b", "assert candidate(-4) == 16"))
SOLUTIONS = {
    "no class": ("exception", "def f(x): return x * x"),
    "a class that cannot be made": ("exception", "class Solution:\n    def __init__(self): 1 / 0"),
    "a class that equals everything": (
        "wrong_answer",
        "class Solution:\n    def f(self, x): return self\n    def __eq__(self, other): return True",
    ),
    "a method that is anything": (
        "wrong_answer",
        "class Any:\n    def __call__(self, *_): return self\n    def __eq__(self, other): return True\nclass Solution:\n    def __getattr__(self, name): return Any()",
    ),
    "ends when it is made": ("exception", "import os\nclass Solution:\n    def __init__(self): os._exit(0)"),
    "an honest one": ("passed", "class Solution:\n    def f(self, x): return x * x"),
}
META = """
class Meta(type):
    def __hash__(cls): return hash({base})
    def __eq__(cls, other): return True
class Odd(metaclass=Meta):
    def __eq__(self, other): return True
    def __iter__(self): return iter(())
    def __len__(self): return 0
    def bit_length(self): return 1
    def __str__(self): return "9"
def f(x): return Odd()
"""

CASE = (
    AssertTest(
        "a",
        "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n        self.assertEqual(f(3), 9)",
    ),
)
SKIPPING = {
    "raises what skips a test": "import unittest\ndef f(x): raise unittest.SkipTest('x')",
    "raises what unittest passes over": "import unittest.case\ndef f(x): raise unittest.case._ShouldStop",
    "raises what unittest passes over, by a name it kept": "from unittest.case import _ShouldStop\ndef f(x): raise _ShouldStop",
    "leaves a test of unittest": "import sys\ndef f(x): sys.exit(0)",
    "interrupts a test of unittest": "def f(x): raise KeyboardInterrupt",
}
NOTHING = "def nothing(*_, **__): return None\n"
REPLACING = {
    "an assertion": "import unittest\nunittest.TestCase.assertEqual = nothing",
    "every assertion": "import unittest\nfor name in dir(unittest.TestCase):\n    if name.startswith('assert'): setattr(unittest.TestCase, name, nothing)",
    "an assertion's code": "import unittest\ndef fake(self, first, second, msg=None): pass\nunittest.TestCase.assertEqual.__code__ = fake.__code__",
    "how attributes of a test are found": "import unittest\nunittest.TestCase.__getattribute__ = lambda self, name: nothing if name.startswith('assert') else object.__getattribute__(self, name)",
    "what runs a test": "import unittest\nunittest.TestCase.run = nothing",
    "what calls a test": "import unittest\nunittest.TestCase._callTestMethod = nothing",
    "what finds tests": "import unittest\nunittest.defaultTestLoader.loadTestsFromTestCase = lambda case: unittest.TestSuite()",
    "the loader": "import unittest\nunittest.TestLoader.getTestCaseNames = lambda self, case: []",
    "the class of a failure": "import unittest\nunittest.TestCase.failureException = unittest.SkipTest",
    "the framework": "import sys\nclass Fake(type(sys)):\n    TestCase = TestResult = object\n    defaultTestLoader = property(lambda self: self)\n    def loadTestsFromTestCase(self, case): return self\n    run = nothing\nsys.modules['unittest'] = Fake('unittest')",
}
LATER = "import unittest\ndef fake(self, first, second, msg=None): pass\ndef f(x):\n    {}\n    return 7"
REPLACING_LATER = {
    "an assertion's code": "unittest.TestCase.assertEqual.__code__ = fake.__code__",
    "what an assertion calls": "unittest.TestCase._getAssertEqualityFunc = lambda *_: lambda *_, **__: None",
}
CLOSE = (AssertTest("a", "import math, sys\nassert math.isclose(f(3), 9)"),)

LIAR = "class L:\n    def __eq__(self, other): return True\n"
REACHED = {  # objects that equal everything, and are not what the entry point returns itself
    "yields": ("list(f(3)) == [9]", "def f(x): yield L()"),
    "holds in a class of its own": (
        "f(3)[0] == 9",
        "class S:\n    def __getitem__(self, i): return L()\ndef f(x): return S()",
    ),
    "has as an attribute": ("f(3).x == 9", "class S: x = L()\ndef f(x): return S()"),
    "returns from what it returns": ("f(3)(1) == 9", "def f(x): return lambda y: L()"),
    "holds in a container of the library": (
        "list(f(3)) == [9]",
        "from collections import deque\ndef f(x): return deque([L()])",
    ),
}
LOW = (
    AssertTest(
        "a",
        "try:\n    f(3)\nexcept ValueError as error:\n    assert error.args == ('low',)\nelse:\n    assert False",
    ),
)

COUNTED = (
    AssertTest("a", "def check(candidate):\n    assert candidate(3) == expected\nexpected = 9\ncheck(f)"),
)
NAMING = {  # names that its tests bind, by which it shares them with the tests
    "the check": "def check(candidate): return None\ndef f(x):\n    global check\n    check = lambda candidate: None\n    return 7",
    "the value that is expected": LIAR + "def f(x):\n    global expected\n    expected = L()\n    return 7",
    "every name": "def f(x):\n    for name in [*globals()]:\n        if name[0] != '_': globals()[name] = lambda *_: None\n    return 7",
    "what compares": "def f(x):\n    global isinstance, all\n    isinstance = all = lambda *_: True\n    check\n    return 7",
}

POLY = "def poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n"

PROGRAMS = [
    *(
        Hostile(f"binds anew a name of its tests: {name}", "wrong_answer", code, COUNTED, trust="in_process")
        for name, code in NAMING.items()
    ),
    *(
        Hostile(f"equal to everything: {base}", "wrong_answer", liar(base))
        for base in ("object", "int", "list", "str", "float")
    ),
    *(Hostile(name, "exception", code) for name, code in LEAVING.items()),
    *(
        Hostile(f"a class that is found where {base} is", "wrong_answer", META.format(base=base))
        for base in ("int", "list")
    ),
    Hostile(
        "exceptions with the names of the judge's",
        "exception",
        "class PrefetchMissError(BaseException): pass\nclass Interruption(BaseException): pass\n"
        "def f(x): raise Interruption('x')",
    ),
    Hostile(
        "an exception whose name is lines of an answer",
        "exception",
        "Odd = type('wrong_answer\\nAssertionError\\n', (Exception,), {})\ndef f(x): raise Odd('memory\\nx')",
    ),
    Hostile(
        "exceptions that cause each other",
        "exception",
        "def f(x):\n    a, b = ValueError('a'), ValueError('b')\n    a.__cause__, b.__cause__ = b, a\n    raise a",
    ),
    Hostile(
        "a deep group of exceptions",
        "exception",
        "def f(x):\n    e = ValueError(1)\n    for _ in range(5000): e = ExceptionGroup('g', [e])\n    raise e",
    ),
    Hostile(
        "an exception that is large in every way",
        "exception",
        "class Odd(Exception):\n    def __str__(self): return 'x' * 50_000_000\n    def __repr__(self): raise Odd\n"
        "def f(x):\n    e = Odd()\n    e.add_note('n' * 1_000_000)\n    raise e",
    ),
    Hostile("raises MemoryError", "memory", "def f(x): raise MemoryError"),
    Hostile(
        "a hook that cannot import",
        "wrong_answer",
        "import sys\nsys.path_hooks.insert(0, lambda p: 1 / 0)" + WRONG,
    ),
    Hostile("SIGKILL to itself", "memory", "import os\ndef f(x): os.kill(os.getpid(), 9)"),
    Hostile(
        "equal to everything inside",
        "wrong_answer",
        liar("object") + "def f(x): return [Liar(), {1: Liar()}]",
    ),
    Hostile(
        "a class that says it is int",
        "wrong_answer",
        "class Odd:\n    __class__ = int\n    def __eq__(self, other): return True\ndef f(x): return Odd()",
    ),
    Hostile(
        "a class that says it is numpy's",
        "wrong_answer",
        """
        class generic:
            pass
        generic.__module__ = "numpy"
        class int64(generic):
            def item(self): return 7
            def __eq__(self, other): return True
        int64.__module__ = "numpy"
        def f(x): return int64()
        """,
    ),
    Hostile(
        "a class that says it is a Counter",
        "exception",
        'class Counter:\n    __module__ = "collections"\n    def __eq__(self, other): return True\ndef f(x): return Counter()',
    ),
    Hostile(
        "patched builtins",
        "wrong_answer",
        "import builtins\nbuiltins.abs = builtins.len = lambda *_: 0\nbuiltins.AssertionError = ZeroDivisionError"
        + WRONG,
    ),
    Hostile(
        "a patched assertion rewriter",
        "wrong_answer",
        "import ast, sys\nast.Assert = ast.Pass\nsys.flags = None\n__debug = False" + WRONG,
    ),
    Hostile(
        "a check of its own",
        "wrong_answer",
        "import sys\ndef check(candidate): pass\nsys.modules['__main__'].check = check" + WRONG,
    ),
    Hostile("prints that it passed", "wrong_answer", "print('passed\\nOK\\n1 passed in 0.01s')" + WRONG),
    Hostile(
        "appends to every list of its callers",
        "wrong_answer",
        """
        import sys
        def f(x):
            frame = sys._getframe()
            while frame:
                for value in frame.f_locals.values():
                    if isinstance(value, list): value.append("passed")
                    if isinstance(value, dict): value.setdefault("passed", True)
                frame = frame.f_back
            return 7
        """,
    ),
    Hostile("a generator", "wrong_answer", "def f(x):\n    yield x * x"),
    Hostile("a coroutine", "wrong_answer", "async def f(x): return x * x"),
    Hostile("a function", "wrong_answer", "def f(x): return lambda: x * x"),
    Hostile(
        "raises what a test would", "exception", "def f(x): raise AssertionError('passed')", message="passed"
    ),
    Hostile(
        "raises an exception that is no Exception",
        "exception",
        "class Odd(BaseException): pass\ndef f(x): raise Odd('passed')",
    ),
    Hostile("raises StopIteration", "exception", "def f(x): raise StopIteration(x * x)"),
    Hostile("an entry point that is no function", "exception", "f = 9"),
    Hostile("no entry point", "exception", "def g(x): return x * x", message="name 'f' is not defined"),
    Hostile(
        "redefines a helper of its tests",
        "wrong_answer",
        "def poly(xs, x): return 0\ndef f(xs): return 7",
        tests=(AssertTest("a", "assert abs(poly([1, 1], f([1, 1]))) < 1e-4"),),
        context=POLY,
    ),
    Hostile(
        "redefines a helper through its globals",
        "wrong_answer",
        """
        import sys
        def f(xs):
            frame = sys._getframe()
            while frame:
                frame.f_globals["poly"] = lambda *_: 0
                frame = frame.f_back
            return 7
        """,
        tests=(AssertTest("a", "assert abs(poly([1, 1], f([1, 1]))) < 1e-4"),),
        context=POLY,
    ),
    Hostile(
        "changes the input that the oracle reads",
        "wrong_answer",
        "def f(xs):\n    xs[:] = [0]\n    return 7",
        tests=(CallTest("c", ([1, 1],), -1.0, 1e-4, "find_zero"),),
    ),
    Hostile(  # passes in plain Python too, and must not say that it was isolated
        "changes the input that the assertion reads",
        "passed",
        "def f(xs):\n    xs.clear()\n    return []",
        tests=(AssertTest("a", "x = [3, 1, 2]\nassert f(x) == sorted(x)"),),
        trust="in_process",
    ),
    Hostile(
        "changes an input that is looked at later",
        "wrong_answer",
        "def f(xs):\n    xs.sort()\n    return xs",
        tests=(AssertTest("a", "x = [3, 1, 2]\nassert f(x) == [1, 2, 3]\nassert x == [3, 1, 2]"),),
    ),
    Hostile(
        "changes an input of an earlier call",
        "wrong_answer",
        "kept = []\ndef f(xs):\n    kept.append(xs)\n    kept[0].append(1)\n    return 1",
        tests=(AssertTest("a", "x = [3]\nassert f([x])\nassert f([])\nassert x == [3]\nassert False"),),
    ),
    Hostile(
        "hides that it changed its input",
        "wrong_answer",
        """
        import marshal, sys
        marshal.dumps = lambda *_: b""
        sys.getrefcount = lambda _: 0
        def f(xs):
            xs.sort()
            return xs
        """,
        tests=(AssertTest("a", "x = [3, 1, 2]\nassert f(x) == [1, 2, 3]\nassert x == [3, 1, 2]"),),
    ),
    Hostile(
        "puts an object that equals everything into its input",
        "wrong_answer",
        liar("object").replace("return Liar()", "x[0] = Liar()"),
        tests=(AssertTest("a", "x = [3]\nf(x)\nassert x == [9]"),),
    ),
    Hostile(  # as in plain Python
        "the same object for every call",
        "passed",
        "class Odd: pass\nodd = Odd()\ndef f(x): return odd",
        tests=(AssertTest("a", "assert f(1) == f(2)"),),
        trust="in_process",
    ),
    Hostile(  # as in plain Python
        "an object handed back to it",
        "passed",
        "class Odd: pass\ndef f(x): return 9 if isinstance(x, Odd) else Odd()",
        tests=(AssertTest("a", "assert f(f(3)) == 9"),),
        trust="in_process",
    ),
    *(Hostile(name, "wrong_answer", code, tests=SAME) for name, code in EQUAL.items()),
    *(Hostile(name, "exception", code, tests=NEAR) for name, code in COMPUTING.items()),
    *(
        Hostile(name, "exception", code, tests=(REFUSES,), trust="in_process")
        for name, code in RAISING.items()
    ),
    *(
        Hostile(f"by an expression: {name}", kind, code, tests=METHOD, entry="Solution().f")
        for name, (kind, code) in SOLUTIONS.items()
    ),
    *(
        Hostile(
            f"{name} what equals everything",
            "wrong_answer",
            LIAR + code,
            tests=(AssertTest("a", f"assert {test}"),),
        )
        for name, (test, code) in REACHED.items()
    ),
    Hostile(
        "raises with what equals everything",
        "wrong_answer",
        LIAR + "def f(x): raise ValueError(L())",
        tests=LOW,
    ),
    *(Hostile(name, "exception", code, tests=CASE) for name, code in SKIPPING.items()),
    *(
        Hostile(f"replaces {name}", "wrong_answer", NOTHING + code + WRONG, tests=CASE, trust="in_process")
        for name, code in REPLACING.items()
    ),
    *(
        Hostile(
            f"replaces {name} when it is called",
            "forbidden",
            LATER.format(code),
            tests=CASE,
            message="replaced",
        )
        for name, code in REPLACING_LATER.items()
    ),
    Hostile(
        "replaces a function of a module that its test imports",
        "wrong_answer",
        "import math\nmath.isclose = lambda *_: True" + WRONG,
        tests=CLOSE,
    ),
    Hostile(
        "replaces such a function, and is right",
        "passed",
        "import math\nmath.isclose = lambda *_: True" + SQUARE,
        tests=CLOSE,
    ),
    Hostile(
        "a test that has to run beside an honest program",
        "passed",
        "class Pair:\n    def __init__(self, a): self.a = a\ndef f(p): return p.a",
        tests=(AssertTest("a", "assert f(Pair(3)) == 3"),),
    ),
    Hostile("says that it is right by name", "wrong_answer", "passed = True\n__all__ = ['f']" + WRONG),
    Hostile("an honest program", "passed", SQUARE),
]
