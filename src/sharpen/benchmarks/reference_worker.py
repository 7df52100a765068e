"""Answers inputs with a reference program, in an interpreter of its own.

Run by :mod:`sharpen.benchmarks.reference`.

Standard input and output are marshalled: in ``(code, entry point, list of argument tuples)``, out a list of
``(value, is plain data, seconds of processor time)``. What is not plain data (a ``re.Match``) is answered by
whether it is not None.
"""

import copy
import io
import marshal
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout


def main() -> None:
    """Answer every input, in order, each call with a copy of its own."""
    code, entry_point, inputs = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 - our parent wrote it
    namespace: dict[str, object] = {"__name__": "reference"}
    with redirect_stdout(io.StringIO()):
        exec(code, namespace)  # noqa: S102 - the reference program, verified by its hash
        function = namespace[entry_point]
        answers = [timed(function, copy.deepcopy(arguments)) for arguments in inputs]  # type: ignore[arg-type]
    sys.stdout.buffer.write(marshal.dumps([(*plain(answer), seconds) for answer, seconds in answers]))


def timed(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[object, float]:
    """Return what the function answers, and the processor time that it took."""
    began = time.process_time()
    answer = function(*arguments)
    return answer, time.process_time() - began


def plain(answer: object) -> tuple[object, bool]:
    """Return the answer as plain data, and whether it was."""
    if isinstance(answer, dict):
        answer = dict(answer)
    try:
        marshal.dumps(answer)  # type: ignore[arg-type]  # whether it can is the question
    except ValueError:
        return answer is not None, False
    return answer, True


if __name__ == "__main__":
    main()
