"""Prices: the user's file, a budget that binds by it, and what a report says."""

from collections.abc import Callable
from pathlib import Path

import pytest

import sharpen
from sharpen import Answer, Budget, Problem, Sampling, prices
from sharpen.errors import DataError, UsageError
from sharpen.journal.rows import ModelTokens
from sharpen.prices import Price

FILE = '["gpt-x"]\nprompt = 1.0\ncached = 0.5\ncompletion = 10.0\n[mine]\nprompt = 100000.0\ncompletion = 1000000.0\n'
ADD = [Problem.from_function(f"Add {n}.", "assert add(1, 2) == 3", id=f"add {n}") for n in range(3)]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path))
    prices.path().write_text(FILE)
    return tmp_path


async def mine(messages: object, sampling: Sampling) -> Answer:
    return Answer("```python\ndef add(a, b):\n    return a + b\n```", prompt_tokens=1, completion_tokens=1)


@pytest.mark.parametrize("model", ["gpt-x", "openai:gpt-x", "http://host:1/v1#gpt-x"])
def test_a_model_has_one_price_wherever_it_is(model: str) -> None:
    known = prices.known([model, "other"])
    assert list(known) == ["gpt-x"]
    spent = [
        ModelTokens(model, prompt=3_000_000, cached=1_000_000, completion=100_000),
        ModelTokens("other", 9, 9, 9),
    ]
    assert prices.cost(known, spent) == pytest.approx(2 * 1.0 + 0.5 + 1.0)


def test_cached_tokens_cost_as_much_as_others_where_nothing_is_said() -> None:
    assert Price(prompt=2, completion=0).usd(1e6, 5e5, 0) == 2


def test_a_budget_of_usd_binds_by_the_file(tmp_path: Path) -> None:
    call = sharpen.sample(problems=ADD, model=mine, budget=Budget(usd=2), concurrency=1, run=tmp_path / "run")
    results = sharpen.run_sync(call)
    assert "budget of 2 usd is spent" in results.exhausted
    assert len(results.samples()) == 2, "1.10 USD a problem"


def test_a_report_says_what_was_paid(tmp_path: Path, sharpen: Callable[..., tuple[int, str, str]]) -> None:
    package = __import__("sharpen")
    package.run_sync(package.sample(problems=ADD, model=mine, run=tmp_path / "run"))
    prices.path().write_text(FILE.replace("100000.0", "7"))  # a later price changes no report
    cost = package.report(tmp_path / "run").to_json()["runs"][0]["cost"]
    assert cost == {
        "usd": pytest.approx(3.3),
        "per_problem": pytest.approx(1.1),
        "per_solved": pytest.approx(1.1),
    }
    code, out, err = sharpen("report", tmp_path / "run")
    assert code == 0, err
    assert "$1.1000 a solved problem" in " ".join(out.split())
    assert "$1.1000 a solved problem" in (tmp_path / "run" / "report.html").read_text()


def test_without_a_price_a_budget_of_usd_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="add gpt-y to"):
        Budget(usd=1).prices(["openai:gpt-y"])
    assert Budget().prices(["openai:gpt-y"]) == {}
    assert Budget(usd=1, prompt_price=1).prices(["openai:gpt-y"]) == {"gpt-y": Price(prompt=1, completion=0)}


@pytest.mark.parametrize("text", ["[", '["a"]\nprompt = -1\ncompletion = 1', '["a"]\nprompt = 1'])
def test_a_file_that_cannot_be_read_is_named(text: str) -> None:
    prices.path().write_text(text)
    with pytest.raises(DataError, match=r"prices\.toml"):
        prices.known(["a"])
