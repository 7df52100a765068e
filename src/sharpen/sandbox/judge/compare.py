"""When a value or an output is right: pure functions of plain data, none of them the program's.

Values (:func:`same_value`): the rule that ``CallTest.comparison`` names; :data:`sharpen.types.Comparison`
says what each one is. They are EvalPlus's (evalplus/eval/__init__.py and _special_oracle.py) and, for
``apps``, APPS's (eval/testing_util.py).

Outputs (:func:`same_output`): lines are split into words, blank lines do not count. Both must have the same
words in the same places, where two numbers are the same when they are equal, or when at least one is
written with a point or an exponent and they are close as APPS has it: ``|a - e| <= 1e-8 + 1e-5 * |e|``, or
equal when rounded to three decimals. That is ``apps``; ``livecodebench`` is the rule of LiveCodeBench
(lcb_runner/evaluation/testing_util.py), as ``StdioTest.printed`` says it.

Deviations:

1. EvalPlus keeps a raised atol for later inputs of the problem; here each test stands alone.
2. APPS turns tuples into lists at the top and one level below; here at every level.
3. APPS also accepts lines in any order and words of a line in any order, since it compares sets of sets;
   that accepts wrong programs, so it is not done here.
4. APPS's tolerance also makes 100000 equal to 100001; whole numbers are compared exactly here.
5. EvalPlus lets numpy broadcast ``[[1.0, 1.0]]`` against ``[[1.0]]``; here lengths are equal at every level.
"""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from sharpen.types import CallTest, Comparison, Printed

_RTOL = 1e-7
_FLOAT_ATOL = 1e-6
_MAX_DIGITS = 1000
"""Whole numbers with more are compared as text: ``int`` takes time by the square of their digits."""


def same_value(actual: object, test: CallTest) -> bool:
    """Return whether ``actual`` is what ``test`` wants."""
    return ORACLES[test.comparison](actual, test)


def _equal(actual: object, test: CallTest) -> bool:
    return _exact(actual, test.expected) or _close(actual, test)


def _exact(actual: object, expected: object) -> bool:
    return bool(actual == expected)


def _close(actual: object, test: CallTest) -> bool:
    atol = test.atol
    if atol == 0 and _is_floats(test.expected):
        atol = _FLOAT_ATOL
    return atol != 0 and type(actual) is type(test.expected) and _all_close(actual, test.expected, atol)


def _is_floats(value: object) -> bool:
    if isinstance(value, list | tuple):
        return bool(value) and all(isinstance(item, float) for item in value)
    return isinstance(value, float)


def _all_close(actual: object, expected: object, atol: float) -> bool:
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        pairs = zip(actual, expected, strict=False)
        return len(actual) == len(expected) and all(_all_close(a, e, atol) for a, e in pairs)
    if isinstance(expected, int | float | complex) and isinstance(actual, int | float | complex):
        return actual == expected or _near(actual, expected, atol, _RTOL)
    return False


def _near(actual: complex, expected: complex, atol: float, rtol: float) -> bool:
    """Return what numpy's ``isclose`` says of two numbers that are not equal: nothing is near infinity."""
    try:
        return math.isfinite(abs(expected)) and bool(abs(actual - expected) <= atol + rtol * abs(expected))
    except OverflowError:  # an int that no float can hold
        return False


def _apps(actual: object, test: CallTest) -> bool:
    expected, value = test.expected, _with_lists(actual)
    first = expected[:1] if isinstance(expected, list) else []
    return any(_exact(value, answer) for answer in (expected, *first))


def _livecodebench(actual: object, test: CallTest) -> bool:
    return _exact(list(actual) if isinstance(actual, tuple) else actual, test.expected)


def _evoeval(actual: object, test: CallTest) -> bool:
    return _alike(test.expected, actual)


def _alike(expected: object, actual: object) -> bool:
    """EvoEval's ``is_equal`` (evoeval/eval_test/__init__.py), without the broadcasting of its numpy."""
    if _is_all_floats(expected) and _is_all_floats(actual):
        return _same_floats(expected, actual)
    if type(expected) is not type(actual):
        return False
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        return len(expected) == len(actual) and all(map(_alike, expected, actual))
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(
            _alike(expected[key], actual[key]) for key in expected
        )
    return _exact(actual, expected)


def _is_all_floats(value: object) -> bool:
    """Whether it is a float, or a list or tuple that holds nothing but floats, which an empty one does."""
    return isinstance(value, float) or (
        isinstance(value, list | tuple) and all(isinstance(x, float) for x in value)
    )


def _same_floats(expected: object, actual: object) -> bool:
    if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
        return len(expected) == len(actual) and all(map(_same_floats, expected, actual))
    if not isinstance(expected, float) or not isinstance(actual, float):
        return False
    both_nan = math.isnan(expected) and math.isnan(actual)
    return both_nan or expected == actual or _near(expected, actual, 1e-6, 1e-5)


def _with_lists(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_with_lists(item) for item in value]
    if isinstance(value, dict):
        return {key: _with_lists(item) for key, item in value.items()}
    return value


def _polynomial_root(actual: object, test: CallTest) -> bool:
    """HumanEval/32: any root of the polynomial whose coefficients are the argument."""
    coefficients = test.args[0]
    if not isinstance(coefficients, list) or not isinstance(actual, int | float):
        return False
    try:
        value = sum(factor * math.pow(actual, power) for power, factor in enumerate(coefficients))
    except (OverflowError, ValueError):
        return False
    return bool(abs(value) <= test.atol)


def _same_set(actual: object, test: CallTest) -> bool:
    """Eight tasks of MBPP+: order and repetition do not matter."""
    if not isinstance(actual, Collection) or not isinstance(test.expected, Collection):
        return False
    try:
        return set(actual) == set(test.expected)
    except TypeError:  # elements that cannot be in a set
        return False


def _not_none(actual: object, test: CallTest) -> bool:
    """Three tasks of MBPP+ that return a match object or None, or say the same with a bool."""
    result = actual if isinstance(actual, bool) else actual is not None
    return bool(result == test.expected)


def _one_of(actual: object, test: CallTest) -> bool:
    """Two tasks of MBPP+ whose statements have two readings."""
    assert isinstance(test.expected, tuple | list)  # JSON has no tuples
    return any(_equal(actual, replace(test, expected=reading)) for reading in test.expected)


ORACLES: Mapping[Comparison, Callable[[object, CallTest], bool]] = {
    "equal": _equal,
    "apps": _apps,
    "livecodebench": _livecodebench,
    "evoeval": _evoeval,
    "find_zero": _polynomial_root,
    "set": _same_set,
    "not_none": _not_none,
    "one_of": _one_of,
}
"""Every rule that ``CallTest.comparison`` may name."""


def same_output(actual: str, expected: str) -> bool:
    """Return whether a printed output is right."""
    words, expected_words = _words(actual), _words(expected)
    return len(words) == len(expected_words) and all(map(_same_line, words, expected_words))


def _words(text: str) -> list[list[str]]:
    return [words for line in text.split("\n") if (words := line.split())]


def _same_line(actual: list[str], expected: list[str]) -> bool:
    return len(actual) == len(expected) and all(map(_same_word, actual, expected))


def _same_word(actual: str, expected: str) -> bool:
    if actual == expected:
        return True
    if max(len(actual), len(expected)) > _MAX_DIGITS and (_integer(actual) or _integer(expected)):
        return _integer(actual) == _integer(expected)
    number, expected_number = _number(actual), _number(expected)
    if number is None or expected_number is None:
        return False
    if isinstance(number, int) and isinstance(expected_number, int):
        return number == expected_number
    return _near(number, expected_number, 1e-8, 1e-5) or round(number, 3) == round(expected_number, 3)


def _number(word: str) -> int | float | None:
    if not word.isascii() or "_" in word:
        return None
    try:
        return int(word)
    except ValueError:
        pass
    try:
        value = float(word)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _integer(word: str) -> str:
    """Return the text of a whole number without leading zeros and plus sign; nothing for any other word."""
    digits = word.lstrip("+-")
    if not (digits.isascii() and digits.isdigit() and len(word) - len(digits) < 2):
        return ""
    digits = digits.lstrip("0") or "0"
    return f"-{digits}" if word.startswith("-") and digits != "0" else digits


def same_lines(actual: str, expected: str) -> bool:
    """Return whether a printed output is right by LiveCodeBench's rule."""
    lines, expected_lines = (text.strip().split("\n") for text in (actual, expected))
    return len(lines) == len(expected_lines) and all(map(_same_decimals, lines, expected_lines))


def _same_decimals(actual: str, expected: str) -> bool:
    if actual.strip() == expected.strip():
        return True
    try:
        return [Decimal(word) for word in actual.split()] == [Decimal(word) for word in expected.split()]
    except InvalidOperation:  # not all of it are numbers; or one that signals, which equals nothing
        return False


PRINTED: Mapping[Printed, Callable[[str, str], bool]] = {"apps": same_output, "livecodebench": same_lines}
"""Every rule that ``StdioTest.printed`` may name."""
