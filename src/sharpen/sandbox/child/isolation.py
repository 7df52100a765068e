"""The layers between a program and the machine, one function a layer.

Every function returns whether its layer holds, so that what is missing is known and said, not assumed. The
zygote takes the first steps once, each child the rest:

=============  ===================================================================================
namespaces     no network, no other process in sight, its own System V IPC and mounts (zygote)
scratch        a root directory in memory with what may be seen (zygote: :mod:`sharpen.sandbox.child.root`),
               and a new scratch directory in memory for each child, of limited size and number of files
cgroup         all memory and all processes of a slot, counted by the kernel (zygote); where it can be had
limits         processor time, address space, file size, threads, open files, no core
user           another user when started as root; no capability; nothing can be gained
files          Landlock: write to the scratch directory only, read what may be seen only
syscalls       seccomp: :mod:`sharpen.sandbox.child.seccomp`
=============  ===================================================================================
"""

import ctypes
import os
import resource
import sys
from collections.abc import Iterable
from contextlib import suppress

LAYERS = ("namespaces", "scratch", "limits", "user", "files", "syscalls")
"""The layers that a strict sandbox must have, in the order of the table above."""

OPTIONAL = ("cgroup",)
"""What few machines let a person do: it adds to the rest, and nothing relies on it."""

_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER = 0x20000, 0x8000000, 0x10000000
_CLONE_NEWPID, _CLONE_NEWNET = 0x20000000, 0x40000000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_SET_NO_NEW_PRIVS = 1, 4, 8, 38
_SIGKILL = 9
_CAPABILITY_VERSION_3, _CAP_DAC_READ_SEARCH = 0x20080522, 2
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_PATH_BENEATH = 1
_EXECUTE, _READ, _READ_DIRECTORY = 1, 1 << 2, 1 << 3
_FILE_RIGHTS = _EXECUTE | 1 << 1 | _READ | 1 << 14
_RIGHTS_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_ALL_TCP = 0b11
_ALL_SCOPES = 0b11
SCRATCH_BYTES, SCRATCH_FILES = 64 * 1024**2, 4096
OPEN_FILES, QUEUED_SIGNALS = 256, 256
_LEAST_MEMORY = 1 << 29

_linux = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True) if _linux else None
if _libc is not None:  # looked up once, not again in every child
    _libc.prctl, _libc.capset, _libc.syscall  # noqa: B018

_header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
_capabilities = (ctypes.c_uint32 * 6)()


def _prctl(option: int, value: int) -> bool:
    return _libc is not None and _libc.prctl(option, value, 0, 0, 0) == 0


def die_with_parent() -> bool:
    """Have the kernel kill this process when its parent ends; a change of user undoes it."""
    return _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def hide_memory() -> bool:
    """Forbid other processes of the same user to trace this one or to read its memory."""
    return _prctl(_PR_SET_DUMPABLE, 0)


def gain_nothing() -> bool:
    """Give up for ever what an executed file could add in privileges."""
    return _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def keep_capabilities() -> bool:
    """Let this process and its children hold capabilities when they become another user."""
    return _prctl(_PR_SET_KEEPCAPS, 1)


def new_namespaces() -> bool:
    """Leave the network, the other processes and the shared mounts; without root, in a user namespace.

    The next child of this process is the first in the new process namespace, and its end is the end of all.
    """
    if _libc is None:
        return False
    wanted = _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWNS
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:  # in a user namespace root could not become another user any more
        held = _libc.unshare(wanted) == 0
    else:
        held = _libc.unshare(wanted | _CLONE_NEWUSER) == 0
        maps = ("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")
        for name, text in maps if held else ():
            with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib is not loaded here
                file.write(text)
    return bool(held and _libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None) == 0)


def empty_directory(place: str) -> None:
    """Remove all that is in a directory, however deep it lies and whatever its modes are."""
    number = 0
    while entries := list(os.scandir(place)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)  # noqa: PTH108 - pathlib is not loaded here
                continue
            os.chmod(entry.path, 0o700)  # noqa: PTH101
            for inner in os.scandir(entry.path):
                while os.path.lexists(f"{place}/{number}"):
                    number += 1
                os.rename(inner.path, f"{place}/{number}")  # noqa: PTH104
            os.rmdir(entry.path)  # noqa: PTH106


def limit_all() -> None:
    """Set the limits that are the same for every program: no core, few open files.

    Signals that wait are counted for all processes of a user: none may use up what others need.
    """
    _set_limit(resource.RLIMIT_CORE, 0, 0)
    if _linux:
        _set_limit(resource.RLIMIT_SIGPENDING, QUEUED_SIGNALS, QUEUED_SIGNALS)
    _set_limit(resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES)


def limit_resources(*, cpu: int, memory: int, file_size: int, processes: int | None) -> bool:
    """Set the kernel's limits: seconds, bytes of address space, bytes of a file, threads of this user."""
    held = _set_limit(resource.RLIMIT_CPU, cpu, cpu + 1)
    held = _set_limit(resource.RLIMIT_FSIZE, file_size, file_size) and held
    if _linux and processes is not None:
        held = _set_limit(resource.RLIMIT_NPROC, processes, processes) and held
    return _set_limit(resource.RLIMIT_AS, memory, memory) and held


def _set_limit(which: int, soft: int, hard: int) -> bool:
    try:
        resource.setrlimit(which, (soft, hard))
    except ValueError:  # above a limit that is set already, which then stays; or macOS, without this one
        ceiling = resource.getrlimit(which)[1]
        return resource.RLIM_INFINITY != ceiling <= hard
    return True


def drop_privileges(uid: int | None, *, keep_read: bool) -> bool:
    """Become the unprivileged user ``uid`` (if given) and give up every capability.

    With ``keep_read``, after :func:`keep_capabilities`, reading past directory permissions stays possible:
    an interpreter that is not readable for all cannot import anything without it. Landlock, or a root
    directory of its own, must limit what is read then.
    """
    switched = uid is None or _become(uid)
    return switched and _reduce_capabilities(1 << _CAP_DAC_READ_SEARCH if keep_read else 0)


def _become(uid: int) -> bool:
    try:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    except OSError:
        return False
    return True


def _reduce_capabilities(allowed: int) -> bool:
    if _libc is None:
        return False
    _capabilities[0] = _capabilities[1] = allowed
    return bool(_libc.capset(_header, _capabilities) == 0)


def new_cgroup(name: str) -> str | None:
    """Return a new cgroup v2 that counts memory and processes; None where that is not allowed.

    It is made below the one that this process is in, or beside it: a cgroup with processes of its own cannot
    hand controllers down. Those that were left by processes that are gone are removed.
    """
    for parent in _cgroup_parents():
        place = f"{parent}/{name}"
        try:
            os.mkdir(place)  # noqa: PTH102 - pathlib is not loaded here
        except OSError:
            continue
        if not limit_cgroup(place, _LEAST_MEMORY, OPEN_FILES):
            with suppress(OSError):  # it may be busy, or be allowed already
                _write(f"{parent}/cgroup.subtree_control", "+memory +pids")
        if limit_cgroup(place, _LEAST_MEMORY, OPEN_FILES):
            _remove_abandoned(parent)
            return place
        os.rmdir(place)  # noqa: PTH106
    return None


def _cgroup_parents() -> list[str]:
    try:
        with open("/proc/self/cgroup") as groups, open("/proc/self/mountinfo") as mounts:  # noqa: PTH123
            own = [line.strip()[len("0::") :] for line in groups if line.startswith("0::")]
            tops = [line.split()[4] for line in mounts if " - cgroup2 " in line]
    except OSError:
        return []
    places = [f"{top}{path}".rstrip("/") for top in tops for path in own]
    return [parent for place in places for parent in (place, os.path.dirname(place))]  # noqa: PTH120


def _remove_abandoned(parent: str) -> None:
    for entry in os.listdir(parent):  # noqa: PTH208
        prefix, _, process = entry.rpartition("-")
        if prefix == "sharpen" and not os.path.exists(f"/proc/{process}"):  # noqa: PTH110
            with suppress(OSError):
                os.rmdir(f"{parent}/{entry}")  # noqa: PTH106


def limit_cgroup(place: str | int, memory: int, processes: int) -> bool:
    """Limit the bytes of memory, without swap, and the number of processes and threads in a cgroup.

    ``place`` is its directory, by path or as a descriptor.
    """
    folder = os.open(place, os.O_PATH) if isinstance(place, str) else place
    try:
        _write("memory.max", str(memory), folder)
        _write("pids.max", str(processes), folder)
        with suppress(OSError):  # a kernel without swap
            _write("memory.swap.max", "0", folder)
    except OSError:
        return False
    finally:
        if folder != place:
            os.close(folder)
    return True


def enter_cgroup(place: str) -> bool:
    """Move this process, and what it will fork, into a cgroup."""
    try:
        _write(f"{place}/cgroup.procs", "0")
    except OSError:
        return False
    return True


def remove_cgroup(place: str) -> None:
    """Remove a cgroup whose processes have ended."""
    with suppress(OSError):
        os.rmdir(place)  # noqa: PTH106


def die_first(proc: int) -> None:
    """Have the kernel end this process before any other when the memory of its cgroup is used up.

    ``proc`` is a descriptor of /proc, which a root directory of one's own does not have.
    """
    with suppress(OSError):
        _write("self/oom_score_adj", "1000", proc)


def count_tasks(uid: int) -> int:
    """Return how many processes and threads a user has."""
    tasks = 0
    for name in os.listdir("/proc") if _linux else ():  # noqa: PTH208
        with suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:  # noqa: PTH116
                tasks += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208
    return tasks


def process_counter() -> int | None:
    """Return a descriptor that sets the number after which the next process gets its own; None without one.

    It sets that of the process namespace of the process that writes to it.
    """
    try:
        return os.open("/proc/sys/kernel/ns_last_pid", os.O_WRONLY)
    except OSError:
        return None


def _write(path: str, text: str, folder: int | None = None) -> None:
    descriptor = os.open(path, os.O_WRONLY, dir_fd=folder)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def file_rules(
    writable: str, readable: Iterable[str], listed: Iterable[str], *, executable: bool = False
) -> int | None:
    """Return a Landlock ruleset: write below ``writable``, read below ``readable``, no TCP; None without it.

    Of what is below ``listed`` the names may be read; what is readable may be executed too if ``executable``.
    Since Landlock's ABI 6 signals to processes outside are
    refused as well.
    """
    abi = _libc.syscall(_LANDLOCK_CREATE, None, 0, 1) if _libc is not None else 0
    if _libc is None or abi < 1:
        return None
    rights = _RIGHTS_OF_ABI[max(known for known in _RIGHTS_OF_ABI if known <= abi)]
    scopes = _ALL_SCOPES if abi >= 6 else 0
    words = (ctypes.c_uint64 * 3)(rights, _ALL_TCP if abi >= 4 else 0, scopes)
    ruleset: int = _libc.syscall(_LANDLOCK_CREATE, words, 24 if abi >= 6 else 16 if abi >= 4 else 8, 0)
    _allow(ruleset, writable, rights)
    _allow(ruleset, "/dev/null", _FILE_RIGHTS & rights & ~_EXECUTE)
    for path in readable:
        _allow(ruleset, path, _READ | _READ_DIRECTORY | (_EXECUTE if executable else 0))
    for path in listed:
        _allow(ruleset, path, _READ_DIRECTORY)
    return ruleset


def confine_files(ruleset: int) -> bool:
    """Allow this process what ``ruleset`` says and nothing else; needs no_new_privs."""
    return _libc is not None and _libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("rights", ctypes.c_uint64), ("directory", ctypes.c_int32)]


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # not on this machine
        return
    if not os.path.isdir(path):  # noqa: PTH112 - pathlib is not loaded here
        rights &= _FILE_RIGHTS
    rule = _PathBeneath(rights, descriptor)
    if _libc is not None:
        _libc.syscall(_LANDLOCK_ADD, ruleset, _LANDLOCK_PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(descriptor)
