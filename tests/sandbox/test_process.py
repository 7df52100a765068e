"""The care that the sandbox takes of the machine: turns, cancelling, closing, and what is killed or missing."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from sharpen.errors import SandboxError
from sharpen.sandbox import launch
from sharpen.sandbox.base import Limits
from sharpen.sandbox.harness import judge_process
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Program, Suite
from tests.sandbox.conftest import calls, code, processes_naming, wait_until

ADD = "def f(a, b):\n    return a + b\n"
SLEEP = "import time\ntime.sleep(600)\n"

linux = pytest.mark.skipif(sys.platform != "linux", reason="namespaces and Landlock are Linux's")


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
