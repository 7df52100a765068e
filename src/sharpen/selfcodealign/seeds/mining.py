"""Files -> functions, each checked by itself: first by filters, then by its types.

This is most of the work of gathering seeds. It needs no order and no other functions, so it runs in other
processes, or on other machines (:mod:`sharpen.selfcodealign.seeds.cluster`).
"""

import gc
import multiprocessing
import signal
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice

from sharpen.errors import DataError
from sharpen.selfcodealign.overlap.decontaminate import Match
from sharpen.selfcodealign.rows import Seed
from sharpen.selfcodealign.seeds import typecheck
from sharpen.selfcodealign.seeds.extract import functions
from sharpen.selfcodealign.seeds.parts import Part, Text, Unread

Judged = tuple[Seed, str]
"""A function, and why it is not a seed; an empty text if it may be one."""

Task = tuple[Part, ...]
"""A unit of work: some files, or one Parquet file of the hub."""

_FILES = 32
"""Files per batch of a process."""
_SPAN = 4


@dataclass(slots=True)
class MiningReport:
    """What was read, skipped and found in benchmarks while gathering seeds.

    Attributes:
        files: how many were read or skipped.
        skipped: how many were not read, by reason.
        example: the first of them, and why.
        matches: benchmarks' problems that were found, by the seed's id.
    """

    files: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    example: str = ""
    matches: dict[str, tuple[Match, ...]] = field(default_factory=dict)

    def add(self, files: int, skipped: Sequence[tuple[str, str]]) -> None:
        """Count files, and those of them that were not read, each with its path and the reason."""
        self.files += files
        self.skipped.update(reason for _, reason in skipped)
        if skipped and not self.example:
            path, reason = skipped[0]
            self.example = f"{path} is {reason}"

    def include(self, other: "MiningReport") -> None:
        """Add the counts of another report on later files."""
        self.files += other.files
        self.skipped += other.skipped
        self.example = self.example or other.example


def judged(
    todo: Iterable[Iterable[Part]],
    workers: int,
    limit: int | None = None,
    places: Sequence[str] | None = None,
) -> Iterator[Judged | MiningReport]:
    """Yield every documented function of some tasks, in order, and after each task its report.

    Args:
        todo: the tasks.
        workers: processes that parse files.
        limit: functions that are checked, at most.
        places: as :func:`sharpen.selfcodealign.seeds.typecheck.type_check` has them.

    Raises:
        UsageError: ``sharpen[align]`` is not installed.
        DataError: a process was killed, or a part cannot be read.
    """
    for task in todo:
        report = MiningReport()
        results = islice(mined(task, report, workers), limit)
        for row in well_typed(results, places):
            yield row
            limit = limit and limit - 1
        yield report
        if limit == 0:
            break


def mined(parts: Iterable[Part], report: MiningReport, workers: int) -> Iterator[Judged]:
    """Yield every documented function of a source, in order, filtered; ``workers`` processes parse."""
    texts = (text for part in parts for text in part.texts())
    batches = iter(lambda: tuple(islice(texts, _FILES)), ())
    results = map(_mine, batches) if workers == 1 else _in_order(batches, workers)
    for count, functions_of_file, skipped in results:
        report.add(count, skipped)
        yield from functions_of_file


def _in_order(batches: Iterator[tuple[Text, ...]], workers: int) -> Iterator["_Mined"]:
    """Mine batches in other processes, a few ahead of the one that is yielded."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, initializer=_begin) as pool:
        first = islice(batches, 2 * workers)
        ahead: deque[Future[_Mined]] = deque(pool.submit(_mine, batch) for batch in first)
        try:
            while ahead:
                result = ahead.popleft().result()
                ahead += [pool.submit(_mine, batch) for batch in islice(batches, 1)]
                yield result
        except BrokenProcessPool as error:
            raise DataError(
                "a process that reads files was killed: free memory, or give --workers 1"
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Prepare a process: its parent handles interrupts, and syntax trees have no cycles to collect."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()


_Mined = tuple[int, list[Judged], list[tuple[str, str]]]
"""How many files there were, their functions, and which files were not read and why."""


def _mine(texts: Sequence[Text]) -> _Mined:
    """Find the documented functions of some files."""
    functions_of_file: list[Judged] = []
    skipped: list[tuple[str, str]] = []
    for file, code in texts:
        if isinstance(code, Unread):
            skipped.append((file.where, code.reason))
            continue
        try:
            functions_of_file += list(functions(file, code))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            skipped.append((file.where, "no Python of this version"))
    return len(texts), functions_of_file, skipped


def well_typed(judged: Iterable[Judged], places: Sequence[str] | None = None) -> Iterator[Judged]:
    """Reject what has type errors, a batch at a time; ``places`` as :func:`typecheck.type_check` has them."""
    for chunk in chunks(judged, typecheck.BATCH):
        reasons = iter(typecheck.type_check([seed.code for seed, reason in chunk if not reason], places))
        yield from ((seed, reason or next(reasons)) for seed, reason in chunk)


def chunks(judged: Iterable[Judged], size: int) -> Iterator[list[Judged]]:
    """Yield lists with ``size`` functions that are not rejected and those between them that are.

    Where most are rejected a list ends before: it never has more than :data:`_SPAN` times as many.
    """
    chunk: list[Judged] = []
    live = 0
    for each in judged:
        chunk.append(each)
        live += not each[1]
        if live == size or len(chunk) == _SPAN * size:
            yield chunk
            chunk, live = [], 0
    yield chunk
