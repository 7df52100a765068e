"""An episode of a trainer: visible tests are what is said of a program, hidden tests the reward."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sharpen.errors import SandboxError, UsageError
from sharpen.execution import run_sync
from sharpen.repair_episodes import RepairEpisodes
from sharpen.types import Problem
from tests.benchmarks.household.test_benchmark import GAMES
from tests.serve.conftest import TOKEN, Client, Gate, serve

__all__ = ["serve"]

RIGHT = "```python\ndef add(a, b):\n    return a + b\n```"
WRONG = RIGHT.replace("+", "-")


@pytest.fixture
def episodes(benchmark_file: Path) -> Iterator[RepairEpisodes]:
    made = RepairEpisodes(str(benchmark_file), workers=1)
    yield made
    made.close()


def problem(episodes: RepairEpisodes, name: str = "mine/add") -> Problem:
    return next(problem for problem in episodes.problems if problem.id == name)


def test_a_wrong_program_is_answered_with_what_the_visible_tests_say(episodes: RepairEpisodes) -> None:
    add = problem(episodes)
    assert [message["role"] for message in episodes.prompt(add)] == ["user"]
    question = run_sync(episodes.observe(add, WRONG))
    assert question
    assert "I ran this program and it failed." in question
    assert add.visible.tests
    assert run_sync(episodes.observe(add, RIGHT)) is None


def test_the_reward_is_that_of_the_hidden_tests(episodes: RepairEpisodes) -> None:
    add = problem(episodes)
    assert [run_sync(episodes.reward(add, text)) for text in (RIGHT, WRONG, "no program")] == [1, 0, 0]


def test_the_questions_are_those_of_repair(episodes: RepairEpisodes, recorded: Path) -> None:
    """A recorded run asked for the same repairs of the same programs."""
    from sharpen.exports.records import records

    by_id = {each.id: each for each in episodes.problems}
    compared = 0
    for row in records(recorded, "episodes"):
        (messages,) = row["conversations"]
        if len(messages) == 4:
            asked, answer, question, _ = (message["content"] for message in messages)
            each = by_id[row["problem"]]
            assert episodes.prompt(each)[0]["content"] == asked
            assert run_sync(episodes.observe(each, answer)) == question
            compared += 1
    assert compared


def test_a_sandbox_that_failed_is_no_reward(
    serve: Callable[..., Client], benchmark_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHARPEN_TOKEN", TOKEN)
    gate = Gate()
    gate.verdict = SandboxError("no process")
    gate.open()
    made = RepairEpisodes(str(benchmark_file), service=serve(gate).url)
    with pytest.raises(SandboxError, match="nothing is known of the answer to mine/add"):
        run_sync(made.observe(problem(made), RIGHT))


def test_problems_that_are_acted_in_are_refused(shared_data: Path) -> None:
    with pytest.raises(UsageError, match="acted in"):
        RepairEpisodes(f"alfworld@{shared_data}/alfworld/{GAMES}")
