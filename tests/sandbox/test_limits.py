"""A program ends at its limits, whatever it sends; and what the machine lacks is never a fact about a program."""

import asyncio
import resource
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sharpen.sandbox import launch
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Program, Suite
from tests.sandbox.conftest import asserts, calls, code, processes_naming, script

linux = pytest.mark.skipif(sys.platform != "linux", reason="the layers are Linux's")
GOOD = "def f(x):\n    return x * x\n"
SQUARE = Suite((CallTest("c", (3,), 9),), "f")

FRAMES = """
import os, time
def f(x):
    os.write(3, (1 << 20).to_bytes(4, "big"))
    while True:
        os.write(3, {data})
        time.sleep({pause})
"""


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


class TestTime:
    @pytest.mark.parametrize("tests", [calls(((3,), 9)), asserts("assert f(3) == 9")])
    def test_a_frame_that_comes_byte_by_byte(self, judge, tests):
        verdict = judge(FRAMES.format(data="b'x'", pause=0.01), *tests, wall_seconds=1.0)
        assert verdict.kind == "timeout"
        assert verdict.wall_seconds < 15, "the limit is 1 s; frames were waited for without end"

    def test_sleepers_in_call_form_are_run_once(self, judge):
        code = "import signal, time\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\ndef f(x):\n    time.sleep(600)"
        verdict = judge(code, *calls(((3,), 9), ((4,), 16)), wall_seconds=1.0)
        assert verdict.kind == "timeout"
        assert verdict.wall_seconds < 1.9

    def test_sleepers_give_their_place_away(self, place):
        """Two workers, six programs that sleep: others are judged before the first of these is woken."""

        async def main():
            sandbox = ProcessSandbox(2)
            limits = Limits(wall_seconds=900)
            sleeper = Program("import time\ndef f(x):\n    time.sleep(600)")
            sleeping = [asyncio.create_task(sandbox.execute(sleeper, SQUARE, limits)) for _ in range(6)]
            verdicts = [await sandbox.execute(Program(GOOD), SQUARE, limits) for _ in range(10)]
            still = not any(task.done() for task in sleeping)
            for task in sleeping:
                task.cancel()
            await asyncio.gather(*sleeping, return_exceptions=True)
            await sandbox.close()
            return verdicts, still

        verdicts, still = asyncio.run(main())
        assert all(verdict.passed for verdict in verdicts)
        assert still
        assert processes_naming(place) == []


class TestBuffers:
    def test_a_flood_while_the_judge_sends(self, judge):
        """The judge takes what comes so that neither waits for the other, but not without end."""
        code = "import os\nwhile True:\n    os.write(3, bytes(1 << 20))\n"
        large = [CallTest(f"c{n}", (list(range(100_000)),), 1) for n in range(8)]
        verdict = judge(code, *large, output_bytes=1 << 20, memory_bytes=4 << 30)
        assert verdict.kind == "forbidden"
        assert "more than it was asked for" in verdict.message
        assert judge(GOOD, *calls(((3,), 9))).passed

    def test_large_answers_to_large_questions_are_no_flood(self, judge):
        values = list(range(50_000))
        tests = [CallTest(f"c{n}", (values,), values[::-1]) for n in range(70)]
        assert judge("def f(x): return x[::-1]", *tests, wall_seconds=300).passed


class TestOthers:
    """What came before costs an honest program nothing."""

    def test_each_program_has_a_standard_error_of_its_own(self, judge):
        talk = "import sys\nfor _ in range(1000): print('debug', '.' * 2000, file=sys.stderr)\n"
        for _ in range(6):  # 12 MB, more than one program may print
            assert judge(talk + GOOD, *calls(((3,), 9))).passed
        assert judge("import os\nos.lseek(2, 8 << 20, 0)\n" + GOOD, *calls(((3,), 9))).passed
        assert judge(talk + GOOD, *calls(((3,), 9))).passed

    def test_a_script_has_its_own_streams(self, judge):
        code = "import os\nprint(open('/dev/stdin').read(), os.read(0, 9), file=open('/dev/stdout', 'w'))"
        assert judge(code, script("7", "7 b'7'")).passed
        large = "x" * 20_000_000
        assert judge("print(len(input()))", script(large, str(len(large)))).passed

    @pytest.mark.filterwarnings("ignore:this machine:RuntimeWarning")
    def test_deep_directories_on_the_disk_are_removed(self, place):
        """Without memory of its own a program's directories lie on the disk."""
        deep = (
            "import os\nfor _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')\nos.mkdir('closed', 0)\n"
        )
        listing = "import os\ndef f(x): return 9 if not os.listdir('.') else os.listdir('.')"
        verdicts = run_all([deep + GOOD, listing, deep + GOOD], without=["scratch"])
        assert all(verdict.passed for verdict in verdicts), verdicts
        assert list(place.iterdir()) == []


@pytest.mark.filterwarnings("ignore:this machine:RuntimeWarning")
class TestScarcity:
    """What the machine lacks is a ``harness_error``."""

    def test_a_full_disk(self, monkeypatch, place):
        short = "import os\ndef f(x):\n    raise OSError(28, 'No space left on device')"
        fact, other = run_all([short, GOOD], without=["scratch"])
        assert (fact.kind, other.kind) == ("exception", "passed")
        monkeypatch.setattr(launch, "_BOOT", SHORT_OF_DISK)
        nothing, other = run_all([short, GOOD], without=["scratch"])
        assert (nothing.kind, other.kind) == ("harness_error", "passed")
        assert "is full" in nothing.message

    @linux
    @pytest.mark.parametrize(
        ("mib", "code", "kind", "message"),
        [
            (4000, GOOD, "passed", ""),
            (1000, GOOD, "passed", ""),
            (1000, "def f(x): return len(bytearray(11 * 10**8))", "harness_error", "1000 MiB"),
            (4000, "def f(x): return len(bytearray(10**11))", "memory", ""),
        ],
    )
    def test_a_hard_limit_on_memory(self, mib, code, kind, message, tmp_path):
        verdict = limited(tmp_path, mib, code)
        assert verdict.startswith(kind), verdict
        assert message in verdict


SHORT_OF_DISK = """
import sys
sys.modules["sharpen"] = type(sys)("sharpen")
sys.modules["sharpen"].__path__ = [{package!r}]
import shutil
shutil.disk_usage = lambda place: type("usage", (), {{"free": 1000}})
from sharpen.sandbox.{module} import main
main(*{arguments!r})
"""


def run_all(codes, **options):
    async def main():
        sandbox = ProcessSandbox(1, **options)
        try:
            return [await sandbox.execute(Program(code), SQUARE, Limits()) for code in codes]
        finally:
            await sandbox.close()

    return asyncio.run(main())


def limited(place: Path, mib: int, code: str) -> str:
    """Judge a program in a harness with a hard limit on its address space; return kind and message."""
    text = textwrap.dedent(f"""
        import asyncio, tempfile
        tempfile.tempdir = {str(place)!r}
        from sharpen.sandbox.base import Limits
        from sharpen.sandbox.process import ProcessSandbox
        from sharpen.types import CallTest, Program, Suite
        async def main():
            sandbox = ProcessSandbox(1)
            verdict = await sandbox.execute(Program({code!r}), Suite((CallTest("c", (3,), 9),), "f"), Limits())
            print(verdict.kind, verdict.message)
            await sandbox.close()
        asyncio.run(main())
    """)
    size = mib << 20
    done = subprocess.run(
        [sys.executable, "-c", text],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (size, size)),
    )
    return done.stdout or done.stderr
