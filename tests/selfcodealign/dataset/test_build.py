"""A directory of rows becomes a data set with its card."""

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from sharpen.cli.app import app
from sharpen.selfcodealign.dataset.augment import with_tests
from sharpen.selfcodealign.dataset.build import make
from sharpen.selfcodealign.overlap.decontaminate import Index
from sharpen.selfcodealign.rows import Row
from sharpen.selfcodealign.stage_files import Writer, read, write
from sharpen.types import Problem, Suite
from tests.selfcodealign.dataset.test_select import row


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
    config |= {"limit": 9, "difficulties": ["easy", "hard"], "completion": True, "until": "responses"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    make(tmp_path)
    return tmp_path


def test_the_data_set_its_rejects_and_its_figures_are_written(made: Path) -> None:
    selected = list(read(made / "dataset.jsonl", Row))
    assert [each.instruction for each in selected] == ["Sort a list.", "Count to ````three````."]
    rejected = [json.loads(line) for line in (made / "dataset.rejected.jsonl").read_text().splitlines()]
    assert [each["reason"] for each in rejected] == ["instruction seen"]
    assert json.loads((made / "diversity.json").read_text())["rows"] == 2


@pytest.mark.parametrize(("pool", "count"), [("failed", 1), ("any", 4)])
def test_failing_rows_are_a_pool_too(made: Path, pool: str, count: int) -> None:
    with Writer(made / "rows.jsonl", reasons=("timeout", "password")) as out:
        for each in read(made / "dataset.jsonl", Row):
            out.keep(each)
        out.keep(row("Add."))
        out.reject(replace(row("Loop."), verdict="timeout"), "timeout")
        out.reject(replace(row("Hide."), verdict=""), "password")
    assert make(made, pool=pool).rows_in == count


def test_a_number_of_rows_and_tests_in_instructions_are_options(made: Path) -> None:
    funnel = make(made, limit=1, tests_in_instructions=1.0)
    assert (funnel.rows_out, funnel.reasons["beyond the number of rows"]) == (1, 1)
    (selected,) = read(made / "dataset.jsonl", Row)
    assert "Your code should pass these tests:" in selected.instruction
    assert "--limit 1 --tests-in-instructions 1" in (made / "README.md").read_text()


@pytest.mark.parametrize(
    ("instruction", "tests", "appended"),
    [
        ("Double.", "assert f(1) == 2\nassert f(2) == 4", True),
        ("Double, for example 2 to 4.", "assert f(1) == 2", False),
        ("Double.", "import math\nassert f(1) == 2", False),
        ("Double.", "", False),
        ("Double.", "assert f('a\u2028b') == 2\r\nassert f('\x0c') == 4", True),
    ],
)
def test_tests_are_appended_only_where_the_paper_does(instruction: str, tests: str, appended: bool) -> None:
    given = replace(row(instruction), tests=tests)
    result = with_tests(given, 1.0)
    assert (result != given) == appended
    assert with_tests(given, 0.0) == given
    if appended:
        shown = result.instruction.split("```python\n")[1].removesuffix("\n```").split("\n")
        assert shown
        assert set(shown) <= set(tests.replace("\r\n", "\n").split("\n"))


def test_about_the_given_share_of_rows_gets_tests() -> None:
    rows = [replace(row("Double."), id=str(n), tests="assert f(1) == 2") for n in range(1000)]
    assert 440 < sum(with_tests(each, 0.5) != each for each in rows) < 560


def test_the_card_says_how_it_was_made_and_what_it_holds(made: Path) -> None:
    card = (made / "README.md").read_text()
    header = card.split("---")[1]
    assert 'size_categories: ["n<1K"]' in header
    words = "--limit 9 -n 4 --difficulties easy hard --completion --run"
    assert f"sharpen align run --seeds seeds.jsonl -m small {words}" in card
    commands = re.findall(r"^sharpen (.+)$", card, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        app.parse_args(shlex.split(command), exit_on_error=False, print_error=False)
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


BENCHMARK = Problem(
    "Bench/0",
    "Return the sum of the squares of all odd numbers in the given list, and zero for an empty list.",
    Suite(()),
    Suite(()),
    solution="def odd_squares(numbers):\n    return sum(n * n for n in numbers if n % 2 == 1)\n",
)


def test_rows_that_hold_a_benchmarks_problem_are_taken_out_and_the_card_says_so(tmp_path: Path) -> None:
    held = row(f"Please: {BENCHMARK.statement.upper()}")
    write(tmp_path / "rows.jsonl", [held, row("Sort a list.")], Row)
    funnel = make(tmp_path, index=Index({"bench": [BENCHMARK]}))
    assert funnel.reasons["contaminated"] == 1
    card = (tmp_path / "README.md").read_text()
    assert "--against bench" in card
    assert re.search(r"\| bench \| 1 \| \d \| 1 \| \d \| 1 \|", card)


def test_code_with_type_errors_is_left_out_on_demand(tmp_path: Path) -> None:
    pytest.importorskip("ty")
    write(tmp_path / "rows.jsonl", [row(code="def f(x):\n    return undefined"), row("Sort.")], Row)
    assert make(tmp_path).rows_out == 2
    assert make(tmp_path, typed=True).reasons["type error"] == 1
    assert "--type-check" in (tmp_path / "README.md").read_text()
