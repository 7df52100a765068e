"""The verbs of align from the command line, in the real sandbox, without a model that costs anything."""

import json

import pytest

from sharpen.models import spec
from sharpen.models.scripted import Scripted
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Row
from tests.align_world import answer, seeds_file

OPTIONS = ("-m", "scripted", "-n", "2", "--shots", "1")


@pytest.fixture(autouse=True)
def scripted(monkeypatch):
    monkeypatch.setattr(spec, "open_model", lambda name, **_: Scripted(answer, name))


@pytest.fixture
def seeds(tmp_path):
    return str(seeds_file(tmp_path, 4))


def test_one_command_goes_from_seeds_to_a_data_set(sharpen, seeds, tmp_path):
    code, out, err = sharpen("align", "run", "--seeds", seeds, *OPTIONS, "--run", "all")
    assert code == 0, err
    assert "4 seeds, 2 responses a task" in out
    rows = list(stage_files.read(tmp_path / "all" / "rows.jsonl", Row))
    assert [(row.verdict, row.origin) for row in rows] == [("passed", "pkg")] * 2
    assert len(list(stage_files.read(tmp_path / "all" / "dataset.jsonl", Row))) >= 1
    assert (tmp_path / "all" / "report.html").stat().st_size > 10_000
    assert "# " in (tmp_path / "all" / "README.md").read_text()


def test_the_same_command_again_asks_nothing_and_changes_no_byte(sharpen, seeds, tmp_path, monkeypatch):
    command = ("align", "run", "--seeds", seeds, *OPTIONS, "--run", "all", "--json")
    _, first, _ = sharpen(*command)
    before = (tmp_path / "all" / "dataset.jsonl").read_bytes()
    monkeypatch.setattr(spec, "open_model", lambda name, **_: Scripted({}, name))
    code, second, err = sharpen(*command)
    assert code == 0, err
    assert json.loads(second) == json.loads(first)
    assert (tmp_path / "all" / "dataset.jsonl").read_bytes() == before


def test_stages_are_commands_of_their_own(sharpen, seeds, tmp_path):
    code, _, err = sharpen("align", "concepts", "steps", "--seeds", seeds, *OPTIONS)
    assert code == 0, err
    for verb, left in (("instructions", 2), ("responses", 4)):
        assert sharpen("align", verb, "steps")[0] == 0
        assert stage_files.read_funnel(tmp_path / "steps" / f"{verb}.jsonl").rows_out == left
    code, _, err = sharpen("replay", "steps")
    assert code == 0, err


def test_seeds_are_gathered_where_a_source_is_named(sharpen, tmp_path):
    (tmp_path / "code").mkdir()
    code = 'def f7(xs):\n    """Return the sum of a list of numbers and seven."""\n    return sum(xs) + 7\n'
    (tmp_path / "code" / "sums.py").write_text(code)
    command = ("align", "run", "--seeds", "code", "--against", "humaneval", *OPTIONS, "--run", "all")
    code, out, err = sharpen(*command)
    assert code == 0, err
    assert "1 seed, 2 responses a task" in out
    (row,) = stage_files.read(tmp_path / "all" / "dataset.jsonl", Row)
    assert row.path.endswith("sums.py")
    before = (tmp_path / "all" / "seeds.jsonl").stat().st_mtime_ns
    assert sharpen(*command)[0] == 0
    assert (tmp_path / "all" / "seeds.jsonl").stat().st_mtime_ns == before


def test_seeds_of_the_directory_are_taken_where_none_are_named(sharpen, seeds):
    code, out, err = sharpen("align", "concepts", "here", *OPTIONS, "--dry-run")
    assert code == 1
    assert "seeds: MISSING, there is no file here/seeds.jsonl" in err
    assert json.loads(out)["benchmark"] == "here/seeds.jsonl"


def test_other_options_in_the_same_directory_are_refused(sharpen, seeds):
    sharpen("align", "concepts", "steps", "--seeds", seeds, *OPTIONS)
    code, _, err = sharpen("align", "concepts", "steps", "--seeds", seeds, "-m", "scripted", "--shots", "2")
    assert code == 1
    assert "shots = 1, not 2" in err


def test_a_run_of_another_method_is_no_place_to_go_on(sharpen, recorded):
    code, _, err = sharpen("align", "responses", str(recorded))
    assert code == 2
    assert "holds a run of repair" in err


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"id": "x"}', "is not a Seed"),
        ("not json", "is not JSON"),
        ("", "has no seeds"),
    ],
)
def test_a_file_of_something_else_is_named(sharpen, tmp_path, line, sentence):
    (tmp_path / "mine.jsonl").write_text(line)
    code, _, err = sharpen("align", "run", "--seeds", "mine.jsonl", *OPTIONS, "--run", "r")
    assert code != 0
    assert sentence in err
    assert "mine.jsonl" in err


def test_a_parquet_file_of_the_hub_is_a_source_and_no_stage_file(sharpen, monkeypatch):
    pytest.importorskip("huggingface_hub", reason="it is not installed: pip install 'sharpen[hub]'")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_TOKEN", "x")
    words = ("align", "run", "--seeds", "hf://datasets/my/code/x.parquet", "--against", "humaneval", *OPTIONS)
    code, _, err = sharpen(*words, "--run", "all")
    assert code
    assert "the hub http://127.0.0.1:9 cannot be reached" in " ".join(err.split())
