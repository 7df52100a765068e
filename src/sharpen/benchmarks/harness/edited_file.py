"""An edited program and its tests as one script, as MultiPL-E runs CanItEdit's, and which lines it runs."""

import sys
import time
from collections.abc import MutableMapping
from pathlib import Path
from types import ModuleType

_MOST_SECONDS = 1.0
"""Processor time after which coverage is not measured: tracing could use up the program's limit."""

_LEFT_OUT = r"@(abc\.)?abstractmethod"
"""CanItEdit's .coveragerc."""


def run_file(solution: str, tests: str, measured: MutableMapping[str, float]) -> None:
    """Run the program and its tests in one namespace, as a script; then measure the lines that run."""
    began = time.process_time()
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    exec(compile(solution, "<program>", "exec", dont_inherit=True), vars(module))  # noqa: S102
    exec(compile(tests, "<test>", "exec", dont_inherit=True), vars(module))  # noqa: S102
    if time.process_time() - began < _MOST_SECONDS:
        _measure(f"{solution}\n{tests}", measured)


def _measure(source: str, measured: MutableMapping[str, float]) -> None:
    """Put what ``coverage report`` would print under ``coverage``, unless it is 0 or the run fails."""
    try:
        import coverage  # in the sandbox, where it may be missing
    except ImportError:
        return
    path = Path("edited_file.py").absolute()
    path.write_text(source)
    measurement = coverage.Coverage(data_file=None, config_file=False, include=[str(path)])
    measurement.exclude(_LEFT_OUT)
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    measurement.start()
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102
    except BaseException:  # noqa: BLE001 - the verdict is known; CanItEdit drops the figure too
        return
    finally:
        measurement.stop()
    _, lines, _, missing, _ = measurement.analysis2(str(path))
    if percentage := _shown(len(lines) - len(missing), len(lines)):
        measured["coverage"] = percentage


def _shown(ran: int, lines: int) -> int:
    """Return a whole percentage that is 0 or 100 only where nothing or everything ran."""
    if ran in (0, lines):
        return 100 if ran == lines else 0
    return min(max(round(100 * ran / lines), 1), 99)
