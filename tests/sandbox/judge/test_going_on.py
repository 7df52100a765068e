"""A test in the judge goes on after what failed in it, where nothing of the test could notice."""

import sys

import pytest

from sharpen.sandbox.judge.going_on import NOTE, compiled

STATEMENTS = {
    "an assertion": "assert candidate(1) == 0",
    "an assertion that cannot be evaluated": "assert candidate(1) < 'a'",
    "a call of a function that asserts": "def same(a, b):\n    assert a == b\nsame(candidate(1), 0)",
    "an error that is raised": "if candidate(1) != 0:\n    raise AssertionError('no')",
    "an assertion in a loop": "for n in (1, 0):\n    assert candidate(1) == n",
    "an assertion in a branch": "if True:\n    pass\nelse:\n    pass\nif candidate(1):\n    assert candidate(1) == 0",
    "an assertion in a case": "match candidate(1):\n    case 1:\n        assert candidate(1) == 0",
    "an assertion in a function": "def check():\n    'A check.'\n    assert candidate(1) == 0\ncheck()",
}


def run(code: str, context: str = "") -> tuple[list[int], list[str], BaseException | None]:
    """What was asked, the failures that were noted, and the error at which the test ended."""
    asked: list[int] = []
    noted: list[str] = []

    def candidate(value: int) -> int:
        asked.append(value)
        return value

    names = {"candidate": candidate, NOTE: lambda: noted.append(type(sys.exc_info()[1]).__name__)}
    try:
        exec(compiled(code, context), names)
    except Exception as error:  # noqa: BLE001 - it is what the test looks at
        return asked, noted, error
    return asked, noted, None


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_test_goes_on_after_a_failure(name):
    asked, noted, error = run(f"{STATEMENTS[name]}\nassert candidate(7) == 7")
    assert error is None
    assert noted
    assert asked[-1] == 7


@pytest.mark.parametrize("name", STATEMENTS)
def test_where_its_test_may_catch_a_failure_it_ends_as_written(name):
    catching = "try:\n    pass\nexcept ValueError:\n    pass\n"
    test = f"{STATEMENTS[name]}\nassert candidate(7) == 7"
    for code, context in ((catching + test, ""), (test, catching)):
        asked, noted, error = run(code, context)
        assert isinstance(error, AssertionError | TypeError)
        assert not noted
        assert 7 not in asked


def test_what_holds_is_as_it_was_written():
    asked, noted, error = run("total = 0\nfor n in range(3):\n    total += candidate(n)\nassert total == 3")
    assert (asked, noted, error) == ([0, 1, 2], [], None)


def test_an_error_that_is_no_failed_assertion_ends_a_test():
    asked, _, error = run("int('x')\nassert candidate(7) == 7")
    assert isinstance(error, ValueError)
    assert not asked


def test_line_numbers_are_those_of_the_text():
    _, _, error = run("\n\nassert candidate(1) == 1\nx = [\n    1,\n    int('x'),\n]")
    assert error is not None
    assert error.__traceback__ is not None
    trace = error.__traceback__
    while trace.tb_next is not None:
        trace = trace.tb_next
    assert trace.tb_lineno == 6
