"""Files of MultiPL-E and HumanEval-X become problems, in every language that they come in."""

import asyncio
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sharpen.benchmarks.registry import load
from sharpen.errors import DataError, UsageError
from sharpen.sandbox.base import Limits
from sharpen.sandbox.process import ProcessSandbox
from sharpen.types import Problem, Program, Verdict
from tests.sandbox.languages.programs import need

MULTIPL_E = {
    "rs": (
        '/// Join.\n/// >>> join(vec![String::from("a")])\n/// String::from("a")\nfn join(words: Vec<String>) -> String {\n',
        ("}\n\nfn main() {\n    let candidate = join;\n"
        '    assert_eq!(candidate(vec![String::from("a"), String::from("b")]), String::from("ab"));\n}\n'),
        "    words.concat()\n}",
    ),
    "cpp": (
        ("#include<assert.h>\n#include<bits/stdc++.h>\n// Join.\n"
        '// >>> join((std::vector<std::string>({(std::string)"a"})))\n// ("a")\n'
        "std::string join(std::vector<std::string> words) {\n"),
        ("}\nint main() {\n    auto candidate = join;\n"
        '    assert(candidate((std::vector<std::string>({(std::string)"a", (std::string)"b"}))) == ("ab"));\n}\n'),
        "    std::string all;\n    for (auto &word : words) all += word;\n    return all;\n}",
    ),
    "java": (
        ("import java.util.*;\nclass Problem {\n    // Join.\n"
        '    // >>> join((new ArrayList<String>(Arrays.asList((String)"a"))))\n    // ("a")\n'
        "    public static String join(ArrayList<String> words) {\n"),
        ("    }\n    public static void main(String[] args) {\n"
        '    assert(join((new ArrayList<String>(Arrays.asList((String)"a", (String)"b")))).equals(("ab")));\n    }\n\n}\n'),
        '        return String.join("", words);\n    }\n}',
    ),
    "js": (
        '//Join.\n// >>> join(["a"])\n// "a"\nfunction join(words){\n',
        ("const assert = require('node:assert');\n\n\nfunction test() {\n  let candidate = join;\n"
        '  assert.deepEqual(candidate(["a", "b"]),"ab");\n}\n\ntest();'),
        '  return words.join("");\n}',
    ),
    "ts": (
        '//Join.\n// >>> join(["a"])\n// "a"\nfunction join(words: string[]): string {\n',
        ("declare var require: any;\nconst assert = require('node:assert');\n\n\nfunction test() {\n"
        '  let candidate = join;\n  assert.deepEqual(candidate(["a", "b"]),"ab");\n}\n\ntest();'),
        '  return words.join("");\n}',
    ),
    "go": (
        ('package join_test\n\nimport (\n    "testing"\n    "fmt"\n    "strings"\n)\n\n// Join.\n'
        '// >>> join([]string{"a"})\n// "a"\nfunc join(words []string) string {\n'),
        ("func TestJoin(t *testing.T) {\n  candidate := join\n\ttype test struct {\n\t\tactual   interface{}\n"
        "\t\texpected interface{}\n\t}\n   tests := []test{\n"
        '     { actual: candidate([]string{"a", "b"}), expected: "ab" },\n   }\n\n'
        '\tfor i, tc := range tests {\n\t\tt.Run(fmt.Sprintf("test num % d", i), func(t *testing.T) {\n'
        '\t\t\tif fmt.Sprintf("%v", tc.actual) != fmt.Sprintf("%v", tc.expected) {\n'
        "\t\t\t\tt.Errorf(\"expected '%s', got '%s'\", tc.expected, tc.actual)\n\t\t\t}\n\t\t})\n\t}\n}\n"),
        '    return strings.Join(words, "")\n}',
    ),
}  # fmt: skip
LANGUAGES = {
    "rs": "rust", "cpp": "cpp", "java": "java", "js": "javascript", "ts": "typescript", "go": "go",
}  # fmt: skip
Judge = Callable[[Problem, str], Verdict]


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def problem(short: str, folder: Path) -> Problem:
    prompt, tests, _ = MULTIPL_E[short]
    row = {
        "name": "HumanEval_1_join",
        "language": short,
        "prompt": prompt,
        "tests": tests,
        "stop_tokens": ["\n}"],
    }
    (loaded,) = load(f"multipl-e/humaneval-{short}@{write(folder / 'file.jsonl', row)}").problems
    return loaded


@pytest.fixture
def judge() -> Judge:
    async def run(problem: Problem, code: str) -> Verdict:
        sandbox = ProcessSandbox(1)
        try:
            shown = await sandbox.execute(Program(code), problem.visible, Limits())
            return (
                shown if not shown.passed else await sandbox.execute(Program(code), problem.hidden, Limits())
            )
        finally:
            await sandbox.close()

    def judged(problem: Problem, code: str) -> Verdict:
        need(problem.hidden.language)
        return asyncio.run(run(problem, code))

    return judged


@pytest.mark.parametrize("short", MULTIPL_E)
def test_a_record_says_what_is_called_and_in_what_language(short: str, tmp_path: Path):
    found = problem(short, tmp_path)
    assert found.hidden.entry_point == "join"
    assert found.hidden.language == found.visible.language == LANGUAGES[short]
    assert len(found.visible.tests) == 1


@pytest.mark.parametrize("short", MULTIPL_E)
def test_a_right_body_passes_examples_and_hidden_tests(short: str, tmp_path: Path, judge: Judge):
    benchmark = load(f"multipl-e/humaneval-{short}@{_file(short, tmp_path)}")
    (found,) = benchmark.problems
    verdict = judge(found, benchmark.extract(found, MULTIPL_E[short][2]).code)
    assert verdict.passed, verdict.message


WRONG = {
    "rs": 'String::from("a")\n}',
    "cpp": 'return "a";\n}',
    "java": 'return "a";\n    }\n}',
    "js": 'return "a";\n}',
    "ts": 'return "a";\n}',
    "go": 'return strings.ToLower("A")\n}',
}


@pytest.mark.parametrize("short", MULTIPL_E)
def test_a_wrong_body_fails_and_the_message_says_what_was_expected(short: str, tmp_path: Path, judge: Judge):
    benchmark = load(f"multipl-e/humaneval-{short}@{_file(short, tmp_path)}")
    (found,) = benchmark.problems
    verdict = judge(found, benchmark.extract(found, WRONG[short]).code)
    assert verdict.kind == "wrong_answer", verdict.message
    assert "ab" in verdict.message.replace("failed", "")


@pytest.mark.parametrize("short", MULTIPL_E)
def test_a_body_with_an_unknown_name_fails_and_the_message_holds_its_line(
    short: str, tmp_path: Path, judge: Judge
):
    benchmark = load(f"multipl-e/humaneval-{short}@{_file(short, tmp_path)}")
    (found,) = benchmark.problems
    program = benchmark.extract(found, MULTIPL_E[short][2].replace("words", "sentence")).code
    verdict = judge(found, program)
    assert verdict.kind == ("exception" if short == "js" else "syntax"), verdict.message
    assert "sentence" in verdict.message
    (line,) = (n for n, text in enumerate(program.split("\n"), 1) if "sentence" in text)
    assert re.search(rf"main\.\w+[:(]{line}\b|Program\.java:{line}\b", verdict.message)


def _file(short: str, folder: Path) -> Path:
    prompt, tests, _ = MULTIPL_E[short]
    row = {"name": "HumanEval_1_join", "language": short, "prompt": prompt, "test": tests}
    return write(folder / "file.jsonl", row)


def test_the_prompt_names_the_language(tmp_path: Path):
    benchmark = load(f"multipl-e/humaneval-rs@{_file('rs', tmp_path)}")
    (message,) = benchmark.prompt(benchmark.problems[0])
    assert "Rust function" in message.content
    assert "```rust" in message.content


def test_a_file_in_another_language_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="HumanEval_1_join is in cpp, not in Rust"):
        load(f"multipl-e/humaneval-rs@{_file('cpp', tmp_path)}")


def test_a_language_that_has_no_source_wants_a_file():
    with pytest.raises(UsageError, match="multipl-e/humaneval-cpp@FILE"):
        load("multipl-e/humaneval-cpp")


HUMANEVAL_X = {
    "cpp": {
        "task_id": "CPP/1",
        "prompt": "/*\nDouble it.\n*/\n#include<stdio.h>\nusing namespace std;\nlong twice(long x){\n",
        "declaration": "#include<stdio.h>\nusing namespace std;\nlong twice(long x){\n",
        "canonical_solution": "    return 2 * x;\n}\n",
        "test": "#undef NDEBUG\n#include<assert.h>\nint main(){\n    assert (twice(4) == 8);\n}\n",
    },
    "java": {
        "task_id": "Java/1",
        "prompt": "import java.util.*;\n\nclass Solution {\n    /**\n    Double it.\n     */\n    public long twice(long x) {\n",
        "canonical_solution": "        return 2 * x;\n    }\n}",
        "test": (
            "public class Main {\n    public static void main(String[] args) {\n        Solution s = new Solution();\n"
            "        if (s.twice(4) != 8) {\n            throw new AssertionError();\n        }\n    }\n}\n"
        ),
    },
    "javascript": {
        "task_id": "JavaScript/1",
        "prompt": "/* Double it.\n  */\nconst twice = (x) => {\n",
        "canonical_solution": "  return 2 * x;\n}\n\n",
        "test": "const testTwice = () => {\n  console.assert(twice(4) === 8)\n}\n\ntestTwice()\n",
    },
    "go": {
        "task_id": "Go/1",
        "prompt": 'import (\n    "math"\n)\n\n// Double it.\nfunc Twice(x int) int {\n',
        "canonical_solution": "    return int(math.Abs(1)) * 2 * x\n}\n",
        "test": (
            "func TestTwice(t *testing.T) {\n    assert := assert.New(t)\n    assert.Equal(8, Twice(4))\n"
            "    assert.InDelta(6, float64(Twice(3)), 0.1)\n}\n"
        ),
    },
    "rust": {
        "task_id": "Rust/1",
        "prompt": "\nfn main(){    \n } \n\nuse std::{slice::Iter, cmp::max};\nuse rand::Rng;\nuse regex::Regex;\nuse md5;\n/*\n Double it.\n*/\n",
        "declaration": "\nfn main(){    \n } \n\nuse std::{slice::Iter, cmp::max};\nuse rand::Rng;\nuse regex::Regex;\nuse md5;\nfn twice(x: i64) -> i64 {\n",
        "canonical_solution": "    2 * x\n}\n",
        "test": (
            "\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn test_twice() {\n"
            "        assert_eq!(twice(4), 8);\n    }\n}\n"
        ),
    },
}  # fmt: skip


@pytest.mark.parametrize("language", HUMANEVAL_X)
def test_the_reference_program_of_humaneval_x_passes_and_a_wrong_one_does_not(
    language: str, tmp_path: Path, judge: Judge
):
    path = write(tmp_path / "x.jsonl", HUMANEVAL_X[language])
    (found,) = load(f"humaneval-x/{language}@{path}").problems
    assert found.hidden.entry_point.lower() == "twice"
    right = judge_hidden(found, found.solution, judge)
    assert right.passed, right.message
    wrong = judge_hidden(found, found.solution.replace("2 * x", "3 * x"), judge)
    assert wrong.kind in {"wrong_answer", "exception"}, wrong.message


def judge_hidden(problem: Problem, code: str, judge: Judge) -> Verdict:
    return judge(Problem(problem.id, "", problem.hidden, problem.hidden), code)
