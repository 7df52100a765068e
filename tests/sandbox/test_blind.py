"""A program cannot see whether its answers are right: after a wrong one it is asked the rest as well."""

import asyncio
import shutil

import pytest

from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, CallTest, Program, Suite, Verdict
from tests.sandbox.conftest import script

BUSY = 0.4
SPIN = f"""
import time
def spin():
    end = time.process_time() + {BUSY}
    while time.process_time() < end: pass
"""
"""For as long as a program spins it has not been ended."""

ANSWERS = f"{SPIN}\ndef f(x):\n    if x == 3: spin()\n    return 0\n"
"""Wrong for 1, and busy at the last question."""

CHECK = "def check(candidate):\n    assert candidate(1) == 1\n    assert candidate(2) == 0\n    assert candidate(3) == 0\n"
FORMS = {
    "calls": [CallTest("1", (1,), 1), CallTest("2", (2,), 0), CallTest("3", (3,), 0)],
    "assertions": [AssertTest(str(n), f"assert f({n}) == {int(n == 1)}") for n in (1, 2, 3)],
    "assertions in one test": [AssertTest("check", f"{CHECK}check(f)")],
    "a loop": [
        AssertTest("loop", "for n, expected in ((1, 1), (2, 0), (3, 0)):\n    assert f(n) == expected")
    ],
    "a helper": [
        AssertTest(
            "helper", "def same(x, y):\n    assert x == y\nsame(f(1), 1)\nsame(f(2), 0)\nsame(f(3), 0)"
        )
    ],
    "an assertion, then calls": [AssertTest("a", "assert f(1) == 1"), CallTest("3", (3,), 0)],
}


def run(sandbox: ProcessSandbox, suite: Suite, code: str) -> Verdict:
    return asyncio.run(sandbox.execute(Program(code), suite, Limits()))


@pytest.mark.parametrize("form", FORMS)
def test_the_rest_is_asked_after_a_wrong_answer(form, judge):
    verdict = judge(ANSWERS, *FORMS[form])
    assert verdict.kind == "wrong_answer"
    assert verdict.trust == "isolated"
    assert "expected 1" in verdict.message
    assert len(verdict.outcomes) == 1
    assert verdict.cpu_seconds > BUSY


@pytest.mark.parametrize("form", FORMS)
def test_the_rest_is_asked_too_where_the_questions_are_known(form, sandbox):
    suite = Suite(tuple(FORMS[form]), "f")  # the same object, of which the judge remembers what it asks
    assert run(sandbox, suite, "def f(x):\n    return int(x == 1)").passed
    verdict = run(sandbox, suite, ANSWERS)
    assert verdict.kind == "wrong_answer"
    assert verdict.cpu_seconds > BUSY


def test_nothing_runs_beside_the_program_after_a_failure(sandbox):
    beside = "assert f(3) == 0 and f is f"
    suite = Suite((AssertTest("1", "assert f(1) == 1"), AssertTest("3", beside)), "f", alone=True)
    assert run(sandbox, suite, "def f(x):\n    return int(x == 1)").trust == "in_process"
    verdict = run(sandbox, suite, ANSWERS)
    assert (verdict.kind, verdict.trust, len(verdict.outcomes)) == ("wrong_answer", "isolated", 1)


def test_the_rest_of_a_scripts_inputs_is_run(judge):
    code = f"{SPIN}\nx = input()\nif x == '3': spin()\nprint(0)\n"
    verdict = judge(code, script("1", "1"), script("2", "0"), script("3", "0"))
    assert verdict.kind == "wrong_answer"
    assert len(verdict.outcomes) == 1
    assert verdict.cpu_seconds > BUSY


@pytest.mark.skipif(not shutil.which("g++"), reason="no g++: install it to run this")
def test_the_rest_of_the_inputs_is_run_in_another_language(sandbox):
    code = """#include <ctime>
#include <iostream>
int main() { int x; std::cin >> x; while (x == 3 && clock() < CLOCKS_PER_SEC / 2) {} std::cout << 0; }"""
    suite = Suite((script("1", "1"), script("3", "0")), language="cpp")
    verdict = run(sandbox, suite, code)
    assert verdict.kind == "wrong_answer", verdict.message
    assert len(verdict.outcomes) == 1
    assert verdict.cpu_seconds > BUSY


LATER = {
    "it raises": "raise ValueError('later')",
    "it exits": "import os; os._exit(3)",
    "it never ends": "while True: pass",
    "it returns what is no plain data": "return object()",
    "it uses up its memory": "return bytearray(1 << 33)",
}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LATER)
def test_what_it_does_afterwards_changes_no_verdict(name, form, judge):
    code = f"def f(x):\n    if x == 3:\n        {LATER[name]}\n    return 0\n"
    plain = judge("def f(x):\n    return 0\n", *FORMS[form])
    later = judge(code, *FORMS[form], cpu_seconds=0.5)
    assert (later.kind, later.message, later.outcomes) == (plain.kind, plain.message, plain.outcomes)
    assert later.trust == plain.trust


@pytest.mark.parametrize("form", FORMS)
def test_an_answer_forged_afterwards_is_no_pass(form, judge):
    code = "import os\ndef f(x):\n    if x == 3: os.write(3, b'x' * 16)\n    return 0\n"
    assert judge(code, *FORMS[form]).kind in {"wrong_answer", "forbidden"}


def test_it_ends_where_the_program_sees_itself_that_it_failed(judge):
    code = f"{SPIN}\ndef f(x):\n    if x == 3: spin()\n    if x == 2: raise ValueError\n    return 0\n"
    verdict = judge(code, *FORMS["calls"], CallTest("4", (3,), 0))
    assert verdict.kind == "wrong_answer"
    assert verdict.cpu_seconds < BUSY


WAITING = """
import select
def f(x):
    raise RuntimeError(f"waiting: {bool(select.select([3], [], [], 0.3)[0])}")
"""


@pytest.mark.parametrize("answer", [0, 1])
def test_it_does_not_see_whether_one_before_it_passed(answer, sandbox):
    suite = Suite((AssertTest("1", "assert f(1) == 1"), AssertTest("3", "assert f(3) == 1")), "f")
    assert "waiting: False" in run(sandbox, suite, WAITING).message
    assert run(sandbox, suite, f"def f(x):\n    return {answer}").passed == bool(answer)
    assert "waiting: True" in run(sandbox, suite, WAITING).message


@pytest.mark.slow
def test_a_test_that_never_ends_after_a_failure_is_given_up(judge):
    test = "x = f(1)\nassert x == 1\nwhile x != 1:\n    pass"
    verdict = judge("def f(x):\n    return 0", AssertTest("loop", test))
    assert verdict.kind == "wrong_answer"
    assert "f(1)" not in verdict.message
    assert "x = 0" in verdict.message or "x == 1" in verdict.message
