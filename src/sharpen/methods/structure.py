"""Structured commonsense as code (CoCoGen, arXiv 2210.07128, section 2): a graph is asked for as text.

1. Show k solved items in one format, and the beginning of the item that is asked.
2. Let the model go on, and read the graph in what it wrote. Nothing is executed.
3. Where its faults can be seen without the reference graph (a cycle, an unknown step), draw again, at most
   ``best_of`` drafts in all, or tell the model and let it write the graph anew, at most ``repairs`` times.

The answer is the first draft without a fault, else the first that could be read, else none.

Deviations from the paper and its code:

1. A chat model is shown each example as a turn: the beginning by the user, the rest by the assistant. A base
   model (``prompting="completion"``) continues one text, as in the paper.
2. Where a prompt does not fit, examples are left out, the least telling first; none is truncated. Reports
   say how many were shown.
3. The paper has no step 3.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import ClassVar, Self

from pydantic import NonNegativeInt, PositiveInt, model_validator

from sharpen.answers import NO_ANSWER
from sharpen.benchmarks import structures
from sharpen.errors import ContextOverflowError, UsageError
from sharpen.graphs.checker import GraphChecker
from sharpen.graphs.codec import format_of
from sharpen.graphs.retrieval import END, EncoderName
from sharpen.methods.few_shot import PAPERS_FORMAT, Choice, FewShot, Shot, few_shot
from sharpen.methods.prompts import CHAT, Prompts, render
from sharpen.run.config import FAILING, RunConfig, Temperature
from sharpen.run.method import Load, Method, Solve, World
from sharpen.run.run import Run
from sharpen.types import Message, Node, Problem, Prompt


class Structure(RunConfig):
    """Write a graph as code, read it back, score it."""

    method: ClassVar[str] = "structure"
    resumable: ClassVar[frozenset[str]] = RunConfig.resumable | {"best_of", "repairs"}

    temperature: Temperature = 0.0
    """Sampling temperature; the paper is greedy."""
    max_tokens: PositiveInt = 800
    """Completion tokens per draft, at most."""
    format: str = ""
    """How a graph is written: literal, tree, json ...; the paper's own if not given."""
    shots: NonNegativeInt = 5
    """Solved items that a prompt shows."""
    choose: Choice = "fixed"
    """The same examples for all, the nearest, or those whose answers should be nearest."""
    encoder: EncoderName = "tf-idf"
    """What tells which texts are near: their words, or a sentence encoder (`sharpen[encoder]`)."""
    examples: str = ""
    """Where examples come from: a task's word, or one with @PATH; the task's training split if not given."""
    completion: bool = False
    """One text to go on with, for base models; a conversation if not given."""
    prompts: Prompts = "chat"
    """chat, paper (one text to go on with, as --completion), or a FOLDER with structure.txt of your own."""
    constrained: bool = False
    """Hold the model to a grammar of the format and the item, where the engine can."""
    best_of: PositiveInt = 1
    """Drafts at most, until one is without fault."""
    repairs: NonNegativeInt = 0
    """Times at most that the model is told the faults of its last draft."""

    @property
    def continues(self) -> bool:
        """Whether a prompt is one text that the model goes on with."""
        return self.completion or self.prompts == "paper"

    @property
    def answers_per_problem(self) -> float:
        """Drafts, if half of them have a fault."""
        return sum(FAILING**draft for draft in range(self.best_of + self.repairs))

    @model_validator(mode="after")
    def _check_drafts(self) -> Self:
        if self.best_of > 1 and self.temperature == 0:
            raise ValueError("drafts at temperature 0 are all the same: best_of needs a temperature")
        return self


async def structure(problem: Problem, run: Run, cfg: Structure, task: FewShot) -> None:
    """Draw drafts of one graph until one has no fault that can be told."""
    for index in range(cfg.best_of):
        node = await draft(problem, run, cfg, task, index)
        if sound(node):
            return
    for _ in range(cfg.repairs):
        assert node.shown is not None
        prompt = repair_prompt(node.prompt, node.answer, node.shown.message, problem.statement, cfg.prompts)
        node = await drawn(problem, run, cfg, task, prompt, 0, node)
        if sound(node):
            return


async def draft(problem: Problem, run: Run, cfg: Structure, task: FewShot, index: int) -> Node:
    """Draw one draft, with as many examples as fit."""
    shots = task.shots(problem.id)
    while True:
        try:
            prompt = ask(shots, problem.statement, cfg)
            return await drawn(problem, run, cfg, task, prompt, index, must_fit=bool(shots))
        except ExceptionGroup as group:
            if group.subgroup(ContextOverflowError) is None:
                raise
        shots = shots[1:]


async def drawn(
    problem: Problem,
    run: Run,
    cfg: Structure,
    task: FewShot,
    prompt: Prompt,
    index: int,
    parent: Node | None = None,
    *,
    must_fit: bool = False,
) -> Node:
    """Draw the text that continues ``prompt``, and judge the graph in it."""
    sampling = replace(
        cfg.sampling, stop=(END,) if cfg.continues else (), grammar=task.grammars.get(problem.id, "")
    )
    (node,) = await run.programs(problem, prompt, [index], parent, sampling=sampling, must_fit=must_fit)
    return node


def sound(node: Node) -> bool:
    """Whether no fault can be told."""
    return node.shown is not None and node.shown.passed


def ask(shots: Sequence[Shot], beginning: str, cfg: Structure) -> Prompt:
    """Return the prompt that shows ``shots`` and asks how ``beginning`` goes on."""
    if cfg.continues:
        return "".join(f"{start}{rest}\n{END}\n\n" for start, rest in shots) + beginning
    turns = [Message("system", render("structure", cfg.prompts).strip())]
    for start, rest in shots:
        turns += [Message("user", start), Message("assistant", rest)]
    return (*turns, Message("user", beginning))


def repair_prompt(prompt: Prompt, written: str, faults: str, beginning: str, prompts: str = CHAT) -> Prompt:
    """Return the prompt that goes on from a draft, says its faults and asks for it anew."""
    if isinstance(prompt, str):
        words = render("structure_faults", prompts, faults=faults)
        comments = "".join(f"# {line}\n" for line in words.splitlines())
        return f"{prompt}{written}\n{END}\n\n{comments}\n{beginning}"
    message = render("structure_faults", prompts, faults=faults) + "\n" + beginning
    return (*prompt, Message("assistant", written or NO_ANSWER), Message("user", message))


@lru_cache(maxsize=1)  # opening the world and beginning the run both need it
def few_shot_of(cfg: Structure) -> FewShot:
    """Return the structured task of a run, with its examples.

    Raises:
        UsageError: no task, or no format of the task, is called that.
        DataError: a file is not what it should be.
        FetchError: a file is not in the cache and no source could be reached.
    """
    task = structures.load(cfg.benchmark)
    word = cfg.examples or structures.find(task.name).examples
    shown = task if word == task.name else structures.load(word)
    form = format_of(task.task, cfg.format or PAPERS_FORMAT[task.task])
    return few_shot(task, shown, form, cfg.shots, cfg.choose, cfg.choice_seed, cfg.constrained, cfg.encoder)


def open_world(cfg: Structure, _: Load) -> World:
    """Return the task as a benchmark, and the judge of graphs."""
    if cfg.sandbox != "local":
        raise UsageError("graphs are read and not run: leave --sandbox out")
    return few_shot_of(cfg).benchmark, GraphChecker()


def begin(run: Run, cfg: Structure) -> Solve:
    """Return what writes the graph of one item."""
    return partial(structure, run=run, cfg=cfg, task=few_shot_of(cfg))


METHOD = Method(Structure, begin, kind="graphs", open_world=open_world)
