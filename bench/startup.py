"""Processor time to start: ``import sharpen`` and ``sharpen --help``, beside ``import numpy``.

    python bench/startup.py

Each is a new process; the least of 10 is taken, in turns, so that a busy machine slows all alike.
"""

import resource
import subprocess
import sys

RUNS = 10
COMMANDS = {
    "python -c pass": "pass",
    "import numpy": "import numpy",
    "import sharpen": "import sharpen",
    "sharpen --help": (
        "import sys; sys.argv = ['sharpen', '--help']; from sharpen.cli.app import main; main()"
    ),
    "sharpen repair --help": (
        "import sys; sys.argv = ['sharpen', 'repair', '--help']; from sharpen.cli.app import main; main()"
    ),
}


def processor_seconds(code: str) -> float:
    """Return user and system time of a new interpreter that runs ``code``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the least time of each command, and its ratio to numpy's."""
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, code in COMMANDS.items():
            taken[name].append(processor_seconds(code))
    numpy = min(taken["import numpy"])
    for name, seconds in taken.items():
        print(f"{name:24} {min(seconds):.3f} s  {min(seconds) / numpy:.2f} x numpy")


if __name__ == "__main__":
    main()
