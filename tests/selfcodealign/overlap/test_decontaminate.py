import ast
import urllib.request
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.benchmarks import registry
from sharpen.benchmarks.base import Benchmark
from sharpen.errors import ContaminationError, UsageError
from sharpen.selfcodealign.overlap import code_form, decontaminate
from sharpen.selfcodealign.overlap.code_form import forms, renamed
from sharpen.selfcodealign.overlap.decontaminate import Index, Match, Passage, load
from sharpen.types import Problem, Suite

DOCSTRING = "Return the sum of all the numbers that are above a limit."
PROMPT = f'def above(numbers, limit):\n    """{DOCSTRING}"""\n'
BODY = (
    "    total = 0\n    for n in numbers:\n        if n > limit:\n            total += n\n    return total\n"
)
STATEMENT = "Write a function that counts how often each of the words of a long text occurs in it, in order."
PROBLEMS = {
    "code": [Problem("code/1", PROMPT, Suite(()), Suite(()), starter=PROMPT, solution=PROMPT + BODY)],
    "text": [Problem("text/1", STATEMENT, Suite(()), Suite(()))],
}


@pytest.fixture(scope="module")
def index():
    return Index(PROBLEMS, words=8)


def ways(index, text, code=""):
    (matches,) = index.scan([Passage(text, code)])
    return {(match.way, match.problem) for match in matches}


@pytest.mark.parametrize(
    ("text", "code", "way"),
    [
        ("# " + DOCSTRING.upper().replace(" ", "\n#   ").replace("#", ""), "", ("text", "code/1")),
        (f"x{STATEMENT}y", "", ("text", "text/1")),
        ("how often, EACH of `the` words of (a) long", "", ("words", "text/1")),
        ("", BODY.replace("total", "s").join(["@cache\ndef g(numbers: list, limit=0):\n", ""]), None),
        (
            "",
            "def g(xs, k):\n    'Other.'\n" + BODY.replace("numbers", "xs").replace("limit", "k"),
            ("form", "code/1"),
        ),
        (
            "",
            "def g(xs: A, k: B) -> C:\n    # so\n" + BODY.replace("numbers", "xs").replace("limit", "k"),
            ("form", "code/1"),
        ),
        (
            "",
            "class K:\n    def g(xs, k):\n"
            + "".join(
                f"    {line}\n" for line in BODY.replace("numbers", "xs").replace("limit", "k").splitlines()
            ),
            ("form", "code/1"),
        ),
        (
            "",
            "def g(xs, k):\n" + BODY.replace("numbers", "xs").replace("limit", "k").replace(">", ">="),
            None,
        ),
        ("Return the sum of the numbers above some limit.", "not Python (", None),
    ],
)
def test_a_copy_is_found_by_what_it_kept(index, text, code, way):
    assert (way in ways(index, text, code)) if way else not ways(index, text, code)


def test_matches_say_how_and_where(index):
    (matches,) = index.scan([Passage(PROMPT + BODY, PROMPT + BODY)])
    assert matches == tuple(Match(way, "code", "code/1") for way in decontaminate.WAYS)


def test_what_can_be_found_is_said(index):
    assert index.problems == {"code": 1, "text": 1}
    assert index.covered == {
        "text": {"code": 1, "text": 1},
        "words": {"code": 1, "text": 1},
        "form": {"code": 1, "text": 0},
    }


@pytest.mark.parametrize("way", ["_in_text", "_in_words", "_in_forms"])
def test_a_broken_way_is_noticed_before_anything_is_called_clean(monkeypatch, way):
    monkeypatch.setattr(Index, way, lambda self, *arguments: iter(()))
    with pytest.raises(ContaminationError, match="was planted"):
        next(Index(PROBLEMS, words=8).scan([Passage("x", "")]))


def test_hashes_that_differ_between_runs_would_be_noticed(monkeypatch):
    index = Index(PROBLEMS, words=8)
    monkeypatch.setattr(code_form, "identity", lambda *parts: "other")
    with pytest.raises(ContaminationError, match="form"):
        index.prove()


@pytest.mark.parametrize("words", [8, 13])
def test_every_problem_of_humaneval_and_mbpp_is_found_in_its_own_program(shared_data, words):
    paths = {"humaneval": "humaneval/HumanEval.jsonl.gz", "mbpp": "mbpp/mbpp.jsonl.gz"}
    problems = load([f"{name}@{shared_data / path}" for name, path in paths.items()])
    index = Index(problems, words)
    everything = [problem for each in problems.values() for problem in each]
    result = index.scan(Passage(problem.statement, problem.solution) for problem in everything)
    for problem, matches in zip(everything, result, strict=True):
        assert matches, problem.id
        parts = list(forms(problem.solution, decontaminate.FEWEST_PARTS))
        assert bool(parts) == ("form" in {match.way for match in matches})
    assert index.covered["text"] == {"humaneval": 164, "mbpp": 500}


def test_benchmarks_that_cannot_be_had_are_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SHARPEN_HOME", str(tmp_path))
    # urllib keeps the opener that it makes first, proxies and all: this one must not outlive the test.
    monkeypatch.setattr(urllib.request, "_opener", None)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9")
    with pytest.raises(UsageError, match="mbpp cannot be downloaded"):
        load(["mbpp"])


def test_every_benchmark_of_programs_is_looked_for_by_default(monkeypatch):
    requests = []
    monkeypatch.setattr(registry, "load", lambda word: requests.append(word) or replace_problems())
    load()
    assert set(requests) == {entry.word for entry in registry.REGISTRY} - decontaminate.NO_PROGRAMS
    assert {"humaneval", "mbpp", "apps"} <= set(requests)


def replace_problems():
    return Benchmark("none", (), lambda p: (), lambda p, a: None, "", "")


CODE = st.sampled_from(
    [path.read_text() for path in sorted(Path(decontaminate.__file__).parent.glob("*.py"))]
)


@given(CODE)
def test_a_form_does_not_depend_on_names_comments_and_layout(code):
    plain = ast.unparse(ast.parse(code))
    own = [form for _, form in forms(code, 0)]
    assert [form for _, form in forms(plain, 0)] == own
    top = {node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)}
    selected = {name: form for name, form in forms(code, 0) if name in top}
    assert {
        name.removesuffix("_planted"): form for name, form in forms(renamed(code), 0)
    }.items() >= selected.items()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("def f(a, b): return a - b", "def f(a, b): return b - a"),
        ("def f(a): return len(a)", "def f(a): return sum(a)"),
        ("def f(a): return a.x", "def f(a): return a.y"),
        ("def f(a): return g(k=a)", "def f(a): return g(l=a)"),
        ("def f(a): return 1", "def f(a): return 1.0"),
        ("def f(a): return [[a], []]", "def f(a): return [[], [a]]"),
    ],
)
def test_a_form_depends_on_all_else(left, right):
    assert [form for _, form in forms(left, 0)] != [form for _, form in forms(right, 0)]
