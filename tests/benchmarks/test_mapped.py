"""A TOML file that says where problems are and which column means what."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, UsageError
from tests.data_set_hub import DataSets, parquet, serving

ROWS = [
    {
        "task_id": 11,
        "prompt": "Add.",
        "test_list": ["assert add(1, 2) == 3", "assert add(0, 0) == 0"],
        "code": "x",
    },
    {"task_id": 12, "prompt": "Double.", "test_list": ["assert twice(1) == 2"], "code": None},
]
COLUMNS = '[columns]\nid = "task_id"\nstatement = "prompt"\ntests = "test_list"\nsolution = "code"\n'


def written(folder: Path, source: str, columns: str = COLUMNS) -> str:
    path = folder / "mine.toml"
    path.write_text(f'source = "{source}"\n{columns}')
    return str(path)


def test_lines_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    benchmark = load(written(tmp_path, "rows.jsonl"))
    assert [problem.id for problem in benchmark.problems] == ["11", "12"]
    assert [len(problem.hidden.tests) for problem in benchmark.problems] == [2, 1]
    assert benchmark.problems[0].solution == "x"
    assert "rows.jsonl sha256:" in benchmark.source


def test_scripts_have_inputs_and_outputs(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps({"q": "Print.", "in": ["1", "2"], "out": ["1", "2"]}))
    columns = '[columns]\nstatement = "q"\ninputs = "in"\noutputs = "out"\n'
    (problem,) = load(written(tmp_path, "rows.jsonl", columns)).problems
    assert len(problem.hidden.tests) == 2


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataSets]:
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    with serving() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


def test_a_data_set_of_the_hub(hub: DataSets, tmp_path: Path) -> None:
    hub.sets["me/set"] = {"sanitized/test.parquet": parquet(ROWS, None), "full/test.parquet": b""}
    benchmark = load(written(tmp_path, "hf://datasets/me/set/sanitized"))
    assert [problem.id for problem in benchmark.problems] == ["11", "12"]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (
            COLUMNS.replace("test_list", "tests"),
            r"line 1: there is no column tests: correct \[columns\]; it has .*test_list",
        ),
        ('[columns]\nstatement = "prompt"\n', "name the column of the tests"),
        ('[columns]\nstatement = "prompt"\ntests = "code"\n', "line 1: .*no test"),
        ("columns = [", "does not describe a benchmark"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, columns: str, sentence: str) -> None:
    (tmp_path / "rows.jsonl").write_text(json.dumps(ROWS[0] | {"code": ""}))
    with pytest.raises(DataError, match=sentence):
        load(written(tmp_path, "rows.jsonl", columns))


def test_a_source_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no file .*rows\.txt: correct source"):
        load(written(tmp_path, "rows.txt"))
    (tmp_path / "rows.txt").touch()
    with pytest.raises(UsageError, match="cannot be read: source is"):
        load(written(tmp_path, "rows.txt"))
