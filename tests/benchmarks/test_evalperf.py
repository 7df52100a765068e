"""EvalPerf: right programs are held against references by what they cost; rows written here."""

import json
import math
import shutil
from pathlib import Path

import pytest

from sharpen.benchmarks import evalplus
from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.evalperf import MIN_CORRECT, PerfTally
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, UsageError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Outcome, Program, SourceTest, Suite, Verdict

pytestmark = pytest.mark.anyio

HEAD = "def is_prime(n):\n    if n < 2:\n        return False\n"
QUICK = f"{HEAD}    return all(n % k for k in range(2, int(n ** 0.5) + 1))\n"
LARGE = 200003
SLOW = QUICK.replace("    return all", f"    if n == {LARGE}:\n        sum(range(20 * n))\n    return all")
ROW = {
    "task_id": "HumanEval/31",
    "reference": [SLOW.replace("20 *", "100 *"), QUICK],
    "scores": [40.0, 100.0],
    "pe_input": json.dumps([[LARGE]]),
}


@pytest.fixture
def benchmark(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Benchmark:
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path / "home"))
    evalplus.HUMANEVAL.path.parent.mkdir(parents=True)
    shutil.copy(shared_data / "humanevalplus" / "HumanEvalPlus.jsonl.gz", evalplus.HUMANEVAL.path)
    path = tmp_path / "evalperf.jsonl"
    path.write_text(json.dumps(ROW) + "\n")
    return load(f"evalperf@{path}")


async def test_right_programs_get_the_score_of_the_reference_that_they_keep_up_with(benchmark: Benchmark):
    (problem,) = benchmark.problems
    *correct, cost = problem.hidden.tests
    assert len(correct) > 10
    assert isinstance(cost, SourceTest)
    assert "is_prime" in benchmark.prompt(problem)[0].content
    sandbox = ProcessSandbox(1)
    verdicts = [
        await sandbox.execute(Program(code), problem.hidden, Limits(**benchmark.limits))
        for code in (problem.solution, QUICK, SLOW, f"{HEAD}    return True\n")
    ]
    await sandbox.close()
    reference, quick, slow, wrong = verdicts
    assert reference.passed
    assert {"score": 100, "score_norm": 100}.items() <= quick.outcomes[-1].measured.items()
    assert slow.passed
    assert {"score": 40, "score_norm": 50}.items() <= slow.outcomes[-1].measured.items()
    assert not wrong.passed
    assert wrong.outcomes[-1].test != "cost"


async def test_a_program_that_takes_too_long_scores_nothing_and_is_right(benchmark: Benchmark):
    code = f"{QUICK}quick = is_prime\ndef is_prime(n):\n    while n == {LARGE}: pass\n    return quick(n)\n"
    sandbox = ProcessSandbox(1)
    (problem,) = benchmark.problems
    cost = problem.hidden.tests[-1]
    assert isinstance(cost, SourceTest)
    text = cost.tests.replace("10.0", "0.3", 1)
    suite = Suite((SourceTest("cost", cost.code, text),), context=problem.hidden.context)
    verdict = await sandbox.execute(Program(code), suite, Limits())
    await sandbox.close()
    assert verdict.passed
    assert verdict.outcomes[0].measured == {"score": 0, "score_norm": 0}


def test_only_tasks_with_enough_right_programs_count():
    tally = PerfTally()
    assert math.isnan(tally.figures()["score_by_seconds"])
    for number in range(MIN_CORRECT):
        measured = {"score": 100.0 * (number % 2), "score_norm": 50.0}
        tally.add("a", Verdict("passed", (Outcome("plus 1", "passed"), Outcome("cost", "passed", measured))))
    tally.add("a", Verdict("wrong_answer", (Outcome("plus 1", "wrong_answer"),)))
    tally.add("b", Verdict("passed", (Outcome("cost", "passed", {"score": 0.0, "score_norm": 0.0}),)))
    assert tally.figures() == {
        "score_by_seconds": 50,
        "score_norm_by_seconds": 50,
        f"tasks with {MIN_CORRECT} right programs": 1,
    }


def test_a_task_that_evalplus_does_not_have_is_named(benchmark: Benchmark, tmp_path: Path):
    path = tmp_path / "evalperf.jsonl"
    path.write_text(json.dumps(ROW | {"task_id": "HumanEval/999"}) + "\n")
    with pytest.raises(DataError, match="no task HumanEval/999"):
        load(f"evalperf@{path}")


def test_it_needs_a_file():
    with pytest.raises(UsageError, match="evalperf needs a file"):
        load("evalperf")
