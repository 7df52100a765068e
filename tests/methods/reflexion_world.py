"""A world for Reflexion on programs: a sandbox that knows which own tests a program passes, by its text."""

from collections.abc import Callable
from pathlib import Path

from sharpen.journal.journal import Journal
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.reflexion.strategies import METHOD
from sharpen.models.scripted import Scripted
from sharpen.run.run import Run
from sharpen.sandbox.base import Limits
from sharpen.types import AssertTest, Message, Node, Outcome, Problem, Program, Prompt, Suite, Verdict

from sharpen.benchmarks.base import Benchmark  # isort: skip

TESTS = "```python\nassert f(1) == 1\nassert f(2) == 2\nassert f(3) == 3\n```"


class Numbers:
    """``f(n) == n`` passes when the program's text has the digit n; the hidden test when it says right."""

    version = "numbers-1"

    def __init__(self) -> None:
        self.executed = 0

    async def execute(self, program: Program, suite: Suite, limits: Limits) -> Verdict:
        self.executed += 1
        (test,) = suite.tests
        wanted = test.code.rpartition(" ")[2] if test.id.startswith("own") else "right"
        if wanted in program.code:
            return Verdict("passed", (Outcome(test.id, "passed"),))
        return Verdict("wrong_answer", (Outcome(test.id, "wrong_answer"),), f"{test.code} failed: returned 0")

    async def close(self) -> None:
        pass


def benchmark(size: int = 1) -> Benchmark:
    hidden = Suite((AssertTest("hidden", "assert SECRET"),), "f")
    visible = Suite((AssertTest("visible", "assert f(0) == 0"),), "f")
    names = [f"p/{number}" for number in range(size)]
    return Benchmark(
        name="toy",
        problems=[Problem(n, f"write f of {n}", visible, hidden, solution="right 1 2 3") for n in names],
        prompt=lambda p: (Message("user", p.statement),),
        extract=lambda _, answer: Program(answer),
        visible_tests="the visible one",
        source="made in the test",
    )


def script(programs: Callable[[Prompt, int], str] | list[str], tests: str = TESTS):
    """Answer with tests, a reflection that names its trial, or the program of the trial."""

    def answer(prompt: Prompt, index: int) -> str:
        question = prompt[-1].content
        if "Write tests for it" in question:
            return tests
        if "Do not write" in question:
            return f"reflection {index}"
        return programs(prompt, index) if callable(programs) else programs[index]

    return answer


async def solve(
    directory: Path, answer: Callable[[Prompt, int], str], size: int = 1, **options: object
) -> tuple[list[Node], list[tuple[Prompt, int]]]:
    cfg = Reflexion(benchmark="toy", model="a", **options)
    models = {spec: Scripted(answer, spec) for spec in cfg.models}
    run = Run(directory, cfg, benchmark(size), models, Numbers())
    try:
        await run.map(METHOD.begin(run, cfg))
    finally:
        await run.close()
    with Journal.read(directory) as journal:
        return journal.nodes("p/0"), models["a"].requests


def rows(nodes: list[Node], *stages: str) -> list[Node]:
    return [node for node in nodes if node.stage in stages]


def texts(nodes: list[Node], *stages: str) -> list[str]:
    return [node.text for node in rows(nodes, *stages)]
