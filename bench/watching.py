"""What the viewer costs a run beside it: tokens a second with and without it, and its processor time.

    python bench/watching.py [--minutes 6] [--model smollm2-135m]

A run draws programs for 16 problems at once. In turns of half a minute the viewer is asked for its list of
runs and for the run's figures every two seconds, as its pages do, and left alone. The machine may be busy:
then the viewer's share of the processor time says more than the tokens a second.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sharpen.journal.journal import Journal

TURN_SECONDS = 30.0
ASK_SECONDS = 2.0
MAIN = "from sharpen.cli.app import main; main()"


def tokens_of(run: Path) -> int:
    """Return the completion tokens in a run's journal."""
    with Journal.read(run) as journal:
        return journal.spent().completion_tokens


def processor_seconds(process: subprocess.Popen[str]) -> float:
    """Return the user and system time of a process so far."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command of sharpen for as long as the block takes."""
    process = subprocess.Popen(
        [sys.executable, "-c", MAIN, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def ask(url: str, token: str, path: str) -> None:
    """Ask the viewer for a page's data."""
    request = urllib.request.Request(url + path, headers={"Cookie": f"sharpen_view={token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        json.load(answer)


def turn(run: Path, link: tuple[str, str] | None) -> float:
    """Return the run's tokens a second in one turn, with somebody who looks at it if ``link`` is given."""
    before, began = tokens_of(run), time.monotonic()
    while time.monotonic() - began < TURN_SECONDS:
        if link:
            ask(*link, "/api/runs")
            ask(*link, f"/api/run/{run.name}")
        time.sleep(ASK_SECONDS)
    return (tokens_of(run) - before) / (time.monotonic() - began)


def main() -> None:
    """Print tokens a second with and without the viewer, and what the viewer took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=6.0)
    parser.add_argument("--model", default="smollm2-135m")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) / "run"
        draw = ("sample", "humaneval", "-m", arguments.model, "-n", "200", "--run", str(run))
        with started(*draw), started("view", scratch, "--port", "0") as viewer:
            assert viewer.stderr
            url, _, token = viewer.stderr.readline().partition(": ")[2].strip().partition("/?token=")
            while not (run / "journal.db").exists() or not tokens_of(run):
                time.sleep(1)
            rates: dict[bool, list[float]] = {False: [], True: []}
            spent = processor_seconds(viewer)
            for _ in range(max(1, round(arguments.minutes * 60 / TURN_SECONDS / 2))):
                rates[False].append(turn(run, None))
                rates[True].append(turn(run, (url, token)))
            spent = processor_seconds(viewer) - spent
    alone, watched = (statistics.mean(rates[looking]) for looking in (False, True))
    looked = len(rates[True]) * TURN_SECONDS * (os.cpu_count() or 1)
    print(f"tokens a second: {alone:.1f} alone, {watched:.1f} watched, in {len(rates[True])} turns each")
    print(f"the viewer took {spent:.2f} s of processor time, {spent / looked:.2%} of the machine's")


if __name__ == "__main__":
    main()
