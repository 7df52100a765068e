"""The command line: thin, honest about errors, and complete from a user's file to a report."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from sharpen import api
from sharpen.methods.repair import Repair
from sharpen.models.scripted import Scripted
from tests.conftest import answer

Sharpen = Callable[..., tuple[int, str, str]]


def test_repair_ends_with_a_table_and_a_page(sharpen: Sharpen, benchmark_file: Path, recorded: Path) -> None:
    code, out, err = sharpen(
        "repair",
        benchmark_file,
        "-m",
        f"replay:{recorded}",
        "--np",
        2,
        "--nfr",
        1,
        "--run",
        "again",
    )
    assert code == 0, err
    assert "2 problems" in out
    assert Path("again/report.html").stat().st_size > 1000
    assert "report: again/report.html" in err


def test_with_json_stdout_holds_the_results_and_nothing_else(
    sharpen: Sharpen, benchmark_file: Path, recorded: Path
) -> None:
    code, out, _ = sharpen(
        "repair",
        benchmark_file,
        "-m",
        f"replay:{recorded}",
        "--np",
        2,
        "--nfr",
        1,
        "--json",
        "--run",
        "again",
    )
    assert code == 0
    (summary,) = json.loads(out)["runs"]
    assert len(summary["problems"]) == 2


def test_the_same_command_finds_its_run_again(sharpen: Sharpen, benchmark_file: Path, recorded: Path) -> None:
    for _ in range(2):
        assert sharpen("sample", benchmark_file, "-m", f"replay:{recorded}", "-n", 2)[0] == 0
    assert len(list(Path("runs").iterdir())) == 1


def test_a_dry_run_prints_the_resolved_configuration(sharpen: Sharpen, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(
        '[repair]\nmodel = "qwen2.5-coder-0.5b"\nn_p = 7\ntemperature = 0.2\n'
    )
    code, out, _ = sharpen("repair", "humaneval", "--config", "mine.toml", "--temperature", 0.4, "--dry-run")
    config = json.loads(out)
    assert code == 0
    assert (config["model"], config["n_p"], config["temperature"]) == ("qwen2.5-coder-0.5b", 7, 0.4)
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("command", "code", "sentence"),
    [
        (["repair", "humaneval"], 2, "--model"),
        (["repair", "humaneval", "-m", "x", "--teperature", "1"], 2, "Did you mean --temperature"),
        (["repair", "humaneval", "-m", "x", "--temperature", "-1"], 2, "temperature: Input should be"),
        (["repair", "humaneval", "-m", "x", "--nfr", "1", "--nf", "1"], 2, "exclude each other"),
        (["repair", "humanevil", "-m", "smollm2-135m"], 2, "did you mean"),
        (["repair", "nothing.jsonl", "-m", "smollm2-135m"], 2, "nothing.jsonl"),
        (["report", "nowhere"], 1, "not a run"),
        (["replay", "nowhere"], 1, "give a run's directory"),
        (["score", "mine.jsonl", "nothing.jsonl"], 1, "cannot be read"),
        (["repair", "humaneval", "--config", "nothing.toml"], 2, "no configuration nothing.toml"),
        (["models", "pull", "gpt-17"], 2, "the weight store has no gpt-17"),
    ],
)
def test_an_error_is_one_sentence(
    sharpen: Sharpen, benchmark_file: Path, command: list[str], code: int, sentence: str
) -> None:
    got, out, err = sharpen(*command)
    assert (got, out) == (code, "")
    assert sentence in err
    assert "Traceback" not in err


def test_an_unknown_model_is_named_with_its_nearest(sharpen: Sharpen, benchmark_file: Path) -> None:
    code, _, err = sharpen("sample", benchmark_file, "-m", "qwen2.5-coder-0.5")
    assert code == 2
    assert "qwen2.5-coder-0.5b" in err


def test_a_spent_budget_is_exit_one_and_the_run_goes_on_later(
    sharpen: Sharpen, benchmark_file: Path, recorded: Path
) -> None:
    command = [
        "sample",
        benchmark_file,
        "-m",
        f"replay:{recorded}",
        "-n",
        2,
        "--run",
        "r",
        "--concurrency",
        1,
    ]
    code, _, err = sharpen(*command, "--budget.executions", 2)
    assert code == 1
    assert "ended early: the budget of 2 executions is spent" in err
    assert sharpen(*command)[0] == 0


def test_score_prints_one_object(sharpen: Sharpen, benchmark_file: Path, tmp_path: Path) -> None:
    rows = [
        {"task_id": "mine/add", "completion": "    return a + b\n", "extra": 1},
        {"task_id": "mine/add", "completion": "    return a - b\n"},
        {"task_id": "mine/twice", "solution": "def twice(a):\n    return a * 2\n"},
        {"task_id": "mine/twice", "solution": "def twice(a):\n    return a ** 2\n"},
    ]
    samples = tmp_path / "samples.jsonl"
    samples.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, out, _ = sharpen("score", benchmark_file, samples, "--json")
    figures = json.loads(out)
    assert code == 0
    assert (figures["problems"], figures["samples"], figures["passed"], figures["pass@1"]) == (2, 4, 2, 0.5)
    samples.write_text(samples.read_text() + "{broken\n")
    code, out, err = sharpen("score", benchmark_file, samples, "--json")
    assert code == 1
    assert json.loads(out)["malformed"] == 1
    assert "line 5" in err


def test_replay_executes_again_and_finds_the_same(sharpen: Sharpen, recorded: Path) -> None:
    code, out, _ = sharpen("replay", recorded, "--json")
    assert code == 0
    assert json.loads(out) == {"programs": 14, "flips": []}


def test_people_explain_what_was_exported(sharpen: Sharpen, recorded: Path, benchmark_file: Path) -> None:
    code, _, err = sharpen("export", recorded, "failures", "-o", "told.jsonl")
    assert code == 0
    assert "--feedback-from told.jsonl" in err
    failures = [json.loads(line) for line in Path("told.jsonl").read_text().splitlines()]
    assert {f["problem"] for f in failures} == {"mine/add", "mine/twice"}
    assert all(f["program"] and "expected" in f["error"] and f["statement"] for f in failures)
    text = [f | {"author": "Ann", "feedback": "It subtracts."} for f in failures]
    Path("told.jsonl").write_text("".join(json.dumps(f) + "\n" for f in text))
    config = Repair(
        benchmark=str(benchmark_file),
        model="scripted",
        n_p=2,
        n_r=1,
        feedback_from=Path("told.jsonl"),
    )
    results = asyncio.run(api.execute(config, recorded, opener=lambda spec: Scripted(answer, spec)))
    people = [node for node in results.nodes() if node.author == "Ann"]
    assert len(people) == len(failures) == 4


def test_verify_finds_a_sound_journal(sharpen: Sharpen, recorded: Path) -> None:
    code, out, _ = sharpen("verify", recorded)
    damaged, chain = out.splitlines()
    assert (code, damaged) == (0, f"0 damaged records in {recorded}")
    assert chain.startswith("the chain of checksums ends with ")


def test_the_demonstration_needs_no_model_and_leaves_nothing_behind(sharpen: Sharpen, tmp_path: Path) -> None:
    code, out, err = sharpen("demo")
    assert (code, err) == (0, "")
    assert "Repair did not pay" in out
    assert list(tmp_path.iterdir()) == []


def test_the_schema_accepts_a_recorded_configuration_and_no_unknown_key(
    sharpen: Sharpen, recorded: Path
) -> None:
    code, out, _ = sharpen("schema", "repair")
    assert code == 0
    assert out.startswith('{\n  "'), "a person can read it"
    schema = json.loads(out)
    options = json.loads((recorded / "config.json").read_text())
    known = {name: value for name, value in options.items() if name in schema["properties"]}
    jsonschema.validate(known, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(known | {"modle": "x"}, schema)


def test_a_closed_pipe_is_no_error() -> None:
    command = [sys.executable, "-m", "sharpen", "repair", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout and process.stderr
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, errors) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full: it is Linux's")
@pytest.mark.parametrize("words", [["--help"], ["models", "list"], ["schema", "repair"]])
def test_output_that_finds_the_disk_full_is_one_sentence(words) -> None:
    command = [sys.executable, "-m", "sharpen", *words]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "sharpen: the disk is full: make room, then run the same command again\n"


def test_models_that_come_with_the_package_are_listed(sharpen):
    code, out, _ = sharpen("models", "list")
    assert code == 0
    assert "qwen2.5-coder-0.5b+repair" in out
