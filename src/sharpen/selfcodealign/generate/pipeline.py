"""SelfCodeAlign (arXiv 2410.24198, figure 1): one model writes tasks from real code, solves and tests them.

0. With ``judge_docstrings``: ask whether the seed's docstring says enough (section 3.1).
1. Seed -> concepts: show ``shots`` worked examples and ask which concepts a function uses.
2. Concepts -> instruction: draw a category and a difficulty, and ask for a task that needs the concepts.
3. Instruction -> n responses: ask for a solution and tests of it, and run each on its own tests.

A seed whose docstring, concepts or task cannot be used ends there. Which responses are good enough is
decided by the stages that follow (``validate``, ``select``).

The paper's ablations are options: ``without_concepts`` (table 10), ``response_model`` (tables 8 and 11).

Deviations from the paper and its code:

1. Examples are chosen for each item by its id, not by its position
   (:func:`sharpen.selfcodealign.generate.bank.choose`).
2. A chat model is shown examples as a conversation. ``completion`` gives the paper's one text, for base
   models.
3. Where a prompt does not fit, examples are left out; the paper drops such items.
4. Stop strings also end an answer that continues with something else; concepts and tasks have token limits of
   their own.
5. Prompts for tasks and responses prefer examples of their own category and difficulty, the most alike last;
   the paper's are any. A small model copies the shape of what it sees.
6. Answers that were cut off are counted; the paper loses them.
7. A task that is too long or copies an example ends before its responses are paid for, and a response that
   copies an example is rejected; the paper drops long tasks after ten responses, and has no rule on copies.
8. Tests lose statements that import their solution from a module that does not exist; in the paper's code
   such tests fail.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator

from sharpen.errors import ContextOverflowError
from sharpen.run.config import RunConfig
from sharpen.run.run import Run
from sharpen.selfcodealign.generate import bank, concepts, docstrings, instructions, responses
from sharpen.selfcodealign.generate.bank import Example, PromptName
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
    temperature: float = Field(default=0.7, ge=0)
    """Sampling temperature of all stages; the paper's is 0.7."""
    top_p: float = Field(default=1.0, gt=0, le=1)
    """Nucleus mass; the paper sets none."""
    max_tokens: PositiveInt = 1536
    """Completion tokens per response, at most."""
    shots: NonNegativeInt = 8
    """Worked examples in a prompt for concepts or for a task."""
    response_shots: NonNegativeInt = 1
    """Worked examples in a prompt for responses."""
    example_sets: NonNegativeInt = 0
    """Distinct sets of worked examples, so that prompts share a cached prefix; 0: one per item."""
    difficulties: Annotated[tuple[Difficulty, ...], Field(min_length=1)] = DIFFICULTIES
    """Difficulties of tasks, each equally likely; a small model solves few tasks that are not easy."""
    judge_docstrings: bool = False
    """Have the model reject seeds whose docstring says too little; a small model judges badly."""
    without_concepts: bool = False
    """Write tasks from the seed itself, without concepts: an ablation of the paper."""
    response_model: str = ""
    """Model that writes the responses; the model itself if not given."""
    completion: bool = False
    """Prompt with one text to continue, for base models, instead of a conversation."""
    bank: Path | None = None
    """Folder of worked examples, NAME.toml, instead of the 23 of sharpen."""
    prompts: Path | None = None
    """Folder of system prompts: concepts.txt, instruction.txt, seed_instruction.txt, response.txt."""
    until: Until = "responses"
    """The last stage that is run."""

    @model_validator(mode="after")
    def _check_stages(self) -> Self:
        if self.without_concepts and self.until == "concepts":
            raise ValueError("a run without concepts begins with its tasks: leave out --without-concepts")
        return self

    @property
    def answers_per_problem(self) -> float:
        """Of a seed: a judgement, concepts, a task and the responses, as far as the run goes."""
        stages = self.judge_docstrings + (not self.without_concepts)
        return stages + {"concepts": 0, "instructions": 1, "responses": 1 + self.n}[self.until]

    @property
    def models(self) -> frozenset[str]:
        """The model that writes tasks, and the one that writes responses."""
        return frozenset({self.model, self.response_model or self.model})

    @property
    def examples(self) -> tuple[Example, ...]:
        """The bank of worked examples.

        Raises:
            UsageError: the folder ``bank`` is not a bank.
        """
        return bank.load_examples(self.bank)

    def choose(self, prompt: PromptName, item: str, shots: int, like: tuple[str, ...] = ()) -> list[Example]:
        """Return the worked examples for a prompt; see :func:`sharpen.selfcodealign.generate.bank.choose`."""
        return bank.choose(
            self.examples, prompt, item, seed=self.choice_seed, shots=shots, sets=self.example_sets, like=like
        )


async def write(problem: Problem, run: Run, cfg: Align) -> None:
    """Go from one seed to its responses, or to the stage ``cfg.until``."""
    if cfg.judge_docstrings and not docstrings.is_yes((await judge_docstring(problem, run, cfg)).answer):
        return
    listing = None
    if not cfg.without_concepts:
        listing = await find_concepts(problem, run, cfg)
        if cfg.until == "concepts" or concepts_in(listing).fault:
            return
    task = await set_task(problem, run, cfg, listing)
    instruction = instruction_in(listing, task, cfg)
    if cfg.until == "instructions" or task_fault(instruction, task, cfg):
        return
    await solve(problem, run, cfg, task, instruction)


async def judge_docstring(problem: Problem, run: Run, cfg: Align) -> Node:
    """Ask whether a seed's docstring says enough to write the function again."""
    sampling = replace(_sampling(cfg, docstrings.STOP, docstrings.MAX_TOKENS), temperature=0)
    prompt = docstrings.prompt(problem, completion=cfg.completion)
    (node,) = await run.draw(problem, "docstring", prompt, [0], sampling=sampling)
    return node


async def find_concepts(problem: Problem, run: Run, cfg: Align) -> Node:
    """Ask which concepts a seed uses."""
    system = bank.load_system_prompt("concepts", cfg.prompts)

    async def draw(shots: list[Example]) -> list[Node]:
        prompt = concepts.prompt(problem.statement, shots, system, completion=cfg.completion)
        sampling = _sampling(cfg, concepts.STOP, concepts.MAX_TOKENS)
        return await run.draw(problem, "concepts", prompt, [0], sampling=sampling, must_fit=bool(shots))

    (node,) = await _fitting(draw, cfg.choose("concepts", problem.id, cfg.shots))
    return node


async def set_task(problem: Problem, run: Run, cfg: Align, listing: Node | None) -> Node:
    """Ask for a task that needs the concepts, or without them for one that the seed inspires."""
    wanted = _wanted(problem.id, listing, cfg)
    name: PromptName = "instruction" if listing else "seed_instruction"
    system = bank.load_system_prompt(name, cfg.prompts)

    async def draw(shots: list[Example]) -> list[Node]:
        if listing:
            prompt = instructions.prompt(wanted, shots, system, completion=cfg.completion)
        else:
            code = problem.statement
            prompt = instructions.seed_prompt(code, wanted, shots, system, completion=cfg.completion)
        sampling = _sampling(cfg, instructions.STOP, instructions.MAX_TOKENS)
        return await run.draw(
            problem, "instruction", prompt, [0], listing, sampling=sampling, must_fit=bool(shots)
        )

    like = wanted.category, wanted.difficulty
    (node,) = await _fitting(draw, cfg.choose(name, problem.id, cfg.shots, like))
    return node


async def solve(problem: Problem, run: Run, cfg: Align, task: Node, instruction: Instruction) -> list[Node]:
    """Ask for solutions of the task with tests, and run each on its own."""
    system = bank.load_system_prompt("response", cfg.prompts)

    def program_and_tests(node: Node) -> tuple[Program, Suite] | None:
        return responses.program_and_tests(response_in(instruction, node), cfg.examples)

    async def draw(shots: list[Example]) -> list[Node]:
        return await run.self_tested(
            problem,
            "response",
            responses.prompt(instruction.text, shots, system, completion=cfg.completion),
            range(cfg.n),
            task,
            program_and_tests,
            model=cfg.response_model,
            sampling=_sampling(cfg, responses.STOP, cfg.max_tokens),
            must_fit=bool(shots),
        )

    like = instruction.category, instruction.difficulty
    return await _fitting(draw, cfg.choose("response", problem.id, cfg.response_shots, like))


def concepts_in(listing: Node) -> Concepts:
    """Return the concepts in a row of the journal."""
    return concepts.read(listing.problem, listing.answer, finish(listing))


def instruction_in(listing: Node | None, task: Node, cfg: Align) -> Instruction:
    """Return the task in a row of the journal; ``listing`` is the row of its concepts, if it has any."""
    return instructions.read(task.problem, _wanted(task.problem, listing, cfg), task.answer)


def task_fault(instruction: Instruction, task: Node, cfg: Align) -> str:
    """Return why no responses are asked for; empty where they are."""
    return instructions.fault(instruction, finish(task), cfg.examples)


def response_in(instruction: Instruction, node: Node) -> Response:
    """Return the response in a row of the journal."""
    return responses.read(instruction, node.index, node.answer, finish(node))


def finish(node: Node) -> FinishReason:
    """Return why the model stopped."""
    assert node.completion is not None
    return node.completion.finish_reason


def _wanted(seed: str, listing: Node | None, cfg: Align) -> instructions.Properties:
    concepts = concepts_in(listing).concepts if listing else ()
    return instructions.properties(seed, concepts, cfg.choice_seed, cfg.difficulties)


def _sampling(cfg: Align, stop: tuple[str, ...], most: int) -> Sampling:
    return replace(cfg.sampling, stop=stop, max_tokens=min(most, cfg.max_tokens))


async def _fitting(
    draw: Callable[[list[Example]], Awaitable[list[Node]]], shots: list[Example]
) -> list[Node]:
    """Draw with as many examples as fit into the model's context, the least alike left out first."""
    while True:
        try:
            return await draw(shots)
        except (ContextOverflowError, ExceptionGroup) as error:
            if not _overflown(error):
                raise
        shots = shots[1:]


def _overflown(error: Exception) -> bool:
    if isinstance(error, ExceptionGroup):
        return error.subgroup(ContextOverflowError) is not None
    return isinstance(error, ContextOverflowError)
