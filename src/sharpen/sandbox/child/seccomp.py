"""The layer that decides which system calls a program may make: an allow-list, as a BPF program.

- What :data:`sharpen.sandbox.child.syscalls.ALLOWED` lists is allowed. Everything else fails with EPERM,
  which Python raises as PermissionError; calls newer than the table fail with ENOSYS, so that libraries fall
  back.
- Some calls depend on an argument: threads but no processes, signals to the program itself only, named pipes
  but no devices, names of threads but nothing else of prctl, and so on.
- Nothing is allowed that another program could notice: locks on files and advice on their pages succeed
  and do nothing (no other program may open the same files), threads wait for those of this process only, and
  so on.
- What is numbered for the whole machine, a program in Python may neither make nor look at: pipes, sockets
  (:mod:`sharpen.sandbox.child.pipes` has other ones) and large pages. Other languages' runtimes need them.
- A foreign architecture, and x32's numbers on x86_64, kill the process.

The numbers are searched as a binary tree, so that installing it and each call cost a few comparisons. The
filter is made once, in the zygote; a child only writes its own process number into it.
"""

import ctypes
import os
import struct
import sys
from typing import Literal

from sharpen.sandbox.child.child import CHANNEL
from sharpen.sandbox.child.syscalls import AARCH64, ALLOWED, BY_ARGUMENT, COMPILE, EXECUTE, NEWEST, X86_64

_ARCHITECTURES = {"x86_64": X86_64, "aarch64": AARCH64}

_LOAD, _JUMP_EQUAL, _JUMP_NOT_LESS, _JUMP_BITS, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_EPERM, _EAGAIN, _ENOMEM, _EINVAL, _ENOSYS, _EOPNOTSUPP = 1, 11, 12, 22, 38, 95
_X32 = 0x40000000
_CLONE_THREAD, _CLONE_OTHER = 0x10000, 0xFFFFFFFF ^ 0x7D0FFF
"""What makes a thread of a clone, and the flags that no library gives it when it starts one."""
_AF_UNIX, _SOCK_STREAM, _SOCK_TYPE = 1, 1, 0xF
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX."""
_PRCTLS = (3, 15, 16)
"""PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME."""
_FCNTLS = (0, 1, 2, 3, 4, 9, 11, 16, 1030, 1032, 1033, 1034)
"""F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETOWN, F_GETSIG, F_GETOWN_EX, F_DUPFD_CLOEXEC,
F_GETPIPE_SZ, F_ADD_SEALS, F_GET_SEALS. Left out: leases, hints, what signals others, and larger pipes, whose
memory is counted for all processes of a user."""
_FCNTL_LOCKS = (6, 7, 37, 38)
"""F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW."""
_SOCKET_OPTIONS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 15, 16, 17, 18, 19, 20, 21, 30, 38, 39)
"""Those of SOL_SOCKET up to SO_DOMAIN. Left out: cookies and descriptors of processes, which count all."""
_CLOCK_OF_PROCESS, _CLOCK_OF_THREAD, _CLOCK_NUMBER, _CLOCK_OF_ITSELF = (
    1 << 31,
    4,
    ~3 & 0xFFFFFFFF,
    -8 & 0xFFFFFFFF,
)
"""Clocks of processor time: the complement of a process's number, three bits to the left (0 for the caller);
those of threads are only given to their own process by the kernel."""
_FUTEX_PRIVATE, _FUTEX_WAITS, _FUTEX_WAKES = 128, (0, 9, 0x100, 0x109), (1, 10)
"""FUTEX_WAIT and FUTEX_WAIT_BITSET, by either clock; FUTEX_WAKE and FUTEX_WAKE_BITSET."""
_FILE_TYPE, _NAMED_PIPE = 0o170000, 0o010000
_MAP_HUGETLB = 0x40000
_ADVICE = (0, 1, 2, 3, 4, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 22, 23, 24, 102, 103)
"""What madvise may be told: what is read next, what is needed no more, what a child gets, guard pages."""
_ADVICE_ON_MEMORY_OF_ALL = (12, 13, 20, 21, 25)
"""MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_COLD, MADV_PAGEOUT, MADV_COLLAPSE: whose file it is can take a
library's pages out of memory, which the next program that reads them sees in its count of page faults."""
_OWN_PROCESS = 0x5EC0DE5E
"""Stands for the process's own number until it is known."""
_PR_SET_SECCOMP, _FILTER_MODE = 22, 2

Instruction = tuple[int, int, int, int]
"""Operation, jumps when true and when false, constant."""


def _stop(action: int) -> list[Instruction]:
    return [(_RETURN, 0, 0, action)]


def _error(number: int) -> list[Instruction]:
    return _stop(_ERRNO | number)


def _argument(index: int) -> Instruction:
    """Load the lower half of an argument (both architectures are little-endian)."""
    return (_LOAD, 0, 0, _ARGUMENT + 8 * index)


def _choose(index: int, cases: dict[int, tuple[int, ...]], other: int) -> list[Instruction]:
    """Return the action of the case that argument ``index`` is in, else ``other``."""
    tests = [(value, place) for place, values in enumerate(cases.values()) for value in values]
    jumps = [(_JUMP_EQUAL, len(tests) - at + place, 0, value) for at, (value, place) in enumerate(tests)]
    return [_argument(index), *jumps, *_stop(other), *(stop for action in cases for stop in _stop(action))]


_REFUSED, _DONE = _ERRNO | _EPERM, _ERRNO
"""An error without a number is a success: the call did nothing."""
_OWN_CLOCKS: list[Instruction] = [
    _argument(0),
    (_JUMP_BITS, 0, 3, _CLOCK_OF_PROCESS),
    (_JUMP_BITS, 2, 0, _CLOCK_OF_THREAD),
    (_AND, 0, 0, _CLOCK_NUMBER),
    (_JUMP_EQUAL, 0, 1, _CLOCK_OF_ITSELF),
    *_stop(_ALLOW),
    *_error(_EPERM),
]
"""Allows the system's clocks and the caller's, not the zygote's, which every program before has moved."""


def _futex(shared: dict[int, tuple[int, ...]]) -> list[Instruction]:
    """Allow what is private to the process; else return the action of the case that the operation is in."""
    private = (_JUMP_BITS, 0, 1, _FUTEX_PRIVATE)
    return [_argument(1), private, *_stop(_ALLOW), *_choose(1, shared, _REFUSED)[1:]]


def _only_pipes(mode: int) -> list[Instruction]:
    """Allow to make a file whose mode, that argument, says that it is a named pipe."""
    kind = [_argument(mode), (_AND, 0, 0, _FILE_TYPE), (_JUMP_EQUAL, 1, 0, _NAMED_PIPE)]
    return [*kind, *_error(_EPERM), *_stop(_ALLOW)]


_BLOCKS: dict[str, list[Instruction]] = {
    "clone": [
        _argument(0),
        (_JUMP_BITS, 0, 1, _CLONE_THREAD),
        (_JUMP_BITS, 0, 1, _CLONE_OTHER),
        *_error(_EPERM),
        *_stop(_ALLOW),
    ],
    "clone3": _error(_ENOSYS),  # its flags are in memory, which a filter cannot read; glibc then uses clone
    "kill": _choose(0, {_ALLOW: (_OWN_PROCESS,)}, _REFUSED),
    "tgkill": _choose(0, {_ALLOW: (_OWN_PROCESS,)}, _REFUSED),
    "prctl": _choose(0, {_ALLOW: _PRCTLS}, _REFUSED),
    "ioctl": _choose(1, {_ALLOW: _IOCTLS}, _REFUSED),
    "fcntl": _choose(1, {_ALLOW: _FCNTLS, _DONE: _FCNTL_LOCKS}, _REFUSED),
    "flock": _stop(_DONE),
    "fadvise64": _stop(_DONE),
    "madvise": _choose(2, {_ALLOW: _ADVICE, _DONE: _ADVICE_ON_MEMORY_OF_ALL}, _ERRNO | _EINVAL),
    "clock_gettime": _OWN_CLOCKS,
    "clock_nanosleep": _OWN_CLOCKS,
    "statx": _error(_ENOSYS),  # says when a directory was mounted, and counts what was mounted before it
    "statfs": _error(_ENOSYS),  # says how much room the machine's disk has
    "fstatfs": _error(_ENOSYS),
    "preadv2": _choose(5, {_ALLOW: (0,)}, _ERRNO | _EOPNOTSUPP),
    "pwritev2": _choose(5, {_ALLOW: (0,)}, _ERRNO | _EOPNOTSUPP),
    "sysinfo": _error(_ENOSYS),
    "getsockopt": _choose(2, {_ALLOW: _SOCKET_OPTIONS}, _REFUSED),
    "setsockopt": _choose(2, {_ALLOW: _SOCKET_OPTIONS}, _REFUSED),
    "futex": _futex({_ALLOW: (*_FUTEX_WAITS, *_FUTEX_WAKES)}),
    "mknod": _only_pipes(1),
    "mknodat": _only_pipes(2),
    "mmap": [_argument(3), (_JUMP_BITS, 0, 1, _MAP_HUGETLB), *_error(_ENOMEM), *_stop(_ALLOW)],
    **dict.fromkeys(("pipe", "pipe2", "fstat", "newfstatat", "dup", "dup2", "dup3"), _stop(_ALLOW)),
    "prlimit64": _choose(0, {_ALLOW: (0, _OWN_PROCESS)}, _REFUSED),
    "socketpair": [
        _argument(0),
        (_JUMP_EQUAL, 1, 0, _AF_UNIX),
        *_error(_EPERM),
        _argument(1),
        (_AND, 0, 0, _SOCK_TYPE),
        (_JUMP_EQUAL, 1, 0, _SOCK_STREAM),
        *_error(_EPERM),
        *_stop(_ALLOW),
    ],
}
"""What decides about a call that depends on an argument."""


def _but_for_the_channel(block: list[Instruction]) -> list[Instruction]:
    """Refuse a call on the socket to the judge, whose number counts what was made before it."""
    return [_argument(0), (_JUMP_EQUAL, 0, 1, CHANNEL), *_error(_EPERM), *block]


_PYTHON = {
    "futex": _futex({_ERRNO | _EAGAIN: _FUTEX_WAITS, _DONE: _FUTEX_WAKES}),
    **dict.fromkeys(("pipe", "pipe2", "socketpair"), _error(_EPERM)),
    **{
        name: _but_for_the_channel(_BLOCKS[name])
        for name in ("fstat", "newfstatat", "dup", "dup2", "dup3", "fcntl")
    },
}
"""What a program in Python may do less.

A futex that is not private may lie in a file that all programs map, where they could wait for each other. So
who waits for one, as C++ does for its local statics and the C library for the end of a thread, looks again at
once, and need not be woken.
"""
_NEW_NAMESPACES = 0x7E020080
_COMPILES = {
    "clone": [_argument(0), (_JUMP_BITS, 0, 1, _NEW_NAMESPACES), *_error(_EPERM), *_stop(_ALLOW)],
    "tgkill": _stop(_ALLOW),
}
"""What a compiler may do more: start processes, in the namespaces that there are, and signal threads."""

Purpose = Literal["python", "execute", "compile"]
"""``execute``: a program in another language takes the place of the interpreter, once or more often; it still
cannot start another process. ``compile``: a compiler starts its parts as processes."""


def _ranges(architecture: int, purpose: Purpose) -> list[tuple[int, list[Instruction]]]:
    """Return from which number on what is done, lowest first."""
    actions = dict.fromkeys(ALLOWED[architecture].values(), _stop(_ALLOW))
    blocks = _BLOCKS | {"python": _PYTHON, "execute": {}, "compile": _COMPILES}[purpose]
    actions |= {number: blocks[name] for name, number in BY_ARGUMENT[architecture].items()}
    more = {"python": {}, "execute": EXECUTE[architecture], "compile": COMPILE[architecture]}[purpose]
    actions |= dict.fromkeys(more.values(), _stop(_ALLOW))
    ranges: list[tuple[int, list[Instruction]]] = []
    for number in range(NEWEST[architecture] + 1):
        action = actions.get(number, _error(_EPERM))
        if not ranges or ranges[-1][1] != action:
            ranges.append((number, action))
    return [*ranges, (NEWEST[architecture] + 1, _error(_ENOSYS))]


def _tree(ranges: list[tuple[int, list[Instruction]]]) -> list[Instruction]:
    """Return code that jumps to the action of the range in which the loaded number is."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below, above = _tree(ranges[:middle]), _tree(ranges[middle:])
    return [(_JUMP_NOT_LESS, len(below), 0, ranges[middle][0]), *below, *above]


def program(architecture: int, purpose: Purpose = "python") -> list[Instruction]:
    """Return the filter for an architecture, with a placeholder for the process's own number."""
    tree = _tree(_ranges(architecture, purpose))
    return [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, architecture),
        *_stop(_KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_NOT_LESS, 0, 1, _X32),
        *_stop(_KILL),
        *tree,
    ]


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


class Filter:
    """The filter of this machine, ready to be installed."""

    def __init__(self, architecture: int, purpose: Purpose) -> None:
        code = program(architecture, purpose)
        packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
        self._code = ctypes.create_string_buffer(packed, len(packed))
        self._own = [8 * at + 4 for at, instruction in enumerate(code) if instruction[3] == _OWN_PROCESS]
        self._program = _Program(len(code), ctypes.cast(self._code, ctypes.c_void_p).value)
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl

    def install(self) -> bool:
        """Refuse every call that is not allowed from now on, in this process; needs no_new_privs."""
        for at in self._own:
            struct.pack_into("=I", self._code, at, os.getpid())
        address = ctypes.byref(self._program)
        return bool(self._prctl(_PR_SET_SECCOMP, _FILTER_MODE, address, 0, 0) == 0)


def of_this_machine(purpose: Purpose = "python") -> Filter | None:
    """Return the filter, or nothing where there is no table for the machine."""
    architecture = _architecture()
    return None if architecture is None else Filter(architecture, purpose)


def clone_number() -> int | None:
    """Return the number of the system call ``clone``, or nothing where there is no table for the machine."""
    architecture = _architecture()
    return None if architecture is None else BY_ARGUMENT[architecture]["clone"]


def _architecture() -> int | None:
    known = sys.platform == "linux" and sys.byteorder == "little"
    return _ARCHITECTURES.get(os.uname().machine) if known else None
