"""Which assertions of strangers may run in the judge."""

import pytest

from sharpen.sandbox.judge.inert import is_inert


@pytest.mark.parametrize(
    "code",
    [
        "assert f(1) == 2",
        "assert f(1, key=[-1.5, 'a']) == {'a': (1, None)}, 'message'",
        "assert candidate(1) is True and not f(2)",
        "assert abs(f(1) - 0.5) < 1e-6\nassert sorted(f([3, 1]))[0:2] == [1, 3]",
        "assert isinstance(f(1), int)",
        "assert f(f(1)) == (1 if f(2) else 3)",
    ],
)
def test_comparisons_of_plain_values_are_inert(code: str) -> None:
    assert is_inert(code, "f")


@pytest.mark.parametrize(
    "code",
    [
        "assert __import__('os').system('true') == 0",
        "assert open('/etc/passwd')",
        "assert f(1) == eval('2')",
        "assert f(1).real == 1",
        "assert ().__class__.__base__",
        "assert f'{f(1):9999999999}'",
        "assert '%9999999999d' % f(1)",
        "assert 'a' * 9999999999 == f(1)",
        "assert f(1) == 9 ** 9 ** 9",
        "assert f(1) == 1 << 9999999999",
        "assert [x for x in f(1)]",
        "assert (lambda: f(1))() == 2",
        "assert (f := 1)",
        "assert f(*[1])",
        "assert unknown == f(1)",
        "assert [f][0](1) == 2",
        "import os",
        "f(1)",
        "while True: pass",
        "def check(candidate):\n    assert candidate(1) == 2\ncheck(f)",
        "assert f(1) ==",
        "assert f(1) == '\0'",
        "assert " + "(" * 500 + "f(1)" + ")" * 500,
        "assert " + "-" * 5000 + "f(1)",
        "assert f(1)" + " + 1" * 20000,
    ],
)
def test_anything_that_could_do_more_is_not(code: str) -> None:
    assert not is_inert(code, "f")


def test_nothing_is_inert_without_an_entry_point() -> None:
    assert not is_inert("assert len([1])", "")
