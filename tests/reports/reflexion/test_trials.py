"""The figures of Reflexion runs, from rows that the method itself wrote."""

import asyncio
import json
import math
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from sharpen.journal.journal import Journal
from sharpen.reports import publish
from sharpen.reports.figures import Rate
from sharpen.reports.reflexion.accounting import AccountingLine, line, oracle_every, self_tests, summarise
from sharpen.reports.reflexion.equal_tokens import Baseline
from sharpen.reports.reflexion.self_test_counts import SelfTestCounts, self_test_counts
from sharpen.reports.reflexion.trials import Attempt, ProblemTrials, read
from sharpen.reports.reflexion.wording import conclusion
from sharpen.types import Prompt
from tests.methods.reflexion_world import script, solve


def problem(attempts: str, name: str = "p", chosen: int | None = None) -> ProblemTrials:
    """Each attempt is two letters: own tests (y, n or ?) and hidden tests (Y or N); each costs 10 tokens."""
    rewards = {"y": 1.0, "n": 0.0, "?": None}
    result = tuple(
        Attempt(number, pair[1] == "Y", rewards[pair[0]], 10 * (number + 1))
        for number, pair in enumerate(attempts.split())
    )
    return ProblemTrials(name, "", "solved", "", result, len(result) - 1 if chosen is None else chosen)


@pytest.mark.parametrize(
    ("attempts", "own", "every"),
    [
        ("yY", (True, 10), (True, 10)),
        ("yN", (False, 10), (False, 10)),
        ("nN yY", (True, 20), (True, 20)),
        ("nY yN", (False, 20), (True, 10)),
        ("nN nY nN", (False, 30), (True, 20)),
        ("nN nN nY", (True, 30), (True, 30)),
        ("?N", (False, 10), (False, 10)),
    ],
)
def test_one_chain_holds_two_accountings(attempts: str, own: tuple, every: tuple) -> None:
    one = problem(attempts)
    assert (self_tests(one), oracle_every(one)) == (own, every)


def test_programs_that_nothing_judged_cost_what_was_drawn() -> None:
    assert self_tests(problem("?Y ?N ?N", chosen=0)) == (True, 30)


def test_of_independent_programs_any_may_be_stood_by() -> None:
    one = replace(problem("?Y ?N ?N ?Y", chosen=0), independent=True)
    assert (self_tests(one), oracle_every(one)) == ((0.5, 10), (True, 10))


def test_the_table_of_own_tests_is_the_papers() -> None:
    """HumanEval in Python of the paper's table 2: .99 .40 .01 .60 from 142 of 144 and 8 of 20."""
    attempts = [Attempt(0, right, reward, 0) for right, reward, n in
                [(True, 1.0, 142), (False, 1.0, 2), (True, 0.0, 8), (False, 0.0, 12), (True, None, 3)]
                for _ in range(n)]  # fmt: skip
    table = self_test_counts(attempts)
    assert table == SelfTestCounts(142, 2, 8, 12)
    assert {name: round(value, 2) for name, value in table.shares.items()} == {
        "TP": 0.99, "FN": 0.40, "FP": 0.01, "TN": 0.60
    }  # fmt: skip


def baseline(passed: int, drawn: int = 4, tokens: float = 10.0) -> Baseline:
    return Baseline("iid", {"p": drawn, "q": drawn}, {"p": passed, "q": 0}, {"p": tokens, "q": tokens})


def test_iid_sampling_is_held_against_it_at_equal_tokens() -> None:
    done = [problem("nN yY", "p"), problem("nN nN", "q")]
    result = line(done, "self_tests", baseline(passed=1))
    assert (result.rate.value, result.tokens, result.k) == (0.5, 20.0, 2.0)
    assert result.iid.value == pytest.approx((1 - 3 / 6) / 2)
    assert result.gap.value == pytest.approx(0.25)
    halfway = line(done, "self_tests", baseline(passed=1, tokens=20 / 1.5))
    assert halfway.k == pytest.approx(1.5)
    assert halfway.iid.value == pytest.approx((0.25 + 0.5) / 2 / 2)


def test_there_is_no_baseline_where_one_sample_costs_more() -> None:
    result = line([problem("yY", "p")], "self_tests", baseline(passed=1, tokens=100.0))
    assert result.iid.n == 0
    assert result.rate.value == 1.0


def test_where_all_samples_cost_less_the_gain_is_bounded() -> None:
    result = line([problem("yY", "p"), problem("yY", "q")], "self_tests", baseline(passed=1, tokens=1.0))
    assert (result.exhausted, result.k, result.iid.value, result.gap.value) == (True, 4, 0.5, 0.5)


@pytest.fixture
def runs(tmp_path: Path) -> list[Path]:
    """Of three problems the last is never solved; the first needs three trials."""

    def programs(prompt: Prompt, index: int) -> str:
        if "p/2" in prompt[0].content:
            return f"1 2 <script>alert({'abcdefghijkl'[index]})</script>"
        return ["1", "1 2", "1 2 3 right"][index % 3]

    answer = script(programs)
    names = {"reflexion": 4, "simple": 12, "test-acc": 4}
    for strategy, trials in names.items():
        asyncio.run(solve(tmp_path / strategy, answer, size=3, trials=trials, strategy=strategy))
    return [tmp_path / name for name in names]


def test_rows_become_attempts(runs: list[Path]) -> None:
    record = read(runs[0])
    first, _, last = record.problems
    assert [(a.success, a.reward) for a in first.attempts] == [(False, 0.0), (False, 0.0), (True, 1.0)]
    assert (first.status, first.chosen, last.status, len(last.attempts)) == ("solved", 2, "failed", 4)
    with Journal.read(runs[0]) as journal:
        assert first.attempts[-1].tokens == sum(node.tokens for node in journal.nodes("p/0"))
    assert first.attempts[0].tokens < first.attempts[1].tokens


@pytest.mark.parametrize(
    ("gap", "exhausted", "said"),
    [
        (Rate(0.1, -0.2, 0.4, 3), False, "at equal tokens 0.500: +10.0 points (-20.0 to 40.0)."),
        (Rate(0.1, math.nan, math.nan, 1), False, "at equal tokens 0.500: +10.0 points."),
        (
            Rate(0.1, -0.2, 0.4, 3),
            True,
            "as far as it was drawn, for fewer tokens, 0.500: at most +10.0 points (-20.0 to 40.0).",
        ),
    ],
)
def test_the_conclusion_says_what_the_comparison_is_worth(
    runs: list[Path], gap: Rate, exhausted: bool, said: str
) -> None:
    (summary,), _ = summarise(runs[:1])
    half = Rate(0.5, 0.2, 0.8, gap.n)
    compared = AccountingLine("self_tests", half, 100.0, 4.0, half, gap, exhausted)
    assert conclusion(replace(summary, lines=(compared,))).endswith(f"i.i.d. sampling {said}")


def test_the_plain_figures_have_every_curve_and_accounting(runs: list[Path]) -> None:
    result = json.loads(json.dumps(publish.plain(runs)))
    mine, simple, accuracy = result["runs"]
    assert [round(rate["value"], 3) for rate in mine["by_trial"]] == [0, 0, 0.667, 0.667]
    assert [line["label"] for line in mine["lines"]] == ["self_tests", "oracle_every"]
    assert mine["baseline"] == "simple" and all(line["k"] > 1 for line in mine["lines"])
    assert mine["submitted_tests"] == {
        "right_passed": 2, "wrong_passed": 0, "right_failed": 0, "wrong_failed": 1
    }  # fmt: skip
    assert sum(simple["all_tests"].values()) == 0
    drawn = [problem["attempts"] for problem in simple["problems"]]
    rates = [sum(attempt["success"] for attempt in attempts) / len(attempts) for attempts in drawn]
    assert simple["lines"][0]["rate"]["value"] == pytest.approx(sum(rates) / 3)
    assert 0 < sum(rates) / 3 < 1
    every = mine["against_tokens"]["oracle_every"]
    assert [round(point["rate"]["value"], 3) for point in every] == [0, 0, 0.667, 0.667]
    assert every == sorted(every, key=lambda point: point["tokens"])
    assert list(mine["against_tokens"]) == ["self_tests", "oracle_every"]
    assert list(simple["against_tokens"]) == ["oracle_every"]
    one, two, *more = [point["tokens"] for point in mine["iid"]]
    assert one < two < 2 * one and len(more) == 10, "sampling ends when a program is right"
    assert accuracy["tests_right"] == [3, 3]
    assert [(pair["a"], pair["b"]) for pair in result["comparisons"]] == [("reflexion", "simple")]


def test_the_terminal_says_which_accounting_a_figure_follows(runs: list[Path]) -> None:
    out = StringIO()
    publish.render(runs, Console(file=out, width=100))
    text = out.getvalue()
    for words in (
        "submitted program",
        "best program",
        "Reliability of the model's own tests",
        "3 of 3 problems",
    ):
        assert words in text


def test_the_page_holds_every_step_and_escapes_what_models_wrote(runs: list[Path], tmp_path: Path) -> None:
    page = publish.write(runs, tmp_path / "report.html").read_text()
    assert "reflection 2" in page
    assert "Solved against tokens" in page and "i.i.d., pass@k" in page
    assert "Tests failed:" in page
    assert "<script>alert" not in page
    assert 'class="add"' in page  # the second program as a difference from the first
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


def test_a_run_of_trials_is_reported_by_the_command_line(
    runs: list[Path], sharpen: Callable[..., tuple[int, str, str]]
) -> None:
    code, out, err = sharpen("report", str(runs[0]), str(runs[1]))
    assert code == 0, err
    assert "best program" in out and "oracle_every" not in out
    assert (runs[0] / "report.html").is_file()


@pytest.mark.anyio
async def test_a_run_with_a_gate_has_the_accounting_of_the_gate(tmp_path: Path) -> None:
    """Problem 0 passes at once; of the others the gate asks for more, and own tests end the chain."""

    def programs(prompt: Prompt, index: int) -> str:
        if "p/0" in prompt[0].content:
            return "right"
        return "1 2 3 right" if index else "1 2 3"

    await solve(tmp_path / "gate", script(programs), size=3, trials=3, oracle="first")
    (found,) = json.loads(json.dumps(publish.plain([tmp_path / "gate"])))["runs"]
    assert [line["label"] for line in found["lines"]] == ["oracle_first", "oracle_every"]
    assert [line["rate"]["value"] for line in found["lines"]] == [1, 1]
    assert [len(problem["attempts"]) for problem in found["problems"]] == [1, 2, 2]
    out = StringIO()
    publish.render([tmp_path / "gate"], Console(file=out, width=100))
    assert "hidden tests decide about the first program" in out.getvalue()
