"""The journal at a million records: append, read back, resume. Memory must stay flat.

python bench/journal.py [--records 1000000] [--directory DIR]
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

from sharpen.journal.journal import Journal
from sharpen.journal.rows import ProblemRow
from sharpen.journal.seals import Seals
from sharpen.types import Completion, Message, Sampling

PER_PROMPT = 1000


def peak_mib() -> float:
    """Return the peak resident memory of this process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def prompt(number: int) -> tuple[Message, ...]:
    """Return one of the run's prompts."""
    return (Message("user", f"problem {number}: " + "a statement of ordinary length " * 10),)


def append(directory: Path, records: int) -> None:
    """Commit ``records`` completions one by one, a finished problem each thousand, and print the memory."""
    completion = Completion("def f(x):\n    return x + 1\n" * 8, 180, 170, 60, "stop", "bench", 2.0)
    with Journal.write(directory) as journal:
        for number in range(records // PER_PROMPT):
            question = prompt(number)
            journal.record_problem(number, ProblemRow(f"p/{number}", question[0].content, "", "", {}))
            for index in range(PER_PROMPT):
                journal.record_completion("sha256:bench", question, Sampling(), index, completion)
            if number < records // PER_PROMPT - 1:
                journal.record_outcome(f"p/{number}", "config")
            if number == records // PER_PROMPT // 10:
                print(f"  peak memory after a tenth: {peak_mib():.0f} MiB")


def cost_of_checksums(records: int = 10_000, tries: int = 3) -> float:
    """Return the least processor time of appending with checksums, over that without."""
    seal, seconds = Seals.add, dict[bool, list[float]]({True: [], False: []})
    try:
        for with_seals in [True, False] * tries:
            Seals.add = seal if with_seals else lambda self, *_, **__: self.last  # type: ignore[method-assign]
            with tempfile.TemporaryDirectory() as scratch:
                started = time.process_time()
                append(Path(scratch), records)
                seconds[with_seals].append(time.process_time() - started)
    finally:
        Seals.add = seal  # type: ignore[method-assign]
    return min(seconds[True]) / min(seconds[False])


def main() -> None:
    """Print each step's time and the memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--directory", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        directory = arguments.directory or Path(scratch)
        started = time.perf_counter()
        append(directory, arguments.records)
        seconds = time.perf_counter() - started
        print(f"  checksums: {cost_of_checksums():.2f} times the processor time without them")
        print(
            f"append: {arguments.records:,} records in {seconds:.0f} s, {arguments.records / seconds:,.0f}/s"
        )
        size = (directory / "journal.db").stat().st_size / 2**20
        print(f"  peak memory: {peak_mib():.0f} MiB, file {size:.0f} MiB")
        started = time.perf_counter()
        with Journal.read(directory) as journal:
            rows = sum(
                len(journal.completions("sha256:bench", prompt(n), Sampling(), range(PER_PROMPT)))
                for n in range(arguments.records // PER_PROMPT)
            )
        assert rows == arguments.records
        print(f"read back by key: {rows:,} records in {time.perf_counter() - started:.0f} s")
        print(f"  peak memory: {peak_mib():.0f} MiB")
        started = time.perf_counter()
        with Journal.write(directory) as journal:
            spent, finished = journal.spent(), journal.outcomes("config")
            todo = [row.id for row in journal.problems() if row.id not in finished]
            missing = (
                set(range(PER_PROMPT + 1))
                - journal.completions(
                    "sha256:bench", prompt(int(todo[0][2:])), Sampling(), range(PER_PROMPT + 1)
                ).keys()
            )
        print(
            f"resume: the first missing sample {missing} is known after {time.perf_counter() - started:.2f} s"
        )
        print(f"  {spent.completions:,} completions, {len(finished):,} problems finished, {len(todo)} to do")


if __name__ == "__main__":
    main()
