"""Broken copies of programs: each is one change, parses, and differs."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.mutants import OPERATORS, Mutant, mutants, spread, stubs


def changes(code: str) -> list[tuple[str, str]]:
    return [(mutant.operator, mutant.code) for mutant in mutants(code)]


@pytest.mark.parametrize(
    ("code", "operator", "mutant"),
    [
        ("x = a < b", "compare", "x = a >= b"),
        ("x = a is b", "compare", "x = a is not b"),
        ("x = a < b < c", "compare", "x = a >= b < c"),
        ("x = a // b", "arithmetic", "x = a * b"),
        ("x += b", "arithmetic", "x -= b"),
        ("x = a and b", "bool", "x = a or b"),
        ("x = not a", "bool", "x = not not a"),
        ("x = True", "bool", "x = False"),
        ("x = 41", "int", "x = 42"),
        ("def f():\n    return a", "return", "def f():\n    return None"),
    ],
)
def test_each_operator_changes_what_it_says(code: str, operator: str, mutant: str) -> None:
    assert changes(code) == [(operator, mutant)]


@pytest.mark.parametrize(
    "code",
    [
        '"""A docstring of 1."""',
        "def f(a: Literal[1]) -> Literal[2]:\n    pass",
        "x: Literal[1]",
        "def f():\n    return None",
        "def f():\n    return",
        "x = 1.5",
        "x = 'a' @ b",
    ],
)
def test_what_is_no_behaviour_is_left_alone(code: str) -> None:
    assert changes(code) == []


@given(st.text("ab<>=+-*/%12 ()", max_size=30))
def test_every_mutant_is_another_program_with_one_change(expression: str) -> None:
    code = f"def f(a, b):\n    return ({expression})\n"
    try:
        original = ast.unparse(ast.parse(code))
    except SyntaxError:
        return
    result = list(mutants(code))
    assert all(ast.unparse(ast.parse(mutant.code)) != original for mutant in result)
    assert {mutant.operator for mutant in result} <= set(OPERATORS)
    assert result == list(mutants(code))


@given(st.integers(0, 100), st.integers(1, 40))
def test_a_choice_of_mutants_is_spread_over_the_program(size: int, most: int) -> None:
    chosen = spread([Mutant("int", line, "") for line in range(size)], most)
    assert len(chosen) == min(size, most)
    assert [mutant.line for mutant in chosen] == sorted({mutant.line for mutant in chosen})
    assert not chosen or (chosen[0].line == 0 and chosen[-1].line >= size - 1 - size // most)


def test_stubs_keep_signatures_and_nothing_else() -> None:
    code = """
def f(a, b=1):
    return a + b
class C:
    def __init__(self, n):
        self.n = n
    def m(self, x):
        return x * self.n
    @staticmethod
    def s(y):
        return y
def nothing():
    return 1
"""
    result = dict(stubs(code))
    echo = dict[str, object]()
    exec(result["echo"], echo)
    assert echo["f"](3) == 3
    assert echo["C"](2).m("x") == "x"
    assert echo["C"].s("y") == "y"
    assert echo["nothing"]() is None
    none = dict[str, object]()
    exec(result["none"], none)
    assert none["f"](3) is none["C"](1).m(1) is None
    raising = dict[str, object]()
    exec(result["raise"], raising)
    with pytest.raises(NotImplementedError):
        raising["C"](1).m(1)
    assert list(stubs("x = 1")) == []
