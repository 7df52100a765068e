"""Self-repair (arXiv 2306.09896, section 3): generate, run, explain the failure, repair.

1. Draw n_p programs. Run them. If one passes, stop.
2. For each that fails, draw n_f explanations of its error from the feedback model, or take a person's.
3. For each explanation, draw n_r repairs. Run them. If one passes, stop.
   In the joint form, one completion holds explanation and repair: n_fr of them for each program.

The batch form (A.1) draws all programs, then, if none passes, all repairs. The sequential form (A.2) goes
depth first. Both stop at the first program that passes if ``stop_at_success``. Otherwise all programs that
fail are repaired, because estimators need trees whose size does not depend on success, and i.i.d. samples are
drawn to the same tokens (:mod:`sharpen.methods.baseline`): they answer whether repair paid.

Deviations from the paper and its code:

1. The error that a prompt quotes comes from visible tests. The paper's setting, where the hidden tests
   are the feedback, is ``feedback_tests="hidden"``, and reports say so.
2. The conversation goes on where the program was written, so that a repair shares its parent's prefix.
   Explanations are quoted in the user's turn, from any author, so that authors can be compared. With
   ``prompts="paper"`` (or ``"codellama"``) each question is a new one-shot prompt with a system role and the
   program that ran, as in the paper's code; the words and the worked example are ours, one for everything.
3. Rounds beyond the first repair failing repairs in the same way; the paper has one.
4. An explanation is cut after it was drawn, so that its tokens count; the paper's code stops drawing there.
"""

from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import PositiveInt, model_validator

from sharpen.answers import NO_ANSWER
from sharpen.journal.layout import Layout, Size
from sharpen.languages import fence
from sharpen.methods.baseline import draw_baseline
from sharpen.methods.completion import is_signature
from sharpen.methods.human_feedback import Explanations, read_explanations
from sharpen.methods.prompts import Prompts, has, turn
from sharpen.run.config import FAILING, RunConfig
from sharpen.run.method import Method, Solve
from sharpen.run.run import Run, together
from sharpen.types import Message, Node, Problem, Prompt, Sampling


class Repair(RunConfig):
    """Generate, run, explain the failure, repair."""

    method: ClassVar[str] = "repair"
    resumable: ClassVar[frozenset[str]] = RunConfig.resumable | {
        "n_p", "n_f", "n_r", "n_fr", "rounds", "feedback_from", "stop_at_success", "baseline"
    }  # fmt: skip

    n_p: PositiveInt = 4
    """Initial programs per problem."""
    n_fr: PositiveInt | None = None
    """Joint form: completions per failing program that hold explanation and repair; 1 if no form is given."""
    n_f: PositiveInt | None = None
    """Split form: explanations per failing program; 1 if only n_r is given."""
    n_r: PositiveInt | None = None
    """Split form: repairs per explanation; 1 if only n_f is given."""
    feedback_model: str | None = None
    """Who explains failures; the model itself if not given."""
    feedback_from: Path | None = None
    """People's explanations, as made from the file of `sharpen export RUN failures`."""
    cut_feedback: Literal["auto", "on", "off"] = "auto"
    """Cut explanations where they begin to give a program, as the paper does; auto: another model's."""
    prompts: Prompts = "chat"
    """chat, paper (one-shot, a system role), codellama (the same as one text), or a FOLDER of own prompts."""
    feedback_tests: Literal["visible", "hidden"] = "visible"
    """Whose errors a prompt quotes; hidden is the paper's own setting and reports say so."""
    order: Literal["batch", "sequential"] = "batch"
    """All programs and then all repairs, or depth first."""
    rounds: PositiveInt = 1
    """Repairs of repairs of ... failing programs."""
    copies: Literal["apart", "shared"] = "apart"
    """Repairs of equal failing programs: drawn apart for each, or shared, as older versions did."""
    stop_at_success: bool = False
    """Stop at the first program that passes: the cheapest way to a right program, measures nothing."""
    baseline: Literal["equal-tokens", "none"] = "equal-tokens"
    """I.i.d. samples that cost as many tokens as the repairs, so that the report says whether repair paid."""

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        if self.n_fr and (self.n_f or self.n_r):
            raise ValueError("the joint form (n_fr) and the split form (n_f, n_r) exclude each other")
        if self.n_fr and (self.feedback_model or self.feedback_from):
            raise ValueError("feedback of another model or of people needs the split form: give n_f and n_r")
        if self.order == "sequential" and not self.stop_at_success:
            raise ValueError("--order sequential stops at the first success: add --stop-at-success")
        return self

    @property
    def determining_files(self) -> tuple[Path, ...]:
        """People's explanations: when more are written, the run goes on."""
        return (self.feedback_from,) if self.feedback_from else ()

    @property
    def joint(self) -> bool:
        """Whether one completion holds both explanation and repair: so when nothing else is asked for."""
        split = self.n_f or self.n_r or self.feedback_model or self.feedback_from
        return not split

    @property
    def size(self) -> Size | None:
        """The widths of every tree; None where trees stop at a success."""
        return None if self.stop_at_success else self.widths

    @property
    def widths(self) -> Size:
        """How many programs, explanations and repairs are drawn."""
        if self.joint:
            return Size(self.n_p, self.n_fr or 1, 1, joint=True)
        return Size(self.n_p, self.n_f or 1, self.n_r or 1)

    @property
    def compares(self) -> bool:
        """Whether i.i.d. samples are drawn to the tokens of the repairs."""
        trees_are_full = not (self.stop_at_success or self.feedback_from)
        return trees_are_full and self.baseline == "equal-tokens"

    @property
    def cuts(self) -> bool:
        """Whether explanations are cut where they begin to give a program."""
        return self.cut_feedback == "on" or (self.cut_feedback == "auto" and self.feedback_model is not None)

    @property
    def determining(self) -> dict[str, Any]:
        """As of every method; options whose default was another one are named so that older runs agree."""
        later = {"cut_feedback": self.cuts, "copies": self.copies == "apart"}
        named = {name: True for name, is_new in later.items() if is_new}
        others = {name: value for name, value in super().determining.items() if name not in later}
        return others | {"stop_at_success": self.stop_at_success} | named

    @property
    def answers_per_problem(self) -> float:
        """Programs, explanations and repairs if half of the programs fail, and as many samples for these."""
        size = self.widths
        below = size.n_f * size.n_r if size.joint else size.n_f * (1 + size.n_r)
        repairs = sum(self.n_p * (FAILING * below) ** level for level in range(1, self.rounds + 1))
        return self.n_p + repairs * (1 + FAILING * self.compares)

    @property
    def models(self) -> frozenset[str]:
        """Who writes programs and who explains."""
        return frozenset({self.model, self.feedback_model or self.model})


async def repair(problem: Problem, run: Run, cfg: Repair, explained: Explanations) -> None:
    """Grow the repair tree of one problem, and draw the samples that it is compared with."""
    if cfg.order == "sequential":
        await depth_first(problem, run, cfg, explained)
    else:
        await batch(problem, run, cfg, explained)
    if cfg.compares:
        await draw_baseline(problem, run, cfg.widths, first_prompt(problem, run, cfg))


async def batch(problem: Problem, run: Run, cfg: Repair, explained: Explanations) -> None:
    """Draw all programs; then, round by round, repairs of all that fail (paper, A.1)."""
    level = await run.programs(problem, first_prompt(problem, run, cfg), range(cfg.n_p))
    asked = Counter[Prompt]()
    for _ in range(cfg.rounds):
        if any(map(succeeds, level)) and cfg.stop_at_success:
            return
        failing = [node for node in level if not succeeds(node)]
        copies = [copy_number(problem, cfg, node, asked) for node in failing]
        grown = await together(
            repairs(problem, run, cfg, node, explained, copy)
            for node, copy in zip(failing, copies, strict=True)
        )
        level = [node for nodes in grown for node in nodes]


async def depth_first(problem: Problem, run: Run, cfg: Repair, explained: Explanations) -> None:
    """Draw one program at a time, with its repairs, up to the first that passes (paper, A.2)."""
    prompt = first_prompt(problem, run, cfg)
    asked = Counter[Prompt]()

    async def is_repaired(node: Node, rounds: int) -> bool:
        if succeeds(node) or not rounds:
            return succeeds(node)
        copy = copy_number(problem, cfg, node, asked)
        for parent, question, sampling, n in await questions(problem, run, cfg, node, explained, copy):
            for index in range(n):
                (child,) = await run.programs(problem, question, [index], parent, sampling=sampling)
                if await is_repaired(child, rounds - 1):
                    return True
        return False

    for index in range(cfg.n_p):
        (program,) = await run.programs(problem, prompt, [index])
        if await is_repaired(program, cfg.rounds):
            return


async def repairs(
    problem: Problem, run: Run, cfg: Repair, program: Node, explained: Explanations, copy: str
) -> list[Node]:
    """Draw all repairs of one failing program."""
    asked = await questions(problem, run, cfg, program, explained, copy)
    grown = await together(
        run.programs(problem, prompt, range(n), parent, sampling=sampling)
        for parent, prompt, sampling, n in asked
    )
    return [node for nodes in grown for node in nodes]


async def questions(
    problem: Problem, run: Run, cfg: Repair, program: Node, explained: Explanations, copy: str
) -> list[tuple[Node, Prompt, Sampling, int]]:
    """Return what to ask for repairs of ``program``: the parent, the prompt, how to draw and how many."""
    assert program.shown is not None
    of_copy = replace(cfg.sampling, repeat=copy)
    prompt = first_question(problem, cfg, program)
    if cfg.joint:
        return [(program, prompt, of_copy, cfg.n_fr or 1)]
    if cfg.feedback_from:
        written = enumerate(explained.get(program.id, ()))
        feedback = [run.explained(problem, program, index, *explanation) for index, explanation in written]
    else:
        model, indices = cfg.feedback_model or cfg.model, range(cfg.n_f or 1)
        feedback = await run.feedback(problem, model, prompt, indices, program, sampling=of_copy)
    quoted = [text.explanation if cfg.cuts else text.answer.strip() for text in feedback]
    return [
        (
            text,
            ask_about(problem, program, cfg.prompts, "repair", error=program.error, feedback=quoted[place]),
            of_copy if cfg.copies == "shared" else repeated(of_copy, quoted[:place].count(quoted[place])),
            cfg.n_r or 1,
        )
        for place, text in enumerate(feedback)
    ]


def first_question(problem: Problem, cfg: Repair, program: Node) -> Prompt:
    """Return what is asked first about a failing program."""
    name = "explain_and_repair" if cfg.joint else "explain"
    return ask_about(problem, program, cfg.prompts, name, error=program.error)


def copy_number(problem: Problem, cfg: Repair, program: Node, asked: Counter[Prompt]) -> str:
    """Return which of the tree's equal questions the one about ``program`` is, and count it in ``asked``.

    Equal programs that fail are asked about in the same words. Each is to get repairs of its own, which a
    second question of the same words would not: the journal has the answers to the first.
    """
    question = first_question(problem, cfg, program)
    asked[question] += 1
    return "" if cfg.copies == "shared" or asked[question] == 1 else str(asked[question])


def repeated(sampling: Sampling, before: int) -> Sampling:
    """Return how to draw for an explanation that ``before`` earlier ones of the same program equal."""
    return replace(sampling, repeat=f"{sampling.repeat or 1}.{before + 1}") if before else sampling


def succeeds(node: Node) -> bool:
    """Whether the loop may stop here: the tests that it may look at pass, or there are none."""
    return node.shown is None or node.shown.passed


def first_prompt(problem: Problem, run: Run, cfg: Repair) -> Prompt:
    """Return what asks for a first program: the benchmark's prompt, or that of the chosen set."""
    if not has("generate", cfg.prompts):
        return run.benchmark.prompt(problem)
    return turn("generate", (), cfg.prompts, **facts(problem))


def answered(program: Node) -> tuple[Message, ...]:
    """Return the conversation in which ``program`` was written, with its answer."""
    before = program.prompt if isinstance(program.prompt, tuple) else ()
    return (*before, Message("assistant", program.answer or NO_ANSWER))


def ask(program: Node, name: str, **values: str) -> tuple[Message, ...]:
    """Return the conversation in which ``program`` was written, and sharpen's own turn ``name`` about it."""
    prompt = turn(name, answered(program), **values)
    assert isinstance(prompt, tuple)
    return prompt


def ask_about(problem: Problem, program: Node, prompts: str, name: str, **values: str) -> Prompt:
    """Return the prompt that asks ``name`` about a failing program.

    In sharpen's own set it is one more turn in the conversation in which the program was written.
    """
    code = program.program.code if program.program else ""
    return turn(name, answered(program), prompts, **facts(problem), program=code, **values)


def facts(problem: Problem) -> dict[str, str | bool]:
    """Return what a prompt of a chosen set may say of a problem."""
    statement = problem.statement.strip()
    return {
        "statement": statement,
        "commented": "\n".join(f"# {line}".rstrip() for line in statement.split("\n")),
        "starter": "" if problem.starter.strip() in statement else problem.starter.strip(),
        "entry_point": problem.hidden.entry_point,
        "signature": is_signature(problem.statement),
        "fence": fence(problem.hidden.language),
    }


def begin(run: Run, cfg: Repair) -> Solve:
    """Read people's explanations, once for the run, and return what repairs one problem."""
    explained = read_explanations(cfg.feedback_from, run.journal) if cfg.feedback_from else {}
    return partial(repair, run=run, cfg=cfg, explained=explained)


def layout(cfg: Repair) -> Layout:
    """Return what the rows mean: trees of one size, or trees that stop at a success."""
    size = cfg.widths
    widths = f"n_fr = {size.n_f}" if size.joint else f"n_f = {size.n_f}, n_r = {size.n_r}"
    rounds = f", {cfg.rounds} rounds" if cfg.rounds > 1 else ""
    grown = f"stops at success, {cfg.order}" if cfg.stop_at_success else "full trees"
    return Layout(
        title="Self-repair",
        authors=_authors(cfg),
        shape=f"n_p = {size.n_p}, {widths}{rounds}; {grown}",
        size=cfg.size,
        stopped=STOPPED if cfg.stop_at_success else EXPLAINED if cfg.feedback_from else "",
        feedback=cfg.feedback_tests,
        all_count=cfg.order == "batch",
        baseline=cfg.compares,
        rounds=cfg.rounds,
        cuts=cfg.cuts,
    )


STOPPED = (
    "Whether repair paid is unknown: trees stop at the first program that passes, so there are no equal "
    "tokens to compare; run it again without --stop-at-success."
)
EXPLAINED = (
    "Whether repair paid is unknown: people explain some of the failing programs only, so trees have no "
    "fixed size; repairs after people's and models' explanations are compared below."
)


def _authors(cfg: Repair) -> str:
    if cfg.feedback_from:
        return f"{cfg.model}, human feedback"
    explains = cfg.feedback_model or cfg.model
    return cfg.model if explains == cfg.model else f"{cfg.model}, feedback by {explains}"


METHOD = Method(Repair, begin, layout)
