"""The layouts of rows of samples: which problem a row means, which texts it holds, and what they are.

A row names its problem (``task_id``, ``question_id``, ``name``, ``problem_id``, ``id``,
``metadata.problem_id``, or the words of its ``prompt``) and holds one text, a list of texts, or none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sharpen.evaluate.sampled_tests import prompt_of

Kind = Literal["completion", "solution", "answer", "tests"]
"""What a text is: it continues the prompt, it is a whole program, a reply that holds one, or assertions."""

_IDS = ("task_id", "question_id", "name", "problem_id", "id")
_TEXTS: tuple[tuple[str, Kind], ...] = (
    ("solution", "solution"),
    ("source_codes", "solution"),
    ("code_list", "solution"),
    ("predict", "answer"),
    ("completion", "completion"),
    ("samples", "completion"),
    ("completions", "completion"),
    ("generation", "solution"),
    ("generations", "solution"),
    ("responses", "answer"),
    ("response", "answer"),
    ("answer", "answer"),
    ("messages", "answer"),
    ("choices", "answer"),
    ("output", "answer"),
    ("code", "answer"),
)
"""Fields with texts; the first of them that a row has counts."""
_NAMES = {name for name, _ in _TEXTS}
_VERDICTS = ("passed", "is_solved", "graded_list")


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One row, taken apart.

    Attributes:
        problem: the id that it gives, as it stands; None where only its prompt says which problem it means.
        prompt: its prompt, or an empty string.
        texts: its samples; None stands for one without an answer.
        kind: what they are.
        recorded: whether each passed, as the row has it, or None.
        tests: the tests that the row brings, as text; empty where it brings none.
    """

    problem: object
    prompt: str
    texts: Sequence[object]
    kind: Kind
    recorded: Sequence[bool | None]
    tests: str = ""


def rows_of(value: object, number: int, *, plus: bool) -> Iterator[SampleRow | str]:
    """Yield the rows that a line or an element holds; a text says why it is none.

    A whole file may be one value: EvalPlus's results, or a mapping from problems to programs (APPS). In
    BigCode's generations an element is the list of programs of the problem with its ``number``. With ``plus``
    EvalPlus's results count as passed where the plus tests passed too.
    """
    if isinstance(value, list) and value and all(isinstance(each, str | None) for each in value):
        yield SampleRow(number, "", value, "solution", [None] * len(value))
    elif not isinstance(value, dict):
        yield "is not a JSON object"
    elif isinstance(value.get("eval"), dict):
        yield from _evalplus(value["eval"], plus=plus)
    elif (problem := _problem(value)) is not None or isinstance(value.get("prompt"), str):
        yield _row(value, problem)
    elif _NAMES.isdisjoint(value) and value and all(isinstance(each, list | str) for each in value.values()):
        for name, texts in value.items():
            listed = texts if isinstance(texts, list) else [texts]
            yield SampleRow(name, "", listed, "solution", [None] * len(listed))
    else:
        yield "has no task_id"


def _problem(row: Mapping[str, Any]) -> object:
    metadata = row.get("metadata")
    if isinstance(metadata, dict) and "problem_id" in metadata:
        return metadata["problem_id"]
    return next((row[name] for name in _IDS if row.get(name) is not None), None)


def _row(row: Mapping[str, Any], problem: object) -> SampleRow | str:
    if sampled := _tests(row):
        return SampleRow(
            problem, prompt_of(str(row.get("prompt", ""))), sampled, "tests", [None] * len(sampled)
        )
    name, kind = next(((name, kind) for name, kind in _TEXTS if name in row), ("", "completion"))
    texts = _texts(name, row.get(name))
    recorded = next((row[each] for each in _VERDICTS if each in row), None)
    labels = recorded if isinstance(recorded, list) else [recorded] * len(texts)
    for index, text in enumerate(texts, 1):
        if not isinstance(text, str | None):
            where = name if len(texts) == 1 and not isinstance(row[name], list) else f"sample {index}"
            return f"{where} is not text but {type(text).__name__}"
    if len(labels) != len(texts):
        labels = [None] * len(texts)
    prompt = row.get("prompt")
    verdicts = [each if isinstance(each, bool) else None for each in labels]
    tests = row.get("test")
    own = tests if isinstance(tests, str) else ""
    return SampleRow(problem, prompt if isinstance(prompt, str) else "", texts, kind, verdicts, own)


def _tests(row: Mapping[str, Any]) -> list[str]:
    """Return the texts of a row of CodeT's test cases or of Reflexion's measurement of test accuracy."""
    prompt, samples, tests = row.get("prompt"), row.get("samples"), row.get("solution")
    if isinstance(samples, list) and isinstance(prompt, str) and prompt.rstrip().endswith("\nassert"):
        return [f"assert {text}" for text in samples if isinstance(text, str)]
    listed = isinstance(tests, list) and all(
        isinstance(test, str) and test.lstrip().startswith("assert") for test in tests
    )
    return ["\n".join(tests)] if listed and isinstance(tests, list) else []


def _texts(name: str, value: Any) -> list[Any]:  # noqa: ANN401 - whatever the file has
    """Return the samples of a field; a row without an answer is one sample that has none."""
    if name == "messages":
        return [_reply(value)]
    if not isinstance(value, list):
        return [value]
    if name == "choices":
        return [_reply([each.get("message")]) if isinstance(each, dict) else None for each in value]
    if name == "source_codes":  # one program and the earlier tries that it replaces (MapCoder)
        return value[-1:] or [None]
    return value


def _reply(messages: object) -> str | None:
    """Return the text of the last message of the assistant; None where there is none."""
    listed = messages if isinstance(messages, list) else []
    replies = [each for each in listed if isinstance(each, dict) and each.get("role") in (None, "assistant")]
    content = replies[-1].get("content") if replies else None
    if isinstance(content, list):
        texts = (part.get("text") for part in content if isinstance(part, dict))
        return "".join(text for text in texts if isinstance(text, str))
    return content if isinstance(content, str) else None


def _evalplus(results: Mapping[str, Any], *, plus: bool) -> Iterator[SampleRow | str]:
    for name, recorded in results.items():
        listed = recorded if isinstance(recorded, list) else []
        rows = (each for each in listed if isinstance(each, dict))
        samples = [each for each in rows if isinstance(each.get("solution"), str)]
        if not samples:
            yield f"has no solutions of {name}"
            continue
        wanted = ("base_status", "plus_status") if plus else ("base_status",)
        passed = [all(each.get(status) == "pass" for status in wanted) for each in samples]
        yield SampleRow(name, "", [each["solution"] for each in samples], "solution", passed)
