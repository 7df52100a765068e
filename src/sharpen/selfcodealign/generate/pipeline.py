"""SelfCodeAlign (arXiv 2410.24198, figure 1): one model writes tasks from real code, solves and tests them.

1. Seed -> concepts: show ``shots`` worked examples and ask what a function has in it.
2. Concepts -> instruction: draw a category and a difficulty, and ask for a task that needs the concepts.
3. Instruction -> n responses: ask for a solution and tests of it, and run each on its own tests.

A seed whose concepts or task cannot be used ends there. What is kept of the responses, and why, is for the
stages that follow (``validate``, ``select``).

Deviations from the paper and its code:

1. Examples are drawn for each item by its id, not by its position
   (:func:`sharpen.selfcodealign.generate.bank.drawn`).
2. A chat model is shown examples as turns. ``completion`` gives the paper's one text, for base models.
3. Where a prompt does not fit, examples are left out; the paper drops such items.
4. Stop strings also end an answer that goes on to something else; concepts and tasks have caps of their own.
5. Tasks and responses are shown examples of their own category and difficulty first; the paper's are any. A
   small model copies the shape of what it sees.
6. The paper loses answers that were cut off; here they are counted.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from sharpen.errors import ContextOverflowError
from sharpen.run.config import RunConfig
from sharpen.run.run import Run
from sharpen.selfcodealign.generate import bank, concepts, instructions, responses
from sharpen.selfcodealign.generate.bank import Example
from sharpen.selfcodealign.generate.concepts import Concepts
from sharpen.selfcodealign.generate.instructions import DIFFICULTIES, Difficulty
from sharpen.selfcodealign.rows import Instruction, Response
from sharpen.types import FinishReason, Node, Problem, Program, Sampling, Suite

Until = Literal["concepts", "instructions", "responses"]


class Align(RunConfig):
    """Write tasks from seeds, solve and test them."""

    method: ClassVar[str] = "align"
    resumable: ClassVar[frozenset[str]] = RunConfig.resumable | {"n", "until"}

    n: PositiveInt = 10
    """Responses per instruction."""
    temperature: float = Field(0.7, ge=0)
    """Sampling temperature of all stages; the paper's is 0.7."""
    top_p: float = Field(1.0, gt=0, le=1)
    """Nucleus mass; the paper sets none."""
    max_tokens: PositiveInt = 1536
    """Completion tokens per response, at most."""
    shots: NonNegativeInt = 8
    """Worked examples that a prompt for concepts or for a task shows."""
    response_shots: NonNegativeInt = 1
    """Worked examples that a prompt for responses shows."""
    decks: NonNegativeInt = 0
    """So many draws of examples in all, which saves evaluating them; one for each item if 0, as the paper."""
    difficulties: Annotated[tuple[Difficulty, ...], Field(min_length=1)] = DIFFICULTIES
    """What tasks may be, each as likely; a small model solves few that are not easy."""
    completion: bool = False
    """One text to go on with, for base models; a conversation if not given."""
    until: Until = "responses"
    """The last stage that is run."""


async def write(problem: Problem, run: Run, cfg: Align) -> None:
    """Go from one seed to its responses, or as far as ``cfg.until`` says."""
    listing = await find_concepts(problem, run, cfg)
    if cfg.until == "concepts" or concepts_in(listing).fault:
        return
    task = await set_task(problem, run, cfg, listing)
    instruction = instruction_in(listing, task, cfg)
    if cfg.until == "instructions" or instructions.fault(instruction, finish(task)):
        return
    await solve(problem, run, cfg, task, instruction)


async def find_concepts(problem: Problem, run: Run, cfg: Align) -> Node:
    """Ask what a seed has in it."""

    async def draw(shots: list[Example]) -> list[Node]:
        prompt = concepts.prompt(problem.statement, shots, completion=cfg.completion)
        sampling = _sampling(cfg, concepts.STOP, concepts.MOST_TOKENS)
        return await run.draw(problem, "concepts", prompt, [0], sampling=sampling)

    shots = bank.drawn("concepts", problem.id, cfg.seed, cfg.shots, cfg.decks)
    (node,) = await _fitting(draw, shots)
    return node


async def set_task(problem: Problem, run: Run, cfg: Align, listing: Node) -> Node:
    """Ask for a task that needs the concepts."""
    wanted = _wanted(listing, cfg)

    async def draw(shots: list[Example]) -> list[Node]:
        prompt = instructions.prompt(wanted, shots, completion=cfg.completion)
        sampling = _sampling(cfg, instructions.STOP, instructions.MOST_TOKENS)
        return await run.draw(problem, "instruction", prompt, [0], listing, sampling=sampling)

    like = wanted.category, wanted.difficulty
    shots = bank.drawn("instruction", problem.id, cfg.seed, cfg.shots, cfg.decks, like)
    (node,) = await _fitting(draw, shots)
    return node


async def solve(problem: Problem, run: Run, cfg: Align, task: Node, instruction: Instruction) -> list[Node]:
    """Ask for solutions of the task with tests, and run each on its own."""

    def taken_apart(node: Node) -> tuple[Program, Suite] | None:
        return responses.program_and_tests(response_in(instruction, node))

    async def draw(shots: list[Example]) -> list[Node]:
        prompt = responses.prompt(instruction.text, shots, completion=cfg.completion)
        sampling = _sampling(cfg, responses.STOP, cfg.max_tokens)
        return await run.self_tested(
            problem, "response", prompt, range(cfg.n), task, taken_apart, sampling=sampling
        )

    like = instruction.category, instruction.difficulty
    shots = bank.drawn("response", problem.id, cfg.seed, cfg.response_shots, cfg.decks, like)
    return await _fitting(draw, shots)


def concepts_in(listing: Node) -> Concepts:
    """Return the concepts that a row of the journal holds."""
    return concepts.read(listing.problem, listing.text, finish(listing))


def instruction_in(listing: Node, task: Node, cfg: Align) -> Instruction:
    """Return the task that a row of the journal holds."""
    return instructions.read(task.problem, _wanted(listing, cfg), task.text)


def response_in(instruction: Instruction, node: Node) -> Response:
    """Return the response that a row of the journal holds."""
    return responses.read(instruction, node.index, node.text, finish(node))


def finish(node: Node) -> FinishReason:
    """Return why the model stopped."""
    assert node.completion is not None
    return node.completion.finish_reason


def _wanted(listing: Node, cfg: Align) -> instructions.Properties:
    return instructions.properties(listing.problem, concepts_in(listing).concepts, cfg.seed, cfg.difficulties)


def _sampling(cfg: Align, stop: tuple[str, ...], most: int) -> Sampling:
    return replace(cfg.sampling, stop=stop, max_tokens=min(most, cfg.max_tokens))


async def _fitting(
    draw: Callable[[list[Example]], Awaitable[list[Node]]], shots: list[Example]
) -> list[Node]:
    """Draw with as many examples as fit into the model's context."""
    while True:
        try:
            return await draw(shots)
        except (ContextOverflowError, ExceptionGroup) as error:
            if not shots or not _overflown(error):
                raise
        shots = shots[1:]


def _overflown(error: Exception) -> bool:
    if isinstance(error, ExceptionGroup):
        return error.subgroup(ContextOverflowError) is not None
    return isinstance(error, ContextOverflowError)
