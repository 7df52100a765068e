"""The registry: words, near misses, paths."""

from pathlib import Path

import pytest

from sharpen.benchmarks.base import LazySuite, ask
from sharpen.benchmarks.registry import find, load, words
from sharpen.errors import UsageError
from sharpen.types import AssertTest, Suite


@pytest.mark.parametrize("word", words())
def test_every_word_has_a_loader(word: str):
    entry, variant = find(word)
    assert callable(entry.loader())
    assert word == (f"{entry.word}/{variant}" if variant else entry.word)


@pytest.mark.parametrize(
    ("word", "near"), [("humanevl", "humaneval"), ("mbbp+", "mbpp+"), ("apps/interviews", "apps/interview")]
)
def test_a_near_miss_is_named(word: str, near: str):
    with pytest.raises(UsageError, match=f"did you mean `{near.replace('+', '[+]')}`"):
        load(word)


def test_an_unknown_word_lists_what_there_is():
    with pytest.raises(UsageError, match=r"there are humaneval, humaneval\+, humaneval\+/timed, mbpp"):
        load("zzz")


@pytest.mark.parametrize("word", ["nowhere.jsonl", "humaneval@nowhere.gz"])
def test_a_missing_file_is_one_sentence(word: str):
    with pytest.raises(UsageError, match="There is no benchmark file nowhere"):
        load(word)


def test_a_word_at_a_path_reads_that_file(shared_data: Path):
    benchmark = load(f"humaneval@{shared_data / 'humaneval' / 'HumanEval.jsonl.gz'}")
    assert benchmark.name == "humaneval"
    assert str(shared_data) in benchmark.source


def test_a_prompt_is_one_user_turn():
    (message,) = ask("humaneval.txt", code="def f(x):\n    '{{ x }} & <b>'")
    assert message.role == "user"
    assert "'{{ x }} & <b>'" in message.content


def test_a_lazy_suite_makes_nothing_before_it_is_looked_at():
    made = []

    def make() -> tuple[AssertTest, ...]:
        made.append(1)
        return (AssertTest("a", "assert f()"),)

    suite = LazySuite("key", make, "f", "import math")
    assert (made, suite.key, suite.entry_point, suite.context) == ([], "key", "f", "import math")
    assert suite.tests == (AssertTest("a", "assert f()"),)
    assert made == [1]
    assert isinstance(suite, Suite)


def test_lazy_suites_are_equal_when_their_tests_are():
    one, other, third = (
        LazySuite(key, lambda code=code: (AssertTest("a", code),), "f") for key, code in ("1x", "2x", "1y")
    )
    assert one == other
    assert one != third
