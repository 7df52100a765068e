"""How the time to take a program out of a degenerate answer grows: 1 is linear, 2 quadratic.

Each answer is read at 1,000 and at 4,000 units; the exponent is log4 of the ratio of the two times.
Beside it stands how many times longer the extraction takes than Python's parser on the same text, in the
same run.

    python bench/extraction.py
"""

import math
import time
from collections.abc import Callable
from functools import partial

from sharpen.benchmarks.extract import extract
from sharpen.benchmarks.source import parse

STARTER = 'def f(x):\n    """Square."""\n'
FORMS: dict[str, Callable[[int], str]] = {
    "a program": lambda n: "def f(x):\n" + "    x += 1\n" * n + "    return x\n",
    "imports, then a broken line": lambda n: "import os\n" * n + "def f(x:\n",
    "broken lines": lambda n: "def f(x:\n" * n,
    "prose that looks like code": lambda n: "def f is good\n" * n,
    "broken blocks": lambda n: "```python\ndef f(x\n```\n" * n,
    "chained branches": lambda n: "def f(x):\n    if x: pass\n" + "    elif x: pass\n" * n,
    "functions that call each other": lambda n: "".join(f"def h{i}(): return h{i + 1}()\n" for i in range(n)),
    "closing marks of thoughts": lambda n: "</think>" * n,
}


def seconds(action: Callable[[], object]) -> float:
    """Return the least processor time of three calls."""
    times = []
    for _ in range(3):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return max(min(times), 1e-6)


def main() -> None:
    """Print one line for each form of answer."""
    print(f"{'answer':32} {'exponent':>8} {'times the parser':>16}")
    for name, make in FORMS.items():
        small, large = make(1_000), make(4_000)
        times = [seconds(partial(extract, text, starter=STARTER, entry_point="f")) for text in (small, large)]
        parser = seconds(partial(parse, large))
        print(f"{name:32} {math.log(times[1] / times[0], 4):8.2f} {times[1] / parser:16.1f}")


if __name__ == "__main__":
    main()
