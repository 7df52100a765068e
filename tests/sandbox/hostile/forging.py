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

POLY = "def poly(xs, x):\n    return sum(c * x**i for i, c in enumerate(xs))\n"

PROGRAMS = [
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
        "class UnforeseenError(BaseException): pass\nclass Interruption(BaseException): pass\n"
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
    Hostile(
        "changes the input that the assertion reads",
        "wrong_answer",
        "def f(xs):\n    xs.clear()\n    return []",
        tests=(AssertTest("a", "x = [3, 1, 2]\nassert f(x) == sorted(x)"),),
    ),
    Hostile(
        "the same object for every call",
        "wrong_answer",
        "class Odd: pass\nodd = Odd()\ndef f(x): return odd",
        tests=(AssertTest("a", "assert f(1) == f(2)"),),
    ),
    Hostile(
        "an object handed back to it",
        "wrong_answer",
        "class Odd: pass\ndef f(x): return 9 if isinstance(x, Odd) else Odd()",
        tests=(AssertTest("a", "assert f(f(3)) == 9"),),
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
