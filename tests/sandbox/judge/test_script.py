"""Programs that read standard input and print: how they may end, and what counts."""

import subprocess
import sys

import pytest

from sharpen.types import StdioTest
from tests.sandbox.conftest import code, script


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
