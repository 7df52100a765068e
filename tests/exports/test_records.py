"""A run becomes rows that trainers take: the columns are those that their documents name."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sharpen import api
from sharpen.errors import UsageError
from sharpen.exports.records import Recorded, records, verified
from sharpen.journal.directory import RecordedConfig
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Row
from sharpen.selfcodealign.validate.agreement import FAILS
from sharpen.serve.wire import OwnTests
from sharpen.types import Completion, Message, Node, Prompt
from tests.written_runs import Feedback, Task, failing, passing, write_run

Sharpen = Callable[..., tuple[int, str, str]]


def rows(sharpen: Sharpen, *words: object) -> list[dict]:
    code, out, err = sharpen("export", *words)
    assert code == 0, err
    return [json.loads(line) for line in out.splitlines()]


def test_verified_repairs_keep_what_they_answer(sharpen: Sharpen, recorded: Path) -> None:
    result = rows(sharpen, recorded, "sft")
    repairs = [row for row in result if row["stage"] == "repair"]
    assert len(repairs) == 4
    for row in repairs:
        roles = [turn["role"] for turn in row["prompt"]]
        assert roles == ["user", "assistant", "user"]
        assert "return a - " in row["prompt"][1]["content"]  # the failing program
        assert "I ran this program" in row["prompt"][2]["content"]  # what was said of it
        assert [turn["role"] for turn in row["completion"]] == ["assistant"]
        assert "It was wrong." in row["completion"][0]["content"]
    assert {row["stage"] for row in result} == {"repair"}  # no initial program passed


def test_messages_say_which_of_them_is_trained(sharpen: Sharpen, recorded: Path) -> None:
    for row in rows(sharpen, recorded, "sft", "--form", "messages"):
        assert [turn["train"] for turn in row["messages"]] == [False, False, False, True]


def test_what_led_to_a_success_is_kept_and_nothing_else(tmp_path: Path) -> None:
    tree = [
        failing(Feedback([passing()], text="It ends early."), Feedback([failing()], text="It is slow.")),
        passing(finish="length"),
        passing(text="Right at once."),
    ]
    run = write_run(tmp_path, [Task("t", tree)], n_p=3, n_f=2, n_r=1)
    result = list(records(run, "sft"))
    texts = [row["completion"][0]["content"] for row in result]
    assert sorted(row["stage"] for row in result) == ["feedback", "program", "repair"]
    assert "It ends early." in texts
    assert "Right at once." in texts
    assert "It is slow." not in texts


def test_the_steps_of_a_rewarded_trial_are_kept() -> None:
    def node(name: str, stage: str, parent: str | None, reward: float | None = None) -> Node:
        drawn = (
            None if stage in ("observation", "submission") else Completion(name, 5, 0, 3, "stop", "m", 0.1)
        )
        prompt = (Message("user", f"before {name}"),) if drawn else ()
        return Node(name, parent, "game", stage, 0, "m", name, prompt, drawn, reward=reward)

    lost = [node("go east", "action", None), node("a wall", "observation", "go east", 0.0)]
    thought = [node("walls are solid", "reflection", "a wall")]
    won = [node("go west", "action", "walls are solid"), node("gold", "observation", "go west", 1.0)]
    config = RecordedConfig(method="reflexion", benchmark="household", model="m")
    result = {row["id"]: row for row in verified([*lost, *thought, *won], config, "prompt")}
    assert set(result) == {"go east", "walls are solid", "go west"}  # all that it took
    assert result["go west"]["prompt"] == [{"role": "user", "content": "before go west"}]
    assert list(verified(lost, config, "prompt")) == []


def test_pairs_answer_one_question(tmp_path: Path, benchmark_file: Path, recorded: Path) -> None:
    def answer(prompt: Prompt, index: int) -> str:
        if "def twice" in prompt[0].content:
            return "```python\ndef twice(a):\n    return 0\n```"
        return f"```python\ndef add(a, b):\n    return a + b + {index % 2}  # {index}\n```"

    config = Sample(benchmark=str(benchmark_file), model="scripted", n=5)
    asyncio.run(api.execute(config, tmp_path / "pairs", opener=lambda spec: Scripted(answer, spec)))
    result = list(records(tmp_path / "pairs", "preferences"))
    assert len(result) == 2  # of three passing and two failing answers; no answer to the other problem passed
    for row in result:
        assert row["problem"] == "mine/add"
        assert [turn["role"] for turn in row["prompt"]] == ["user"]
        assert "a + b + 0" in row["chosen"][0]["content"]
        assert "a + b + 1" in row["rejected"][0]["content"]
    assert list(records(recorded, "preferences")) == []  # every question has answers of one kind only


def test_problems_come_with_their_hidden_tests(sharpen: Sharpen, recorded: Path) -> None:
    result = rows(sharpen, recorded, "rl")
    assert [row["id"] for row in result] == ["mine/add", "mine/twice"]
    for row in result:
        assert [turn["role"] for turn in row["prompt"]] == ["user"]
        assert row["entry_point"] in ("add", "twice")
        assert row["tests"][0]["code"].startswith(f"assert {row['entry_point']}(")
        service = {"program": "x = 1", "tests": row["tests"], "entry_point": row["entry_point"]}
        assert OwnTests.model_validate_json(json.dumps(service)).suite.tests


def test_a_table_has_every_row(sharpen: Sharpen, recorded: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "run.parquet"
    assert rows(sharpen, recorded, "parquet", "-o", path) == []
    code, out, err = sharpen("export", recorded, "sft", "-o", tmp_path / "sft.jsonl")
    assert (code, out, err) == (0, "", "4 rows\n")
    assert len((tmp_path / "sft.jsonl").read_text().splitlines()) == 4
    result = list(stage_files.read(path, Recorded))
    assert sum(row.stage == "program" for row in result) == 4
    assert sum(row.passed for row in result) == 4
    code, _, err = sharpen("export", recorded, "parquet")
    assert code == 2
    assert "-o FILE.parquet" in err


def row(name: str, instruction: str, verdict: str = "passed", **fields: object) -> Row:
    response = f"So.\n```python\ndef {name}(): pass\n```"
    facts = {"seed": "s", "origin": "o", "version": "1", "path": "p", "licence": "MIT", "verdict": verdict}
    facts |= {"id": name, "instruction": instruction, "response": response, "code": "", "tests": "assert f()"}
    return Row(**facts | fields)


def selected(directory: Path, kept: Sequence[Row], rejected: Sequence[Row] = ()) -> Path:
    """A directory with a data set."""
    with stage_files.Writer(directory / "rows.jsonl") as out:
        for each in kept:
            out.keep(each)
        for each in rejected:
            out.reject(each, each.verdict)
    stage_files.write(directory / "dataset.jsonl", kept, Row)
    return directory


def test_a_data_set_is_exported_as_it_was_selected(sharpen: Sharpen, tmp_path: Path) -> None:
    with stage_files.Writer(tmp_path / "rows.jsonl") as out:
        out.keep(row("a", "do a"))
        out.reject(row("b", "do a", "wrong_answer", gates={FAILS: "x a"}), "wrong answer")
        out.reject(row("c", "do a", "passed"), "vacuous assertion")
        out.reject(row("d", "do d", "exception"), "exception")
    stage_files.write(tmp_path / "dataset.jsonl", [row("a", "do a")], Row)
    (sft,) = rows(sharpen, tmp_path, "sft")
    assert sft["prompt"] == [{"role": "user", "content": "do a"}]
    assert "assert" not in sft["completion"][0]["content"]
    (pair,) = rows(sharpen, tmp_path, "preferences")
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == (
        row("a", "").response,
        row("b", "").response,
    )
    (task,) = rows(sharpen, tmp_path, "rl")
    assert task["tests"] == [{"form": "assert", "id": "own", "code": "assert f()"}]


def test_a_pair_is_judged_by_the_tests_of_the_kept_row(tmp_path: Path) -> None:
    kept = [row("a", "do a")]
    fails = {
        "b": {FAILS: "a"},
        "c": {FAILS: ""},  # fails only its own tests, which may be wrong
        "d": {FAILS: "ab"},
        "e": {FAILS: "a"},
    }
    rejected = [row(name, "do a", "wrong_answer", gates=gates) for name, gates in fails.items()]
    rejected.append(row("f", "do a", "wrong_answer", gates={FAILS: "a"}, response=kept[0].response))
    rejected.append(row("g", "do a", "wrong_answer", gates={FAILS: "a"}, response="<think>only</think> "))
    directory = selected(tmp_path, kept, rejected)
    assert [pair["id"] for pair in records(directory, "preferences")] == ["a-b", "a-e"]
    assert [pair["id"] for pair in records(directory, "preferences", per_problem=1)] == ["a-b"]


def test_rows_that_were_not_run_on_each_others_tests_give_no_pairs(tmp_path: Path) -> None:
    directory = selected(tmp_path, [row("a", "do a")], [row("b", "do a", "exception")])
    with pytest.raises(UsageError, match="run sharpen align validate again, with the gate agreement"):
        list(records(directory, "preferences"))


def test_thoughts_duplicates_and_empty_answers_are_not_exported(tmp_path: Path) -> None:
    thought = "<think>\nI could return 7.\n</think>\n"
    good = row("a", "do a")
    same = [row(name, "do a", response=thought + good.response) for name in ("b", "c")]
    directory = selected(tmp_path, [*same, good, row("d", "do a", response=thought), row("e", "do e")])
    for form in ("prompt", "messages"):
        result = list(records(directory, "sft", form))
        assert [each["id"] for each in result] == ["b", "e"]
        assert "think" not in json.dumps(result)


def test_equal_answers_of_a_run_are_exported_once(tmp_path: Path, benchmark_file: Path) -> None:
    right, wrong = (f"```python\ndef add(a, b):\n    return a + b + {n}\n```" for n in (0, 1))
    answers = [right, f"<think>{wrong}</think>{right}", wrong, wrong, "<think>No end.", "", f"So: {right}"]

    def answer(prompt: Prompt, index: int) -> str:
        return answers[index] if "def add" in prompt[0].content else ""

    config = Sample(benchmark=str(benchmark_file), model="scripted", n=len(answers))
    run = tmp_path / "equal"
    asyncio.run(api.execute(config, run, opener=lambda spec: Scripted(answer, spec)))
    exported = [each["completion"][0]["content"] for each in records(run, "sft")]
    assert exported == [right, f"So: {right}"]
    assert len(list(records(run, "sft", per_problem=1))) == 1
    (pair,) = records(run, "preferences")
    assert (pair["chosen"][0]["content"], pair["rejected"][0]["content"]) == (right, wrong)


def test_a_run_of_which_nothing_is_selected_is_refused(sharpen: Sharpen, tmp_path: Path) -> None:
    config = {"method": "align", "benchmark": "seeds.jsonl", "model": "m"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    code, _, err = sharpen("export", tmp_path, "sft")
    assert code == 2
    assert "sharpen align select" in err


@pytest.mark.parametrize("what", ["sft", "preferences", "episodes"])
def test_an_export_that_fails_says_only_why(recorded: Path, what: str, sharpen: Sharpen) -> None:
    """An exception that is ignored in a generator fails the test: pytest makes a warning of it."""
    with sqlite3.connect(recorded / "journal.db") as database:
        database.execute("UPDATE verdict SET kind = 'nonsense'")
    database.close()
    code, _, err = sharpen("export", recorded, what)
    assert code == 1
    assert err == "sharpen: a verdict has the unknown kind 'nonsense': run sharpen verify\n"


def test_a_reader_that_leaves_is_no_error(recorded: Path) -> None:
    command = (
        f"{sys.executable} -c 'from sharpen.cli.app import main; main()' export {recorded} sft | head -c 1"
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "{")
    assert done.stderr in {"", "4 rows\n"}, "all may be written before the reader has left"


def test_what_is_no_run_is_named(sharpen: Sharpen, tmp_path: Path) -> None:
    code, _, err = sharpen("export", tmp_path, "sft")
    assert code == 1
    assert "not a run" in err
