"""A model that is a function: what it gets, what it may return, and how it fails."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import sharpen
from sharpen import Answer, Problem, Sampling
from sharpen.errors import ModelError, UsageError
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.models.function import FunctionModel, as_model
from sharpen.models.scripted import Scripted
from sharpen.types import Completion, Message

PROMPT = (Message("user", "Add."),)
ADD = Problem.from_function("Add.", "assert add(1, 2) == 3")


async def mine(messages: list[dict[str, str]], sampling: Sampling) -> Answer:
    assert messages[0]["role"] == "user"
    return Answer(f"```python\ndef add(a, b):\n    return a + b  # {sampling.seed}\n```", 3, 5)


def drawn(ask: Any, *indices: int, **options: Any) -> dict[int, Completion]:
    async def all_of_them() -> dict[int, Completion]:
        return {i: c async for i, c in as_model(ask).sample(PROMPT, Sampling(**options), indices or (0,))}

    return asyncio.run(all_of_them())


def test_one_line_is_enough(tmp_path: Path) -> None:
    results = sharpen.run_sync(sharpen.sample(problems=[ADD], model=mine, n=3, run=tmp_path / "run"))
    rows = results.samples()
    assert [row["passed"] for row in rows] == [True] * 3
    assert {row["model"] for row in rows} == {"mine"}
    assert len({row["program"] for row in rows}) == 3, "each sample has a seed of its own"
    assert sharpen.run_sync(sharpen.replay(tmp_path / "run")).flips == ()


def test_a_second_run_asks_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        model = Scripted(lambda prompt, index: "```python\ndef add(a, b):\n    return a + b\n```")
        sharpen.run_sync(sharpen.sample(problems=[ADD], model=model, run=tmp_path / "run"))
    assert model.requests == []


def test_feedback_comes_from_another_object(tmp_path: Path) -> None:
    async def wrong(_: object, sampling: Sampling) -> Answer:
        return Answer("```python\ndef add(a, b):\n    return 0\n```", 1, 1)

    async def teacher(_: object, sampling: Sampling) -> Answer:
        return Answer("Return the sum.", 1, 1)

    call = sharpen.repair(
        problems=[ADD],
        model=wrong,
        feedback_model=teacher,
        n_p=1,
        n_f=1,
        n_r=1,
        baseline="none",
        run=tmp_path / "r",
    )
    assert {node.author for node in sharpen.run_sync(call).nodes()} == {"wrong", "teacher"}


def test_a_response_in_openais_form_is_an_answer() -> None:
    async def served(_: object, sampling: Sampling) -> object:
        choice = SimpleNamespace(message=SimpleNamespace(content="text"), finish_reason="length")
        return SimpleNamespace(choices=[choice], usage=SimpleNamespace(prompt_tokens=7, completion_tokens=9))

    completion = drawn(served)[0]
    assert (completion.text, completion.prompt_tokens, completion.completion_tokens) == ("text", 7, 9)
    assert completion.finish_reason == "length"


def test_calls_go_on_together() -> None:
    together = asyncio.Barrier(3)

    async def slow(_: object, sampling: Sampling) -> Answer:
        await together.wait()
        return Answer("", 1, 1)

    assert set(drawn(slow, 0, 1, 2)) == {0, 1, 2}


def test_without_a_seed_none_is_given() -> None:
    async def seedless(_: object, sampling: Sampling) -> Answer:
        return Answer(str(sampling.seed), 1, 1)

    assert drawn(seedless, seed=None)[0].text == "None"


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        ("text", "returned str: return sharpen.Answer"),
        (ZeroDivisionError("no"), "raised ZeroDivisionError: no"),
    ],
)
def test_a_failure_is_named(returned: object, sentence: str) -> None:
    async def failing(_: object, sampling: Sampling) -> object:
        if isinstance(returned, Exception):
            raise returned
        return returned

    with pytest.raises(ModelError, match=sentence):
        drawn(failing)


def test_a_function_that_is_not_async_is_told_so() -> None:
    with pytest.raises(ModelError, match="once cannot be awaited: write it with async def"):
        drawn(FunctionModel(lambda *_: Answer("", 1, 1), "once"))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (Answer("x", None, 1), "mine answered with prompt_tokens None: give a whole number, 0 or more"),
        (Answer("x", 1, "3"), "mine answered with completion_tokens '3'"),
        (Answer("x", 1, -1), "mine answered with completion_tokens -1"),
        (Answer("x", 1, 1.5), "mine answered with completion_tokens 1.5"),
        (Answer(None, 1, 1), "mine answered with a NoneType in place of a text"),
        (Answer("x", 1, 1, "done"), "mine answered with finish_reason 'done': give one of stop, length"),
    ],
)  # fmt: skip
def test_an_answer_that_no_journal_can_hold_costs_its_problem_only(
    tmp_path: Path, given: Answer, sentence: str
) -> None:
    add, twice = (
        sharpen.Problem.from_function(f"Write {f}.", f"assert {f}(1) == 2") for f in ("add", "twice")
    )

    async def mine(messages: list[dict[str, str]], sampling: Sampling) -> Answer:
        return (
            given if "Write add." in messages[-1]["content"] else Answer("def twice(x): return 2 * x", 1, 1)
        )

    results = sharpen.run_sync(sharpen.sample(problems=[add, twice], model=mine, n=1, run=tmp_path / "r"))
    assert [node.problem for node in results.nodes()] == ["twice"]
    with Journal.read(tmp_path / "r") as journal:
        (error,) = filter(
            None, journal.outcomes(read_config(tmp_path / "r", RecordedConfig).outcomes).values()
        )
    assert sentence in error


def test_a_text_cannot_be_continued() -> None:
    async def continued() -> None:
        async for _ in FunctionModel(mine).sample("def add", Sampling(), [0]):
            pass

    with pytest.raises(ModelError, match="cannot continue a text"):
        asyncio.run(continued())


def test_what_is_no_model() -> None:
    with pytest.raises(UsageError, match="needs a name"):
        as_model(lambda *given: mine(*given))  # noqa: PLW0108
    with pytest.raises(UsageError, match="is not a model"):
        as_model(3)  # type: ignore[arg-type]
