"""Scripts, whose output decides."""

from sharpen.types import StdioTest
from tests.sandbox.hostile import SQUARE, Hostile

ONE = (StdioTest("s", "3\n", "9\n16\n"),)
READ = "x = int(input())\n"

PASSING = {
    "by hand": "import os\nos.write(1, b'9\\n16\\n')",
    "written over": "import os\nos.write(1, b'wrong')\nos.lseek(1, 0, 0)\nos.ftruncate(1, 0)\nos.write(1, b'9\\n16\\n')",
    "late": "import atexit, threading, time\natexit.register(print, 16)\nthreading.Thread(target=lambda: (time.sleep(0.1), print(9, flush=True))).start()",
    "and then leaving": "import os\nprint('9\\n16', flush=True)\nos._exit(0)",
    "and then sys.exit(3)": "import sys\nprint('9\\n16')\nsys.exit(3)",
    "with noise on the other stream": "import sys\nprint('9\\n16')\nsys.stderr.write('x' * 10**6)",
    "from the device": "x = int(open('/dev/stdin').read())\nprint(x * x, 16, sep='\\n')",
}
WRONG = {
    "nothing": "pass",
    "only the first line": "print(9)",
    "a line too many": "print('9\\n16\\n25')",
    "another order": "print('16\\n9')",
    "one line": "print('9 16')",
    "foreign digits": "print('٩\\n١٦')",
    "zeros between": "print('9\\0\\n16')",
    "the words of a judge": "print('passed\\naccepted')",
    "on the other stream": "import sys\nsys.stderr.write('9\\n16\\n')",
    "into a hole": "import os\nprint('x' * 100, flush=True)\nos.ftruncate(1, 1 << 22)\nos.lseek(1, 0, 0)",
    "with flags of its own": "import fcntl, os\nfor flag in (os.O_APPEND, os.O_NONBLOCK):\n    fcntl.fcntl(1, fcntl.F_SETFL, flag)\nprint(7)",
    "behind locks": "import fcntl\nfcntl.flock(0, 2)\nfcntl.flock(1, 2)\nprint(7)",
    "with other ends of lines": "print('9\\x0b16', end='')",
    "and leaving with 0": "import os\nos._exit(0)",
    "into its input": "import os\nos.write(0, b'9\\n16\\n')",
    "to a closed stream": "import sys\nsys.stdout = None\nprint('9\\n16')",
}
FAILING = {
    "and then an error": "print('9\\n16', flush=True)\n1 / 0",
    "and then a status": "import os\nprint('9\\n16', flush=True)\nos._exit(1)",
    "and then a crash": "import os\nprint('9\\n16', flush=True)\nos.abort()",
    "to a stream that it closed": "import sys\nsys.stdout.close()\nprint('9\\n16')",
    "without end": "while True: print('x' * 1000)",
    "more input than there is": "input()\ninput()",
}

PROGRAMS = [
    *(Hostile(f"right, {name}", "passed", code, tests=ONE) for name, code in PASSING.items()),
    *(Hostile(f"wrong, {name}", "wrong_answer", code, tests=ONE) for name, code in WRONG.items()),
    *(Hostile(f"right, {name}", "exception", code, tests=ONE) for name, code in FAILING.items()),
    Hostile(
        "more than a pipe holds",
        "passed",
        "import sys\nprint('x' * 10**6)\nsys.stderr.write('y' * 10**6)" + SQUARE,
    ),
    Hostile(
        "what another input left",
        "wrong_answer",
        "import os\nprint(len(os.listdir('.')))\nopen('left', 'w')",
        tests=(StdioTest("a", "", "0"), StdioTest("b", "", "1")),
    ),
]
