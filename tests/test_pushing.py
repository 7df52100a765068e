"""What is pushed is what another person needs: it loads, verifies, replays, and the hub has every byte of it."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import numpy as np
import pytest

from sharpen import api
from sharpen.errors import JournalError, UsageError
from sharpen.files.download import sha256_of
from sharpen.models import finetuned
from sharpen.pushing import push
from sharpen.selfcodealign.train.fitting import log_probabilities
from sharpen.selfcodealign.train.gguf import read_base, write_adapter
from sharpen.selfcodealign.train.loading import find, load
from sharpen.selfcodealign.train.recipe import Train
from tests.hub import listening
from tests.improve_world import record_training
from tests.selfcodealign import tiny

TOKEN = "hf_write"


class Hub(BaseHTTPRequestHandler):
    """A hub that takes commits: the routes that ``huggingface_hub`` asks, with its own refusals."""

    def __init__(self, repositories: dict[str, dict], *args: object) -> None:
        self.repositories = repositories
        super().__init__(*args)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length")
        body = self.rfile.read(int(length)) if length else self.chunks()
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.answer({"error": "Invalid username or password."}, 401)
        if self.path == "/api/validate-yaml":  # of the card
            return self.answer({"errors": [], "warnings": []})
        if self.path == "/api/repos/create":
            asked = json.loads(body)
            name = f"{asked.get('organization', 'me')}/{asked['name']}"
            private = asked.get(
                "private", asked.get("visibility") == "private"
            )  # the older name, or the newer
            made = {"kind": asked.get("type", "model"), "private": private, "files": {}}
            if name in self.repositories:
                return self.answer({"error": "You already created this repo", "url": self.address(name)}, 409)
            self.repositories[name] = made
            return self.answer({"url": self.address(name), "id": name})
        if place := re.fullmatch(r"/api/(?:dataset|model)s/(.+?)/(preupload|commit)/main", self.path):
            if place[2] == "preupload":
                files = json.loads(body)["files"]
                modes = [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]
                return self.answer({"files": modes})
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    value = entry["value"]
                    content = base64.b64decode(value["content"])
                    self.repositories[place[1]]["files"][value["path"]] = content
            commit = {"commitUrl": f"{self.address(place[1])}/commit/abc", "commitOid": "a" * 40}
            return self.answer(commit)
        return self.answer({"error": "not found"}, 404)

    def do_GET(self) -> None:
        self.answer({"error": "not found"}, 404)

    def address(self, name: str) -> str:
        folder = "datasets/" if self.repositories[name]["kind"] == "dataset" else ""
        return f"http://{self.headers['Host']}/{folder}{name}"

    def chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def answer(self, content: object, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def repositories(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, dict]]:
    pytest.importorskip("huggingface_hub")
    known: dict[str, dict] = {}
    with listening(partial(Hub, known)) as url:
        monkeypatch.setenv("HF_ENDPOINT", url)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        yield known


def test_a_run_in_a_folder_can_be_verified_replayed_and_loaded(
    recorded: Path, tmp_path: Path, sharpen: Callable[..., tuple[int, str, str]]
) -> None:
    folder = tmp_path / "pushed"
    code, out, err = sharpen("push", recorded, folder)
    assert code == 0, err
    assert str(folder) in out.replace("\n", "")
    names = {path.name for path in folder.iterdir()}
    assert names == {"README.md", "config.json", "journal.db", "report.html", "rows.jsonl"}
    assert api.verify(folder).damages == ()
    assert api.verify(folder).last_seal == api.verify(recorded).last_seal
    assert sharpen("replay", folder)[0] == 0
    card = (folder / "README.md").read_text()
    assert "2 problems, 2 with a program that passes" in card
    assert api.verify(recorded).last_seal in card
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    assert len(rows) == len(list(api.Results(recorded).nodes()))


def test_datasets_loads_what_was_pushed(recorded: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="no datasets: pip install datasets to run this")
    push(recorded, str(tmp_path / "pushed"))
    loaded = datasets.load_dataset(str(tmp_path / "pushed"), cache_dir=str(tmp_path / "cache"))
    assert "program" in loaded["train"].column_names


def test_the_hub_gets_every_file_in_a_private_repository(
    recorded: Path, repositories: dict[str, dict], tmp_path: Path
) -> None:
    place = push(recorded, "hf://datasets/me/mine")
    assert place.endswith("/datasets/me/mine/commit/abc")
    made = repositories["me/mine"]
    assert made["kind"] == "dataset"
    assert made["private"] is True
    push(recorded, str(tmp_path / "folder"))
    assert set(made["files"]) == {path.name for path in (tmp_path / "folder").iterdir()}
    assert made["files"]["config.json"] == (recorded / "config.json").read_bytes()


def test_a_repository_is_public_only_where_it_is_asked(recorded: Path, repositories: dict[str, dict]) -> None:
    push(recorded, "hf://datasets/me/open", public=True)
    assert repositories["me/open"]["private"] is False
    push(recorded, "hf://datasets/me/open")  # again: another commit to the same


@pytest.fixture
def tuned_round(tmp_path: Path) -> Path:
    """The model of a round of improve, with a random adapter, and nothing really trained or measured."""
    directory, base = tmp_path / "mine" / "round-1" / "model", tiny.write(tmp_path / "b.gguf", tiny.weights())
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"prompt": "Add.", "completion": "a + b"}\n')
    record_training(rows, directory)
    write_adapter(directory / "adapter.gguf", read_base(base), tiny.factors(3), 16)
    (directory / "notes.txt").write_text("mine alone")
    options = {**Train(model=str(base), recipe="lora", rank=3).model_dump(), "rows": str(rows)}
    config = options | {"rows_sha256": sha256_of(rows)}
    (directory / "config.json").write_text(json.dumps(config))
    hashes = {"base_sha256": sha256_of(base), "sha256": sha256_of(directory / "adapter.gguf")}
    finetuned.write(directory, finetuned.Tuned(base=str(base), adapter="adapter.gguf", **hashes))
    changes = {"measure": "humaneval, repairs", "problems": 9, "before": 0.1, "after": 0.3, "difference": 0.2}
    improved = {"rounds": [{"number": 1, "changes": [changes | {"low": 0.05, "high": 0.35}]}]}
    (tmp_path / "mine" / "improve.json").write_text(json.dumps(improved))
    (tmp_path / "mine" / "commands.sh").write_text(
        "sharpen sample mbpp/train\nsharpen align train rows.jsonl\n"
    )
    return directory


def test_a_model_goes_with_its_rows_commands_and_figures(
    tuned_round: Path, repositories: dict[str, dict]
) -> None:
    push(tuned_round, "hf://models/me/tuned")
    made = repositories["me/tuned"]
    assert made["kind"] == "model"
    adapter = {"adapter.gguf", "adapter_config.json", "adapter_model.safetensors"}
    assert set(made["files"]) == {"README.md", "tuned.json", "rows.jsonl", *adapter}
    card = made["files"]["README.md"].decode()
    assert "| humaneval, repairs | 9 | 10.0% | 30.0% | +20.0 (5.0 to 35.0) |" in card
    assert "1 row of `rows.jsonl`" in card
    assert "went from 1.500 to 1.000 (nats a token)" in card
    assert "    sharpen align train rows.jsonl\n" in card


def test_rows_that_have_changed_do_not_go_with_the_model(tuned_round: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"prompt": "Other.", "completion": "b"}\n')
    (tmp_path / "mine" / "improve.json").unlink()
    (tmp_path / "mine" / "commands.sh").unlink()
    push(tuned_round, str(tmp_path / "pushed"))
    assert not (tmp_path / "pushed" / "rows.jsonl").exists()
    card = (tmp_path / "pushed" / "README.md").read_text()
    assert "1 row of a file that is not here (SHA-256" in card
    assert "--recipe lora --rank 3 --run" in card


@pytest.mark.filterwarnings("default")  # the libraries warn of each other
def test_peft_loads_the_adapter_and_computes_the_same(tuned_round: Path, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft", reason="no peft: pip install 'sharpen[train]' to run this")
    push(tuned_round, str(tmp_path / "pushed"))
    model, _ = load(find(str(tmp_path / "b.gguf")))
    model = peft.PeftModel.from_pretrained(model, str(tmp_path / "pushed"))
    tokens = [5, 70, 90, 100, 33, 34, 130]
    whole = tiny.added(tiny.weights(), tiny.factors(3), 16 / 3)
    expected = tiny.log_probabilities(whole, tokens)
    result = log_probabilities(model, tokens)
    assert np.allclose(result, [expected[i, token] for i, token in enumerate(tokens[1:])], atol=0.01)


def test_what_does_not_fit_is_named(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repositories: dict[str, dict]
) -> None:
    with pytest.raises(UsageError, match="a run is pushed to hf://datasets/OWNER/NAME"):
        push(recorded, "hf://models/me/mine")
    with pytest.raises(UsageError, match="is the directory itself"):
        push(recorded, str(recorded))
    with pytest.raises(JournalError):
        push(tmp_path / "nothing", str(tmp_path / "pushed"))
    assert not (tmp_path / "pushed").exists()
    monkeypatch.setattr("sharpen.files.hub.token", lambda: "")
    with pytest.raises(UsageError, match="only with a token"):
        push(recorded, "hf://datasets/me/mine")
    assert repositories == {}
