"""Rows on disk: JSONL, plain or gzipped, and Parquet; read one at a time, and finished whole or not at all.

A stage writes ``NAME.jsonl`` with the rows it kept, ``NAME.rejected.jsonl`` with the others, each with its
``reason``, and ``NAME.funnel.json`` with the counts. All three carry the ending ``.partial`` until the stage
is finished; a stage that resumes goes on from them and is told which rows it has.
"""

import gzip
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from sharpen.counts import plural
from sharpen.errors import DataError, UsageError, first_fault
from sharpen.files.disk import read_file, read_jsonl, replacing, write_json
from sharpen.files.json_text import json_line
from sharpen.selfcodealign import parquet

RowType = TypeVar("RowType")

ENDINGS = (".jsonl", ".jsonl.gz", ".parquet")


def read(path: Path, kind: type[RowType]) -> Iterator[RowType]:
    """Yield the rows of a file, one at a time.

    Raises:
        UsageError: the file's ending is none of :data:`ENDINGS`, or it needs a library that is not installed.
        DataError: the file cannot be read, or a row of it is none of ``kind``; its number is named.
    """
    records = _parquet(path) if _ending(path) == ".parquet" else _lines(path)
    adapter = TypeAdapter(kind)
    for number, record in records:
        try:
            row = adapter.validate_python(record)
        except ValidationError as error:
            fault = first_fault(error)
            raise DataError(f"{path}, line {number} is not a {kind.__name__}: {fault}") from error
        yield row


def write(path: Path, rows: Iterable[Any], kind: type) -> int:
    """Write rows of ``kind`` to a file that is there whole or not at all; return how many.

    Raises:
        UsageError: the file's ending is none of :data:`ENDINGS`, or it needs a library that is not installed.
        DataError: the file cannot be written.
    """
    ending = _ending(path)
    with replacing(path) as file:
        if ending == ".parquet":
            return parquet.write(file, rows, kind)
        if ending == ".jsonl.gz":
            with gzip.open(file, "wb") as packed:
                return _write_lines(packed, rows)
        return _write_lines(file, rows)


def _write_lines(file: IO[bytes] | gzip.GzipFile, rows: Iterable[Any]) -> int:
    return sum(1 for row in rows if file.write(_line(asdict(row))))


@dataclass(frozen=True, slots=True)
class Funnel:
    """What a stage did to its rows.

    Attributes:
        stage: its name.
        rows_in: rows that were looked at.
        rows_out: rows that were kept.
        reasons: rows rejected by each reason, in the order in which they are looked for.
    """

    stage: str
    rows_in: int
    rows_out: int
    reasons: dict[str, int]

    def table(self) -> Table:
        """Return the counts as a table for the terminal: what each reason took and what it left."""
        table = Table("", "rows", "left", "share", title=f"{self.stage}: {plural(self.rows_out, 'row')}")
        for column in table.columns[1:]:
            column.justify = "right"
        left = self.rows_in
        table.add_row("in", "", f"{left:,}", "")
        for reason, count in self.reasons.items():
            left -= count
            table.add_row(reason, f"-{count:,}", f"{left:,}", f"{count / max(self.rows_in, 1):.1%}")
        table.add_row("out", "", f"{self.rows_out:,}", f"{self.rows_out / max(self.rows_in, 1):.1%}")
        return table


def read_funnel(path: Path) -> Funnel:
    """Return the funnel beside the stage file ``path``. Raises DataError where there is none."""
    beside = _beside(path, "funnel.json")
    try:
        return TypeAdapter(Funnel).validate_json(read_file(beside))
    except ValidationError as error:
        raise DataError(f"{beside} is not a funnel: {first_fault(error)}") from error


class Writer:
    """Writes the rows of one stage: kept and rejected ones, and in the end the funnel.

    ``with Writer(directory / "seeds.jsonl", reasons=("no return",)) as out: out.keep(row)``. When the block
    ends without an exception, the files get their names. Otherwise they stay partial, and a writer with
    ``resume`` goes on from them: a line that was cut short is dropped, and :attr:`done` says what is there.

    Attributes:
        done: the ``key`` of every row that an earlier, unfinished stage wrote, kept or rejected.
    """

    def __init__(
        self, path: Path, *, reasons: Sequence[str] = (), resume: bool = False, key: str = "id"
    ) -> None:
        """Take the file, the reasons in the order of the filters, and the field that tells rows apart.

        Raises:
            UsageError: the file is not called ``NAME.jsonl``.
        """
        if _ending(path) != ".jsonl":
            raise UsageError(f"a stage writes JSONL lines, not {path.name}: call it NAME.jsonl")
        self.path, self.done = path, set[str]()
        self._written, self._counts = 0, Counter(dict.fromkeys(reasons, 0))
        self._key, self._resume = key, resume
        self._files: list[IO[bytes]] = []

    def __enter__(self) -> Self:
        """Open the partial files, and read what an earlier stage left in them."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self._resume:
                self._take_up()
            self._files = [part.open("ab" if self._resume else "wb") for part in self._parts()]
        except OSError as error:
            raise _unwritable(self.path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the files; give them their names where all went well."""
        try:
            for file in self._files:
                file.close()
            if kind is None:
                funnel = _beside(self.path, "funnel.json")
                _partial(_beside(self.path, "rejected.jsonl")).replace(_beside(self.path, "rejected.jsonl"))
                write_json(funnel, asdict(self.funnel()))
                _partial(self.path).replace(self.path)
        except OSError as failure:
            raise _unwritable(self.path, failure) from failure

    def keep(self, row: Any) -> None:  # noqa: ANN401 - any dataclass is a row
        """Write a row of the stage's result."""
        self._written += 1
        self._write(0, asdict(row))

    def reject(self, row: Any, reason: str) -> None:  # noqa: ANN401
        """Write a row beside the result, with the reason why it is not in it."""
        self._counts[reason] += 1
        self._write(1, {"reason": reason, **asdict(row)})

    def funnel(self) -> Funnel:
        """Return the counts up to here."""
        total = self._written + self._counts.total()
        return Funnel(self.path.name.removesuffix(".jsonl"), total, self._written, dict(self._counts))

    def _write(self, which: int, record: dict[str, Any]) -> None:
        try:
            self._files[which].write(_line(record))
            if self._resume:
                self._files[which].flush()  # what is done must be seen to be done, should this be killed
        except OSError as error:
            raise _unwritable(self.path, error) from error

    def _parts(self) -> tuple[Path, Path]:
        return _partial(self.path), _partial(_beside(self.path, "rejected.jsonl"))

    def _take_up(self) -> None:
        for part in self._parts():
            with suppress(FileNotFoundError):
                _cut_torn_line(part)
                for number, record in _lines(part):
                    if self._key not in record:
                        raise DataError(f"{part}, line {number} has no {self._key}: delete the file")
                    self.done.add(record[self._key])
                    self._written += "reason" not in record
                    if "reason" in record:
                        self._counts[record["reason"]] += 1


def _cut_torn_line(path: Path) -> None:
    """Cut off what follows the last line's end."""
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        position = size
        while position > 0:
            start = max(0, position - (1 << 16))
            file.seek(start)
            end = file.read(position - start).rfind(b"\n")
            if end >= 0:
                position = start + end + 1
                break
            position = start
        if position < size:
            file.truncate(position)


def _ending(path: Path) -> str:
    for ending in ENDINGS:
        if path.name.endswith(ending):
            return ending
    raise UsageError(f"rows are not kept in {path.name}: its name must end in {', '.join(ENDINGS)}")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name.removesuffix('.jsonl')}.{ending}")


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.name}.partial")


def _line(record: dict[str, Any]) -> bytes:
    """Return a line; a lone surrogate, which no file of UTF-8 can hold, becomes a question mark."""
    return json_line(record).encode("utf-8", "replace") + b"\n"


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if not path.exists():
        raise DataError(f"there is no {path}: run the stage that writes it first")
    for number, record in read_jsonl(path):
        if not isinstance(record, dict):
            raise DataError(f"{path}, line {number} is not a JSON object")
        yield number, record


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    return enumerate(parquet.read(path), 1)


def _unwritable(path: Path, error: OSError) -> DataError:
    return DataError(
        f"{path} cannot be written ({error.strerror or error}): free the disk or name another place"
    )
