"""Calls and assertions: what a verdict says of honest and broken programs."""

import asyncio

import pytest

from sharpen.errors import SandboxError
from sharpen.sandbox.base import Limits
from sharpen.types import CallTest, Outcome, Program, Suite
from sharpen.values.packed import PackedValue
from tests.sandbox.conftest import asserts, calls, code, script

ADD = "def f(a, b):\n    return a + b\n"


class TestVerdicts:
    def test_passed(self, judge):
        verdict = judge(ADD, *asserts("assert f(1, 2) == 3", "assert f(0, 0) == 0"))
        assert verdict.passed
        assert verdict.outcomes == (Outcome("t1", "passed"), Outcome("t2", "passed"))
        assert verdict.message == ""
        assert verdict.trust == "isolated"
        assert verdict.peak_bytes > 2**20
        assert verdict.wall_seconds > 0

    def test_calls_are_judged_outside(self, judge):
        verdict = judge(ADD, *calls(((1, 2), 3), (("a", "b"), "ab")))
        assert verdict.passed
        assert verdict.trust == "isolated"

    @pytest.mark.parametrize(
        ("code", "kind"),
        [
            ("def f(n):\n    return [i / 7 for i in range(n)]\n", "passed"),
            ("def f(n):\n    return [i / 7 + 1e-8 for i in range(n)]\n", "passed"),
            ("def f(n):\n    return [i / 7 + 1e-3 for i in range(n)]\n", "wrong_answer"),
            ("def f(n):\n    return tuple(i / 7 for i in range(n))\n", "wrong_answer"),
        ],
    )
    def test_a_large_value_may_be_held_against_its_text(self, judge, code, kind):
        expected = PackedValue.of([i / 7 for i in range(1000)])
        assert expected
        verdict = judge(code, CallTest("large", (1000,), expected))
        assert verdict.kind == kind
        assert verdict.passed or "expected [0.0, 0.14285714285714285, " in verdict.message

    def test_the_first_failure_ends_the_run(self, judge):
        verdict = judge(ADD, *calls(((1, 2), 3), ((1, 2), 4), ((1, 2), 3)))
        assert verdict.kind == "wrong_answer"
        assert verdict.outcomes == (Outcome("c1", "passed"), Outcome("c2", "wrong_answer"))
        assert verdict.message == "f(1, 2) returned 3, expected 4"

    def test_calls_and_assertions_may_be_mixed(self, judge):
        tests = [*calls(((1, 2), 3)), *asserts("assert f(1, 1) == 2"), CallTest("last", (2, 2), 5)]
        verdict = judge(ADD, *tests)
        assert [outcome.kind for outcome in verdict.outcomes] == ["passed", "passed", "wrong_answer"]

    @pytest.mark.parametrize(
        ("trusted", "context", "line", "trust"),
        [
            ("all", "two = 2", "assert [f(two, x) for x in [1]] == [3]", "isolated"),
            ("context", "two = 2", "assert [f(2, x) for x in [1]] == [3]", "in_process"),
            ("context", "two = 2", "assert f(2, 1) == 3", "isolated"),
            ("nothing", "two = 2", "assert f(2, 1) == 3", "in_process"),
            ("nothing", "", "assert f(2, 1) == 3", "isolated"),
        ],
    )
    def test_strangers_tests_run_outside_only_when_they_can_do_nothing(
        self, judge, trusted, context, line, trust
    ):
        verdict = judge(ADD, *asserts(line), context=context, trusted=trusted)
        assert (verdict.kind, verdict.trust) == ("passed", trust)

    @pytest.mark.parametrize("trusted", ["all", "context", "nothing"])
    def test_a_test_has_the_rights_of_a_program(self, judge, tmp_path, trusted):
        written = tmp_path / "written"
        line = f"assert open({str(written)!r}, 'w') and f(1, 2) == 3"
        judge(ADD, *calls(((1, 2), 3)), *asserts(line), trusted=trusted)
        assert not written.exists()

    @pytest.mark.parametrize("empty", ["", "  \n\t\n"])
    def test_no_code(self, judge, empty):
        assert judge(empty, *asserts("assert True")).kind == "no_code"

    def test_a_program_without_the_function(self, judge):
        verdict = judge("def g(): pass", *asserts("assert f() == 1"))
        assert verdict.kind == "exception"
        assert "NameError: name 'f' is not defined" in verdict.message

    def test_a_suite_without_tests_is_refused(self, judge):
        with pytest.raises(SandboxError, match="no tests"):
            judge(ADD)

    def test_arguments_that_are_no_plain_data_are_refused(self, judge):
        with pytest.raises(SandboxError, match="plain data"):
            judge(ADD, *calls(((object(), 1), 1)))

    def test_integers_of_any_length_are_carried(self, judge):
        text = "def f(x):\n    return int(str(x)) + 1\n"
        assert judge(text, *calls(((10**5000 - 2,), 10**5000 - 1))).passed
        assert judge(text, *asserts("assert str(f(10**5000 - 1)) == '1' + '0' * 5000")).passed
        verdict = judge(text, *calls(((10**5000,), 0)))
        assert verdict.message == "f(<int of 16610 bits>) returned <int of 16610 bits>, expected 0"

    def test_methods_and_classes_are_found(self, judge):
        solution = "class Solution:\n    def f(self, a):\n        return a + 1\n"
        assert judge(solution, *calls(((1,), 2)), entry="f").passed
        assert judge(solution, *calls(((1,), 2)), entry="Solution.f").passed
        assert judge("def f(a):\n    return a + 1\n", *calls(((1,), 2)), entry="Solution.f").passed

    def test_a_state_kept_between_calls_is_the_programs(self, judge):
        counter = "n = 0\ndef f():\n    global n\n    n += 1\n    return n\n"
        assert judge(counter, *calls(((), 1), ((), 2))).passed

    def test_programs_do_not_see_each_other(self, judge):
        assert judge("import builtins\nbuiltins.leak = 1\ndef f(): return 1", *calls(((), 1))).passed
        verdict = judge("def f(): return leak", *calls(((), 1)))
        assert verdict.kind == "exception"

    def test_packages_can_be_imported(self, judge):
        text = "import numpy as np\ndef f(x):\n    return np.sum(np.array(x))\n"
        assert judge(text, *calls((([1, 2],), 3))).passed

    def test_a_module_of_its_own_for_dataclasses_and_pickles(self, judge):
        text = code("""
            import pickle
            from dataclasses import dataclass
            @dataclass
            class P:
                x: "int"
            def f():
                return pickle.loads(pickle.dumps(P(3))).x
        """)
        assert judge(text, *calls(((), 3))).passed

    def test_main_blocks_run_for_scripts_only(self, judge):
        text = 'def f(): return 1\nif __name__ == "__main__":\n    print("hello")\n    raise SystemExit(1)\n'
        assert judge(text, *calls(((), 1))).passed
        assert judge(text, script("", "hello")).passed

    def test_hashes_do_not_change_from_run_to_run(self, judge):
        text = "def f(): return hash('sharpen')"
        first = judge(text, *calls(((), None))).message
        assert first == judge(text, *calls(((), None))).message


class TestManyCalls:
    """What quick calls return is sent together; no verdict may show it."""

    @pytest.mark.parametrize("last", [0, 1, 70, 299])
    @pytest.mark.parametrize(
        ("ending", "kind"),
        [
            ("os._exit(0)", "exception"),
            ("os.abort()", "exception"),
            ("sum(range(10**15))", "timeout"),
            ("while True: pass", "timeout"),
            ("1 / 0", "exception"),
            ("return 0", "wrong_answer"),
            ("return os", "wrong_answer"),
        ],
    )
    def test_the_call_that_fails_is_named(self, sandbox, last, ending, kind):
        code = f"import os\ndef f(n):\n    if n == {last}:\n        {ending}\n    return n + 1"
        suite = Suite(tuple(calls(*(((n,), n + 1) for n in range(300)))), "f")
        limits = Limits(cpu_seconds=0.3, wall_seconds=60.0)

        async def after_one_that_passes():
            assert (await sandbox.execute(Program("def f(n): return n + 1"), suite, limits)).passed
            return await sandbox.execute(Program(code), suite, limits)

        verdict = asyncio.run(after_one_that_passes())
        assert verdict.kind == kind
        assert [outcome.kind for outcome in verdict.outcomes] == ["passed"] * last + [kind]
        assert f"f({last})" in verdict.message
