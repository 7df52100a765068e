"""EvoEval: calls with the original's inputs, answers that are not the only right ones; records written here."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.benchmarks.base import Benchmark
from sharpen.benchmarks.harness import evoeval_oracles as oracles
from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, UsageError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.judge.compare import same_value
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import CallTest, Program, Verdict

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path / "home"))


def row(
    number: int, name: str, parameters: str, body: str, *inputs: str, **changes: object
) -> dict[str, object]:
    return {
        "task_id": f"EvoEval/{number}",
        "prompt": f'def {name}({parameters}):\n    """ Do it. """\n',
        "entry_point": name,
        "canonical_solution": f"    {body}\n",
        "inputs": list(inputs),
        "parent": f"HumanEval/{number}",
        **changes,
    }


def read(tmp_path: Path, direction: str, *rows: dict[str, object]) -> Benchmark:
    path = tmp_path / f"EvoEval_{direction}.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return load(f"evoeval/{direction}@{path}")


async def judge(benchmark: Benchmark, *bodies: str) -> list[Verdict]:
    sandbox = ProcessSandbox(1)
    (problem,) = benchmark.problems
    try:
        programs = [Program(f"{problem.starter}    {body}\n") for body in bodies]
        return [await sandbox.execute(each, problem.hidden, Limits(**benchmark.limits)) for each in programs]
    finally:
        await sandbox.close()


async def test_calls_are_held_against_the_originals_program(tmp_path: Path):
    halves = row(0, "halves", "xs, n", "return [x / n for x in xs]", "[1, 2], 3", "[], 1", "(4,), 2")
    benchmark = read(tmp_path, "combine", halves)
    (problem,) = benchmark.problems
    assert problem.hidden.tests[0] == CallTest("input 1", ([1, 2], 3), [1 / 3, 2 / 3], comparison="evoeval")
    assert problem.hidden.tests[2].args == ((4,), 2)
    reference, close, whole = await judge(
        benchmark,
        "return [x / n for x in xs]",
        "return [x / n + 1e-7 for x in xs]",
        "return [x // n for x in xs]",
    )
    assert reference.passed
    assert close.passed
    assert reference.trust == "isolated"
    assert whole.kind == "wrong_answer"


async def test_an_oracle_accepts_other_right_answers(tmp_path: Path):
    pair = row(69, "pair", "xs, n", "return (0, 3)", "[1, 2, 3, 6], 6", "[1, 2, 3, 6], 6")
    first, second, wrong, listed = await judge(
        read(tmp_path, "creative", pair), "return (0, 3)", "return (1, 2)", "return (0, 1)", "return [1, 2]"
    )
    assert first.passed
    assert second.passed
    assert second.trust == "in_process"  # an oracle does more with what is returned than compare it
    assert (wrong.kind, listed.kind) == ("wrong_answer", "wrong_answer")
    other = read(tmp_path, "subtle", pair)  # the same number in another direction has one right answer
    assert not (await judge(other, "return (1, 2)"))[0].passed


async def test_reworded_problems_bring_inputs_as_values(tmp_path: Path):
    task = row(
        5, "add", "a, b", "return a + b", task_id="HumanEval/5", base_input=[[1, 2]], plus_input=[[3, 4]]
    )
    benchmark = read(tmp_path, "concise", task)
    assert [test.args for test in benchmark.problems[0].hidden.tests] == [(1, 2), (3, 4)]


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("1.0 + 1e-9, 2", (1.0 + 1e-9, 2)),
        ("list(range(1000))", (list(range(1000)),)),
        ("[1] * 3 + [2], -2 ** 3", ([1, 1, 1, 2], -8)),
        ("'ab' * 2, float('inf'), [i for i in range(2)]", ("abab", float("inf"), [0, 1])),
        ("{'a': [10 ** 2]}, (1, 7 // 2, 7 % 4)", ({"a": [100]}, (1, 3, 3))),
        ("True, None, {1, 2}, b'x', 1 + 2j", (True, None, {1, 2}, b"x", 1 + 2j)),
    ],
)
def test_an_input_may_be_an_expression(tmp_path: Path, text: str, arguments: tuple[object, ...]):
    (problem,) = read(tmp_path, "difficult", row(1, "f", "*x", "return 1", text)).problems
    assert problem.hidden.tests[0].args == arguments


@pytest.mark.parametrize(
    "text",
    ["open('f')", "1 / 0", "f(", "().__class__", "[x for x in 1]", "print"],
)
def test_an_input_that_cannot_be_read_costs_its_own_problem(tmp_path: Path, text: str):
    first, second = read(
        tmp_path, "difficult", row(1, "f", "x", "return x", text), row(2, "g", "x", "return x", "1")
    ).problems
    with pytest.raises(DataError, match=r"EvoEval/1: the input .* (cannot be evaluated|is not plain data)"):
        first.hidden.tests  # noqa: B018 - they are made when they are looked at
    assert second.hidden.tests[0].args == (1,)


def test_an_expression_runs_behind_the_layers_of_the_sandbox(tmp_path: Path):
    place = tmp_path / "written"
    text = f"__import__('pathlib').Path({str(place)!r}).write_text('x')"
    (problem,) = read(tmp_path, "difficult", row(1, "f", "x", "return x", text)).problems
    with pytest.raises(DataError, match="cannot be evaluated"):
        problem.hidden.tests  # noqa: B018 - they are made when they are looked at
    assert not place.exists()


def test_an_expression_without_end_costs_its_own_problem(tmp_path: Path):
    (problem,) = read(tmp_path, "difficult", row(1, "f", "x", "return x", "[0] * 10**12")).problems
    with pytest.raises(DataError, match=r"EvoEval/1: the input .* cannot be evaluated"):
        problem.hidden.tests  # noqa: B018 - they are made when they are looked at


def test_a_direction_must_be_named():
    with pytest.raises(UsageError, match="say which"):
        load("evoeval")


@pytest.mark.parametrize(
    ("expected", "actual", "right"),
    [
        (1, 1, True),
        (1, 1.0, False),
        (True, 1, False),
        (1.0, 1.0 + 1e-6, True),
        (1e6, 1e6 + 5, True),
        (1.0, 1.0001, False),
        (math.nan, math.nan, True),
        (math.inf, math.inf, True),
        (math.inf, 1.0, False),
        ([1.0, 2.0], (1.0, 2.0), True),
        ([1.0], [1.0, 1.0], False),
        (1.0, [1.0], False),
        ([], (), True),
        ([1, 2], (1, 2), False),
        ([1, [0.1]], [1, [0.1 + 1e-9]], True),
        ({"a": 0.1}, {"a": 0.1 + 1e-9}, True),
        ({"a": 1}, {"b": 1}, False),
        ({1, 2}, {2, 1}, True),
        (None, None, True),
        (None, 0, False),
    ],
)
def test_values_are_compared_by_the_originals_rule(expected: object, actual: object, right: bool):
    assert same_value(actual, CallTest("t", (), expected, comparison="evoeval")) is right


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=8,
)


@given(plain)
def test_every_value_is_like_itself(value: object):
    assert same_value(value, CallTest("t", (), value, comparison="evoeval"))


MAZE = [[0, 1], [0, 0]]
OPEN = [[1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("check", "arguments", "right"),
    [
        (oracles.check_moves, (MAZE, (0, 0), (1, 1), ["down", "right"], ["down", "right"]), True),
        (oracles.check_moves, (MAZE, (0, 0), (1, 1), ["right", "down"], ["down", "right"]), False),
        (oracles.check_moves, (MAZE, (0, 0), (1, 1), ["down"], ["down", "right"]), False),
        (oracles.check_moves, (MAZE, (0, 0), (0, 1), [], []), True),
        (oracles.check_path, (OPEN, (0, 0), (1, 1), [(0, 0), (1, 0), (1, 1)], [(0, 0)]), True),
        (oracles.check_path, (OPEN, (0, 0), (1, 1), [(0, 0), (1, 1)], [(0, 0)]), False),
        (oracles.check_path, (OPEN, (0, 0), (1, 1), [(0, 0)], []), False),
        (oracles.check_palindrome, ("Ab", "AbBa", "AbbA"), True),
        (oracles.check_palindrome, ("Ab", "AbXa", "AbbA"), False),
        (oracles.check_root_within, ([-4, 0, 1], (0, 5), 2.001, 2.0), True),
        (oracles.check_root_within, ([-4, 0, 1], (0, 5), -2.0, 2.0), False),
        (oracles.check_root_within, ([1], (0, 5), None, None), True),
        (oracles.check_even_root, ([-1.0, 1.0, 0.0], 1.0, 1.0), True),
        (oracles.check_even_root, ([-4.0, 0.0, 0.5], 2.0, 2.0), True),  # x to the third
        (oracles.check_root, ([-1.0, 1.0], 1.0, 1.0), True),
        (oracles.check_root, ([-1.0, 1.0], 1.1, 1.0), False),
    ],
)
def test_oracles(check, arguments, right):
    if right:
        check(*arguments)
    else:
        with pytest.raises(AssertionError):
            check(*arguments)
