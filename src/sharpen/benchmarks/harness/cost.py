"""What a function costs on one large input, and which of the references it keeps up with."""

import ast
import copy
import signal
import time
from collections.abc import MutableMapping
from types import FrameType
from typing import Any

_ROUNDS = 3
_SLACK = 1.1
"""So much longer is still as fast: processor time is not exact."""


class _TooLongError(BaseException):
    """The function has used its time; no program catches this as an ``Exception``."""


def measure_cost(solution: str, tests: str, measured: MutableMapping[str, float]) -> None:
    """Put the scores of the slowest reference that is not faster under ``score`` and ``score_norm``.

    ``tests`` holds the entry point, the arguments, seconds for one program, and the references with their
    scores, slowest first. A function that fails or takes too long scores 0.
    """
    entry_point, arguments, most, references, scores = ast.literal_eval(tests)
    measured.update(score=0.0, score_norm=0.0)
    seconds = _seconds(solution, entry_point, arguments, most)
    if seconds is None:
        return
    measured["seconds"] = seconds
    for index in reversed(range(len(references))):
        limit = _seconds(references[index], entry_point, arguments, most)
        if limit is None or seconds <= _SLACK * limit:
            measured.update(score=scores[index], score_norm=100 * (index + 1) / len(references))
            return


def _seconds(code: str, entry_point: str, arguments: tuple[Any, ...], most: float) -> float | None:
    """Return the least processor time of some calls; None where one fails or all take more than ``most``."""
    signal.signal(signal.SIGVTALRM, _interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    try:
        namespace: dict[str, Any] = {"__name__": "solution"}
        exec(compile(code, "<program>", "exec", dont_inherit=True), namespace)  # noqa: S102
        return min(_once(namespace[entry_point], arguments) for _ in range(_ROUNDS))
    except (Exception, _TooLongError):  # noqa: BLE001 - its cost is then without bound
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _once(function: Any, arguments: tuple[Any, ...]) -> float:  # noqa: ANN401 - the program's own
    given = copy.deepcopy(arguments)
    began = time.process_time()
    function(*given)
    return time.process_time() - began


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise _TooLongError
