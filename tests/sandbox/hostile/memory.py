"""Programs that want all memory, in its many forms."""

from tests.sandbox.hostile import SQUARE, Hostile
from tests.sandbox.hostile.reading import call

SMALL = {"memory_bytes": 300 * 2**20, "cpu_seconds": 20.0}

PROGRAMS = [
    Hostile("a huge buffer", "memory", "def f(x): return bytearray(10**12)"),
    Hostile("a huge buffer at import", "memory", "x = bytearray(10**12)" + SQUARE),
    Hostile(
        "a list that grows",
        "memory",
        "def f(x):\n    x = []\n    while True: x.append(' ' * 10**6)",
        limits=SMALL,
    ),
    Hostile("a huge text", "memory", "def f(x): return 'x' * 10**11"),
    Hostile("a huge number", "memory", "def f(x): return 1 << 10**12"),
    Hostile("all memory in a map", "exception", "import mmap\ndef f(x): return len(mmap.mmap(-1, 10**11))"),
    Hostile(
        "swallowing the error",
        "wrong_answer",
        "def f(x):\n    try: bytearray(10**12)\n    except MemoryError: return 7",
    ),
    Hostile("recursion", "exception", "def f(x): return f(x + 1)", message="RecursionError"),
    Hostile(
        "memory without a name", "forbidden", "import os\nos.memfd_create('x')" + SQUARE, needs="syscalls"
    ),
    Hostile(
        "shared memory",
        "forbidden",
        "from multiprocessing.shared_memory import SharedMemory\nSharedMemory(create=True, size=10)" + SQUARE,
    ),
    Hostile(
        "System V memory", "wrong_answer", call(29, 0, 4096, 0o1600), message="returned -1", needs="syscalls"
    ),
    Hostile(
        "a message queue", "wrong_answer", call(240, 0, 0, 0, 0), message="returned -1", needs="syscalls"
    ),
    Hostile(
        "a disk full of files",
        "exception",
        "for n in range(100): open(str(n), 'wb').write(b'x' * 10**6 * 2)" + SQUARE,
        message="No space left",
        needs="scratch",
    ),
    Hostile(
        "a disk full of names",
        "exception",
        "for n in range(20000): open(str(n), 'wb').close()" + SQUARE,
        message="No space left",
        needs="scratch",
    ),
    Hostile(
        "a file that is too large",
        "exception",
        "open('big', 'wb').write(b'x' * 10**8)" + SQUARE,
        message="File too large",
    ),
    Hostile(
        "a file with a hole",
        "exception",
        "import os\nos.truncate(os.open('big', os.O_CREAT | os.O_RDWR), 10**12)" + SQUARE,
        message="File too large",
    ),
    Hostile(
        "too many open files",
        "exception",
        "x = [open('/dev/null') for _ in range(1000)]" + SQUARE,
        message="Too many open files",
    ),
]
