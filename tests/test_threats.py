"""The page on threats names tests that exist, one for each row."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "threats.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")
ROWS = [line for line in PAGE.split("\n") if line.startswith("| ") and not line.startswith("| ---")]


def defined(body: list[ast.stmt], names: list[str]) -> bool:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == names[0]:
            return len(names) == 1 or (isinstance(node, ast.ClassDef) and defined(node.body, names[1:]))
    return False


@pytest.mark.parametrize(("file", "name"), sorted(set(NAMED.findall(PAGE))))
def test_a_named_test_exists(file: str, name: str) -> None:
    assert defined(ast.parse((ROOT / file).read_text("utf-8")).body, name.split("::"))


def test_every_claim_names_a_test() -> None:
    claims, _, left = PAGE.partition("## What is left")
    assert "| what | how much |" in left
    rows = [row for row in ROWS if row in claims and "shown by |" not in row]
    assert len(rows) > 20
    assert [row for row in rows if not NAMED.search(row)] == []
