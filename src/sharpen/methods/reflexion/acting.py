"""Reflexion on worlds that are acted in (arXiv 2303.11366, sections 4.1 and 4.2): questions and games.

The actor is ReAct's (arXiv 2210.03629): in each turn it writes a thought and an action, and is told what came
of it. The world gives the reward when it is done. The heuristic of the paper's first version ends a trial
that goes in circles, or that takes too long.

A resumed run goes through the same steps again: answers come from the journal, and the world, which is
deterministic, is led back to where it was.

Deviations from the paper's code:

1. A thought and its action are one completion; the code draws two.
2. Turns of a conversation take the place of one growing text, so that an engine evaluates each once.
3. Where a trajectory is too long, its longest observations are left out of the prompt, as in the code; the
   measure is characters, not tokens, because a method does not know the model's tokens.
"""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from sharpen.benchmarks.base import ActionResult, Environment
from sharpen.methods.prompts import render
from sharpen.methods.reflexion.loop import Trial, heuristic
from sharpen.run.run import Run
from sharpen.types import Message, Node, Observer, Problem

MOST_CHARACTERS = 6_400
"""Of a trajectory in a prompt: about the 1,600 tokens of the paper's code."""
LEFT_OUT = "(left out)"
_MARKUP = r"[ \t>#*_`-]*"
"""What may stand around a word in Markdown: a quote, a heading, a list, bold, code."""
_ACTION = re.compile(
    rf"^{_MARKUP}(?:\d{{1,3}}[.)][ \t]+{_MARKUP})?Action[ \t]*\d*{_MARKUP}[:：]{_MARKUP}"
    r"(?:\n(?:[ \t]*```\w*)?\s*)?(\S.*)?$",
    re.MULTILINE | re.IGNORECASE,
)


class Acting:
    """The family of worlds: one problem."""

    def __init__(
        self,
        problem: Problem,
        run: Run,
        environment: Environment,
        *,
        repeats: int,
        recalls: bool,
        reflection_model: str = "",
    ) -> None:
        """Show the next trial the last one if it ``recalls``; ``repeats`` is the heuristic's Omega."""
        self.reflection_model = reflection_model
        self.problem, self.run, self.environment = problem, run, environment
        self.repeats, self.recalls = repeats, recalls
        self._turn, self._halted = ActionResult(""), ""

    async def act(self, number: int, memory: Sequence[Node], last: Trial | None) -> tuple[Node, ...]:
        """Act until the world is done or the heuristic says stop."""
        with closing(self.environment):
            return await self._act(number, memory, last)

    async def _act(self, number: int, memory: Sequence[Node], last: Trial | None) -> tuple[Node, ...]:
        before = memory[-1] if memory else last.outcome if last else None
        self._turn = ActionResult(self.environment.reset())
        steps = [self._seen(self._turn.observation, number, before)]
        taken: list[tuple[str, str]] = []
        head = self._head(steps[0].text, memory, last)
        warm = replace(self.run.config.sampling, stop=("\nObservation", "Observation:"))
        while not self._turn.done:
            if reason := heuristic(taken, self.repeats, self.environment.most_steps):
                self._halted = reason
                break
            prompt = conversation(head, steps[1:])
            (step,) = await self.run.draw(self.problem, "action", prompt, [number], steps[-1], sampling=warm)
            taken.append((self._turn.observation, action_of(step.answer)))
            self._turn = self.environment.step(taken[-1][1])
            steps += [step, self._seen(self._turn.observation, number, step)]
        return tuple(steps)

    async def evaluate(self, number: int, steps: tuple[Node, ...]) -> Trial:
        """Take the world's own reward; a trial that the heuristic ended has none, which is 0."""
        turn, note = self._turn, self.run.note
        if turn.score is not None:
            answer = action_of(steps[-2].answer)
            note(
                self.problem,
                "submission",
                answer,
                number,
                steps[-1],
                author=Observer.SCORE,
                reward=turn.score,
            )
        feedback, author = (
            (f"reward {turn.reward:g}", Observer.ENVIRONMENT)
            if turn.done
            else (self._halted, Observer.HEURISTIC)
        )
        reward = turn.reward if turn.done else 0.0
        outcome = note(self.problem, "observation", feedback, number, steps[-1], author=author, reward=reward)
        return Trial(steps, outcome)

    async def reflect(self, number: int, trial: Trial, memory: Sequence[Node]) -> Node:
        """Say what went wrong in a trajectory and make a plan."""
        halted = trial.outcome.author == Observer.HEURISTIC
        question = render(
            "reflexion/reflect_acting",
            instructions=self._instructions(),
            attempt=transcript(trial.steps),
            outcome=f"It was stopped: {trial.outcome.text}." if halted else "It ended without success.",
            reflections=[node.answer.strip() for node in memory],
        )
        prompt = (Message("user", question.strip()),)
        model = self.reflection_model
        (node,) = await self.run.draw(
            self.problem, "reflection", prompt, [number], trial.outcome, model=model
        )
        return node

    def _head(self, task: str, memory: Sequence[Node], last: Trial | None) -> str:
        recalled = last if self.recalls else None
        return render(
            "reflexion/task",
            instructions=self._instructions(),
            reflections=[node.answer.strip() for node in memory],
            attempt=transcript(recalled.steps) if recalled else "",
            task=task,
        ).strip()

    def _instructions(self) -> str:
        (message,) = self.run.benchmark.prompt(self.problem)
        return message.content

    def _seen(self, text: str, number: int, parent: Node | None) -> Node:
        return self.run.note(self.problem, "observation", text, number, parent, author=Observer.ENVIRONMENT)


def action_of(text: str) -> str:
    """Return the action in an answer: behind ``Action:`` or on the line after it, else its last line.

    Markdown around it (bold, code, a list) is not part of it.
    """
    match = _ACTION.search(text)
    lines = [line for line in text.split("\n") if re.search(r"\w", line)]
    action = (match[1] or "") if match else lines[-1] if lines else ""
    return _plain(action)


def _plain(action: str) -> str:
    """Return an action without the marks of Markdown that stand around all of it."""
    plain = action.strip()
    for mark in ("**", "__", "`", "*"):
        if mark in plain and (plain.startswith(mark) or plain.endswith(mark)):
            plain = plain.removeprefix(mark).removesuffix(mark).strip()
    return plain


def conversation(head: str, steps: Sequence[Node]) -> tuple[Message, ...]:
    """Return the task and the turns since, without the longest observations where they are too long."""
    turns = [Message("user", head)]
    for node, text in zip(steps, _shortened(steps), strict=True):
        if node.stage == "action":
            turns.append(Message("assistant", text))
        else:
            turns.append(Message("user", f"Observation: {text}"))
    return tuple(turns)


def transcript(steps: Sequence[Node]) -> str:
    """Return a trajectory as one text, shortened likewise."""
    return "\n".join(
        text if number == 0 or node.stage == "action" else f"Observation: {text}"
        for number, (node, text) in enumerate(zip(steps, _shortened(steps), strict=True))
    )


def _shortened(steps: Sequence[Node]) -> list[str]:
    texts = [observation_text(node.answer) if node.stage == "action" else node.text for node in steps]
    seen = [number for number, node in enumerate(steps) if node.stage == "observation"]
    for number in sorted(seen, key=lambda number: -len(texts[number])):
        if sum(map(len, texts)) <= MOST_CHARACTERS:
            break
        texts[number] = LEFT_OUT
    return texts


def observation_text(text: str) -> str:
    """Return an answer up to the end of its action: what follows was not asked for."""
    match = _ACTION.search(text)
    return (text[: match.end()] if match else text).strip()
