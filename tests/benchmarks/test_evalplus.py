"""HumanEval+ and MBPP+: inputs have their types back, expected values are the original's, special cases are right."""

import json
from pathlib import Path

import pytest

from sharpen.benchmarks import reference
from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.reference import Reference, answers
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.judge.compare import ORACLES
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Problem, Program

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path))
    answers.cache_clear()
    return tmp_path


@pytest.fixture(scope="module")
def humaneval_plus(shared_data: Path) -> dict[str, Problem]:
    benchmark = load(f"humaneval+@{shared_data / 'humanevalplus' / 'HumanEvalPlus.jsonl.gz'}")
    return by_id(benchmark, 164)


@pytest.fixture(scope="module")
def mbpp_plus(shared_data: Path) -> dict[str, Problem]:
    return by_id(load(f"mbpp+@{shared_data / 'mbppplus' / 'MbppPlus.jsonl.gz'}"), 378)


def by_id(benchmark: Benchmark, size: int) -> dict[str, Problem]:
    problems = {problem.id: problem for problem in benchmark.problems}
    assert len(problems) == size
    Limits(**benchmark.limits)
    return problems


def calls(problem: Problem) -> list[CallTest]:
    return [test for test in problem.hidden.tests if isinstance(test, CallTest)]


def test_humaneval_plus_answers(humaneval_plus: dict[str, Problem]):
    tests = calls(humaneval_plus["HumanEval/0"])
    assert tests[0] == CallTest("base 1", ([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3), True)
    assert [test.id for test in tests[6:9]] == ["base 7", "plus 1", "plus 2"]
    assert calls(humaneval_plus["HumanEval/32"])[0].comparison == "find_zero"
    assert all(problem.hidden.entry_point for problem in humaneval_plus.values())


def test_loading_computes_nothing(humaneval_plus: dict[str, Problem], own_cache: Path):
    assert humaneval_plus["HumanEval/139"].id
    assert list(own_cache.iterdir()) == []


@pytest.mark.parametrize(
    ("task", "arguments"),
    [
        ("Mbpp/2", ((3, 4, 5, 6), (5, 7, 4, 10))),
        ("Mbpp/63", ([(3, 5), (1, 7), (10, 3), (1, 2)],)),
        ("Mbpp/75", ([(6, 24, 12), (7, 9, 6), (12, 18, 21)], 6)),
        ("Mbpp/106", ([5, 6, 7], (9, 10))),
        ("Mbpp/124", (0.0, 1j)),
        ("Mbpp/252", (1 + 0j,)),
        ("Mbpp/259", (((1, 3), (4, 5), (2, 9), (1, 10)), ((6, 7), (3, 9), (1, 1), (7, 3)))),
        ("Mbpp/278", ((1, 5, 7, (4, 6), 10),)),
        ("Mbpp/580", ((4, 5, (7, 6, (2, 4)), 6, 8),)),
        ("Mbpp/722", ({"Cierra Vega": (6.2, 70), "Alden Cantrell": (5.9, 65), "Kierra Gentry": (6.0, 68), "Pierre Cox": (5.8, 66)}, 6.0, 70)),
        ("Mbpp/3", (1,)),
    ],
)  # fmt: skip
def test_arguments_have_their_types_back(
    mbpp_plus: dict[str, Problem], task: str, arguments: tuple[object, ...]
):
    result = calls(mbpp_plus[task])[0].args
    assert result == arguments
    assert list(map(type, result)) == list(map(type, arguments))


@pytest.mark.parametrize(
    ("task", "comparison", "expected"),
    [
        ("Mbpp/2", "set", (4, 5)),
        ("Mbpp/558", "one_of", (1, 1)),
        ("Mbpp/581", "one_of", (33, 35)),
        ("Mbpp/787", "not_none", False),
        ("Mbpp/88", "equal", {10: 4, 20: 4, 40: 2, 50: 2, 30: 1}),
    ],
)
def test_special_cases(mbpp_plus: dict[str, Problem], task: str, comparison: str, expected: object):
    first = calls(mbpp_plus[task])[0]
    assert (first.comparison, first.expected) == (comparison, expected)
    assert first.comparison in ORACLES


def test_visible_is_the_statements_assert(mbpp_plus: dict[str, Problem]):
    for problem in mbpp_plus.values():
        assert len(problem.visible.tests) == 1, problem.id
        assert not problem.statement.startswith('"')


def test_the_gigantic_answers_of_one_task_are_left_out(mbpp_plus: dict[str, Problem]):
    assert max(test.args[1] for test in calls(mbpp_plus["Mbpp/255"])) < 70


@pytest.mark.parametrize("task", [0, 10, 32, 44, 53, 87, 107, 127, 162])
async def test_the_originals_programs_pass_humaneval_plus(humaneval_plus: dict[str, Problem], task: int):
    await passes(humaneval_plus[f"HumanEval/{task}"])


@pytest.mark.parametrize("task", [2, 88, 124, 232, 252, 558, 581, 590, 737, 787, 793, 794])
async def test_the_originals_programs_pass_mbpp_plus(mbpp_plus: dict[str, Problem], task: int):
    await passes(mbpp_plus[f"Mbpp/{task}"])


async def passes(problem: Problem) -> None:
    sandbox = ProcessSandbox(1)
    for suite in (problem.visible, problem.hidden):
        verdict = await sandbox.execute(Program(problem.solution), suite, Limits(60.0, 240.0))
        assert verdict.passed, verdict.message
    await sandbox.close()


SLOW = """
import time
def f(x):
    end = time.process_time() + x
    while time.process_time() < end:
        pass
"""


async def test_evalplus_limits_on_time_are_an_option(tmp_path: Path):
    row = {
        "task_id": "Mbpp/1",
        "prompt": "",
        "entry_point": "f",
        "canonical_solution": "def f(x):\n    pass\n",
        "base_input": [[0]],
        "plus_input": [[1.5], [0]],
        "atol": 0,
    }
    path = tmp_path / "MbppPlus.jsonl"
    path.write_text(json.dumps(row) + "\n")
    sandbox = ProcessSandbox(1)
    found = []
    for word in ("mbpp+", "mbpp+/timed"):
        benchmark = load(f"{word}@{path}")
        (problem,) = benchmark.problems
        found.append(await sandbox.execute(Program(SLOW), problem.hidden, Limits(**benchmark.limits)))
        assert (await sandbox.execute(Program(problem.solution), problem.hidden, Limits())).passed
    await sandbox.close()
    assert [verdict.kind for verdict in found] == ["passed", "timeout"]
    assert "1 s of processor time" in found[1].message
    assert [outcome.test for outcome in found[1].outcomes] == ["base 1", "plus 1"]


def test_answers_are_computed_once(own_cache: Path, monkeypatch: pytest.MonkeyPatch):
    requests = Reference.of(
        "t", "def f(x):\n    print(x)\n    x.append(1)\n    return x", "f", (([],), ([2],))
    )
    assert answers(requests) == (([1], True), ([2, 1], True))
    answers.cache_clear()
    monkeypatch.setattr(reference, "_compute", lambda _: pytest.fail("computed again"))
    assert answers(requests) == (([1], True), ([2, 1], True))


def test_a_damaged_answer_is_computed_again(own_cache: Path):
    requests = Reference.of("t", "def f(x):\n    return x", "f", ((1,),))
    answers(requests)
    (selected,) = own_cache.rglob("*.bin")
    selected.write_bytes(selected.read_bytes()[:-1] + b"?")
    answers.cache_clear()
    assert answers(requests) == ((1, True),)


def test_what_is_not_plain_data_is_whether_it_is_none(own_cache: Path):
    code = "import re\ndef f(x):\n    return re.match('a', x)"
    assert answers(Reference.of("t", code, "f", (("a",), ("b",)))) == ((True, False), (None, True))


def test_a_failing_reference_is_one_sentence(own_cache: Path):
    with pytest.raises(DataError, match="reference program for t failed: ZeroDivisionError"):
        answers(Reference.of("t", "def f(x):\n    return 1 / x", "f", ((0,),)))


def test_keys_tell_types_apart(own_cache: Path):
    code = "def f(x):\n    return type(x).__name__"
    inputs = [((1,),), ((True,),), ((1.0,),), (([1],),), (((1,),),)]
    result = [answers(Reference.of("t", code, "f", each))[0][0] for each in inputs]
    assert result == ["int", "bool", "float", "list", "tuple"]
