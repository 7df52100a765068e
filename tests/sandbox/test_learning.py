"""Nothing that a program does can be seen by the next, so guessing never turns into knowing."""

import asyncio
import struct
import sys

import pytest

from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Program, Suite
from tests.sandbox.conftest import script
from tests.sandbox.learning import FORMS, LEFT_OPEN, MEMORIES, program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what the layers promise is Linux's")

SAMPLES = 16
"""Twice as many as the programs need where they can hand anything on."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("memory", MEMORIES)
def test_programs_that_guess_learn_nothing(memory, form, judge, layers):
    if not {"namespaces", "scratch"} <= layers:
        pytest.skip("without a root directory of their own programs share files and numbers")
    if memory == LEFT_OPEN and form == "source":
        pytest.skip("no layer closes this memory, and a program beside its tests sees whether it was right")
    suite = FORMS[form]
    verdicts = [
        judge(program(memory, form, copy), *suite.tests, entry=suite.entry_point) for copy in range(SAMPLES)
    ]
    trust = "in_process" if form == "source" else "isolated"
    assert all(verdict.trust == trust for verdict in verdicts)
    assert sum(verdict.passed for verdict in verdicts) == 0
    if memory != LEFT_OPEN:
        assert len({verdict.message for verdict in verdicts}) == 1


LIBRARY = "os.path.dirname(os.__file__) + '/this.py'"
TRACES = {
    "the place in standard error": ("os.lseek(2, 4096, 0)", "os.lseek(2, 0, 1)"),
    "the size of standard error": ("os.write(2, b'x' * 10**5)", "os.fstat(2).st_size"),
    "the flags of descriptors": (
        "[fcntl.fcntl(n, fcntl.F_SETFL, os.O_APPEND | os.O_NONBLOCK) for n in (0, 1, 2)]",
        "[fcntl.fcntl(n, fcntl.F_GETFL) for n in (0, 1, 2)]",
    ),
    "a lock on a descriptor": (
        "fcntl.flock(0, fcntl.LOCK_EX)",
        "fcntl.flock(os.open(os.devnull, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)",
    ),
    "the numbers of files": (
        "[os.close(os.open(str(n), os.O_CREAT)) or os.unlink(str(n)) for n in range(100)]",
        "os.fstat(os.open('x', os.O_CREAT)).st_ino, os.stat('.').st_ino",
    ),
    "the numbers of unnamed files": (
        "[os.close(os.open('.', os.O_TMPFILE | os.O_RDWR)) for n in range(100)]",
        "os.fstat(os.open('.', os.O_TMPFILE | os.O_RDWR)).st_ino",
    ),
    "the times of the scratch directory": (
        "open('x', 'wb').write(b'x' * 10**6)",
        "os.stat('.').st_mtime > time.time() - 5, os.stat('.').st_size, os.stat('.').st_nlink",
    ),
    "the numbers of processes": (
        "[t.start() or t.join() for t in [threading.Thread(target=int) for _ in range(50)]]",
        "os.getpid(), os.getppid(), threading.get_native_id()",
    ),
    "the time at which a file was read": (f"open({LIBRARY}).read()", f"os.stat({LIBRARY}).st_atime_ns"),
    "the time at which a copy was read": (
        "open('/proc/cpuinfo').read()",
        "os.stat('/proc/cpuinfo').st_atime_ns",
    ),
    "the time at which a directory was listed": (
        "os.listdir(os.path.dirname(os.__file__))",
        "os.stat(os.path.dirname(os.__file__)).st_atime_ns",
    ),
    "the time at which a link was followed": (
        "[os.readlink('/dev/' + name) for name in ('stdin', 'stderr')]",
        "[os.lstat('/dev/' + name).st_atime_ns for name in ('stdin', 'stderr')]",
    ),
    "the places of objects in memory": (
        "os._exit(3)",
        "[id(bytes(size)) % 2**20 for size in range(1, 500, 16)]",
    ),
    "how often a program that has left was looked at": (
        "os.close(3); time.sleep(0.01); os._exit(3)",
        "[id(bytes(size)) % 2**20 for size in range(1, 500, 16) for _ in range(4)]",
    ),
    "the places of numbers in memory": (
        "pass",
        "[id(number / 2) % 2**20 for number in [*range(12)]]",
    ),
    "the places of many numbers in memory": (
        "pass",
        "[id(number) % 2**20 for number in [number / 2 for number in range(12)]]",
    ),
    "counters in the code that forks": (
        "os._exit(3)",
        "[hash(frame.f_code._co_code_adaptive) for frame, _ in traceback.walk_stack(None)]",
    ),
    "how much was allocated": ("x = [[] for _ in range(10**5)]", "gc.get_count(), sys.getallocatedblocks()"),
    "the numbers of pipes": (
        "[os.close(end) for _ in range(3000) for end in os.pipe()]",
        "[os.fstat(end).st_ino for end in os.pipe()]",
    ),
    "the numbers of large pages": (
        "[ctypes.CDLL(None).mmap(None, 2 << 20, 3, 0x40022, -1, 0) for _ in range(3000)]",
        "[os.fstat(end).st_ino for end in os.pipe()]",
    ),
    "files of the kernel": ("os.path.exists('/proc/1/attr/exec')", "os.path.exists('/proc/1/attr/exec')"),
}
"""What a program does, and what the next could notice of it."""


@pytest.mark.parametrize("name", TRACES)
def test_no_trace_is_left(name, judge, layers):
    if not {"namespaces", "scratch", "syscalls"} <= layers:
        pytest.skip("without these layers some traces are left")
    act, look = TRACES[name]
    head = "import ctypes, fcntl, gc, os, sys, threading, time, traceback\n"

    def seen() -> str:
        return judge(f"{head}def f(): return repr(({look}))", CallTest("c", (), "")).message

    before = seen()
    ended = judge(f"{head}{act}\ndef f(): return 1", CallTest("c", (), 1))
    assert ended.passed or "status 3" in ended.message, ended
    assert "returned" in before
    assert seen() == before


def test_no_trace_is_left_of_a_scripts_memory(judge, layers):
    if "scratch" not in layers:
        pytest.skip("without a root directory of its own a script has files of the judge")
    look = "import os\nprint([os.fstat(n).st_ino for n in (0, 1)])"
    before = judge(look, script("1", "")).message
    assert judge(
        "import mmap\nx = [mmap.mmap(-1, 1) for _ in range(3000)]\nprint(1)", script("1", "1")
    ).passed
    assert judge(look, script("1", "")).message == before


_SCAN = """
import ctypes, os
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
reading, writing = os.pipe()
hidden = bytes(number ^ 90 for number in range(256))
def there(place):
    if library.write(writing, ctypes.c_void_p(place), 1) == 1:
        return os.read(reading, 1)
def f():
    found = []
    places = id(object()), library.malloc(64), ctypes.c_void_p.in_dll(library, "environ").value
    for place in {page for each in places for page in range((each & ~0xFFFFF) - 2**24, each + 2**24, 4096)}:
        if there(place) and any(ctypes.string_at(place, 4096).translate(hidden).find(x) >= 0 for x in LOOKED_FOR):
            found.append(place)
    return len(found)
"""


@pytest.mark.slow
def test_no_figure_of_the_last_program_is_left_in_memory(judge):
    last = judge("x = bytearray(77 << 20)\ndef f(): return 1", CallTest("c", (), 1))
    figures = [
        struct.pack("=d", last.cpu_seconds),
        struct.pack("=q", last.peak_bytes),
        struct.pack("=q", last.peak_bytes >> 10),
    ]
    looked_for = [bytes(byte ^ 90 for byte in figure) for figure in figures]
    scan = _SCAN.replace("LOOKED_FOR", repr(looked_for))
    places = judge(scan, CallTest("c", (), -1)).message
    assert places == _in_another_sandbox(scan)  # a figure with many zeros is in every memory
    planted = f"kept = bytes(byte ^ 90 for byte in {looked_for[1]!r}) * 2\n{scan}"
    assert judge(planted, CallTest("c", (), -1)).message != places


def _in_another_sandbox(code: str) -> str:
    """What is said of a program where no other has run."""

    async def run() -> str:
        sandbox = ProcessSandbox(1)
        try:
            return (
                await sandbox.execute(Program(code), Suite((CallTest("c", (), -1),), "f"), Limits())
            ).message
        finally:
            await sandbox.close()

    return asyncio.run(run())


FORBIDDEN = {
    "the processor time of the zygote": "import time\ntime.clock_gettime(~1 << 3 | 2)",
    "waiting for the zygote's processor time": "import ctypes\nif ctypes.CDLL(None).syscall(230, ~1 << 3 | 2, 0, 0, 0) == -1: raise PermissionError",
    "when a directory was mounted": "import ctypes\nif ctypes.CDLL(None).syscall(332, -100, b'.', 0, 0x5FFF, bytes(256)): raise PermissionError",
    "how much room the disk has": "import os\nos.statvfs(os.path.dirname(os.__file__))",
    "open files in a socket": "import socket\nsocket.send_fds(socket.socket(fileno=3), [b'x'], [0])",
    "the memory of a user's pipes": "import fcntl, os\nfcntl.fcntl(os.pipe()[0], 1031, 2**20)",
    "what memory holds of a file": "import ctypes\nif ctypes.CDLL(None).syscall(451, 3, 0, 0, 0): raise PermissionError",
    "the load of the machine": "import os\nos.getloadavg()",
    "counts of the kernel": "open('/proc/stat').read()",
    "hints on a file": f"import fcntl, os\nfcntl.fcntl(os.open({LIBRARY}, 0), 1036, bytes(8))",
    "who has a lock": f"import fcntl, os\nfcntl.fcntl(os.open({LIBRARY}, 0), 5, bytes(32))",
    "a descriptor of a process": "import socket\nsocket.socket(fileno=3).getsockopt(1, 77)",
    "the cookie of a socket": "import socket\nsocket.socket(fileno=3).getsockopt(1, 57, 8)",
    "the number of a socket": "import os\nos.fstat(3)",
    "the number of a socket by a path": "import os\nos.stat('', dir_fd=3)",
    "the number of a copy of a socket": "import os\nos.dup(3)",
    "the number of a socket elsewhere": "import os\nos.dup2(3, 9)",
    "the number of a socket above": "import fcntl\nfcntl.fcntl(3, fcntl.F_DUPFD, 9)",
    "a pair of sockets": "import socket\nsocket.socketpair()",
    "a pipe of the kernel": "import ctypes\nif ctypes.CDLL(None).pipe((ctypes.c_int * 2)()): raise PermissionError",
    "a thread in its own namespace": "import ctypes\nif ctypes.CDLL(None).syscall(56, 0x1D0F00, 0): raise PermissionError",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_would_show_others_is_refused(name, judge, layers):
    if not {"scratch", "syscalls"} <= layers:
        pytest.skip("these layers refuse it")
    verdict = judge(f"{FORBIDDEN[name]}\ndef f(): return 1", CallTest("c", (), 1))
    assert verdict.kind in {"forbidden", "exception"}, verdict


def test_ones_own_clocks_still_work(judge):
    text = """
import asyncio, threading, time
def f():
    own = time.pthread_getcpuclockid(threading.get_ident())
    clocks = time.clock_gettime(own), time.clock_gettime(~0 << 3 | 2), time.process_time(), time.thread_time()
    asyncio.run(asyncio.sleep(0.001))
    return all(0 < clock < 10 for clock in clocks)
"""
    assert judge(text, CallTest("c", (), True)).passed


def test_locks_of_ones_own_still_work(judge):
    text = """
import fcntl, os, sqlite3
def f():
    with open("x", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.lockf(file, fcntl.LOCK_EX)
    base = sqlite3.connect("base")
    base.execute("create table t (x)")
    base.execute("insert into t values (3)")
    base.commit()
    return sqlite3.connect("base").execute("select x from t").fetchone()[0]
"""
    assert judge(text, CallTest("c", (), 3)).passed
