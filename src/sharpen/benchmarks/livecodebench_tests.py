"""LiveCodeBench's tests, packed as the hub keeps them: JSON, or base64 of zlib of a pickled text of JSON.

A pickle can name code to be run. Here nothing that it names is ever looked up: only texts, numbers and
containers of them can come out of one, made by few operations, of which none makes
room for more than it holds.
"""

import base64
import binascii
import io
import json
import pickle
import pickletools
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NoReturn

from pydantic import BaseModel, TypeAdapter

from sharpen.errors import DataError
from sharpen.files.json_text import integer
from sharpen.types import CallTest, StdioTest, Test


class Case(BaseModel):
    """One test as LiveCodeBench keeps it."""

    input: str
    output: str
    testtype: str = "stdin"


_MOST_BYTES = 1 << 29
"""What the unpacked tests of a problem may take."""
_MOST_OPERATIONS = 10_000
_OPERATIONS = """
PROTO FRAME STOP MARK NONE NEWTRUE NEWFALSE BININT BININT1 BININT2 LONG1 BINFLOAT
SHORT_BINUNICODE BINUNICODE BINUNICODE8 EMPTY_DICT EMPTY_LIST EMPTY_TUPLE TUPLE TUPLE1
TUPLE2 TUPLE3 APPEND APPENDS SETITEM SETITEMS MEMOIZE BINPUT LONG_BINPUT BINGET LONG_BINGET
"""
_PLAIN_OPERATIONS = frozenset(_OPERATIONS.split())


class _PlainUnpickler(pickle.Unpickler):
    """Reads pickles of plain data."""

    def find_class(self, module: str, name: str) -> NoReturn:
        raise pickle.UnpicklingError(f"it names {module}.{name}")

    def persistent_load(self, pid: Any) -> NoReturn:  # noqa: ANN401 - whatever the pickle says
        raise pickle.UnpicklingError(f"it refers to an object {pid!r} outside of it")


_CASES = TypeAdapter(list[Case])


@lru_cache(maxsize=32)
def cases(packed: str, place: str) -> list[Case]:
    """Return the tests that ``packed`` holds; ``place`` says whose they are.

    Raises:
        DataError: they are in no known form, or the pickle names code.
    """
    if not packed.strip():
        return []
    try:
        text = packed if packed.lstrip().startswith(("[", "{")) else _unpacked(packed)
        value = json.loads(text, parse_int=integer)
        return _CASES.validate_python(_pairs(value) if isinstance(value, dict) else value)
    except MemoryError as error:
        raise DataError(f"{place}: its tests take more memory than there is.") from error
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error, zlib.error) as error:
        raise DataError(f"{place}: its tests cannot be read: {error}.") from error


def _unpacked(packed: str) -> str:
    data = _decompressed(base64.b64decode(packed))
    try:
        _refuse_wasteful(data)
        value = _PlainUnpickler(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, IndexError) as error:
        raise ValueError(str(error)) from error
    text = value["input_output"] if isinstance(value, dict) else value  # SandboxFusion's layout
    if not isinstance(text, str):
        raise TypeError("the pickle holds no text")
    return text


def _decompressed(packed: bytes) -> bytes:
    """Return what ``packed`` holds, if that is no more than :data:`_MOST_BYTES`."""
    stream = zlib.decompressobj()
    data = stream.decompress(packed, _MOST_BYTES + 1)
    if len(data) > _MOST_BYTES:
        raise ValueError(f"unpacked they are more than {_MOST_BYTES >> 20} MiB")
    if not stream.eof:
        raise ValueError("the packed text ends too early")
    return data


def _refuse_wasteful(data: bytes) -> None:
    """Check that a pickle is made of few, plain operations: a number in one may ask for 16 GiB."""
    for number, (operation, argument, _) in enumerate(pickletools.genops(data)):
        if number >= _MOST_OPERATIONS:
            raise ValueError("the pickle has too many operations")
        if operation.name in {"GLOBAL", "STACK_GLOBAL", "INST", "PERSID", "BINPERSID"}:
            return  # the reader says what it names
        if operation.name not in _PLAIN_OPERATIONS:
            raise ValueError(f"the pickle is not plain: it has the operation {operation.name}")
        if operation.name.endswith("PUT") and (argument or 0) > _MOST_OPERATIONS:
            raise ValueError("the pickle numbers more values than it has")


def _pairs(fields: dict[str, Any]) -> list[dict[str, Any]]:
    kind = "functional" if fields.get("fn_name") else "stdin"
    pairs = zip(fields["inputs"], fields["outputs"], strict=True)
    return [{"input": given, "output": wanted, "testtype": kind} for given, wanted in pairs]


def tests(pairs: Iterable[Case], prefix: str, place: str) -> tuple[Test, ...]:
    """Return the tests of one problem.

    Raises:
        DataError: the values of a call are not JSON.
    """
    return tuple(_test(case, f"{prefix} {number}", place) for number, case in enumerate(pairs, 1))


def _test(case: Case, name: str, place: str) -> Test:
    if case.testtype == "stdin":
        return StdioTest(name, case.input, case.output, "livecodebench")
    try:
        arguments = tuple(json.loads(line, parse_int=integer) for line in case.input.split("\n"))
        expected = json.loads(case.output, parse_int=integer)
        return CallTest(name, arguments, expected, comparison="livecodebench")
    except ValueError as error:
        raise DataError(f"{place}, {name}: a value is not JSON: {error}.") from error
