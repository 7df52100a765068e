"""The adapters that come with the package: whole, small, and free of what is measured."""

import gzip
import json

import pytest

from sharpen.files.download import sha256_of
from sharpen.models.finetuned import ADAPTERS, SHIPPED, Tuned, base_of, directory_of
from sharpen.models.spec import open_model
from sharpen.models.weights import STORE


@pytest.mark.parametrize("name", SHIPPED)
def test_an_adapter_is_whole_and_has_a_card(name):
    folder = directory_of(name)
    assert folder == ADAPTERS / SHIPPED[name]
    tuned = Tuned.model_validate_json((folder / "tuned.json").read_bytes())
    assert sha256_of(folder / tuned.adapter) == tuned.sha256
    assert STORE[tuned.base].sha256 == tuned.base_sha256
    assert base_of(name) == tuned.base
    assert (folder / tuned.adapter).stat().st_size < 5e6
    card = (folder / "README.md").read_text()
    for words in (name, "sharpen improve rows", "sharpen align train", "95 %", "MBPP"):
        assert words in card, words


@pytest.mark.parametrize("name", SHIPPED)
def test_its_rows_are_of_training_problems(name):
    with gzip.open(ADAPTERS / SHIPPED[name] / "rows.jsonl.gz") as file:
        rows = [json.loads(line) for line in file]
    numbers = [int(row["problem"].removeprefix("MBPP/")) for row in rows]
    assert all(601 <= number <= 974 for number in numbers)  # MBPP's train split
    assert {row["kind"] for row in rows} == {"programs", "repairs"}


@pytest.mark.parametrize("name", SHIPPED)
def test_no_folder_of_the_user_takes_its_name(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).mkdir()
    (tmp_path / name / "tuned.json").write_text("{}")
    assert directory_of(name) == ADAPTERS / SHIPPED[name]


@pytest.mark.model
async def test_it_is_the_base_with_the_adapter(anyio_backend):
    (name,) = SHIPPED
    model = open_model(name)
    base = open_model(base_of(name))
    assert model.identity.startswith(f"{base.identity}+lora:")
    await model.close()
    await base.close()
