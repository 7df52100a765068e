"""A directory of stage files: two tasks with four responses each, of which one shares an error with its tests."""

from collections.abc import Iterator
from pathlib import Path

from sharpen.selfcodealign.rows import Instruction, Response, Row, Seed
from sharpen.selfcodealign.stage_files import Writer, write

SEED = Seed("s1", "g", "def g(): ...", "Do.", "requests", "2.1", "requests/api.py", 7, "Apache-2.0")
TASKS = [Instruction(f"i{n}", "s1", ("a",), "function", "easy", "python", f"Square, {n}.") for n in range(2)]
ANSWERS = [
    ("def square(x):\n    return x * x", "assert square(3) == 9\nassert square(2) == 4"),
    ("def to_square(y):\n    return y ** 2", "for x in range(5):\n    assert to_square(x) == x * x"),
    ("def square(x):\n    return x + x", "assert square(2) == 4\nassert square(0) == 0"),
    ("def square(x):\n    return 2", "assert square(3) == 9"),
]


def responses() -> Iterator[Response]:
    for task in TASKS:
        for index, (code, tests) in enumerate(ANSWERS):
            text = f"So:\n```python\n{code}\n```\n</response>\n\n<tests>\n```python\n{tests}\n```\n"
            yield Response(f"{task.id}-{index}", task.id, index, text, code, tests, "stop")


def passing_row(code: str = "def f(x):\n    return x", verdict: str = "passed") -> Row:
    response = f"So:\n```python\n{code}\n```"
    origin = ("s1", "requests", "2.1", "requests/api.py", "Apache-2.0")
    return Row("r", "Do.", response, code, "assert f(1) == 1", *origin, verdict)


def write_files(directory: Path) -> Path:
    """Write what comes before ``validate``, and for what comes after it a row that passes and one that fails."""
    write(directory / "seeds.jsonl", [SEED], Seed)
    write(directory / "instructions.jsonl", TASKS, Instruction)
    write(directory / "responses.jsonl", responses(), Response)
    with Writer(directory / "rows.jsonl") as rows:
        rows.keep(passing_row())
        rows.reject(passing_row("def g(x):\n    return 2", "wrong answer"), "wrong answer")
    write(directory / "dataset.jsonl", [passing_row()], Row)
    return directory
