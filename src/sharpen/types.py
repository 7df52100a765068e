"""The data types that the packages share.

``Problem -> messages -> Completion -> Program -> Verdict -> journal -> estimate -> report``

All are frozen, because recorded data never changes. New information becomes a field of a type.
"""

import ast
import builtins
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Self

from sharpen.answers import answer_in, without_code
from sharpen.errors import UsageError
from sharpen.syntax import parse_module

LATER = {"later": True}
"""Metadata of a field added after runs were recorded: at its default it is left out of the keys."""

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation with a model."""

    role: Role
    content: str


Prompt = tuple[Message, ...] | str
"""A model's input: messages go through its chat template, a string is continued as it is."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """The sampling settings. Every field is part of a completion's key in the journal.

    Temperature, top_p and seed are None where a request leaves them out, for servers that refuse them.

    Attributes:
        temperature: 0 is greedy.
        top_p: nucleus mass in (0, 1].
        max_tokens: maximum number of completion tokens.
        stop: strings that end a completion and are not part of it.
        seed: the random seed of the whole set of samples; see :meth:`request_seed`.
        grammar: GBNF that the answer must follow, or empty; for engines that can constrain decoding.
        fields: JSON object of further fields that a server's request has, or empty.
        headers: JSON object of further headers that it has, variables by name, or empty.
        repeat: which of several equal questions this is, so that each gets samples of its own; empty for the
            first.
    """

    temperature: float | None = 0.8
    top_p: float | None = 0.95
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    seed: int | None = 0
    grammar: str = field(default="", metadata=LATER)
    fields: str = field(default="", metadata=LATER)
    headers: str = field(default="", metadata=LATER)
    repeat: str = field(default="", metadata=LATER)

    def request_seed(self, index: int) -> int:
        """Return the 31-bit seed of sample ``index``: another one for each seed, index and repeat."""
        words = f"{self.seed}:{index}:{self.repeat}" if self.repeat else f"{self.seed}:{index}"
        digest = hashlib.sha256(words.encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1


FinishReason = Literal["stop", "length", "filter", "thought", "overflow"]
"""How an answer ended: whole, cut, by a provider's filter, with nothing but reasoning, or never begun because
the prompt does not fit into the model's context."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer, with the token counts of the engine (never an estimate).

    Attributes:
        text: the answer; stop strings are not part of it.
        prompt_tokens: all tokens of the rendered prompt.
        cached_tokens: prompt tokens that came from a cache.
        completion_tokens: tokens generated.
        finish_reason: ``length`` when the answer was cut by ``max_tokens`` or by the context; see
            :data:`FinishReason`.
        model: the model's name as the user typed it.
        seconds: wall time of the request.
    """

    text: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    finish_reason: FinishReason
    model: str
    seconds: float


Language = Literal["python", "rust", "cpp", "java", "javascript", "typescript", "go"]
"""The language of a program and its tests."""


@dataclass(frozen=True, slots=True)
class AssertTest:
    """Statements that raise when the program is wrong (HumanEval's ``check``, MBPP's asserts).

    Attributes:
        id: the test's name in verdicts, unique in its suite.
        code: statements in the suite's language, run after the program in its namespace. In other languages
            than Python also a whole ``main`` that runs them.
    """

    id: str
    code: str


Comparison = Literal["equal", "apps", "livecodebench", "evoeval", "set", "not_none", "one_of", "find_zero"]
"""How a returned value is compared with the expected one.

- ``equal``: ``==``; where that fails and ``atol`` is not 0, or the expected value is a float or a
  non-empty list or tuple of floats: same type, same length, and every number within ``atol`` (1e-6 where
  0 is given) plus 1e-7 of the expected one (EvalPlus).
- ``apps``: ``==`` after tuples became lists, to the expected value or to its first element where it is a
  list (APPS wraps what a function returns in a list).
- ``livecodebench``: ``==`` after a tuple, not what is in it, became a list.
- ``evoeval``: the same types all through, dicts with the same keys; floats, and lists and tuples of nothing
  but floats, within 1e-6 plus 1e-5 of the actual one, NaN equal to NaN.
- ``set``: ``set(actual) == set(expected)``; order and repetition do not matter (EvalPlus, 8 of MBPP+).
- ``not_none``: a bool must equal the expected bool; for anything else the expected bool says whether it
  is not None (EvalPlus, three regular-expression tasks of MBPP+).
- ``one_of``: ``equal`` to one element of the expected tuple or list (Mbpp/558 and 581 have two readings).
- ``find_zero``: the absolute value at ``actual`` of the polynomial with the coefficients ``args[0]`` (lowest
  first) is at most ``atol`` (HumanEval/32).
"""


@dataclass(frozen=True, slots=True)
class CallTest:
    """One call of the entry point and the value it must return (EvalPlus, call-based APPS).

    Attributes:
        id: the test's name in verdicts.
        args: positional arguments, plain data.
        expected: the value to be returned, plain data, or a :class:`sharpen.values.packed.PackedValue`.
        atol: absolute tolerance where floats are compared; 0 compares exactly (with EvalPlus's rule
            that floats use 1e-6 whatever is given).
        comparison: how the returned value is compared with the expected one.
        seconds: processor time that it may take, in a suite whose tests stand alone; 0 for the suite's limit.
    """

    id: str
    args: tuple[object, ...]
    expected: object
    atol: float = 0.0
    comparison: Comparison = "equal"
    seconds: float = field(default=0.0, metadata=LATER)


Printed = Literal["apps", "livecodebench"]
"""How printed output is compared with the expected output; outer whitespace never counts.

- ``apps``: line by line without blank ones, word by word; two numbers are the same when they are close.
- ``livecodebench``: line by line without blanks at their ends; lines that differ are the same when both hold
  nothing but numbers and these are equal as decimals.
"""


@dataclass(frozen=True, slots=True)
class StdioTest:
    """A program's whole input and the output it must print (APPS, LiveCodeBench)."""

    id: str
    stdin: str
    stdout: str
    printed: Printed = field(default="apps", metadata=LATER)


@dataclass(frozen=True, slots=True)
class SourceTest:
    """Statements that get the program as text and run it themselves (unittest classes, DS-1000, CanItEdit).

    They find it as ``solution``, the text of :attr:`tests` as ``tests``, and may put figures into the mapping
    ``measured``. Nothing of the program has run before them. Such a test cannot be split from its program, so
    its verdict is ``in_process``.

    Attributes:
        id: the test's name in verdicts, unique in its suite.
        code: statements that raise when the program is wrong, run after the suite's context.
        tests: the benchmark's own tests where ``code`` runs them; failures are explained by their lines when
            it compiles them under the name ``<test>`` and the program under ``<program>``.
    """

    id: str
    code: str
    tests: str = ""


Test = AssertTest | CallTest | StdioTest | SourceTest


Trusted = Literal["all", "context", "nothing"]
"""Which parts of a suite are trusted: written by the benchmark or by the user, not by a model.

Of untrusted tests only assertions that do nothing but compute run in the judge; where the context is
untrusted too, only assertions that do not need it.
"""


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests for one program. Suite, program and limits determine a verdict.

    Attributes:
        tests: run in this order; the first failure ends the run.
        entry_point: the function that tests call, or ``Class.method``; empty for stdin/stdout programs.
        context: code of the benchmark that tests may call (helper functions, set-up).
        alone: each test runs in its own process with its own limits.
        every: a failure does not end the run; every test runs, each alone.
        trusted: the parts that may run in the judge.
        language: of the program and of the tests; other languages than Python have no calls and no tests
            that get the program as text.
    """

    tests: tuple[Test, ...]
    entry_point: str = ""
    context: str = ""
    alone: bool = field(default=False, metadata=LATER)
    every: bool = field(default=False, metadata=LATER)
    trusted: Trusted = field(default="all", metadata=LATER)
    language: Language = field(default="python", metadata=LATER)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a benchmark.

    Attributes:
        id: unique in its benchmark, as the benchmark spells it (``HumanEval/0``).
        statement: the task, as text or as code to complete.
        visible: tests that a prompt may quote.
        hidden: tests that decide whether a program is right; no prompt quotes them, unless a run
            asks for it (the self-repair paper's setting).
        starter: code that the program must begin with or contain (signature, imports), or empty.
        difficulty: as the benchmark names it, or empty.
        solution: the benchmark's reference program, or empty.
        provenance: its source, version and SHA-256.
    """

    id: str
    statement: str
    visible: Suite
    hidden: Suite
    starter: str = ""
    difficulty: str = ""
    solution: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_function(
        cls,
        prompt: str,
        tests: str | Sequence[str | tuple[Sequence[Any], Any]],
        *,
        visible: int = 1,
        name: str = "",
        id: str = "",  # noqa: A002 - the field's name
        starter: str = "",
        solution: str = "",
    ) -> Self:
        """Return the problem of writing a function, or a class.

        Args:
            prompt: what it must do.
            tests: asserts as text, or pairs of arguments and the value that they must give. Statements
                beside the asserts run before each of them.
            visible: how many of the tests, from the first, a prompt may quote.
            name: the function's; the one that the first assert calls, if not given.
            id: the problem's; the function's name if not given.
            starter: code that the program must begin with or contain.
            solution: a program that passes.

        Raises:
            UsageError: the tests are not Python or hold no assert, one is neither text nor a pair, or the
                function has no name.
        """
        texts = [tests] if isinstance(tests, str) else [test for test in tests if isinstance(test, str)]
        asserts, setup = _asserts("\n".join(texts))
        pairs = [] if isinstance(tests, str) else [test for test in tests if not isinstance(test, str)]
        calls = [CallTest(f"call {n}", *_call(pair)) for n, pair in enumerate(pairs, 1)]
        every: list[Test] = [*(AssertTest(f"assert {n}", code) for n, code in enumerate(asserts, 1)), *calls]
        function = name or _called(asserts, setup) or _last_defined(starter)
        if not function or not every:
            lacking = "the function has no name: give name=" if every else "there is no test: write an assert"
            raise UsageError(f"problem {id or prompt[:40]!r}: {lacking}")
        hidden = Suite(tuple(every), function, setup)
        shown = Suite(tuple(every[:visible]), function, setup)
        return cls(id or function, prompt, shown, hidden, starter, solution=solution)

    @classmethod
    def from_script(
        cls,
        prompt: str,
        tests: Sequence[tuple[str, str]],
        *,
        visible: int = 1,
        id: str = "",  # noqa: A002 - the field's name
        solution: str = "",
    ) -> Self:
        """Return the problem of writing a program that reads standard input and prints.

        Args:
            prompt: what it must do.
            tests: pairs of the whole input and the output that must be printed.
            visible: how many of the tests, from the first, a prompt may quote.
            id: the problem's; made from the prompt if not given.
            solution: a program that passes.

        Raises:
            UsageError: there is no test, or one is no pair of texts.
        """
        every = tuple(StdioTest(f"input {n}", *_input(pair)) for n, pair in enumerate(tests, 1))
        if not every:
            raise UsageError(f"problem {id or prompt[:40]!r}: there is no test: give an input and its output")
        name = id or f"script-{hashlib.sha256(prompt.encode()).hexdigest()[:8]}"
        return cls(name, prompt, Suite(every[:visible]), Suite(every), solution=solution)


def _call(pair: Any) -> tuple[tuple[Any, ...], Any]:  # noqa: ANN401 - whatever the user gave
    """Return the arguments of a call and the value that it must give."""
    match pair:
        case (list() | tuple() as arguments, value):
            return tuple(arguments), value
    raise UsageError(f"the test {pair!r} is neither an assert as text nor a pair ((arguments), value)")


def _input(pair: Any) -> tuple[str, str]:  # noqa: ANN401 - whatever the user gave
    """Return an input and the output that must be printed."""
    match pair:
        case (str() as given, str() as printed):
            return given, printed
    raise UsageError(f"the test {pair!r} is not a pair (input, output) of texts")


def _asserts(text: str) -> tuple[list[str], str]:
    """Return the asserts of a test as text, and the other statements."""
    try:
        body = parse_module(text).body
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"the tests of a problem are not Python ({error}): {text[:100]!r}") from error
    asserts = [ast.unparse(node) for node in body if isinstance(node, ast.Assert)]
    return asserts, "\n".join(ast.unparse(node) for node in body if not isinstance(node, ast.Assert))


def _called(asserts: Sequence[str], setup: str) -> str:
    """Return the first name that asserts call and that neither Python nor the set-up defines."""
    known = {*vars(builtins), *_defined(setup)}
    calls = (node for code in asserts for node in ast.walk(parse_module(code)) if isinstance(node, ast.Call))
    names = (call.func.id for call in calls if isinstance(call.func, ast.Name))
    return next((name for name in names if name not in known), "")


def _last_defined(code: str) -> str:
    return next(reversed(list(_defined(f"{code.rstrip()}\n    pass\n" if code.strip() else ""))), "")


def _defined(code: str) -> Iterator[str]:
    """Yield what code defines or imports at its top level; nothing where it is not Python."""
    try:
        body = parse_module(code).body
    except (SyntaxError, ValueError):
        return
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


Extraction = Literal["fence", "bare", "continuation", "none"]


@dataclass(frozen=True, slots=True)
class Program:
    """The code extracted from a model's answer.

    Attributes:
        code: a whole module, ready to run; empty when there was none.
        extraction: where the code was: in a fence, the bare answer, a continuation of the prompt's
            signature, or nowhere.
    """

    code: str
    extraction: Extraction = "bare"


VerdictKind = Literal[
    "passed",
    "wrong_answer",
    "exception",
    "timeout",
    "memory",
    "syntax",
    "forbidden",
    "no_code",
    "harness_error",
]
Trust = Literal["isolated", "in_process"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one test.

    Attributes:
        test: its name.
        kind: ``passed``, or how it failed.
        measured: figures that a :class:`SourceTest` measured, by name.
    """

    test: str
    kind: VerdictKind
    measured: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of running a program on a suite.

    Attributes:
        kind: ``passed``, or the first failure's kind.
        outcomes: per test, up to and including the first failure; of every test where the suite says so.
        message: text for a prompt: the failing test with the actual and the expected value, the trimmed
            traceback, or what the compiler said; empty when passed.
        cpu_seconds: user and system time of the program.
        wall_seconds: elapsed time.
        peak_bytes: peak resident memory.
        trust: ``isolated`` when the judge computed the verdict from plain values; ``in_process`` when
            the test ran in the program's process, where a hostile program can cheat.
    """

    kind: VerdictKind
    outcomes: tuple[Outcome, ...] = ()
    message: str = ""
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    peak_bytes: int = 0
    trust: Trust = "in_process"

    @property
    def passed(self) -> bool:
        """Whether every test passed."""
        return self.kind == "passed"


Stage = Literal[
    "program",
    "baseline",
    "part",
    "feedback",
    "label",
    "repair",
    "tests",
    "action",
    "observation",
    "evaluation",
    "reflection",
    "submission",
    "docstring",
    "concepts",
    "instruction",
    "response",
]
"""The kind of a row. Self-repair: ``program``, ``feedback``, ``repair``; a ``label`` is what a person calls
feedback; ``part`` is a part of a program written in parts (all but the last).
Reflexion: the model's own ``tests``, an ``action`` with its thought, the ``observation`` after it, a
model's ``evaluation``, a ``reflection``, and the ``submission``: which attempt counts in the end.
SelfCodeAlign: the judgement of a ``docstring``, ``concepts``, ``instruction``, ``response``."""


class Observer(StrEnum):
    """The author of a row that neither a model nor a person wrote. The values are part of rows' ids."""

    ENVIRONMENT = "environment"
    """A world: what an action led to, and its reward."""
    HEURISTIC = "heuristic"
    """The rule that ends a trial which does not progress (2303.11366, h)."""
    SCORE = "score"
    """The finer figure of a trial that a world gives (F1)."""
    OWN_TESTS = "own tests"
    """The model's own tests of its program."""
    EVALUATOR = "evaluator model"
    """A model that judges a program without running it."""
    NO_TESTS = "no tests"
    """Nothing: the strategy omits tests, and the loop continues."""
    REFERENCE = "upstream's program"
    """The model's own tests, run on the benchmark's reference program."""
    STRATEGY = "strategy"
    """The strategy, which chooses the program that is scored."""


CUT_OFF = "The answer was cut off: it reached the limit of tokens."
_CUT_KINDS = ("syntax", "no_code")


@dataclass(frozen=True, slots=True)
class Node:
    """One row of a tree: text by a model or a person, or an observation.

    Attributes:
        id: a hash of the parent and the completion, so that a resumed run recognises its rows.
        parent: a repair's parent is the feedback it followed, or the program in the joint form; a
            feedback's parent is the program that failed; in Reflexion the row before; None at the root.
        problem: the problem's id.
        stage: its kind.
        index: its number among its siblings; in Reflexion the trial it belongs to.
        author: the model, the person who wrote the feedback, or an :class:`Observer`.
        text: the whole completion, unchanged; read :attr:`answer`.
        prompt: the model's input; empty for human feedback.
        completion: the model's answer; None for human feedback.
        program: the program in the answer; None for feedback.
        shown: the verdict on the tests whose errors a prompt may quote; None for feedback, and where the
            problem has no such tests.
        verdict: the verdict on the hidden tests; None for feedback.
        reward: an evaluator's reward, 1 or 0; None where nothing was evaluated.
    """

    id: str
    parent: str | None
    problem: str
    stage: Stage
    index: int
    author: str
    text: str
    prompt: Prompt = ()
    completion: Completion | None = None
    program: Program | None = None
    shown: Verdict | None = None
    verdict: Verdict | None = None
    reward: float | None = None

    @property
    def answer(self) -> str:
        """The answer in ``text``: without the model's thoughts."""
        return answer_in(self.text) if self.completion else self.text

    @property
    def explanation(self) -> str:
        """The answer up to where it begins to give a program."""
        return without_code(self.answer)

    @property
    def error(self) -> str:
        """What a prompt or a report may say of why its program fails the tests that it may see; or empty."""
        return self.explained(self.shown) if self.shown else ""

    def explained(self, verdict: Verdict) -> str:
        """Return the message of a verdict on its program; a program that was cut off is named as such."""
        cut = self.completion is not None and self.completion.finish_reason == "length"
        return f"{verdict.message}\n{CUT_OFF}" if cut and verdict.kind in _CUT_KINDS else verdict.message

    @property
    def passed(self) -> bool:
        """Whether its program passes the hidden tests."""
        return self.verdict is not None and self.verdict.passed

    @property
    def tokens(self) -> int:
        """Its completion tokens; human feedback has none."""
        return self.completion.completion_tokens if self.completion else 0
