"""Gathers seeds: documented functions of real code (arXiv 2410.24198, section 3.1) that pass these filters.

Each function by itself (:mod:`sharpen.selfcodealign.seeds.mining`):

1. the function itself: returns a value, takes an argument, has a docstring, at most 150 lines;
2. with what it uses of its file (:mod:`sharpen.selfcodealign.seeds.extract`): at most 150 lines, nothing of
   its own package, no undefined name, no bad word, no forbidden import
   (:mod:`sharpen.selfcodealign.seeds.filters`);
3. no type error (:mod:`sharpen.selfcodealign.seeds.typecheck`).

Together with the others, in the order of the source:

4. not the same text as an earlier one; this reason comes before a type error;
5. without a benchmark's problem (:mod:`sharpen.selfcodealign.overlap.decontaminate`);
6. no near duplicate of an earlier one, Jaccard index 0.5
   (:mod:`sharpen.selfcodealign.overlap.near_duplicates`).

The paper checks types first, which is the most expensive check. A model's judgement of docstrings is a step
of its own (:mod:`sharpen.selfcodealign.seeds.docstrings`). Rows are streamed: memory holds a batch, one
hash per distinct function, and the index of near duplicates.
"""

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sharpen.errors import DataError, UsageError
from sharpen.files.disk import write_json
from sharpen.selfcodealign.overlap.decontaminate import WAYS, Index, Passage, load
from sharpen.selfcodealign.overlap.near_duplicates import near_duplicates
from sharpen.selfcodealign.rows import Seed
from sharpen.selfcodealign.seeds import cluster, filters, sources, typecheck
from sharpen.selfcodealign.seeds.mining import Judged, MiningReport, chunks, judged
from sharpen.selfcodealign.seeds.parts import Part
from sharpen.selfcodealign.seeds.shard_cache import Judge, forget, resumed
from sharpen.selfcodealign.seeds.snippets import EXCLUDED, snippets
from sharpen.selfcodealign.stage_files import Funnel, Writer

EXACT = "same code as an earlier one"
NEAR = "near duplicate"
CONTAMINATED = {way: f"benchmark's {way}" for way in WAYS}
REASONS = (*filters.REASONS, EXCLUDED, EXACT, *typecheck.REASONS, *CONTAMINATED.values(), NEAR)
"""Why a function is not a seed, in the order of the filters."""

PAPER_THRESHOLD = 0.5

_KEPT = "seeds.shards"

Where = Literal["local", "ray"]
Kind = Literal["functions", "snippets"]
"""This machine, or a Ray cluster."""


def gather(
    source: str,
    directory: Path,
    against: Sequence[str] = (),
    *,
    words: int = 13,
    threshold: float = PAPER_THRESHOLD,
    workers: int = 2,
    limit: int | None = None,
    where: Where = "local",
    kind: Kind = "functions",
) -> tuple[Funnel, MiningReport]:
    """Write ``seeds.jsonl``, the rejected functions, the funnel and ``seeds.contamination.json``.

    Args:
        source: see :func:`sharpen.selfcodealign.seeds.sources.opened`.
        directory: of the files.
        against: the benchmarks whose problems no seed may hold; all known ones if empty.
        words: consecutive words that make a copy of a benchmark.
        threshold: the Jaccard index from which two seeds are near duplicates.
        workers: processes of this machine that parse files.
        limit: documented functions that are read, at most.
        where: where functions are found and their types checked: on this machine, or on a Ray cluster.
        kind: documented functions, or random snippets (:mod:`sharpen.selfcodealign.seeds.snippets`).

    Raises:
        UsageError: there is no such source or benchmark, an argument is wrong, or ``sharpen[align]`` is not
            installed.
        DataError: a file cannot be written, or git fails.
        ContaminationError: the search for benchmarks missed a planted problem.
    """
    if words < 1 or not 0 < threshold <= 1:
        raise UsageError(
            f"words is {words} and threshold {threshold}: give 1 or more, and a number above 0 up to 1"
        )
    if kind == "snippets" and (where == "ray" or sources.is_of_hub(source)):
        raise UsageError("snippets are taken from files of this machine: give a folder, git or `installed`")
    index, report = Index(load(against), words), MiningReport()
    try:
        with (
            sources.opened(source) as parts,
            Writer(directory / "seeds.jsonl", reasons=REASONS) as out,
            tempfile.TemporaryFile("w+", dir=directory, encoding="utf-8") as spool,
        ):
            if kind == "snippets":
                rows = snippets(parts, report)
            else:
                of_hub = sources.is_of_hub(source)
                rows = _functions(_mined(parts, of_hub, directory, workers, limit, where), report)
            sifted = clean(distinct(islice(rows, limit)), index, report)
            _sort_out(near_duplicates(_survivors(sifted, out, spool), threshold), spool, out)
            write_json(directory / "seeds.contamination.json", _contamination(index, report))
            forget(directory / _KEPT)
    except OSError as error:
        raise DataError(
            f"seeds cannot be written ({error}): free the disk or choose another folder"
        ) from error
    return out.funnel(), report


def _mined(
    parts: Iterator[Part], of_hub: bool, directory: Path, workers: int, limit: int | None, where: Where
) -> Iterator[Judged | MiningReport]:
    """Yield the functions of a source, each checked by itself."""
    here = partial(judged, workers=workers, limit=limit)
    if not of_hub:
        return cluster.judged(cluster.tasks(parts)) if where == "ray" else here([parts])
    judge: Judge = cluster.judged if where == "ray" else here
    shards = [(part,) for part in parts]
    return resumed(shards, directory / _KEPT, judge) if limit is None else judge(shards)


def _functions(results: Iterable[Judged | MiningReport], report: MiningReport) -> Iterator[Judged]:
    """Yield the functions, and add up the reports between them."""
    for row in results:
        if isinstance(row, MiningReport):
            report.include(row)
        else:
            yield row


def _sort_out(twins: NDArray[np.int64], spool: IO[str], out: Writer) -> None:
    """Write the seeds of ``spool``: those that are not near duplicates, and the others as rejected."""
    spool.seek(0)
    for line, twin in zip(spool, twins.tolist(), strict=True):
        seed = Seed(**json.loads(line))
        if twin < 0:
            out.keep(seed)
        else:
            out.reject(seed, NEAR)


def distinct(judged: Iterable[Judged]) -> Iterator[Judged]:
    """Reject functions with the code of an earlier one that passed the filters, whatever its types."""
    seen = set[int]()
    for seed, reason in judged:
        number = int(seed.id, 16)
        if reason in filters.REASONS:
            yield seed, reason
        else:
            yield seed, EXACT if number in seen else reason
            seen.add(number)


def clean(judged: Iterable[Judged], index: Index, report: MiningReport) -> Iterator[Judged]:
    """Reject functions that hold a benchmark's problem, and note in ``report`` which."""
    index.prove()
    for chunk in chunks(judged, typecheck.BATCH):
        scanned = index.scan(Passage(seed.code, seed.code) for seed, reason in chunk if not reason)
        for seed, reason in chunk:
            matches = () if reason else next(scanned)
            if matches:
                report.matches[seed.id] = matches
            yield seed, reason or (CONTAMINATED[matches[0].way] if matches else "")


def _survivors(judged: Iterable[Judged], out: Writer, spool: IO[str]) -> Iterator[str]:
    """Write rejected functions to ``out`` and the others to ``spool``; yield the own text of the latter."""
    for seed, reason in judged:
        if reason:
            out.reject(seed, reason)
        else:
            spool.write(json.dumps(asdict(seed)) + "\n")
            yield own_text(seed)


def own_text(seed: Seed) -> str:
    """Return the lines of the function without its context, which other seeds may share."""
    if not seed.name:
        return seed.code
    pattern = rf"^(?:async +)?def +{re.escape(seed.name)}\b.*\n(?:(?:[ \t)#].*)?\n)*"
    texts = re.findall(pattern, seed.code + "\n", re.MULTILINE)
    return str(max(texts, key=len)) if texts else seed.code


def _contamination(index: Index, report: MiningReport) -> dict[str, Any]:
    matches = {identity: [asdict(match) for match in each] for identity, each in report.matches.items()}
    return {
        "words": index.words,
        "problems": index.problems,
        "covered": index.covered,
        "matches": matches,
    }
