"""What was found in each Parquet file of the hub, kept until all is: a gathering that was killed goes on.

``seeds.shards/ID.jsonl.gz`` has the functions of one Parquet file with why they are out, and at the end what
else was found. It has its name when it is whole. The id is of the file, this version of sharpen, Python, the
type checker and all packages, so nothing is taken up that would be judged otherwise now.
"""

import gzip
import json
import shutil
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from sharpen.errors import DataError
from sharpen.selfcodealign.rows import Seed, identity
from sharpen.selfcodealign.seeds import typecheck
from sharpen.selfcodealign.seeds.mining import Judged, Report, Task

Judge = Callable[[Sequence[Task]], Iterator[Judged | Report]]
"""Yields the functions of tasks, in order, and a report after each."""


def resumed(todo: Sequence[Task], folder: Path, judge: Judge) -> Iterator[Judged | Report]:
    """Yield the functions of tasks as ``judge`` does, which is asked only for what is not in ``folder``.

    Raises:
        DataError: a file of the folder cannot be read; and what ``judge`` raises.
        OSError: a file of the folder cannot be written.
    """
    places = [_place(task, folder) for task in todo]
    known = [place.exists() for place in places]
    fresh = judge([task for task, there in zip(todo, known, strict=True) if not there])
    for place, there in zip(places, known, strict=True):
        yield from _read(place) if there else _written(place, _of_one(fresh))


def forget(folder: Path) -> None:
    """Delete what was kept. Raises OSError where that cannot be."""
    if folder.exists():
        shutil.rmtree(folder)


def _place(task: Task, folder: Path) -> Path:
    facts = (repr(task), metadata.version("sharpen"), typecheck.environment(), *typecheck.search_path())
    return folder / f"{identity(*facts)}.jsonl.gz"


def _of_one(rows: Iterator[Judged | Report]) -> Iterator[Judged | Report]:
    """Yield the rows of one task, its report the last of them."""
    for row in rows:
        yield row
        if isinstance(row, Report):
            break


def _written(place: Path, rows: Iterator[Judged | Report]) -> Iterator[Judged | Report]:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.partial")
    with gzip.open(part, "wb", compresslevel=1) as file:
        for row in rows:
            _write(row, file)
            yield row
    part.replace(place)


def _write(row: Judged | Report, file: gzip.GzipFile) -> None:
    if isinstance(row, Report):
        record = {"files": row.files, "skipped": row.skipped, "example": row.example}
    else:
        record = {"reason": row[1], "seed": asdict(row[0])}
    file.write(json.dumps(record).encode() + b"\n")


def _read(place: Path) -> Iterator[Judged | Report]:
    try:
        with gzip.open(place) as file:
            for record in map(json.loads, file):
                if "seed" in record:
                    yield Seed(**record["seed"]), record["reason"]
                else:
                    yield Report(record["files"], Counter(record["skipped"]), record["example"])
    except (EOFError, ValueError, KeyError, TypeError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{place} is damaged ({error}): delete it") from error
