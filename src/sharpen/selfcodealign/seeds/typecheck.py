"""Checks the types of many functions at a time with ty (``sharpen[align]``).

SelfCodeAlign runs pyright on 250 functions at a time, and drops all 250 when it takes too long. Here a
batch that fails is halved until the function at fault is found. Imports are resolved in this Python, as
they were in the paper's, so a seed may use the packages that are installed.
"""

import hashlib
import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path

from sharpen.errors import UsageError
from sharpen.extras import extra

TYPE_ERROR = "type error"
CHECKER_FAILED = "type checker failed"
REASONS = (TYPE_ERROR, CHECKER_FAILED)

BATCH = 1000
"""Functions per process: starting it and reading the standard library's types costs as much as 200."""
SECONDS = 300.0
"""After which a batch is halved."""

_RULES = '[rules]\npossibly-unresolved-reference = "error"\n'
"""pyright's possibly unbound variables, which ty leaves out by default."""
_ERROR = re.compile(r"^seed_(\d+)\.py:\d+:\d+: error\[", re.MULTILINE)
_CLEAN, _ERRORS = 0, 1


def type_check(
    codes: Sequence[str], places: Sequence[str] | None = None, seconds: float = SECONDS
) -> list[str]:
    """Return for each file's code why it is rejected, or an empty text.

    Args:
        codes: the files.
        places: folders with imports, besides this Python's own library and packages; those of this process if
            not given.
        seconds: after which a batch is halved.

    Raises:
        UsageError: ty is not installed.
    """
    checker = Path(extra("ty", "align").find_ty_bin())
    places = search_path() if places is None else places
    options = ["--config-file=ty.toml", "--output-format=concise", "--python", sys.executable]
    further = [word for place in places for word in ("--extra-search-path", place)]
    return _halved([str(checker), "check", *options, *further], codes, seconds)


def _halved(command: list[str], codes: Sequence[str], seconds: float) -> list[str]:
    if not codes:
        return []
    wrong = _errors(command, codes, seconds)
    if wrong is not None:
        return [TYPE_ERROR if number in wrong else "" for number in range(len(codes))]
    if len(codes) == 1:
        return [CHECKER_FAILED]
    middle = len(codes) // 2
    return _halved(command, codes[:middle], seconds) + _halved(command, codes[middle:], seconds)


def _errors(command: list[str], codes: Sequence[str], seconds: float) -> set[int] | None:
    """Return the numbers of the codes with errors, or None if the checker did not finish."""
    with tempfile.TemporaryDirectory(prefix="sharpen-") as scratch:
        folder = Path(scratch)
        (folder / "ty.toml").write_text(_RULES)
        for number, code in enumerate(codes):
            (folder / f"seed_{number}.py").write_text(code, "utf-8", "replace")
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            return None
        except OSError as error:
            raise UsageError(f"ty cannot be run ({error}): run pip install 'sharpen[align]'") from error
    if done.returncode not in (_CLEAN, _ERRORS):
        return None
    return {int(number) for number in _ERROR.findall(done.stdout)}


def environment() -> str:
    """Return what verdicts depend on: Python, the type checker, and a hash of all packages.

    Raises:
        UsageError: ty is not installed.
    """
    extra("ty", "align")
    return f"Python {platform.python_version()}, ty {metadata.version('ty')}, packages {_packages()}"


@cache
def _packages() -> str:
    versions = sorted({f"{each.name}=={each.version}" for each in metadata.distributions()})
    return hashlib.sha256("\n".join(versions).encode()).hexdigest()[:12]


def search_path() -> list[str]:
    """Return the folders that this process imports from, besides its Python's own library and packages."""
    own = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    own |= {f"{path}/lib-dynload" for path in own}
    return [path for path in sys.path if path and path not in own and Path(path).is_dir()]
