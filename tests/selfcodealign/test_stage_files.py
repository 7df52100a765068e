import gzip
import json
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharpen.errors import DataError, UsageError
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Instruction, Response, Row, Seed, identity

SEED = Seed(identity("x"), "f", "x", "Do x.", "mine", "1.0", "mine/f.py", 3, "MIT")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
INSTRUCTIONS = st.builds(Instruction, TEXT, TEXT, st.lists(TEXT).map(tuple), TEXT, TEXT, TEXT, TEXT)
GATES = st.dictionaries(TEXT, TEXT | st.floats(allow_nan=False, allow_infinity=False), max_size=3)
ROWS = st.builds(Row, *[TEXT] * 11, gates=GATES)
SEEDS = st.builds(Seed, *[TEXT] * 7, st.integers(0, 2**31), TEXT)


@pytest.mark.parametrize("ending", stage_files.ENDINGS)
@given(rows=st.lists(SEEDS) | st.lists(INSTRUCTIONS, min_size=1) | st.lists(ROWS, min_size=1))
@settings(max_examples=25)
def test_what_is_written_is_read(tmp_path_factory, ending, rows):
    path = tmp_path_factory.mktemp("rows") / f"rows{ending}"
    kind = type(rows[0]) if rows else Seed
    assert stage_files.write(path, rows, kind) == len(rows)
    assert list(stage_files.read(path, kind)) == rows
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_ids_are_the_hash_of_the_text():
    assert identity("x") == "2d711642b726b044"
    assert identity("a", "b") != identity("ab")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2 is not JSON"),
        ("[1]", "line 2 is not a JSON object"),
        (json.dumps(asdict(Response("i", "j", 0, "t", "", "", "stop"))), "line 2 is not a Seed: name"),
        (json.dumps({**asdict(SEED), "line": "three"}), "line 2 is not a Seed: line"),
        ("\udc80", "line 2 is not JSON"),
    ],
)
def test_a_foreign_line_is_named(tmp_path, line, says):
    path = tmp_path / "seeds.jsonl"
    first = json.dumps(asdict(SEED))
    path.write_bytes(f"{first}\n{line}\n".encode("utf-8", "surrogateescape"))
    rows = stage_files.read(path, Seed)
    assert next(rows) == SEED
    with pytest.raises(DataError, match=says) as caught:
        next(rows)
    assert str(path) in str(caught.value)


def test_a_damaged_archive_is_named(tmp_path):
    path = tmp_path / "seeds.jsonl.gz"
    path.write_bytes(gzip.compress(b"{}\n" * 10_000)[:-20])
    with pytest.raises(DataError, match=r"seeds\.jsonl\.gz"):
        list(stage_files.read(path, Response))


@pytest.mark.parametrize(
    ("name", "kind"), [("absent.jsonl", DataError), ("absent.parquet", DataError), ("rows.csv", UsageError)]
)
def test_what_cannot_be_read_is_said(tmp_path, name, kind):
    with pytest.raises(kind, match=name):
        list(stage_files.read(tmp_path / name, Seed))


def test_text_is_no_parquet(tmp_path):
    path = tmp_path / "rows.parquet"
    path.write_text("not so")
    with pytest.raises(DataError, match="Parquet"):
        list(stage_files.read(path, Seed))


def test_what_fails_halfway_leaves_what_was_there(tmp_path):
    path = tmp_path / "seeds.jsonl"
    stage_files.write(path, [SEED], Seed)

    def broken():
        yield replace(SEED, name="g")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stage_files.write(path, broken(), Seed)
    assert list(stage_files.read(path, Seed)) == [SEED]


def test_a_lone_surrogate_does_not_stop_a_stage(tmp_path):
    path = tmp_path / "seeds.jsonl"
    stage_files.write(path, [replace(SEED, docstring="a\ud800b")], Seed)
    assert [row.docstring for row in stage_files.read(path, Seed)] == ["a?b"]


def test_a_stage_keeps_rejects_and_counts(tmp_path):
    path = tmp_path / "seeds.jsonl"
    with stage_files.Writer(path, reasons=("long", "short")) as out:
        out.keep(SEED)
        out.reject(replace(SEED, name="g"), "short")
        assert not path.exists()
    assert list(stage_files.read(path, Seed)) == [SEED]
    (rejected,) = (tmp_path / "seeds.rejected.jsonl").read_text().splitlines()
    assert json.loads(rejected)["reason"] == "short"
    assert [row.name for row in stage_files.read(tmp_path / "seeds.rejected.jsonl", Seed)] == ["g"]
    funnel = stage_files.read_funnel(path)
    assert funnel == stage_files.Funnel("seeds", 2, 1, {"long": 0, "short": 1})
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "seeds.funnel.json",
        "seeds.jsonl",
        "seeds.rejected.jsonl",
    ]


def seeds(count):
    return [replace(SEED, id=identity(str(number))) for number in range(count)]


def killed(path, kept, rejected):
    """Leave a stage unfinished."""
    with suppress(ZeroDivisionError), stage_files.Writer(path, resume=True) as out:
        out.keep(kept)
        out.reject(rejected, "short")
        raise ZeroDivisionError


def test_a_stage_that_was_killed_goes_on(tmp_path):
    path, rows = tmp_path / "seeds.jsonl", seeds(5)
    killed(path, rows[0], rows[1])
    part = tmp_path / "seeds.jsonl.partial"
    part.write_bytes(part.read_bytes() + b'{"id": "torn')
    with stage_files.Writer(path, resume=True) as out:
        assert out.done == {rows[0].id, rows[1].id}
        for row in rows:
            if row.id not in out.done:
                out.keep(row)
    assert [row.id for row in stage_files.read(path, Seed)] == [rows[at].id for at in (0, 2, 3, 4)]
    assert stage_files.read_funnel(path) == stage_files.Funnel("seeds", 5, 4, {"short": 1})


def test_a_stage_without_resume_begins_anew(tmp_path):
    path = tmp_path / "seeds.jsonl"
    killed(path, *seeds(2))
    with stage_files.Writer(path) as out:
        assert not out.done
    assert list(stage_files.read(path, Seed)) == []


def test_a_row_without_the_key_is_named(tmp_path):
    (tmp_path / "seeds.jsonl.partial").write_text('{"no": 1}\n')
    with (
        pytest.raises(DataError, match="line 1 has no id"),
        stage_files.Writer(tmp_path / "seeds.jsonl", resume=True),
    ):
        pass


def test_a_stage_that_cannot_write_says_where(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(DataError, match="cannot be written"),
        stage_files.Writer(tmp_path / "file" / "seeds.jsonl"),
    ):
        pass
    with pytest.raises(DataError, match="cannot be written"):
        stage_files.write(Path("/proc/nowhere/seeds.jsonl"), [SEED], Seed)


def test_the_funnel_is_shown_with_what_each_reason_left(tmp_path):
    table = stage_files.Funnel("seeds", 10, 7, {"long": 2, "short": 1}).table()
    left = list(table.columns[2].cells)
    assert left == ["10", "8", "7", "7"]
