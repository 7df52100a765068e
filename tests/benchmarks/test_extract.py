"""Programs out of answers: a table of the shapes that models produce, laws, and recorded answers."""

import ast
import gzip
import json
import re
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.benchmarks import registry
from sharpen.benchmarks.extract import extract
from sharpen.benchmarks.source import defines, parsable_prefix, parse, preamble, without_examples

STARTER = '''import math
from typing import List


def helper(x):
    """ Given. """
    return x + 1


def f(xs: List[int]) -> int:
    """ Add them.
    >>> f([1, 2])
    3
    """
'''
PROGRAM = "def f(xs):\n    return sum(xs)"


def run(code: str, call: str) -> object:
    namespace: dict[str, object] = {"__name__": "solution"}
    exec(code, namespace)
    return eval(call, namespace)


def dedent(text: str) -> str:
    return textwrap.dedent(text).strip("\n")


WORKING = {
    "fence": f"Sure!\n\n```python\n{PROGRAM}\n```\nHope it helps.",
    "py fence": f"```py\n{PROGRAM}\n```",
    "capital tag": f"```Python\n{PROGRAM}\n```",
    "tag with options": f"```python title=f.py\n{PROGRAM}\n```",
    "plain fence": f"```\n{PROGRAM}\n```",
    "tildes": f"~~~python\n{PROGRAM}\n~~~",
    "four backticks": f"````python\n{PROGRAM}\n````",
    "fence in a list": "1. So:\n\n   ```python\n   def f(xs):\n       return sum(xs)\n   ```\n",
    "windows line ends": f"```python\r\n{PROGRAM}\r\n```\r\n".replace("\n    ", "\r\n    "),
    "no closing fence": f"```python\n{PROGRAM}\n",
    "cut inside the next function": f"```python\n{PROGRAM}\n\ndef g(x):\n    return (x +",
    "cut in an example": f"```python\n{PROGRAM}\n\nprint(f([1, 2",
    "bare": PROGRAM,
    "bare with prose around": f"Here you are.\n\n{PROGRAM}\n\nThis adds them up. Don't worry!",
    "bare, then a word that is Python": f"{PROGRAM}\n\nDone",
    "continuation": "    return sum(xs)\n",
    "continuation, then prose": "    return sum(xs)\n\nThis adds them.",
    "continuation, then a fence": "    return sum(xs)\n```\nIt adds.",
    "continuation without its first indentation": "total = sum(xs)\n    return total",
    "continuation without any indentation": "total = sum(xs)\nreturn total",
    "fenced continuation": "```python\n    return sum(xs)\n```",
    "the corrected program last": f"Wrong:\n```python\ndef f(xs):\n    return 0\n```\nRight:\n```python\n{PROGRAM}\n```",
    "the second block is cut": f"```python\n{PROGRAM}\n```\nOr:\n```python\ndef f(xs):\n    return (",
    "output block after it": f"```python\n{PROGRAM}\n```\nOutput:\n```\n3\n```",
    "shell block before it": f"```bash\npip install x\n```\n```python\n{PROGRAM}\n```",
    "helper in another block": "```python\ndef add(a):\n    return sum(a)\n```\nand\n```python\ndef f(xs):\n    return add(xs)\n```",
    "example call that fails": f"```python\n{PROGRAM}\nassert f([1]) == 2\n```",
    "example print of a missing name": f"```python\n{PROGRAM}\nprint(f(numbers))\n```",
    "example that reads input": f"```python\n{PROGRAM}\nn = int(input())\nprint(f([n]))\n```",
    "main block": f"```python\n{PROGRAM}\n\nif __name__ == '__main__' or True:\n    raise SystemExit(1)\n```",
    "main function that is called": f"```python\n{PROGRAM}\n\ndef main():\n    print(f(input()))\n\nmain()\n```",
    "test function that is called": f"```python\n{PROGRAM}\n\ndef test_f():\n    assert f([1]) == 2\n\ntest_f()\n```",
    "loop over examples": f"```python\n{PROGRAM}\nfor case in ([1], 'x'):\n    assert f(case) == 7\n```",
    "needs the prompt's import": "```python\ndef f(xs: List[int]) -> int:\n    return math.floor(sum(xs))\n```",
    "needs the prompt's helper": "```python\ndef f(xs):\n    return helper(sum(xs)) - 1\n```",
    "future import stays first": "```python\nfrom __future__ import annotations\n\ndef f(xs: Unknown):\n    return sum(xs)\n```",
    "decorated": "```python\nfrom functools import cache\n\n@cache\ndef _one():\n    return 1\n\ndef f(xs):\n    return sum(xs) * _one()\n```",
    "constant behind the function": "```python\ndef f(xs):\n    return sum(xs) * ONE\n\nONE = 1\n```",
    "alias of the function": "```python\ndef add(xs):\n    return sum(xs)\n\nf = add\n```",
    "fence inside a string": '```python\ndef f(xs):\n    """Add.\n    ```text\n    """\n    return sum(xs)\n```',
}


@pytest.mark.parametrize("answer", WORKING.values(), ids=WORKING.keys())
def test_the_program_is_found_and_runs(answer: str):
    program = extract(answer, starter=STARTER, entry_point="f")
    assert run(program.code, "f([1, 2])") == 3


@pytest.mark.parametrize(
    ("answer", "extraction"),
    [
        (WORKING["fence"], "fence"),
        (WORKING["bare with prose around"], "bare"),
        (WORKING["continuation"], "continuation"),
        (WORKING["fenced continuation"], "continuation"),
        ("", "none"),
        (" \n\t\n", "none"),
        ("I cannot help with that.", "none"),
        ("Sorry", "none"),
    ],
)
def test_says_how_it_was_found(answer: str, extraction: str):
    program = extract(answer, starter=STARTER, entry_point="f")
    assert program.extraction == extraction
    assert bool(program.code) == (extraction != "none")


def test_own_definition_wins_over_the_prompts_helper():
    answer = "```python\ndef helper(x):\n    return 10 * x\n\ndef f(xs):\n    return helper(sum(xs))\n```"
    assert run(extract(answer, starter=STARTER, entry_point="f").code, "f([1, 2])") == 30


def test_a_body_that_is_cut_is_kept_as_far_as_it_parses():
    answer = "```python\ndef f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return (total +"
    code = extract(answer, starter=STARTER, entry_point="f").code
    assert run(code, "f([1, 2])") is None


def test_what_no_prefix_saves_stays_as_it_is():
    answer = "```python\ndef f(xs:\n    return sum(xs)\n```"
    code = extract(answer, starter=STARTER, entry_point="f").code
    assert parse(code) is None
    assert "return sum(xs)" in code


def test_a_script_is_not_taken_for_a_body():
    answer = "```python\nn = int(input())\nprint(n)\n```"
    program = extract(answer, starter=STARTER, entry_point="f")
    assert program.extraction == "fence"
    assert not defines(program.code, "f")


def test_a_method_is_asked_for_by_its_class():
    starter = "class Solution:\n    def add(self, xs):\n"
    answer = "```python\nclass Solution:\n    def add(self, xs):\n        return sum(xs)\n\nprint(Solution().add(x))\n```"
    code = extract(answer, starter=starter, entry_point="Solution.add").code
    assert run(code, "Solution().add([1, 2])") == 3


def test_a_script_keeps_everything():
    script = "def solve(n):\n    return n\n\nprint(solve(int(input())))"
    answer = f"Read it.\n```python\n{script}\n```\nFor example\n```\n3\n```"
    assert extract(answer, starter="", entry_point="").code.strip() == script
    assert extract(f"{script}\n", starter="", entry_point="").code.strip() == script


def test_code_before_the_function_is_never_an_example():
    code = "import sys\nprint('ready')\ndef f(xs):\n    return 1"
    assert without_examples(code, "f") == code


@pytest.mark.parametrize(
    "line", ["sys.setrecursionlimit(10000)", "TABLE = [1]", "table.append(1)", "import re"]
)
def test_needed_code_behind_the_function_stays(line: str):
    code = f"import sys\ntable = []\ndef f(xs):\n    return 1\n{line}"
    assert without_examples(code, "f") == code


def test_preamble_is_everything_but_the_function():
    names = [piece.split("(")[0].split("\n")[0] for piece in preamble(STARTER, "f")]
    assert names == ["import math", "from typing import List", "def helper"]


@given(st.text())
def test_any_text_gives_a_program(answer: str):
    program = extract(answer, starter=STARTER, entry_point="f")
    assert (program.extraction == "none") == (not program.code)


_fragments = st.lists(
    st.sampled_from(
        ["```python\n", "```\n", "~~~\n", PROGRAM + "\n", "    return 1\n", "def f(", '"""\n', "x = (\n", "prose\n",
         "if x:\n", "\t", "\\\n", "print(f([1]))\n", "\x00", "@"]
    ),
    max_size=8,
)  # fmt: skip


@given(_fragments)
def test_any_mixture_of_code_and_fences_gives_a_program(pieces: list[str]):
    program = extract("".join(pieces), starter=STARTER, entry_point="f")
    assert (program.extraction == "none") == (not program.code)


@given(_fragments)
def test_the_prefix_is_a_prefix_and_parses(pieces: list[str]):
    code = "".join(pieces).replace("\x00", "")
    prefix = parsable_prefix(code, "f")
    assert code.startswith(prefix)
    assert not prefix or defines(prefix, "f")


@given(st.integers(0, len(STARTER)), st.sampled_from([PROGRAM, STARTER + "    return sum(xs)\n"]))
def test_no_longer_prefix_of_lines_would_parse(cut: int, program: str):
    code = f"{program}\n{STARTER[:cut]}"
    lines = code.split("\n")
    prefixes = ["\n".join(lines[:end]) for end in range(len(lines), 0, -1)]
    longest = next((prefix for prefix in prefixes if parse(prefix) is not None), "")
    assert parsable_prefix(code, "f") == (longest if defines(longest, "f") else "")


def test_upstreams_own_programs_come_back_unchanged(shared_data: Path):
    benchmark = registry.load(f"humaneval@{shared_data / 'humaneval' / 'HumanEval.jsonl.gz'}")
    for problem in benchmark.problems:
        for answer in (f"```python\n{problem.solution}\n```", problem.solution):
            assert benchmark.extract(problem, answer).code.strip() == problem.solution.strip()
        body = problem.solution.removeprefix(problem.statement)
        continued = benchmark.extract(problem, body).code
        assert ast.dump(ast.parse(continued)) == ast.dump(ast.parse(problem.solution))


def test_recorded_answers_of_three_systems(shared_data: Path):
    """270 answers: what fences hold and what was solved is found, and only broken code does not parse."""
    benchmark = registry.load(f"apps@{shared_data / 'apps' / 'apps_selected.jsonl.gz'}")
    problems = {problem.id: problem for problem in benchmark.problems}
    rows = []
    for system in ("ChatGPT-Direct", "GPT4-Turbo-Direct", "ChatGPT-MapCoder"):
        packed = (shared_data / "apps" / f"outputs_{system}.jsonl.gz").read_bytes()
        rows += [json.loads(line) for line in gzip.decompress(packed).splitlines()]
    assert len(rows) == 270
    for row in rows:
        problem = problems[f"{row['id']:04d}"]
        program = benchmark.extract(problem, row["responses"][-1])
        assert program.extraction in {"fence", "bare"}
        assert parse(program.code) is not None
        name = problem.hidden.entry_point
        if name and re.search(rf"^def {name}\(", row["responses"][-1], re.MULTILINE):
            assert defines(program.code, name)
