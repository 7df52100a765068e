"""Type checkers accept what a user writes, and see a wrong option before anything runs."""

import subprocess
import sys
from pathlib import Path

import pytest

USER_CODE = Path(__file__).with_name("typed_user_code.py")


def mypy(path: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Check a file as a user does who has no configuration."""
    words = ["--strict", "--config-file=", "--follow-imports=silent", f"--cache-dir={cache}"]
    command = [sys.executable, "-m", "mypy", *words, path]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_a_type_checker_accepts_user_code_and_sees_wrong_options(tmp_path: Path) -> None:
    accepted = mypy(USER_CODE, tmp_path)
    assert accepted.returncode == 0, accepted.stdout
    wrong = tmp_path / "wrong.py"
    wrong.write_text(USER_CODE.read_text().replace("limit=20", "limmit=20").replace("trials=3", "trials='3'"))
    seen = mypy(wrong, tmp_path).stdout
    assert "limmit" in seen
    assert 'Argument "trials"' in seen
    assert "Found 2 errors" in seen


def test_basedpyright_accepts_it_too_and_sees_a_wrong_option(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(USER_CODE.read_text().replace("limit=20", "limmit=20"))
    checker = Path(sys.executable).with_name("basedpyright")
    if not checker.exists():
        pytest.skip("no basedpyright: pip install basedpyright to run this")
    command = [checker, "--level", "error", "--pythonpath", sys.executable, USER_CODE, wrong]
    seen = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    assert "limmit" in seen
    assert "1 error" in seen, seen
