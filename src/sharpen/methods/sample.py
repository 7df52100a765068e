"""n i.i.d. programs per problem: the baseline of every figure.

Where the benchmark asks for a program in parts, each sample is a chain of completions: every part is asked
for with the answers before it, and the last completes the program.
"""

from dataclasses import replace
from typing import Annotated, ClassVar

from cyclopts import Parameter
from pydantic import PositiveInt

from sharpen.benchmarks.base import Parts
from sharpen.methods.completion import completion_prompt
from sharpen.run.config import RunConfig
from sharpen.run.run import Run, together
from sharpen.types import Problem


class Sample(RunConfig):
    """Draw n programs per problem."""

    method: ClassVar[str] = "sample"
    growing: ClassVar[frozenset[str]] = RunConfig.growing | {"n"}

    n: Annotated[PositiveInt, Parameter(alias="-n")] = 1
    """Programs per problem."""
    completion: bool = False
    """Prompt with one text to continue, for base models, instead of a conversation."""


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
