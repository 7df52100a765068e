"""Episodes of a run: what the model read and wrote, which answers are its own, and what they were worth."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sharpen import api
from sharpen.errors import UsageError
from sharpen.exports.episodes import episodes
from sharpen.exports.records import records
from sharpen.journal.directory import RecordedConfig
from sharpen.types import Completion, Message, Node, Outcome, Program, Verdict
from tests.written_runs import Feedback, Task, failing, passing, write_run

CONFIG = RecordedConfig(method="repair", benchmark="b", model="m")


def drawn(
    name: str,
    parent: Node | None,
    *,
    prompt: object = None,
    stage: str = "repair",
    kind: str = "wrong_answer",
    author: str = "m",
    finish: str = "stop",
) -> Node:
    asked = prompt if prompt is not None else (Message("user", f"before {name}"),)
    verdict = Verdict(kind, (Outcome("t", kind),)) if kind else None
    completion = Completion(name, 5, 0, 3, finish, author, 0.1)
    program = Program(name) if kind else None
    up = parent.id if parent else None
    return Node(name, up, "p", stage, 0, author, name, asked, completion, program, verdict, verdict)


def after(parent: Node, said: str = "It failed.") -> tuple[Message, ...]:
    return (*parent.prompt, Message("assistant", parent.text), Message("user", said))


def test_repairs_in_one_conversation_are_one_list_of_messages(
    sharpen: Callable[..., tuple[int, str, str]], recorded: Path
) -> None:
    code, out, err = sharpen("export", recorded, "episodes")
    assert code == 0, err
    rows = [json.loads(line) for line in out.splitlines()]
    with_repair = [row for row in rows if len(row["turns"]) == 2]
    assert len(with_repair) == 4
    for row in with_repair:
        (messages,) = row["conversations"]
        assert [message["role"] for message in messages] == ["user", "assistant", "user", "assistant"]
        assert [message["train"] for message in messages] == [False, True, False, True]
        assert "I ran this program" in messages[2]["content"]
        assert [turn["stage"] for turn in row["turns"]] == ["program", "repair"]
        assert row["reward"] == row["turns"][-1]["reward"] == 1
        assert row["turns"][0]["reward"] == 0
    judged = [row for row in api.Results(recorded).samples() if row["passed"] is not None]
    assert {row["id"] for row in rows} <= {row["id"] for row in judged}


def test_each_answer_is_trained_once_where_a_question_begins_anew() -> None:
    program = drawn("first", None, stage="program")
    feedback = drawn("why", program, prompt=after(program, "Explain."), stage="feedback", kind="")
    repair = drawn("second", feedback, prompt=after(program, "Because: why. Repair."), kind="passed")
    (row,) = episodes([program, feedback, repair], CONFIG)
    explained, repaired = row["conversations"]
    assert [m["content"] for m in explained if m["train"]] == ["first", "why"]
    assert [m["content"] for m in repaired] == ["before first", "first", "Because: why. Repair.", "second"]
    assert [m["content"] for m in repaired if m["train"]] == ["second"]
    assert [turn["reward"] for turn in row["turns"]] == [0, None, 1]


def test_what_another_model_explains_is_not_trained() -> None:
    program = drawn("first", None, stage="program")
    feedback = drawn(
        "why", program, prompt=after(program, "Explain."), stage="feedback", kind="", author="big"
    )
    repair = drawn("second", feedback)
    (row,) = episodes([program, feedback, repair], CONFIG)
    trained = [m["content"] for messages in row["conversations"] for m in messages if m["train"]]
    assert trained == ["first", "second"]
    assert row["model"] == "m"


def test_every_path_is_an_episode_also_where_two_are_equal() -> None:
    program = drawn("first", None, stage="program")
    twins = [drawn(name, program, prompt=after(program)) for name in ("x", "y")]
    alone = drawn("alone", None, stage="program", kind="passed")
    rows = list(episodes([program, *twins, alone], CONFIG))
    assert [row["id"] for row in rows] == ["x", "y", "alone"]
    assert [row["reward"] for row in rows] == [0, 0, 1]


def test_an_episode_ends_where_something_was_judged() -> None:
    program = drawn("first", None, stage="program")
    feedback = drawn("why", program, stage="feedback", kind="")
    (row,) = episodes([program, feedback], CONFIG)  # the run ended before the repair
    assert [turn["node"] for turn in row["turns"]] == ["first"]


def test_a_prompt_that_did_not_fit_has_no_answer_to_train() -> None:
    program = drawn("first", None, stage="program")
    lost = drawn("lost", program, finish="overflow")
    (row,) = episodes([program, lost], CONFIG)
    assert row["reward"] == 0
    assert [turn["node"] for turn in row["turns"]] == ["first"]
    assert list(episodes([drawn("lost", None, finish="overflow")], CONFIG)) == []


def test_texts_of_models_without_chat_have_no_role() -> None:
    (row,) = episodes([drawn("    return 1\n", None, prompt="def f():\n", stage="program")], CONFIG)
    assert row["conversations"] == [
        [{"content": "def f():\n", "train": False}, {"content": "    return 1\n", "train": True}]
    ]


def test_what_the_world_says_is_the_reward_of_the_action_before_it() -> None:
    action = drawn("go east", None, stage="action", kind="")
    seen = Node("wall", "go east", "p", "observation", 0, "environment", "a wall", reward=0.0)
    (row,) = episodes([action, seen], CONFIG)
    assert row["reward"] == 0
    assert [turn["reward"] for turn in row["turns"]] == [0]


def test_rows_of_a_problem_can_be_bounded(tmp_path: Path) -> None:
    tree = [failing(Feedback([failing(), passing()])), passing()]
    run = write_run(tmp_path, [Task("t", tree), Task("u", tree)], n_p=2, n_f=1, n_r=2)
    assert len(list(records(run, "episodes"))) == 6
    assert len(list(records(run, "episodes", per_problem=2))) == 4


def test_a_data_set_has_no_episodes(tmp_path: Path) -> None:
    (tmp_path / "dataset.jsonl").write_text("")
    with pytest.raises(UsageError, match="not episodes: export rl or sft"):
        list(records(tmp_path, "episodes"))
