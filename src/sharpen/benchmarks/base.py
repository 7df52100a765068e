"""What a benchmark is, and the registry that turns a user's word into one.

Words: ``humaneval``, ``humaneval+``, ``mbpp``, ``mbpp+``, ``apps``, ``apps/introductory``,
``apps/interview``, ``apps/competition``; any of them with ``@PATH`` to read the benchmark's file from there
(``humaneval@HumanEval.jsonl.gz``); the path of a ``.jsonl`` or ``.jsonl.gz`` in HumanEval's format or in
that of :mod:`sharpen.benchmarks.own`; ``FILE.py:NAME``, a function that returns problems; ``FILE.toml``,
which says where problems are and in which columns (:mod:`sharpen.benchmarks.mapped`); ``run:RUN``, the
problems that a run wrote down.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import jinja2

from sharpen.answers import answer_in
from sharpen.benchmarks.source import with_needed
from sharpen.errors import UsageError
from sharpen.types import Language, Message, Problem, Program, Suite, Test, Verdict


@dataclass(frozen=True, slots=True)
class ActionResult:
    """What an action led to.

    Attributes:
        observation: what the one who acts sees.
        done: whether nothing more can be done.
        reward: 1 or 0 when it is done.
        score: a finer figure of what was reached, between 0 and 1, where there is one.
    """

    observation: str
    done: bool = False
    reward: float = 0.0
    score: float | None = None


class Environment(Protocol):
    """A world that answers actions. The same actions always lead to the same turns, so a journal replays it.

    Attributes:
        most_steps: actions that one trial may take.
    """

    most_steps: int

    def reset(self) -> str:
        """Begin anew and return what there is to see."""
        ...

    def step(self, action: str) -> ActionResult:
        """Carry out one action, whatever it says: a malformed one is an observation."""
        ...

    def close(self) -> None:
        """Release what it holds; :meth:`reset` takes it again."""
        ...


class ScorerFigures(Protocol):
    """What a benchmark's own scorer reports beside pass@k, over the samples of a file or a run."""

    def add(self, problem: str, verdict: Verdict) -> None:
        """Count one verdict on the hidden tests."""
        ...

    def figures(self) -> Mapping[str, float]:
        """Return the scorer's figures by name; NaN where one is not defined."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """How a program is asked for in parts, each a completion of its own (ClassEval: method by method).

    Attributes:
        count: how many parts a problem's program has.
        prompt: asks for the next part, given the answers so far.
        join: makes the program out of all answers.
    """

    count: Callable[[Problem], int]
    prompt: Callable[[Problem, Sequence[str]], tuple[Message, ...]]
    join: Callable[[Problem, Sequence[str]], Program]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Problems, how to ask them, and how an answer becomes a program.

    Attributes:
        name: the word a user types, with the variant: ``humaneval+``, ``apps/competition``.
        problems: in the file's order.
        prompt: the conversation that asks a chat model for a program.
        extract: takes the program out of the answer, which it gets without the model's thoughts.
        visible_tests: one sentence: which tests a prompt may quote. Reports print it.
        source: where it was loaded from, with the SHA-256 of the file.
        limits: what its own solutions need beyond the sandbox's defaults, by the names of its ``Limits``.
        environment: makes the world of a problem that is acted in and not answered with a program.
        parts: how a program is asked for in parts; then ``prompt`` asks for the first.
        imports: lines that the benchmark's own harness puts before every program; a program gets those of
            them that bring a name which it lacks.
        tally: makes what counts the benchmark's own figures, if it has some beside pass@k.
        own_tests: the hidden tests of a problem in the version that a row of samples brings, where files of
            samples bring theirs and were scored by them.
        in_run: whether a run writes the problems into its directory, because no word leads to them again.
    """

    name: str
    problems: Sequence[Problem]
    prompt: Callable[[Problem], tuple[Message, ...]]
    extract: Callable[[Problem, str], Program]
    visible_tests: str
    source: str
    limits: Mapping[str, Any] = field(default_factory=dict)
    environment: Callable[[Problem], Environment] | None = None
    parts: Parts | None = None
    imports: Sequence[str] = ()
    tally: Callable[[], ScorerFigures] | None = None
    own_tests: Callable[[Problem, str], Suite] | None = None
    in_run: bool = False

    def __post_init__(self) -> None:
        """Let ``extract`` see no thoughts, whatever benchmark it belongs to."""
        object.__setattr__(self, "extract", partial(_extract_from_answer, self.extract))

    def with_imports(self, program: Program) -> Program:
        """Return a program as the benchmark's own harness would run it."""
        return replace(program, code=with_needed(program.code, self.imports)) if self.imports else program


def _extract_from_answer(
    extract: Callable[[Problem, str], Program], problem: Problem, completion: str
) -> Program:
    return extract(problem, answer_in(completion))


class LazySuite(Suite):
    """A suite that holds the recipe of its tests, which may be large or slow to make.

    It is a ``Suite`` in every other way; two are equal when their tests are.

    Attributes:
        key: stands for the tests where they would have to be hashed: it determines them.
    """

    __slots__ = ("_make", "key")
    _make: Callable[[], tuple[Test, ...]]
    key: str

    def __init__(
        self,
        key: str,
        make: Callable[[], tuple[Test, ...]],
        entry_point: str,
        context: str = "",
        *,
        alone: bool = False,
        language: Language = "python",
    ) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "_make", make)
        object.__setattr__(self, "entry_point", entry_point)
        object.__setattr__(self, "context", context)
        object.__setattr__(self, "alone", alone)
        object.__setattr__(self, "every", False)
        object.__setattr__(self, "trusted", "all")
        object.__setattr__(self, "language", language)

    def in_language(self, language: Language) -> "LazySuite":
        """Return the same suite for programs in another language."""
        alone, key = self.alone, f"{self.key} {language}"
        return LazySuite(key, self._make, self.entry_point, self.context, alone=alone, language=language)

    @property
    def tests(self) -> tuple[Test, ...]:
        """The tests, made anew; what is slow about it is kept by ``make``."""
        return self._make()


def needs_file(word: str, which: str) -> Path:
    """Refuse a benchmark whose file nobody named.

    Raises:
        UsageError: saying which file to put behind the word.
    """
    raise UsageError(f"{word} needs a file: put its path behind the word, {word}@FILE; it is {which}.")


def ask(template: str, **fields: object) -> tuple[Message, ...]:
    """Return the conversation of one user turn that ``prompts/TEMPLATE`` gives with ``fields``."""
    return (Message("user", _template(template).render(fields).strip()),)


@cache
def _template(name: str) -> jinja2.Template:
    text = resources.files("sharpen.benchmarks").joinpath("prompts", name).read_text("utf-8")
    template: jinja2.Template = jinja2.Template(text, undefined=jinja2.StrictUndefined)
    return template
