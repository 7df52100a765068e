"""The warm fork server of one slot: an interpreter with a tier's imports, which forks a child a program.

::

    judge ----- control socket -----> launcher: enters the namespaces, waits, cleans up
      |                                  | fork: the first process of a new process namespace
      |                               zygote: gets warm, then serves (forkserver.py)
      |                                  | fork, once a program; of Python by the template (template.py)
      `---- socket of the program --> child (child.py), behind the layers of isolation.py

- A zygote is started before any test is known to it; what it never had no child can read.
- It ends when the judge does, and in a process namespace its end is the end of every child.
- A child takes over the state of ``random`` (and numpy's), which is seeded: what programs draw repeats.
- A fork costs by the pages and libraries that are mapped, and each page that a child writes to is copied, be
  it for a reference count. So little is loaded; garbage collection is frozen; what a child does is rehearsed,
  so that the interpreter has written what it keeps; and what a child uses lies close together.
"""

import marshal
import os
import resource
import struct
import sys
from _socket import socket  # the socket module loads three libraries more, into every child
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from sharpen.sandbox.child import isolation, root, visible

if TYPE_CHECKING:
    from sharpen.sandbox.child.seccomp import Purpose

BARE = (
    "__future__ abc bisect builtins collections contextlib copy enum functools heapq io itertools json math "
    "operator os random re string struct sys time types typing"
)
"""What most programs import, if anything, and little more than the interpreter and a child need."""

_STDLIB = (
    f"{BARE} cmath datetime calendar decimal fractions statistics hashlib dataclasses textwrap array numbers "
    "secrets ast traceback threading atexit"
)
TIERS = {
    "bare": BARE,
    "library": _STDLIB,
    "numpy": f"{_STDLIB} numpy numpy.linalg numpy.random",
    "pandas": f"{_STDLIB} numpy numpy.linalg numpy.random pandas scipy scipy.stats",
}
"""What each tier of zygotes has imported; what a machine has not is left out."""


class ZygoteSettings(NamedTuple):
    """What a zygote gets at its start.

    Attributes:
        scratch: the directory that programs may write to.
        tier: a key of :data:`TIERS`.
        uid: the user that programs run as, when the harness is root.
        keep_read: whether the way to the interpreter or to its packages is closed to that user.
        site: directories of packages.
        without: layers that are left out, to show what they are for.
        purpose: whether its children run Python, or are programs or compilers of another language.
        tools: what of the machine these may see, besides shared libraries.
    """

    scratch: str
    tier: str
    uid: int | None
    keep_read: bool
    site: list[str]
    without: list[str]
    purpose: "Purpose" = "python"
    tools: Sequence[str] = ()


def main(descriptor: int, scratch: str) -> None:
    """Serve the judge at the other end of ``descriptor`` until it leaves; ``scratch`` is an empty place."""
    control = socket(fileno=descriptor)
    settings = ZygoteSettings(scratch, *marshal.loads(control.recv(1 << 16)))  # noqa: S302 - from our own judge
    for which in (resource.RLIMIT_CPU, resource.RLIMIT_AS):  # the judge's own are not ours
        resource.setrlimit(which, (resource.getrlimit(which)[1],) * 2)
    group = None if "cgroup" in settings.without else isolation.new_cgroup(f"sharpen-{os.getpid()}")
    hidden = "namespaces" not in settings.without and isolation.new_namespaces()
    zygote = os.fork()
    if zygote == 0:
        isolation.die_with_parent()
        os.umask(0o022)  # programs have it too, under any user
        python = settings.purpose == "python"
        seen = visible.of(settings.site) if python else visible.of_tools(settings.tools)
        _load(settings)
        _serve(control, settings, group, seen, hidden=hidden)
        os._exit(0)
    control.sendall(struct.pack("=i", zygote))
    control.close()
    os.waitpid(zygote, 0)
    if group:
        isolation.remove_cgroup(group)
    root.unmount(settings.scratch)
    with suppress(OSError):  # the judge removes what is left
        isolation.empty_directory(settings.scratch)
        os.rmdir(settings.scratch)  # noqa: PTH106 - pathlib is not loaded here


def _load(settings: ZygoteSettings) -> None:
    """Import what the tier has, and leave nothing of the harness where a program would look first."""
    import builtins
    from importlib import import_module

    sys.path.extend(settings.site)
    for name in TIERS.get(settings.tier, BARE).split():
        with suppress(ImportError):  # not installed here: the program's own import will say so
            import_module(name)
    sys.modules["random"].seed(0)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    sitebuiltins = import_module("_sitebuiltins")
    builtins.exit = builtins.quit = sitebuiltins.Quitter("exit", "Ctrl-D")
    sys.argv = ["solution.py"]
    sys.dont_write_bytecode = True


def _serve(
    control: socket, settings: ZygoteSettings, group: str | None, seen: visible.Visible, *, hidden: bool
) -> None:
    """Load what serves, and what children run, into places of its own; leave none of it to be found."""
    package = sys.modules["sharpen.sandbox.child"]
    del sys.modules[isolation.__name__], package.isolation  # it is loaded again, next to the rest
    _holes.extend(_fill_holes())
    from sharpen.sandbox.child.forkserver import ForkServer

    for name in [name for name in sys.modules if name.partition(".")[0] == "sharpen"]:
        del sys.modules[name]
    sys.modules["__main__"] = type(sys)("__main__")
    server = ForkServer(control, settings, group, hidden=hidden)
    rooted = hidden and "scratch" not in settings.without
    rooted = rooted and root.enter(settings.scratch, server.home, seen)
    _find_again()
    server.serve(seen, rooted=rooted)


def _find_again() -> None:
    """Have the import system list its directories anew, so that no child has to."""
    from importlib import import_module, invalidate_caches

    invalidate_caches()
    with suppress(ImportError):
        import_module("a module that is nowhere")


_holes: list[object] = []
_POOL_BYTES = 1 << 14
_LARGEST_BLOCK = 512


def _fill_holes() -> Iterator[object]:
    """Yield objects that fill the places between others, until the next of each size starts a new pool.

    Python's allocator keeps objects of a size in pools of 16 KiB and fills old ones first.
    """
    header = sys.getsizeof(b"")
    for size in range(48, _LARGEST_BLOCK + 1, 16):
        filler = bytes(size - header)
        while id(filler) % _POOL_BYTES > size:
            yield filler
            filler = bytes(size - header)
