"""Reflexion on programs (arXiv 2303.11366, section 4.3): own tests judge, hidden ones only keep the record.

1. The model writes tests (:mod:`sharpen.methods.reflexion.self_tests`), then a program.
2. Each test is run on its own. The reward is 1 when all pass; the texts of those that pass and of those that
   fail, with what was returned, are the feedback.
3. Self-reflection and the next program see the last program, its feedback and the last reflections.

Without a usable test nothing can be judged, and the first program is submitted. In place of tests a model may
judge (``evaluator="model"``): it reads the program and says whether it is right.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sharpen.answers import NO_ANSWER
from sharpen.languages import assertion, fence
from sharpen.methods.prompts import CHAT, render, turn
from sharpen.methods.reflexion.loop import Reflexion, Trial
from sharpen.methods.reflexion.recorded_trace import recorded_trace
from sharpen.methods.reflexion.self_tests import MOST, suites, usable
from sharpen.run.run import Run, together
from sharpen.types import (
    AssertTest,
    Language,
    Message,
    Node,
    Observer,
    Problem,
    Program,
    Prompt,
    Suite,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class WrittenTests:
    """Tests that a model wrote, each as a suite of its own, and how often it wrote each."""

    suites: tuple[Suite, ...] = ()
    counts: tuple[int, ...] = ()


class Programming:
    """The family of programs: one problem, and the tests that the model wrote for it."""

    def __init__(
        self, problem: Problem, run: Run, tests: WrittenTests, cfg: Reflexion, *, reflect: str
    ) -> None:
        """Use ``reflect`` as the prompt of self-reflection; ``reflect_unseen`` shows it no tests."""
        self.problem, self.run, self.tests, self.cfg = problem, run, tests.suites, cfg
        self.weights = tests.counts
        self.blind = reflect == "reflect_unseen"
        self._reflect = reflect

    async def act(self, number: int, memory: Sequence[Node], last: Trial | None) -> tuple[Node, ...]:
        """Write a program, or improve the last one."""
        prompt = self.run.benchmark.prompt(self.problem)
        if last is None:
            return tuple(await self.run.programs(self.problem, prompt, [number]))
        feedback = "" if self.blind else last.outcome.text
        learned = [reflection.answer.strip() for reflection in memory]
        question = self._ask(last, "retry", feedback=feedback, reflections=learned)
        parent = memory[-1] if memory else last.outcome
        return tuple(await self.run.programs(self.problem, question, [number], parent))

    async def evaluate(self, number: int, steps: tuple[Node, ...]) -> Trial:
        """Run every own test; the reward is 1 when all pass and None when there is none."""
        (node,) = steps
        if self.blind:
            return Trial(steps, self._observed("Tests omitted.", number, node, 0.0, author=Observer.NO_TESTS))
        if self.cfg.evaluator == "model":
            return await self._read(number, node)
        if not self.tests:
            return Trial(steps, self._observed("No test of its own can be used.", number, node, None))
        assert node.program is not None
        verdicts = await judged(node.program, self.tests, self.run)
        passed = tuple(verdict.passed for verdict in verdicts)
        explained = [replace(verdict, message=node.explained(verdict)) for verdict in verdicts]
        outcome = self._observed(feedback(self.tests, explained), number, node, float(all(passed)))
        return Trial(steps, outcome, passed)

    async def reflect(self, number: int, trial: Trial, memory: Sequence[Node]) -> Node:  # noqa: ARG002
        """Say what is wrong in the program; earlier reflections are about other programs."""
        values = {"feedback": trial.outcome.text}
        name = self._reflect
        if name == "trace" and (recorded := await self._trace(trial)):
            name, values["trace"] = "trace_recorded", recorded
        prompt = self._ask(trial, name, **values)
        model = self.cfg.reflection_model or ""
        (node,) = await self.run.draw(
            self.problem, "reflection", prompt, [number], trial.outcome, model=model
        )
        return node

    async def _trace(self, trial: Trial) -> str:
        """Return what the program did on the first own test that it fails; empty if it is to be imagined."""
        (node,) = trial.steps
        failed = [test for test, passed in zip(self.tests, trial.passed, strict=False) if not passed]
        python = self.problem.hidden.language == "python"
        if self.cfg.trace == "imagined" or not python or not failed or node.program is None:
            return ""
        return await recorded_trace(node.program, failed[0], self.run)

    async def _read(self, number: int, node: Node) -> Trial:
        """Let a model judge a program without running it; an answer without a verdict judges nothing."""
        prompt = self._about(node, "evaluate")
        model = self.cfg.evaluator_model or ""
        (answer,) = await self.run.draw(self.problem, "evaluation", prompt, [number], node, model=model)
        text = answer.answer.strip()
        return Trial(
            (node,), self._observed(text, number, answer, reward_in(text), author=Observer.EVALUATOR)
        )

    async def first(self) -> Trial:
        """Return a program from scratch, judged."""
        return await self.evaluate(0, await self.act(0, (), None))

    async def drafts(self, number: int) -> list[Trial]:
        """Return this number of independent programs, judged."""
        prompt = self.run.benchmark.prompt(self.problem)
        nodes = await self.run.programs(self.problem, prompt, range(number))
        return await together(self.evaluate(node.index, (node,)) for node in nodes)

    async def improved(self, number: int, trial: Trial) -> Trial:
        """Return a program that was written after seeing what an earlier one fails, judged."""
        return await self.evaluate(number, await self.act(number, (), trial))

    async def refined(self, number: int, trial: Trial) -> Trial:
        """Return a program that improves on any earlier one after a reflection on it, judged."""
        reflection = await self.reflect(number, trial, ())
        return await self.evaluate(number, await self.act(number, [reflection], trial))

    def submit(self, trial: Trial, why: str) -> None:
        """Record which program the strategy stands by."""
        (program,) = trial.steps
        self.run.note(self.problem, "submission", why, program.index, program, author=Observer.STRATEGY)

    def _observed(
        self,
        text: str,
        number: int,
        parent: Node,
        reward: float | None,
        author: Observer = Observer.OWN_TESTS,
    ) -> Node:
        return self.run.note(self.problem, "observation", text, number, parent, author=author, reward=reward)

    def _ask(self, trial: Trial, prompt: str, **values: str | Sequence[str]) -> Prompt:
        (program,) = trial.steps
        return self._about(program, prompt, **values)

    def _about(self, program: Node, prompt: str, **values: str | Sequence[str]) -> Prompt:
        """Return the prompt that asks something about a program, in the run's set of prompts."""
        answered = (
            *self.run.benchmark.prompt(self.problem),
            Message("assistant", program.answer or NO_ANSWER),
        )
        code = program.program.code if program.program else ""
        facts = {
            "program": code,
            "statement": self.problem.statement.strip(),
            "fence": fence(self.problem.hidden.language),
        }
        return turn(f"reflexion/{prompt}", answered, self.cfg.prompts, **(facts | values))


def reward_in(text: str) -> float | None:
    """Return 1 or 0 as the last verdict in a model's judgement says; None without a verdict."""
    verdicts = re.findall(r"verdict\W+(right|wrong)\b", text, re.IGNORECASE)
    return float(verdicts[-1].lower() == "right") if verdicts else None


async def own_tests(
    problem: Problem, run: Run, cfg: Reflexion, read: Node | None = None
) -> tuple[list[Node], WrittenTests]:
    """Let the model write tests and return its answers and those that can be used.

    CodeT's rule takes all tests of all answers; everything else the first six of one. The model sees no
    program, or one that it wrote before (``read``).
    """
    entry_point, language = problem.hidden.entry_point, problem.hidden.language
    shown = [test.code for test in problem.visible.tests[:1] if isinstance(test, AssertTest)]
    question = _tests_question(
        cfg.prompts,
        language,
        statement=problem.statement.strip(),
        starter="" if problem.starter.strip() in problem.statement else problem.starter.strip(),
        example=shown[0] if shown and shown[0] not in problem.statement else "",
        entry_point=entry_point,
    )
    # A small model that is not shown how writes the program first, whatever it is told.
    which = "" if language == "python" else f"_{language}"
    worked = render(f"reflexion/tests_example{which}").strip()
    prompt = (
        _tests_question(CHAT, language, statement=worked, starter="", example="", entry_point="longest_run"),
        Message("assistant", render(f"reflexion/tests_example_answer{which}").strip()),
        question,
    )
    if read is not None:
        code = read.program.code.strip() if read.program else ""
        text = render("reflexion/tests_read", cfg.prompts, program=code, fence=fence(language)).strip()
        # The instruction comes last: after a program a small model writes the program again.
        prompt = (*prompt[:-1], replace(question, content=f"{text}\n\n{question.content}"))
    everything = cfg.strategy in ("codet", "codet-read") and cfg.agreement == "codet"
    numbers = range(cfg.test_samples if everything else 1)
    answers = await run.draw(problem, "tests", prompt, numbers, read, model=cfg.evaluator_model or "")
    written = Counter(source for node in answers for source in usable(node.answer, entry_point, language))
    chosen = list(written) if everything else list(written)[:MOST]
    tests = suites(chosen, entry_point, problem.visible.context, language)
    return answers, WrittenTests(tests, tuple(written[source] for source in chosen))


def _tests_question(prompts: str, language: Language, *, entry_point: str, **values: str) -> Message:
    form = assertion(language, f"{entry_point}(...)", "...")
    values |= {"fence": fence(language), "form": form, "entry_point": entry_point}
    return Message("user", render("reflexion/tests", prompts, **values).strip())


async def judged(program: Program, tests: Sequence[Suite], run: Run) -> list[Verdict]:
    """Return the verdict of each test, run on its own."""
    verdicts = await together(run.execute(program, suite) for suite in tests)
    return [verdict for verdict, _ in verdicts]


def feedback(tests: Sequence[Suite], verdicts: Sequence[Verdict]) -> str:
    """Return what a prompt says of the tests: those that pass, and what went wrong in the others."""
    passed = [_source(suite) for suite, verdict in zip(tests, verdicts, strict=True) if verdict.passed]
    failed = dict.fromkeys(verdict.message for verdict in verdicts if not verdict.passed)
    parts = ["Tests passed:\n" + "\n".join(passed)] if passed else []
    parts += ["Tests failed:\n" + "\n".join(failed)] if failed else []
    return "\n\n".join(parts)


def _source(suite: Suite) -> str:
    (test,) = suite.tests
    return test.code if isinstance(test, AssertTest) else test.id
