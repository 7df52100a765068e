"""The inputs that went wrong once (``shared/cases``) get the verdicts that their table says are right."""

import csv
import json
from pathlib import Path

import pytest

from sharpen.evaluate.score import score

pytestmark = pytest.mark.anyio

PASSED = {
    "K_objects": (8, 8),
    "humaneval_iterables": (10, 10),
    "user_bia": (17, 57),
    "K5_arguments": (1, 3),
    "K6_exceptions": (4, 4),
    "L_entry": (1, 1),
    "user_lcd": (3, 3),
    "M_idle": (0, 4),
    "N_end_of_script": (8, 8),
    "O1_digits": (2, 2),
    "P1_surrogate": (2, 3),
    "P3_lcb_digits": (3, 3),
    "Q1_null": (1, 3),
    "V_apps_imports": (3, 3),
    "S1_apps_ids": (2, 2),
    "S2_all_codes": (1, 1),
    "S3_generations": (1, 1),
    "T_future": (1, 1),
}
"""Of each case, how many samples pass and how many there are.

Of ``user_bia`` 40 want packages and files that are not there, and fail in plain Python too (docs/benchmarks.md).
Where some are installed more may pass.
"""


def word_of(folder: Path, benchmark: str, shared_data: Path) -> str:
    """Return a benchmark of a table as `sharpen score` takes it."""
    name, at, file = benchmark.rpartition("@")
    place = shared_data / "humaneval" / "HumanEval.jsonl.gz" if file == "HUMANEVAL" else folder / file
    return f"{name}{at}{place}"


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "expected.tsv").open() as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.parametrize("case", PASSED)
async def test_a_file_of_samples(case: str, shared_cases: Path, shared_data: Path, tmp_path: Path):
    folder = shared_cases / "score"
    row = next(row for row in table(folder) if row["case"] == case)
    scored = await score(
        word_of(folder, row["benchmark"], shared_data), folder / row["samples"], tmp_path / "run"
    )
    passed, drawn = PASSED[case]
    assert scored.drawn.total() == drawn
    assert scored.passed.total() == passed or (case == "user_bia" and scored.passed.total() > passed)


def test_every_case_is_here(shared_cases: Path):
    assert {row["case"] for row in table(shared_cases / "score")} == PASSED.keys()


@pytest.mark.parametrize(("benchmark", "count"), [("own.jsonl", 15), ("apps@twice.jsonl", 6)])
async def test_whole_answers(
    benchmark: str, count: int, shared_cases: Path, shared_data: Path, tmp_path: Path
):
    folder = shared_cases / "answers"
    rows = [row for row in table(folder) if row["benchmark"] == benchmark]
    answers = [
        {"task_id": row["problem"], "answer": (folder / row["file"]).read_bytes().decode()} for row in rows
    ]
    samples = tmp_path / "samples.jsonl"
    samples.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    scored = await score(word_of(folder, benchmark, shared_data), samples, tmp_path / "run")
    assert (scored.passed.total(), scored.drawn.total()) == (count, count)
