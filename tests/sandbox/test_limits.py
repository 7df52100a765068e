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
from tests.sandbox.conftest import asserts, calls, processes_naming, script

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
