"""Tests that get the program as text, and suites of which every test is run."""

import pytest

from sharpen.types import CallTest, Outcome, SourceTest, StdioTest
from tests.sandbox.conftest import calls

RUN = """
def run(source, tests):
    module = {"__name__": "program"}
    exec(compile(source, "<program>", "exec"), module)
    exec(compile(tests, "<test>", "exec"), module)
"""
ADD = "def f(a, b):\n    return a + b\n"


def source(tests: str, name: str = "s") -> SourceTest:
    return SourceTest(name, "run(solution, tests)", tests)


def test_a_program_is_handed_over_as_text(judge):
    verdict = judge("a, b = 1, 2", source("assert a + b == 3"), entry="", context=RUN)
    assert verdict.passed
    assert verdict.trust == "in_process"


def test_nothing_of_the_program_runs_before_its_test(judge):
    assert judge("1/0", SourceTest("s", "assert solution == '1/0'")).passed
    assert judge("return no module", SourceTest("s", "assert 'return' in solution")).passed


def test_a_failure_is_explained_by_the_line_of_the_tests(judge):
    verdict = judge(ADD, source("x = f(1, 2)\n\nassert x == 4"), context=RUN)
    assert verdict.kind == "wrong_answer"
    assert verdict.message == "assert x == 4 failed: x was 3, expected 4, where x = 3"


@pytest.mark.parametrize(
    ("program", "kind", "message"),
    [
        ("def f(a, b):\n    return a.b\n", "exception", "AttributeError"),
        ("def f(a, b:\n", "syntax", "'(' was never closed"),
        ("raise SystemExit", "exception", "exited before its tests ended"),
        ("import os\nos._exit(0)", "exception", "exited with status 0 before its tests ended"),
        ("while True: pass", "timeout", "while running: s"),
        ("x = 'a' * 10**11", "memory", "MemoryError"),
    ],
)
def test_how_a_program_fails_in_it(judge, program, kind, message):
    verdict = judge(program, source("assert f(1, 2) == 3"), context=RUN, cpu_seconds=1.0)
    assert verdict.kind == kind
    assert message in verdict.message


def test_figures_are_kept_whether_it_passes_or_not(judge):
    right = SourceTest("right", "measured['lines'] = 3")
    wrong = SourceTest("wrong", "measured['ran'], measured['share'] = 2, 0.5\nassert False")
    verdict = judge(ADD, right, wrong)
    assert verdict.outcomes == (
        Outcome("right", "passed", {"lines": 3}),
        Outcome("wrong", "wrong_answer", {"ran": 2, "share": 0.5}),
    )


@pytest.mark.parametrize("figure", ["10**5000", "-(10**309)", "float('inf')", "float('nan')", "True", "1j"])
def test_figures_that_no_journal_can_keep_are_refused(figure, judge):
    assert judge(ADD, SourceTest("s", f"measured['x'] = {figure}")).kind == "forbidden"


def test_what_is_no_figure_is_refused(judge):
    assert judge(ADD, SourceTest("s", "measured['x'] = 'many'")).kind == "forbidden"
    assert judge(ADD, SourceTest("s", "measured[1] = 2")).kind == "forbidden"


def test_each_has_a_process_of_its_own(judge):
    first = SourceTest("first", "import math\nmath.pi = 3")
    assert judge(ADD, first, SourceTest("second", "import math\nassert math.pi != 3")).passed


def test_a_program_cannot_pass_by_ending_early(judge):
    for way in ("import sys\nsys.exit(0)", "import os\nos._exit(0)", "import os\nos.close(3)"):
        assert not judge(way, source("assert f(1, 2) == 4"), context=RUN).passed


class TestEvery:
    def test_all_outcomes_are_there_and_the_first_failure_is_told(self, judge):
        verdict = judge(ADD, *calls(((1, 2), 4), ((1, 2), 3), ((1, 2), 5)), every=True)
        assert [outcome.kind for outcome in verdict.outcomes] == ["wrong_answer", "passed", "wrong_answer"]
        assert (verdict.kind, verdict.message) == ("wrong_answer", "f(1, 2) returned 3, expected 4")

    def test_a_test_that_hangs_takes_no_time_from_the_others(self, judge):
        program = "def f(n):\n    while n: pass\n    return n\n"
        verdict = judge(
            program, *calls(((1,), 0), ((0,), 0), ((1,), 0), ((0,), 0)), every=True, cpu_seconds=0.3
        )
        assert [outcome.kind for outcome in verdict.outcomes] == ["timeout", "passed"] * 2

    def test_forms_may_be_mixed(self, judge):
        program = "def f(n):\n    return n\n\nif __name__ == '__main__':\n    print(f(input()))\n"
        tests = [
            CallTest("c", (1,), 2),
            StdioTest("s", "7\n", "7\n"),
            SourceTest("t", "assert 'f' in solution"),
        ]
        verdict = judge(program, *tests, every=True)
        assert [outcome.kind for outcome in verdict.outcomes] == ["wrong_answer", "passed", "passed"]

    def test_a_program_that_does_not_load_fails_every_test(self, judge):
        verdict = judge("import nothing_of_the_kind", *calls(((1,), 1), ((2,), 2)), every=True)
        assert [(outcome.test, outcome.kind) for outcome in verdict.outcomes] == [
            ("c1", "exception"),
            ("c2", "exception"),
        ]


CHEATS = {
    "tests that check nothing": "import unittest\nfor name in dir(unittest.TestCase):\n"
    "    if name.startswith('assert'): setattr(unittest.TestCase, name, lambda *a, **k: None)\n"
    "def f(a, b): return 7\n",
    "the text of its tests": "import sys\nframe = sys._getframe()\nwhile frame and 'tests' not in frame.f_locals:\n"
    "    frame = frame.f_back\nWANTED = 3 if '== 3' in frame.f_locals['tests'] else 0\ndef f(a, b): return WANTED\n",
    "a replaced check": "import sys\nsys._getframe(1).f_globals['right'] = lambda *a: True\ndef f(a, b): return 7\n",
    "a class that equals everything": "class A:\n    def __eq__(self, other): return True\ndef f(a, b): return A()\n",
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_who_may_have_been_fooled_says_so(judge, cheat):
    context = RUN + "import unittest\ndef right(a, b): return a == b\n"
    tests = (
        "import unittest\nunittest.TestCase().assertEqual(f(1, 2), 3)"
        if "nothing" in cheat
        else "assert f(1, 2) == 3"
    )
    assert judge(CHEATS[cheat], source(tests), context=context).trust == "in_process"


def test_leaving_is_no_pass_beside_a_test_either(judge):
    for leaving in ("import os\nos._exit(0)\n", "import sys\nsys.exit(0)\n"):
        assert not judge(leaving + ADD, source("assert f(1, 2) == 3"), context=RUN).passed
