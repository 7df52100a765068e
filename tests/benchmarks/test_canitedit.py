"""CanItEdit in both layouts: two instructions a problem, one script with its tests, excess code."""

import json
import math
from importlib.util import find_spec
from pathlib import Path

import pytest

from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.canitedit import EditTally
from sharpen.benchmarks.registry import load
from sharpen.errors import UsageError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Outcome, Program, Verdict

pytestmark = pytest.mark.anyio
counts_lines = pytest.mark.skipif(find_spec("coverage") is None, reason="needs sharpen[edits]")

ROW = {
    "id": 3,
    "full_name": "3_hello",
    "before": "def hello(name):\n    return name\n",
    "after": "def hello(name):\n    return name.upper()\n",
    "tests": '### START TESTS ###\nif True:  # pragma: no cover\n    assert hello("x") == "X"\n',
    "instruction_descriptive": "The function should return the name in upper case.",
    "instruction_lazy": "Make it upper case.",
    "taxonomy": {"change_kind": "perfective", "libraries": [], "topic": "Language"},
}


@pytest.fixture
def benchmark(tmp_path: Path) -> Benchmark:
    path = tmp_path / "canitedit.jsonl"
    path.write_text(json.dumps(ROW) + "\n")
    return load(f"canitedit@{path}")


async def judge(benchmark: Benchmark, *codes: str) -> list[Verdict]:
    sandbox = ProcessSandbox(1)
    try:
        suite = benchmark.problems[0].hidden
        return [await sandbox.execute(Program(code), suite, Limits()) for code in codes]
    finally:
        await sandbox.close()


def test_each_problem_is_asked_twice(benchmark: Benchmark, tmp_path: Path):
    descriptive, lazy = benchmark.problems
    assert (descriptive.id, lazy.id) == ("3_hello/descriptive", "3_hello/lazy")
    assert lazy.difficulty == "perfective"
    system, user = benchmark.prompt(lazy)
    assert (system.role, user.role) == ("system", "user")
    assert user.content == (
        "## Code Before\n```py\ndef hello(name):\n    return name\n\n```\n\n"
        "## Instruction\nMake it upper case.\n\n## Code After"
    )
    assert [problem.id for problem in load(f"canitedit/lazy@{tmp_path / 'canitedit.jsonl'}").problems] == [
        lazy.id
    ]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Sure.\n```py\nx = 1\n```\n```py\nx = 2\n```", "x = 1\n"),
        ("```python\nx = 1\n", "x = 1\n\n"),
        ("x = 1", ""),
    ],
)
def test_the_first_block_is_the_program(benchmark: Benchmark, answer: str, code: str):
    assert benchmark.extract(benchmark.problems[0], answer).code == code


async def test_program_and_tests_are_one_script(benchmark: Benchmark):
    reference = benchmark.problems[0].solution
    early = "import sys\nsys.exit(0)\n"
    guarded = "if __name__ == '__main__':\n    hello = str.upper\n"
    passed, failed, ended, script = await judge(benchmark, reference, ROW["before"], early, guarded)
    assert passed.passed
    assert passed.trust == "in_process"
    assert failed.kind == "wrong_answer"
    assert failed.message == "assert hello('x') == 'X' failed: hello('x') was 'x', expected 'X'"
    assert ended.kind == "exception"
    assert script.passed


@counts_lines
async def test_lines_that_the_tests_do_not_run_are_counted(benchmark: Benchmark):
    reference = benchmark.problems[0].solution
    unused = (
        reference
        + "\n\ndef unused():\n    return 1\n\n\nclass A:\n    @abstractmethod\n    def f(self):\n        ...\n"
    )
    whole, part = await judge(benchmark, reference, "from abc import abstractmethod\n" + unused)
    assert whole.outcomes[0].measured == {"coverage": 100}
    assert part.outcomes[0].measured == {"coverage": 83}  # 5 of 6 lines; the abstract method does not count


def test_excess_code_is_the_mean_of_medians():
    tally = EditTally({"a/lazy": "corrective", "b/lazy": "adaptive", "b/descriptive": "adaptive"})
    for problem, coverage in (("a/lazy", 90), ("a/lazy", 70), ("a/lazy", 100), ("b/lazy", 80)):
        tally.add(problem, Verdict("passed", (Outcome("tests", "passed", {"coverage": coverage}),)))
    tally.add("b/lazy", Verdict("wrong_answer", (Outcome("tests", "wrong_answer"),)))
    tally.add("b/descriptive", Verdict("wrong_answer"))
    figures = tally.figures()
    assert figures["excess_code"] == 100 - (90 + 80) / 2
    assert figures["pass@1/lazy"] == (1 + 1 / 2) / 2
    assert figures["pass@1/corrective"] == 1
    assert math.isnan(figures["excess_code/descriptive"])


def test_it_needs_a_file():
    with pytest.raises(UsageError, match="canitedit needs a file"):
        load("canitedit")


async def test_the_originals_edits_pass(shared_data: Path):
    benchmark = load(f"canitedit@{shared_data / 'canitedit' / 'canitedit_first10.jsonl.gz'}")
    sandbox = ProcessSandbox(1)
    for problem in benchmark.problems[::2]:
        verdict = await sandbox.execute(Program(problem.solution), problem.hidden, Limits())
        assert verdict.passed, (problem.id, verdict.message)
    await sandbox.close()
    assert len(benchmark.problems) == 20
