"""n i.i.d. programs per problem: the baseline of every figure.

Where the benchmark asks for a program in parts, each sample is a chain of completions: every part is asked
for with the answers before it, and the last completes the program.
"""

from dataclasses import replace
from typing import ClassVar

from pydantic import PositiveInt

from sharpen.benchmarks.base import Parts
from sharpen.journal.layout import Layout, Size
from sharpen.methods.completion import completion_prompt
from sharpen.run.config import RunConfig
from sharpen.run.method import Method, each
from sharpen.run.run import Run, together
from sharpen.types import Problem


class Sample(RunConfig):
    """Draw n programs per problem."""

    method: ClassVar[str] = "sample"
    resumable: ClassVar[frozenset[str]] = RunConfig.resumable | {"n"}

    n: PositiveInt = 1
    """Programs per problem."""
    completion: bool = False
    """Prompt with one text to continue, for base models, instead of a conversation."""

    @property
    def answers_per_problem(self) -> float:
        """The programs."""
        return self.n


async def sample(problem: Problem, run: Run, cfg: Sample) -> None:
    """Draw ``cfg.n`` programs and judge them."""
    if cfg.completion:
        text, stop = completion_prompt(problem)
        sampling = replace(cfg.sampling, stop=tuple(stop))
        await run.programs(problem, text, range(cfg.n), sampling=sampling)
    elif run.benchmark.parts:
        await together(_in_parts(problem, run, run.benchmark.parts, index) for index in range(cfg.n))
    else:
        await run.programs(problem, run.benchmark.prompt(problem), range(cfg.n))


async def _in_parts(problem: Problem, run: Run, parts: Parts, index: int) -> None:
    answers: list[str] = []
    for _ in range(parts.count(problem) - 1):
        (node,) = await run.draw(problem, "part", parts.prompt(problem, answers), [index])
        answers.append(node.answer)
    await run.programs(problem, parts.prompt(problem, answers), [index], before=answers)


def layout(cfg: Sample) -> Layout:
    """Return what the rows mean: independent programs, as many for every problem."""
    return Layout(
        title="Sampling",
        authors=cfg.model,
        shape=f"n = {cfg.n}",
        size=Size(cfg.n, 0, 0),
        feedback="none",
        independent=True,
        all_count=True,
    )


METHOD = Method(Sample, each(sample), layout, in_parts=True)
