"""HumanEval: every visible and hidden test is right, by running the original's programs; suites decide as check."""

import ast
import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from sharpen.benchmarks import humaneval
from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, Program, Suite


@pytest.fixture(scope="module")
def benchmark(shared_data: Path) -> Benchmark:
    return load(f"humaneval@{shared_data / 'humaneval' / 'HumanEval.jsonl.gz'}")


def passes(program: str, suite: Suite) -> bool:
    """Run a program and its tests in a fresh interpreter."""
    tests = [test.code for test in suite.tests if isinstance(test, AssertTest)]
    code = "\n".join([suite.context, program, *tests])
    return (
        subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=False).returncode == 0
    )


def test_all_problems_with_provenance(benchmark: Benchmark):
    assert [problem.id for problem in benchmark.problems] == [f"HumanEval/{n}" for n in range(164)]
    assert benchmark.source.endswith(humaneval.FILE.sha256)
    assert benchmark.problems[0].provenance["sha256"] == humaneval.FILE.sha256


def test_every_visible_and_hidden_test_passes_the_originals_program(benchmark: Benchmark):
    for problem in benchmark.problems:
        suite = problem.hidden
        tests = (*problem.visible.tests, *suite.tests)
        assert passes(problem.solution, Suite(tests, suite.entry_point, suite.context)), problem.id


def test_no_test_passes_without_a_program(benchmark: Benchmark):
    for problem in benchmark.problems[::10]:
        stub = problem.statement + "    return NotImplemented\n"
        assert not passes(stub, problem.hidden), problem.id
        assert not problem.visible.tests or not passes(stub, problem.visible), problem.id


def test_all_but_five_problems_have_visible_tests(benchmark: Benchmark, shared_data: Path):
    """38, 41, 50, 83 have no example, and all of 116's are wrong; LDB made tests up for four of them."""
    without = [problem.id for problem in benchmark.problems if not problem.visible.tests]
    assert without == [f"HumanEval/{number}" for number in (38, 41, 50, 83, 116)]
    with gzip.open(shared_data / "ldb" / "humaneval_tests.jsonl.gz") as file:
        theirs = {row["task_id"]: row["given_tests"] for row in map(json.loads, file)}
    ours = {problem.id: problem.visible.tests for problem in benchmark.problems}
    fewer = [each for each in theirs if len(ours[each]) < len(theirs[each])]
    assert sum(map(len, ours.values())) == 456
    assert fewer == [f"HumanEval/{n}" for n in (38, 41, 47, 50, 83, 116, 140, 151)]


def test_examples_that_are_left_out_are_wrong(benchmark: Benchmark):
    problems = {problem.id: problem for problem in benchmark.problems}
    for task, codes in humaneval._CONTRADICTED.items():
        for code in codes:
            suite = Suite((AssertTest("example", code),), problems[task].visible.entry_point)
            assert not passes(problems[task].solution, suite), code


def test_a_prompt_helper_is_trusted_context(benchmark: Benchmark):
    for number, helper in ((32, "poly"), (38, "encode_cyclic"), (50, "encode_shift")):
        problem = benchmark.problems[number]
        assert f"def {helper}(" in problem.hidden.context
        assert problem.hidden.entry_point not in problem.hidden.context


def test_the_prompt_shows_the_statement_and_nothing_hidden(benchmark: Benchmark):
    for problem in benchmark.problems:
        (message,) = benchmark.prompt(problem)
        assert problem.statement.strip() in message.content
        rest = message.content.replace(problem.statement.strip(), "")
        assert "assert" not in rest
        assert "check" not in rest


CHECKS = {
    "flat": "def check(candidate):\n    assert candidate(1) == 1\n    assert candidate(2) == 2\n",
    "message": "def check(candidate):\n    assert candidate(1) == 1, 'one'\n",
    "loop": "def check(candidate):\n    for i in range(3):\n        assert candidate(i) == i\n    assert candidate(5) == 5\n",
    "helpers": "def check(candidate):\n    from math import floor\n    xs = [1]\n    assert candidate(xs[0]) == 1\n    assert candidate(2) == floor(2)\n",
    "shared variable": "def check(candidate):\n    xs = [1]\n    assert candidate(xs) == [1]\n    assert xs == [1]\n",
    "called outside an assert": "def check(candidate):\n    got = candidate(1)\n    assert got == 1\n",
    "module helper": "def one():\n    return 1\n\ndef check(candidate):\n    assert candidate(1) == one()\n",
    "calls itself": "def check(candidate):\n    assert candidate(1) == 1\n\ncheck(f)\n",
    "by its own name": "def check(candidate):\n    assert f(1) == 1\n",
    "no parameter": "def check():\n    assert f(1) == 1\n\ncheck()\n",
    "no function": "assert f(1) == 1\nassert f(2) == 2\n",
    "called by a function": "def check(candidate):\n    assert candidate(1) == 1\n\ndef test_check():\n    check(f)\n\ntest_check()\n",
    "called by a main": "def check(candidate):\n    assert candidate(1) == 1\n\ndef test_f():\n    check(f)\n\nif __name__ == '__main__':\n    test_f()\n",
    "called by more": "def check(candidate):\n    assert candidate(1) == 1\n\ndef test():\n    check(f)\n    assert f(2) == 2\n\ntest()\n",
}
PROGRAMS = {
    "identity": "def f(x):\n    return x",
    "none": "def f(x):\n    pass",
    "only one": "def f(x):\n    return x if x == 1 else 0",
    "mutates": "def f(x):\n    if isinstance(x, list):\n        y = list(x)\n        x.append(1)\n        return y\n    return x",
    "raises": "def f(x):\n    raise ValueError",
}


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_the_suite_decides_as_the_whole_check(check: str):
    suite = humaneval.hidden_suite(ast.parse(check), "f", "")
    call = (
        ""
        if "\ncheck(f)" in check or "\ntest" in check or "check()" in check or "def check" not in check
        else "\ncheck(f)"
    )
    for name, program in PROGRAMS.items():
        whole = Suite((AssertTest("whole", check + call),), "f")
        assert passes(program, suite) == passes(program, whole), name


def test_a_flat_check_is_a_test_for_each_assert():
    suite = humaneval.hidden_suite(ast.parse(CHECKS["flat"]), "f", "")
    assert [test.code for test in suite.tests if isinstance(test, AssertTest)] == [
        "assert f(1) == 1",
        "assert f(2) == 2",
    ]


def test_an_entry_point_may_be_an_expression():
    suite = humaneval.hidden_suite(ast.parse(CHECKS["helpers"]), "Solution().f", "")
    assert passes("class Solution:\n    def f(self, x):\n        return x\ncandidate = Solution().f\n", suite)
    assert not any("Solution" in test.code for test in suite.tests if isinstance(test, AssertTest))


def test_a_users_file_in_the_same_format(tmp_path: Path):
    row = {
        "task_id": "mine/1",
        "prompt": 'def f(x):\n    """ Double it.\n    >>> f(2)\n    4\n    """\n',
        "entry_point": "f",
        "test": "def check(candidate):\n    assert candidate(3) == 6\n",
        "note": "ignored",
    }
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps(row) + "\n\n", "utf-8")
    benchmark = load(str(path))
    (problem,) = benchmark.problems
    assert benchmark.name == str(path)
    assert problem.solution == ""
    assert [test.id for test in problem.visible.tests] == ["example 1"]
    assert passes("def f(x):\n    return 2 * x", problem.hidden)
    assert not passes("def f(x):\n    return x", problem.visible)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("{", "line 2 is not JSON"),
        ("[1]", "line 2"),
        ('{"task_id": "x", "prompt": "p", "entry_point": "f"}', "line 2: test: it is missing"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, sentence: str):
    good = {"task_id": "a", "prompt": "def f():\n", "entry_point": "f", "test": "assert f() is None"}
    path = tmp_path / "broken.jsonl"
    path.write_text(f"{json.dumps(good)}\n{line}\n", "utf-8")
    with pytest.raises(DataError, match=sentence):
        load(str(path))


@pytest.mark.anyio
async def test_a_test_that_is_not_python_costs_its_own_problem(tmp_path: Path):
    rows = [
        {"task_id": name, "prompt": "def f():\n", "entry_point": "f", "test": test}
        for name, test in (("good", "assert f() is None"), ("broken", "assert ("))
    ]
    path = tmp_path / "one_broken.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    good, broken = load(str(path)).problems
    sandbox = ProcessSandbox(1)
    verdicts = [
        await sandbox.execute(Program("def f(): pass"), problem.hidden, Limits())
        for problem in (good, broken)
    ]
    await sandbox.close()
    assert [verdict.kind for verdict in verdicts] == ["passed", "exception"]
    assert "SyntaxError" in verdicts[1].message


@pytest.mark.anyio
async def test_files_without_task_id_or_entry_point(tmp_path: Path):
    """MultiPL-E's and Reflexion's files have names, LeetCode contest sets make a Solution in their tests."""
    named = {
        "name": "mbpp_2_twice",
        "prompt": "def twice(n):\n",
        "entry_point": "twice",
        "test": "def check(candidate):\n    assert candidate(2) == 4\n\ndef test_check():\n    check(twice)\n\ntest_check()\n",
    }
    contest = {
        "task_id": "twice-it",
        "prompt": "class Solution:\n    def twice(self, n: int) -> int:\n",
        "test": "\nmy_solution = Solution()\n\ntest_input = {'n': 2}\nassert my_solution.twice(**test_input) == 4\n",
    }
    path = tmp_path / "both.jsonl"
    path.write_text(json.dumps(named) + "\n" + json.dumps(contest) + "\n")
    benchmark = humaneval.load_file(path, name="both")
    answers = {
        "mbpp_2_twice": "def twice(n):\n    return {}",
        "twice-it": "class Solution:\n    def twice(self, n):\n        return {}",
    }
    sandbox = ProcessSandbox(1)
    for problem in benchmark.problems:
        for value, passes in (("2 * n", True), ("n", False)):
            program = benchmark.extract(problem, f"```python\n{answers[problem.id].format(value)}\n```")
            assert (await sandbox.execute(program, problem.hidden, Limits())).passed is passes
    await sandbox.close()


def test_numbers_for_ids_nulls_and_lists_of_tests_are_read(tmp_path: Path):
    row = {"task_id": 7, "prompt": "def f(x):\n", "entry_point": "f", "canonical_solution": None}
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row | {"test": ["assert f(1) == 2", "assert f(2) == 4"]}) + "\n")
    (problem,) = humaneval.load_file(path, name="rows").problems
    assert (problem.id, problem.solution) == ("7", "")
    assert passes("def f(x):\n    return 2 * x", problem.hidden)
    assert not passes("def f(x):\n    return x + 1", problem.hidden)


def test_a_record_that_names_nothing_to_call_is_refused(tmp_path: Path):
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps({"task_id": "a/1", "prompt": "def f():\n", "test": "assert f()"}) + "\n")
    with pytest.raises(DataError, match="it has no entry_point"):
        humaneval.load_file(path, name="bad")
