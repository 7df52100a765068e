"""People's explanations: what comes out can be filled in and taken back; what is wrong is named."""

import json
from pathlib import Path

import pytest

from sharpen.errors import DataError, UsageError
from sharpen.journal.journal import Journal
from sharpen.methods.human_feedback import failures, read_explanations


def fill_in(recorded: Path, path: Path, **fields: str) -> Path:
    lines = [failure.model_dump() | fields for failure in failures(recorded)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def read(path: Path, recorded: Path) -> dict[str, list[tuple[str, str]]]:
    with Journal.read(recorded) as journal:
        return {program: list(text) for program, text in read_explanations(path, journal).items()}


def test_what_is_exported_and_filled_in_is_read_back(recorded: Path, tmp_path: Path) -> None:
    path = fill_in(recorded, tmp_path / "told.jsonl", author="Ann", feedback="It subtracts.")
    path.write_text(path.read_text() * 2)
    text = read(path, recorded)
    assert set(text) == {failure.program_id for failure in failures(recorded)}
    assert all(texts == [("Ann", "It subtracts.")] * 2 for texts in text.values())


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"author": "Ann"}, UsageError, "holds no feedback"),
        ({"feedback": "wrong"}, DataError, "line 1 has feedback without an author"),
        (
            {"author": "Ann", "feedback": "wrong", "program_id": "f00"},
            UsageError,
            "f00, which is not in this run",
        ),
    ],
)
def test_what_cannot_be_used_is_named(
    recorded: Path, tmp_path: Path, change: dict[str, str], error: type[Exception], sentence: str
) -> None:
    path = fill_in(recorded, tmp_path / "told.jsonl", **change)
    with pytest.raises(error, match=sentence):
        read(path, recorded)


def test_a_broken_line_is_named_by_number(recorded: Path, tmp_path: Path) -> None:
    path = fill_in(recorded, tmp_path / "told.jsonl")
    path.write_text(path.read_text() + "{\n")
    with pytest.raises(DataError, match="line 5"):
        read(path, recorded)


def test_a_missing_file_is_one_sentence(recorded: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path / "nothing.jsonl", recorded)
