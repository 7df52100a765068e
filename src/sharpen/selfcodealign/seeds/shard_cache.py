"""The seeds of each Parquet file of the hub, cached until mining ends, so that a killed run can resume.

``seeds.shards/ID.jsonl.gz`` has the functions of one Parquet file, those that are rejected with the reason,
and at the end the report. The file has this name when it is complete. The id hashes the Parquet file, the
versions of sharpen, Python, the type checker and all packages: a change of one of them mines anew.
"""

import gzip
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from sharpen.errors import DataError
from sharpen.files.disk import read_jsonl, replacing
from sharpen.files.json_text import json_text
from sharpen.selfcodealign.rows import Seed, identity
from sharpen.selfcodealign.seeds import typecheck
from sharpen.selfcodealign.seeds.mining import Judged, MiningReport, Task

Judge = Callable[[Sequence[Task]], Iterator[Judged | MiningReport]]
"""Yields the functions of tasks, in order, and a report after each."""


def resumed(todo: Sequence[Task], folder: Path, judge: Judge) -> Iterator[Judged | MiningReport]:
    """Yield the functions of tasks as ``judge`` does, which runs only for tasks that are not in ``folder``.

    Raises:
        DataError: a file of the folder cannot be read or written; and what ``judge`` raises.
    """
    places = [_place(task, folder) for task in todo]
    known = [place.exists() for place in places]
    fresh = judge([task for task, there in zip(todo, known, strict=True) if not there])
    for place, there in zip(places, known, strict=True):
        yield from _read(place) if there else _written(place, _of_one(fresh))


def forget(folder: Path) -> None:
    """Delete the cache. Raises OSError if it cannot be deleted."""
    if folder.exists():
        shutil.rmtree(folder)


def _place(task: Task, folder: Path) -> Path:
    facts = (repr(task), metadata.version("sharpen"), typecheck.environment(), *typecheck.search_path())
    return folder / f"{identity(*facts)}.jsonl.gz"


def _of_one(rows: Iterator[Judged | MiningReport]) -> Iterator[Judged | MiningReport]:
    """Yield the rows of one task, its report the last of them."""
    for row in rows:
        yield row
        if isinstance(row, MiningReport):
            break


def _written(place: Path, rows: Iterator[Judged | MiningReport]) -> Iterator[Judged | MiningReport]:
    with replacing(place) as file, gzip.open(file, "wb", compresslevel=1) as packed:
        for row in rows:
            packed.write(_line(row))
            yield row


def _line(row: Judged | MiningReport) -> bytes:
    if isinstance(row, MiningReport):
        record = {"files": row.files, "skipped": row.skipped, "example": row.example}
    else:
        record = {"reason": row[1], "seed": asdict(row[0])}
    return json_text(record).encode() + b"\n"


def _read(place: Path) -> Iterator[Judged | MiningReport]:
    try:
        for _, record in read_jsonl(place):
            if "seed" in record:
                yield Seed(**record["seed"]), record["reason"]
            else:
                yield MiningReport(record["files"], Counter(record["skipped"]), record["example"])
    except (DataError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{place} is damaged ({error}): delete it") from error
