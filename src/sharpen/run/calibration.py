"""How long a benchmark's own programs take on this machine, and the limits that follow for others.

``sharpen validate BENCHMARK --calibrate`` records the processor time of every reference that passes, by
the hash of its tests. Later runs on this machine give a program of those tests ten times that, at least
0.2 s: a loop then costs little. Nothing is calibrated until that is asked for. The limits are part of a
verdict's key, so verdicts under others are neither mixed nor lost.
"""

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path

from sharpen.benchmarks.base import LazySuite
from sharpen.errors import DataError
from sharpen.files.disk import write_whole
from sharpen.files.download import data_home
from sharpen.journal.keys import fingerprint
from sharpen.sandbox.base import Limits
from sharpen.types import Suite

LEAST_SECONDS = 0.2
"""Less is not told apart from what a busy machine adds."""


def suite_hash(suite: Suite) -> str:
    """Return the hash of what a suite asks; that of a lazy one is the hash of where it comes from."""
    return fingerprint(suite.key if isinstance(suite, LazySuite) else suite)


def machine() -> str:
    """Return a name for what decides how fast a program runs: processor, its number of cores, interpreter."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        lines = []
    models = sorted({line.partition(":")[2].strip() for line in lines if line.startswith("model name")})
    facts = platform.node(), platform.machine(), *models, str(os.cpu_count()), platform.python_version()
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()[:16]


def _path() -> Path:
    return data_home() / "calibrations" / f"{machine()}.json"


def calibrations() -> dict[str, float]:
    """Return the seconds that references took here, by the hash of their tests; empty if there are none.

    Raises:
        DataError: the file is damaged.
    """
    path = _path()
    try:
        recorded = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}); remove it and calibrate again.") from error
    if not isinstance(recorded, dict) or not all(type(value) is float for value in recorded.values()):
        raise DataError(f"{path} holds no seconds by suite; remove it and calibrate again.")
    return recorded


def record(seconds: Mapping[str, float]) -> None:
    """Record the seconds of reference programs, beside those of other benchmarks.

    Raises:
        DataError: the file is damaged or cannot be written.
    """
    write_whole(_path(), json.dumps(calibrations() | dict(seconds), indent=1).encode())


def calibrated(limits: Limits, reference_seconds: float | None) -> Limits:
    """Return limits that are tightened by the time of the reference program, if that is known."""
    if reference_seconds is None:
        return limits
    return limits.bound_by(reference_seconds, limits.wall_seconds, least=LEAST_SECONDS)
