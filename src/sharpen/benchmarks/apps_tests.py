"""APPS's tests, out of the hub's layout and out of MapCoder's.

The hub keeps them as JSON: ``inputs``, ``outputs`` and, where a function is called, ``fn_name``. A problem
can hold megabytes of them, so they stay packed until somebody looks.

MapCoder keeps the arguments of a call as lines of text, without their types. A line is read as a literal
where that works for this argument in every test of the problem, else it is a string. A test whose lines
are not as many as the function's arguments is left out (9 of problem 1613).
"""

import ast
import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial

from sharpen.benchmarks.source import parse_open
from sharpen.errors import SuiteError
from sharpen.files.json_text import inner_json, integer
from sharpen.types import CallTest, StdioTest, Test

Make = Callable[[], tuple[Test, ...]]
"""Makes the tests of a suite."""

_Pair = tuple[object, object]


def from_hub(tests: str, statement: str) -> tuple[Make, Make, str]:
    """Return what makes the visible and the hidden tests, and the function's name, which may be empty."""
    packed = zlib.compress(tests.encode(), 1)
    match = re.search(r'"fn_name":\s*("(?:[^"\\]|\\.)*")', tests)
    name = str(json.loads(match[1])) if match else ""
    hidden = partial(_hub_tests, packed, name)
    return partial(_shown, hidden, statement, name), hidden, name


@lru_cache(maxsize=32)
def _hub_tests(packed: bytes, name: str) -> tuple[Test, ...]:
    """Return the tests. Raises SuiteError, which ends no run, where they cannot be read."""
    try:
        data = inner_json(zlib.decompress(packed).decode())
        return _tests("test", zip(data["inputs"], data["outputs"], strict=False), name)
    except (ValueError, TypeError, KeyError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise SuiteError(f"the tests of the problem cannot be read ({reason}): get its file again") from error


def _tests(prefix: str, pairs: Iterable[_Pair], name: str) -> tuple[Test, ...]:
    make = _call_test if name else _stdio_test
    return tuple(make(f"{prefix} {number}", *pair) for number, pair in enumerate(pairs, 1))


def _call_test(label: str, arguments: object, expected: object) -> Test:
    if not isinstance(arguments, list):
        raise TypeError(f"the arguments of {label} are no list")
    inputs = tuple(_int_keys(argument) for argument in arguments)
    return CallTest(label, inputs, _int_keys(expected), comparison="apps")


def _stdio_test(label: str, stdin: object, stdout: object) -> Test:
    return StdioTest(label, _text(stdin), _text(stdout))


def _text(value: object) -> str:
    """Return a text that APPS keeps whole or as its lines."""
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _int_keys(value: object) -> object:
    """Return a dict, bare or in a list, with the integer keys that JSON turned into text."""
    if isinstance(value, list):
        return [_int_keys(item) if isinstance(item, dict) else item for item in value]
    if isinstance(value, dict) and value and all(re.fullmatch(r"-?\d+", str(key)) for key in value):
        return {int(key): item for key, item in value.items()}
    return value


def _shown(hidden: Make, statement: str, name: str) -> tuple[Test, ...]:
    """Return the tests that the statement shows, input and output."""
    is_shown = _call_is_shown if name else _script_is_shown
    return tuple(test for test in hidden() if is_shown(test, statement, name))


def _script_is_shown(test: Test, statement: str, _name: str) -> bool:
    assert isinstance(test, StdioTest)
    lines = _stripped(statement)
    given, wanted = _stripped(test.stdin), _stripped(test.stdout)
    if not given or not wanted:
        return False
    end = _find_lines(lines, given, 0)
    return end >= 0 and 0 <= _find_lines(lines, wanted, end) <= end + len(wanted) + 4


def _stripped(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n") if line.strip()]


def _find_lines(lines: list[str], part: list[str], start: int) -> int:
    """Return the index behind the first place where ``part`` stands in ``lines``, or -1."""
    for index in range(start, len(lines) - len(part) + 1):
        if lines[index : index + len(part)] == part:
            return index + len(part)
    return -1


def _call_is_shown(test: Test, statement: str, name: str) -> bool:
    assert isinstance(test, CallTest)
    text = _compact(statement)
    call = _compact(f"{name}({', '.join(map(repr, test.args))})")
    value = test.expected[0] if isinstance(test.expected, list) and test.expected else test.expected
    index = text.find(call)
    return index >= 0 and _compact(repr(value)) in text[index + len(call) :].split("\n")[0][:200]


def _compact(text: str) -> str:
    return re.sub(r"[ \t]", "", text).replace("'", '"')


def from_mapcoder(
    samples: Sequence[Mapping[str, object]], tests: Sequence[Mapping[str, object]] | str, starter: str
) -> tuple[Make, Make, str]:
    """Return what makes the visible and the hidden tests, and the function's name, which may be empty."""
    listed = ast.literal_eval(tests) if isinstance(tests, str) else tests
    name, sizes = _signature(starter)
    visible, hidden = (
        [(str(item["input"]), item["output"]) for item in items] for items in (samples, listed)
    )
    if name:
        literal = _literal_arguments([text for text, _ in [*visible, *hidden]], sizes)
        return (
            partial(_tests, "sample", _arguments(visible, literal, sizes), name),
            partial(_tests, "test", _arguments(hidden, literal, sizes), name),
            name,
        )
    return partial(_tests, "sample", visible, ""), partial(_tests, "test", hidden, ""), ""


def _signature(starter: str) -> tuple[str, range]:
    """Return the name of the starter's function and how many arguments it may take."""
    tree = parse_open(starter.strip())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)] if tree else []
    if not functions:
        return "", range(0)
    arguments = functions[-1].args
    names = [argument.arg for argument in arguments.args if argument.arg != "self"]
    return functions[-1].name, range(len(names) - len(arguments.defaults), len(names) + 1)


def _literal_arguments(texts: list[str], sizes: range) -> list[bool]:
    """Return for each argument whether its text is a literal in every test that gives it."""
    rows = [_split(text, sizes) for text in texts]
    return [
        all(_literal(row[index]) is not _NO_LITERAL for row in rows if index < len(row))
        for index in range(sizes.stop - 1)
    ]


def _split(text: str, sizes: range) -> list[str]:
    """Return the text of each argument, or nothing where the function takes fewer."""
    lines = [text] if sizes == range(1, 2) else text.split("\n")
    return lines if len(lines) in sizes else []


_NO_LITERAL = object()


def _literal(text: str) -> object:
    """Return the value of a text in JSON or Python."""
    try:
        return json.loads(text, parse_int=integer)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return _NO_LITERAL


def _arguments(pairs: Sequence[tuple[str, object]], literal: list[bool], sizes: range) -> list[_Pair]:
    rows = ((_split(text, sizes), output) for text, output in pairs)
    return [
        ([_literal(text) if each else text for text, each in zip(row, literal, strict=False)], output)
        for row, output in rows
        if row
    ]
