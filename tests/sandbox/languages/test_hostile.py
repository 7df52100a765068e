"""No hostile program passes, in any language; and none leaves a process or a file."""

import asyncio
from pathlib import Path

import pytest

from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import AssertTest, Program, StdioTest, Suite
from tests.sandbox.languages.hostile import DEEDS, SCRIPTS, Deed
from tests.sandbox.languages.programs import SAMPLES, need


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: f"{deed.language}: {deed.name}")
def test_a_hostile_program_does_not_pass(deed: Deed, sandbox: ProcessSandbox, layers: frozenset[str]):
    need(deed.language)
    if not {"namespaces", "files", "syscalls", "user"} <= layers:
        pytest.skip("this machine does not offer the layers that keep these programs from what they do")
    awaited = ("javascript", "typescript")
    test = "await (async () => assert.equal(await f(3), 9))();" if deed.language in awaited else ""
    code = test or SAMPLES[deed.language].check
    suite = Suite((AssertTest("t", code),), "f", language=deed.language)
    verdict = asyncio.run(
        sandbox.execute(Program(deed.code), suite, Limits(cpu_seconds=4.0, wall_seconds=120.0))
    )
    assert verdict.kind in deed.kinds, f"{verdict.kind}: {verdict.message}"
    assert not Path("/tmp/mark").exists()


@pytest.mark.parametrize("deed", SCRIPTS, ids=lambda deed: f"{deed.language}: {deed.name}")
def test_a_compiler_cannot_reach_files_for_a_script(
    deed: Deed, sandbox: ProcessSandbox, layers: frozenset[str]
):
    need(deed.language)
    if "files" not in layers:
        pytest.skip("this machine does not offer the layer that keeps a compiler from the host's files")
    suite = Suite((StdioTest("t", "", ""),), language=deed.language)
    verdict = asyncio.run(sandbox.execute(Program(deed.code), suite, Limits(wall_seconds=120.0)))
    assert verdict.kind in deed.kinds, f"{verdict.kind}: {verdict.message}"
