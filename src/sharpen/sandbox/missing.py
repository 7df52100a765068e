"""What a program can do on a machine that lacks a layer of the sandbox, in words for a person."""

from collections.abc import Collection

from sharpen.sandbox.child.isolation import LAYERS

ALLOWS = {
    "namespaces": "see which processes this machine has, and leave later programs a trace in their numbers",
    "scratch": "fill the disk of TMPDIR, see which files this machine has, and leave later programs a trace",
    "limits": "use all memory, processor time and disk of this machine",
    "user": "do what the user who started sharpen may do, as far as the other layers let it",
    "files": "read and write every file that its user may",
    "syscalls": (
        "make any system call of its user: start processes, open sockets, signal others, read counters that "
        "earlier programs have moved"
    ),
}
"""What each layer keeps a program from, as far as no other layer does."""


def names(layers: Collection[str]) -> list[str]:
    """Return the layers that a strict sandbox has and that are not in ``layers``."""
    return [name for name in LAYERS if name not in layers]


def sentence(lacking: Collection[str]) -> str:
    """Return what programs can do where these layers are missing, to follow the names of the layers."""
    return f"a program can then {'; '.join(ALLOWS[name] for name in lacking)} (see `sharpen doctor`)"
