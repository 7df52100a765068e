"""What a failure looks like in a repair prompt: one short text, values cut at 300 characters.

The self-repair paper (arXiv 2306.09896, appendix) quotes values, cuts them at 300 characters and keeps
the last one, so that a closing bracket or quote stays.

- An exception: the program's own frames with their lines, the error, the statement of the test.
- A syntax error: line, text, message.
- A failed assertion: see :mod:`sharpen.sandbox.child.assertion`.
"""

import sys
from types import FrameType, TracebackType

Entries = list[tuple[FrameType, int]]
"""Frames with their line numbers, outermost first."""

PROGRAM, TEST, CONTEXT = "<program>", "<test>", "<context>"
"""The file names under which the three kinds of code are compiled."""

MAX_VALUE_CHARS = 300
_ADDRESS_DIGITS = 8
"""The fewest hexadecimal digits of an object's address."""
MAX_FRAMES = 8
_MAX_DIGITS = 4300
"""Digits of an integer that are written out; the time it takes grows with their square."""
_digits, _limit_digits = sys.get_int_max_str_digits, sys.set_int_max_str_digits  # before any program


def shorten(text: str, limit: int = MAX_VALUE_CHARS) -> str:
    """Return ``text`` in at most ``limit`` characters, its last one kept."""
    return text if len(text) <= limit else f"{text[: limit - 4]}...{text[-1]}"


def show(value: object) -> str:
    """Return ``value`` as a person would type it, shortened; never raises."""
    allowed = _digits()
    _limit_digits(_MAX_DIGITS)
    try:
        return shorten(without_addresses(repr(value)))
    except ValueError:  # an int with more digits, alone or in a container
        return f"<int of {value.bit_length()} bits>" if type(value) is int else _unprintable(value)
    except Exception:  # noqa: BLE001 - repr is the program's own code
        return _unprintable(value)
    finally:
        _limit_digits(allowed)


def without_addresses(text: str) -> str:
    """Return ``text`` without the memory addresses of ``<f at 0x7f1c2d3e4a50>``.

    They differ from run to run, and an error that is quoted in a prompt is part of the prompt's key.
    """
    first, *rest = text.split(" at 0x")
    return first + "".join(map(_after_address, rest))


def _after_address(text: str) -> str:
    after = text.lstrip("0123456789abcdef")
    is_address = after.startswith(">") and len(text) - len(after) >= _ADDRESS_DIGITS
    return after if is_address else f" at 0x{text}"


def _unprintable(value: object) -> str:
    return f"<{type(value).__name__} that cannot be printed>"


def error_line(error: BaseException) -> str:
    """Return ``TypeName: message`` of an exception, shortened."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - __str__ is the program's own code
        text = ""
    return f"{type(error).__name__}: {shorten(without_addresses(text))}" if text else type(error).__name__


def syntax_error(error: SyntaxError) -> str:
    """Return line, text and message of a program that does not compile."""
    place = f"line {error.lineno}" if error.lineno else "the program"
    text = shorten((error.text or "").strip())
    return f"{type(error).__name__} at {place}: {error.msg}" + (f"\n    {text}" if text else "")


def is_failed_test(error: BaseException) -> bool:
    """Whether an AssertionError is the test's own, not one of the program's."""
    files = [name for name in map(_file_of, frames(error)) if name in {PROGRAM, TEST, CONTEXT}]
    return isinstance(error, AssertionError) and bool(files) and files[-1] != PROGRAM


def frames(error: BaseException) -> Entries:
    """Return the frames of an exception with their line numbers, outermost first."""
    lines = []
    at: TracebackType | None = error.__traceback__
    while at is not None:
        lines.append((at.tb_frame, at.tb_lineno))
        at = at.tb_next
    return lines


def stack(frame: FrameType | None) -> Entries:
    """Return the frames that are being executed, outermost first."""
    lines = []
    while frame is not None:
        lines.append((frame, frame.f_lineno or 0))  # a signal may come where there is no line
        frame = frame.f_back
    return lines[::-1]


def _file_of(entry: tuple[FrameType, int]) -> str:
    return entry[0].f_code.co_filename


def place(entries: Entries, program: str) -> str:
    """Return the program's frames with their source lines, the middle of a long stack left out."""
    # These three end a line for the interpreter, whose numbers are used here; str.splitlines knows more.
    lines = program.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    texts = [
        f"  line {number}, in {frame.f_code.co_name}\n    {shorten(lines[number - 1].strip())}"
        for frame, number in entries
        if frame.f_code.co_filename == PROGRAM and 0 < number <= len(lines)
    ]
    if len(texts) > MAX_FRAMES:
        half = MAX_FRAMES // 2
        texts[half:-half] = [f"  ... {len(texts) - 2 * half} more calls ..."]
    return "\n".join(texts)


def exception(error: BaseException, program: str) -> str:
    """Return the trimmed traceback of ``error``."""
    where = place(frames(error), program)
    head = f"Traceback (most recent call last):\n{where}\n" if where else ""
    return f"{head}{error_line(error)}"


def while_running(statement: str) -> str:
    """Return the last line of such a text: the test's statement, or nothing."""
    return f"\nwhile running: {statement}" if statement else ""


def call(entry_point: str, arguments: tuple[object, ...]) -> str:
    """Return a call as it would be typed, shortened."""
    shown = ", ".join(map(show, arguments))
    return f"{entry_point.rpartition('.')[2]}({shorten(shown)})"
