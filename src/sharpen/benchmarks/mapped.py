"""A benchmark in a TOML file: where the rows are, and which of their columns mean what.

::

    source = "hf://datasets/google-research-datasets/mbpp/sanitized"    # or rows.jsonl, or rows.parquet
    visible = 1                       # tests that a prompt may quote; the first ones

    [columns]
    statement = "prompt"
    tests = "test_list"               # asserts: one text, or a list of texts
    id = "task_id"
    solution = "code"

Scripts have ``inputs`` and ``outputs`` in place of ``tests``: lists of what is read and printed.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sharpen.benchmarks import own
from sharpen.benchmarks.base import Benchmark
from sharpen.errors import DataError, UsageError, first_fault
from sharpen.extras import extra
from sharpen.files import hub
from sharpen.files.disk import read_rows, read_text
from sharpen.types import Problem

_SUFFIXES = (".parquet", ".jsonl")


class Columns(BaseModel):
    """Which column holds what of a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: str
    tests: str = ""
    inputs: str = ""
    outputs: str = ""
    id: str = ""
    name: str = ""
    starter: str = ""
    solution: str = ""

    @model_validator(mode="after")
    def _has_tests(self) -> Self:
        if bool(self.tests) == bool(self.inputs and self.outputs):
            raise ValueError("name the column of the tests, or those of the inputs and outputs")
        return self


class Mapped(BaseModel):
    """What the TOML file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str
    visible: int = Field(default=1, ge=0)
    columns: Columns


def load_file(path: Path) -> Benchmark:
    """Return the problems that a TOML file describes.

    Raises:
        DataError: it is not such a file, or a row lacks a column or is not a problem; the row is named.
        FetchError: the data set cannot be had.
        UsageError: the source is neither a data set nor a file that can be read.
    """
    try:
        mapped = Mapped.model_validate(tomllib.loads(read_text(path)))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        fault = first_fault(error) if isinstance(error, ValidationError) else error
        raise DataError(f"{path} does not describe a benchmark: {fault}") from error
    problems = [_problem(where, row, mapped) for where, row in _rows(mapped.source, path.parent)]
    return own.described(problems, str(path), mapped.source)


def _rows(source: str, folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if source.startswith("hf://"):
        repository, files = hub.data_set(source, _SUFFIXES)
        for file in files:
            yield from _rows_of(hub.download(repository, file), f"{source}, {file.path}")
        return
    path = folder / source
    if not path.is_file():
        raise UsageError(f"there is no file {path}: correct source, which is beside the TOML file")
    if not source.endswith((*_SUFFIXES, ".json", ".jsonl.gz")):
        raise UsageError(f"{path} cannot be read: source is a .jsonl or .parquet file or {hub.DATA_SETS}NAME")
    yield from _rows_of(path, str(path))


def _rows_of(path: Path, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if path.suffix != ".parquet":
        yield from read_rows(path)
        return
    pa, parquet = extra("pyarrow", "align"), extra("pyarrow.parquet", "align")
    try:
        for number, row in enumerate(parquet.read_table(path).to_pylist(), 1):
            yield f"{name}, row {number}", row
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{name} cannot be read as Parquet ({error}): fetch it again") from error


def _problem(where: str, row: object, mapped: Mapped) -> Problem:
    columns = mapped.columns
    names = {key: name for key, name in columns.model_dump().items() if name}
    if not isinstance(row, Mapping) or (lacking := [name for name in names.values() if name not in row]):
        missing = lacking[0] if isinstance(row, Mapping) else "any column"
        there = f"; it has {', '.join(map(str, row))}" if isinstance(row, Mapping) else ""
        raise DataError(f"{where}: there is no column {missing}: correct [columns]{there}")
    cell = {key: row[name] for key, name in names.items()}
    options: dict[str, Any] = {"visible": mapped.visible, "solution": _text(cell, "solution")}
    statement, identity = _text(cell, "statement"), _text(cell, "id") or _digest(cell)
    try:
        if columns.tests:
            options |= {"name": _text(cell, "name"), "starter": _text(cell, "starter")}
            tests = cell["tests"] if isinstance(cell["tests"], str) else [str(test) for test in cell["tests"]]
            return Problem.from_function(statement, tests, id=identity, **options)
        pairs = list(zip(cell["inputs"], cell["outputs"], strict=True))
        return Problem.from_script(statement, pairs, id=identity, **options)
    except (UsageError, TypeError, ValueError) as error:
        raise DataError(f"{where}: {error}") from error


def _text(cell: Mapping[str, Any], key: str) -> str:
    return "" if cell.get(key) is None else str(cell[key])


def _digest(cell: Mapping[str, Any]) -> str:
    return hashlib.sha256(_text(cell, "statement").encode()).hexdigest()[:12]
