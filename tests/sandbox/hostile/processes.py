"""Programs that start, signal or trace processes, or want privileges."""

from tests.sandbox.hostile import SQUARE, Hostile
from tests.sandbox.hostile.reading import call

FORBIDDEN = {
    "fork": "import os\nos.fork()",
    "posix_spawn": "import os\nos.posix_spawn('/bin/true', ['true'], {})",
    "subprocess": "import subprocess\nsubprocess.run(['/bin/true'])",
    "exec": "import os\nos.execv('/bin/true', ['true'])",
    "multiprocessing": "import multiprocessing\nif __name__ != '__mp_main__':\n    multiprocessing.Process(target=print).start()",
    "signalling its parent": "import os\nos.kill(os.getppid(), 9)",
    "signalling its group": "import os\nos.kill(0, 9)",
    "signalling everything": "import os\nos.kill(-1, 9)",
    "signalling the first process": "import os\nos.kill(1, 0)",
    "a session of its own": "import os\nos.setsid()",
    "a process group of its own": "import os\nos.setpgid(0, 0)",
    "becoming root": "import os\nos.setuid(0)",
    "another root directory": "import os\nos.chroot('.')",
    "priority": "import os\nos.nice(1)",
    "a scheduler": "import os\nos.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))",
    "the limits of another": "import resource\nresource.prlimit(1, resource.RLIMIT_CPU)",
    "locked memory": "import ctypes, os\nif ctypes.CDLL(None, use_errno=True).mlockall(3): raise PermissionError",
    "a system call of x32": "import ctypes\nctypes.CDLL(None).syscall(0x40000000 | 39)",
}
CALLS = {
    "fork": (57,),
    "vfork": (58,),
    "clone": (56, 17, 0),
    "clone3": (435, 0, 0),
    "unshare": (272, 0x10000000),
    "setns": (308, 3, 0),
    "mount": (165, 0, 0, 0, 0, 0),
    "pivot_root": (155, 0, 0),
    "bpf": (321, 0, 0, 0),
    "io_uring": (425, 1, 0),
    "userfaultfd": (323, 0),
    "perf_event_open": (298, 0, 0, 0, 0, 0),
    "keyctl": (250, 0, 0),
    "a filter of its own": (317, 1, 0, 0),
    "prctl": (157, 4, 1),
    "pidfd_open": (434, 1, 0),
    "pidfd_getfd": (438, 3, 3, 0),
    "reboot": (169, 0, 0, 0, 0),
    "a call that does not exist": (999, 0),
}

PROGRAMS = [
    *(
        Hostile(
            f"a thread with the flag {flag:#x}",
            "wrong_answer",
            call(56, flag | 0x10F00, 0),
            message="returned -1",
            needs="syscalls",
        )
        for flag in (0x1000, 0x8000, 0x20000, 0x2000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
    ),
    *(Hostile(name, "forbidden", code + SQUARE, needs="syscalls") for name, code in FORBIDDEN.items()),
    *(
        Hostile(
            f"the system call {name}", "wrong_answer", call(*numbers), message="returned -1", needs="syscalls"
        )
        for name, numbers in CALLS.items()
    ),
    Hostile(
        "a shell", "wrong_answer", "import os\ndef f(x): return os.system('true')", message="returned 32512"
    ),
    Hostile("a terminal of its own", "exception", "import pty\npty.fork()" + SQUARE),
    Hostile(
        "a pool of processes",
        "forbidden",
        "from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor(1).submit(print).result()"
        + SQUARE,
    ),
    Hostile(
        "raising its limits",
        "exception",
        "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))" + SQUARE,
    ),
    Hostile(
        "a bomb of threads",
        "exception",
        "import threading, time\nfor _ in range(2000): threading.Thread(target=time.sleep, args=(60,)).start()"
        + SQUARE,
        message="can't start new thread",
    ),
    Hostile(
        "a thread that is left",
        "passed",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()" + SQUARE,
    ),
    Hostile(
        "a busy thread that is left",
        "passed",
        "import threading\ndef burn():\n    while True: pass\nthreading.Thread(target=burn, daemon=True).start()"
        + SQUARE,
    ),
    Hostile(
        "a pool of threads",
        "passed",
        "from concurrent.futures import ThreadPoolExecutor\ndef f(x): return ThreadPoolExecutor(4).submit(lambda: x * x).result()",
    ),
    Hostile(
        "an event loop",
        "passed",
        "import asyncio\nasync def g(x):\n    await asyncio.sleep(0)\n    return x * x\ndef f(x): return asyncio.run(g(x))",
    ),
    Hostile("no user that counts", "passed", "import os\ndef f(x): return x * x if os.getuid() != 0 else 0"),
]
