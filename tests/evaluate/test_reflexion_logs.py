"""Reflexion's own logs give the figures of the paper."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sharpen.errors import DataError
from sharpen.evaluate.reflexion_logs import RecordedProgram, answers, own_tests, read
from sharpen.reports.reflexion.self_test_counts import SelfTestCounts


@pytest.mark.parametrize(
    ("log", "problems", "solved"),
    [
        ("reflexion_runs/humaneval_py_gpt4_reflexion.jsonl.gz", 164, (150,)),
        ("reflexion_runs/humaneval_py_gpt4_simple.jsonl.gz", 164, (134,)),
        ("reflexion_runs/humaneval_py_davinci003_simple.jsonl.gz", 164, (96,)),
        ("reflexion_runs/leetcodehard_gpt4_simple_visible.jsonl.gz", 40, (4,)),
        ("reflexion_runs/leetcodehard_gpt4_reflexion_visible.jsonl.gz", 40, (6,)),
        ("alfworld_reflexion_runs/base_run_logs.jsonl.gz", 134, (84, 94, 97, 98, 100, 101, 101)),
        ("hotpotqa_runs/cot_nocontext_base.txt.gz", 100, (32, 33, 33, 33, 33)),
        ("hotpotqa_runs/cot_nocontext_reflexion.txt.gz", 100, (32, 37, 40, 40, 40)),
    ],
)
def test_the_recorded_curves(shared_data: Path, log: str, problems: int, solved: tuple[int, ...]) -> None:
    result = read(shared_data / log)
    assert (result.problems, result.solved, result.disagreements) == (problems, solved, 0)


def test_the_papers_table_of_own_tests(shared_data: Path) -> None:
    """Table 2, HumanEval in Python: TP .99, FN .40, FP .01, TN .60."""
    result = read(shared_data / "reflexion_runs" / "humaneval_py_gpt4_reflexion.jsonl.gz", iterations=10)
    assert result.own_tests == SelfTestCounts(142, 2, 8, 12)
    assert [round(value, 2) for value in result.own_tests.shares.values()] == [0.99, 0.40, 0.01, 0.60]
    visible = read(shared_data / "reflexion_runs" / "leetcodehard_gpt4_reflexion_visible.jsonl.gz", 5)
    assert visible.own_tests == SelfTestCounts(5, 11, 1, 23)


def test_a_log_without_reflections_has_no_table(shared_data: Path) -> None:
    assert read(shared_data / "reflexion_runs" / "humaneval_py_gpt4_simple.jsonl.gz").own_tests is None


def test_the_longest_chain_tells_how_many_iterations_there_were() -> None:
    programs = [RecordedProgram("", "", solved, n) for solved, n in ((True, 0), (False, 1), (True, 3))]
    assert own_tests(programs) == SelfTestCounts(1, 1, 1, 0)
    assert own_tests(programs, iterations=2) == SelfTestCounts(1, 0, 1, 1)


def test_an_answer_is_the_one_of_this_trial() -> None:
    transcript = """
########
BEGIN TRIAL 1
Trial summary: Correct: 1, Incorrect: 1, Halted: 1
########
------------- BEGIN CORRECT AGENTS -------------

Context:
Question: one?
Thought: x
Action: Finish[The One]
Observation: Answer is CORRECT
Reflections: before I said
Action: Finish[two]
Correct answer: one

------------- BEGIN INCORRECT AGENTS -----------

Solve a question. You have tried:
Question: three?
Action 1: Finish[three]
(END)
Question: three?
Thought 1: y
Action 1: Search[x]
Observation 1: z
Action 2: Finish[four]
Correct answer: three

------------- BEGIN HALTED AGENTS -----------

Question: five?
Action 1: Search[x]
Correct answer: five
"""
    (trial,) = answers(transcript)
    assert [(a.answer, a.key, a.called, a.right) for a in trial] == [
        ("The One", "one", "correct", True),
        ("four", "three", "incorrect", False),
        (None, "five", "halted", False),
    ]


LATER_TRIAL = """
########
BEGIN TRIAL 2
Trial summary: Correct: 3, Incorrect: 1
########
------------- BEGIN CORRECT AGENTS -------------

Question: one?
Correct answer: one

Question: two?
Thought 1: x
Action 1: Finish[not it]
Correct answer: two

Question: two?
Thought 1: x
Action 1: Finish[not it]
Correct answer: two

------------- BEGIN INCORRECT AGENTS -----------

Question: three?
Correct answer: three
"""


def test_a_solved_agent_may_leave_its_later_scratchpads_empty_and_each_counts_once() -> None:
    (trial,) = answers(LATER_TRIAL)
    assert [(a.key, a.right) for a in trial] == [("one", True), ("two", False), ("three", False)]


def test_the_command_says_where_its_judgement_differs(
    sharpen: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    (tmp_path / "log.txt").write_text(LATER_TRIAL)
    code, out, _ = sharpen("recorded", tmp_path / "log.txt")
    assert code == 0
    assert "differ for 1 answer," in " ".join(out.split())


@pytest.mark.parametrize("text", ["", "{", "[]\n", '{"a": 1}\n'])
def test_what_is_no_log_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.jsonl").write_text(text)
    with pytest.raises(DataError, match=r"log\.jsonl"):
        read(tmp_path / "log.jsonl")


def test_the_command_prints_a_log(sharpen: Callable[..., tuple[int, str, str]], shared_data: Path) -> None:
    path = shared_data / "reflexion_runs" / "humaneval_py_gpt4_reflexion.jsonl.gz"
    code, out, _ = sharpen("recorded", str(path), "--json")
    assert code == 0
    assert json.loads(out)["solved"] == [150]
    code, out, _ = sharpen("recorded", str(path))
    assert "0.99" in out and "150" in out


@pytest.mark.parametrize(
    ("name", "has_table"), [("humaneval_reflexion-ucs_10.jsonl", False), ("trucs.jsonl", True)]
)
def test_uniform_cost_search_has_no_table_of_own_tests(tmp_path: Path, name: str, has_table: bool) -> None:
    rows = [
        {"task_id": str(n), "solution": "", "is_solved": n > 1, "reflections": ["why"] * n} for n in range(4)
    ]
    path = tmp_path / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert (read(path).own_tests is not None) == has_table
    assert read(path).solved == (2,)


def test_a_log_of_test_accuracy_is_read(tmp_path: Path) -> None:
    rows = [
        {"task_id": "a", "solution": ["assert f(1) == 2"], "is_solved": solved} for solved in (True, False)
    ]
    path = tmp_path / "test-acc.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    assert (read(path).problems, read(path).solved) == (2, (1,))
