"""The methods on a problem in Rust: prompts, own tests and repairs speak the problem's language."""

import asyncio
import json
from pathlib import Path

import pytest

from sharpen import api
from sharpen.journal.journal import Journal
from sharpen.methods.reflexion.loop import Reflexion
from sharpen.methods.reflexion.self_tests import suites, usable
from sharpen.methods.repair import Repair
from sharpen.models.scripted import Scripted
from sharpen.run.config import RunConfig
from sharpen.types import Language, Node, Prompt
from tests.sandbox.languages.programs import need

RECORD = {
    "name": "HumanEval_1_twice",
    "language": "rs",
    "prompt": "/// Double it.\n/// >>> twice(2)\n/// 4\nfn twice(x: isize) -> isize {\n",
    "tests": "}\n\nfn main() {\n    let candidate = twice;\n    assert_eq!(candidate(5), 10);\n}\n",
}
OWN = "```rust\nassert_eq!(twice(1), 2);\nassert_eq!(twice(-3), -6);\nassert!(true);\n```"


def program(body: str) -> str:
    return f"```rust\nfn twice(x: isize) -> isize {{\n    {body}\n}}\n```"


def answer(prompt: Prompt, index: int) -> str:
    question = prompt[-1].content
    if "Write tests for it" in question:
        return OWN
    if "Do not write code" in question:
        return "It adds a number that is not there."
    return program("2 * x") if "failed" in question else program("x + y")


def run(config: RunConfig, folder: Path) -> list[Node]:
    asyncio.run(api.execute(config, folder, opener=lambda spec: Scripted(answer, spec)))
    with Journal.read(folder) as journal:
        return journal.nodes("HumanEval_1_twice")


@pytest.fixture
def word(tmp_path: Path) -> str:
    need("rust")
    (tmp_path / "rs.jsonl").write_text(json.dumps(RECORD) + "\n")
    return f"multipl-e/humaneval-rs@{tmp_path / 'rs.jsonl'}"


def test_a_repair_sees_what_the_compiler_says_and_is_run(word: str, tmp_path: Path):
    nodes = run(Repair(benchmark=word, model="a", n_p=1, n_fr=1, baseline="none"), tmp_path / "run")
    first, second = (node for node in nodes if node.stage in {"program", "repair"})
    assert first.verdict is not None and first.verdict.kind == "syntax"
    question = second.prompt[-1].content
    assert "cannot find value `y`" in question
    assert "```rust block" in question
    assert second.passed


def test_reflexion_judges_by_its_own_tests_in_rust(word: str, tmp_path: Path):
    nodes = run(Reflexion(benchmark=word, model="a", trials=2), tmp_path / "run")
    observations = [node for node in nodes if node.stage == "observation"]
    assert [node.reward for node in observations] == [0.0, 1.0]
    (tests,) = (node for node in nodes if node.stage == "tests")
    assert "assert_eq!(twice(...), ...);" in tests.prompt[-1].content
    assert "```rust block" in tests.prompt[-1].content
    assert "assert_eq!(twice(1), 2);" in observations[1].text
    assert [node.passed for node in nodes if node.stage in {"program", "repair"}] == [False, True]


@pytest.mark.parametrize(
    ("language", "good", "vacuous"),
    [
        ("rust", "assert_eq!(f(1), 2);", "assert_eq!(f(1),f( 1 ));"),
        ("cpp", "assert(f(1) == 2);", "assert(f(1) == f(1));"),
        ("java", "assert f(1) == 2;", "assert true;"),
        ("javascript", "assert.deepEqual(f(1), 2);", "assert.deepEqual(g(1), 2);"),
        ("typescript", "assert.deepEqual(f(1), 2);", "assert.deepEqual(f(1), f( 1));"),
        ("go", "assertEqual(f(1), 2)", "assertEqual(g(1), 2)"),
    ],
)
def test_own_tests_that_say_nothing_are_dropped(language: Language, good: str, vacuous: str):
    kept = list(dict.fromkeys(usable(f"{vacuous}\n{good}\n{good}\n", "f", language)))
    assert kept == [good]
    assert [suite.language for suite in suites(kept, "f", "", language)] == [language]
