"""In which order inputs find a wrong program out: as the benchmark gives them, or the smallest first.

Each wrong program of recorded samples of HumanEval+ makes every call of its suite, in a fork without a
sandbox (so give it samples of models that mean no harm), with a second a call at most. From what failed and
what each call took follows how far either order would have gone before its first failure.

    python bench/order.py HumanEvalPlus.jsonl.gz SAMPLES.jsonl [SAMPLES.jsonl ...]
"""

import argparse
import copy
import os
import pickle
import signal
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sharpen.benchmarks.registry import load
from sharpen.evaluate.samples import Malformed, program_of, read_samples
from sharpen.sandbox.judge import compare
from sharpen.types import CallTest, Suite
from sharpen.values.packed import value_of

CALL_SECONDS = 1.0
MOST_SLOW = 5
"""So many calls that take their whole second end the program."""

Calls = list[tuple[bool, float]]
"""Whether each call was right, and its seconds of processor time."""


class SlowError(BaseException):
    """A call took its second."""


def all_calls(code: str, suite: Suite) -> Calls:
    """Make every call of a suite in this process; nothing when the program cannot be loaded."""

    def slow(*_: object) -> None:
        raise SlowError

    signal.signal(signal.SIGALRM, slow)
    calls: Calls = []
    late = 0
    try:
        module: dict[str, object] = {}
        exec(code, module)
        function = module[suite.entry_point]
    except BaseException:  # noqa: BLE001 - it is no program then
        return []
    for test in suite.tests:
        began = time.process_time()
        try:
            signal.setitimer(signal.ITIMER_REAL, CALL_SECONDS)
            value = function(*copy.deepcopy(test.args))  # type: ignore[operator,union-attr]
            signal.setitimer(signal.ITIMER_REAL, 0)
            right = compare.same_value(value, replace(test, expected=value_of(test.expected)))  # type: ignore[arg-type,union-attr]
        except BaseException as error:  # noqa: BLE001 - whatever it raises, it is wrong
            right = False
            late += isinstance(error, SlowError)
        signal.setitimer(signal.ITIMER_REAL, 0)
        calls.append((right, time.process_time() - began))
        if late >= MOST_SLOW:
            break
    return calls


def in_a_fork(code: str, suite: Suite) -> Calls:
    """Make every call of a suite in a process of its own."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - until the process ends
        with os.fdopen(writing, "wb") as answer:
            pickle.dump(all_calls(code, suite), answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        data = answer.read()
    os.waitpid(process, 0)
    return pickle.loads(data) if data else []


def until_failure(calls: Calls, order: Sequence[int]) -> tuple[int, float]:
    """Return how many calls are made in ``order`` up to the first that is wrong, and their seconds."""
    count = next(count for count, place in enumerate(order, 1) if not calls[place][0])
    return count, sum(calls[place][1] for place in order[:count])


def main() -> None:
    """Print how far each order goes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("benchmark", type=Path)
    parser.add_argument("samples", type=Path, nargs="+")
    options = parser.parse_args()
    problems = {problem.id: problem for problem in load(f"humaneval+@{options.benchmark}").problems}
    given: list[tuple[int, float]] = []
    smallest: list[tuple[int, float]] = []
    for path in options.samples:
        for sample in read_samples(path, list(problems.values())):
            if isinstance(sample, Malformed):
                raise SystemExit(f"{path}, line {sample.line}: {sample.reason}")
            problem = problems[sample.problem]
            calls = in_a_fork(program_of(sample, problem).code, problem.hidden)
            if all(right for right, _ in calls):  # or nothing was called
                continue
            tests = [test for test in problem.hidden.tests if isinstance(test, CallTest)]
            given.append(until_failure(calls, range(len(calls))))
            by_size = sorted(range(len(calls)), key=lambda place: len(repr(tests[place].args)))
            smallest.append(until_failure(calls, by_size))
    print(f"{len(given)} wrong programs")
    for name, needed in (("as given", given), ("smallest first", smallest)):
        counts = [count for count, _ in needed]
        milliseconds = 1000 * statistics.mean(seconds for _, seconds in needed)
        print(
            f"{name:15} first failure at call {statistics.median(counts):g} (median), "
            f"{statistics.mean(counts):.1f} (mean), {max(counts)} (most); {milliseconds:.1f} ms up to it"
        )


if __name__ == "__main__":
    main()
