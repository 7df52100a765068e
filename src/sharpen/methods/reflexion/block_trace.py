"""What a program's variables hold after each basic block of a failing test (as in LDB, arXiv 2402.16906).

The text of this file runs beside the program in the sandbox, and imports nothing of sharpen. A block is a
run of simple statements, or the head of a compound one. Each execution reports one block: a verdict's message
is short. Blocks beyond the cap, in the middle of a long execution, are left out.
"""

import ast
import json
import sys
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

ENDS = 5
"""Blocks that are reported at the start of an execution, and as many at its end."""
MOST_EVENTS = 200_000
"""Lines that are followed; then the program goes on untraced."""
VALUE, TOTAL = 48, 200
"""Characters of one value, and of all values of a block."""


class BlockTraceError(Exception):
    """Carries a block out of the sandbox, as JSON: blocks in all, first and last line, values."""


def blocks(tree: ast.AST) -> Iterator[tuple[int, int]]:
    """Yield first and last line of every block."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                yield from _of_statements(statements)


def _of_statements(statements: list[ast.stmt]) -> Iterator[tuple[int, int]]:
    start = end = 0
    for statement in statements:
        inner = getattr(statement, "body", None)
        if isinstance(inner, list):
            if start:
                yield start, end
            start = 0
            yield statement.lineno, max(statement.lineno, inner[0].lineno - 1)
        else:
            start, end = start or statement.lineno, statement.end_lineno or statement.lineno
    if start:
        yield start, end


class Recorder:
    """Follows the lines of a program and keeps the blocks at both ends of its execution."""

    def __init__(self, tree: ast.AST) -> None:
        """Number the lines of ``tree`` by their blocks."""
        self._block = {line: (a, b) for a, b in blocks(tree) for line in range(a, b + 1)}
        self._open: dict[int, tuple[int, int]] = {}
        self._left = MOST_EVENTS
        self.first: list[list[Any]] = []
        self.last: list[list[Any]] = []
        self.count = 0

    def __call__(self, frame: FrameType, event: str, value: Any) -> Any:  # noqa: ANN401 - as sys.settrace
        """Take one event of the interpreter."""
        if frame.f_code.co_filename != "<program>" or frame.f_code.co_name == "<module>" or self._left <= 0:
            return None
        self._left -= 1
        if event in ("line", "return"):
            self._close(frame, value if event == "return" else None, ends=event == "return")
        return self

    def _close(self, frame: FrameType, value: object, *, ends: bool) -> None:
        key, now = id(frame), self._block.get(frame.f_lineno)
        before = self._open.pop(key, None)
        if before is not None and (ends or before != now or frame.f_lineno == before[0]):
            held = dict(frame.f_locals) | ({"(returned)": value} if ends else {})
            self._keep([*before, _shown(held)])
        elif before is not None:
            now = before
        if now is not None and not ends:
            self._open[key] = now

    def _keep(self, step: list[Any]) -> None:
        self.count += 1
        if len(self.first) < ENDS:
            self.first.append(step)
        else:
            self.last = [*self.last, step][-ENDS:]


def _shown(values: dict[str, object]) -> str:
    text = ""
    for name, value in values.items():
        try:
            shown = repr(value)
        except Exception:  # noqa: BLE001 - repr is the program's own code
            shown = f"<{type(value).__name__}>"
        part = f"{name} = {shown if len(shown) <= VALUE else shown[: VALUE - 3] + '...'}"
        if len(text) + len(part) > TOTAL:
            return f"{text}, ..."
        text = f"{text}, {part}" if text else part
    return text


def report_block(solution: str, test: str, number: int) -> None:
    """Run ``test`` on a program and raise BlockTraceError with block ``number`` of those that are kept."""
    namespace: dict[str, Any] = {"__name__": "solution"}
    program: CodeType = compile(solution, "<program>", "exec", dont_inherit=True)
    exec(program, namespace)  # noqa: S102 - this is what the sandbox is for
    recorder = Recorder(ast.parse(solution))
    sys.settrace(recorder)
    try:
        exec(compile(test, "<own test>", "exec"), namespace)  # noqa: S102
    except BaseException:  # noqa: BLE001, S110 - that it fails is known; what matters is what it did
        pass
    finally:
        sys.settrace(None)
    blocks = recorder.first + recorder.last
    step = blocks[number] if number < len(blocks) else [0, 0, ""]
    raise BlockTraceError(json.dumps([recorder.count, *step]))
