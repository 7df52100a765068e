"""Tests that a model wrote: those that mean nothing are found out, whatever their form; honest ones pass."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.selfcodealign.validate.dead_code import dead_lines
from sharpen.selfcodealign.validate.gates import GATES, Finding, Gate, Rules, ValidationRules, examine

RIGHT = "def f(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x * x\n"
WRONG = "def f(x):\n    return x + 1\n"

VACUOUS = {
    "leaves before": "import sys\nsys.exit(0)\nassert f(3) == 9",
    "leaves at once": "import os\nos._exit(0)\nassert f(3) == 9",
    "helper not called": "def check():\n    assert f(3) == 9",
    "pytest not called": "def test_f():\n    assert f(3) == 9\n\ndef test_g():\n    assert f(4) == 16",
    "tuple": "assert (f(3) == 9, 'nine')",
    "swallowed": "try:\n    assert f(3) == 9\nexcept AssertionError:\n    print('wrong')",
    "result thrown away": (
        "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n"
        "        self.assertEqual(f(3), 9)\nunittest.main(exit=False)"
    ),
    "wrongly named": (
        "import unittest\nclass T(unittest.TestCase):\n    def check_f(self):\n"
        "        self.assertEqual(f(3), 9)\nif __name__ == '__main__':\n    unittest.main()"
    ),
    "in a thread": (
        "import threading\ndef check():\n    assert f(3) == 9\n"
        "t = threading.Thread(target=check)\nt.start()\nt.join()"
    ),
    "behind a guard that is not met": "if __name__ == 'tests':\n    assert f(3) == 9",
    "expected exception or not": (
        "try:\n    f(-1)\n    assert False, 'it must raise'\nexcept Exception:\n    pass"
    ),
    "nothing": "f(3)",
}

HONEST = {
    "plain": "assert f(3) == 9\nassert f(0) == 0",
    "loop": "for x, y in [(3, 9), (4, 16)]:\n    assert f(x) == y, x",
    "helper called": "def check(x, y):\n    assert f(x) == y\n\ncheck(3, 9)\ncheck(4, 16)",
    "pytest style, called": "def test_f():\n    assert f(3) == 9\n\ndef main():\n    test_f()\n\nmain()",
    "unittest": (
        "import unittest\nclass T(unittest.TestCase):\n    def test_f(self):\n"
        "        self.assertEqual(f(3), 9)\n        with self.assertRaises(ValueError):\n            f(-1)\n"
        "if __name__ == '__main__':\n    unittest.main()"
    ),
    "input in a name": (
        "import unittest\ninput_values = [3]\nclass T(unittest.TestCase):\n    def test_f(self):\n"
        "        self.assertEqual([f(x) for x in input_values], [9])\n"
        "if __name__ == '__main__':\n    unittest.main()"
    ),
    "with raises": "import pytest\nwith pytest.raises(ValueError):\n    f(-1)\nassert f(3) == 9",
    "must not be reached": (
        "assert f(3) == 9\ntry:\n    f(-1)\n    assert False, 'it must raise'\nexcept ValueError as error:\n"
        "    assert str(error) == 'negative'"
    ),
    "must not be reached, else": (
        "assert f(3) == 9\ntry:\n    f(-1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError"
    ),
    "no assert statement": "if f(3) != 9:\n    raise AssertionError('nine')",
    "said and raised again": (
        "try:\n    assert f(3) == 9\nexcept AssertionError:\n    print('wrong')\n    raise"
    ),
    "said and left": ("import sys\ntry:\n    assert f(3) == 9\nexcept AssertionError:\n    sys.exit(1)"),
    "ends by status 0": "import sys\nassert f(3) == 9\nsys.exit(0)",
    "reads itself": "from solution import f as g\nassert g(3) == 9",
}

Examine = Callable[..., Finding]


@pytest.fixture(scope="module")
def bench() -> Iterator[ValidationRules]:
    places = ProcessSandbox(1), ProcessSandbox(1, hash_seed=1)
    yield ValidationRules(*places, places[0], Limits(), Rules())
    for place in places:
        asyncio.run(place.close())


@pytest.fixture
def found(bench: ValidationRules) -> Examine:
    """Put a response through some gates."""

    def run(code: str, tests: str, *gates: Gate, **rules: float) -> Finding:
        chosen = Rules(without=frozenset(GATES) - set(gates), **rules)
        return asyncio.run(examine(code, tests, replace(bench, rules=chosen)))

    return run


@pytest.mark.parametrize("form", VACUOUS)
@pytest.mark.parametrize("code", [RIGHT, WRONG], ids=["right", "wrong"])
def test_tests_that_mean_nothing_are_rejected_with_any_program(found: Examine, form: str, code: str) -> None:
    assert found(code, VACUOUS[form], "liveness").reason


@pytest.mark.parametrize("form", HONEST)
def test_honest_tests_pass_a_right_program_and_fail_a_wrong_one(found: Examine, form: str) -> None:
    right = found(RIGHT, HONEST[form], "liveness")
    assert (right.verdict, right.reason) == ("passed", "")
    assert right.gates["checks"] >= 1
    assert found(WRONG, HONEST[form], "liveness").verdict in ("wrong_answer", "exception")


def test_many_checks_are_tried_by_a_sample(found: Examine) -> None:
    many = "\n".join(f"assert f({x}) == {x * x}" for x in range(120))
    assert found(RIGHT, many, "liveness") == Finding("passed", "", {"checks": 120, "trust": "isolated"})
    ignored = "\n".join(f"try:\n    assert f({x}) == {x * x}\nexcept AssertionError: pass" for x in range(60))
    assert found(RIGHT, ignored, "liveness").reason == "assertion not heeded"


@pytest.mark.parametrize("leave", ["sys.exit(0)", "exit()", "raise SystemExit", "os._exit(0)"])
def test_a_program_that_leaves_in_the_middle_has_not_passed(found: Examine, leave: str) -> None:
    assert found(f"import os, sys\ndef f(x):\n    {leave}\n", "assert f(3) == 9").verdict != "passed"


def test_main_blocks_of_the_response_are_left_out(found: Examine) -> None:
    code = f"{RIGHT}\nif __name__ == '__main__':\n    print(f(int(input())))\n"
    assert found(code, "assert f(3) == 9", "liveness").reason == ""


def test_mutants_of_code_that_tests_cannot_reach_do_not_count(found: Examine) -> None:
    main = "\n".join(f"    print({n} + {n} * {n})" for n in range(9))
    code = f"{RIGHT}\ndef main():\n{main}\n\nif __name__ == '__main__':\n    main()\n"
    alone, with_main = (found(text, "assert f(3) == 9", "mutation").gates for text in (RIGHT, code))
    assert with_main == alone


@pytest.mark.parametrize(
    ("tests", "dead"),
    [
        ("assert f(1)", {4, 5, 8, 9}),
        ("assert g(1)", {8, 9}),
        ("assert getattr(module, 'g')(1)", {1, 2, 8, 9}),
        ("assert C().f()", {4, 5, 8, 9}),
    ],
)
def test_dead_lines_are_the_main_guard_and_what_only_it_uses(tests: str, dead: set[int]) -> None:
    code = (
        "def f(x):\n    return x\n\ndef g(x):\n    return f(x)\n\nY = 3\n"
        "if __name__ == '__main__':\n    print(g(1))\n"
    )
    if "getattr" in tests:
        code = code.replace("return f(x)", "return 2 * x")
    assert dead_lines(code, tests) == dead


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ("assert isinstance(f(3), object) or f(3) is None", "passes with stubs: none"),
        ("assert f(1) == 1\nassert f(0) == 0", "passes with stubs: echo"),
        ("try:\n    f(3)\nexcept NotImplementedError:\n    pass", "passes with stubs: none"),
        ("assert f(3) == 9", ""),
    ],
)
def test_tests_that_stubs_pass_are_rejected(found: Examine, tests: str, reason: str) -> None:
    assert found(RIGHT, tests, "stubs").reason == reason


def test_weak_tests_notice_few_mutants(found: Examine) -> None:
    code = "def f(x):\n    if x > 10:\n        return 3 * x + 1\n    if x > 5 and x != 7:\n        return 2 * x\n    return x\n"
    weak = found(code, "assert f(1) == 1", "mutation", mutation_score=0.9)
    assert weak.reason == "mutants survive"
    strong = "for x, y in [(1, 1), (5, 5), (6, 12), (7, 7), (8, 16), (10, 20), (11, 34), (12, 37)]:\n    assert f(x) == y"
    found_strong = found(code, strong, "mutation", mutation_score=0.9)
    assert found_strong.reason == ""
    assert found_strong.gates["mutation_score"] > weak.gates["mutation_score"]
    assert found(code, strong, "mutation", mutants=3).gates["mutants"] == 3


def test_a_mutant_that_never_ends_is_noticed_in_no_time(found: Examine) -> None:
    code = (
        "def f(n):\n    total = 0\n    while n > 0:\n        total += n\n        n -= 1\n    return total\n"
    )
    assert (
        found(code, "assert f(3) == 6\nassert f(0) == 0\nassert f(1) == 1", "mutation").gates[
            "mutation_score"
        ]
        > 0.5
    )


def test_lines_that_no_test_runs_are_counted(found: Examine) -> None:
    half = found(RIGHT, "assert f(3) == 9", "coverage", coverage=0.8)
    assert half.reason == "untested lines"
    assert half.gates["coverage"] == pytest.approx(2 / 3, abs=1e-3)
    full = found(RIGHT, HONEST["must not be reached"], "coverage")
    assert (full.reason, full.gates["coverage"]) == ("", 1.0)
    assert "coverage" not in found("x = 1", "assert x == 1", "coverage").gates
    assert found("def g(x): return x + 1", "assert g(1) == 2", "coverage").gates["coverage"] == 1.0


@pytest.mark.parametrize(
    "code",
    [
        "def f(words):\n    return list(set(words))[0]\n",
        "import random\ndef f(words):\n    return random.choice(words)\n",
    ],
)
def test_what_depends_on_hashes_or_luck_is_flaky(found: Examine, code: str) -> None:
    words = [f"w{number}" for number in range(50)]
    first = next(word for word in words if found(code, f"assert f({words}) == {word!r}").verdict == "passed")
    assert found(code, f"assert f({words}) == {first!r}", "flakiness").reason == "flaky"


def test_plain_assertions_are_confirmed_by_the_judge(found: Examine) -> None:
    assert found(RIGHT, "assert f(3) == 9\nassert not f(0)").gates["trust"] == "isolated"
    assert found(RIGHT, "x = 3\nassert f(x) == 9").gates["trust"] == "in_process"
    equal = "class E:\n    def __eq__(self, other):\n        return True\ndef f(x):\n    return E()\n"
    assert found(equal, "assert f(3) == 9").gates["trust"] == "in_process"


def test_what_cannot_be_run_is_said(found: Examine) -> None:
    assert found(RIGHT, "assert f(3) ==").reason == "tests do not parse"
    assert found("def f(:", "assert f(3) == 9").reason == "syntax"


def test_what_never_ends_is_a_timeout(bench: ValidationRules) -> None:
    quick = replace(bench, limits=Limits(cpu_seconds=0.2))
    finding = asyncio.run(examine("def f(x):\n    while True: pass\n", "assert f(3) == 9", quick))
    assert (finding.verdict, finding.reason) == ("timeout", "timeout")


def test_secrets_are_not_run(found: Examine) -> None:
    assert found("KEY = 'AKIAIOSFODNN7EXAMPLE'", "assert KEY", "secrets").reason == "key or token"


def test_all_gates_together(bench: ValidationRules) -> None:
    finding = asyncio.run(
        examine(
            RIGHT, "assert f(3) == 9\ntry:\n    f(-1)\n    assert False\nexcept ValueError:\n    pass", bench
        )
    )
    assert finding.reason == ""
    assert set(finding.gates) == {"checks", "coverage", "mutants", "mutation_score", "trust"}
