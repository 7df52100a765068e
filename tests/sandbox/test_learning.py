"""Nothing that a program does can be seen by the next, so guessing never turns into knowing."""

import sys

import pytest

from sharpen.types import CallTest
from tests.sandbox.conftest import script
from tests.sandbox.learning import FORMS, MEMORIES, program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what the layers promise is Linux's")

SAMPLES = 16
"""Twice as many as the programs need where they can hand anything on."""


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("memory", MEMORIES)
def test_programs_that_guess_learn_nothing(memory, form, judge, layers):
    if not {"namespaces", "scratch"} <= layers:
        pytest.skip("without a root directory of their own programs share files and numbers")
    suite = FORMS[form]
    verdicts = [
        judge(program(memory, form, copy), *suite.tests, entry=suite.entry_point) for copy in range(SAMPLES)
    ]
    assert all(verdict.trust == "isolated" for verdict in verdicts)
    assert sum(verdict.passed for verdict in verdicts) == 0
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
        "os.fstat(os.open('x', os.O_CREAT)).st_ino, os.stat('.').st_ino, os.stat('.').st_dev",
    ),
    "the numbers of unnamed files": (
        "[os.close(os.open('.', os.O_TMPFILE | os.O_RDWR)) for n in range(100)]",
        "os.fstat(os.open('.', os.O_TMPFILE | os.O_RDWR)).st_ino",
    ),
    "room in the scratch directory": (
        "open('x', 'wb').write(b'x' * 10**6)",
        "os.statvfs('.').f_bfree, os.statvfs('.').f_ffree",
    ),
    "the numbers of processes": (
        "[t.start() or t.join() for t in [threading.Thread(target=int) for _ in range(50)]]",
        "os.getpid(), os.getppid(), threading.get_native_id()",
    ),
    "the time at which a file was read": (f"open({LIBRARY}).read()", f"os.stat({LIBRARY}).st_atime_ns"),
    "files of the kernel": ("os.path.exists('/proc/1/attr/exec')", "os.path.exists('/proc/1/attr/exec')"),
}
"""What a program does, and what the next could notice of it."""


@pytest.mark.parametrize("name", TRACES)
def test_no_trace_is_left(name, judge, layers):
    if not {"namespaces", "scratch", "syscalls"} <= layers:
        pytest.skip("without these layers some traces are left")
    act, look = TRACES[name]
    head = "import fcntl, os, threading\n"

    def seen() -> str:
        return judge(f"{head}def f(): return repr(({look}))", CallTest("c", (), "")).message

    before = seen()
    assert judge(f"{head}{act}\ndef f(): return 1", CallTest("c", (), 1)).passed
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


FORBIDDEN = {
    "what memory holds of a file": "import ctypes\nif ctypes.CDLL(None).syscall(451, 3, 0, 0, 0): raise PermissionError",
    "the load of the machine": "import os\nos.getloadavg()",
    "counts of the kernel": "open('/proc/stat').read()",
    "hints on a file": f"import fcntl, os\nfcntl.fcntl(os.open({LIBRARY}, 0), 1036, bytes(8))",
    "who has a lock": f"import fcntl, os\nfcntl.fcntl(os.open({LIBRARY}, 0), 5, bytes(32))",
    "a descriptor of a process": "import socket\na, b = socket.socketpair()\na.getsockopt(1, 77)",
    "the cookie of a socket": "import socket\na, b = socket.socketpair()\na.getsockopt(1, 57, 8)",
    "a thread in its own namespace": "import ctypes\nif ctypes.CDLL(None).syscall(56, 0x1D0F00, 0): raise PermissionError",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_would_show_others_is_refused(name, judge, layers):
    if not {"scratch", "syscalls"} <= layers:
        pytest.skip("these layers refuse it")
    verdict = judge(f"{FORBIDDEN[name]}\ndef f(): return 1", CallTest("c", (), 1))
    assert verdict.kind in {"forbidden", "exception"}, verdict


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
