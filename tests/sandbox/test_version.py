"""The version in a verdict's key is a number that a person raises; this holds it to the code."""

import ast
import hashlib
from pathlib import Path

from sharpen.sandbox.process import VERDICTS

SOURCE = Path(__file__).parents[2] / "src" / "sharpen"
DECIDING = (
    "sandbox/base.py",
    "sandbox/launch.py",
    "sandbox/judge",
    "sandbox/child",
    "sandbox/languages",
    "values",
    "types.py",
)
"""The files that decide verdicts."""

HELD = {10: "922378a3f696"}
"""The hash of their syntax trees, by version."""


def bare(tree: ast.Module) -> ast.Module:
    """The tree without docstrings; comments and blanks are not in it."""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if not isinstance(body, list):
            continue
        # A string on its own is a docstring, or one below an attribute.
        node.body = [s for s in body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return tree


def tree_hash(*texts: str) -> str:
    dumped = "".join(ast.dump(bare(ast.parse(text))) for text in texts)
    return hashlib.sha256(dumped.encode()).hexdigest()[:12]


def deciding() -> list[Path]:
    result = []
    for name in DECIDING:
        place = SOURCE / name
        result += [place] if place.is_file() else sorted(place.rglob("*.py"))
    return result


def test_the_code_that_decides_verdicts_has_the_version_it_says():
    now = tree_hash(*(path.read_text("utf-8") for path in deciding()))
    assert HELD.get(VERDICTS) == now, (
        "The code that decides verdicts has changed. If any verdict may come out differently, raise VERDICTS "
        f"in sharpen/sandbox/process.py; then write HELD = {{VERDICTS: {now!r}}} here."
    )


def test_docstrings_comments_and_blanks_do_not_count():
    plain = "def f(x):\n    return x\n"
    written = '"""Head."""\n# why\n\ndef f(x):\n    """Return  x."""\n\n    return x  # so\n'
    assert tree_hash(plain) == tree_hash(written)
    assert tree_hash(plain) != tree_hash("def f(x):\n    return -x\n")


def test_every_file_that_decides_is_there():
    names = {str(path.relative_to(SOURCE)) for path in deciding()}
    assert {"sandbox/judge/compare.py", "sandbox/child/child.py", "values/codec.py", "types.py"} <= names
