"""How the trusted processes are started, and the judge's handle of a zygote.

::

    harness (any thread of a pool) --> judge (judge/main.py) --> zygote of each tier --> child a program

Each is a fresh interpreter that loads the sandbox's own modules and nothing else, started with ``-P -s -S``
and an environment of its own, which is what ``-I`` means, except that ``PYTHONHASHSEED`` counts, so that sets
print the same in every run, unless another seed is asked for to see whether that matters.
"""

import os
import site
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Self

START_SECONDS = 120.0
"""How long a process may take to come up on a busy machine."""


_BOOT = """
import sys
sys.modules["sharpen"] = type(sys)("sharpen")
sys.modules["sharpen"].__path__ = [{package!r}]
from sharpen.sandbox.{module} import main
main(*{arguments!r})
"""
"""Loads the sandbox's modules without running ``sharpen/__init__.py``."""


class HarnessFaultError(Exception):
    """The processes around a program failed; not the program."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The Python that programs run on.

    Attributes:
        executable: its path.
        site: its directories of packages.
        keep_read: whether another user, which root's programs run as, could not reach it or its packages.
        hash_seed: what ``PYTHONHASHSEED`` is where programs run.
    """

    executable: str
    site: tuple[str, ...]
    keep_read: bool
    hash_seed: int = 0

    @classmethod
    def ours(cls, hash_seed: int = 0) -> Self:
        """Return the interpreter that runs this code."""
        packages = [*site.getsitepackages(), site.getusersitepackages() if site.ENABLE_USER_SITE else ""]
        present = tuple(filter(os.path.isdir, packages))
        needed = (sys.base_prefix, sys.base_exec_prefix, *present, tempfile.gettempdir())
        keep_read = os.geteuid() == 0 and not all(_open_to_all(Path(path)) for path in needed)
        return cls(sys.executable, present, keep_read, hash_seed)


def _open_to_all(path: Path) -> bool:
    resolved = path.resolve()
    return all(place.stat().st_mode & 0o001 for place in (resolved, *resolved.parents))


def start(
    executable: str,
    module: str,
    *arguments: object,
    pass_fds: tuple[int, ...],
    folder: Path,
    hash_seed: int = 0,
) -> subprocess.Popen[bytes]:
    """Start ``module.main(*arguments)`` of the sandbox; what it says on standard error is kept in ``folder``.

    Raises:
        OSError: the machine refuses another process.
    """
    package = Path(__file__).parents[1]
    boot = _BOOT.format(package=str(package), module=module, arguments=arguments)
    with (folder / f"{module}.err").open("wb") as stderr:
        return subprocess.Popen(
            [executable, "-P", "-s", "-S", "-X", "utf8", "-c", boot],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            pass_fds=pass_fds,
            env=_environment(folder / "scratch", hash_seed),
            cwd=folder,
            start_new_session=True,
        )


def _environment(scratch: Path, hash_seed: int) -> dict[str, str]:
    place = str(scratch)
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    # Functions of libraries are looked up at once, not again in every fork.
    fixed = {"PYTHONHASHSEED": str(hash_seed), "LC_ALL": "C.UTF-8", "LD_BIND_NOW": "1"}
    return {"HOME": place, "TMPDIR": place, **fixed, **one_thread}


def last_words(folder: Path, module: str) -> str:
    """Return the last line that a process wrote to standard error, or nothing."""
    file = folder / f"{module}.err"
    text = file.read_text(errors="replace").strip() if file.exists() else ""
    last = text.split("\n")[-1]
    return f": {last}" if last else ""
