"""Children are copies of a process whose memory no program changes, so that none can read of an earlier one there."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sharpen.errors import SuiteError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.child.forkserver import TEMPLATE
from sharpen.sandbox.harness.judge_process import Judge
from sharpen.sandbox.launch import Interpreter
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Program, StdioTest, Suite
from tests.sandbox.conftest import processes_naming

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a template needs namespaces of Linux")

CALLS = Suite((CallTest("c0", (0,), 1), CallTest("c1", (1,), 1)), "f")
SCRIPTS = Suite(tuple(StdioTest(f"s{number}", "1", "1") for number in range(4)))
PROGRAMS = {
    "passes": ("def f(x): return 1", CALLS),
    "is wrong at its first test": ("def f(x): return 2", CALLS),
    "is wrong at its second test": ("def f(x): return 1 + x", CALLS),
    "raises": ("def f(x): raise ValueError('x' * 1000)", CALLS),
    "ends early": ("import os\nos._exit(44)", CALLS),
    "closes its channel and stays": ("import os, time\nos.close(3)\ntime.sleep(0.02)\nos._exit(0)", CALLS),
    "closes its channel and sleeps": ("import os, time\nos.close(3)\ntime.sleep(60)", CALLS),
    "is killed by a signal": ("import ctypes\nctypes.string_at(0)", CALLS),
    "loops": ("def f(x):\n    while True: pass", CALLS),
    "uses much memory": ("x = bytearray(200 << 20)\ndef f(x): return 1", CALLS),
    "sends what nobody asked for": ("import os\nos.write(3, b'x' * 10**5)\ndef f(x): return 1", CALLS),
    "reads and prints": ("print(input())", SCRIPTS),
    "prints much": ("print('x' * 10**6)", SCRIPTS),
}


@pytest.fixture
def warm(place: Path) -> Iterator[ProcessSandbox]:
    place.chmod(0o711)
    sandbox = ProcessSandbox(1)
    yield sandbox
    asyncio.run(sandbox.close())


def template_below(place: Path) -> int:
    """The process that children of the one zygote below ``place`` are copies of."""
    for process in processes_naming(place):
        status = Path(f"/proc/{process}/status").read_text()
        if any(
            line.startswith("NSpid:") and line.split()[-1] == str(TEMPLATE) for line in status.splitlines()
        ):
            return process
    pytest.skip("without namespaces and system calls that are refused there is no template")


def memory_of(process: int) -> dict[int, bytes]:
    """All that a process may write to, by address."""
    found = {}
    with Path(f"/proc/{process}/mem").open("rb") as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            start, end = (int(address, 16) for address in span.split("-"))
            if "w" in rights:
                memory.seek(start)
                found[start] = memory.read(end - start)
    return found


def judge(sandbox: ProcessSandbox, program: str, suite: Suite) -> str:
    limits = Limits(cpu_seconds=0.5, wall_seconds=60)
    return asyncio.run(sandbox.execute(Program(program), suite, limits)).kind


def test_nothing_changes_in_the_memory_that_children_are_copies_of(warm, place):
    assert judge(warm, *PROGRAMS["passes"]) == "passed"
    template = template_below(place)
    os.sched_setaffinity(template, {min(os.sched_getaffinity(template))})  # the C library notes the processor
    assert judge(warm, *PROGRAMS["passes"]) == "passed"
    before = memory_of(template)
    kinds = set()
    for name, (program, suite) in PROGRAMS.items():
        kinds.add(judge(warm, program, suite))
        assert template_below(place) == template
        assert memory_of(template) == before, name
    assert kinds == {"passed", "wrong_answer", "exception", "timeout", "forbidden"}


def test_a_child_that_is_ended_at_once_leaves_nothing_to_the_next(warm):
    refused = Suite((CallTest("c", (object,), 1),), "f")
    for _ in range(20):
        with pytest.raises(SuiteError, match="not plain data"):
            judge(warm, PROGRAMS["passes"][0], refused)
        assert judge(warm, *PROGRAMS["passes"]) == "passed"


def test_a_template_that_was_killed_is_replaced(warm, place):
    assert judge(warm, *PROGRAMS["passes"]) == "passed"
    template = template_below(place)
    os.kill(template, signal.SIGKILL)
    assert judge(warm, *PROGRAMS["passes"]) == "passed"
    assert template_below(place) != template


def test_a_library_that_starts_a_thread_when_it_is_imported_takes_no_number_of_a_child(place: Path):
    """pandas 3 imports pyarrow, which does: every program that used pandas was a failure of the harness."""
    place.chmod(0o711)
    (place / "packages").mkdir()
    (place / "packages" / "pandas.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    interpreter = replace(Interpreter.ours(), site=(str(place / "packages"),))
    judge = Judge(201, interpreter, ())
    try:
        for program, kind in (
            ("import pandas\ndef f(x): return 1", "passed"),
            ("import pandas\nf = 7", "exception"),
        ):
            judged = judge.judge(program, CALLS, Limits(wall_seconds=60), lambda: None)
            assert judged is not None
            assert judged.verdict.kind == kind, judged.verdict.message
    finally:
        judge.close()
