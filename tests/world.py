"""A small world for unit tests: a benchmark of toy problems, and a sandbox that reads instead of running."""

import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from pathlib import Path

from sharpen.benchmarks.base import Benchmark
from sharpen.journal.keys import fingerprint
from sharpen.models.scripted import Scripted
from sharpen.sandbox.base import Limits
from sharpen.types import (
    AssertTest,
    Completion,
    Message,
    Outcome,
    Problem,
    Program,
    Prompt,
    Sampling,
    Suite,
    Verdict,
)

VISIBLE = Suite((AssertTest("visible", "assert visible"),))
HIDDEN = Suite((AssertTest("hidden", "assert hidden"),))


def problem(name: str, visible: Suite = VISIBLE) -> Problem:
    return Problem(name, f"statement of {name}", visible, HIDDEN)


def toy_benchmark(size: int = 3, visible: bool = True) -> Benchmark:
    return Benchmark(
        name="toy",
        problems=[problem(f"toy/{i}", VISIBLE if visible else Suite(())) for i in range(size)],
        prompt=lambda p: (Message("user", p.statement),),
        extract=lambda _, answer: Program(answer),
        visible_tests="the visible one",
        source="made in the test",
    )


class ReadingSandbox:
    """Passes a suite whose test's name occurs in the program; ``right`` passes both."""

    version = "reading-1"

    def __init__(self) -> None:
        self.executed: list[str] = []

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        self.executed.append(program.code)
        test = suite.tests[0].id
        if test in program.code or "right" in program.code:
            return Verdict("passed", (Outcome(test, "passed"),))
        return Verdict(
            "wrong_answer", (Outcome(test, "wrong_answer"),), f"{test} test failed on {program.code}"
        )

    async def close(self) -> None:
        pass


class Slow(Scripted):
    """Takes its time, and writes down what it is asked for, so that a kill hits every kind of moment."""

    def __init__(self, script: Callable[[Prompt, int], str], diary: Path, longest: float) -> None:
        super().__init__(script, "a")
        self.diary, self.longest = diary, longest

    async def sample(
        self, prompt: Prompt, sampling: Sampling, indices: Sequence[int]
    ) -> AsyncGenerator[tuple[int, Completion], None]:
        for index in indices:
            with self.diary.open("a") as diary:
                diary.write(f"{fingerprint(prompt)} {index}\n")
            await asyncio.sleep(random.Random(index).uniform(0.001, self.longest))
            async for drawn in super().sample(prompt, sampling, [index]):
                yield drawn


def killed(finish: Callable[[], Coroutine[object, object, None]], after: float | None) -> bool:
    """Let a child ``finish``, and kill it ``after`` so many seconds, if at all; return whether that ended it."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            asyncio.run(finish())
            code = 0
        finally:
            os._exit(code)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        assert os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)
