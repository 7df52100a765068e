import json
import sys

import pytest

from sharpen.errors import ContaminationError, DataError, UsageError
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Seed
from sharpen.selfcodealign.seeds import filters, typecheck
from sharpen.selfcodealign.seeds import gather as seeds
from sharpen.selfcodealign.seeds.gather import gather, own_text

GOOD = 'def {name}(x):\n    """Return {name} of x."""\n    return [x, "{name}", {number}]\n\n\n'
MANY = "".join(GOOD.format(name=f"name_{number}", number=number) for number in range(5))
LONG = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau"
PROBLEM = {
    "task_id": "mine/1",
    "prompt": 'def spread(values):\n    """Return the largest value less the smallest one, or zero for an empty list of them."""\n',
    "entry_point": "spread",
    "test": "def check(candidate):\n    assert candidate([1, 3]) == 2\n",
    "canonical_solution": "    if not values:\n        return 0\n    return max(values) - min(values)\n",
}


@pytest.fixture
def benchmark(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(PROBLEM) + "\n")
    return str(path)


@pytest.fixture
def corpus(tmp_path):
    root = tmp_path / "corpus"
    root.mkdir()
    (root / "a.py").write_text(MANY)
    (root / "b.py").write_text(
        MANY
        + "def no_value(x):\n    'd'\n    print(x)\n\n\n"
        + "def wrong(x):\n    'd'\n    return 'a' + 1\n\n\n"
        + f"def near(x):\n    '''{LONG}'''\n    return x\n\n\n"
        + f"def nearer(x):\n    '''{LONG}'''\n    return -x\n\n\n"
        + "def gap(numbers):\n    'Other words.'\n    if not numbers:\n        return 0\n"
        + "    return max(numbers) - min(numbers)\n\n\n"
    )
    (root / "broken.py").write_text("def f(:\n    'd'\n")
    (root / "large.py").write_text("# " + "x" * 400_000)
    return root


def reasons(directory):
    lines = (directory / "seeds.rejected.jsonl").read_text().splitlines()
    return {record["name"]: record["reason"] for record in map(json.loads, lines)}


def test_every_function_is_kept_or_rejected_for_a_reason(corpus, benchmark, tmp_path):
    out = tmp_path / "out"
    funnel, report = gather(str(corpus), out, [benchmark], workers=1)
    selected = list(stage_files.read(out / "seeds.jsonl", Seed))
    assert [seed.name for seed in selected] == [f"name_{number}" for number in range(5)] + ["near"]
    assert {seed.path for seed in selected[:5]} == {"a.py"}
    assert reasons(out) == {
        **{f"name_{number}": seeds.EXACT for number in range(5)},
        "no_value": filters.NO_VALUE,
        "wrong": typecheck.TYPE_ERROR,
        "gap": seeds.CONTAMINATED["form"],
        "nearer": seeds.NEAR,
    }
    assert (funnel.rows_in, funnel.rows_out) == (15, 6)
    assert tuple(funnel.reasons) == seeds.REASONS
    assert funnel == stage_files.read_funnel(out / "seeds.jsonl")
    assert report.files == 4
    assert report.skipped == {"no Python of this version": 1, "over 400,000 bytes": 1}
    assert report.example == f"{corpus / 'broken.py'} is no Python of this version"
    result = json.loads((out / "seeds.contamination.json").read_text())
    ((matches,),) = [result["matches"].values()]
    assert matches == [{"way": "form", "benchmark": benchmark, "problem": "mine/1"}]
    assert sorted(path.name for path in out.iterdir()) == [
        "seeds.contamination.json",
        "seeds.funnel.json",
        "seeds.jsonl",
        "seeds.rejected.jsonl",
    ]
    for seed in selected:
        exec(seed.code, {})


def test_the_same_files_give_the_same_bytes(corpus, benchmark, tmp_path):
    written = []
    for name, workers in (("one", 1), ("two", 2)):
        gather(str(corpus), tmp_path / name, [benchmark], workers=workers)
        written.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert written[0] == written[1]


def test_a_missed_canary_leaves_no_seeds(corpus, benchmark, tmp_path, monkeypatch):
    monkeypatch.setattr(seeds.Index, "_in_forms", lambda self, code: iter(()))
    with pytest.raises(ContaminationError):
        gather(str(corpus), tmp_path / "out", [benchmark], workers=1)
    assert not (tmp_path / "out" / "seeds.jsonl").exists()


def test_seeds_are_compared_without_what_they_share():
    code = f"TABLE = [{', '.join(map(str, range(200)))}]\n\n\n"
    one, two = (
        Seed(
            "",
            name,
            code + f"def {name}(x):\n    '{name}'\n    return TABLE[x] {op}\n",
            "",
            "",
            "",
            "",
            1,
            "",
        )
        for name, op in (("f", "+ 1"), ("g", "* 2"))
    )
    assert own_text(one) == "def f(x):\n    'f'\n    return TABLE[x] + 1\n\n"
    assert seeds.near_duplicates([own_text(one), own_text(two)], 0.5).tolist() == [-1, -1]


def test_a_limit_is_of_functions_that_are_looked_at(corpus, benchmark, tmp_path):
    funnel, _ = gather(str(corpus), tmp_path / "out", [benchmark], workers=1, limit=3)
    assert funnel.rows_in == 3


@pytest.mark.parametrize("measure", [{"words": 0}, {"threshold": 0.0}, {"threshold": 1.5}])
def test_measures_that_mean_nothing_are_refused(corpus, tmp_path, measure):
    with pytest.raises(UsageError, match="give 1 or more"):
        gather(str(corpus), tmp_path / "out", **measure)


def test_a_place_that_cannot_be_written_is_named(corpus, benchmark, tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        gather(str(corpus), tmp_path / "mine.jsonl" / "out", [benchmark], workers=1)


def test_the_verb_shows_the_funnel(sharpen, corpus, benchmark, tmp_path):
    words = ("align", "seeds", corpus, "--out", tmp_path / "out", "--against", benchmark, "--workers", "1")
    code, out, err = sharpen(*words)
    assert code == 0
    assert "near duplicate" in out and "seeds: 6 rows" in out
    assert "2 of 4 files not read" in err
    assert json.loads(sharpen(*words, "--json")[1])["rows_out"] == 6


def test_the_verb_says_what_is_wrong(sharpen, tmp_path, benchmark):
    code, _, err = sharpen("align", "seeds", "nowhere", "--out", tmp_path, "--against", benchmark)
    assert code == 2
    assert "no code at nowhere" in err


def test_without_ray_its_extra_is_named(sharpen, corpus, benchmark, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    words = ("align", "seeds", corpus, "--out", tmp_path / "out", "--against", benchmark, "--where", "ray")
    code, _, err = sharpen(*words)
    assert code == 2
    assert "pip install 'sharpen[ray]'" in err
    assert not (tmp_path / "out" / "seeds.jsonl").exists()


def test_a_copy_of_what_has_a_type_error_is_a_copy():
    wrong, right = (Seed(number, "f", "", "", "", "", "", 1, "") for number in "12")
    result = [(wrong, typecheck.TYPE_ERROR), (right, filters.BAD_WORD), (wrong, ""), (right, ""), (right, "")]
    assert [reason for _, reason in seeds.distinct(result)] == [
        typecheck.TYPE_ERROR,
        filters.BAD_WORD,
        seeds.EXACT,
        "",
        seeds.EXACT,
    ]


def test_random_snippets_may_be_seeds(tmp_path, benchmark):
    (tmp_path / "code").mkdir()
    for name in ("one", "two"):
        body = "".join(f"{name}_{n} = {n} * {n} + len('{name}')\n" for n in range(60))
        (tmp_path / "code" / f"{name}.py").write_text(body)
    (tmp_path / "code" / "short.py").write_text("x = 1\n")
    funnel, report = gather(str(tmp_path / "code"), tmp_path / "out", [benchmark], kind="snippets")
    assert (funnel.rows_out, report.files, report.skipped.total()) == (2, 3, 1)
    for seed in stage_files.read(tmp_path / "out" / "seeds.jsonl", Seed):
        text = (tmp_path / "code" / seed.path).read_text().splitlines()
        lines = seed.code.splitlines()
        assert 5 <= len(lines) <= 30
        assert text[seed.line - 1 : seed.line - 1 + len(lines)] == lines
    gather(str(tmp_path / "code"), tmp_path / "again", [benchmark], kind="snippets")
    first, second = ((tmp_path / run / "seeds.jsonl").read_bytes() for run in ("out", "again"))
    assert first == second


def test_snippets_of_a_cluster_are_refused(tmp_path, benchmark):
    with pytest.raises(UsageError, match="files of this machine"):
        gather(str(tmp_path), tmp_path / "out", [benchmark], kind="snippets", where="ray")
