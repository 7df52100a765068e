"""Finds rows that hold a benchmark's problem, or part of one, in one scan whatever the number of problems.

Three ways, each with its own index:

- ``text``: a docstring or a program of a benchmark is in the row, ignoring case and white space (the rule
  of SelfCodeAlign's repository, which looks for each string of four benchmarks in turn);
- ``words``: the row shares n consecutive words (GPT-3 takes 13, arXiv 2005.14165; Open R1 takes 8);
- ``form``: a function of the row is a benchmark's program, ignoring its own names, comments, docstring and
  annotations (:mod:`sharpen.selfcodealign.overlap.code_form`).

Each scan first plants canaries: problems of each benchmark with other case, layout and names. A way that
misses one of them raises, so that a broken filter is not mistaken for a clean data set.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sharpen.benchmarks import registry
from sharpen.errors import ContaminationError, FetchError, UsageError
from sharpen.selfcodealign.overlap.code_form import forms, renamed
from sharpen.selfcodealign.overlap.shingles import WORD, Hashes, shingles
from sharpen.types import Problem

Way = Literal["text", "words", "form"]
WAYS: tuple[Way, ...] = ("text", "words", "form")

NO_PROGRAMS = frozenset({"alfworld", "hotpotqa", "textworld", "twc"})
"""Benchmarks whose problems are not solved by programs."""

FEWEST_WORDS = 8
"""Words of a text that is searched for as a whole: shorter texts occur in code by chance."""
FEWEST_PARTS = 30
"""Parts of a program that is searched for by its form."""

CANARIES = 20
"""Problems of each benchmark that are planted for each way, evenly spread."""

_ANCHOR = 5
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Match:
    """A benchmark's problem in a row.

    Attributes:
        way: how it was found.
        benchmark: whose problem it is.
        problem: its id.
    """

    way: Way
    benchmark: str
    problem: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The parts of a row that are searched: its whole text, and the code in it."""

    text: str
    code: str


def load(words: Iterable[str] = ()) -> dict[str, tuple[Problem, ...]]:
    """Return the problems of these benchmarks, or of all that sharpen knows, by name.

    Raises:
        UsageError: there is no such benchmark, or one cannot be downloaded.
        DataError: a file is damaged.
    """
    chosen = tuple(words) or tuple(entry.word for entry in registry.REGISTRY if entry.word not in NO_PROGRAMS)
    problems = {}
    for word in chosen:
        try:
            problems[word.partition("@")[0]] = tuple(registry.load(word).problems)
        except FetchError as error:
            raise UsageError(
                f"{word} cannot be downloaded ({error}): name other benchmarks with --against, "
                f"or give {word}@PATH if you have its file"
            ) from error
    return problems


class Index:
    """The problems of some benchmarks, indexed by what a copy of them has in common with them.

    Attributes:
        words: the n of ``words``.
        covered: per way and benchmark, how many problems can be found; a short text has no 13 words.
        problems: how many problems each benchmark has.
    """

    def __init__(self, benchmarks: Mapping[str, Sequence[Problem]], words: int = 13) -> None:
        """Index the problems of ``benchmarks``, by name."""
        self.words = words
        self.problems = {name: len(problems) for name, problems in benchmarks.items()}
        self._named = [(name, problem) for name, problems in benchmarks.items() for problem in problems]
        self._texts = [list(_texts(problem)) for _, problem in self._named]
        self._needles = [
            (_plain(text), number)
            for number, texts in enumerate(self._texts)
            for text in texts
            if len(WORD.findall(text)) >= FEWEST_WORDS
        ]
        self._anchors = self._anchored()
        self._grams, self._owners = self._worded()
        self._forms = {
            form: number
            for number, (_, problem) in enumerate(self._named)
            for _, form in forms(problem.solution, FEWEST_PARTS)
        }
        self.covered = {way: self._counted(numbers) for way, numbers in self._coverage().items()}

    def scan(self, passages: Iterable[Passage]) -> Iterator[tuple[Match, ...]]:
        """Yield the matches in each passage, in order.

        Raises:
            ContaminationError: a canary was missed; it says which.
        """
        self.prove()
        rest = iter(passages)
        while chunk := list(islice(rest, _CHUNK)):
            yield from self._scan(chunk)

    def prove(self) -> None:
        """Plant canaries and search for them. Raises ContaminationError when one is missed."""
        planted = list(self._canaries())
        scanned = self._scan([passage for _, _, passage in planted])
        for (way, number, _), matches in zip(planted, scanned, strict=True):
            if way not in {match.way for match in matches}:
                name, problem = self._named[number]
                raise ContaminationError(
                    f"{problem.id} of {name} was planted to be found by its {way} and was missed: "
                    "the search is broken, so its other results mean nothing either"
                )

    def _scan(self, passages: list[Passage]) -> Iterator[tuple[Match, ...]]:
        texts = [passage.text for passage in passages]
        anchors = shingles(texts, _ANCHOR, casefold=True)
        grams = shingles(texts, self.words, casefold=True)
        for passage, near, shared in zip(passages, anchors, grams, strict=True):
            matches: dict[tuple[Way, int], None] = {}
            matches |= {("text", number): None for number in self._in_text(passage.text, near)}
            matches |= {("words", number): None for number in self._in_words(shared)}
            matches |= {("form", number): None for number in self._in_forms(passage.code)}
            yield tuple(Match(way, self._named[at][0], self._named[at][1].id) for way, at in matches)

    def _in_text(self, text: str, anchors: Hashes) -> Iterator[int]:
        candidates = {place for key in anchors.tolist() for place in self._anchors.get(key, ())}
        plain = _plain(text) if candidates else ""
        for place in sorted(candidates):
            needle, number = self._needles[place]
            if needle in plain:
                yield number

    def _in_words(self, grams: Hashes) -> Iterator[int]:
        if len(self._grams):
            places = np.minimum(np.searchsorted(self._grams, grams), len(self._grams) - 1)
            yield from dict.fromkeys(self._owners[places[self._grams[places] == grams]].tolist())

    def _in_forms(self, code: str) -> Iterator[int]:
        for _, form in forms(code, FEWEST_PARTS):
            if form in self._forms:
                yield self._forms[form]

    def _anchored(self) -> dict[int, list[int]]:
        """Return the needles by five words in each that occur wherever the needle does."""
        inner = (" ".join(WORD.findall(needle)[1 : 1 + _ANCHOR]) for needle, _ in self._needles)
        positions: dict[int, list[int]] = {}
        for place, hashes in enumerate(shingles(inner, _ANCHOR)):
            positions.setdefault(int(hashes[0]), []).append(place)
        return positions

    def _worded(self) -> tuple[Hashes, NDArray[np.int64]]:
        """Return the sorted n-grams of all problems, and the first problem that has each."""
        texts = [(text, number) for number, texts in enumerate(self._texts) for text in texts]
        long = [(text, number) for text, number in texts if len(WORD.findall(text)) >= self.words]
        grams = list(shingles([text for text, _ in long], self.words, casefold=True))
        if not grams:
            return np.zeros(0, np.uint64), np.zeros(0, np.int64)
        owners = np.repeat([number for _, number in long], [len(each) for each in grams])
        distinct, first = np.unique(np.concatenate(grams), return_index=True)
        return distinct, owners[first]

    def _coverage(self) -> dict[Way, set[int]]:
        worded = {
            number
            for number, texts in enumerate(self._texts)
            if any(len(WORD.findall(text)) >= self.words for text in texts)
        }
        return {
            "text": {number for _, number in self._needles},
            "words": worded,
            "form": set(self._forms.values()),
        }

    def _counted(self, numbers: set[int]) -> dict[str, int]:
        counts = dict.fromkeys(self.problems, 0)
        for number in numbers:
            counts[self._named[number][0]] += 1
        return counts

    def _canaries(self) -> Iterator[tuple[Way, int, Passage]]:
        """Yield problems with other case, layout and names, each with the way that must find it."""
        for way, numbers in self._coverage().items():
            for benchmark in self.problems:
                own = sorted(number for number in numbers if self._named[number][0] == benchmark)
                for number in own[:: max(1, len(own) // CANARIES)][:CANARIES]:
                    yield way, number, self._planted(way, number)

    def _planted(self, way: Way, number: int) -> Passage:
        if way == "form":
            return Passage("", renamed(self._named[number][1].solution))
        if way == "text":
            needle = next(needle for needle, owner in self._needles if owner == number)
            return Passage(f"Begun.{needle.swapcase()} Ended.".replace(" ", "\n    "), "")
        text = next(text for text in self._texts[number] if len(WORD.findall(text)) >= self.words)
        words = WORD.findall(text)
        start = (len(words) - self.words) // 2
        return Passage(f"Begun; {' - '.join(words[start : start + self.words])}; ended.", "")


def _texts(problem: Problem) -> Iterator[str]:
    """Yield a problem's docstrings, or its statement if that is not code, and its program."""
    for suffix in ("", "\n    pass\n"):
        try:
            tree = ast.parse(problem.statement.rstrip() + suffix)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        nodes = [node for node in ast.walk(tree) if isinstance(node, documented)]
        docstrings = [text for node in nodes if (text := ast.get_docstring(node, clean=False))]
        yield from docstrings or [problem.statement]
        break
    else:
        yield problem.statement
    if problem.solution:
        yield problem.solution


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
