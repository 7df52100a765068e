"""The root directory that programs live in: in memory, with what they may see bound into it, read-only.

Nothing of the machine's /proc and /sys is in it: a file there keeps, from its first look-up on, an inode with
a time and a number, which a later program could see. Nor does it show which files and processes there are.
What else the machine has in its uppermost directories is there by name and closed to everybody, so that a
program that reaches for it meets "permission denied" and not "no such file".

Each child gets a new scratch directory in memory, mounted on one of the two directories below ``home``.
"""

import ctypes
import os
import sys
from contextlib import suppress

from sharpen.sandbox.child.visible import COPIED, Visible

_MS_NOSUID, _MS_NODEV, _MS_NOATIME, _MS_BIND, _MS_REC, _MNT_DETACH = 2, 4, 0x400, 0x1000, 0x4000, 2
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 1
_MIRRORED = ("/", "/etc", "/dev", "/usr")
_CLOSED = ("/proc/self", "/proc/1")
_PASSED_THROUGH = 0o111
"""The mode of a directory that can neither be listed nor written to."""
SCRATCH, IN_AND_OUT = CHILDS = "scratch", "streams"
"""The directories on which a child's memory is mounted: its own, and for a script its input and output."""
_ROOT_BYTES, _ROOT_FILES = 16 * 1024**2, 65_536

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def memory_options(size: int, files: int, mode: int, uid: int | None = None) -> bytes:
    """Return how a directory in memory is mounted: bytes, number of files, its mode and owner."""
    owner = "" if uid is None else f",uid={uid},gid={uid}"
    return f"size={size},nr_inodes={files},mode={mode:o}{owner}".encode()


def mount_memory(place: str, options: bytes) -> bool:
    """Put an empty directory in memory on ``place``; needs a mount namespace of one's own.

    No time of access is kept in it, which a later program could see.
    """
    flags = _MS_NOSUID | _MS_NODEV | _MS_NOATIME
    return bool(_libc is not None and _libc.mount(b"memory", place.encode(), b"tmpfs", flags, options) == 0)


def unmount(place: str) -> None:
    """Take away what is mounted on ``place``, with all that is in it."""
    if _libc is not None:
        _libc.umount2(place.encode(), _MNT_DETACH)


def enter(place: str, home: str, seen: Visible) -> bool:
    """Make ``place`` the root directory of this process; return whether it could be done.

    ``home`` is the directory, in the new root, with :data:`CHILDS` in it.
    """
    if not mount_memory(place, memory_options(_ROOT_BYTES, _ROOT_FILES, _PASSED_THROUGH)):
        return False
    try:
        for path in seen.listed:
            _make_folder(place, path)
            os.chmod(place + path, 0o555)  # noqa: PTH101, S103 - of our own root
        for path in seen.readable:
            _bind(place, path)
        _read_only(place)
        for path in COPIED:
            _copy(place, path)
        for folder in CHILDS:
            _make_folder(place, f"{home}/{folder}")
        for name in ("stdin", "stdout"):
            os.symlink(f"{home}/{IN_AND_OUT}/{name}", f"{place}/dev/{name}")  # noqa: PTH211
        os.symlink("null", f"{place}/dev/stderr")  # noqa: PTH211
        os.symlink(f"{home}/{SCRATCH}", f"{place}/dev/shm")  # noqa: PTH211, S108 - locks of multiprocessing
        for link, target in seen.links:
            _make_folder(place, os.path.dirname(link))  # noqa: PTH120
            os.symlink(target, place + link)  # noqa: PTH211
        _close_the_rest(place)
        os.chroot(place)
        os.chdir("/")
    except OSError:
        unmount(place)
        return False
    return True


def _make_folder(root: str, path: str) -> None:
    """Make a directory in the new root, with those above it."""
    if not os.path.isdir(root + path):  # noqa: PTH112
        _make_folder(root, os.path.dirname(path))  # noqa: PTH120
        os.mkdir(root + path, _PASSED_THROUGH)  # noqa: PTH102


def _bind(root: str, path: str) -> None:
    """Show a file or directory of the machine at the same path of the new root, if it is there."""
    if not os.path.exists(path):  # noqa: PTH110
        return
    if os.path.isdir(path):  # noqa: PTH112
        _make_folder(root, path)
    else:
        _make_file(root, path, b"")
    if _libc is None or _libc.mount(path.encode(), f"{root}{path}".encode(), None, _MS_BIND | _MS_REC, None):
        raise OSError(ctypes.get_errno(), "it cannot be bound", path)


def _make_file(root: str, path: str, text: bytes) -> None:
    _make_folder(root, os.path.dirname(path))  # noqa: PTH120
    descriptor = os.open(root + path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o444)
    os.write(descriptor, text)
    os.close(descriptor)


def _copy(root: str, path: str) -> None:
    with suppress(OSError), open(path, "rb") as file:  # noqa: PTH123 - one that this machine has not
        _make_file(root, path, file.read())


def _read_only(place: str) -> None:
    """Let nothing that is bound below ``place`` be changed, times of access included (Linux 5.12)."""
    words = ctypes.c_uint64 * 4
    if _libc is None:
        return
    size = ctypes.sizeof(words)
    everything = ctypes.byref(words(_MOUNT_ATTR_RDONLY))
    if _libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, place.encode(), _AT_RECURSIVE, everything, size) == 0:
        itself = ctypes.byref(words(0, _MOUNT_ATTR_RDONLY))
        _libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, place.encode(), 0, itself, size)


def _close_the_rest(root: str) -> None:
    """Make an empty, closed directory or file for what else the machine has in its uppermost directories."""
    for path in _CLOSED:
        if not os.path.isdir(root + path):  # noqa: PTH112 - a link is in it otherwise
            _make_folder(root, path)
            os.chmod(root + path, 0)  # noqa: PTH101
    for folder in _MIRRORED:
        with suppress(OSError), os.scandir(folder) as entries:
            _make_folder(root, folder)
            for entry in entries:
                _make_closed(f"{root}/{folder}/{entry.name}", folder=entry.is_dir())


def _make_closed(path: str, *, folder: bool) -> None:
    if os.path.lexists(path):
        return
    if folder:
        os.mkdir(path, 0)  # noqa: PTH102
    else:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0))
