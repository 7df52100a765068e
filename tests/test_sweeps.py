"""Sweeps: a run for each combination of values, which share what they can."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sharpen import api
from sharpen.errors import UsageError
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from sharpen.sweeps import steps
from tests.conftest import answer

CONFIG = Sample(benchmark="humaneval", model="m")


def test_each_combination_is_a_run() -> None:
    made = steps(CONFIG, ["n=1,2", "temperature=0,none"], Path("folder"))
    assert [step.label for step in made] == [
        "n=1 temperature=0", "n=1 temperature=none", "n=2 temperature=0", "n=2 temperature=none",
    ]  # fmt: skip
    assert [step.config.temperature for step in made] == [0, None, 0, None]
    assert made[0].directory == Path("folder/n=1 temperature=0")


@pytest.mark.parametrize(
    ("sweep", "sentence"),
    [
        ("n", "names no values"),
        ("m=1,2", "has no option m"),
        ("n=0", "n: Input should be greater than 0"),
        ("n=a", "n: it must be a whole number, not 'a'"),
        ("n=1,1", "makes one run twice"),
    ],
)
def test_what_cannot_be_meant_is_named(sweep: str, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        steps(CONFIG, [sweep], None)


def test_runs_share_answers_and_end_in_one_table_and_one_chart(
    benchmark_file: Path, tmp_path: Path, sharpen: Callable[..., tuple[int, str, str]]
) -> None:
    drawn = tmp_path / "drawn"
    config = Sample(benchmark=str(benchmark_file), model="m", n=2)
    asyncio.run(api.execute(config, drawn, opener=lambda spec: Scripted(answer, spec)))
    words = (
        "sample",
        benchmark_file,
        "-m",
        f"replay:{drawn}",
        "--sweep",
        "n=1,2",
        "--run",
        tmp_path / "sweep",
    )
    code, out, err = sharpen(*words)
    assert code == 0, err
    table = [line.strip() for line in out.splitlines() if line.strip().startswith("n=")]
    assert [line.split()[:3] for line in table[:2]] == [["n=1", "2", "0.000"], ["n=2", "2", "0.000"]]
    assert [line.replace(" ", "")[:5] for line in table[2:]] == ["n=1│●", "n=2│●"], "a chart of the same"
    assert (tmp_path / "sweep" / "sweep.html").is_file()
    code, out, _ = sharpen(*words, "--json")
    assert code == 0
    assert len(json.loads(out)["runs"]) == 2


@pytest.mark.parametrize(
    ("table", "words", "labels"),
    [
        ("n = [1, 2]\nseed = [0, 1]", (), ["n=1 seed=0", "n=1 seed=1", "n=2 seed=0", "n=2 seed=1"]),
        ("n = [1, 2]\nids = ['mine/add']", (), ["n=1", "n=2"]),
        ("n = [1, 2]\nseed = [0, 1]", ("-n", "3"), ["seed=0", "seed=1"]),
        ("n = [1, 2]\nsweep = ['seed=0,1']", (), ["seed=0 n=1", "seed=0 n=2", "seed=1 n=1", "seed=1 n=2"]),
    ],
    ids=["two lists", "an option that takes several values", "the command line wins", "with a sweep"],
)
def test_a_list_in_a_configuration_is_a_sweep(
    benchmark_file: Path,
    tmp_path: Path,
    sharpen: Callable[..., tuple[int, str, str]],
    table: str,
    words: tuple[str, ...],
    labels: list[str],
) -> None:
    (tmp_path / "mine.toml").write_text(f"[sample]\nmodel = 'replay:none'\n{table}\n")
    _, out, _ = sharpen(
        "sample", benchmark_file, "--config", "mine.toml", *words, "--run", "swept", "--dry-run"
    )
    runs = [line.split('"')[3] for line in out.splitlines() if line.startswith('  "run":')]
    assert runs == [f"swept/{label}" for label in labels]


@pytest.mark.parametrize(
    ("table", "words", "sentence"),
    [
        ("n = [1, 2]", ("--sweep", "seed=0,1"), "mine.toml sweeps n and so does --sweep"),
        ("n = []", (), "n is not a list of values that a sweep can take"),
        ("prompts = ['a,b']", (), "prompts is not a list"),
    ],
)
def test_lists_that_cannot_be_meant_are_named(
    benchmark_file: Path,
    tmp_path: Path,
    sharpen: Callable[..., tuple[int, str, str]],
    table: str,
    words: tuple[str, ...],
    sentence: str,
) -> None:
    verb = "repair" if "prompts" in table else "sample"
    (tmp_path / "mine.toml").write_text(f"[{verb}]\nmodel = 'm'\n{table}\n")
    code, _, err = sharpen(verb, benchmark_file, "--config", "mine.toml", *words, "--dry-run")
    assert code == 2
    assert sentence in " ".join(err.split())
