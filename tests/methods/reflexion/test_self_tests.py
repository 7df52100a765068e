"""Which of the tests that a model writes are used."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.methods.reflexion.self_tests import MOST, is_vacuous, suites, usable


def kept(answer: str, entry_point: str = "f") -> list[str]:
    return list(dict.fromkeys(usable(answer, entry_point)))[:MOST]


def test_tests_are_found_wherever_they_stand() -> None:
    answer = """Here are tests: `assert f(1) == 2`
```python
def test_f():
    assert f(2) == 3  # two
    assert f([
        1,
        2,
    ]) == [
        2, 3]
```
1. assert f(4) == 5
"""
    assert kept(answer) == [
        "assert f(1) == 2",
        "assert f(2) == 3",
        "assert f([1, 2]) == [2, 3]",
        "assert f(4) == 5",
    ]


@pytest.mark.parametrize("character", ["\x0b", "\x1c", "\x85", "\u2028"])
def test_a_string_in_a_test_may_hold_any_character_that_ends_no_line(character: str) -> None:
    test = f"assert f('a{character}b') == 2"
    assert kept(f"{test}\r\nassert f([\r\n  3]) == 3") == [ast.unparse(ast.parse(test)), "assert f([3]) == 3"]


@pytest.mark.parametrize(
    "line",
    [
        "assert f(1 == 2",
        "assert f(1) ==",
        "we assert f(1) to be 2",
        "assert g(1) == 2",
        "assert 1 + 1 == 2",
        "assert f(x) == 2",
        "assert math.isclose(f(1), 2)",
    ],
)
def test_what_does_not_parse_or_stand_alone_is_left_out(line: str) -> None:
    assert kept(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "assert f(1) == f(1)",
        "assert f(1) is f(1)",
        "assert f(1) == 2 or True",
        "assert (f(1) == 3, 'it is three')",
        "assert [f(1)]",
        "assert isinstance(f(1), object)",
        "assert (f(x) for x in [1])",
        "assert lambda: f(1)",
    ],
)
def test_vacuous_tests_are_thrown_away(line: str) -> None:
    assert kept(line) == []


@pytest.mark.parametrize(
    "line",
    [
        "assert f(1) == f(2)",
        "assert f(f(1)) == 1",
        "assert f(1) is None",
        "assert not f(1)",
        "assert f(1) == 2 and True",
        "assert all([f(x) == x for x in range(3)])",
        "assert sorted(f([3, 1])) == [1, 3]",
        "assert isinstance(f(1), int)",
        "assert list(map(lambda x: f(x), [1])) == [2]",
        "assert f(1).strip().split(',') == ['a']",
        "assert sum((1 for _ in f(1))) == 3",
    ],
)
def test_tests_that_can_fail_are_kept(line: str) -> None:
    assert kept(line) == [line]


def test_a_test_is_kept_once_and_without_its_message() -> None:
    assert kept("assert f(1) == 2\nassert f( 1 )==2, 'one'\nassert f(1)  ==  2") == ["assert f(1) == 2"]


def test_at_most_six_are_kept_in_the_order_written() -> None:
    answer = "\n".join(f"assert f({n}) == {n}" for n in range(20))
    assert kept(answer) == [f"assert f({n}) == {n}" for n in range(MOST)]
    assert MOST == 6


def test_each_test_is_a_suite_of_its_own_with_the_benchmarks_context() -> None:
    (first, second) = suites(["assert f(1) == 2", "assert f(2) == 3"], "f", "def helper(): pass")
    assert (first.entry_point, first.context, len(first.tests)) == ("f", "def helper(): pass", 1)
    assert first.trusted == "context", "a model's tests are as hostile as its programs"
    assert first.tests[0].id != second.tests[0].id


def test_the_entry_point_of_a_class_is_the_class() -> None:
    assert kept("assert Solution().add(1, 2) == 3", "Solution.add") == ["assert Solution().add(1, 2) == 3"]


@given(st.text(max_size=200))
def test_any_answer_is_read(answer: str) -> None:
    for source in kept(f"{answer}\nassert f(1) == 2\n{answer}"):
        (statement,) = ast.parse(source).body
        assert isinstance(statement, ast.Assert)
        assert not is_vacuous(statement.test)
