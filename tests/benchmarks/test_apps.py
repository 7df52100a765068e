"""APPS in both layouts: types of arguments, what the statement shows, recorded programs that were right."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from sharpen.benchmarks.apps import PAPER, drawn
from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, SuiteError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Problem, Program, StdioTest, Suite

pytestmark = pytest.mark.anyio

STATEMENT = """Add two numbers.

-----Input-----

Two numbers on a line.

-----Example-----
Input
1 2

Output
3

Note that 5 6 gives 11.
"""


@pytest.fixture(scope="module")
def selected(shared_data: Path) -> Benchmark:
    return load(f"apps@{shared_data / 'apps' / 'apps_selected.jsonl.gz'}")


def hub_row(**changes: object) -> dict[str, object]:
    tests = {"inputs": ["1 2\n", "5 6\n"], "outputs": ["3\n", "11\n"]}
    return {
        "problem_id": 7,
        "question": STATEMENT,
        "solutions": json.dumps(["print(sum(map(int, input().split())))"]),
        "input_output": json.dumps(tests),
        "difficulty": "interview",
        "url": "https://example.org",
        "starter_code": "",
        **changes,
    }


def call_row(inputs: list[object], outputs: list[object], **changes: object) -> dict[str, object]:
    tests = {"fn_name": "add", "inputs": inputs, "outputs": outputs}
    starter = "class Solution:\n    def add(self, xs: List[int]) -> int:\n        "
    return hub_row(**{"input_output": json.dumps(tests), "starter_code": starter, **changes})


def read(tmp_path: Path, *rows: dict[str, object], word: str = "apps") -> Benchmark:
    path = tmp_path / "apps.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return load(f"{word}@{path}")


def test_stdio_problem_of_the_hub(tmp_path: Path):
    (problem,) = read(tmp_path, hub_row()).problems
    assert (problem.id, problem.difficulty, problem.hidden.entry_point) == ("0007", "interview", "")
    assert problem.hidden.tests == (StdioTest("test 1", "1 2\n", "3\n"), StdioTest("test 2", "5 6\n", "11\n"))
    assert problem.visible.tests == problem.hidden.tests[:1]
    assert problem.solution.startswith("print(")


def test_lines_of_a_test_are_joined(tmp_path: Path):
    tests = {"inputs": [["1", "2"]], "outputs": [["3", "4"]]}
    (problem,) = read(tmp_path, hub_row(input_output=json.dumps(tests))).problems
    assert problem.hidden.tests == (StdioTest("test 1", "1\n2", "3\n4"),)


async def test_call_problem_of_the_hub(tmp_path: Path):
    row = call_row([[[1, 2]], [[5]]], [3, 5], question="Add. add([1, 2]) is 3. Give add([5]) as well.")
    (problem,) = read(tmp_path, row).problems
    assert problem.hidden.entry_point == "Solution.add"
    assert problem.hidden.tests[0] == CallTest("test 1", ([1, 2],), 3, comparison="apps")
    assert problem.visible.tests == problem.hidden.tests[:1]
    benchmark = read(tmp_path, row)
    answer = (
        "```python\nclass Solution:\n    def add(self, xs: List[int]) -> int:\n        return sum(xs)\n```"
    )
    sandbox = ProcessSandbox(1)
    verdict = await sandbox.execute(benchmark.extract(problem, answer), problem.hidden, Limits())
    await sandbox.close()
    assert verdict.passed, verdict.message


def test_integer_keys_and_long_integers(tmp_path: Path):
    long = "1" * 9000
    text = f'{{"fn_name": "add", "inputs": [[{{"1": 2}}], [{long}]], "outputs": [{{"3": 4}}, [5]]}}'
    (problem,) = read(tmp_path, call_row([], [], input_output=text)).problems
    first, second = problem.hidden.tests
    assert isinstance(first, CallTest)
    assert (first.args, first.expected) == (({1: 2},), {3: 4})
    assert isinstance(second, CallTest)
    assert second.args == ((10**9000 - 1) // 9,)


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ('{"inputs": [', "Expecting value"),
        ('{"inputs": ["1"]}', "outputs"),
        ('["1", "2"]', "list indices"),
        ('{"inputs": [5], "outputs": [1], "fn_name": "add"}', "the arguments of test 1 are no list"),
        (f'{{"inputs": [[{"1" * 1_000_001}]], "outputs": [1], "fn_name": "add"}}', "1,000,001 digits"),
    ],
    ids=["no JSON", "no outputs", "a list", "no list of arguments", "a number without end"],
)
def test_tests_that_cannot_be_read_end_no_run(tmp_path: Path, tests: str, reason: str):
    (problem,) = read(tmp_path, hub_row(input_output=tests)).problems
    for suite in (problem.hidden, problem.visible):
        with pytest.raises(SuiteError, match=rf"the tests of the problem cannot be read .*{reason}"):
            assert suite.tests


def test_difficulties_and_problems_without_tests(tmp_path: Path):
    rows = [
        hub_row(),
        hub_row(problem_id=8, difficulty="competition"),
        hub_row(problem_id=9, input_output=""),
    ]
    assert [p.id for p in read(tmp_path, *rows).problems] == ["0007", "0008"]
    benchmark = read(tmp_path, *rows, word="apps/competition")
    assert benchmark.name == "apps/competition"
    assert [p.id for p in benchmark.problems] == ["0008"]
    with pytest.raises(DataError, match="no problems with tests that are introductory"):
        read(tmp_path, *rows, word="apps/introductory")


def test_prompts_ask_for_a_function_or_a_program(tmp_path: Path):
    benchmark = read(tmp_path, hub_row(), call_row([[[1]]], [1], problem_id=8))
    script, function = (benchmark.prompt(problem)[0].content for problem in benchmark.problems)
    assert "standard input" in script
    assert "standard input" not in function
    assert "class Solution:" in function


def test_mapcoders_selection(selected: Benchmark):
    assert Counter(p.difficulty for p in selected.problems) == {
        "introductory": 29,
        "interview": 19,
        "competition": 28,
    }
    assert sum(bool(p.hidden.entry_point) for p in selected.problems) == 48
    assert sum(bool(p.visible.tests) for p in selected.problems) == 69
    assert all(p.hidden.tests for p in selected.problems)


@pytest.mark.parametrize(
    ("identity", "arguments"),
    [("3554", ([1],)), ("4440", ("1",)), ("3292", ("abcdef",)), ("1665", ([1, [1, 1]], [[2, 2], 2])), ("1642", (24, 2))],
)  # fmt: skip
def test_arguments_in_mapcoders_text(selected: Benchmark, identity: str, arguments: tuple[object, ...]):
    problem = next(p for p in selected.problems if p.id == identity)
    first = problem.hidden.tests[0]
    assert isinstance(first, CallTest)
    assert first.args == arguments


async def test_programs_recorded_as_right_pass(selected: Benchmark, shared_data: Path):
    """The scripts among them: recorded functions were made to read their input, which is not APPS's way."""
    problems = {problem.id: problem for problem in selected.problems if not problem.hidden.entry_point}
    sandbox, seen = ProcessSandbox(1), 0
    for system in ("ChatGPT-Direct", "GPT4-Turbo-Direct", "ChatGPT-MapCoder"):
        packed = (shared_data / "apps" / f"outputs_{system}.jsonl.gz").read_bytes()
        for row in map(json.loads, gzip.decompress(packed).splitlines()):
            problem = problems.get(f"{row['id']:04d}")
            if problem and row["is_solved"]:
                for program in (
                    Program(row["source_codes"][-1]),
                    selected.extract(problem, row["responses"][-1]),
                ):
                    verdict = await sandbox.execute(program, problem.hidden, Limits())
                    assert verdict.passed, f"{problem.id}: {verdict.message}"
                seen += 1
    await sandbox.close()
    assert seen == 9


def test_the_draw_of_the_paper_has_its_proportions_and_is_the_same_for_everybody() -> None:
    names = {"introductory": 100, "interview": 300, "competition": 100}
    problems = [
        problem(f"{word} {number:03}", word) for word, count in names.items() for number in range(count)
    ]
    chosen = drawn(problems, "a file")
    assert Counter(each.difficulty for each in chosen) == PAPER
    assert [each.id for each in drawn(problems[::-1], "a file")] == [each.id for each in chosen][::-1]
    with pytest.raises(DataError, match=r"has 59 introductory problems .* draws 60"):
        drawn(problems[41:], "a file")


def problem(identity: str, difficulty: str) -> Problem:
    return Problem(identity, "", Suite(()), Suite(()), difficulty=difficulty)
