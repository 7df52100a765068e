"""Scoring a file of samples or a run: what counts, what is named, and what is written."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from sharpen import api
from sharpen.api import execute
from sharpen.errors import DataError, UsageError
from sharpen.evaluate.score import ks_of, render, score
from sharpen.journal.journal import Journal
from sharpen.methods.human_feedback import failures
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from sharpen.reports.repair.summary import summarise
from sharpen.viewer.state import read_state
from tests.benchmarks.test_classeval import SOLUTION, row

pytestmark = pytest.mark.anyio

HALF = SOLUTION.replace("self.r += by", "self.r -= by")
FIGURES = {"class_success": 0, "class_partial_success": 0, "fun_success": 1 / 3, "fun_partial_success": 1 / 3}


@pytest.fixture
def word(tmp_path: Path) -> str:
    path = tmp_path / "ClassEval_data.json"
    path.write_text(json.dumps([row()]))
    return f"classeval@{path}"


async def test_a_file_of_answers(word: str, tmp_path: Path):
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps([row(predict=[f"```python\n{HALF}```"])]))
    figures = (await score(word, outputs, tmp_path / "run")).to_json()
    assert figures["figures"] == FIGURES
    assert (figures["pass@1"], figures["trust"]) == (0, {"in_process": 1})


async def test_a_file_of_outputs_is_judged_by_the_tests_that_it_brings(word: str, tmp_path: Path):
    outputs = tmp_path / "outputs.json"
    theirs = row()["test"].replace("assertEqual", "assertNotEqual")
    rows = [
        row(predict=[f"```python\n{SOLUTION}```"]),
        row(predict=[f"```python\n{SOLUTION}```"], test=theirs),
    ]
    outputs.write_text(json.dumps(rows))
    found = await score(word, outputs, tmp_path / "run")
    assert (found.passed.total(), found.drawn.total(), found.own_tests) == (1, 2, 1)


async def test_a_run_has_the_figures_of_its_programs(word: str, tmp_path: Path):
    config = Sample(benchmark=word, model="m", n=2)
    model = Scripted(lambda _, index: f"```python\n{SOLUTION if index else HALF}```", "m")
    await execute(config, tmp_path / "run", opener=lambda _: model)
    figures = (await score(word, tmp_path / "run")).to_json()
    assert (figures["samples"], figures["pass@1"]) == (2, 0.5)
    assert figures["figures"]["fun_success"] == (1 + 1 / 3) / 2


async def test_a_run_on_something_else_is_refused(word: str, tmp_path: Path, benchmark_file: Path):
    config = Sample(benchmark=str(benchmark_file), model="m", limit=1)
    await execute(config, tmp_path / "run", opener=lambda _: Scripted(lambda _, __: "", "m"))
    with pytest.raises(UsageError, match="not on classeval"):
        await score(word, tmp_path / "run")


PROMPT = 'def double(x):\n    """ Twice x.\n    >>> double(2)\n    4\n    """\n'
PROBLEM = {
    "prompt": PROMPT,
    "entry_point": "double",
    "test": "def check(candidate):\n    assert candidate(3) == 6\n    assert candidate(0) == 0\n",
    "canonical_solution": "    return 2 * x\n",
}
RIGHT, WRONG = "    return 2 * x\n", "    return x\n"


@pytest.fixture
def doubles(tmp_path: Path) -> str:
    path = tmp_path / "doubles.jsonl"
    path.write_text("".join(json.dumps(PROBLEM | {"task_id": f"Toy/{n}"}) + "\n" for n in range(3)))
    return str(path)


def samples(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "samples.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


async def test_a_sample_without_an_answer_fails(doubles: str, tmp_path: Path):
    file = samples(
        tmp_path, {"task_id": 0, "completion": RIGHT}, {"task_id": 0, "completion": None}, {"task_id": 0}
    )
    figures = (await score(doubles, file, tmp_path / "run")).to_json()
    assert (figures["samples"], figures["passed"], figures["absent"]) == (3, 1, 2)
    assert figures["pass@1"] == pytest.approx(1 / 3)
    assert figures["kinds"] == {"passed": 1, "no_code": 2}


async def test_half_a_character_ends_nothing(doubles: str, tmp_path: Path):
    rows = [{"task_id": 0, "completion": f"    # half: \ud835\n{RIGHT}"}, {"task_id": 1, "completion": RIGHT}]
    result = await score(doubles, samples(tmp_path, *rows), tmp_path / "run")
    assert result.kinds == {"passed": 2}


async def test_whole_replies_go_through_extraction(doubles: str, tmp_path: Path):
    draft = f"<think>\n```python\n{PROMPT}{WRONG}```\n</think>\n"
    reply = f"{draft}Here it is:\n```python\n{PROMPT}{RIGHT}```\n"
    rows = [
        {"task_id": 0, "answer": reply},
        {
            "task_id": 1,
            "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": reply}],
        },
        {"task_id": 2, "response": draft},
    ]
    result = await score(doubles, samples(tmp_path, *rows), tmp_path / "run")
    assert dict(result.passed) == {"Toy/0": 1, "Toy/1": 1, "Toy/2": 0}


async def test_only_chosen_problems_count(doubles: str, tmp_path: Path):
    file = samples(tmp_path, *({"task_id": n, "completion": RIGHT if n else WRONG} for n in range(3)))
    by_ids = await score(doubles, file, tmp_path / "ids", ids=["Toy/1"])
    assert (by_ids.problems, dict(by_ids.passed)) == (1, {"Toy/1": 1})
    limited = (await score(doubles, file, tmp_path / "limit", limit=2)).to_json()
    assert (limited["samples"], limited["missing"]) == (2, 0)


async def test_ids_with_commas_are_refused_with_the_way_to_write_them(doubles: str, tmp_path: Path):
    file = samples(tmp_path, {"task_id": 0, "completion": RIGHT})
    with pytest.raises(UsageError, match=r"Toy/0,Toy/1.*blanks between them"):
        await score(doubles, file, tmp_path / "run", ids=["Toy/0,Toy/1"])


async def test_any_k_can_be_asked_for(doubles: str, tmp_path: Path):
    rows = [{"task_id": 0, "completion": text} for text in (RIGHT, WRONG, WRONG)]
    figures = (await score(doubles, samples(tmp_path, *rows), tmp_path / "run", ks=ks_of("1, 2,5"))).to_json()
    assert {name: value for name, value in figures.items() if name in ("pass@1", "pass@2", "pass@5")} == {
        "pass@1": pytest.approx(1 / 3),
        "pass@2": pytest.approx(2 / 3),
    }


@pytest.mark.parametrize("text", ["", "0", "1,,2", "-1", "1.5", "ten", "1 2"])
def test_a_k_that_is_no_number_is_refused(text: str):
    with pytest.raises(UsageError, match="--k takes positive numbers"):
        ks_of(text)


async def test_each_sample_is_written(doubles: str, tmp_path: Path):
    rows = [{"task_id": 0, "completion": RIGHT}, {"task_id": 0, "completion": WRONG}, {"task_id": 1}]
    file, results = samples(tmp_path, *rows), tmp_path / "results.jsonl"
    seen: list[int] = []
    progress = lambda scored: seen.append(scored.drawn.total())  # noqa: E731
    await score(doubles, file, tmp_path / "run", results=results, on_progress=progress)
    written = [json.loads(line) for line in results.read_text().splitlines()]
    by_line = {row["line"]: row for row in written}
    assert [(row["problem"], row["sample"], row["passed"]) for _, row in sorted(by_line.items())] == [
        ("Toy/0", 0, True), ("Toy/0", 1, False), ("Toy/1", 0, False)
    ]  # fmt: skip
    assert (by_line[2]["verdict"], by_line[3]["verdict"]) == ("wrong_answer", "no_code")
    assert "double(3)" in by_line[2]["message"]
    assert seen[-1] == 3
    again = await score(doubles, results, tmp_path / "again")
    assert (again.compared, again.differing) == (3, [])


async def test_samples_are_written_in_the_order_of_their_file(doubles: str, tmp_path: Path):
    slow = "    import time\n    time.sleep(0.5)\n    return 2 * x\n"
    order = [2, 0, 1, 0, 2, 1]
    rows = [{"task_id": n, "completion": RIGHT if at % 3 else slow} for at, n in enumerate(order)]
    results = tmp_path / "results.jsonl"
    await score(doubles, samples(tmp_path, *rows), tmp_path / "run", results=results)
    written = [json.loads(line) for line in results.read_text().splitlines()]
    assert [row["line"] for row in written] == [1, 2, 3, 4, 5, 6]
    assert [row["problem"] for row in written] == [f"Toy/{n}" for n in order]
    assert [row["sample"] for row in written] == [0, 0, 0, 1, 1, 1]


async def test_what_could_not_be_judged_is_written_too(tmp_path: Path):
    idle = PROBLEM | {"task_id": "Toy/1", "test": "def check(candidate):\n    pass\n"}
    problems = tmp_path / "own.jsonl"
    problems.write_text("\n".join(json.dumps(each) for each in (PROBLEM | {"task_id": "Toy/0"}, idle)))
    file, results = (
        samples(tmp_path, *({"task_id": n, "completion": RIGHT} for n in (1, 0))),
        tmp_path / "results.jsonl",
    )
    found = await score(str(problems), file, tmp_path / "run", results=results)
    assert (found.drawn.total(), len(found.unjudged)) == (2, 1)
    written = [json.loads(line) for line in results.read_text().splitlines()]
    assert [(row["problem"], row["verdict"]) for row in written] == [
        ("Toy/1", "harness_error"),
        ("Toy/0", "passed"),
    ]
    assert "check nothing" in written[0]["message"]


async def test_a_run_on_a_prompt_with_a_lone_surrogate_can_be_exported(tmp_path: Path):
    problems = tmp_path / "own.jsonl"
    odd = {"prompt": PROMPT.replace('"""', '"""\ud800', 1), "task_id": "Toy/0"}
    problems.write_text(json.dumps(PROBLEM | odd))
    file = samples(tmp_path, {"task_id": 0, "completion": RIGHT})
    assert (await score(str(problems), file, tmp_path / "run")).drawn.total() == 1
    with Journal.read(tmp_path / "run") as journal:
        (node,) = journal.nodes("Toy/0")
    assert node.verdict


async def test_results_in_evalplus_form_can_be_scored_again(doubles: str, tmp_path: Path):
    slow = "import time; time.sleep(1)\ndef double(x): return 2 * x"
    rows = [{"task_id": 0, "solution": slow}, *({"task_id": n, "completion": WRONG} for n in (0, 1))]
    results = tmp_path / "samples_eval_results.json"
    await score(doubles, samples(tmp_path, *rows), tmp_path / "run", results=results)
    judged = json.loads(results.read_text())["eval"]
    assert [each["plus_status"] for each in judged["Toy/0"]] == ["pass", "fail"]
    (result,) = judged["Toy/1"]
    assert (result["base_status"], result["plus_status"]) == ("fail", "fail")
    again = await score(doubles, results, tmp_path / "again")
    assert (again.passed.total(), again.compared, again.differing) == (1, 3, [])


async def test_verdicts_that_differ_from_the_files_own_are_named(doubles: str, tmp_path: Path):
    rows = [{"task_id": n, "completion": RIGHT, "passed": n == 1} for n in range(2)]
    result = await score(doubles, samples(tmp_path, *rows), tmp_path / "run")
    assert result.differing == ["Toy/0, line 1: failed there, passed here"]


async def test_tests_are_run_on_the_reference_program(doubles: str, tmp_path: Path):
    codet = {
        "prompt": f"{PROMPT}    pass\n\n# check the correctness of double\nassert",
        "samples": [
            " double(3) == 6\n\nassert double(1) == 3\n\nassert double(2",
            " True",
            " double(0) == 0\n",
        ],
    }
    one = samples(tmp_path, PROBLEM | {"task_id": "Toy/0"}).rename(tmp_path / "one.jsonl")
    found = (await score(str(one), samples(tmp_path, codet), tmp_path / "run")).to_json()
    assert found["figures"] == {"tests": 3, "right tests": 2 / 3}
    assert (found["samples"], found["passed"]) == (3, 1)
    log = {"task_id": 1, "solution": ["assert double(3) == 6", "assert double(-1) == -2"], "is_solved": False}
    found = (await score(doubles, samples(tmp_path, log), tmp_path / "log")).to_json()
    assert (found["figures"], found["pass@1"]) == ({"tests": 2, "right tests": 1.0}, 1)


async def test_a_file_that_cannot_be_scored_leaves_no_directory(doubles: str, tmp_path: Path):
    run = tmp_path / "run"
    for file in (samples(tmp_path, {"task_id": "Other/1", "completion": RIGHT}), tmp_path / "none.jsonl"):
        with pytest.raises(DataError):
            await score(doubles, file, run)
        assert not run.exists()
    await score(doubles, samples(tmp_path, {"task_id": 1, "completion": RIGHT}), run)


async def test_an_interval_has_width_where_everything_passes(
    doubles: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    one = samples(tmp_path, PROBLEM | {"task_id": "Toy/0"}).rename(tmp_path / "one.jsonl")
    file = samples(tmp_path, {"task_id": "Toy/0", "completion": RIGHT})
    scored = await score(str(one), file, tmp_path / "run")
    assert scored.to_json()["pass@1_interval"] == pytest.approx([0.2065, 1], abs=1e-4)
    render(scored, Console(width=100))
    assert "95 % interval 0.2065 to 1.0000" in capsys.readouterr().out


async def test_a_scored_run_holds_its_programs(doubles: str, tmp_path: Path):
    rows = [{"task_id": 0, "completion": RIGHT}, {"task_id": 0, "completion": WRONG}]
    file, run = samples(tmp_path, *rows), tmp_path / "run"
    for _ in range(2):
        await score(doubles, file, run)
        with Journal.read(run) as journal:
            nodes = list(journal.nodes("Toy/0"))
        assert [(node.index, node.text, node.passed) for node in nodes] == [
            (0, RIGHT, True),
            (1, WRONG, False),
        ]


APPS_STDIO = {
    "problem_id": 17,
    "question": "Twice n.",
    "difficulty": "introductory",
    "input_output": json.dumps({"inputs": ["2\n"], "outputs": ["4\n"]}),
}


@pytest.mark.parametrize(
    "program",
    [
        "print(floor(float(input()) * 2))",
        "h = [int(input()) * 2]\nheapify(h)\nprint(heappop(h))",
        "from __future__ import annotations\nprint(sum(Counter(x=int(input()) * 2).values()))",
    ],
)
async def test_apps_programs_have_the_imports_of_its_harness(program: str, tmp_path: Path):
    path = tmp_path / "apps.jsonl"
    path.write_text(json.dumps(APPS_STDIO) + "\n")
    rows = [{"task_id": 17, "solution": program}, {"task_id": "0017", "answer": f"```python\n{program}\n```"}]
    result = await score(f"apps@{path}", samples(tmp_path, *rows), tmp_path / "run")
    assert result.passed == {"0017": 2}


async def test_a_livecodebench_script_may_begin_with_the_future_and_numbers_be_long(tmp_path: Path):
    nines = "9" * 5000
    calls = [{"input": "1", "output": nines, "testtype": "functional"}]
    shared = {"question_content": "?", "contest_date": "2024-01-01T00:00:00", "private_test_cases": ""}
    script = shared | {
        "question_id": "a",
        "metadata": "{}",
        "public_test_cases": json.dumps([{"input": "2\n", "output": "4\n", "testtype": "stdin"}]),
    }
    function = shared | {
        "question_id": "b",
        "metadata": json.dumps({"func_name": "f"}),
        "public_test_cases": json.dumps(calls),
        "starter_code": "class Solution:\n    def f(self, x):\n        ",
    }
    path = tmp_path / "lcb.jsonl"
    path.write_text(json.dumps(script) + "\n" + json.dumps(function) + "\n")
    rows = [
        {"question_id": "a", "code_list": ["from __future__ import annotations\nprint(int(input()) * 2)"]},
        {
            "question_id": "b",
            "code_list": ["class Solution:\n    def f(self, x):\n        return 10**5000 - 1"],
        },
    ]
    result = await score(f"livecodebench@{path}", samples(tmp_path, *rows), tmp_path / "run")
    assert result.passed == {"a": 1, "b": 1}


async def test_tests_that_check_nothing_are_named_and_end_no_run(tmp_path: Path):
    rows = [
        {
            "task_id": f"mine/{number}",
            "prompt": "def f(x):\n",
            "entry_point": "f",
            "test": f"def check(candidate):\n    {body}\n",
        }
        for number, body in enumerate(("pass", "assert candidate(1) == 1"))
    ]
    benchmark, file = tmp_path / "mine.jsonl", tmp_path / "samples.jsonl"
    benchmark.write_text("".join(json.dumps(row) + "\n" for row in rows))
    answers = [{"task_id": row["task_id"], "completion": "    return x\n"} for row in rows]
    file.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    scored = await score(str(benchmark), file, tmp_path / "run")
    assert scored.kinds == {"harness_error": 1, "passed": 1}
    (reason,) = scored.unjudged
    assert reason.endswith("line 1: mine/0: the tests check nothing, so every program would pass them")


async def test_a_scored_run_has_a_report_failures_a_table_and_a_place_in_the_list_of_runs(
    tmp_path: Path, benchmark_file: Path
):
    lines = benchmark_file.read_text().splitlines()  # noqa: ASYNC240
    first, second = map(json.loads, lines[:2])
    texts = [(first, first["canonical_solution"]), (first, "    return a(\n"), (second, "    return None\n")]
    samples = tmp_path / "samples.jsonl"
    samples.write_text(
        "".join(json.dumps({"task_id": row["task_id"], "completion": text}) + "\n" for row, text in texts)
    )
    run = tmp_path / "run"
    await score(str(benchmark_file), samples, run)
    summary = summarise(run)
    assert summary.pass_at_1.value == 0.25
    assert summary.statuses == {"solved": 1, "failed": 1}
    assert summary.layout.title == "Scored samples"
    failing = list(failures(run))
    assert [failure.problem for failure in failing] == [first["task_id"], second["task_id"]]
    assert "never closed" in failing[0].error
    assert failing[1].error == "It fails a hidden test (wrong_answer)."
    assert "returned None" in list(failures(run, quote_hidden=True))[1].error
    assert api.export(run, "parquet", output=tmp_path / "rows.parquet") == 3
    state = read_state(tmp_path, run)
    assert (state.method, state.problems, state.solved) == ("score", 2, 1)
