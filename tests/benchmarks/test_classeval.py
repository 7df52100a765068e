"""ClassEval: the original's three strategies, its rules for taking code out of answers, and its four figures."""

import ast
import gzip
import json
from pathlib import Path

import pytest

from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.classeval import ClassTally
from sharpen.benchmarks.classeval_answers import class_in, method_in, signature
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Outcome, Program, SourceTest, Verdict

pytestmark = pytest.mark.anyio

CHEATS = (
    "unittest.TestSuite.run = lambda self, result, debug=False: setattr(result, 'testsRun', 3)",
    "unittest.TestSuite.run.__code__ = (lambda self, result, debug=False: setattr(result, 'testsRun', 3)).__code__",
    "unittest.TestCase.run = lambda self, result=None: setattr(result, 'testsRun', 3)",
    "unittest.TestResult.addError = unittest.TestResult.addFailure = lambda *a: None",
    "unittest.suite.BaseTestSuite.__iter__ = lambda self: iter(())",
    "unittest.defaultTestLoader.suiteClass = lambda tests: unittest.TestSuite()",
    "unittest.TestLoader.suiteClass = lambda tests: unittest.TestSuite()",
    "unittest.case._Outcome.__init__ = lambda self, *a: 1 / 0",
    "class Nothing:\n    def __getattr__(self, name): return type('TestCase', (), {})\nsys.modules['unittest'] = Nothing()",
)
"""Lines by which the genuine tests would find nothing wrong."""

SKELETON = '''import math

class Circle:
    """
    This is a circle.
    """

    def __init__(self, r):
        self.r = r

    def area(self):
        """
        Return the area.
        """

    def grow(self, by):
        """
        Make it larger.
        """
'''
SOLUTION = """import math

class Circle:
    def __init__(self, r):
        self.r = r

    def area(self):
        return math.pi * self.r ** 2

    def grow(self, by):
        self.r += by
"""
TESTS = """import unittest

class CircleTestArea(unittest.TestCase):
    def test_area_1(self):
        self.assertAlmostEqual(Circle(1).area(), 3.14159, places=4)

    def test_area_2(self):
        self.assertEqual(Circle(0).area(), 0)

class CircleTestGrow(unittest.TestCase):
    def setUp(self):
        self.circle = Circle(1)
        open("left.txt", "x").close()

    def test_grow_1(self):
        self.circle.grow(2)
        self.assertEqual(self.circle.r, 3)

class CircleTest(unittest.TestCase):
    def test_circle(self):
        circle = Circle(1)
        circle.grow(-1)
        open("left.txt", "x").close()
        self.assertEqual(circle.area(), 0)
"""


def row(**changes: object) -> dict[str, object]:
    methods = [
        {
            "method_name": "area",
            "method_description": 'def area(self):\n        """\n        Return the area.\n        """',
        },
        {
            "method_name": "grow",
            "method_description": 'def grow(self, by):\n        """\n        Make it larger.\n        """',
        },
    ]
    return {
        "task_id": "ClassEval_0",
        "skeleton": SKELETON,
        "test": TESTS,
        "solution_code": SOLUTION,
        "import_statement": ["import math"],
        "class_description": '    """\n    This is a circle.\n    """\n',
        "class_name": "Circle",
        "test_classes": ["CircleTestArea", "CircleTestGrow", "CircleTest"],
        "class_constructor": "class Circle: \n    def __init__(self, r):\n        self.r = r\n",
        "methods_info": methods,
        **changes,
    }


def read(tmp_path: Path, *rows: dict[str, object], word: str = "classeval") -> Benchmark:
    path = tmp_path / "ClassEval_data.json"
    path.write_text(json.dumps(list(rows)))
    return load(f"{word}@{path}")


async def judge(benchmark: Benchmark, code: str) -> Verdict:
    sandbox = ProcessSandbox(1)
    try:
        return await sandbox.execute(Program(code), benchmark.problems[0].hidden, Limits(**benchmark.limits))
    finally:
        await sandbox.close()


class TestScoring:
    async def test_the_originals_program_passes_every_class_of_tests(self, tmp_path: Path):
        benchmark = read(tmp_path, row())
        verdict = await judge(benchmark, benchmark.problems[0].solution)
        assert verdict.passed
        assert verdict.trust == "in_process"
        assert verdict.outcomes[0] == Outcome(
            "CircleTestArea", "passed", {"ran": 2, "errors": 0, "failures": 0}
        )
        assert [outcome.test for outcome in verdict.outcomes] == row()["test_classes"]

    async def test_one_wrong_method_leaves_the_others_their_outcome(self, tmp_path: Path):
        benchmark = read(tmp_path, row())
        verdict = await judge(benchmark, SOLUTION.replace("math.pi * self.r ** 2", "self.r"))
        assert [outcome.kind for outcome in verdict.outcomes] == ["wrong_answer", "passed", "passed"]
        assert verdict.outcomes[0].measured == {"ran": 2, "errors": 0, "failures": 1}
        assert verdict.message == (
            "self.assertAlmostEqual(Circle(1).area(), 3.14159, places=4) failed: "
            "1 != 3.14159 within 4 places (2.14159 difference)"
        )
        tally = benchmark.tally()
        tally.add("ClassEval_0", verdict)
        assert tally.figures() == {
            "class_success": 0,
            "class_partial_success": 1,
            "fun_success": 2 / 3,
            "fun_partial_success": 1,
        }

    @pytest.mark.parametrize("leaving", ["unittest.SkipTest('no')", "unittest.case._ShouldStop"])
    async def test_a_program_cannot_have_its_tests_skipped(self, tmp_path: Path, leaving: str):
        benchmark = read(tmp_path, row())
        code = "import unittest.case\n" + SOLUTION.replace("return math.pi", f"raise {leaving}  # ")
        verdict = await judge(benchmark, code)
        assert [outcome.kind for outcome in verdict.outcomes] == ["exception", "passed", "exception"]
        assert verdict.outcomes[0].measured == {"ran": 2, "errors": 2, "failures": 0}

    @pytest.mark.parametrize("cheat", CHEATS)
    async def test_a_program_cannot_replace_parts_of_unittest(self, tmp_path: Path, cheat: str):
        verdict = await judge(read(tmp_path, row()), f"import sys, unittest\n{cheat}\nclass Circle: pass\n")
        assert len(verdict.outcomes) == 3
        assert all(outcome.kind != "passed" for outcome in verdict.outcomes)

    async def test_a_program_that_hangs_in_one_method_fails_only_its_tests(self, tmp_path: Path):
        benchmark = read(tmp_path, row())
        code = SOLUTION.replace("return math.pi", "while self.r == 1: pass\n        return math.pi")
        sandbox = ProcessSandbox(1)
        verdict = await sandbox.execute(Program(code), benchmark.problems[0].hidden, Limits(cpu_seconds=0.5))
        await sandbox.close()
        assert [outcome.kind for outcome in verdict.outcomes] == ["timeout", "passed", "passed"]

    async def test_a_name_that_is_no_class_of_the_tests_fails(self, tmp_path: Path):
        benchmark = read(tmp_path, row(test_classes=["CircleTest", " CircleTest"]))
        verdict = await judge(benchmark, SOLUTION)
        assert [outcome.kind for outcome in verdict.outcomes] == ["passed", "exception"]

    def test_a_sample_without_a_program_counts_for_every_class_of_tests(self):
        tally = ClassTally({"a": ["A", "B"]})
        tally.add("a", Verdict("no_code"))
        tally.add(
            "a", Verdict("passed", (Outcome("A", "passed", {"ran": 1}), Outcome("B", "passed", {"ran": 1})))
        )
        assert tally.figures() == {
            "class_success": 0.5,
            "class_partial_success": 0.5,
            "fun_success": 0.5,
            "fun_partial_success": 0.5,
        }


class TestAsking:
    def test_holistic(self, tmp_path: Path):
        benchmark = read(tmp_path, row())
        (message,) = benchmark.prompt(benchmark.problems[0])
        assert message.content == f"Please complete the class Circle in the following code.\n{SKELETON}"
        assert benchmark.parts is None

    def test_incremental_shows_what_was_written(self, tmp_path: Path):
        benchmark = read(tmp_path, row(), word="classeval/incremental")
        (problem,), parts = benchmark.problems, benchmark.parts
        assert parts is not None
        assert parts.count(problem) == 2
        (first,) = parts.prompt(problem, ())
        assert benchmark.prompt(problem) == (first,)
        assert first.content.startswith(
            "please complete area method in the following class Circle\n\nimport math\n"
        )
        assert "This is a circle." in first.content
        answer = "Sure:\n```python\ndef area(self):\n    return math.pi * self.r ** 2\n```"
        (second,) = parts.prompt(problem, [answer])
        assert "    def area(self):\n        return math.pi * self.r ** 2\n" in second.content
        assert second.content.endswith('Make it larger.\n        """')

    def test_compositional_shows_signatures_alone(self, tmp_path: Path):
        benchmark = read(tmp_path, row(), word="classeval/compositional")
        (problem,), parts = benchmark.problems, benchmark.parts
        assert parts is not None
        (second,) = parts.prompt(problem, ["def area(self):\n    return 1"])
        assert "return 1" not in second.content
        assert "    def area(self):\n        pass\n" in second.content

    @pytest.mark.parametrize("word", ["classeval/incremental", "classeval/compositional"])
    async def test_methods_are_joined_to_a_class_that_passes(self, tmp_path: Path, word: str):
        benchmark = read(tmp_path, row(), word=word)
        assert benchmark.parts is not None
        answers = [
            "```python\nclass Circle:\n    def area(self):\n        return math.pi * self.r ** 2\n```",
            "def grow(self, by):\n    self.r += by\n\nThis makes it larger.",
        ]
        program = benchmark.parts.join(benchmark.problems[0], answers)
        assert (await judge(benchmark, program.code)).passed


@pytest.mark.parametrize(
    ("answer", "code", "fenced"),
    [
        (
            "Yes:\n```python\nclass A:\n    pass\n```\nand\n```python\nclass B: pass\n```",
            "\nclass A:\n    pass\n",
            True,
        ),
        ("```\nclass A: pass\n```", "\nclass A: pass\n", True),
        (
            "Please do.\nimport os\n\nclass A:\n    x = 1\n\n    y = 2",
            "import os\nclass A:\n    x = 1\n    y = 2",
            False,
        ),
        ("  class A:\n      x = 1", "class A:\n    x = 1", False),
        ("### Response:\nclass A: pass", "class A: pass", False),
        (
            "class A:\n    def f(a): 1\n    @staticmethod\n    def g(self): 2\n        def h(): 3",
            "class A:\n    @staticmethod\n    def f(a): 1\n    def g(self): 2\n        def h(): 3",
            False,
        ),
        ("", "", False),
    ],
)
def test_a_class_in_an_answer(answer: str, code: str, fenced: bool):
    assert class_in(answer) == (code, fenced)


@pytest.mark.parametrize(
    ("answer", "method"),
    [
        (
            "class A:\n        def f(self):\n            return 2",
            "        def f(self):\n            return 2\n",
        ),
        ("def f(self):\n    return 1\nprint(f)", "    def f(self):\n        return 1\n"),
        ("def f(self):\n        return 1", "    def f(self):\n        return 1\n"),
        ("No:\ndef f(self): 1\n```python\ndef f(self): 2\n```", "    def f(self): 2\n"),
        ("### Response:\ndef f(cls):\n    return 1", "    def f(cls):\n        return 1\n"),
        ("def f(a):\n    return 1", "    @staticmethod\n    def f(a):\n        return 1\n"),
        (
            'def f(self):\n    """\n    Cut off',
            '    def f(self):\n        """\n        Cut off\n        """\n        pass\n',
        ),
        ("nothing here", ""),
    ],
)
def test_a_method_in_an_answer(answer: str, method: str):
    assert method_in(answer, "f") == method


def test_a_signature_is_that_of_its_description():
    assert signature('def f(self, a):\n    """About f."""', "f") == "    def f(self, a):"
    assert signature("def g(self):\n    pass", "f") == ""


def test_a_file_that_is_none_is_named(tmp_path: Path):
    with pytest.raises(DataError, match="element 1: test: it is missing"):
        read(tmp_path, {key: value for key, value in row().items() if key != "test"})


def test_the_data_set(shared_data: Path):
    benchmark = load(f"classeval/incremental@{shared_data / 'classeval' / 'ClassEval_data.json.gz'}")
    assert len(benchmark.problems) == 100
    assert sum(len(problem.hidden.tests) for problem in benchmark.problems) == 502
    assert benchmark.parts is not None
    assert sum(map(benchmark.parts.count, benchmark.problems)) == 410
    assert all(
        isinstance(test, SourceTest) for problem in benchmark.problems for test in problem.hidden.tests
    )


def tree(code: str) -> str:
    """The program without looks; empty where it is not Python."""
    try:
        return ast.unparse(ast.parse(code))
    except SyntaxError:
        return ""


def test_recorded_answers_are_joined_as_the_original_joined_them(shared_data: Path):
    """Upstream recorded the answers of GPT-3.5 method by method, and what it made of them.

    The program of ClassEval_17 ends in a docstring that earlier rules left open.
    """
    path = shared_data / "classeval_outputs" / "GPT-3.5-Turbo_method_I_greedy.json.gz"
    benchmark = load(f"classeval/incremental@{shared_data / 'classeval' / 'ClassEval_data.json.gz'}")
    recorded = {row["task_id"]: row for row in json.loads(gzip.decompress(path.read_bytes()))}
    assert benchmark.parts is not None
    different = []
    for problem in benchmark.problems:
        (answers,), (joined,) = recorded[problem.id]["raw_output"], recorded[problem.id]["predict"]
        theirs = tree(benchmark.extract(problem, joined).code)
        if tree(benchmark.parts.join(problem, answers).code) != theirs:
            different.append((problem.id, theirs))
    assert different == [("ClassEval_17", "")]
