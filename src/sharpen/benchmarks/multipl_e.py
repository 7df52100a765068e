"""HumanEval and MBPP in other languages: MultiPL-E (Cassano et al. 2022, arXiv 2208.08227) and HumanEval-X.

- A problem is code to complete, as in HumanEval. Hidden tests are the record's own, as one test: a whole
  ``main`` in MultiPL-E. They are compiled with the program and run beside it.
- Visible tests are the examples in the comment before the function.
- MultiPL-E's records are those of its data sets (``nuprl/MultiPL-E``) and of Reflexion's repository
  (``language``, ``prompt``, ``tests`` or ``test``). Its tests may begin with the brace that closes the
  function, which a program has itself.
- HumanEval-X (Zheng et al. 2023, arXiv 2303.17568) has reference programs. Its Rust programs import crates
  (``rand``, ``regex``, ``md5``) that a compiler alone has not; imports that a program does not need are
  dropped, and the few problems that need them fail.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from pydantic import AliasChoices, BaseModel, Field

from sharpen.benchmarks.base import Benchmark, ask, needs_file
from sharpen.benchmarks.extract_braces import extract
from sharpen.benchmarks.store import RemoteFile, obtain, read_records
from sharpen.errors import DataError
from sharpen.languages import assertion, fence, title
from sharpen.types import AssertTest, Language, Message, Problem, Program, Suite

_REFLEXION = "https://raw.githubusercontent.com/noahshinn/reflexion/218cf0ef1df8/programming_runs/benchmarks"
FILES = {
    "humaneval-rs": RemoteFile(
        file="humaneval-rs.jsonl",
        version="reflexion 218cf0ef1df8",
        sha256="4541d01176d6fd93e74e732c8ba66081f07217da65d047f560759aa34ea47a01",
        sources=(f"{_REFLEXION}/humaneval-rs.jsonl",),
    ),
    "mbpp-rs": RemoteFile(
        file="mbpp-rs.jsonl",
        version="reflexion 218cf0ef1df8",
        sha256="1d21748c4ba41bea6be6efca1746ed0e93f3fa6b0051a6622322afcde7c156b6",
        sources=(f"{_REFLEXION}/mbpp-rs.jsonl",),
    ),
}
"""MultiPL-E's translations that a verified source has as JSON lines; others are read from a file."""

LANGUAGES: Mapping[str, Language] = {
    "rs": "rust", "rust": "rust", "cpp": "cpp", "c++": "cpp", "java": "java", "js": "javascript",
    "javascript": "javascript", "ts": "typescript", "typescript": "typescript", "go": "go",
    "go_test.go": "go",
}  # fmt: skip
"""Languages as records and variants spell them."""

_COMMENT = re.compile(r"^\s*(?:///?|\*|/\*\*?)[ \t]?(.*?)(?:\*/)?\s*$")
_CRATES = re.compile(r"^\s*use\s+(rand|regex|md5)\b[^;]*;[ \t]*\n?", re.MULTILINE)
_EMPTY_MAIN = re.compile(r"^\s*fn\s+main\s*\(\s*\)\s*\{\s*\}", re.MULTILINE)
_USED = {"rand": r"\brand::|\bRng\b|\bthread_rng\b", "regex": r"\bRegex\b", "md5": r"\bmd5::"}
_SIGNATURES: Mapping[Language, str] = {
    "rust": r"\bfn\s+(\w+)\s*[<(]",
    "cpp": r"\b(\w+)\s*\([^(){}]*\)\s*\{\s*\Z",
    "java": r"\b(\w+)\s*\([^(){}]*\)[^(){}]*\{\s*\Z",
    "javascript": r"\bfunction\s+(\w+)\s*\(|\b(?:const|let|var)\s+(\w+)\s*=",
    "typescript": r"\bfunction\s+(\w+)\s*[(<]|\b(?:const|let|var)\s+(\w+)\s*[:=]",
    "go": r"^func\s+(\w+)\s*[(\[]",
}


_TESTIFY = """type testify struct{ t *testing.T }

func (a testify) New(t *testing.T) testify { return testify{t} }

func (a testify) Equal(want, got any, _ ...any) {
	a.t.Helper()
	if !reflect.DeepEqual(want, got) {
		a.t.Errorf("got %#v, want %#v", got, want)
	}
}

func (a testify) True(holds bool, _ ...any) { a.t.Helper(); a.Equal(true, holds) }

func (a testify) False(holds bool, _ ...any) { a.t.Helper(); a.Equal(false, holds) }

func (a testify) InDelta(want, got, delta float64, _ ...any) {
	a.t.Helper()
	a.True(math.Abs(want-got) <= delta)
}

var assert testify
"""
"""What HumanEval-X's tests in Go use of the package ``testify``, which Go alone does not have."""


class MultiplERecord(BaseModel):
    """One line of MultiPL-E, of any of its versions."""

    name: str
    language: str
    prompt: str
    tests: str = Field(validation_alias=AliasChoices("tests", "test"))
    entry_point: str = ""


class HumanEvalXRecord(BaseModel):
    """One line of HumanEval-X."""

    task_id: str
    prompt: str
    test: str
    declaration: str = ""
    canonical_solution: str = ""
    example_test: str = ""


def load(path: Path | None, variant: str) -> Benchmark:
    """Return the problems of MultiPL-E that ``variant`` names: ``humaneval-rs``, ``mbpp-cpp`` and so on.

    Raises:
        UsageError: there is no file for it; the sentence says which one is wanted.
        DataError: the file is not in MultiPL-E's format, or is in another language.
        FetchError: no source could be reached.
    """
    word = f"multipl-e/{variant}" if variant else "multipl-e/humaneval-rs"
    data, _, short = (variant or "humaneval-rs").partition("-")
    remote = FILES.get(f"{data}-{short}") if path is None else None
    if path is None:
        path = obtain(remote) if remote else needs_file(word, f"MultiPL-E's {data}-{short} as JSON lines")
    records, provenance = read_records(path, MultiplERecord, remote)
    language = LANGUAGES[short]
    for record in records:
        if LANGUAGES.get(record.language.lower()) != language:
            raise DataError(f"{path}: {record.name} is in {record.language}, not in {title(language)}.")
    return _benchmark(word, [problem(each, language, provenance) for each in records], provenance)


def load_humaneval_x(path: Path | None, variant: str) -> Benchmark:
    """Return HumanEval-X's problems in the language that ``variant`` names.

    Raises:
        UsageError: no file was named.
        DataError: the file is not in HumanEval-X's format.
    """
    language = LANGUAGES[variant or "rust"]
    word = f"humaneval-x/{language}"
    path = path or needs_file(word, f"HumanEval-X's humaneval_{language}.jsonl, plain or .gz")
    records, provenance = read_records(path, HumanEvalXRecord, None)
    return _benchmark(word, [problem_x(each, language, provenance) for each in records], provenance)


def _benchmark(word: str, problems: Sequence[Problem], provenance: Mapping[str, str]) -> Benchmark:
    return Benchmark(
        name=word,
        problems=problems,
        prompt=prompt,
        extract=extract_program,
        visible_tests="the examples in the comment; the tests of the record are hidden",
        source=f"{provenance['source']} sha256:{provenance['sha256']}",
    )


def prompt(problem: Problem) -> tuple[Message, ...]:
    """Return the conversation that asks a chat model to complete the function."""
    language = problem.hidden.language
    return ask(
        "function.txt", code=problem.statement.strip(), language=title(language), fence=fence(language)
    )


def extract_program(problem: Problem, answer: str) -> Program:
    """Return the program in ``answer``."""
    hidden = problem.hidden
    return extract(answer, hidden.language, starter=problem.starter, entry_point=hidden.entry_point)


def problem(record: MultiplERecord, language: Language, provenance: Mapping[str, str]) -> Problem:
    """Return the problem that a record of MultiPL-E describes."""
    entry_point = record.entry_point or entry_point_of(record.prompt, language)
    tests = (
        re.sub(r"\A\s*\}\s*\n(?=[\s\S]*\bmain\b)", "", record.tests)
        if language not in ("javascript", "typescript")
        else record.tests
    )
    return Problem(
        id=record.name,
        statement=record.prompt,
        visible=visible_suite(record.prompt, entry_point, language),
        hidden=Suite((AssertTest("main", tests.strip("\n")),), entry_point, language=language),
        starter=record.prompt,
        provenance=provenance,
    )


def problem_x(record: HumanEvalXRecord, language: Language, provenance: Mapping[str, str]) -> Problem:
    """Return the problem that a record of HumanEval-X describes."""
    starter = _EMPTY_MAIN.sub("", record.declaration if language == "rust" else record.prompt)
    statement = (
        record.prompt if language != "rust" else _EMPTY_MAIN.sub("", record.prompt) + record.declaration
    )
    entry_point = entry_point_of(starter, language)
    solution = without_crates(starter + record.canonical_solution) if record.canonical_solution else ""
    return Problem(
        id=record.task_id,
        statement=without_crates(statement),
        visible=visible_suite(statement, entry_point, language),
        hidden=Suite(
            (AssertTest("test", record.test.strip("\n")),),
            entry_point,
            _TESTIFY if language == "go" else "",
            language=language,
        ),
        starter=without_crates(starter),
        solution=solution,
        provenance=provenance,
    )


def without_crates(code: str) -> str:
    """Return Rust code without the imports of foreign crates that it does not use."""
    body = _CRATES.sub("", code)
    used = {crate for crate, words in _USED.items() if re.search(words, body)}
    return _CRATES.sub(lambda match: match[0] if match[1] in used else "", code)


def entry_point_of(starter: str, language: Language) -> str:
    """Return the name of the function that a starter leaves open, or of the last that it defines."""
    names = [
        next(filter(None, match.groups()))
        for match in re.finditer(_SIGNATURES[language], starter, re.MULTILINE)
    ]
    return names[-1] if names else ""


def visible_suite(statement: str, entry_point: str, language: Language) -> Suite:
    """Return the examples in the comments of a statement as assertions: ``>>> call`` and the value below."""
    lines = [match[1].strip() if (match := _COMMENT.match(line)) else "" for line in statement.split("\n")]
    pairs = [
        (call.removeprefix(">>>").strip().rstrip(";"), value.rstrip(";"))
        for call, value in pairwise(lines)
        if call.startswith(">>>") and value and not value.startswith(">>>")
    ]
    shown = [
        assertion(language, call, value) for call, value in pairs if entry_point in call and _is_value(value)
    ]
    tests = tuple(
        AssertTest(f"example {number}", code) for number, code in enumerate(dict.fromkeys(shown), 1)
    )
    return Suite(tests, entry_point, language=language)


def _is_value(text: str) -> bool:
    """Whether a line can be a value: brackets match, and it is not a sentence."""
    balanced = all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))
    sentence = re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", text.partition('"')[0])
    return balanced and text.count('"') % 2 == 0 and not sentence
