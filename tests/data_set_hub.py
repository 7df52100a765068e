"""A hub of data sets in the small: its descriptions, its refusals, and a storage that it redirects to."""

import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from tests.hub import listening

COMMIT = "17cad72c886a2858e08d4c349a00d6466f54df63"
TOKEN = "hf_test"

KIND = pa.schema(
    [
        ("hexsha", pa.string()),
        ("size", pa.int64()),
        ("ext", pa.string()),
        ("lang", pa.string()),
        ("max_stars_repo_path", pa.string()),
        ("max_stars_repo_name", pa.string()),
        ("max_stars_repo_head_hexsha", pa.string()),
        ("max_stars_repo_licenses", pa.list_(pa.string())),
        ("max_stars_count", pa.int64()),
        ("content", pa.string()),
        ("avg_line_length", pa.float64()),
        ("max_line_length", pa.int64()),
        ("alphanum_fraction", pa.float64()),
    ]
)
"""The columns of The Stack (v1), but for those of issues and forks, which have the form of those of stars."""


def row(path: str, content: str, repository: str = "me/project", licences: Sequence[str] = ("MIT",)) -> Any:
    """A row as The Stack has it."""
    return {
        "hexsha": hashlib.sha1(content.encode()).hexdigest(),
        "size": len(content.encode()),
        "ext": path.rpartition(".")[2],
        "lang": "Python",
        "max_stars_repo_path": path,
        "max_stars_repo_name": repository,
        "max_stars_repo_head_hexsha": "c" * 40,
        "max_stars_repo_licenses": list(licences),
        "max_stars_count": None,
        "content": content,
        "avg_line_length": 20.0,
        "max_line_length": 80,
        "alphanum_fraction": 0.7,
    }


def parquet(rows: Sequence[Mapping[str, Any]], schema: pa.Schema | None = KIND, group: int = 2) -> bytes:
    """A Parquet file of rows, in groups."""
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema), out, row_group_size=group)
    return out.getvalue()


@dataclass
class DataSets:
    """``sets`` hold files by path; the others say what the hub does with whom asks.

    A connection to the storage gives at most ``most`` bytes. ``lies`` replaces what a description says of a file.
    """

    url: str = ""
    sets: dict[str, dict[str, bytes]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    granted: bool = True
    lies: dict[str, dict[str, Any]] = field(default_factory=dict)
    most: int | None = None
    requests: list[str] = field(default_factory=list)


class RefusalError(Exception):
    def __init__(self, status: HTTPStatus, code: str = "") -> None:
        self.status, self.code = status, code


class Handler(BaseHTTPRequestHandler):
    def __init__(self, hub: DataSets, *args: object) -> None:
        self.hub = hub
        super().__init__(*args)

    def do_GET(self) -> None:
        self.hub.requests.append(self.path)
        place = urlsplit(self.path)
        try:
            if result := re.fullmatch(r"/storage/(\w+)", place.path):
                self.store(result[1])
            elif result := re.fullmatch(r"/api/datasets/([^/]+/[^/]+)/revision/([^/]+)", place.path):
                self.check(result[1], unquote(result[2]))
                self.answer(
                    {"id": result[1], "sha": COMMIT, "siblings": list(self.siblings(result[1])), "tags": []}
                )
            elif result := re.fullmatch(r"/datasets/([^/]+/[^/]+)/resolve/(\w+)/(.*)", place.path):
                self.send_on(result[1], result[2], unquote(result[3]))
            else:
                self.send_error(HTTPStatus.NOT_FOUND)
        except RefusalError as refusal:
            self.send_response(refusal.status)
            if refusal.code:
                self.send_header("X-Error-Code", refusal.code)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def check(self, name: str, revision: str) -> None:
        given = self.headers.get("Authorization")
        if given not in (None, f"Bearer {TOKEN}"):
            raise RefusalError(HTTPStatus.UNAUTHORIZED)
        if name not in self.hub.sets:
            raise RefusalError(HTTPStatus.NOT_FOUND if given else HTTPStatus.UNAUTHORIZED, "RepoNotFound")
        if revision not in (COMMIT, "main", "refs/convert/parquet"):
            raise RefusalError(HTTPStatus.NOT_FOUND, "RevisionNotFound")

    def siblings(self, name: str) -> Iterator[dict[str, Any]]:
        for path, data in sorted(self.hub.sets[name].items(), reverse=True):
            entry = {"rfilename": path, "blobId": hashlib.sha1(data).hexdigest(), "size": len(data)}
            large = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            entry |= {"lfs": large} if path.endswith(".parquet") else {}
            yield entry | self.hub.lies.get(path, {})

    def send_on(self, name: str, revision: str, path: str) -> None:
        self.check(name, revision)
        known = "Authorization" in self.headers
        if name in self.hub.gated and not (known and self.hub.granted):
            raise RefusalError(HTTPStatus.FORBIDDEN if known else HTTPStatus.UNAUTHORIZED, "GatedRepo")
        self.send_response(HTTPStatus.FOUND)
        oid = hashlib.sha256(self.hub.sets[name][path]).hexdigest()
        self.send_header("Location", f"{self.hub.url}/storage/{oid}?signature=x")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def store(self, oid: str) -> None:
        if "Authorization" in self.headers:  # S3 takes one way of signing and no two
            raise RefusalError(HTTPStatus.BAD_REQUEST)
        every = [data for files in self.hub.sets.values() for data in files.values()]
        data = next(data for data in every if hashlib.sha256(data).hexdigest() == oid)
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(span[1]) if span else 0
        self.send_response(HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK)
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        self.wfile.write(data[first:][: self.hub.most])

    def answer(self, what: object) -> None:
        body = json.dumps(what).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[DataSets]:
    hub = DataSets()
    with listening(partial(Handler, hub)) as hub.url:
        yield hub
