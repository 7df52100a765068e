"""A directory of rows becomes a data set with its card."""

import json
from pathlib import Path

import pytest

from sharpen.align.dataset import make
from sharpen.align.rows import Row
from sharpen.align.stage import Writer, read
from tests.align.test_select import row


@pytest.fixture
def made(tmp_path: Path) -> Path:
    rows = [
        row("Sort a list.", checks=3, mutation_score=0.9),
        row("Sort a list.", checks=2, mutation_score=0.5),
        row("Count to ````three````.", checks=1, mutation_score=0.7),
    ]
    with Writer(tmp_path / "rows.jsonl", reasons=("timeout",)) as out:
        for each in rows:
            out.keep(each)
        out.reject(row("Loop."), "timeout")
    config = {"method": "align", "benchmark": "seeds.jsonl", "model": "small", "n": 4, "seed": 0}
    (tmp_path / "config.json").write_text(json.dumps(config))
    make(tmp_path)
    return tmp_path


def test_the_data_set_its_rejects_and_its_figures_are_written(made: Path) -> None:
    kept = list(read(made / "dataset.jsonl", Row))
    assert [each.instruction for each in kept] == ["Sort a list.", "Count to ````three````."]
    rejected = [json.loads(line) for line in (made / "dataset.rejected.jsonl").read_text().splitlines()]
    assert [each["reason"] for each in rejected] == ["instruction seen"]
    assert json.loads((made / "diversity.json").read_text())["rows"] == 2


def test_the_card_says_how_it_was_made_and_what_it_holds(made: Path) -> None:
    card = (made / "README.md").read_text()
    header = card.split("---")[1]
    assert 'size_categories: ["n<1K"]' in header
    assert "sharpen align run seeds.jsonl -m small -n 4 --seed 0 --run" in card
    assert "sharpen align select" in card
    assert "| timeout | -1 |" in card
    assert "| MIT | 2 |" in card
    assert "| mutation_score | 2 |" in card
    assert "must not be called free of any benchmark" in card
    assert "Sort a list." in card
    assert "`````\n" in card  # a fence longer than any in the rows


def test_the_same_rows_give_the_same_bytes(made: Path) -> None:
    names = ("dataset.jsonl", "dataset.rejected.jsonl", "dataset.funnel.json", "diversity.json", "README.md")
    before = [(made / name).read_bytes() for name in names]
    make(made)
    assert [(made / name).read_bytes() for name in names] == before


def test_a_selection_of_nothing_is_an_empty_data_set(tmp_path: Path) -> None:
    with Writer(tmp_path / "rows.jsonl") as out:
        out.reject(row("Loop."), "timeout")
    assert make(tmp_path).rows_out == 0
    assert "0 instructions" in (tmp_path / "README.md").read_text()


def test_the_card_repeats_what_was_found_of_benchmarks(made: Path) -> None:
    make(made, contaminated=lambda texts: {2}, contamination="Looked for: humaneval.")
    assert "Looked for: humaneval." in (made / "README.md").read_text()
    assert "| contaminated | -1 |" in (made / "README.md").read_text()
