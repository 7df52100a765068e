"""Programs out of answers: a table of the shapes that models produce, laws, and recorded answers."""

import ast
import gzip
import io
import json
import re
import textwrap
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.benchmarks import registry
from sharpen.benchmarks.extract import extract
from sharpen.benchmarks.source import defines, parse, preamble, without_examples

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
    "marks of Code Llama": f"Sure. [PYTHON]\n{PROGRAM}\n[/PYTHON]\nIt adds them.",
    "tildes": f"~~~python\n{PROGRAM}\n~~~",
    "four backticks": f"````python\n{PROGRAM}\n````",
    "fence in a list": "1. So:\n\n   ```python\n   def f(xs):\n       return sum(xs)\n   ```\n",
    "windows line ends": f"```python\r\n{PROGRAM}\r\n```\r\n".replace("\n    ", "\r\n    "),
    "no closing fence": f"```python\n{PROGRAM}\n",
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


@pytest.mark.parametrize(
    "code",
    [
        "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return (total +",
        f"{PROGRAM}\n\ndef g(x):\n    return (x +",
        f"{PROGRAM}\n\nprint(f([1, 2",
        "def f(xs:\n    return sum(xs)",
        "def f(xs)\n    return sum(xs)",
        "def f(xs):\n    return sum(xs))",
    ],
)
def test_a_broken_program_stays_as_it_is(code: str):
    for answer in (f"```python\n{code}\n```", f"So:\n```python\n{code}", code, f"Here it is:\n\n{code}"):
        program = extract(answer, starter=STARTER, entry_point="f")
        assert program.code.strip() == code
        assert parse(program.code) is None


def test_a_broken_continuation_stays_as_it_is():
    body = "    total = 0\n    for x in xs:\n        total += x\n    return (total +"
    program = extract(body, starter=STARTER, entry_point="f")
    assert program.code == STARTER + body
    assert program.extraction == "continuation"


@pytest.mark.parametrize(
    "rest", ["def g(x):\n    return (x +", "print(f([1, 2", "# Test:\nassert f([", "class A"]
)
def test_a_continuation_ends_before_what_is_cut_behind_the_function(rest: str):
    program = extract(f"    return sum(xs)\n\n\n{rest}", starter=STARTER, entry_point="f")
    assert run(program.code, "f([1, 2])") == 3


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


STUB = 'def f(xs: List[int]) -> int:\n    """ Add them. """\n'

VARIANTS = {
    "a tag with a version": f"```python3.11\n{PROGRAM}\n```",
    "another interpreter's tag": f"```pypy3\n{PROGRAM}\n```",
    "a tag in braces": f"```{{.python}}\n{PROGRAM}\n```",
    "a tag with a file's name": f"```python:main.py\n{PROGRAM}\n```",
    "a tag of a notebook": f"```ipython\n{PROGRAM}\n```",
    "an unknown tag": f"```code\n{PROGRAM}\n```",
    "the language as a line": f"```\npython\n{PROGRAM}\n```",
    "the language as a line, bare": f"Python 3\n{PROGRAM}\n",
    "a fence at the end of the code": f"```python\n{PROGRAM}```",
    "a fence at the end of the code, then prose": f"```python\n{PROGRAM}```\nIt's done.",
    "a fence at the end of the code, then another block": f"```python\n{PROGRAM}```\n\n```text\n3\n```",
    "only a closing fence": f"{PROGRAM}\n```\nIt adds.",
    "only a closing fence, then a word": f"{PROGRAM}\n```\nDone",
    "one line": "```python def f(xs): return sum(xs)```",
    "one line without a tag": "```def f(xs): return sum(xs)```",
    "one line in a list": "* ```py def f(xs): return sum(xs)```",
    "numbered list": "1. ```python\n   def f(xs):\n       return sum(xs)\n   ```",
    "starred list": "* ```python\n  def f(xs):\n      return sum(xs)\n  ```",
    "quoted": "> ```python\n> def f(xs):\n>     return sum(xs)\n> ```",
    "indented code": "So:\n\n    def f(xs):\n        return sum(xs)\n\nDone.",
    "code indented by a tab": "So:\n\n\tdef f(xs):\n\t\treturn sum(xs)\n\nIt adds.",
    "a fence in a docstring": '```python\ndef f(xs):\n    """Add.\n\n    ```\n    f([1]) == 1\n    ```\n    """\n    return sum(xs)\n```',
    "a fence in another kind of docstring": "```python\ndef f(xs):\n    \'\'\'Add.\n```\nf([])\n```\n    \'\'\'\n    return sum(xs)\n```",
    "a docstring that never ends in a draft": f'```python\ndef f(xs):\n    """Add.\n```\n\n```python\n{PROGRAM}\n```',
    "a stub, then the body": f"Given\n```python\n{STUB}```\nthe body is\n```python\n    return sum(xs)\n```",
    "a stub behind the program": f"```python\n{PROGRAM}\n```\nYour signature was\n```python\n{STUB}```",
    "a stub behind the program, in one block": f"```python\n{PROGRAM}\n\n\n{STUB}```",
    "a stub before the program, in one block": f"```python\n{STUB}\n\n{PROGRAM}\n```",
    "a stub with dots": f"```python\n{PROGRAM}\n```\n```python\ndef f(xs): ...\n```",
    "a stub that raises": f"```python\n{PROGRAM}\n```\n```python\ndef f(xs):\n    raise NotImplementedError()\n```",
    "a longer draft first": f"```python\ndef f(xs):\n    n = 0\n    for x in xs:\n        n -= x\n    return n\n```\nNo:\n```python\n{PROGRAM}\n```",
    "helpers that need helpers": "```python\nimport functools\ndef a(x, y):\n    return x + y\n```\n```python\ndef b(xs):\n    return functools.reduce(a, xs, 0)\n```\n```python\ndef f(xs):\n    return b(xs)\n```",
    "a helper behind": "```python\ndef f(xs):\n    return add(xs)\n```\nwith\n```python\ndef add(xs):\n    return sum(xs)\n```",
    "a bare helper": "First a helper.\n\ndef add(xs):\n    return sum(xs)\n\nNow the function.\n\ndef f(xs):\n    return add(xs)\n\nThat's it.",
    "bare drafts": f"First:\n\ndef f(xs):\n    return 0\n\nThat is wrong.\n\n{PROGRAM}\n",
    "a constant before, bare": "The code:\n\nZERO = 0\n\ndef f(xs):\n    return sum(xs, ZERO)\n\nThe end.",
    "prose in a fence that is never closed": f"```python\n{PROGRAM}\n\nThis adds the numbers, doesn't it?",
    "a list behind the code": f"{PROGRAM}\n\nNotes:\n- it adds\n- it doesn't fail",
    "a body with two blanks": "  return sum(xs)",
    "a body with three blanks": "   n = sum(xs)\n   return n",
    "a body with eight blanks": "        n = 0\n        for x in xs:\n            n += x\n        return n",
    "a body with a tab": "\treturn sum(xs)",
    "a body whose first line lost a blank": "   n = 0\n    for x in xs:\n        n += x\n    return n",
    "no-break spaces": "```python\ndef f(xs):\n\u00a0\u00a0\u00a0 return\u00a0sum(xs)\n```",
    "ideographic spaces": "def f(xs):\n\u3000\u3000return sum(xs)",
    "a byte order mark": f"\ufeff{PROGRAM}",
    "a byte order mark in a fence": f"```python\n\ufeff{PROGRAM}\n```",
    "zero-width spaces": f"```python\n\u200b{PROGRAM}\u200b\n```",
    "entities": "```python\ndef f(xs):\n    n, i = 0, 0\n    while i &lt; len(xs) &#38;&amp; 1 or i &lt; len(xs):\n        n, i = n + xs[i], i + 1\n    return n\n```".replace("&#38;&amp; 1", "and 1"),
    "entities of quotes": "```python\ndef f(xs):\n    return sum(xs) if &quot;a&quot; &gt; &#39;A&#39; else 0\n```",
    "curly quotes": "```python\ndef f(xs):\n    return sum(xs) + len(\u201c\u201d)\n```",
    "class Solution": "```python\nclass Solution:\n    def f(self, xs: List[int]) -> int:\n        return sum(xs)\n```",
    "another class": "```python\nclass Adder:\n    def f(self, xs):\n        return sum(xs)\n```",
    "a class with a static method": "```python\nclass Solution:\n    @staticmethod\n    def f(xs):\n        return sum(xs)\n```",
    "old line ends": f"```python\r\n{PROGRAM}\r\n```",
    "answer tags": f"<answer>\n{PROGRAM}\n</answer>",
    "a thought with a draft": f"<think>\n```python\ndef f(xs):\n    return 0\n```\n</think>\n```python\n{PROGRAM}\n```",
}  # fmt: skip


@pytest.mark.parametrize("answer", VARIANTS.values(), ids=VARIANTS.keys())
def test_variants_of_what_models_and_pages_do(answer: str):
    program = extract(answer, starter=STARTER, entry_point="f")
    assert run(program.code, "f([1, 2])") == 3


@pytest.mark.parametrize(
    "answer",
    [
        f"<think>\n```python\n{PROGRAM}\n```\n",
        f"<think>\n```python\n{PROGRAM}\n```\n</think>\nI'm sorry, but I can't help with that.",
        f"{PROGRAM}\n</think>\nI cannot solve this problem",
        "I'm sorry, I can't assist with that request.",
        "As an AI model, I must decline to return it.",
        "```\nSorry, there is no solution.\n```",
    ],
)
def test_a_refusal_is_no_program(answer: str):
    code = extract(answer, starter=STARTER, entry_point="f").code
    assert not defines(code, "f")


SCRIPT = "n = int(input())\nprint(n * 2)"
SCRIPTS = {
    "a longer draft first": f"No:\n```python\nn = int(input())\nr = 0\nfor i in range(n):\n    r += i\nprint(r)\n```\nYes:\n```python\n{SCRIPT}\n```",
    "an example behind": f"```python\n{SCRIPT}\n```\nFor example:\n```\n2\n```\ngives\n```\n4\n```",
    "a test behind": f"```python\n{SCRIPT}\n```\nTry it:\n```python\nprint('2 gives 4')\n```",
    "a helper before": "```python\ndef twice(n):\n    return n * 2\n```\n```python\nprint(twice(int(input())))\n```",
    "a helper behind": "```python\nprint(twice(int(input())))\n```\n```python\nTWO = 2\ndef twice(n):\n    return n * TWO\n```",
    "reading and printing apart": "```python\nn = int(input())\n```\n```python\nprint(n * 2)\n```",
    "a name of a draft in a function": "```python\nm = int(input())\nprint(m)\n```\n```python\ndef main(m):\n    print(m * 2)\n\nmain(int(input()))\n```",
    "bare with prose around": f"It doubles.\n\n{SCRIPT}\n\nThat's all.",
    "only a closing fence": f"{SCRIPT}\n```\nIt doubles n.",
    "standard input as a file": "```python\nimport sys\nsys.stdout.write(str(int(sys.stdin.readline()) * 2))\n```",
    "an end token": f"```python\n{SCRIPT}<|im_end|>",
}  # fmt: skip


@pytest.mark.parametrize("answer", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_the_script_is_found_and_runs(answer: str, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("4\n"))
    exec(extract(answer, starter="", entry_point="").code, {"__name__": "__main__"})
    assert capsys.readouterr().out.strip() == "8"


@pytest.mark.parametrize("entry_point", ["Solution.add", "Solution().add"])
@pytest.mark.parametrize(
    "code",
    [
        "class Solution:\n    def add(self, xs):\n        return sum(xs)",
        "def add(xs):\n    return sum(xs)",
        "def add(self, xs):\n    return sum(xs)",
        "        return sum(xs)",
    ],
)
def test_a_method_may_be_answered_as_a_function(entry_point: str, code: str):
    starter = "class Solution:\n    def add(self, xs: List[int]) -> int:\n"
    program = extract(code, starter=f"from typing import List\n\n\n{starter}", entry_point=entry_point)
    assert run(program.code, "Solution().add([1, 2])") == 3


DEGENERATE = {
    "imports and a broken line": "import os\n" * 2500 + "def f(x:\n",
    "broken lines": "def f(x:\n" * 3000,
    "prose that looks like code": "def f is good\n" * 3000,
    "broken blocks": "```python\ndef f(x\n```\n" * 2000,
    "opening fences": "```python\n" * 5000,
    "blocks that need each other": "".join(f"```python\ndef g{n}(): return g{n + 1}()\n```\n" for n in range(800)),
    "functions that call each other": f"{PROGRAM}\n" + "".join(f"def h{n}(): return h{n + 1}()\n" for n in range(1000)),
    "a long chain of branches": "def f(x):\n    if x: pass\n" + "    elif x: pass\n" * 2000,
    "a continued chain of branches": "    if x: pass\n" + "    elif x: pass\n" * 2000,
    "deep brackets": f"def f(x):\n    return {'(' * 5000}x{')' * 5000}",
    "a long sum": "if " + "+".join(["1"] * 3000) + ":\n    print(f(2))\n" + PROGRAM,
    "many signs": "def f(x):\n    return " + "-" * 20000 + "x",
    "backticks": "`" * 100000,
    "quotes": '```python\n"""\n```\n' * 3001,
    "a half character": "def f(x):\n    return '\ud800'\n",
    "closing marks": "</think>" * 5000,
}  # fmt: skip


@pytest.mark.parametrize("answer", DEGENERATE.values(), ids=DEGENERATE.keys())
@pytest.mark.parametrize(
    "asked", [(STARTER, "f"), ("", "f"), ("", "")], ids=["starter", "function", "script"]
)
def test_degenerate_answers_are_parsed_a_bounded_number_of_times(answer: str, asked, monkeypatch):
    """Reading takes time that grows with the length: the parser sees each character a few times at most."""
    seen: list[int] = []
    real = ast.parse

    def counted(code: str, *rest: object, **named: object) -> ast.AST:
        seen.append(len(code))
        return real(code, *rest, **named)

    monkeypatch.setattr(ast, "parse", counted)
    extract(answer, starter=asked[0], entry_point=asked[1])
    assert sum(seen) <= 60 * len(answer) + 1_000 * len(STARTER)


def test_no_text_is_parsed_twice_for_an_answer(monkeypatch):
    """Parsing is most of the time that taking a program out of an answer needs."""
    seen: Counter[str] = Counter()
    real = ast.parse

    def counted(code: str, *rest: object, **named: object) -> ast.AST:
        seen[code] += 1
        return real(code, *rest, **named)

    monkeypatch.setattr(ast, "parse", counted)
    for answer in {**WORKING, **VARIANTS}.values():
        seen.clear()
        extract(answer, starter=STARTER, entry_point="f")
        assert set(seen.values()) == {1}, answer


def test_a_tree_is_its_callers_own_outside_of_an_extraction():
    assert parse(PROGRAM) is not parse(PROGRAM)


@pytest.mark.parametrize(
    "answer",
    ["\r" * 1_000_000 + "def f(x):\n    return x * x", "def f(x):\n    return x * x\n" + "a\n" * 30_000],
    ids=["empty lines", "loose words"],
)
def test_a_degenerate_answer_of_many_lines_is_read(answer: str):
    """Where the time of one step grows with the square of the lines, this goes on for minutes."""
    assert extract(answer, starter=STARTER, entry_point="f").code.strip().endswith("return x * x")


def test_the_originals_own_programs_come_back_unchanged(shared_data: Path):
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


def test_programs_are_taken_out_of_answers_in_many_threads_at_once():
    code = "\n".join(f"def f{n}(x):\n    return [x + {n} for _ in range({n})]\n" for n in range(60))
    with ThreadPoolExecutor(8) as pool:
        trees = list(pool.map(parse, [code] * 200))
    assert all(len(tree.body) == 60 for tree in trees)
