"""Shards of a run: each has its part, and together they are the run."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen import Problem, api
from sharpen.benchmarks import own
from sharpen.errors import JournalError, UsageError
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from sharpen.results import Results
from sharpen.run.subset import select
from sharpen.types import Prompt
from tests.world import toy_benchmark

PARTS = 3


def answers(prompt: Prompt, index: int) -> str:
    (name,) = re.findall(r"`(f\d)`", prompt[0].content)
    value = "a" if index == int(name[-1]) % 2 else "a + 1"
    return f"```python\ndef {name}(a):\n    return {value}\n```"


@pytest.fixture
def benchmark(tmp_path: Path) -> str:
    problems = [Problem.from_function("Return a.", f"assert f{n}(3) == 3") for n in range(4)]
    own.write(problems, tmp_path / "mine.jsonl")
    return str(tmp_path / "mine.jsonl")


def draw(benchmark: str, run: Path, **options: object) -> Path:
    config = Sample(**{"benchmark": benchmark, "model": "m", "n": 2, **options})
    asyncio.run(api.execute(config, run, opener=lambda spec: Scripted(answers, spec)))
    return run


@pytest.fixture
def shards(benchmark: str, tmp_path: Path) -> list[Path]:
    return [draw(benchmark, tmp_path / f"part {n}", shard=f"{n}/{PARTS}") for n in range(1, PARTS + 1)]


def rows(run: Path) -> list[dict[str, object]]:
    return Results(run).samples()


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 40) | st.none())
def test_shards_divide_the_problems(size: int, count: int, limit: int | None) -> None:
    problems = toy_benchmark(size).problems
    parts = [select(problems, limit, (), f"{n}/{count}") for n in range(1, count + 1)]
    together = sorted(problem.id for part in parts for problem in part)
    assert together == sorted(problem.id for problem in select(problems, limit, ()))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_merged_they_are_the_run(shards: list[Path], benchmark: str, tmp_path: Path) -> None:
    merged = api.merge(*shards, run=tmp_path / "merged")
    assert (merged.shards, merged.problems, merged.missing, merged.differing) == (PARTS, 4, (), ())
    whole = draw(benchmark, tmp_path / "whole")
    assert rows(tmp_path / "merged") == rows(whole)
    assert (
        api.report(tmp_path / "merged").to_json()["runs"][0]["pass_at_1"]
        == (api.report(whole).to_json()["runs"][0]["pass_at_1"])
    )
    assert api.verify(tmp_path / "merged").damages == ()
    assert asyncio.run(api.replay(tmp_path / "merged")).flips == ()


def test_a_report_reads_them_as_one(shards: list[Path], sharpen: Callable[..., tuple[int, str, str]]) -> None:
    code, out, err = sharpen("report", *shards, "--json")
    assert code == 0, err
    assert out.count('"pass_at_1"') == 1


def test_merging_again_adds_what_is_new(shards: list[Path], benchmark: str, tmp_path: Path) -> None:
    assert api.merge(*shards[:2], run=tmp_path / "merged").problems == 3
    assert api.merge(*shards, run=tmp_path / "merged").problems == 4
    before = rows(tmp_path / "merged")
    assert api.merge(*shards, run=tmp_path / "merged").differing == ()
    assert rows(tmp_path / "merged") == before
    config = Sample(benchmark=benchmark, model="m", n=2)
    nobody = Scripted({}, "m")
    asyncio.run(api.execute(config, tmp_path / "merged", opener=lambda _: nobody))
    assert nobody.requests == [], "the whole run is finished"


def test_shards_that_are_missing_are_named(
    shards: list[Path], benchmark: str, tmp_path: Path, sharpen: Callable[..., tuple[int, str, str]]
) -> None:
    code, _, err = sharpen("merge", shards[1], "--run", tmp_path / "merged")
    assert code == 0, "a part is no error: the others may still be worked on"
    assert "the run is not whole: merge 1/3, 3/3 into it too" in err
    assert api.merge(shards[2], run=tmp_path / "merged").missing == ("1/3",)
    assert api.merge(tmp_path / "merged", run=tmp_path / "again").missing == ("1/3",)
    assert api.merge(shards[0], run=tmp_path / "merged").missing == ()
    code, _, err = sharpen("merge", *shards, "--run", tmp_path / "whole")
    assert (code, err) == (0, "")


def test_a_report_names_the_shards_that_are_not_in_it(
    shards: list[Path], tmp_path: Path, sharpen: Callable[..., tuple[int, str, str]]
) -> None:
    code, _, err = sharpen("report", shards[0], shards[2], "-o", tmp_path / "page.html")
    assert code == 0
    assert "problems of the shards 2/3 are not in it" in err
    assert "are not in it" not in sharpen("report", *shards, "-o", tmp_path / "page.html")[2]
    assert api.report(shards[1], output=tmp_path / "page.html").missing == ("1/3", "3/3")


def test_shards_of_several_sizes_make_a_whole(benchmark: str, tmp_path: Path) -> None:
    third, first, second = (
        draw(benchmark, tmp_path / n.replace("/", " "), shard=n) for n in ("1/3", "1/2", "2/2")
    )
    assert api.merge(third, first, run=tmp_path / "merged").missing == ("2/2",)
    assert api.merge(second, run=tmp_path / "merged").missing == ()


def test_of_very_many_missing_shards_some_are_named(benchmark: str, tmp_path: Path) -> None:
    part = draw(benchmark, tmp_path / "part", shard=f"2/{10**30}")
    missing = api.merge(part, run=tmp_path / "merged").missing
    assert (len(missing), missing[:2]) == (1_000, (f"1/{10**30}", f"3/{10**30}"))


@pytest.mark.parametrize("parts", [["none"], "1/3", [7]])
def test_a_configuration_with_no_shards_in_it_is_named(
    shards: list[Path], tmp_path: Path, parts: object
) -> None:
    path = shards[0] / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"merged_shards": parts}))
    with pytest.raises(JournalError, match=r"part 1/config\.json cannot be read .*merged_shards"):
        api.merge(shards[0], run=tmp_path / "merged")


def test_a_run_that_was_finished_itself_lacks_no_shard(
    shards: list[Path], benchmark: str, tmp_path: Path
) -> None:
    api.merge(shards[0], run=tmp_path / "merged")
    draw(benchmark, tmp_path / "merged")
    assert api.merge(shards[1], run=tmp_path / "merged").missing == ()


def test_what_differs_is_named(shards: list[Path], benchmark: str, tmp_path: Path) -> None:
    other = tmp_path / "other"
    config = Sample(benchmark=benchmark, model="m", n=2, shard="1/2")
    asyncio.run(api.execute(config, other, opener=lambda spec: Scripted(lambda *_: "nothing", spec)))
    merged = api.merge(*shards, other, run=tmp_path / "merged")
    assert merged.problems == 4
    assert merged.differing
    assert all("other: " in sentence and "the first is kept" in sentence for sentence in merged.differing)


@pytest.mark.parametrize(("options", "name"), [({"max_tokens": 9}, "max_tokens"), ({"seed": 5}, "seed")])
def test_shards_of_another_run_are_refused(
    shards: list[Path], benchmark: str, tmp_path: Path, options: dict[str, object], name: str
) -> None:
    other = draw(benchmark, tmp_path / "other", shard="2/3", **options)
    with pytest.raises(UsageError, match=f"shards of different runs: {name} is"):
        api.merge(shards[0], other, run=tmp_path / "merged")


def test_a_damaged_shard_is_refused(shards: list[Path], tmp_path: Path) -> None:
    with sqlite3.connect(shards[1] / "journal.db") as database:
        database.execute("UPDATE completion SET text = 'other'")
    database.close()
    with pytest.raises(JournalError, match="part 2 is damaged"):
        api.merge(*shards, run=tmp_path / "merged")


def test_what_cannot_be_meant(shards: list[Path], sharpen: Callable[..., tuple[int, str, str]]) -> None:
    with pytest.raises(UsageError, match="needs the directories"):
        api.merge(run="merged")
    with pytest.raises(UsageError, match="is one of the shards"):
        api.merge(*shards, run=shards[0])
    code, _, err = sharpen("sample", "humaneval", "-m", "m", "--shard", "4/3")
    assert code == 2
    assert "a shard is written 3/16" in err
