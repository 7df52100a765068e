"""What a verdict says of honest and broken programs, and the care that the sandbox takes of the machine."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sharpen.errors import SandboxError
from sharpen.sandbox import launch
from sharpen.sandbox.base import Limits
from sharpen.sandbox.harness import judge_process
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Outcome, Program, StdioTest, Suite
from sharpen.values.packed import PackedValue
from tests.sandbox.conftest import asserts, calls, processes_naming, script, wait_until

ADD = "def f(a, b):\n    return a + b\n"
SLEEP = "import time\ntime.sleep(600)\n"

linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces and Landlock are Linux's")


def code(text: str) -> str:
    return textwrap.dedent(text).strip() + "\n"


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


class TestKnownCalls:
    """What tests asked of a program that passed is sent to the next at once; no verdict may show it."""

    SUITE = Suite(
        (
            *asserts("assert f(1) == 2", "x = f(2)\nassert f(x) == 4", "assert f(4) == 5"),
            CallTest("last", (9,), 10),
        ),
        "f",
    )
    RIGHT = "def f(x):\n    return x + 1\n"

    @pytest.mark.parametrize(
        "program",
        [
            RIGHT,
            "def f(x):\n    return x + (x == 4) + 1",
            "def f(x):\n    return 1 / (9 - x) if x != 1 else 2",
            "def f(x):\n    return 7",
            "n = 0\ndef f(x):\n    global n\n    n += 1\n    return x + 1 if x == 1 else n",
            "def f(x):\n    while x == 4: pass\n    return x + 1",
            "import os\ndef f(x):\n    return os._exit(0) if x == 4 else x + 1",
            "import os\ndef f(x):\n    os.close(3)",
            "def f(x): return [x]",
            "def f(x): return x +",
            "def g(x): pass",
        ],
    )
    def test_a_verdict_is_the_same_with_and_without(self, sandbox, program):
        limits = Limits(cpu_seconds=0.5, wall_seconds=60.0)

        async def judged(suite, *programs):
            return [await sandbox.execute(Program(each), suite, limits) for each in programs]

        fresh = asyncio.run(judged(replace(self.SUITE), program))[0]
        passed, later = asyncio.run(judged(replace(self.SUITE), self.RIGHT, program))
        assert passed.passed
        assert (later.kind, later.outcomes, later.message) == (fresh.kind, fresh.outcomes, fresh.message)

    def test_tests_that_ask_something_else_each_time(self, sandbox):
        test = "import random\nx = random.random()\nassert f(x) == x + 1"
        suite = Suite(tuple(asserts("assert f(1) == 2", test)), "f")

        async def thrice():
            return [await sandbox.execute(Program(self.RIGHT), suite, Limits()) for _ in range(3)]

        assert all(verdict.passed for verdict in asyncio.run(thrice()))

    def test_more_answers_than_a_socket_holds(self, sandbox):
        suite = Suite(tuple(calls(*(((n,), "x" * 10**5) for n in range(50)))), "f")

        async def twice():
            program = Program("def f(n): return 'x' * 10**5")
            return [await sandbox.execute(program, suite, Limits()) for _ in range(2)]

        assert all(verdict.passed for verdict in asyncio.run(twice()))


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


class TestMessages:
    @pytest.mark.parametrize(
        ("body", "test", "message"),
        [
            (
                "return a + b",
                "assert f(1, 2) == 4",
                "assert f(1, 2) == 4 failed: f(1, 2) returned 3, expected 4",
            ),
            (
                "return a + b",
                "assert 4 == f(1, 2)",
                "assert 4 == f(1, 2) failed: f(1, 2) returned 3, expected 4",
            ),
            (
                "return a + b",
                "def check(candidate):\n    assert candidate(1, 2) == 4, 'no'\ncheck(f)",
                "assert f(1, 2) == 4 failed: f(1, 2) returned 3, expected 4",
            ),
            (
                "return a",
                "def check(candidate):\n    for i in range(3):\n        assert candidate(i, 2) == i + i\ncheck(f)",
                "assert f(i, 2) == i + i failed: f(i, 2) returned 1, expected 2, where i = 1",
            ),
            (
                "return a + b",
                "assert abs(f(1, 2) - 4) < 0.5",
                "assert abs(f(1, 2) - 4) < 0.5 failed: f(1, 2) returned 3",
            ),
            ("return None", "assert f(1, 2)", "assert f(1, 2) failed: f(1, 2) returned None"),
            (
                "return 'ab'",
                "assert len(f(1, 2)) == 3",
                "assert len(f(1, 2)) == 3 failed: len(f(1, 2)) was 2, expected 3",
            ),
            (
                "return 1",
                "x = 5\nassert f(x, x) == 2",
                "assert f(x, x) == 2 failed: f(x, x) returned 1, expected 2, where x = 5",
            ),
            ("return 1", "assert False, 'never'", "assert False failed"),
        ],
    )
    def test_a_failed_assertion(self, judge, body, test, message):
        verdict = judge(f"def f(a, b):\n    {body}\n", *asserts(test))
        assert verdict.kind == "wrong_answer"
        assert verdict.message == message

    def test_long_values_are_cut_at_300_and_keep_their_last_character(self, judge):
        verdict = judge("def f():\n    return [7] * 1000\n", *calls(((), 1)))
        shown = verdict.message.removeprefix("f() returned ").removesuffix(", expected 1")
        assert len(shown) == 300
        assert shown.endswith("...]")
        verdict = judge("def f():\n    return [7] * 1000\n", *asserts("assert f() == 'x' * 1000"))
        assert len(verdict.message) < 1000
        assert verdict.message.endswith("...'")

    def test_an_exception(self, judge):
        text = code("""
            import json

            def inner(x):
                return json.loads(x)

            def f(x):
                return inner(x)
        """)
        verdict = judge(text, *asserts("assert f('{') == 1"))
        assert verdict.kind == "exception"
        assert (
            verdict.message
            == code("""
            Traceback (most recent call last):
              line 7, in f
                return inner(x)
              line 4, in inner
                return json.loads(x)
            JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
            while running: assert f('{') == 1
        """).strip()
        )

    def test_an_exception_while_the_program_loads(self, judge):
        verdict = judge("x = 1\nx.y\n", *calls(((), 1)))
        assert verdict.message.splitlines()[1:3] == ["  line 2, in <module>", "    x.y"]
        assert "while running" not in verdict.message

    def test_a_deep_recursion_is_shown_short(self, judge):
        verdict = judge("def f(n):\n    return f(n + 1)\n", *calls(((0,), 1)))
        assert verdict.kind == "exception"
        assert "more calls" in verdict.message
        assert "RecursionError: maximum recursion depth exceeded" in verdict.message
        assert len(verdict.message.splitlines()) < 30

    def test_the_programs_own_assertion_is_an_exception(self, judge):
        verdict = judge("def f(a):\n    assert a > 0, 'positive'\n", *asserts("assert f(-1) == 1"))
        assert verdict.kind == "exception"
        assert "AssertionError: positive" in verdict.message

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("def f(:\n    pass", "SyntaxError at line 1: invalid syntax\n    def f(:"),
            (
                "def f():\npass",
                "IndentationError at line 2: expected an indented block after function definition on line 1\n    pass",
            ),
            (
                "x = 'a\n",
                "SyntaxError at line 1: unterminated string literal (detected at line 1)\n    x = 'a",
            ),
        ],
    )
    def test_a_syntax_error(self, judge, text, expected):
        verdict = judge(text, *asserts("assert f() == 1"))
        assert verdict.kind == "syntax"
        assert verdict.message == expected

    @pytest.mark.parametrize("text", ["x = 1\x00", "(" * 500 + ")" * 500, "-" * 200_000 + "1", "\ud800 = 1"])
    def test_text_that_no_compiler_takes(self, judge, text):
        verdict = judge(text, *asserts("assert f() == 1"))
        assert verdict.kind in {"syntax", "exception"}
        assert verdict.message

    def test_a_script(self, judge):
        verdict = judge("print(int(input()) + 1)", script("1\n", "3\n"), entry="")
        assert verdict.kind == "wrong_answer"
        assert verdict.message == "on the input\n1\nthe program printed\n2\nexpected\n3"

    def test_a_timeout_says_what_was_running(self, judge):
        text = "def f(n):\n    while n:\n        n += 1\n"
        verdict = judge(text, *asserts("assert f(0) is None", "assert f(1) == 1"), cpu_seconds=0.3)
        assert verdict.kind == "timeout"
        assert [outcome.kind for outcome in verdict.outcomes] == ["passed", "timeout"]
        assert verdict.message.startswith(
            "the limit of 0.3 s of processor time was reached while running: assert f(1) == 1\n  line "
        )

    def test_a_repr_that_attacks_cannot_hurt(self, judge):
        text = code("""
            class Odd:
                def __repr__(self): raise SystemError("no")
                def __eq__(self, other): return False
            def f():
                return Odd()
        """)
        verdict = judge(text, *asserts("assert f() == 1"))
        assert verdict.message.startswith("assert f() == 1 failed: f() returned <Odd that cannot be printed>")
        verdict = judge(text, *asserts("assert f() == 1 or Odd is None"))
        assert "f() returned <Odd that cannot be printed>" in verdict.message

    def test_a_repr_that_never_ends_leaves_the_plain_message(self, judge):
        text = code("""
            class Odd:
                def __repr__(self):
                    while True: pass
            def f():
                return Odd()
        """)
        verdict = judge(text, *asserts("assert f() == 1 or Odd is None"))
        assert verdict.kind == "wrong_answer"
        assert verdict.message == "AssertionError"


class TestLimits:
    def test_a_loop_in_python(self, judge):
        verdict = judge("while True: pass", *calls(((), 1)), cpu_seconds=0.3)
        assert verdict.kind == "timeout"
        assert "  line 1, in <module>" in verdict.message

    def test_a_loop_in_c_that_no_alarm_interrupts(self, judge):
        verdict = judge("def f(): return sum(range(10**12))", *calls(((), 1)), cpu_seconds=0.3)
        assert verdict.kind == "timeout"
        assert "f()" in verdict.message

    def test_sleeping_meets_the_clock(self, judge):
        verdict = judge("def f():\n    import time\n    time.sleep(600)\n", *calls(((), 1)), wall_seconds=2)
        assert verdict.kind == "timeout"
        assert verdict.message.startswith("the limit of 2 s on the clock was reached while running: f()")

    def test_ignoring_the_alarms_helps_nothing(self, judge):
        text = code("""
            import signal, time
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.setitimer(signal.ITIMER_PROF, 0)
            for number in (signal.SIGXCPU, signal.SIGPROF, signal.SIGALRM):
                signal.signal(number, signal.SIG_IGN)
            time.sleep(600)
        """)
        assert judge(text, *calls(((), 1)), wall_seconds=0.3).kind == "timeout"

    @pytest.mark.parametrize(
        "text",
        [
            "x = bytearray(10**12)",
            "x = []\nwhile True: x.append(' ' * 10**6)",
            "def f():\n    return [0] * 10**11",
            "def f():\n    return 'x' * 10**11",
        ],
    )
    def test_memory(self, judge, text):
        verdict = judge(text, *calls(((), 1)), memory_bytes=256 * 2**20, cpu_seconds=20)
        assert verdict.kind == "memory"
        assert "MemoryError" in verdict.message

    def test_a_value_that_is_too_large_to_send(self, judge):
        verdict = judge("def f(): return 'x' * 10**6", *calls(((), 1)), output_bytes=10**5)
        assert verdict.kind == "wrong_answer"
        assert "too large" in verdict.message

    def test_a_value_without_end(self, judge):
        assert (
            judge("def f():\n    x = []\n    x.append(x)\n    return x", *calls(((), 1))).kind
            == "wrong_answer"
        )

    def test_printing_more_than_a_pipe_holds(self, judge):
        text = "print('x' * 10**6)\nimport sys\nsys.stderr.write('y' * 10**6)\ndef f(): return 1"
        assert judge(text, *calls(((), 1))).passed
        assert judge("print('x\\n' * 10**5)", script("", "x\n" * 10**5)).passed

    def test_a_flood_of_output_ends(self, judge):
        verdict = judge("while True: print('x' * 1000)", script("", "x"), output_bytes=10**6)
        assert verdict.kind == "exception"
        assert "File too large" in verdict.message

    def test_huge_files_cannot_be_written(self, judge):
        text = "open('big', 'wb').write(b'x' * 10**6)\n"
        verdict = judge(text, *calls(((), 1)), output_bytes=10**5)
        assert "File too large" in verdict.message

    def test_a_stack_overflow(self, judge):
        text = "import sys\nsys.setrecursionlimit(10**8)\nclass A:\n    def __getattr__(self, name): return getattr(self, name + 'x')\ndef f():\n    return A().x"
        verdict = judge(text, *calls(((), 1)))
        assert verdict.kind in {"exception", "memory"}
        assert not verdict.passed

    def test_signals_that_wait_are_few(self, judge):
        text = """
import os, signal
def f():
    signal.pthread_sigmask(signal.SIG_BLOCK, {34})
    for _ in range(2000): os.kill(os.getpid(), 34)
    return len([*iter(lambda: signal.sigtimedwait({34}, 0), None)]) <= 256
"""
        assert judge(text, *calls(((), True))).passed

    def test_a_bomb_of_threads(self, judge):
        text = "import threading, time\ndef f():\n    for _ in range(1000):\n        threading.Thread(target=time.sleep, args=(60,)).start()\n"
        assert judge(text, *calls(((), -1)), processes=20).kind == "exception"


class TestScripts:
    def test_input_by_every_way(self, judge):
        for read in (
            "input()",
            "sys.stdin.readline()",
            "sys.stdin.read()",
            "open(0).read()",
            "os.read(0, 99).decode()",
        ):
            assert judge(f"import os, sys\nprint({read}.strip())", script("42\n", "42\n"), entry="").passed

    def test_each_input_meets_a_fresh_program(self, judge):
        text = "import builtins\nassert not hasattr(builtins, 'seen')\nbuiltins.seen = 1\nprint(input())"
        verdict = judge(text, StdioTest("a", "1", "1"), StdioTest("b", "2", "2"), StdioTest("c", "3", "4"))
        assert [outcome.test for outcome in verdict.outcomes] == ["a", "b", "c"]
        assert verdict.kind == "wrong_answer"
        assert verdict.trust == "isolated"

    def test_many_inputs_end_in_order_however_fast_they_follow(self, judge):
        tests = [StdioTest(str(number), f"{number}", f"{number}") for number in range(80)]
        assert judge("print(input())", *tests).kind == "passed"

    def test_an_input_that_is_too_short(self, judge):
        verdict = judge("input()\ninput()", script("1\n", "1"))
        assert verdict.kind == "exception"
        assert "EOFError" in verdict.message
        assert "while running: the program on the input '1\\n'" in verdict.message

    def test_unicode(self, judge):
        assert judge("print(input()[::-1])", script("žluťoučký 🐎\n", "🐎 ýkčuoťulž\n")).passed

    def test_ways_to_end(self, judge):
        endings = (
            "import sys; sys.exit()",
            "exit()",
            "import os, sys; sys.stdout.flush(); os._exit(0)",
            "raise SystemExit(3)",
        )
        for ending in endings:
            assert judge(f"print(1)\n{ending}", script("", "1")).passed

    def test_dying_after_the_answer_is_no_pass(self, judge):
        assert judge("print(1, flush=True)\n1/0", script("", "1")).kind == "exception"
        assert judge("import os\nprint(1, flush=True)\nos._exit(1)", script("", "1")).kind == "exception"
        assert judge("import os\nprint(1, flush=True)\nos.abort()", script("", "1")).kind == "exception"

    def test_threads_and_exit_hooks_are_waited_for(self, judge):
        text = code("""
            import atexit, threading, time
            def late():
                time.sleep(0.2)
                print(1)
            threading.Thread(target=late).start()
            atexit.register(print, 2)
        """)
        assert judge(text, script("", "1\n2\n")).passed

    @pytest.mark.parametrize(
        "text",
        [
            """
            import atexit, io, sys
            sys.stdout = out = io.StringIO()
            print(1)
            atexit.register(lambda: sys.__stdout__.write(out.getvalue()))
            """,
            "open(1, 'w').write('1')",
            "f = open(1, 'w')\nf.write('1')",
            "f = open(1, 'wb', buffering=100)\nf.write(b'1')",
            "import os\nout = os.fdopen(1, 'w')\nprint(1, file=out)",
            "import os\nwith os.fdopen(os.dup(1), 'w') as out: out.write('1')",
            "import io, sys\nout = io.TextIOWrapper(sys.stdout.buffer)\nout.write('1')",
            "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.detach(), 'utf-8')\nprint(1)",
            "import io, sys\nout = io.BufferedWriter(io.FileIO(1, 'w'))\nout.write(b'1')",
            "import io, sys\nsys.stdout = io.BytesIO()\nsys.__stdout__.write('1')",
            """
            import sys
            class Both:
                def __init__(self, out): self.out = out
                def write(self, text): self.out.write(text)
            sys.stdout = Both(sys.stdout)
            print(1)
            """,
            "import sys\nprint(1)\nsys.stdout.close()",
            "import os\nprint(1, flush=True)\nos.close(1)",
            """
            class Last:
                def __del__(self): print(1)
            last = Last()
            """,
            """
            class Last:
                def __del__(self): print(one())
            def one(): return 1
            last = [Last()]
            last.append(last)
            """,
            """
            import sys
            class Last:
                out = open(1, 'w')
                def __init__(self): self.out.write('1')
            Last()
            """,
            """
            import contextlib, io
            with contextlib.redirect_stdout(io.StringIO()) as held:
                print(1)
            print(held.getvalue(), end='')
            """,
            "import atexit\natexit.register(lambda: 1 / 0)\nprint(1)",
            "import atexit, sys\natexit.register(print, 1)\nsys.exit()",
        ],
    )
    def test_what_a_script_does_last_counts(self, judge, text):
        plain = subprocess.run(
            [sys.executable, "-c", code(text)], capture_output=True, text=True, check=False
        )
        assert plain.stdout.strip() == "1"
        verdict = judge(code(text), script("", "1\n"), entry="")
        assert verdict.passed, verdict.message

    @pytest.mark.parametrize(
        ("text", "given", "printed"),
        [
            ("print(10**5000 - 1)", "", "9" * 5000),
            ("print(int(input()) % 3)", "9" * 5000, "0"),
            ("print(f'{10**5000}')", "", "1" + "0" * 5000),
            ("import json\nprint(json.loads(input()) + 1)", "9" * 5000, "1" + "0" * 5000),
            ("print([10**5000])", "", "[1" + "0" * 5000 + "]"),
        ],
    )
    def test_integers_of_any_length_are_read_and_printed(self, judge, text, given, printed):
        assert judge(text, script(given, printed), entry="").passed
        assert judge(text, script(given, printed + "1"), entry="").kind == "wrong_answer"

    def test_a_closed_standard_output(self, judge):
        assert judge("import sys\nsys.stdout.close()", script("", "1")).kind != "passed"
        assert judge("import sys\nsys.stdout = None", script("", "1")).kind == "wrong_answer"

    def test_the_time_of_all_inputs_is_limited_together(self, judge):
        text = (
            "import time\nend = time.process_time() + 0.25\nwhile time.process_time() < end: pass\nprint(1)"
        )
        tests = [StdioTest(str(number), "", "1") for number in range(10)]
        verdict = judge(text, *tests, cpu_seconds=1.0)
        assert verdict.kind == "timeout"
        assert 1 < len(verdict.outcomes) < 6


class TestCare:
    def test_programs_take_turns_and_loops_give_way(self, place):
        """One worker: a program that never ends does not keep the next one waiting."""

        async def main():
            sandbox = ProcessSandbox(1)
            suite = Suite(tuple(calls(((1, 2), 3))), "f")
            limits = Limits(cpu_seconds=300, wall_seconds=900)
            loop = asyncio.create_task(sandbox.execute(Program("while True: pass"), suite, limits))
            verdicts = [await sandbox.execute(Program(ADD), suite, limits) for _ in range(3)]
            still_running = not loop.done()
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)
            await sandbox.close()
            return verdicts, still_running

        verdicts, still_running = asyncio.run(main())
        assert all(verdict.passed for verdict in verdicts)
        assert still_running
        assert processes_naming(place) == []
        assert list(place.iterdir()) == []

    def test_a_cancelled_task_leaves_nothing(self, place):
        async def main():
            sandbox = ProcessSandbox(1)
            suite = Suite(tuple(calls(((), 3))), "f")
            tasks = [asyncio.create_task(sandbox.execute(Program(SLEEP), suite, Limits())) for _ in range(3)]
            await asyncio.to_thread(wait_until, lambda: list(place.glob("*/bare/scratch")))
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            after = processes_naming(place), list(place.iterdir())
            again = await sandbox.execute(Program("def f(): return 3"), suite, Limits())
            await sandbox.close()
            return results, after, again

        results, after, again = asyncio.run(main())
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        assert after == ([], [])
        assert again.passed

    def test_closing_ends_what_runs_and_refuses_more(self, place):
        async def main():
            sandbox = ProcessSandbox(1)
            suite = Suite(tuple(calls(((), 3))), "f")
            task = asyncio.create_task(sandbox.execute(Program(SLEEP), suite, Limits()))
            await asyncio.to_thread(wait_until, lambda: list(place.glob("*/bare/scratch")))
            await sandbox.close()
            assert processes_naming(place) == []
            with pytest.raises(SandboxError, match="closed"):
                await task
            with pytest.raises(SandboxError, match="closed"):
                await sandbox.execute(Program(ADD), suite, Limits())

        asyncio.run(main())

    @linux
    @pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
    def test_a_killed_harness_leaves_nothing(self, tmp_path, number):
        harness = subprocess.Popen([sys.executable, "-c", sleeper(tmp_path)], stderr=subprocess.DEVNULL)
        wait_until(lambda: list(tmp_path.glob("*/bare/scratch")))
        harness.send_signal(number)
        harness.wait()
        wait_until(lambda: not processes_naming(tmp_path))
        wait_until(lambda: not list(tmp_path.iterdir()))

    @linux
    @pytest.mark.parametrize("module", ["judge.main", "child.zygote"])
    def test_a_process_killed_on_the_way_changes_no_verdict(self, place, module):
        async def main():
            sandbox = ProcessSandbox(1)
            suite = Suite(tuple(calls(((1, 2), 3))), "f")
            for _ in range(3):
                assert (await sandbox.execute(Program(ADD), suite, Limits())).passed
                kill_all(module, place)
            assert (await sandbox.execute(Program(ADD), suite, Limits())).passed
            await sandbox.close()

        asyncio.run(main())
        assert processes_naming(place) == []
        assert list(place.iterdir()) == []

    def test_a_harness_that_fails_says_so_after_one_more_try(self, monkeypatch):
        tries = []

        def fail(*_):
            tries.append(1)
            raise launch.HarnessFaultError("the judge ended early")

        monkeypatch.setattr(judge_process.Judge, "judge", fail)
        verdict = once(ADD)
        assert verdict.kind == "harness_error"
        assert len(tries) == 2

    def test_a_directory_that_is_not_there(self, monkeypatch, tmp_path):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        sandbox = ProcessSandbox(1)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
        suite = Suite(tuple(calls(((1, 2), 3))), "f")
        with pytest.raises(SandboxError, match="no scratch directory"):
            asyncio.run(sandbox.execute(Program(ADD), suite, Limits()))
        asyncio.run(sandbox.close())

    def test_other_hashes_are_another_sandbox(self):
        assert ProcessSandbox(1, hash_seed=1).version != ProcessSandbox(1).version

    def test_the_version_names_the_interpreter_and_is_stable(self):
        first, second = ProcessSandbox(1), ProcessSandbox(2)
        assert first.version == second.version
        assert f"python-{sys.version.split()[0]}" in first.version
        for sandbox in (first, second):
            asyncio.run(sandbox.close())

    @pytest.mark.parametrize("module", ["judge.main", "child.zygote"])
    def test_an_interpreter_that_cannot_start(self, monkeypatch, module, place):
        boot = "import sys\nraise OSError('no such luck')"
        if module == "child.zygote":
            boot = launch._BOOT.replace(
                "main(*",
                "import sharpen.sandbox.launch as l\nl._BOOT = l._BOOT and 'raise OSError(\"no such luck\")'\nmain(*",
            )
            boot = boot.replace("{module}", "judge.main")
        monkeypatch.setattr(launch, "_BOOT", boot)
        verdict = once(ADD)
        assert verdict.kind == "harness_error"
        assert "no such luck" in verdict.message
        assert list(place.iterdir()) == []

    def test_strict_refuses_and_best_says_what_is_missing(self):
        with pytest.raises(SandboxError, match=r"strict requires: .*syscalls"):
            once(ADD, profile="strict", without=["syscalls"])
        with pytest.warns(RuntimeWarning, match=r"missing: .*syscalls"):
            assert once(ADD, without=["syscalls"]).passed


def kill_all(module, place):
    for process in processes_naming(place):
        with suppress(ProcessLookupError, FileNotFoundError):  # it went with one that was killed before
            if f"sharpen.sandbox.{module} import" in Path(f"/proc/{process}/cmdline").read_text():
                os.kill(process, signal.SIGKILL)


def once(text, **options):
    async def main():
        sandbox = ProcessSandbox(1, **options)
        try:
            return await sandbox.execute(Program(text), Suite(tuple(calls(((1, 2), 3))), "f"), Limits())
        finally:
            await sandbox.close()

    return asyncio.run(main())


def sleeper(folder):
    return code(f"""
        import asyncio, signal, tempfile
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
        tempfile.tempdir = {str(folder)!r}
        from sharpen.sandbox.base import Limits
        from sharpen.sandbox.process import ProcessSandbox
        from sharpen.types import CallTest, Program, Suite
        async def main():
            suite = Suite((CallTest("c", (), 1),), "f")
            await ProcessSandbox(1).execute(Program({SLEEP!r}), suite, Limits(wall_seconds=900))
        asyncio.run(main())
    """)
