"""People's explanations: what comes out can be filled in and taken back; what is wrong is named."""

import json
from pathlib import Path

import pytest

from sharpen.errors import DataError, UsageError
from sharpen.journal.journal import Journal
from sharpen.methods.human_feedback import Explanation, failures, read_explanations


def fill_in(recorded: Path, path: Path, **fields: object) -> Path:
    lines = [failure.model_dump() | fields for failure in failures(recorded)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def read(path: Path, recorded: Path) -> dict[str, list[Explanation]]:
    with Journal.read(recorded) as journal:
        return {program: list(text) for program, text in read_explanations(path, journal).items()}


def test_what_is_exported_and_filled_in_is_read_back(recorded: Path, tmp_path: Path) -> None:
    path = fill_in(recorded, tmp_path / "told.jsonl", author="Ann", feedback="It subtracts.")
    path.write_text(path.read_text() * 2)
    text = read(path, recorded)
    assert set(text) == {failure.program_id for failure in failures(recorded)}
    assert all(texts == [Explanation("Ann", "It subtracts.")] * 2 for texts in text.values())


def test_labels_are_read_with_their_explanation(recorded: Path, tmp_path: Path) -> None:
    labels = ["small change", "unsure ", "", "unsure"]
    path = fill_in(recorded, tmp_path / "told.jsonl", author="Ann", feedback="It subtracts.", labels=labels)
    read_labels = {each.labels for texts in read(path, recorded).values() for each in texts}
    assert read_labels == {("small change", "unsure")}


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
        ({"labels": "unsure"}, DataError, "line 1 is not a failure .*: labels: "),
        ({"labels": ["unsure"]}, DataError, "line 1 has labels without feedback"),
    ],
)
def test_what_cannot_be_used_is_named(
    recorded: Path, tmp_path: Path, change: dict[str, object], error: type[Exception], sentence: str
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
