"""Reflexion on a world that is acted in: a door that opens at the third knock and to nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sharpen.benchmarks.base import ActionResult, Benchmark
from sharpen.journal.journal import Journal
from sharpen.methods.reflexion.acting import (
    LEFT_OUT,
    MOST_CHARACTERS,
    action_of,
    conversation,
    observation_text,
    transcript,
)
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.reflexion.strategies import METHOD
from sharpen.models.scripted import Scripted
from sharpen.reports.reflexion.accounting import summarise
from sharpen.reports.reflexion.trials import read
from sharpen.run.run import Run
from sharpen.types import Message, Node, Problem, Program, Prompt, Suite
from tests.world import ReadingSandbox

pytestmark = pytest.mark.anyio


class Door:
    most_steps = 6

    def __init__(self) -> None:
        self.open = 0

    def reset(self) -> str:
        self.open += 1
        self.knocks = 0
        return "A closed door."

    def step(self, action: str) -> ActionResult:
        if action == "give up":
            return ActionResult("You went home.", done=True, reward=0.0, score=self.knocks / 4)
        self.knocks += action == "knock"
        done = self.knocks == 3
        seen = "It opens." if done else f"You hear {self.knocks} knocks." if action == "knock" else "Nothing."
        return ActionResult(seen, done=done, reward=float(done), score=1.0 if done else None)

    def close(self) -> None:
        self.open -= 1


DOORS: list[Door] = []


def doors(problem: Problem) -> Door:
    DOORS.append(Door())
    return DOORS[-1]


BENCHMARK = Benchmark(
    name="door",
    problems=[Problem("door", "open it", Suite(()), Suite(()))],
    prompt=lambda _: (Message("user", "Open the door."),),
    extract=lambda _, answer: Program(""),
    visible_tests="none",
    source="made in the test",
    environment=doors,
)


def acts(actions: Callable[[int, int], str]):
    """Answer with the action of a trial and step, or a reflection."""

    def answer(prompt: Prompt, index: int) -> str:
        if "make a new plan" in prompt[-1].content:
            return f"lesson {index}"
        return f"Thought: hm\nAction: {actions(index, len(prompt) // 2)}\nThis is not asked for."

    return answer


async def play(
    directory: Path, answer: Callable[[Prompt, int], str], **options: object
) -> tuple[list[Node], list[tuple[Prompt, int]]]:
    cfg = Reflexion(benchmark="door", model="a", **options)
    model = Scripted(answer, "a")
    run = Run(directory, cfg, BENCHMARK, {"a": model}, ReadingSandbox())
    try:
        await run.map(METHOD.begin(run, cfg))
    finally:
        await run.close()
    with Journal.read(directory) as journal:
        return journal.nodes("door"), model.requests


def gives_up_at_first(trial: int, step: int) -> str:
    return "knock" if trial > 0 or step == 0 else "give up"


async def test_a_trial_is_a_chain_of_actions_and_observations(tmp_path: Path) -> None:
    nodes, _ = await play(tmp_path, acts(lambda *_: "knock"))
    steps = ["observation", *["action", "observation"] * 3]
    assert [n.stage for n in nodes] == [*steps, "submission", "observation"]
    assert [n.parent for n in nodes[:-2]] == [None, *[n.id for n in nodes[:-3]]]
    assert [n.text for n in nodes if n.author == "environment"][:4] == [
        "A closed door.", "You hear 1 knocks.", "You hear 2 knocks.", "It opens.",
    ]  # fmt: skip
    assert [n.reward for n in nodes if n.stage == "observation"][-1] == 1.0


async def test_it_reflects_and_tries_again_until_the_world_rewards_it(tmp_path: Path) -> None:
    nodes, requests = await play(tmp_path, acts(gives_up_at_first), trials=4)
    (lesson,) = [n for n in nodes if n.stage == "reflection"]
    assert (lesson.text, lesson.index) == ("lesson 1", 1)
    assert "Thought: hm\nAction: give up\nObservation: You went home." in lesson.prompt[0].content
    assert "not asked for" not in lesson.prompt[0].content
    second = [prompt for prompt, index in requests if index == 1 and "lesson 1" in prompt[0].content]
    assert len(second) == 3
    assert second[0][0].content.startswith("Open the door.")
    assert 'A closed door.\n\nWrite one line that begins with "Thought:"' in second[0][0].content
    assert "You went home" not in second[0][0].content
    record = read(tmp_path)
    assert [(a.success, a.reward) for a in record.problems[0].attempts] == [(False, 0.0), (True, 1.0)]
    assert (record.problems[0].status, record.problems[0].score) == ("solved", 1.0)
    ((summary,), _) = summarise([tmp_path])
    assert sum(summary.all_tests.counts) == 0, "a world's reward is not a test of the model's own"


async def test_a_conversation_goes_on_turn_by_turn(tmp_path: Path) -> None:
    _, requests = await play(tmp_path, acts(lambda *_: "knock"))
    prompt = requests[-1][0]
    assert [turn.role for turn in prompt] == ["user", "assistant", "user", "assistant", "user"]
    assert prompt[1].content == "Thought: hm\nAction: knock"
    assert prompt[2].content == "Observation: You hear 1 knocks."


@pytest.mark.parametrize(
    ("name", "lessons", "recalls"), [("none", 0, False), ("last-attempt", 0, True), ("both", 1, True)]
)
async def test_what_the_next_trial_sees_is_the_strategy(
    tmp_path: Path, name: str, lessons: int, recalls: bool
) -> None:
    nodes, requests = await play(tmp_path, acts(lambda *_: "give up"), trials=3, strategy=name)
    last = [prompt[0].content for prompt, index in requests if index == 2][-1]
    assert ("You went home" in last) == recalls
    assert last.count("lesson") == lessons
    assert sum(n.stage == "reflection" for n in nodes) == 2 * lessons


async def test_memory_keeps_the_last_three_reflections(tmp_path: Path) -> None:
    _, requests = await play(tmp_path, acts(lambda *_: "give up"), trials=6)
    last = [prompt[0].content for prompt, index in requests if index == 5][-1]
    assert "- lesson 3\n- lesson 4\n- lesson 5" in last and "lesson 2" not in last


async def test_the_heuristic_ends_a_trial_that_goes_in_circles(tmp_path: Path) -> None:
    nodes, _ = await play(tmp_path, acts(lambda *_: "wait"), trials=1, repeats=2)
    assert sum(n.stage == "action" for n in nodes) == 1 + 4
    (outcome,) = [n for n in nodes if n.author == "heuristic"]
    assert (outcome.reward, outcome.text) == (0.0, "the same action in the same state was repeated 3 times")
    assert read(tmp_path).problems[0].attempts[0].halted == outcome.text


async def test_the_heuristic_ends_a_trial_that_is_too_long(tmp_path: Path) -> None:
    nodes, requests = await play(tmp_path, acts(lambda _, step: f"look {step}"), trials=2)
    assert sum(n.stage == "action" for n in nodes) == 2 * Door.most_steps
    (lesson,) = [prompt for prompt, _ in requests if "make a new plan" in prompt[-1].content]
    assert "It was stopped: no more than 6 actions may be taken." in lesson[0].content
    assert read(tmp_path).problems[0].status == "failed"


@pytest.mark.parametrize("moment", range(1, 9))
async def test_a_run_cut_short_in_a_trial_goes_on_there(tmp_path: Path, moment: int) -> None:
    answer, calls = acts(gives_up_at_first), []

    class GoneError(Exception):
        pass

    def until(prompt: Prompt, index: int) -> str:
        calls.append(index)
        if len(calls) > moment:
            raise GoneError
        return answer(prompt, index)

    whole, requests = await play(tmp_path / "whole", answer, trials=4)
    if moment < len(requests):
        with pytest.raises(ExceptionGroup):
            await play(tmp_path / "cut", until, trials=4)
    resumed, rest = await play(tmp_path / "cut", answer, trials=4)
    assert [n.id for n in resumed] == [n.id for n in whole]
    assert len(rest) == (len(requests) - moment if moment < len(requests) else len(requests))


async def test_every_world_is_closed(tmp_path: Path) -> None:
    DOORS.clear()
    await play(tmp_path, acts(lambda *_: "give up"), trials=3)
    assert DOORS and all(door.open == 0 for door in DOORS)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("Thought: x\nAction: go north\nObservation: y", "go north"),
        ("Action 3: Search[a]", "Search[a]"),
        ("I will knock\n\nknock\n", "knock"),
        ("I will search\nsearch[a\u2028b]", "search[a\u2028b]"),
        ("", ""),
        ("Action:", ""),
    ],
)
def test_an_action_is_found_in_any_answer(text: str, action: str) -> None:
    assert action_of(text) == action


def row(number: int, stage: str, text: str) -> Node:
    return Node(str(number), None, "p", stage, 0, "m", text)


def test_the_longest_observations_are_left_out_of_a_long_prompt() -> None:
    long = "x" * (MOST_CHARACTERS // 2)
    texts = [long, "short", long + "y", "last"]
    steps = [row(i, "action" if i % 2 else "observation", text) for i, text in enumerate(texts)]
    prompt = conversation("head", steps)
    assert [turn.content for turn in prompt] == [
        "head", f"Observation: {long}", "short", f"Observation: {LEFT_OUT}", "last",
    ]  # fmt: skip
    assert LEFT_OUT in transcript(steps)
    assert observation_text("Action: knock\nand more") == "Action: knock"


@pytest.mark.parametrize(
    "text",
    [
        "**Action:** Finish[Paris]",
        "**Action**: Finish[Paris]",
        "**Action: Finish[Paris]**",
        "Action: `Finish[Paris]`",
        "- Action: Finish[Paris]",
        "* **Action 2:** `Finish[Paris]`",
        "### Action: Finish[Paris]",
        "2. Action: Finish[Paris]",
        "1) **Action:** Finish[Paris]",
        "Action：Finish[Paris]",
        "> Action: Finish[Paris]",
        "Action:\nFinish[Paris]",
        "Action:\n\n  Finish[Paris]\nObservation: ...",
        "**Action 1:**\n```text\nFinish[Paris]\n```",
        "ACTION: Finish[Paris]",
        "I know it.\n`Finish[Paris]`",
        "Finish[Paris]\n```",
    ],
)
def test_an_action_in_markdown_or_on_the_next_line(text: str) -> None:
    assert action_of(text) == "Finish[Paris]"


@pytest.mark.parametrize(
    ("text", "action"), [("Action: Search[a_b_*c*]", "Search[a_b_*c*]"), ("Action:", ""), ("", "")]
)
def test_marks_inside_of_an_action_stay(text: str, action: str) -> None:
    assert action_of(text) == action
