"""Rows in Parquet files, in groups of 10,000, through pyarrow (``sharpen[align]``).

Texts, numbers and lists of texts are columns of their own kind; any other field is a column of JSON texts.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path
from typing import IO, Any, get_type_hints

from sharpen.errors import DataError
from sharpen.extras import extra
from sharpen.files.json_text import json_text

GROUP = 10_000
"""Rows that are in memory at once."""

_JSON = {b"sharpen": b"json"}


def write(file: IO[bytes], rows: Iterable[Any], kind: type) -> int:
    """Write rows of ``kind`` and return how many. Raises UsageError if pyarrow is not installed."""
    pa, files = extra("pyarrow", "align"), extra("pyarrow.parquet", "align")
    schema = pa.schema([_column(name, hint) for name, hint in _hints(kind).items()])
    as_json = {field.name for field in schema if field.metadata == _JSON}
    rest, count = iter(rows), 0
    with files.ParquetWriter(file, schema, compression="zstd") as out:
        while group := [_encoded(asdict(row), as_json) for row in islice(rest, GROUP)]:
            out.write_table(pa.Table.from_pylist(group, schema))
            count += len(group)
    return count


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the records of a file. Raises DataError where it cannot be read, UsageError without pyarrow."""
    pa, files = extra("pyarrow", "align"), extra("pyarrow.parquet", "align")
    try:
        with files.ParquetFile(path) as file:
            as_json = {field.name for field in file.schema_arrow if field.metadata == _JSON}
            for batch in file.iter_batches(GROUP):
                for record in batch.to_pylist():
                    yield {
                        name: json.loads(value) if name in as_json else value
                        for name, value in record.items()
                    }
    except (OSError, ValueError, pa.ArrowException) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from error


def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _column(name: str, hint: Any) -> Any:  # noqa: ANN401 - types of pyarrow
    pa = extra("pyarrow", "align")
    plain = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    plain[tuple[str, ...]] = pa.list_(pa.string())
    if hint in plain:
        return pa.field(name, plain[hint])
    return pa.field(name, pa.string(), metadata=_JSON)


def _encoded(record: dict[str, Any], as_json: set[str]) -> dict[str, Any]:
    return {name: json_text(value) if name in as_json else value for name, value in record.items()}
