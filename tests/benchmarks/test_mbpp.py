"""MBPP: the test split, what is visible, and upstream's programs on their own tests."""

from pathlib import Path

import pytest

from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.registry import load
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, Program

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def benchmark(shared_data: Path) -> Benchmark:
    return load(f"mbpp@{shared_data / 'mbpp' / 'mbpp.jsonl.gz'}")


def test_the_test_split(benchmark: Benchmark):
    assert [problem.id for problem in benchmark.problems] == [f"MBPP/{n}" for n in range(11, 511)]


def test_first_assert_is_visible_and_all_are_hidden(benchmark: Benchmark):
    for problem in benchmark.problems:
        assert len(problem.hidden.tests) == 3
        assert problem.visible.tests == problem.hidden.tests[:1]
        shown, *others = problem.hidden.tests
        (message,) = benchmark.prompt(problem)
        assert isinstance(shown, AssertTest)
        assert shown.code in message.content
        assert problem.hidden.entry_point in shown.code
        codes = [test.code for test in others if isinstance(test, AssertTest)]
        assert not any(code in message.content and code not in shown.code for code in codes)


async def test_upstreams_programs_pass(benchmark: Benchmark):
    """All but MBPP/367 do (its set-up needs a class that nobody defines); every fifteenth is run here."""
    sandbox = ProcessSandbox(1)
    for problem in benchmark.problems[::15]:
        verdict = await sandbox.execute(Program(problem.solution), problem.hidden, Limits())
        assert verdict.passed, f"{problem.id}: {verdict.message}"
    await sandbox.close()


def test_an_answer_becomes_a_program(benchmark: Benchmark):
    problem = benchmark.problems[0]
    answer = f"Here:\n```python\n{problem.solution}\nprint(remove_Occ('hello', 'l'))\n```"
    assert benchmark.extract(problem, answer).code.strip() == problem.solution.strip()
