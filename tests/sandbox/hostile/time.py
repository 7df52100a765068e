"""Programs that never end, each in its own way."""

from tests.sandbox.hostile import SQUARE, Hostile

CPU = {"cpu_seconds": 0.3}
CLOCK = {"wall_seconds": 0.5}
LOOPS = {
    "a loop": "def f(x):\n    while True: pass",
    "a loop at import": "while True: pass",
    "a loop in C": "def f(x): return sum(range(10**12))",
    "a loop that catches everything": "def f(x):\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
    "a loop that ignores alarms": "import signal\nfor s in (signal.SIGALRM, signal.SIGPROF, signal.SIGXCPU, signal.SIGVTALRM): signal.signal(s, signal.SIG_IGN)\nsignal.setitimer(signal.ITIMER_PROF, 0)\ndef f(x):\n    while True: pass",
    "a loop with a stopped clock": "import time\ntime.process_time = time.monotonic = time.time = lambda: 0.0\ndef f(x):\n    while True: pass",
    "a regular expression": "import re\ndef f(x): return re.match('(a+)+$', 'a' * 40 + 'b')",
    "a power": "def f(x): return len(str(3 ** (3 ** 18) % (7 ** 10**7)))",
    "threads that burn": "import threading\ndef burn():\n    while True: pass\ndef f(x):\n    ts = [threading.Thread(target=burn) for _ in range(4)]\n    [t.start() for t in ts]\n    [t.join() for t in ts]",
    "a text that never ends": "class Odd(Exception):\n    def __str__(self):\n        while True: pass\ndef f(x):\n    while True:\n        try: str(Odd())\n        except TypeError: pass",
    "a number that never comes": "class generic: pass\ngeneric.__module__ = 'numpy'\nclass int64(generic):\n    def item(self):\n        while True: pass\nint64.__module__ = 'numpy'\ndef f(x): return int64()",
    "an import that never ends": "import sys\nclass Finder:\n    def find_spec(self, *_):\n        while True: pass\nsys.meta_path.insert(0, Finder())\nimport nothing_of_this_name",
}
WAITS = {
    "sleep": "import time\ndef f(x): time.sleep(600)",
    "sleep at import": "import time\ntime.sleep(600)",
    "sleep without alarms": "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ndef f(x): time.sleep(600)",
    "a lock": "import threading\ndef f(x): threading.Event().wait()",
    "a pipe": "import os\nr, w = os.pipe()\ndef f(x): return os.read(r, 1)",
    "a deadlock": "import threading\nlock = threading.Lock()\nlock.acquire()\ndef f(x): lock.acquire()",
    "pause": "import signal\ndef f(x): signal.pause()",
}

PROGRAMS = [
    *(
        Hostile(name, "timeout", code, limits=CPU, message="0.3 s of processor time")
        for name, code in LOOPS.items()
    ),
    *(
        Hostile(name, "timeout", code, limits=CLOCK, message="0.5 s on the clock")
        for name, code in WAITS.items()
    ),
    Hostile("a short sleep", "passed", "import time\ntime.sleep(0.2)" + SQUARE),
    Hostile("an endless answer", "wrong_answer", "import itertools\ndef f(x): return itertools.count()"),
]
