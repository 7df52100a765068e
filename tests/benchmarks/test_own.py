"""Problems that a user writes: in memory, in a function, in a file; and what a run keeps of them."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sharpen
from sharpen import api
from sharpen import registry as registry_of_methods
from sharpen.benchmarks import own, registry
from sharpen.errors import ConfigChangedError, DataError, UsageError
from sharpen.methods.sample import Sample
from sharpen.models.scripted import Scripted
from sharpen.types import AssertTest, CallTest, Problem, Prompt

RIGHT = "```python\ndef add(a, b):\n    return a + b\n```"
WRONG = "```python\ndef add(a, b):\n    return a - b\n```"

THREE_LINES = """\
import sharpen
add = sharpen.Problem.from_function("Write add(a, b), the sum.", ["assert add(1, 2) == 3", ((2, 2), 4)])
results = sharpen.run_sync(sharpen.repair(problems=[add], model=model, n_p=2, n_fr=1, run=run))
"""


def answers(prompt: Prompt, index: int) -> str:
    return RIGHT if "failed" in prompt[-1].content or index else WRONG


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run on a problem in memory, as a user writes it."""
    exec(THREE_LINES, {"model": Scripted(answers), "run": tmp_path / "run"})
    return tmp_path / "run"


class TestConstructors:
    def test_asserts_as_text(self) -> None:
        problem = Problem.from_function(
            "Add.", "import math\nassert add(math.floor(1.5), 2) == 3\nassert add(0, 0) == 0"
        )
        assert problem.id == problem.hidden.entry_point == "add"
        assert problem.hidden.context == "import math"
        assert [test.id for test in problem.hidden.tests] == ["assert 1", "assert 2"]
        assert problem.visible.tests == problem.hidden.tests[:1]

    def test_pairs(self) -> None:
        problem = Problem.from_function("Add.", [((1, 2), 3)], name="add", visible=0, id="mine")
        assert problem.hidden.tests == (CallTest("call 1", (1, 2), 3),)
        assert (problem.id, problem.visible.tests) == ("mine", ())

    def test_the_name_comes_from_the_starter_where_no_assert_calls_it(self) -> None:
        assert (
            Problem.from_function("Add.", [((1, 2), 3)], starter="def add(a, b):").hidden.entry_point == "add"
        )

    def test_input_and_output(self) -> None:
        problem = Problem.from_script("Print the sum.", [("1 2\n", "3\n"), ("0 0\n", "0\n")])
        assert problem.id.startswith("script-")
        assert len(problem.hidden.tests) == 2
        assert "1 2" in own.prompt(problem)[0].content

    @pytest.mark.parametrize(
        ("tests", "sentence"),
        [
            ("", "no test"),
            ("x = 1", "no test"),
            ("assert (", "not Python"),
            ([((1,), 1)], "give name="),
            ([3], "the test 3 is neither an assert as text nor a pair"),
            ([(1, 2, 3)], r"the test \(1, 2, 3\) is neither"),
            ([("ab", 3)], "is neither"),
        ],
    )
    def test_what_cannot_be_used_is_named(self, tests: str, sentence: str) -> None:
        with pytest.raises(UsageError, match=sentence):
            Problem.from_function("Add.", tests)

    @pytest.mark.parametrize(
        ("tests", "sentence"), [([], "no test"), ([3], "the test 3 is not a pair"), ([("1", 1)], "of texts")]
    )
    def test_a_script_needs_an_input_and_its_output(self, tests: list[Any], sentence: str) -> None:
        with pytest.raises(UsageError, match=sentence):
            Problem.from_script("Add.", tests)


class TestInMemory:
    def test_three_lines_are_enough(self, run: Path) -> None:
        assert len(THREE_LINES.splitlines()) == 3
        rows = sharpen.Results(run).samples()
        assert [row["passed"] for row in rows if row["stage"] == "program"] == [False, True]
        assert "assert add(1, 2) == 3" in str(rows[0]["prompt"])

    def test_it_is_replayed_without_the_code_that_made_it(self, run: Path) -> None:
        replayed = sharpen.run_sync(api.replay(run))
        assert replayed.programs >= 3
        assert replayed.flips == ()

    def test_it_is_reported_and_exported(self, run: Path, tmp_path: Path) -> None:
        assert api.report(run).page.is_file()
        assert api.export(run, "rl", output=tmp_path / "rl.jsonl") == 1
        assert json.loads((tmp_path / "rl.jsonl").read_text())["entry_point"] == "add"

    def test_a_run_that_was_moved_is_replayed(self, run: Path, tmp_path: Path) -> None:
        moved = run.rename(tmp_path / "moved")
        assert sharpen.run_sync(api.replay(moved)).flips == ()

    def test_other_problems_are_another_run(self, run: Path) -> None:
        other = Problem.from_function("Add.", "assert add(5, 2) == 7")
        call = sharpen.repair(problems=[other], model=Scripted(answers), n_p=2, n_fr=1, run=run)
        with pytest.raises(ConfigChangedError):
            sharpen.run_sync(call)

    def test_tests_from_a_run_are_not_trusted(self, run: Path) -> None:
        (problem,) = registry.load(f"run:{run}").problems
        assert problem.hidden.trusted == problem.visible.trusted == "nothing"

    @pytest.mark.parametrize("words", [("humaneval", True), ("", False)])
    def test_either_a_name_or_problems(self, words: tuple[str, bool]) -> None:
        problems = [Problem.from_function("Add.", "assert add(1, 2) == 3")] if words[1] else []
        with pytest.raises(UsageError, match="give one of them"):
            sharpen.run_sync(sharpen.sample(words[0], problems=problems, model="m"))

    def test_two_of_one_id_are_named(self) -> None:
        problem = Problem.from_function("Add.", "assert add(1, 2) == 3")
        with pytest.raises(UsageError, match="two problems have the id add"):
            own.in_memory([problem, problem])


SOURCE = """
from sharpen import Problem

def load():
    return [Problem.from_function("Add.", ["assert add(1, 2) == 3"])]

def broken():
    raise ZeroDivisionError("no")

def numbers():
    return [1]

def number():
    return 1
"""


class TestFunctions:
    @pytest.fixture
    def word(self, tmp_path: Path) -> str:
        (tmp_path / "tasks.py").write_text(SOURCE)
        return f"{tmp_path / 'tasks.py'}:load"

    def test_a_function_of_a_file_is_a_benchmark(
        self, word: str, tmp_path: Path, sharpen: Callable[..., tuple[int, str, str]]
    ) -> None:
        assert "1 problem\n" in sharpen("benchmarks", "show", word)[1]
        run, config = tmp_path / "r", Sample(benchmark=word, model="m", n=2)
        asyncio.run(api.execute(config, run, opener=lambda spec: Scripted(answers, spec)))
        assert "tasks.py:load" in sharpen("report", run)[1]
        (tmp_path / "tasks.py").unlink()
        code, _, err = sharpen("replay", run)
        assert code == 0, err
        again = registry_of_methods.options_of(run)
        results = asyncio.run(api.execute(again, run, opener=lambda spec: Scripted({}, spec)))
        assert len(results.samples()) == 2

    @pytest.mark.parametrize(
        ("name", "error", "sentence"),
        [
            ("none", UsageError, "has no function none"),
            ("broken", DataError, "raised ZeroDivisionError: no"),
            ("numbers", UsageError, "must return sharpen.Problem"),
            ("number", UsageError, "must return sharpen.Problem"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, word: str, name: str, error: type[Exception], sentence: str
    ) -> None:
        with pytest.raises(error, match=sentence):
            registry.load(word.replace(":load", f":{name}"))

    def test_a_file_that_is_not_there(self) -> None:
        with pytest.raises(UsageError, match="there is no file"):
            registry.load("nowhere.py:load")


class TestFiles:
    def test_what_is_written_is_read(self, tmp_path: Path) -> None:
        problems = [
            Problem.from_function("Add.", ["assert add(1, 2) == 3", (((1,), {2}), [3])], solution="x = 1"),
            Problem.from_script("Print.", [("1", "2")]),
        ]
        own.write(problems, tmp_path / "mine.jsonl")
        assert list(registry.load(str(tmp_path / "mine.jsonl")).problems) == problems

    def test_the_example_of_the_module(self, tmp_path: Path) -> None:
        example = (own.__doc__ or "").partition("::\n")[2].partition("\n\nTests are")[0]
        (tmp_path / "mine.jsonl").write_text(json.dumps(json.loads(example)))
        (problem,) = registry.load(str(tmp_path / "mine.jsonl")).problems
        assert problem.visible.tests == (AssertTest("test 1", "assert add(1, 2) == 3"),)

    def test_a_line_that_is_no_problem_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "mine.jsonl").write_text('{"id": "a", "statement": "b", "hidden": {"tests": [{}]}}')
        with pytest.raises(DataError, match=r"line 1: hidden\.tests\.0"):
            registry.load(str(tmp_path / "mine.jsonl"))

    def test_a_run_without_such_problems(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"has no problems\.jsonl"):
            registry.load(f"run:{tmp_path}")
