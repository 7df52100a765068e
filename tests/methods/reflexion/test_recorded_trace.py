"""Values that the sandbox records block by block."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.methods.reflexion.block_trace import ENDS, BlockTraceError, blocks, report_block
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.reflexion.recorded_trace import recorded_trace
from sharpen.methods.reflexion.self_tests import suites
from sharpen.models.scripted import Scripted
from sharpen.run.run import Run
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Program
from tests.methods.reflexion_world import benchmark, rows, script, solve

PROGRAM = """\
def f(xs):
    total = 0
    bound = len(xs)
    for i in range(bound - 1):
        total += xs[i]
    return total
"""


def block(program: str, test: str, number: int) -> list:
    with pytest.raises(BlockTraceError) as caught:
        report_block(program, test, number)
    return json.loads(str(caught.value))


def test_blocks_are_runs_of_simple_statements_and_heads_of_compound_ones() -> None:
    assert sorted(blocks(ast.parse(PROGRAM))) == [(1, 1), (2, 3), (4, 4), (5, 5), (6, 6)]


def test_a_block_has_the_values_after_it() -> None:
    count, first, last, values = block(PROGRAM, "assert f([1, 2]) == 3", 0)
    assert (count, first, last) == (5, 2, 3)
    assert values == "xs = [1, 2], total = 0, bound = 2"
    assert block(PROGRAM, "assert f([1, 2]) == 3", 4)[1:] == [
        6, 6, "xs = [1, 2], total = 1, bound = 2, i = 0, (returned) = 1",
    ]  # fmt: skip


def test_of_a_long_execution_both_ends_are_kept() -> None:
    count, *_, last = block(PROGRAM, "f(list(range(100)))", 2 * ENDS - 1)
    assert count > 100 and "(returned)" in last


@given(st.lists(st.integers(), max_size=6), st.integers(0, 2 * ENDS))
def test_a_report_fits_into_a_message(xs: list[int], number: int) -> None:
    with pytest.raises(BlockTraceError) as caught:
        report_block(PROGRAM, f"assert f({xs}) == 1", number)
    assert len(str(caught.value)) < 290


@pytest.mark.anyio
async def test_the_sandbox_records_what_a_program_did(tmp_path: Path) -> None:
    cfg = Reflexion(benchmark="toy", model="a")
    run = Run(tmp_path, cfg, benchmark(), {"a": Scripted(lambda *_: "", "a")}, ProcessSandbox())
    (test,) = suites(["assert f([1, 2]) == 3"], "f")
    try:
        text = await recorded_trace(Program(PROGRAM), test, run)
        broken = await recorded_trace(Program("def f(:"), test, run)
    finally:
        await run.close()
    assert text.startswith("Test: assert f([1, 2]) == 3")
    assert (
        "lines 2 to 3:\n    total = 0\n    bound = len(xs)\nThen: xs = [1, 2], total = 0, bound = 2" in text
    )
    assert text.endswith("(returned) = 1")
    assert broken == ""


@pytest.mark.anyio
async def test_where_nothing_is_recorded_the_model_imagines_the_trace(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(["1", "1 2 3"]), trials=2, strategy="self-debug-trace")
    (explanation,) = rows(nodes, "reflection")
    assert "go through the program" in explanation.prompt[-1].content
