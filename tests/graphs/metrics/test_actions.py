"""Action rows: derived from tables with the original's rule for gaps, read with the original's refusals."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import DataError
from sharpen.graphs.graph import Table
from sharpen.graphs.metrics.actions import Action, actions, read_actions, write_actions


def happens(*states: str, steps: int | None = None) -> list[tuple[str, str, str]]:
    """Verb, before and after of each step of one participant."""
    table = Table(("water",), tuple((state,) for state in states))
    rows = actions(7, table, len(states) - 1 if steps is None else steps)
    assert [(row.process, row.step, row.participant) for row in rows] == [
        (7, step, "water") for step in range(1, len(rows) + 1)
    ]
    return [(row.verb, row.before, row.after) for row in rows]


@pytest.mark.parametrize(
    ("before", "after", "verb"),
    [
        ("-", "-", "NONE"),
        ("?", "?", "NONE"),
        ("soil", "soil", "NONE"),
        ("-", "?", "CREATE"),
        ("-", "soil", "CREATE"),
        ("?", "-", "DESTROY"),
        ("soil", "-", "DESTROY"),
        ("?", "soil", "MOVE"),
        ("soil", "?", "MOVE"),
        ("soil", "Soil", "MOVE"),
    ],
)
def test_two_states_say_what_happens_between_them(before: str, after: str, verb: str):
    assert happens(before, after) == [(verb, before, after)]


def test_a_missing_cell_repeats_the_raw_cell_before_it():
    assert happens("-", "soil", "") == [("CREATE", "-", "soil"), ("NONE", "soil", "soil")]


def test_of_two_missing_cells_the_second_is_absence():
    assert happens("soil", "", "", "") == [("NONE", "soil", "soil"), ("NONE", "-", "-"), ("NONE", "-", "-")]


def test_a_cell_after_a_missing_one_comes_from_a_place_called_none():
    assert happens("soil", "", "soil") == [("NONE", "soil", "soil"), ("MOVE", "None", "soil")]
    assert happens("", "-") == [("DESTROY", "None", "-")]


def test_rows_that_a_model_did_not_reach_are_missing_and_those_beyond_do_not_count():
    assert happens("soil", steps=2) == [("NONE", "soil", "soil"), ("NONE", "-", "-")]
    assert happens("soil", "air", "sea", steps=1) == [("MOVE", "soil", "air")]
    assert actions(1, Table(("a", "b"), (("x",), ("y", "z"))), 1) == (
        Action(1, 1, "a", "MOVE", "x", "y"),
        Action(1, 1, "b", "MOVE", "None", "z"),
    )


@given(st.lists(st.sampled_from(["-", "?", "soil", "the air"]), min_size=2, max_size=6))
def test_rows_of_whole_tables_are_rows_that_the_reader_takes(
    tmp_path_factory: pytest.TempPathFactory, states: list[str]
):
    path = tmp_path_factory.mktemp("actions") / "actions.tsv"
    rows = actions(3, Table(("water; vapor",), tuple((state,) for state in states)), len(states) - 1)
    write_actions(path, rows)
    assert read_actions(path) == rows
    assert [rows[0].before, *(row.after for row in rows)] == states


def test_a_seventh_column_does_not_matter(tmp_path: Path):
    path = tmp_path / "actions.tsv"
    path.write_text("4\t1\toil\tCREATE\t-\tsea\t\n")
    assert read_actions(path) == (Action(4, 1, "oil", "CREATE", "-", "sea"),)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("4\t1\toil\tNONE\t-", "has 5 columns"),
        ("", "has 1 columns"),
        ("x\t1\toil\tNONE\t-\t-", "must start with the numbers"),
        ("4\t0\toil\tNONE\t-\t-", "must start with the numbers"),
        ("4\t1\toil\tVIBRATE\t-\t-", "has the action 'VIBRATE', not NONE, CREATE, MOVE, DESTROY"),
        ("4\t1\toil\tNONE\t-\t?", "has locations that NONE cannot have: from '-' to '\\?'"),
        ("4\t1\toil\tCREATE\t?\tsea", "CREATE cannot have"),
        ("4\t1\toil\tCREATE\t-\t", "CREATE cannot have"),
        ("4\t1\toil\tCREATE\t-\t-", "CREATE cannot have"),
        ("4\t1\toil\tDESTROY\t-\t-", "DESTROY cannot have"),
        ("4\t1\toil\tDESTROY\t\t-", "DESTROY cannot have"),
        ("4\t1\toil\tDESTROY\tsea\tair", "DESTROY cannot have"),
        ("4\t1\toil\tMOVE\t-\tsea", "MOVE cannot have"),
        ("4\t1\toil\tMOVE\tsea\t-", "MOVE cannot have"),
        ("4\t1\toil\tMOVE\t\tsea", "MOVE cannot have"),
    ],
)
def test_what_the_original_refuses_is_refused_with_its_line(tmp_path: Path, line: str, complaint: str):
    path = tmp_path / "actions.tsv"
    path.write_text(f"4\t1\toil\tMOVE\tsea\tsea\n{line}\n")
    with pytest.raises(DataError, match=rf"actions.tsv:2 .*{complaint}"):
        read_actions(path)


def test_an_empty_file_is_refused(shared_data: Path):
    with pytest.raises(DataError, match="has no actions"):
        read_actions(shared_data / "propara" / "testfiles-4" / "predictions.tsv")


def test_every_recorded_answer_is_taken(shared_data: Path):
    assert len(read_actions(shared_data / "propara" / "dev" / "answers.tsv")) == 1204
    assert len(read_actions(shared_data / "propara" / "train" / "answers.tsv")) == 10356


def test_tables_of_consistent_answers_say_the_same_actions(shared_data: Path):
    reference = read_actions(shared_data / "propara" / "dev" / "answers.tsv")
    for process in {row.process for row in reference}:
        rows = [row for row in reference if row.process == process]
        names = tuple(dict.fromkeys(row.participant for row in rows))
        steps = max(row.step for row in rows)
        state = {(row.participant, row.step): row.after for row in rows}
        state |= {(row.participant, 0): row.before for row in rows if row.step == 1}
        table = Table(names, tuple(tuple(state[name, step] for name in names) for step in range(steps + 1)))
        assert sorted(actions(process, table, steps), key=repr) == sorted(rows, key=repr)
