"""Rewards in this process and over the service: one answer, whatever the way."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sharpen import api
from sharpen.errors import DataError, SandboxError, UsageError
from sharpen.rewards import Reward
from sharpen.sandbox.base import Limits
from sharpen.types import Program, Suite, Verdict
from tests.serve.conftest import TOKEN, Client, Gate, serve

__all__ = ["serve"]

RIGHT, WRONG = (
    "```python\ndef add(a, b):\n    return a + b\n```",
    "```python\ndef add(a, b):\n    return 0\n```",
)
TEST = {"form": "assert", "id": "t", "code": "assert add(1, 2) == 3"}
CALL = {
    "form": "call",
    "id": "c",
    "args": [2, 2],
    "expected": 4,
    "code": None,
    "atol": 0.0,
    "comparison": "equal",
}


class Passing:
    """A sandbox that passes the programs which add."""

    version = "passing"

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        if "harness" in program.code:
            return Verdict("harness_error", message="broken")
        return Verdict("passed" if "a + b" in program.code else "wrong_answer")

    async def close(self) -> None:
        pass


@pytest.fixture
def here() -> Iterator[Reward]:
    reward = Reward(workers=2)
    yield reward
    reward.close()


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARPEN_TOKEN", TOKEN)


def columns(count: int, **more: Any) -> dict[str, Any]:
    return {"tests": [[TEST, CALL]] * count, "entry_point": ["add"] * count, "context": [None] * count} | more


def test_programs_are_judged_here(here: Reward) -> None:
    assert here(completions=[RIGHT, WRONG, "no program"], **columns(3)) == [1, 0, 0]


def test_an_answer_may_be_messages_and_tests_json(here: Reward) -> None:
    messages = [{"role": "user", "content": WRONG}, {"role": "assistant", "content": RIGHT}]
    assert here(["p"], [messages], tests=[json.dumps([TEST])], entry_point=["add"]) == [1]


def test_a_benchmarks_tests_decide(benchmark_file: Path) -> None:
    reward = Reward(str(benchmark_file), workers=2)
    assert reward(completions=[RIGHT, WRONG], id=["mine/add"] * 2) == [1, 0]
    assert reward(completions=[RIGHT], problem=["mine/add"], id=["row 1"]) == [1]
    with pytest.raises(DataError, match="has no mine/none"):
        reward(completions=[RIGHT], id=["mine/none"])
    reward.close()


def test_rows_of_an_export_are_judged(here: Reward, recorded: Path, tmp_path: Path) -> None:
    api.export(recorded, "rl", output=tmp_path / "rl.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "rl.jsonl").read_text().splitlines()]
    table = {name: [row[name] for row in rows] for name in rows[0]}
    assert here(table.pop("prompt"), [RIGHT] * len(rows), **table) == [1, 0]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "needs the column tests; the rows have none"),
        ({"tests": []}, "the column tests has 0 rows for 1 completion"),
        ({"tests": [[]], "context": ["", ""]}, "the column context has 2 rows for 1 completion"),
        ({"tests": [[{"form": "assert"}]]}, r"cannot be judged: tests\.0\.code"),
        ({"tests": [[]]}, "cannot be judged: tests"),
        ({"tests": ["[{"]}, "cannot be judged: tests: no list"),
        ({"tests": [None]}, "cannot be judged: tests: no list"),
        ({"tests": [["assert add(1, 2) == 3"]]}, "cannot be judged: tests: no list"),
    ],
)
def test_rows_that_cannot_be_judged_are_named(here: Reward, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        here(completions=[RIGHT], **given)


@pytest.mark.usefixtures("token")
class TestService:
    def test_it_gives_the_same_rewards_in_order(self, serve: Callable[..., Client]) -> None:
        reward = Reward(service=serve(Passing(), room=200).url)
        answers = [RIGHT, WRONG, RIGHT.replace("def add", "# harness\ndef add")] * 50
        assert reward(completions=answers, **columns(150)) == [1, 0, None] * 50

    def test_where_the_queue_is_full_it_waits(
        self, serve: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sharpen.rewards.BATCH", 2)
        reward = Reward(service=serve(Passing(), room=2).url)
        assert reward(completions=[RIGHT] * 12, **columns(12)) == [1] * 12

    def test_a_sandbox_that_failed_gives_no_reward(self, serve: Callable[..., Client]) -> None:
        gate = Gate()
        gate.verdict = SandboxError("no process")
        gate.open()
        assert Reward(service=serve(gate).url)(completions=[RIGHT], **columns(1)) == [None]

    def test_a_refusal_is_an_error(self, serve: Callable[..., Client]) -> None:
        reward = Reward("nothing", service=serve(Passing()).url)
        with pytest.raises(SandboxError, match="refuses: benchmark: the service has no nothing"):
            reward(completions=[RIGHT], id=["1"])

    def test_a_service_that_is_not_there_is_named(self) -> None:
        with pytest.raises(SandboxError, match="cannot be reached"):
            Reward(service="http://127.0.0.1:9")(completions=[RIGHT], **columns(1))


def test_without_a_token_there_is_no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHARPEN_TOKEN", raising=False)
    with pytest.raises(UsageError, match="token"):
        Reward(service="http://127.0.0.1:9")


class Recording(Passing):
    """Keeps the suites that it is given."""

    def __init__(self) -> None:
        self.suites: list[Suite] = []

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        self.suites.append(suite)
        return await super().execute(program, suite, limits)


def test_programs_with_equal_tests_share_a_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Recording()
    monkeypatch.setattr("sharpen.rewards.ProcessSandbox", lambda workers: sandbox)
    tests = [[{**CALL, "args": [value]}] for value in (1, 1.0, True, "1", 1)]
    Reward()(completions=[RIGHT] * 6, tests=[*tests, tests[0]], entry_point=["add"] * 5 + ["other"])
    first, *others = sandbox.suites
    assert [suite is first for suite in others] == [False, False, False, True, False]
    assert [repr(suite.tests[0].args) for suite in sandbox.suites[:4]] == [
        "(1,)",
        "(1.0,)",
        "(True,)",
        "('1',)",
    ]


def test_tests_that_were_seen_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Recording()
    monkeypatch.setattr("sharpen.rewards.ProcessSandbox", lambda workers: sandbox)
    monkeypatch.setattr("sharpen.serve.judging._HELD_CHARACTERS", 1)
    Reward()(completions=[RIGHT] * 3, tests=[[CALL], [TEST], [CALL]], entry_point=["add"] * 3)
    assert sandbox.suites[0] == sandbox.suites[2]
    assert sandbox.suites[0] is not sandbox.suites[2]
