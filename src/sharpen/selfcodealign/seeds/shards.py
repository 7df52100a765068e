"""Source code in Parquet files of the hub, for example The Stack.

They are named ``hf://datasets/OWNER/NAME[@REVISION][/FOLDER]``. A branch or tag is resolved to a commit once,
at the start. One Parquet file at a time is downloaded, checked against the hash that the hub has of it, read
by groups of rows and deleted; a broken download resumes. A file that ``huggingface_hub`` has in its cache is
read there and stays. Of each row the code, the repository, the path, the licences and the commit are read,
under the names that code data sets give them; rows whose path does not end in ``.py`` are skipped.

Such a file has no package around it. What it imports counts as its own package where it is relative, or has
the name of a folder on its path or of its repository, but for names of the standard library.
"""

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sharpen.errors import AccessError, DataError
from sharpen.extras import extra
from sharpen.files import hub
from sharpen.files.download import data_home, fetch
from sharpen.selfcodealign.seeds.parts import File, Text, Unread, too_large

SCHEME = hub.DATA_SETS
THE_STACK = "the-stack"
"""The word for the paper's source, the Python of The Stack without near duplicates."""
_THE_STACK = f"{SCHEME}bigcode/the-stack-dedup/data/python"

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("content", "code", "text"),
    "repository": ("max_stars_repo_name", "repo_name", "repository_name", "repo"),
    "path": ("max_stars_repo_path", "path", "file_path"),
    "licence": ("max_stars_repo_licenses", "licenses", "license", "detected_licenses"),
    "commit": ("max_stars_repo_head_hexsha", "revision_id", "commit"),
}
"""What is read of a row, and under which names: those of The Stack first."""
_NEEDED = ("code", "repository", "path", "licence")

_LIBRARY = sys.stdlib_module_names
_ROWS = 256
"""Rows that are in memory at once."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A Parquet file of a data set at a commit.

    Attributes:
        dataset: its repository on the hub.
        commit: of the data set.
        path: inside of it.
        url: where it is downloaded.
        oid: the file's hash, in hexadecimal digits: of a large file the SHA-256, else git's.
        size: in bytes.
    """

    dataset: str
    commit: str
    path: str
    url: str
    oid: str
    size: int

    @property
    def where(self) -> str:
        """Its name in messages."""
        return f"{SCHEME}{self.dataset}@{self.commit[:12]}/{self.path}"

    def texts(self) -> Iterator[Text]:
        """Fetch the Parquet file, yield its files of Python with their code, and delete it.

        Raises:
            UsageError: pyarrow is not installed.
            AccessError: the hub does not give it to this user.
            FetchError: it cannot be had.
            DataError: it is not a Parquet file, or a column is missing.
        """
        pa, parquet = extra("pyarrow", "align"), extra("pyarrow.parquet", "align")
        cached = hub.cached("dataset", self.dataset, self.path, self.commit)
        place = cached or self._download()
        try:
            with parquet.ParquetFile(place) as file:
                names = self._columns(file.schema_arrow)
                row = 0
                for batch in file.iter_batches(_ROWS, columns=list(names.values())):
                    for record in batch.to_pylist():
                        yield from self._text({key: record[name] for key, name in names.items()}, row)
                        row += 1
        except (OSError, pa.ArrowException) as error:
            raise DataError(f"{self.where} cannot be read as Parquet ({error}): leave it out") from error
        if not cached:
            place.unlink(missing_ok=True)

    def _download(self) -> Path:
        """Return the Parquet file on this machine. Its name is its hash, which was checked to be one."""
        place = data_home() / "hub" / f"{self.oid}.parquet"
        sha256 = self.oid if len(self.oid) == 64 else ""
        try:
            fetch(place, (self.url,), sha256, size=self.size, token=hub.token())
        except AccessError as error:
            raise AccessError(f"{error}: {hub.refusal(self.dataset)}") from error
        return place

    def _columns(self, schema: Any) -> dict[str, str]:  # noqa: ANN401 - a schema of pyarrow
        """Return under which names the columns are in this file."""
        texts = {field.name for field in schema if _is_text(field.type)}
        named = {key: next((name for name in names if name in texts), "") for key, names in COLUMNS.items()}
        for key in _NEEDED:
            if not named[key]:
                raise DataError(
                    f"{self.where} has no texts in a column of the {key}, which is one of"
                    f" {', '.join(COLUMNS[key])}: it has {', '.join(schema.names)}"
                )
        return {key: name for key, name in named.items() if name}

    def _text(self, record: Mapping[str, Any], row: int) -> Iterator[Text]:
        texts = {key: value if isinstance(value, str) else _joined(value) for key, value in record.items()}
        path, code = texts["path"], texts["code"].removeprefix("\ufeff")
        if not path.endswith(".py"):
            return
        file = File(
            where=f"{self.where}, row {row}",
            origin=texts["repository"],
            version=texts.get("commit", ""),
            path=path,
            licence=texts["licence"],
            packages=packages_of(texts["repository"], path),
        )
        yield file, Unread(reason) if (reason := too_large(len(code))) else re.sub("\r\n?", "\n", code)


def _is_text(kind: Any) -> bool:  # noqa: ANN401 - a type of pyarrow
    types = extra("pyarrow", "align").types
    plain = kind.value_type if types.is_list(kind) or types.is_large_list(kind) else kind
    return bool(types.is_string(plain) or types.is_large_string(plain))


def _joined(values: Sequence[str | None] | None) -> str:
    return " AND ".join(filter(None, values or ()))


def packages_of(repository: str, path: str) -> tuple[str, ...]:
    """Return which names a file of a repository may import its own package under."""
    folders = {*PurePosixPath(path).parts[:-1], repository.rpartition("/")[2].replace("-", "_")}
    return tuple(sorted(name for name in folders if name.isidentifier() and name not in _LIBRARY))


def shards(word: str) -> Iterator[Shard]:
    """Yield the Parquet files that ``word`` means, by path.

    Raises:
        UsageError: it is not an address of a data set.
        AccessError: the hub wants a token, or another one.
        FetchError: the hub cannot be reached, or has no such data set.
        DataError: there is no Parquet file.
    """
    repository, files = hub.data_set(_THE_STACK if word == THE_STACK else word, (".parquet",))
    for file in files:
        url = repository.address(file.path)
        yield Shard(repository.name, repository.commit, file.path, url, file.oid, file.size)
