"""The cache: what is fetched is the remote file or nothing; a Git LFS pointer tells the hash where we do not."""

import gzip
import hashlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pydantic import BaseModel

from sharpen.benchmarks.store import RemoteFile, obtain, read_records
from sharpen.errors import DataError, FetchError, HashMismatchError

CONTENT = b'{"name": "a"}\n{"name": "b"}\n'
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Row(BaseModel):
    name: str


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder, and the address under which its files are served; the cache is empty."""
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path / "home"))
    folder = tmp_path / "remote"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_is_fetched_once_and_then_needs_nobody(served):
    folder, url = served
    (folder / "data.jsonl").write_bytes(CONTENT)
    remote = RemoteFile("data.jsonl", "1", SHA256, (f"{url}/data.jsonl",))
    path = obtain(remote)
    (folder / "data.jsonl").unlink()
    assert obtain(remote) == path == remote.path
    assert path.read_bytes() == CONTENT


def test_what_a_commit_names_needs_no_hash(served):
    folder, url = served
    (folder / "data.jsonl").write_bytes(CONTENT)
    path = obtain(RemoteFile("data.jsonl", "1", "", (f"{url}/data.jsonl",)))
    (folder / "data.jsonl").unlink()
    assert obtain(RemoteFile("data.jsonl", "1", "", (f"{url}/data.jsonl",))).read_bytes() == CONTENT
    assert path.read_bytes() == CONTENT


def test_another_file_is_refused_with_both_hashes(served):
    folder, url = served
    (folder / "data.jsonl").write_bytes(b"tampered")
    remote = RemoteFile("data.jsonl", "1", SHA256, (f"{url}/data.jsonl",))
    with pytest.raises(HashMismatchError, match=SHA256) as caught:
        obtain(remote)
    assert hashlib.sha256(b"tampered").hexdigest() in str(caught.value)
    assert not remote.path.exists()


def test_the_pointer_tells_the_hash(served):
    folder, url = served
    (folder / "data.jsonl").write_bytes(CONTENT)
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{SHA256}\nsize {len(CONTENT)}\n"
    (folder / "pointer").write_text(pointer)
    remote = RemoteFile("data.jsonl", "1", "", (f"{url}/data.jsonl",), f"{url}/pointer")
    obtain(remote)
    (folder / "pointer").unlink()
    assert obtain(remote).read_bytes() == CONTENT
    remote.path.write_bytes(b"damaged")
    obtain(remote)
    assert remote.path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(None, "answers 404"), ("<html>", "not a Git LFS pointer"), ("x" * 2000, "more than 1,000 bytes")],
)
def test_a_bad_pointer_is_named(served, content: str | None, sentence: str):
    folder, url = served
    if content:
        (folder / "pointer").write_text(content)
    with pytest.raises(FetchError, match=sentence):
        obtain(RemoteFile("data.jsonl", "1", "", (f"{url}/data.jsonl",), f"{url}/pointer"))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_records_are_read_plain_and_packed(tmp_path: Path, pack):
    path = tmp_path / "rows"
    path.write_bytes(pack(CONTENT))
    rows, provenance = read_records(path, Row, None)
    assert [row.name for row in rows] == ["a", "b"]
    assert provenance == {
        "source": str(path),
        "version": "local file",
        "sha256": hashlib.sha256(pack(CONTENT)).hexdigest(),
    }


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no problems"),
        (b'{"name": "a"}\n{"name": 1}\n', "line 2: name"),
        (b"\xff\xfd", "line 1 is not JSON: 'utf-8'"),
        (gzip.compress(CONTENT)[:-9], "cannot be read"),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, content: bytes, sentence: str):
    path = tmp_path / "rows"
    path.write_bytes(content)
    with pytest.raises(DataError, match=sentence):
        read_records(path, Row, None)
