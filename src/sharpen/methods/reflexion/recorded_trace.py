"""A recorded execution as text for a prompt: block by block, the lines and the values after them."""

import json
import re
from pathlib import Path

from sharpen.methods.reflexion import block_trace
from sharpen.methods.reflexion.block_trace import ENDS
from sharpen.run.run import Run
from sharpen.types import AssertTest, Program, SourceTest, Suite

_HARNESS = Path(block_trace.__file__).read_text("utf-8")
_REPORT = re.compile(r"BlockTraceError: (\[.*\])$", re.MULTILINE)


async def recorded_trace(program: Program, test: Suite, run: Run) -> str:
    """Return the blocks of a program on one own test with their values; empty where nothing was recorded.

    At most :data:`ENDS` blocks at the start and as many at the end are recorded, one execution each.
    """
    (own,) = test.tests
    assert isinstance(own, AssertTest)
    source = f"{test.context}\n{own.code}" if test.context else own.code
    texts = [f"Test: {own.code}"]
    lines = program.code.split("\n")
    for number in range(2 * ENDS):
        block = await _block(program, source, number, run)
        if block is None or number >= block[0]:
            break
        count, first, last, values = block
        if number == ENDS and count > 2 * ENDS:
            texts.append(f"... {count - 2 * ENDS} blocks ...")
        shown = [f"Block, lines {first} to {last}:", *lines[first - 1 : last], f"Then: {values}"]
        texts.append("\n".join(shown))
    return "\n\n".join(texts) if len(texts) > 1 else ""


async def _block(program: Program, source: str, number: int, run: Run) -> tuple[int, int, int, str] | None:
    code = f"report_block(solution, tests, {number})"
    suite = Suite((SourceTest(f"block {number}", code, source),), context=_HARNESS)
    verdict, _ = await run.execute(program, suite)
    match = _REPORT.search(verdict.message)
    if match is None:  # the program cannot be run, or takes too long when it is followed
        return None
    count, first, last, values = json.loads(match[1])
    return int(count), int(first), int(last), str(values)
