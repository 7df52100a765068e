"""HotpotQA (Yang et al. 2018, arXiv 1809.09600): questions over documents, answered by acting.

- ``hotpotqa`` and ``hotpotqa/react``: Search, Lookup and Finish over a store of documents (ReAct, arXiv
  2210.03629, section 3), six actions at most.
- ``hotpotqa/cot``: a thought and Finish, from memory.
- ``hotpotqa/context``: the same, with the supporting paragraphs.

An answer is right when it equals the reference after the official normalisation (exact match); F1 is the
finer score. The answer key gives the reward, so that a second trial is a try with an oracle, as in
Reflexion's own runs. A malformed action is an observation.

The file is HotpotQA's in the distractor setting, as a JSON list or as JSON lines, plain or ``.gz``. The
store holds all contexts of the file, or, where ``SHARPEN_WIKIPEDIA`` names one, a dump of Wikipedia.
"""

import hashlib
import os
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sharpen.benchmarks.base import ActionResult, Benchmark, Environment, ask
from sharpen.benchmarks.documents import Document, DocumentStore, read_dump
from sharpen.benchmarks.store import cache_directory
from sharpen.errors import DataError, UsageError
from sharpen.files.disk import read_rows
from sharpen.types import Problem, Program, Suite

PARAGRAPH = 5
"""Sentences of a page that Search shows."""
STEPS = {"react": 6, "cot": 1, "context": 1}
_ACTION = re.compile(r"^\s*(\w+)\s*(?:\[(.*)\]|［(.*)］)\s*(?:\.|\([^\[\]]*\))?\s*$", re.DOTALL)
_QUOTED = re.compile(r"\s*([\"'])([^\"']*)\1\s*")


@dataclass(frozen=True, slots=True)
class Question:
    """One record: the question, its answer, its paragraphs, and which of them support it."""

    id: str
    question: str
    answer: str
    level: str
    paragraphs: tuple[Document, ...]
    supporting: frozenset[str]


def load(path: Path | None, variant: str) -> Benchmark:
    """Return the questions of ``path`` as worlds to act in.

    Raises:
        UsageError: no file is given.
        DataError: it is not HotpotQA's.
    """
    if path is None:
        raise UsageError(
            "hotpotqa needs its file: fetch hotpot_dev_distractor_v1.json from hotpotqa.github.io and say "
            "hotpotqa@PATH"
        )
    form = variant or "react"
    questions = {question.id: question for question in read(path)}
    store = _store(questions.values()) if form == "react" else None
    data = path.read_bytes()
    source = f"{path} sha256:{hashlib.sha256(data).hexdigest()}"

    def environment(problem: Problem) -> Environment:
        question = questions[problem.id]
        return Answering(question, form) if store is None else Searching(question, store)

    return Benchmark(
        name=f"hotpotqa/{variant}" if variant else "hotpotqa",
        problems=[_problem(question, source) for question in questions.values()],
        prompt=lambda _: ask(f"hotpotqa_{'react' if form == 'react' else 'cot'}.txt"),
        extract=lambda _problem, _answer: Program("", "none"),
        visible_tests="none: the answer key gives the reward",
        source=source,
        environment=environment,
    )


class Answering:
    """One question that is answered at once."""

    def __init__(self, question: Question, form: str) -> None:
        self.question, self.most_steps = question, STEPS[form]
        self._shows_context = form == "context"

    def reset(self) -> str:
        """Return the question, after its supporting paragraphs where they are given."""
        pages = [page for page in self.question.paragraphs if page.title in self.question.supporting]
        shown = [f"{page.title}: {_joined(page.sentences)}" for page in pages] if self._shows_context else []
        return "\n\n".join([*shown, f"Question: {self.question.question}"])

    def step(self, action: str) -> ActionResult:
        """Take the answer, or say how one is given."""
        word, argument = parsed(action)
        if word == "finish":
            return finished(argument, self.question.answer)
        return ActionResult("Invalid action. Write Finish[answer].")

    def close(self) -> None:
        """Hold nothing."""


class Searching(Answering):
    """One question, with a store of documents to search in."""

    def __init__(self, question: Question, store: DocumentStore) -> None:
        super().__init__(question, "react")
        self.store = store
        self._page: Document | None = None
        self._keyword, self._at = "", 0

    def reset(self) -> str:
        """Return the question; no page is open."""
        self._page, self._keyword, self._at = None, "", 0
        return super().reset()

    def step(self, action: str) -> ActionResult:
        """Search for a page, look a word up on it, or answer."""
        word, argument = parsed(action)
        match word:
            case "search":
                return ActionResult(self._search(argument))
            case "lookup":
                return ActionResult(self._lookup(argument))
            case "finish":
                return finished(argument, self.question.answer)
        return ActionResult("Invalid action. Write Search[title], Lookup[word] or Finish[answer].")

    def _search(self, title: str) -> str:
        self._page, self._keyword, self._at = self.store.page(title), "", 0
        if self._page:
            return _joined(self._page.sentences[:PARAGRAPH])
        similar = ", ".join(self.store.similar(title)) or "nothing"
        return f"Could not find {title}. Similar: {similar}."

    def _lookup(self, keyword: str) -> str:
        if self._page is None:
            return "No page is open. Search for one first."
        if keyword != self._keyword:
            self._keyword, self._at = keyword, 0
        sentences = [text for text in self._page.sentences if keyword.lower() in text.lower()]
        if self._at >= len(sentences):
            return "No more results."
        self._at += 1
        return f"(Result {self._at} of {len(sentences)}) {sentences[self._at - 1].strip()}"


def parsed(action: str) -> tuple[str, str]:
    """Return the word and the argument of ``Word[argument]``; empty where it is not of this form.

    Quotes around the argument and a remark in parentheses behind it are not part of it.
    """
    match = _ACTION.match(action)
    if not match:
        return "", ""
    argument = match[2] or match[3] or ""
    quoted = _QUOTED.fullmatch(argument)
    return match[1].lower(), (quoted[2] if quoted else argument).strip()


def finished(answer: str, reference: str) -> ActionResult:
    """Return what an answer leads to."""
    right = exact_match(answer, reference)
    observation = "Answer is CORRECT" if right else "Answer is INCORRECT"
    return ActionResult(observation, done=True, reward=float(right), score=f1(answer, reference))


def normalised(answer: str) -> str:
    """Return lower case without punctuation, articles and extra blanks (the official evaluation's)."""
    plain = "".join(char for char in answer.lower() if char not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", plain).split())


def exact_match(answer: str, reference: str) -> bool:
    """Whether both are the same after normalisation."""
    return normalised(answer) == normalised(reference)


def f1(answer: str, reference: str) -> float:
    """Return the harmonic mean of precision and recall of words; yes and no must match whole."""
    ours, theirs = normalised(answer), normalised(reference)
    whole = {"yes", "no", "noanswer"}
    if ours != theirs and (ours in whole or theirs in whole):
        return 0.0
    predicted, expected = ours.split(), theirs.split()
    same = sum((Counter(predicted) & Counter(expected)).values())
    return 2 * same / (len(predicted) + len(expected)) if same else 0.0


def read(path: Path) -> Iterator[Question]:
    """Yield the questions of a file in HotpotQA's format.

    Raises:
        DataError: it is not; the sentence names the record.
    """
    for where, row in read_rows(path):
        try:
            yield _question(row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"{where} is not HotpotQA's ({error!r})") from error


def _question(row: dict[str, Any]) -> Question:
    context, facts = row["context"], row["supporting_facts"]
    if isinstance(context, dict):  # the form of Hugging Face's datasets
        pages: Sequence[tuple[str, Sequence[str]]] = list(
            zip(context["title"], context["sentences"], strict=True)
        )
        titles = facts["title"]
    else:
        pages, titles = context, [title for title, _ in facts]
    return Question(
        id=row.get("id") or row["_id"],
        question=row["question"].strip(),
        answer=row["answer"],
        level=row.get("level", ""),
        paragraphs=tuple(Document(title, tuple(sentences)) for title, sentences in pages),
        supporting=frozenset(titles),
    )


def _problem(question: Question, source: str) -> Problem:
    return Problem(
        id=question.id,
        statement=question.question,
        visible=Suite(()),
        hidden=Suite(()),
        difficulty=question.level,
        solution=question.answer,
        provenance={"source": source},
    )


def _store(questions: Iterable[Question]) -> DocumentStore:
    dump = os.environ.get("SHARPEN_WIKIPEDIA")
    if not dump:
        return DocumentStore(page for question in questions for page in question.paragraphs)
    path = Path(dump)
    if not path.exists():
        raise UsageError(f"SHARPEN_WIKIPEDIA names {path}, which does not exist")
    name = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    cache_directory().mkdir(parents=True, exist_ok=True)
    return DocumentStore(read_dump(path), cache_directory() / f"wikipedia-{name}.db")


def _joined(sentences: Sequence[str]) -> str:
    return " ".join(sentence.strip() for sentence in sentences)
