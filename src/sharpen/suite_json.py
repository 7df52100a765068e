r"""Tests as JSON, in one form for the HTTP service, for exports and for training rows.

::

    {"form": "assert", "id": "t1", "code": "assert add(1, 2) == 3"}
    {"form": "call", "id": "t2", "args": [1, 2], "expected": 3, "atol": 0.0, "comparison": "equal"}
    {"form": "stdio", "id": "t3", "stdin": "1 2\n", "stdout": "3\n", "printed": "apps"}
    {"form": "source", "id": "t4", "code": "exec(solution)", "tests": ""}

Arguments and expected values are JSON where that loses nothing. A value that JSON does not have (a tuple, a
set, bytes, a number that is not finite, a dict with other keys than texts) is ``{"python": "(1, 2)"}``: a
literal of Python, in which ``inf`` and ``nan`` are numbers too.
"""

import ast
import math
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from sharpen.errors import DataError
from sharpen.types import AssertTest, CallTest, Comparison, Printed, SourceTest, StdioTest, Test
from sharpen.values.packed import value_of

LITERAL = "python"
"""The only key of an object that holds a literal of Python."""

_NUMBERS = {"inf": math.inf, "nan": math.nan}


class JsonForm(BaseModel):
    """What all JSON of the service has in common: no unknown fields, no conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


def read_value(value: JsonValue) -> Any:  # noqa: ANN401 - any plain value
    """Return the value that JSON stands for.

    Raises:
        ValueError: it holds a literal that cannot be read.
    """
    if isinstance(value, dict):
        literal = value.get(LITERAL)
        if len(value) == 1 and isinstance(literal, str):
            return _literal(literal)
        return {key: read_value(item) for key, item in value.items()}
    return [read_value(item) for item in value] if isinstance(value, list) else value


def write_value(value: object) -> JsonValue:
    """Return a value as JSON that :func:`read_value` reads back, type by type.

    Raises:
        DataError: it holds an object that is not a plain value.
    """
    if _is_json(value):
        return value  # type: ignore[return-value]  # just checked
    text = repr(value)
    try:
        _literal(text)
    except ValueError as error:
        raise DataError(f"{text[:100]} cannot be written as JSON or as a literal of Python") from error
    return {LITERAL: text}


def _is_json(value: object) -> bool:
    match value:
        case dict():
            texts = all(type(key) is str for key in value)
            return texts and value.keys() != {LITERAL} and all(map(_is_json, value.values()))
        case list():
            return all(map(_is_json, value))
        case float():
            return math.isfinite(value)
    return value is None or type(value) in (str, int, bool)


class _Numbers(ast.NodeTransformer):
    """Turns the names of numbers that are not finite into these numbers."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Constant(_NUMBERS[node.id]) if node.id in _NUMBERS else node


def _literal(text: str) -> Any:  # noqa: ANN401 - any plain value
    try:
        return ast.literal_eval(_Numbers().visit(ast.parse(text, mode="eval")))
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"{text[:100]!r} is not a literal of Python") from error


def _checked(value: JsonValue) -> JsonValue:
    """Raise ValueError if the value holds a literal that cannot be read."""
    read_value(value)
    return value


Value = Annotated[JsonValue, BeforeValidator(_checked)]
"""A value of JSON, or ``{"python": "..."}``."""


class Assertion(JsonForm):
    """Python statements that raise when the program is wrong."""

    form: Literal["assert"]
    id: str = ""
    """Its name in the verdict; its number if not given."""
    code: str = Field(min_length=1)
    """The statements; they call the program's functions by their names."""

    def test(self, name: str) -> AssertTest:
        """Return the test, called ``name`` if it has no name."""
        return AssertTest(self.id or name, self.code)


class Call(JsonForm):
    """A call of the entry point and the value that it must return."""

    form: Literal["call"]
    id: str = ""
    """Its name in the verdict; its number if not given."""
    args: Value
    """Positional arguments: a list, or a literal of a tuple."""
    expected: Value
    """What must be returned."""
    atol: float = Field(0.0, ge=0, allow_inf_nan=False)
    """Absolute tolerance for comparing numbers."""
    comparison: Comparison = "equal"
    """How the returned value is compared to the expected one."""

    @model_validator(mode="after")
    def _has_lists(self) -> Self:
        """Raise ValueError if arguments, or values of which one is expected, are not a list."""
        for name, value in (("args", self.args), ("expected", self.expected)):
            listed = name == "args" or self.comparison == "one_of"
            if listed and not isinstance(read_value(value), list | tuple):
                raise ValueError(f"{name} must be a list or a literal of a tuple")
        return self

    def test(self, name: str) -> CallTest:
        """Return the test, called ``name`` if it has no name."""
        expected = read_value(self.expected)
        if isinstance(expected, list) and self.comparison == "one_of":
            expected = tuple(expected)
        return CallTest(self.id or name, tuple(read_value(self.args)), expected, self.atol, self.comparison)


class Script(JsonForm):
    """A whole program's input and what it must print."""

    form: Literal["stdio"]
    id: str = ""
    """Its name in the verdict; its number if not given."""
    stdin: str = ""
    stdout: str
    printed: Printed = "apps"
    """How the printed text is compared to the expected one."""

    def test(self, name: str) -> StdioTest:
        """Return the test, called ``name`` if it has no name."""
        return StdioTest(self.id or name, self.stdin, self.stdout, self.printed)


class Source(JsonForm):
    """Python statements that get the program as the text ``solution`` and run it themselves."""

    form: Literal["source"]
    id: str = ""
    """Its name in the verdict; its number if not given."""
    code: str = Field(min_length=1)
    tests: str = ""
    """What the statements find as the text ``tests``."""

    def test(self, name: str) -> SourceTest:
        """Return the test, called ``name`` if it has no name."""
        return SourceTest(self.id or name, self.code, self.tests)


AnyTest = Annotated[Assertion | Call | Script | Source, Field(discriminator="form")]
"""One test in any of the four forms."""


def write_test(test: Test) -> dict[str, JsonValue]:
    """Return a test as JSON. Raises DataError if a value of it is not a plain value."""
    match test:
        case AssertTest():
            return {"form": "assert", "id": test.id, "code": test.code}
        case CallTest():
            args, expected = write_value(list(test.args)), write_value(value_of(test.expected))
            compared: dict[str, JsonValue] = {"atol": test.atol, "comparison": test.comparison}
            return {"form": "call", "id": test.id, "args": args, "expected": expected} | compared
        case StdioTest():
            streams: dict[str, JsonValue] = {"stdin": test.stdin, "stdout": test.stdout}
            return {"form": "stdio", "id": test.id} | streams | {"printed": test.printed}
    return {"form": "source", "id": test.id, "code": test.code, "tests": test.tests}
