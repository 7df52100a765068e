"""A benchmark's own programs pass, broken ones fail, and what is wrong upstream is named."""

import json

from sharpen.validate import programs, validate

GOLD = "def f(x):\n    if x > 3:\n        return x + 2\n    return x\n"
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


def test_every_mutant_is_another_program():
    found = dict(programs(GOLD))
    assert found == {
        "gold": GOLD,
        "silent": "def f(x):\n    return None",
        "negated": "def f(x):\n    if x <= 3:\n        return x + 2\n    return x",
        "shifted": "def f(x):\n    if x > 4:\n        return x + 2\n    return x",
    }
    assert [name for name, _ in programs("x = 1")] == ["gold"]


def test_right_and_wrong_and_blind_problems_are_told_apart(tmp_path, sharpen):
    body = GOLD.partition("\n")[2]
    rows = [
        record("good", body),
        record("wrong", "    return 7\n"),
        record("blind", "    return 0\n", "def check(candidate):\n    assert candidate(1) in (None, 0, 1)\n"),
        record("empty", ""),
    ]
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = validate(str(path))
    verdicts = {(each.problem, each.change): each.verdict.kind for each in found.checked}
    assert verdicts[("good", "gold")] == "passed"
    assert verdicts[("good", "silent")] == verdicts[("good", "negated")] == "wrong_answer"
    assert verdicts[("wrong", "gold")] == "wrong_answer"
    assert verdicts[("blind", "silent")] == "passed"
    assert found.without == 1
    assert not found.sound
    code, out, _ = sharpen("validate", str(path))
    assert code == 1
    assert "wrong: upstream's own program fails: assert f(4) == 6" in out.replace("\n", " ")
    assert "blind: its program passes when it is silent" in out


def test_humanevals_own_programs(shared_data):
    found = validate(f"humaneval@{shared_data / 'humaneval' / 'HumanEval.jsonl.gz'}", 8)
    assert found.sound
    assert sum(each.verdict.passed for each in found.of("gold")) == 8
