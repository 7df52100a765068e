"""A sandbox whose every trace can be looked for afterwards."""

import asyncio
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sharpen.sandbox.base import Limits
from sharpen.sandbox.harness.judge_process import Judge
from sharpen.sandbox.launch import Interpreter
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, CallTest, Program, StdioTest, Suite, Test, Trusted, Verdict

Run = Callable[..., Verdict]


def processes_naming(place: Path) -> list[int]:
    """Every process with ``place`` in its command line: all of a sandbox's, forks included."""
    result = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if str(place).encode() in words:
            result.append(int(entry.name))
    return result


def wait_until(condition: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def layers() -> frozenset[str]:
    """The layers of isolation that this machine offers."""
    suite = Suite((CallTest("c", (), 1),), "f")
    judge = Judge(200, Interpreter.ours(), ())
    try:
        return judge.judge("def f(): return 1", suite, Limits(), lambda: None).layers
    finally:
        judge.close()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where sandboxes of this test make their folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessSandbox]:
    """A warm sandbox; when it is closed no process and no file of it may be left."""
    folder = tmp_path_factory.mktemp("sandbox")
    folder.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder))
        warm = ProcessSandbox(1)
        asyncio.run(warm.execute(Program("f = int"), Suite((CallTest("c", (), 0),), "f"), Limits()))
    yield warm
    asyncio.run(warm.close())
    assert processes_naming(folder) == []
    assert list(folder.iterdir()) == []


@pytest.fixture
def judge(sandbox: ProcessSandbox) -> Run:
    """Run one program on tests."""

    def run(
        code: str,
        *tests: Test,
        entry: str = "f",
        context: str = "",
        every: bool = False,
        trusted: Trusted = "all",
        **limits: float,
    ) -> Verdict:
        suite = Suite(tests, entry, context, every=every, trusted=trusted)
        values = {"cpu_seconds": 5.0, "wall_seconds": 120.0} | limits
        return asyncio.run(sandbox.execute(Program(code), suite, Limits(**values)))

    return run


def asserts(*lines: str) -> list[AssertTest]:
    return [AssertTest(f"t{number}", line) for number, line in enumerate(lines, 1)]


def calls(*pairs: tuple[tuple[object, ...], object]) -> list[CallTest]:
    return [CallTest(f"c{number}", *pair) for number, pair in enumerate(pairs, 1)]


def script(stdin: str, stdout: str) -> StdioTest:
    return StdioTest("s", stdin, stdout)


def code(text: str) -> str:
    return textwrap.dedent(text).strip() + "\n"
