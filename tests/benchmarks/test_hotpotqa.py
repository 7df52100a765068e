"""Questions are answered by acting; answers are scored as HotpotQA's own evaluation does."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.benchmarks.hotpotqa import exact_match, f1, normalised, parsed, read
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, UsageError

ROW = {
    "_id": "q1", "question": " Who designed the machine? ", "answer": "Charles Babbage", "level": "hard",
    "supporting_facts": [["Engine", 1]],
    "context": [["Engine", ["It was a machine.", " Charles Babbage designed it.", " It was never built."]],
                ["Ada", ["Ada wrote about the machine."]]],
}  # fmt: skip


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "hotpot.json"
    path.write_text(json.dumps([ROW]))
    return path


@pytest.mark.parametrize(
    ("answer", "gold", "right", "score"),
    [
        ("The Charles  Babbage.", "charles babbage", True, 1.0),
        ("Babbage", "Charles Babbage", False, 2 / 3),
        ("Charles Babbage and Ada", "Charles Babbage", False, 2 * 2 / 6),
        ("yes", "yes", True, 1.0),
        ("yes it is", "yes", False, 0.0),
        ("no", "no way", False, 0.0),
        ("Ada", "Charles Babbage", False, 0.0),
        ("", "Charles Babbage", False, 0.0),
        ("an apple", "apple", True, 1.0),
    ],
)
def test_exact_match_and_f1(answer: str, gold: str, right: bool, score: float) -> None:
    assert exact_match(answer, gold) == right
    assert f1(answer, gold) == pytest.approx(score)


@given(st.text(max_size=40), st.text(max_size=40))
def test_f1_is_symmetric_and_one_only_for_the_same_words(a: str, b: str) -> None:
    assert f1(a, b) == f1(b, a) and 0 <= f1(a, b) <= 1
    if normalised(a):
        assert f1(a, a) == 1.0
    if f1(a, b) == 1.0:
        assert sorted(normalised(a).split()) == sorted(normalised(b).split())


@pytest.mark.parametrize(
    ("action", "word", "argument"),
    [
        ("Search[The Engine]", "search", "The Engine"),
        (" finish [ a [b] ]. ", "finish", "a [b]"),
        ("Lookup[]", "lookup", ""),
        ('Search["The Engine"]', "search", "The Engine"),
        ("Finish['Paris'] (the capital)", "finish", "Paris"),
        ("Finish[the 'old' one]", "finish", "the 'old' one"),
        ("Finish［巴黎］", "finish", "巴黎"),
        ("Search The Engine", "", ""),
        ("", "", ""),
    ],
)
def test_an_action_is_a_word_and_an_argument(action: str, word: str, argument: str) -> None:
    assert parsed(action) == (word, argument)


def test_searching_looking_up_and_finishing(questions: Path) -> None:
    benchmark = load(f"hotpotqa@{questions}")
    (problem,) = benchmark.problems
    world = benchmark.environment(problem)
    assert world.reset() == "Question: Who designed the machine?"
    assert world.step("Lookup[Babbage]").observation == "No page is open. Search for one first."
    result = world.step("Search[engine]").observation
    assert result == "It was a machine. Charles Babbage designed it. It was never built."
    assert world.step("Lookup[it was]").observation == "(Result 1 of 2) It was a machine."
    assert world.step("Lookup[it was]").observation == "(Result 2 of 2) It was never built."
    assert world.step("Lookup[it was]").observation == "No more results."
    assert world.step("Lookup[Ada]").observation == "No more results."
    assert world.step("Search[machine]").observation == "Could not find machine. Similar: Ada, Engine."
    assert world.step("Lookup[x]").observation == "No page is open. Search for one first."
    assert not world.step("Think about it").done
    assert "Invalid action" in world.step("Jump[high]").observation
    turn = world.step("Finish[the charles babbage]")
    assert (turn.done, turn.reward, turn.score) == (True, 1.0, 1.0)
    world.reset()
    turn = world.step("Finish[Babbage]")
    assert (turn.done, turn.reward, turn.score) == (True, 0.0, pytest.approx(2 / 3))
    assert world.most_steps == 6


def test_chain_of_thought_has_one_action_and_may_see_the_gold_paragraphs(questions: Path) -> None:
    for variant, shown in (("cot", False), ("context", True)):
        benchmark = load(f"hotpotqa/{variant}@{questions}")
        world = benchmark.environment(benchmark.problems[0])
        assert ("Charles Babbage designed it." in world.reset()) == shown
        assert "Ada wrote" not in world.reset()
        assert world.most_steps == 1
        assert "Invalid action" in world.step("Search[Engine]").observation


def test_no_prompt_holds_the_answer(questions: Path) -> None:
    benchmark = load(f"hotpotqa@{questions}")
    (problem,) = benchmark.problems
    assert not any(problem.solution in turn.content for turn in benchmark.prompt(problem))
    assert problem.solution not in benchmark.environment(problem).reset()


def test_a_dump_of_wikipedia_takes_the_place_of_the_contexts(
    questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dump").write_text(json.dumps({"title": "Turing", "text": ["He was a man."]}))
    monkeypatch.setenv("SHARPEN_WIKIPEDIA", str(tmp_path / "dump"))
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path / "home"))
    benchmark = load(f"hotpotqa@{questions}")
    world = benchmark.environment(benchmark.problems[0])
    world.reset()
    assert world.step("Search[turing]").observation == "He was a man."
    assert "Could not find" in world.step("Search[Engine]").observation


def test_what_is_missing_or_no_question_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="hotpotqa@PATH"):
        load("hotpotqa")
    (tmp_path / "bad.jsonl").write_text('{"question": "x"}\n')
    with pytest.raises(DataError, match=r"bad\.jsonl, line 1 is not HotpotQA"):
        list(read(tmp_path / "bad.jsonl"))


def test_the_papers_questions_are_read(shared_data: Path) -> None:
    path = shared_data / "hotpotqa" / "distractor_sample_first50.jsonl.gz"
    benchmark = load(f"hotpotqa@{path}")
    assert len(benchmark.problems) == 50
    for problem in benchmark.problems:
        world = benchmark.environment(problem)
        world.reset()
        titles = [page.title for page in world.question.paragraphs if page.title in world.question.supporting]
        assert titles
        for title in titles:
            assert "Could not find" not in world.step(f"Search[{title}]").observation
        assert world.step(f"Finish[{problem.solution}]").reward == 1.0
