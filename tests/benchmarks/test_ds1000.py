"""DS-1000: answers put into their contexts, records of the original's format written here."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.registry import load
from sharpen.errors import UsageError
from sharpen.evaluate.samples import SampledProgram, read_samples
from sharpen.evaluate.validate import broken
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Verdict

pytestmark = pytest.mark.anyio

CONTEXT = '''
import numpy as np
import copy
import tokenize, io


def generate_test_case(test_case_id):
    def define_test_input(test_case_id):
        if test_case_id == 1:
            return np.array([[1, 2], [3, 4]])
        if test_case_id == 2:
            return np.zeros((3, 1))

    def generate_ans(data):
        return data.sum(axis=0)

    test_input = define_test_input(test_case_id)
    return test_input, generate_ans(copy.deepcopy(test_input))


def exec_test(result, ans):
    np.testing.assert_array_equal(result, ans)
    return 1


exec_context = r"""
import numpy as np
a = test_input
def solve(a):
[insert]
result = solve(a)
"""


def test_execution(solution: str):
    code = exec_context.replace("[insert]", solution)
    for i in range(2):
        test_input, expected_result = generate_test_case(i + 1)
        test_env = {"test_input": test_input}
        exec(code, test_env)
        assert exec_test(test_env["result"], expected_result)
'''
NO_LOOPS = """

def test_string(solution: str):
    tokens = [t.string for t in tokenize.tokenize(io.BytesIO(solution.encode("utf-8")).readline)]
    assert "for" not in tokens
"""
PROMPT = "Problem:\nAdd up the columns.\nA:\n<code>\nimport numpy as np\ndef solve(a):\n### BEGIN SOLUTION\n"


def row(number: int, **changes: object) -> dict[str, object]:
    metadata = {"problem_id": number, "library_problem_id": 0, "library": "Numpy", "test_case_cnt": 2}
    metadata |= {"perturbation_type": "Origin", "perturbation_origin_id": 0}
    return {
        "prompt": PROMPT,
        "reference_code": "    return a.sum(axis=0)",
        "metadata": metadata,
        "code_context": CONTEXT,
        **changes,
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    other = {"problem_id": 9, "library": "Sklearn", "perturbation_type": "Surface"}
    rows = [row(7), row(8, code_context=CONTEXT + NO_LOOPS), row(9, metadata=other)]
    path = tmp_path / "test.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


async def judge(benchmark: Benchmark, number: int, *answers: str) -> list[Verdict]:
    sandbox = ProcessSandbox(1)
    problem = benchmark.problems[number]
    try:
        programs = [benchmark.extract(problem, answer) for answer in answers]
        return [await sandbox.execute(each, problem.hidden, Limits(**benchmark.limits)) for each in programs]
    finally:
        await sandbox.close()


async def test_answers_run_in_their_context(file: Path):
    right, wrong, broken_off, raising = await judge(
        load(f"ds1000@{file}"),
        0,
        "    return a.sum(axis=0)",
        "    return a.sum(axis=1)",
        "    return a.sum(",
        "    return b",
    )
    assert right.passed
    assert right.trust == "in_process"
    assert not wrong.passed
    assert "Arrays are not equal" in wrong.message
    assert (broken_off.kind, raising.kind) == ("exception", "exception")
    assert "name 'b' is not defined" in raising.message


CHEATS = {
    "the check": "context['exec_test'] = lambda *_: 1",
    "the check's code": "context['exec_test'].__code__ = (lambda result, ans: 1).__code__",
    "the inputs and what is expected": "context['generate_test_case'] = lambda number: (a, 7)",
    "a builtin that the check uses": "context['__builtins__']['all'] = lambda *_: True",
    "a builtin of the context": "context['all'] = lambda *_: True",
}


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS.keys())
async def test_an_answer_that_replaces_what_the_context_defines_fails(tmp_path: Path, cheat: str):
    """An answer that returned 7 passed by each of these lines."""
    context = CONTEXT.replace(
        "np.testing.assert_array_equal(result, ans)", "assert all([np.array_equal(result, ans)])"
    )
    (tmp_path / "test.jsonl").write_text(json.dumps(row(0, code_context=context)))
    reach = (
        "    import sys\n    frame = sys._getframe()\n"
        "    while 'exec_test' not in frame.f_globals: frame = frame.f_back\n"
        f"    context = frame.f_globals\n    {cheat}\n"
    )
    benchmark = load(f"ds1000@{tmp_path / 'test.jsonl'}")
    wrong, right = await judge(benchmark, 0, f"{reach}    return 7", f"{reach}    return a.sum(axis=0)")
    assert (wrong.kind, right.kind) == ("wrong_answer", "passed")


async def test_a_context_may_look_at_how_an_answer_is_written(file: Path):
    vector, loop = "    return a.sum(axis=0)", "    return np.array([c.sum() for c in a.T])"
    (free,) = await judge(load(f"ds1000@{file}"), 0, loop)
    passed, failed = await judge(load(f"ds1000@{file}"), 1, vector, loop)
    assert (free.passed, passed.passed, failed.kind) == (True, True, "wrong_answer")


@pytest.mark.skipif(find_spec("pandas") is None, reason="needs pandas")
async def test_pandas(tmp_path: Path):
    context = CONTEXT.replace(
        "np.array([[1, 2], [3, 4]])", "__import__('pandas').DataFrame([[1, 2], [3, 4]])"
    )
    (tmp_path / "test.jsonl").write_text(json.dumps(row(0, code_context=context)))
    (verdict,) = await judge(load(f"ds1000@{tmp_path / 'test.jsonl'}"), 0, "    return a.sum(axis=0)")
    assert verdict.passed


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("<code>\n    return 1\n</code>\nIt is one.", "\n    return 1\n"),
        ("```python\n    return 1\n```\nIt is one.", "\n    return 1\n"),
        ("    return 1\nEND SOLUTION", "    return 1"),
        ("  \n", ""),
    ],
)
def test_answers_are_cut_as_the_original_cuts_them(file: Path, answer: str, code: str):
    benchmark = load(f"ds1000@{file}")
    assert benchmark.extract(benchmark.problems[0], answer).code == code


def test_asking(file: Path):
    benchmark = load(f"ds1000@{file}")
    system, user = benchmark.prompt(benchmark.problems[0])
    assert "between <code> and </code> tags" in system.content
    assert user.content == PROMPT


def test_libraries_and_figures(file: Path):
    assert [problem.id for problem in load(f"ds1000/sklearn@{file}").problems] == ["DS-1000/9"]
    benchmark = load(f"ds1000@{file}")
    assert benchmark.tally is not None
    tally = benchmark.tally()
    for problem, kind in (("7", "passed"), ("7", "exception"), ("8", "passed"), ("9", "timeout")):
        tally.add(f"DS-1000/{problem}", Verdict(kind))
    assert tally.figures() == {
        "pass@1/Numpy": 0.75,
        "pass@1/Origin": 0.75,
        "pass@1/Sklearn": 0,
        "pass@1/Surface": 0,
    }


def test_the_originals_files_of_answers_are_read(file: Path):
    benchmark = load(f"ds1000@{file}")
    answers = file.with_name("answers.jsonl")
    answers.write_text(
        json.dumps({"id": 7, "code": ["<code>x</code>"], "metadata": {"problem_id": 8}}) + "\n"
    )
    assert list(read_samples(answers, benchmark.problems)) == [
        SampledProgram(1, "DS-1000/8", "<code>x</code>", "answer")
    ]


def test_a_piece_of_code_has_no_broken_copies():
    assert list(broken("    return a.sum(axis=0)")) == []


def test_it_needs_a_file():
    with pytest.raises(UsageError, match="ds1000 needs a file"):
        load("ds1000")
