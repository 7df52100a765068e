"""The process that all children of a zygote are copies of, whose memory stays as it is.

A child can look through its memory, a copy of that of the process that it was forked from. What that process
did for earlier programs can be seen there: where objects were freed, and counters that the interpreter keeps
in the code that it runs. They tell how many children there were and how they ended.

So the zygote does its work in one process and has a second one, the template, fork the children. The template
waits and forks inside of one call of ``all``: no Python code runs there, and no object is left or moved.
The children belong to the zygote (``CLONE_PARENT``), which ends them and learns what they used.
"""

import ctypes
import os
import sys
from _signal import SIGCHLD  # type: ignore[import-not-found]  # the signal module wraps it in an enum
from functools import partial
from itertools import repeat

from sharpen.sandbox.child.seccomp import clone_number

_CLONE_PARENT, _CLONE_CHILD_CLEARTID, _CLONE_CHILD_SETTID = 0x8000, 0x200000, 0x1000000
_PR_GET_TID_ADDRESS = 40
_libc = ctypes.PyDLL(None)


def thread_number_place() -> int | None:
    """Return where the C library keeps the number of this thread, which a fork has to set; None if unknown.

    Linux tells it where it was built to save and restore processes, as that of distributions is.
    """
    place = ctypes.c_void_p()
    if sys.platform != "linux" or clone_number() is None:
        return None
    return place.value if _libc.prctl(_PR_GET_TID_ADDRESS, ctypes.byref(place), 0, 0, 0) == 0 else None


def become(asked: int, place: int) -> bool:
    """Fork a child for each byte that can be read from the descriptor ``asked``.

    Returns True in each child, and False in this process, when nothing can be read any more or a fork failed.
    """
    itself = os.getpid()
    byte = ctypes.byref(ctypes.create_string_buffer(1))
    bytes_read = iter(partial(_libc.read, asked, byte, 1), 0)
    flags = _CLONE_PARENT | _CLONE_CHILD_SETTID | _CLONE_CHILD_CLEARTID | SIGCHLD
    # References are made once: ctypes would make them for each call, and free them in another order.
    tid, nothing = repeat(ctypes.byref(ctypes.c_int.from_address(place))), repeat(None)
    # One architecture has the place in the fourth argument and one in the fifth, and neither reads the other.
    arguments = repeat(clone_number()), repeat(flags), nothing, nothing, tid, tid, bytes_read
    all(map((0).__lt__, map(_libc.syscall, *arguments)))
    return os.getpid() != itself
