"""MBPP: the test split, what is visible, and the original's programs on their own tests."""

from pathlib import Path

import pytest

from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, Program

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def benchmark(shared_data: Path) -> Benchmark:
    return load(f"mbpp@{shared_data / 'mbpp' / 'mbpp.jsonl.gz'}")


def test_the_test_split(benchmark: Benchmark):
    assert [problem.id for problem in benchmark.problems] == [f"MBPP/{n}" for n in range(11, 511)]


@pytest.mark.parametrize(("split", "ids"), [("train", range(601, 975)), ("validation", range(511, 601))])
def test_other_splits_are_benchmarks_of_their_own(shared_data: Path, split: str, ids: range):
    result = load(f"mbpp/{split}@{shared_data / 'mbpp' / 'mbpp.jsonl.gz'}")
    assert result.name == f"mbpp/{split}"
    assert [problem.id for problem in result.problems] == [f"MBPP/{n}" for n in ids]


def test_a_file_without_a_problem_of_the_split_is_refused(tmp_path: Path):
    record = '{"task_id": 601, "text": "Add.", "code": "def f(): pass", "test_list": ["assert f()"]}'
    (tmp_path / "mine.jsonl").write_text(record)
    with pytest.raises(DataError, match="no problem of mbpp, whose ids are 11 to 510"):
        load(f"mbpp@{tmp_path / 'mine.jsonl'}")


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


async def test_the_originals_programs_pass(benchmark: Benchmark):
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
