"""Programs that break the interpreter that they run in: right ones stay right."""

from tests.sandbox.hostile import SQUARE, WRONG, Hostile

BREAKING = {
    "no modules": "import sys\nsys.modules.clear()",
    "modules that are None": "import sys\nfor name in list(sys.modules): sys.modules[name] = None",
    "no path": "import sys\nsys.path.clear()\nsys.meta_path.clear()\nsys.path_hooks.clear()",
    "no garbage collection": "import gc\ngc.disable()\ngc.freeze()\ngc.set_threshold(1)",
    "no signals": "import signal\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass",
    "no json": "import json, json.encoder\njson.dumps = json.loads = json.JSONEncoder = json.encoder.encode_basestring_ascii = None",
    "no os": "import os\nos.write = os.read = os._exit = os.getpid = os.fork = None",
    "no marshal": "import marshal, time\nmarshal.loads = marshal.dumps = time.process_time = None",
    "no builtins": "import builtins\nfor name in ('len', 'type', 'isinstance', 'bytes', 'str', 'int', 'compile', 'exec'): setattr(builtins, name, None)",
    "no builtins of its own": "del __builtins__",
    "no standard output": "import sys\nsys.stdout.close()\nsys.stderr = sys.stdin = None",
    "strange numbers": "import decimal, sys\ndecimal.getcontext().prec = 1\nsys.set_int_max_str_digits(640)",
    "warnings are errors": "import warnings\nwarnings.simplefilter('error')",
    "a hook for exceptions": "import sys\nsys.excepthook = sys.unraisablehook = None",
    "another directory": "import os\nos.chdir('/')",
    "a changed mask": "import os\nos.umask(0o777)",
    "an audit hook": "import sys\nsys.addaudithook(lambda *_: None)",
    "a profiler": "import sys\nsys.setprofile(lambda *_: None)",
    "a switch interval": "import sys\nsys.setswitchinterval(1e-9)",
    "a changed argv": "import sys\nsys.argv = None\nsys.executable = '/bin/sh'",
    "an import hook": "import builtins\nbuiltins.__import__ = None",
}

PROGRAMS = [
    *(Hostile(name, "passed", code + SQUARE) for name, code in BREAKING.items()),
    *(Hostile(f"{name}, and wrong", "wrong_answer", code + WRONG) for name, code in BREAKING.items()),
    Hostile(
        "a trace function that raises", "exception", "import sys\nsys.settrace(lambda *_: 1 / 0)" + SQUARE
    ),
    Hostile(
        "an audit hook that raises",
        "exception",
        "import sys\ndef hook(name, arguments):\n    if name == 'object.__getattr__' or 'marshal' in name: raise RuntimeError('no')\nsys.addaudithook(hook)"
        + SQUARE,
    ),
    Hostile(
        "no room for recursion",
        "exception",
        "import sys\ndef f(x):\n    sys.setrecursionlimit(12)\n    return [[[[[[[x * x]]]]]]]",
    ),
    *(
        Hostile(f"{name}, for the next to meet", "passed", code + SQUARE)
        for name, code in {
            "the end of standard error": "import os\nos.lseek(2, 8 << 20, 0)",
            "much on standard error": "import sys\nfor _ in range(100): print('x' * 100_000, file=sys.stderr)",
            "flags of its streams": "import fcntl, os\nfor n in (0, 1, 2): fcntl.fcntl(n, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK)",
            "locks": "import fcntl\nfor n in (0, 1, 2): fcntl.flock(n, fcntl.LOCK_EX)",
            "numbers of files": "import os\nfor _ in range(300):\n    os.close(os.open('x', os.O_CREAT))\n    os.unlink('x')",
            "numbers of threads": "import threading\nfor _ in range(100):\n    t = threading.Thread(target=int)\n    t.start()\n    t.join()",
        }.items()
    ),
    Hostile(
        "what a program before it left behind",
        "passed",
        "import builtins, os\nassert not hasattr(builtins, 'left')\nassert os.listdir('.') == []\nbuiltins.left = 1\nopen('left', 'w').close()"
        + SQUARE,
    ),
]
