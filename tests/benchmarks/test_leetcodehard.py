"""LeetcodeHardGym's problems: their examples become tests."""

import asyncio
import json
from pathlib import Path

import pytest

from sharpen.benchmarks.leetcodehard import examples, owned
from sharpen.benchmarks.registry import load
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Program
from tests.sandbox.languages.programs import need

PYTHON = {
    "task_id": "add-all",
    "prompt": (
        "# Add all numbers.\n#\n# Example 1:\n# Input: numbers = [1,2], twice = true\n# Output: 6\n"
        "# Example 2:\n# Input: numbers = [], twice = false\n# Output: 0\n"
        "class Solution:\n    def addAll(self, numbers: List[int], twice: bool) -> int:\n        "
    ),
    "entry_point": "addAll",
    "cannonical_solution": "",
    "test": "",
}
RUST = {
    "task_id": "add-all",
    "prompt": "// Add all numbers.\nfn add_all(numbers: Vec<i32>) -> i32 {\n",
    "entry_point": "add-all",
    "test": "",
    "visible_tests": ["assert_eq!(add_all([1,2]), 3);"],
}


def problem(row: object, folder: Path):
    path = folder / "file.jsonl"
    path.write_text(json.dumps(row) + "\n")
    benchmark = load(f"leetcodehard@{path}")
    return benchmark, benchmark.problems[0]


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        (PYTHON, "```python\nclass Solution:\n    def addAll(self, numbers: List[int], twice: bool) -> int:\n        return sum(numbers) * (2 if twice else 1)\n```"),
        (RUST, "```rust\nfn add_all(numbers: Vec<i32>) -> i32 {\n    numbers.iter().sum()\n}\n```"),
    ],
    ids=["python", "rust"],
)  # fmt: skip
def test_the_examples_decide(row: object, answer: str, tmp_path: Path):
    benchmark, found = problem(row, tmp_path)
    if found.hidden.language != "python":
        need(found.hidden.language)

    async def judge(code: str):
        sandbox = ProcessSandbox(1)
        try:
            return await sandbox.execute(Program(code), found.hidden, Limits())
        finally:
            await sandbox.close()

    right = benchmark.extract(found, answer).code
    assert asyncio.run(judge(right)).passed
    assert not asyncio.run(judge(right.replace("sum", "max"))).passed


def test_lists_and_texts_become_values_that_rust_can_own():
    assert owned('assert_eq!(f([[1]], "a[b]"), [2]);') == (
        'assert_eq!(f(vec![vec![1]], String::from("a[b]")), vec![2]);'
    )


def test_an_example_in_words_is_no_test():
    assert list(examples("# Input: a tree\n# Output: nothing\n")) == []
