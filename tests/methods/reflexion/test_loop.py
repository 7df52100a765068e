"""The loop of Reflexion, and its heuristic, on programs whose fate is scripted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.errors import UsageError
from sharpen.journal.journal import Journal
from sharpen.methods.reflexion.loop import Reflexion, heuristic
from sharpen.methods.reflexion.self_tests import usable
from sharpen.registry import open_world
from sharpen.types import Prompt
from tests.methods.reflexion_world import TESTS, rows, script, solve, texts

pytestmark = pytest.mark.anyio


async def test_it_tries_again_until_its_own_tests_pass(tmp_path: Path) -> None:
    nodes, requests = await solve(tmp_path, script(["1", "1 2", "1 2 3 right", "never"]), trials=4)
    assert texts(nodes, "program", "repair") == ["1", "1 2", "1 2 3 right"]
    assert texts(nodes, "reflection") == ["reflection 1", "reflection 2"]
    assert [n.reward for n in rows(nodes, "observation")] == [0.0, 0.0, 1.0]
    assert len(requests) == 6
    (submission,) = rows(nodes, "submission")
    assert submission.parent == rows(nodes, "repair")[-1].id


async def test_it_gives_up_after_the_last_trial_without_a_reflection_that_nobody_reads(
    tmp_path: Path,
) -> None:
    nodes, _ = await solve(tmp_path, script(["1", "2", "3"]), trials=3)
    assert texts(nodes, "program", "repair") == ["1", "2", "3"]
    assert len(rows(nodes, "reflection")) == 2
    assert [n.passed for n in rows(nodes, "program", "repair")] == [False] * 3


async def test_its_rows_are_one_chain(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(["1", "1 2", "1 2 3"]), trials=3)
    chain = [n for n in nodes if n.stage not in ("tests", "submission")]
    assert [n.stage for n in chain] == [
        "program", "observation", "reflection", "repair", "observation", "reflection", "repair", "observation",
    ]  # fmt: skip
    assert [n.parent for n in chain] == [None, *[n.id for n in chain[:-1]]]
    assert [n.index for n in chain] == [0, 0, 1, 1, 1, 2, 2, 2]


async def test_the_next_program_sees_the_last_one_its_tests_and_the_last_reflection(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(["1", "1 2", "1 2 3"]), trials=3)
    prompt = rows(nodes, "repair")[-1].prompt
    assert [turn.role for turn in prompt] == ["user", "assistant", "user"]
    assert (prompt[0].content, prompt[1].content) == ("write f of p/0", "1 2")
    question = prompt[2].content
    assert "Tests passed:\nassert f(1) == 1\nassert f(2) == 2" in question
    assert "Tests failed:\nassert f(3) == 3 failed: returned 0" in question
    assert "reflection 2" in question and "reflection 1" not in question


async def test_a_longer_memory_keeps_the_last_omega_reflections(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(list("0000")), trials=4, memory=2)
    question = rows(nodes, "repair")[-1].prompt[-1].content
    assert "reflection 2\nreflection 3" in question and "reflection 1" not in question


async def test_hidden_tests_are_recorded_and_never_shown_or_followed(tmp_path: Path) -> None:
    nodes, requests = await solve(tmp_path, script(["right 1", "1 2 3"]), trials=3)
    assert [n.passed for n in rows(nodes, "program", "repair")] == [True, False]
    assert all(n.shown is None for n in nodes)
    assert not any("SECRET" in turn.content for prompt, _ in requests for turn in prompt)


async def test_without_a_usable_test_the_first_program_stands(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(["1", "2"], tests="I cannot."), trials=3)
    assert texts(nodes, "program", "repair") == ["1"]
    assert [n.reward for n in rows(nodes, "observation")] == [None]


async def test_immediate_reflexion_sees_no_tests_and_never_stops_early(tmp_path: Path) -> None:
    programs = script(["1 2 3", "1 2 3 again", "1 2 3 once more"])
    nodes, requests = await solve(tmp_path, programs, trials=3, strategy="immediate-reflexion")
    assert len(rows(nodes, "program", "repair")) == 3
    assert len(rows(nodes, "reflection")) == 2
    assert not any("f(1)" in turn.content for prompt, _ in requests for turn in prompt)
    assert rows(nodes, "tests") == [], "what is not looked at is not paid for"
    assert len(requests) == 5


async def test_the_gate_ends_a_chain_whose_first_program_passes_the_hidden_tests(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(["right", "1 2 3"]), trials=3, oracle="first")
    assert texts(nodes, "program", "repair") == ["right"]
    (submission,) = rows(nodes, "submission")
    assert submission.parent == nodes[1].id or submission.index == 0


async def test_behind_the_gate_a_failing_first_program_is_reflected_on_whatever_its_own_tests_say(
    tmp_path: Path,
) -> None:
    """All own tests pass, which would end the chain without a gate; afterwards they end it as ever."""
    nodes, _ = await solve(tmp_path, script(["1 2 3", "1 2 3 right", "never"]), trials=3, oracle="first")
    assert texts(nodes, "program", "repair") == ["1 2 3", "1 2 3 right"]
    assert texts(nodes, "reflection") == ["reflection 1"]
    assert not any("SECRET" in turn.content for node in nodes for turn in node.prompt)


async def test_behind_the_gate_a_program_without_usable_tests_is_reflected_on_too(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(["1", "right", "x"], tests="I cannot."), trials=3, oracle="first")
    assert texts(nodes, "program", "repair") == ["1", "right"]


@pytest.mark.parametrize(
    ("verdict", "drawn"), [("Verdict: right", 1), ("It fails. **Verdict:** wrong", 3), ("I am not sure.", 1)]
)
async def test_a_model_may_judge_in_place_of_tests(tmp_path: Path, verdict: str, drawn: int) -> None:
    programs = script(["1", "2", "3"])

    def answer(prompt: Prompt, index: int) -> str:
        return verdict if "Judge this program" in prompt[-1].content else programs(prompt, index)

    nodes, _ = await solve(tmp_path, answer, trials=3, evaluator="model")
    assert texts(nodes, "program", "repair") == ["1", "2", "3"][:drawn]
    assert rows(nodes, "tests") == []
    rewards = [node.reward for node in rows(nodes, "observation")]
    assert rewards == {1: [1.0] if "right" in verdict else [None], 3: [0.0] * 3}[drawn]


async def test_reflections_and_tests_may_be_other_models(tmp_path: Path) -> None:
    nodes, _ = await solve(
        tmp_path, script(["1", "1 2 3"]), trials=2, reflection_model="b", evaluator_model="c"
    )
    authors = {node.stage: node.author for node in nodes if node.completion}
    assert authors == {"tests": "c", "program": "a", "reflection": "b", "repair": "a"}


def test_the_papers_settings_are_a_preset_and_what_is_given_comes_first() -> None:
    preset = Reflexion(benchmark="b", model="m", preset="paper", trials=2)
    assert (preset.temperature, preset.top_p, preset.max_tokens, preset.trials) == (0.2, 1.0, 1024, 2)
    assert Reflexion(benchmark="b", model="m").temperature == 0.8


@pytest.mark.parametrize("options", [{"oracle": "first"}, {"evaluator": "model"}])
def test_a_strategy_without_a_chain_has_no_gate_and_no_other_judge(
    benchmark_file: Path, options: dict
) -> None:
    with pytest.raises(UsageError, match="leave them out"):
        open_world(Reflexion(benchmark=str(benchmark_file), model="m", strategy="codet", **options))


async def test_immediate_refinement_sees_the_tests_and_reflects_on_nothing(tmp_path: Path) -> None:
    nodes, _ = await solve(tmp_path, script(["1", "1 2 3"]), trials=3, strategy="immediate-refinement")
    assert rows(nodes, "reflection") == []
    (second,) = rows(nodes, "repair")
    assert "Tests failed" in second.prompt[-1].content and "learned" not in second.prompt[-1].content


@pytest.mark.parametrize(
    ("strategy", "words"), [("self-debug", "line by line"), ("self-debug-trace", "go through the program")]
)
async def test_self_debug_explains_or_traces_in_place_of_reflecting(
    tmp_path: Path, strategy: str, words: str
) -> None:
    nodes, _ = await solve(tmp_path, script(["1", "1 2 3"]), trials=2, strategy=strategy)
    (explanation,) = rows(nodes, "reflection")
    assert words in explanation.prompt[-1].content
    assert explanation.text in rows(nodes, "repair")[0].prompt[-1].content


async def test_simple_draws_independent_programs(tmp_path: Path) -> None:
    nodes, requests = await solve(tmp_path, script(["a", "b right", "c"]), trials=3, strategy="simple")
    assert texts(nodes, "program") == ["a", "b right", "c"]
    assert len(requests) == 3
    assert rows(nodes, "submission")[0].parent == nodes[0].id


@pytest.mark.parametrize(("tests", "reward"), [(TESTS, 1.0), ("assert f(1) == 9", 0.0), ("no test", None)])
async def test_test_acc_runs_the_tests_on_the_originals_program(
    tmp_path: Path, tests: str, reward: float | None
) -> None:
    nodes, requests = await solve(tmp_path, script([], tests=tests), strategy="test-acc")
    assert [n.stage for n in nodes] == ["tests", "observation"]
    assert nodes[1].reward == reward
    assert len(requests) == 1


async def test_the_model_is_shown_how_tests_are_written(tmp_path: Path) -> None:
    _, requests = await solve(tmp_path, script(["1 2 3"]))
    example, shown, question = requests[0][0]
    assert (example.role, shown.role, question.role) == ("user", "assistant", "user")
    assert len(usable(shown.content, "longest_run")) == 6
    assert question.content.startswith("write f of p/0")
    assert "For example: assert f(0) == 0" in question.content


async def test_a_repeated_prompt_is_a_fresh_draw(tmp_path: Path) -> None:
    """A program that comes back word for word makes the same question; the answer is drawn anew."""
    nodes, requests = await solve(tmp_path, script(["1", "1", "1"]), trials=3)
    assert texts(nodes, "reflection") == ["reflection 1", "reflection 2"]
    assert len({(str(prompt), index) for prompt, index in requests}) == len(requests)


async def test_a_run_that_was_cut_short_asks_only_for_the_rest(tmp_path: Path) -> None:
    answer = script(["1", "1 2", "1 2 3"])

    class GoneError(Exception):
        pass

    def until_the_second_reflection(prompt: Prompt, index: int) -> str:
        if "Do not write code" in prompt[-1].content and index == 2:
            raise GoneError
        return answer(prompt, index)

    with pytest.raises(ExceptionGroup):
        await solve(tmp_path / "cut", until_the_second_reflection, trials=3)
    resumed, requests = await solve(tmp_path / "cut", answer, trials=3)
    whole, _ = await solve(tmp_path / "whole", answer, trials=3)
    assert [n.id for n in resumed] == [n.id for n in whole]
    assert len(requests) == 2
    with Journal.read(tmp_path / "cut") as journal:
        assert list(journal.verify()) == []


def test_a_strategy_of_another_family_is_refused(benchmark_file: Path) -> None:
    with pytest.raises(UsageError, match="has no strategy none"):
        open_world(Reflexion(benchmark=str(benchmark_file), model="m", strategy="none"))


def test_the_heuristic_counts_one_action_in_one_state() -> None:
    step = ("a closed door", "knock")
    assert heuristic([step] * 4, omega=3, epsilon=30) == ""
    assert "repeated 4 times" in heuristic([step] * 5, omega=3, epsilon=30)
    assert heuristic([*[step] * 5, ("a closed door", "wait")], omega=3, epsilon=30) == ""
    assert heuristic([("another door", "knock"), *[step] * 4], omega=3, epsilon=30) == ""
    assert "more than 30 actions" in heuristic([(str(n), "go") for n in range(30)], omega=3, epsilon=30)
    assert heuristic([], omega=3, epsilon=30) == ""


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy")), max_size=12), st.integers(0, 4))
def test_the_heuristic_never_fires_before_omega_repetitions(steps: list[tuple[str, str]], omega: int) -> None:
    fires = bool(heuristic(steps, omega, epsilon=100))
    assert fires == (bool(steps) and steps.count(steps[-1]) > omega + 1)
