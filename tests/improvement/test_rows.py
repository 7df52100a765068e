"""Rows to train on, from a recorded run of the toy benchmark."""

import json
from pathlib import Path

import pytest

from sharpen import api
from sharpen.errors import UsageError
from sharpen.improvement.rows import CandidateRow, TrainingRow, candidates, chosen, diagnosis, make
from sharpen.methods.repair import Repair
from sharpen.models.scripted import Scripted
from sharpen.selfcodealign.overlap.decontaminate import Index, load
from sharpen.selfcodealign.train import pairs
from sharpen.types import Message, Verdict
from tests.conftest import write_problems

pytestmark = pytest.mark.anyio

OTHER = {
    "task_id": "other/median",
    "prompt": (
        'def median(values):\n    """Return the middle value of a sorted list of odd length, or raise.\n'
        '    >>> median([1, 2, 3])\n    2\n    """\n'
    ),
    "entry_point": "median",
    "test": "def check(candidate):\n    assert candidate([1, 2, 3]) == 2\n",
    "canonical_solution": "    return values[len(values) // 2]\n",
}


def answer(prompt, index):
    """Solve `add` in one of three programs and by a repair, and `twice` never."""
    text = prompt[0].content
    if "def twice" in text:
        return f"```python\ndef twice(a):\n    return a + {index}\n```"
    if "I ran this program" in prompt[-1].content:
        return "It subtracts.\n\n```python\ndef add(a, b):\n    return b + a\n```"
    operator = "+-*"[index]
    return f"```python\ndef add(a, b):\n    return a {operator} b\n\n# Test the function\n```"


@pytest.fixture
async def run(tmp_path: Path) -> Path:
    config = Repair(
        benchmark=str(write_problems(tmp_path / "mine.jsonl")), model="m", n_p=3, n_fr=1, baseline="none"
    )
    await api.execute(config, tmp_path / "run", opener=lambda spec: Scripted(answer, spec))
    return tmp_path / "run"


@pytest.fixture
def other(tmp_path: Path) -> str:
    (tmp_path / "other.jsonl").write_text(json.dumps(OTHER) + "\n")
    return str(tmp_path / "other.jsonl")


def texts(rows):
    return {(row.row.kind, row.row.completion) for row in rows}


async def test_programs_are_verified_answers_to_the_prompt_of_the_run(run: Path):
    (row,) = candidates(run, ["programs"])
    assert row.row.problem == "mine/add"
    assert row.row.completion == answer((Message("user", "def add"),), 0)
    assert [message.role for message in row.row.prompt] == ["user"]
    assert row.rate == pytest.approx(1 / 3)


async def test_controls_take_failing_programs_or_any(run: Path):
    assert len(list(candidates(run, ["programs"], "failed"))) == 5
    assert len(list(candidates(run, ["programs"], "any"))) == 6


async def test_repairs_show_the_error_and_answer_with_the_nearest_right_program(run: Path):
    result = list(candidates(run, ["repairs"]))
    assert {row.row.problem for row in result} == {"mine/add"}
    recorded = [row for row in result if row.row.completion.startswith("It subtracts.")]
    made = [row for row in result if row not in recorded]
    assert len(recorded) == len(made) == 2
    for row in made:
        assert [message.role for message in row.row.prompt] == ["user", "assistant", "user"]
        assert "I ran this program and it failed." in row.row.prompt[-1].content
        assert "should return" in row.row.completion
        assert row.row.completion.endswith("\n    return a + b\n```")
        assert 0 < row.distance < 0.2


async def test_repairs_of_a_control_answer_with_another_program_that_nobody_verified(run: Path):
    for pool in ("failed", "any"):
        rows = list(candidates(run, ["repairs"], pool))
        assert {row.row.problem for row in rows} == {"mine/add", "mine/twice"}
        for row in rows:
            assert row.distance == 0 or row.code not in row.row.prompt[1].content
    failing = {row.code for row in candidates(run, ["repairs"], "failed")}
    assert not any("a + b" in code or "b + a" in code for code in failing)


async def test_preferences_are_two_answers_to_one_prompt_and_the_nearest_right_one(run: Path):
    rows = [each.row for each in candidates(run, ["preferences"])]
    assert {row.problem for row in rows} == {"mine/add"}, "without a right answer there is no pair"
    asked = [row for row in rows if len(row.prompt) == 1]
    assert [(row.chosen, row.rejected) for row in asked] == [
        (answer(row.prompt, 0), answer(row.prompt, index)) for row, index in zip(asked, (1, 2), strict=True)
    ]


async def test_preferences_are_written_for_the_trainer(run: Path, other: str, tmp_path: Path):
    funnel = make([run], tmp_path / "rows.jsonl", against=[other], kinds=["preferences"])
    assert funnel.rows_out == 2
    first, _ = pairs.read_preferences(tmp_path / "rows.jsonl")
    assert "return a + b" in first.chosen.response
    assert "return a - b" in first.rejected.response
    assert first.group == "mine/add"


@pytest.mark.parametrize(
    ("kinds", "pool", "message"),
    [
        (["programs", "preferences"], "passed", "a file of their own"),
        (["preferences"], "failed", "none of --pool failed"),
    ],
)
async def test_preferences_are_no_rows_among_others(run: Path, other, tmp_path, kinds, pool, message):
    with pytest.raises(UsageError, match=message):
        make([run], tmp_path / "rows.jsonl", against=[other], kinds=kinds, pool=pool)


async def test_rows_are_written_for_the_trainer(run: Path, other: str, tmp_path: Path):
    funnel = make([run], tmp_path / "rows.jsonl", against=[other])
    assert (funnel.rows_in, funnel.rows_out) == (5, 4)
    assert funnel.reasons["enough rows of its problem"] == 1  # a third of its programs pass: 3 of 4
    result = pairs.read(tmp_path / "rows.jsonl")
    assert len(result) == 4
    assert {pair.prompt[-1].role for pair in result} == {"user"}


async def test_rows_with_a_measured_problem_are_rejected(other: str, tmp_path: Path):
    right = f"```python\n{OTHER['prompt']}{OTHER['canonical_solution']}```"
    config = Repair(benchmark=other, model="m", n_p=2, n_fr=1)
    model = Scripted(lambda prompt, index: right + "\n" * index, "m")
    await api.execute(config, tmp_path / "run", opener=lambda spec: model)
    funnel = make([tmp_path / "run"], tmp_path / "rows.jsonl", against=[other])
    assert funnel.rows_out == 0
    assert funnel.reasons == dict.fromkeys(funnel.reasons, 0) | {
        "same text as another row": 1,
        "benchmark's text": 1,
    }


async def test_rows_for_no_measure_are_refused(run: Path, tmp_path: Path):
    with pytest.raises(UsageError, match="every benchmark that will be measured"):
        make([run], tmp_path / "rows.jsonl", against=[])


def candidate(number: int, problem: str = "p", rate: float = 0.0, distance: float = 0.0) -> CandidateRow:
    prompt = (Message("user", f"Do {number}."),)
    return CandidateRow(
        TrainingRow(str(number), "repairs", problem, prompt, "x"), f"y = {number}", distance, rate
    )


def kept(found, index, **options):
    return [each.row.id for each, reason in chosen(found, index, **options) if not reason]


def test_hard_problems_give_more_rows_and_the_nearest_repairs(other: str):
    index = Index(load([other]))
    hard = [candidate(n, "hard", 0.0, distance=n / 10) for n in range(6)]
    easy = [candidate(n + 10, "easy", 1.0) for n in range(6)]
    half = [candidate(n + 20, "half", 0.5) for n in range(6)]
    result = kept(hard + easy + half, index, per_problem=4)
    assert result[:4] == ["0", "1", "2", "3"]
    assert len(result) == 4 + 1 + 2


def test_a_number_of_rows_is_chosen_by_the_seed(other: str):
    index = Index(load([other]))
    result = [candidate(n, f"p{n}") for n in range(20)]
    first, again, third = (kept(result, index, per_problem=4, limit=7, seed=s) for s in (0, 0, 1))
    assert len(first) == len(third) == 7
    assert first == again != third


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        (Verdict("timeout"), "The program does not finish in time."),
        (
            Verdict("wrong_answer", message="assert f(1) == 2 failed: f(1) returned 3, expected 2"),
            "`f(1)` returns 3, but it should return 2.",
        ),
        (
            Verdict(
                "exception",
                message="Traceback (most recent call last):\n  line 7, in f\nNameError: name 'g' is not defined\nwhile running: assert f(1)",
            ),
            "The program fails with NameError: name 'g' is not defined.",
        ),
        (Verdict("wrong_answer", message="?"), "The program does not do what the task asks for."),
    ],
)
def test_a_diagnosis_is_made_from_the_verdict(verdict: Verdict, sentence: str):
    assert diagnosis(verdict) == sentence
