"""Programs that look for the expected answers, or for anything else that is not theirs."""

from sharpen.types import AssertTest, CallTest
from tests.sandbox.hostile import Hostile

SECRET = 739158264
SEEKING = (CallTest("c", (1,), SECRET),)
ASSERTING = (AssertTest("a", f"assert f(1) == {SECRET}"),)
BEHIND = (CallTest("c1", (1,), 1), CallTest("c2", (1,), SECRET))
FIND = """
def secrets(objects):
    found = [o for o in objects if type(o) is int and 739000000 < o < 740000000]
    texts = [repr(o) for o in objects if type(o) in (str, bytes, tuple, list, dict, bytearray)]
    import re
    return found + [int(n) for t in texts for n in re.findall("7391[0-9]{5}", t)]
"""
FRAMES = (
    FIND
    + """
import sys
def f(x):
    frame, seen = sys._getframe(), []
    while frame:
        seen += [*frame.f_locals.values(), *frame.f_globals.values()]
        for value in frame.f_locals.values():
            seen += list(getattr(value, "__dict__", {}).values())
        frame = frame.f_back
    return (secrets(seen) or [0])[0]
"""
)
COLLECTOR = FIND + "\nimport gc\ndef f(x): return (secrets(gc.get_objects()) or [0])[0]\n"
STACK = (
    FIND
    + "\nimport inspect\ndef f(x): return (secrets([vars(s.frame.f_code) if 0 else s.code_context for s in inspect.stack()]) or [0])[0]\n"
)


def call(number: int, *arguments: int) -> str:
    given = ", ".join(map(str, (number, *arguments)))
    return f"import ctypes\ndef f(x): return ctypes.CDLL(None).syscall({given})"


PROGRAMS = [
    *(
        Hostile(f"{name}, {form}", "wrong_answer", code, tests=tests, message="returned 0")
        for name, code in (("frames", FRAMES), ("the garbage collector", COLLECTOR), ("the stack", STACK))
        for form, tests in (("calls", SEEKING), ("an assertion", ASSERTING))
    ),
    Hostile(
        "ctypes over its own memory",
        "wrong_answer",
        "import sys\ndef f(x): return sys.getrefcount(739158264) and 1",
        tests=BEHIND,
    ),
    Hostile("its own memory as a file", "forbidden", "def f(x): return open('/proc/self/mem', 'rb').read(1)"),
    Hostile("its own maps", "forbidden", "def f(x): return open('/proc/self/maps').read()"),
    Hostile("its own command line", "forbidden", "def f(x): return open('/proc/self/cmdline').read()"),
    Hostile("its own descriptors", "forbidden", "import os\ndef f(x): return os.listdir('/proc/self/fd')"),
    Hostile(
        "its parent's memory",
        "forbidden",
        "import os\ndef f(x): return open(f'/proc/{os.getppid()}/mem', 'rb').read(1)",
    ),
    Hostile(
        "the environment of the first process", "forbidden", "def f(x): return open('/proc/1/environ').read()"
    ),
    Hostile("every process", "forbidden", "import os\ndef f(x): return os.listdir('/proc')"),
    Hostile(
        "the environment",
        "wrong_answer",
        "import os\ndef f(x): return [k for k in os.environ if 'KEY' in k or 'PATH' in k]",
        message="returned []",
    ),
    Hostile(
        "process_vm_readv", "wrong_answer", "import os\n" + call(310, 1, 0, 0, 0, 0), message="returned -1"
    ),
    Hostile("ptrace", "wrong_answer", call(101, 16, 1, 0, 0), message="returned -1"),
    Hostile("the temporary directory", "forbidden", "import os\ndef f(x): return os.listdir('/tmp')"),
    Hostile("the root directory", "forbidden", "import os\ndef f(x): return os.listdir('/')"),
    Hostile("the directory above", "forbidden", "import os\ndef f(x): return os.listdir('..')"),
    Hostile("the users", "forbidden", "def f(x): return open('/etc/passwd').read()"),
    Hostile(
        "the harness' modules",
        "wrong_answer",
        "import sys\ndef f(x): return [m for m in sys.modules if m.startswith('sharpen')]",
        message="returned []",
    ),
    Hostile(
        "the harness' package",
        "exception",
        "import sharpen\ndef f(x): return x * x",
        message="No module named 'sharpen'",
    ),
    Hostile(
        "the source of its caller",
        "exception",
        "import inspect, sys\ndef f(x): return inspect.getsource(sys._getframe(1))",
    ),
]
