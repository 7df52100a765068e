"""Seeds: documented functions of real code (arXiv 2410.24198, section 3.1), through these filters in order.

1. the function itself: returns a value, takes an argument, has a docstring, at most 150 lines;
2. with what it uses of its file (:mod:`sharpen.align.extract`): at most 150 lines, nothing of its own
   package, no undefined name, no bad word, no forbidden import (:mod:`sharpen.align.filters`);
3. not the same text as an earlier one;
4. no type error (:mod:`sharpen.align.typecheck`);
5. no benchmark's problem in it (:mod:`sharpen.align.decontaminate`);
6. no near duplicate of an earlier one, Jaccard index 0.5 (:mod:`sharpen.align.near_duplicates`).

The paper checks types first, which is dearest. A model's opinion of docstrings is a step of its own
(:mod:`sharpen.align.docstrings`). Rows stream: in memory are a batch, one hash for each different function,
and what near duplicates need.
"""

import gc
import json
import multiprocessing
import re
import signal
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sharpen.align import filters, sources, typecheck
from sharpen.align.decontaminate import WAYS, Index, Match, Passage, load
from sharpen.align.extract import functions
from sharpen.align.near_duplicates import near_duplicates
from sharpen.align.rows import Seed
from sharpen.align.stage import Funnel, Writer
from sharpen.errors import DataError, UsageError

EXACT = "same code as an earlier one"
NEAR = "near duplicate"
CONTAMINATED = {way: f"benchmark's {way}" for way in WAYS}
REASONS = (*filters.REASONS, EXACT, *typecheck.REASONS, *CONTAMINATED.values(), NEAR)
"""Why a function is no seed, in the order in which it is looked for."""

MOST_BYTES = 400_000
"""Of a file: larger ones are generated tables."""
PAPER_THRESHOLD = 0.5

Judged = tuple[Seed, str]
"""A function, and why it is no seed; an empty text where it may be one."""

_FILES = 32


@dataclass(slots=True)
class Report:
    """What was found beside the seeds.

    Attributes:
        files: how many were read.
        skipped: path and reason of each file that is no Python of this version, or too large.
        matches: what was found of benchmarks, by the seed's id.
    """

    files: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    matches: dict[str, tuple[Match, ...]] = field(default_factory=dict)


def gather(
    source: str,
    directory: Path,
    against: Sequence[str] = (),
    *,
    words: int = 13,
    threshold: float = PAPER_THRESHOLD,
    jobs: int = 2,
    limit: int | None = None,
) -> tuple[Funnel, Report]:
    """Write ``seeds.jsonl`` with what was rejected, the funnel and ``seeds.contamination.json`` beside it.

    Args:
        source: ``installed``, a folder, a git repository or its address.
        directory: where the files go.
        against: the benchmarks that no seed may hold; all that the toolkit knows if none is named.
        words: consecutive words that make a copy of a benchmark.
        threshold: the least Jaccard index of near duplicates.
        jobs: processes that read files.
        limit: documented functions that are looked at, at most.

    Raises:
        UsageError: there is no such source or benchmark, or ``sharpen[align]`` is not installed.
        DataError: a file cannot be written, or git fails.
        ContaminationError: the decontamination missed what was planted.
    """
    if words < 1 or not 0 < threshold <= 1:
        raise UsageError(
            f"{words} words and an index of {threshold} are no measure: give 1 or more, and up to 1"
        )
    index, report = Index(load(against), words), Report()
    try:
        with (
            sources.opened(source) as files,
            Writer(directory / "seeds.jsonl", reasons=REASONS) as out,
            tempfile.TemporaryFile("w+", dir=directory, encoding="utf-8") as spool,
        ):
            found = islice(mined(files, report, jobs), limit)
            judged = clean(well_typed(distinct(found)), index, report)
            _sort_out(near_duplicates(_survivors(judged, out, spool), threshold), spool, out)
            path = directory / "seeds.contamination.json"
            path.write_text(json.dumps(_contamination(index, report), indent=2) + "\n", "utf-8")
    except OSError as error:
        raise DataError(f"seeds cannot be written ({error}): free the disk or name another place") from error
    return out.funnel(), report


def _sort_out(twins: NDArray[np.int64], spool: IO[str], out: Writer) -> None:
    """Keep the seeds of ``spool`` that are no twins."""
    spool.seek(0)
    for line, twin in zip(spool, twins.tolist(), strict=True):
        seed = Seed(**json.loads(line))
        if twin < 0:
            out.keep(seed)
        else:
            out.reject(seed, NEAR)


def mined(files: Iterable[sources.File], report: Report, jobs: int) -> Iterator[Judged]:
    """Yield every documented function of some files, in order, judged by itself; ``jobs`` processes read."""
    rest = iter(files)
    batches = iter(lambda: tuple(islice(rest, _FILES)), ())
    results = map(_mine, batches) if jobs == 1 else _in_order(batches, jobs)
    for count, found, skipped in results:
        report.files += count
        report.skipped += skipped
        yield from found


def _in_order(batches: Iterator[tuple[sources.File, ...]], jobs: int) -> Iterator["_Mined"]:
    """Mine batches in other processes, a few ahead of the one that is yielded."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_begin) as pool:
        ahead: deque[Future[_Mined]] = deque(pool.submit(_mine, batch) for batch in islice(batches, 2 * jobs))
        try:
            while ahead:
                result = ahead.popleft().result()
                ahead += [pool.submit(_mine, batch) for batch in islice(batches, 1)]
                yield result
        except BrokenProcessPool as error:
            raise DataError("a process that reads files was killed: free memory, or give --jobs 1") from error
        finally:
            pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Make a process ready: an interrupt is its parent's affair, and syntax trees hold no cycles."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()


_Mined = tuple[int, list[Judged], list[tuple[str, str]]]


def _mine(files: Sequence[sources.File]) -> _Mined:
    found: list[Judged] = []
    skipped: list[tuple[str, str]] = []
    for file in files:
        try:
            data = file.where.read_bytes()
            if len(data) > MOST_BYTES:
                skipped.append((str(file.where), f"over {MOST_BYTES:,} bytes"))
            else:
                found += list(functions(file, data))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            skipped.append((str(file.where), "no Python of this version"))
        except OSError as error:
            skipped.append((str(file.where), error.strerror or str(error)))
    return len(files), found, skipped


def distinct(judged: Iterable[Judged]) -> Iterator[Judged]:
    """Reject what has the same code as an earlier one."""
    seen = set[int]()
    for seed, reason in judged:
        number = int(seed.id, 16)
        yield seed, reason or (EXACT if number in seen else "")
        if not reason:
            seen.add(number)


def well_typed(judged: Iterable[Judged]) -> Iterator[Judged]:
    """Reject what has type errors, a batch at a time."""
    for chunk in _chunks(judged, typecheck.BATCH):
        reasons = iter(typecheck.type_check([seed.code for seed, reason in chunk if not reason]))
        yield from ((seed, reason or next(reasons)) for seed, reason in chunk)


def clean(judged: Iterable[Judged], index: Index, report: Report) -> Iterator[Judged]:
    """Reject what holds a benchmark's problem, and note in ``report`` which."""
    index.prove()
    for chunk in _chunks(judged, typecheck.BATCH):
        found = index.scan(Passage(seed.code, seed.code) for seed, reason in chunk if not reason)
        for seed, reason in chunk:
            matches = () if reason else next(found)
            if matches:
                report.matches[seed.id] = matches
            yield seed, reason or (CONTAMINATED[matches[0].way] if matches else "")


def _chunks(judged: Iterable[Judged], size: int) -> Iterator[list[Judged]]:
    """Yield lists with ``size`` functions that are not rejected, and those between them that are."""
    chunk: list[Judged] = []
    live = 0
    for each in judged:
        chunk.append(each)
        live += not each[1]
        if live == size:
            yield chunk
            chunk, live = [], 0
    yield chunk


def _survivors(judged: Iterable[Judged], out: Writer, spool: IO[str]) -> Iterator[str]:
    """Write what is rejected to ``out`` and what is not to ``spool``; yield the own text of the latter."""
    for seed, reason in judged:
        if reason:
            out.reject(seed, reason)
        else:
            spool.write(json.dumps(asdict(seed)) + "\n")
            yield own_text(seed)


def own_text(seed: Seed) -> str:
    """Return the lines of the function alone, by which seeds are compared: its context others may share."""
    pattern = rf"^(?:async +)?def +{re.escape(seed.name)}\b.*\n(?:(?:[ \t)#].*)?\n)*"
    texts = re.findall(pattern, seed.code + "\n", re.MULTILINE)
    return str(max(texts, key=len)) if texts else seed.code


def _contamination(index: Index, report: Report) -> dict[str, Any]:
    matches = {identity: [asdict(match) for match in found] for identity, found in report.matches.items()}
    return {
        "words": index.words,
        "problems": index.problems,
        "covered": index.covered,
        "matches": matches,
    }
