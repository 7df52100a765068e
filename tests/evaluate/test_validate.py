"""A benchmark's own programs pass, broken ones fail, and what is wrong in the original is named."""

import json

import pytest

from sharpen.evaluate.validate import broken, validate

REFERENCE = "def f(x):\n    if x > 3:\n        return x + 2\n    return x\n"
CHECK = "def check(candidate):\n    assert candidate(4) == 6\n    assert candidate(0) == 0\n"


def record(name, body, check=CHECK):
    prompt = "def f(x):\n"
    return {
        "task_id": name,
        "prompt": prompt,
        "entry_point": "f",
        "test": check,
        "canonical_solution": body,
    }


def test_a_program_is_broken_in_each_way():
    assert list(broken(REFERENCE)) == [
        ("silent", 0, "def f(x):\n    return None"),
        ("compare", 2, "def f(x):\n    if x <= 3:\n        return x + 2\n    return x"),
        ("int", 2, "def f(x):\n    if x > 4:\n        return x + 2\n    return x"),
        ("return", 3, "def f(x):\n    if x > 3:\n        return None\n    return x"),
        ("arithmetic", 3, "def f(x):\n    if x > 3:\n        return x - 2\n    return x"),
    ]
    more = [(change, line) for change, line, _ in broken(REFERENCE, "all")]
    assert sorted(more) == sorted(
        [
            ("silent", 0),
            ("compare", 2),
            ("int", 2),
            ("return", 3),
            ("arithmetic", 3),
            ("int", 3),
            ("return", 4),
        ]
    )
    assert [change for change, _, _ in broken("x = 1")] == ["int"]


def test_right_and_wrong_and_blind_problems_are_told_apart(tmp_path, sharpen):
    body = REFERENCE.partition("\n")[2]
    rows = [
        record("good", body),
        record("wrong", "    return 7\n"),
        record("blind", "    return 0\n", "def check(candidate):\n    assert candidate(1) in (None, 0, 1)\n"),
        record("empty", ""),
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = validate(str(path))
    verdicts = {(each.problem, each.change): each.verdict.kind for each in result.checked}
    assert verdicts[("good", "reference")] == "passed"
    assert verdicts[("good", "silent")] == verdicts[("good", "compare")] == "wrong_answer"
    assert verdicts[("wrong", "reference")] == "wrong_answer"
    assert verdicts[("blind", "silent")] == "passed"
    assert result.without == 1
    assert not result.sound
    code, out, _ = sharpen("validate", str(path))
    assert code == 1
    assert "wrong: the reference program fails: assert f(4) == 6" in out.replace("\n", " ")
    assert "blind: its program passes when it is silent" in out
    assert "blind: a change in line 2 is not noticed (int)" in out
    survivors = sum(each.verdict.passed for each in result.mutants)
    assert result.killed == pytest.approx(1 - survivors / len(result.mutants))
    assert {each.problem for each in result.mutants} == {
        "good",
        "blind",
    }  # of a wrong program nothing is said


def test_humanevals_own_programs(shared_data):
    result = validate(f"humaneval@{shared_data / 'humaneval' / 'HumanEval.jsonl.gz'}", 8)
    assert result.sound
    assert sum(each.verdict.passed for each in result.of("reference")) == 8
