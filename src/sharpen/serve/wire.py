"""What comes in and goes out as JSON: pydantic at the edge, the nouns of ``types.py`` behind it.

A request is a program with tests of its own, or a model's answer to a problem of a benchmark that the
service has loaded. Tests are those of :mod:`sharpen.suite_json`.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Annotated, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    PositiveInt,
    Tag,
    ValidationError,
)

from sharpen.sandbox.base import Limits
from sharpen.suite_json import AnyTest, JsonForm
from sharpen.types import (
    Language,
    Suite,
    Trust,
    Verdict,
    VerdictKind,
)

OWN_TESTS, BENCHMARKS = "own tests", "benchmark's tests"
"""The two kinds of request, as pydantic tags them."""

_LEAST_MEMORY = 64 * 1024**2
"""With less no interpreter comes up."""
_LEAST_CPU_SECONDS, _LEAST_WALL_SECONDS = 0.01, 0.1
"""With less a program may be ended before it runs, which says nothing about it."""


class Caps(JsonForm):
    """What a program may use; what is not given is as the service has it."""

    cpu_seconds: float | None = Field(None, ge=_LEAST_CPU_SECONDS)
    """Processor time for the whole suite."""
    wall_seconds: float | None = Field(None, ge=_LEAST_WALL_SECONDS)
    """Time on the clock."""
    memory_bytes: int | None = Field(None, ge=_LEAST_MEMORY)
    """Address space."""
    output_bytes: PositiveInt | None = None
    """What it may print."""
    processes: PositiveInt | None = None
    """Threads of its own."""

    def over(self, limits: Limits) -> Limits:
        """Return ``limits`` with what is given here in their place."""
        return replace(limits, **self.model_dump(exclude_none=True))


class OwnTests(JsonForm):
    """A program and tests that come with it."""

    program: str
    """A whole module."""
    tests: list[AnyTest] = Field(min_length=1)
    """Run in this order; the first failure ends the run."""
    entry_point: str = ""
    """The function that calls and assertions are about, or Class.method."""
    context: str = ""
    """Code that assertions may use besides the program's."""
    alone: bool = False
    """Give each test a process and the limits to itself."""
    every: bool = False
    """Run every test, each alone, whatever the others said."""
    language: Language = "python"
    """What the program and its tests are written in."""
    limits: Caps = Caps()
    """At most those of the service."""

    @property
    def suite(self) -> Suite:
        """The tests, each with a name."""
        tests = tuple(test.test(f"test {number}") for number, test in enumerate(self.tests, 1))
        return Suite(
            tests,
            self.entry_point,
            self.context,
            alone=self.alone,
            every=self.every,
            language=self.language,
        )


class BenchmarksTests(JsonForm):
    """A model's answer to a problem of a benchmark, judged by the benchmark's hidden tests."""

    benchmark: str
    """One of the benchmarks that the service was started with."""
    problem: str
    """The problem's id, as the benchmark spells it."""
    completion: str
    """The whole answer, with its prose: the program is taken out of it."""


def _kind(request: object) -> str:
    own = not isinstance(request, dict) or "benchmark" not in request
    return OWN_TESTS if own and not isinstance(request, BenchmarksTests) else BENCHMARKS


Request = Annotated[
    Annotated[OwnTests, Tag(OWN_TESTS)] | Annotated[BenchmarksTests, Tag(BENCHMARKS)], Discriminator(_kind)
]


class Batch(JsonForm):
    """Requests that are judged together; the answers come in their order."""

    programs: list[Request] = Field(min_length=1)


class TestOutcome(JsonForm):
    """What one test said."""

    test: str
    kind: VerdictKind
    measured: dict[str, float | None]
    """Figures that the test took, by name; null where one is not a finite number."""


class RewardResponse(JsonForm):
    """A verdict and the reward that follows from it."""

    reward: Literal[0, 1] | None
    """1 when every test passed; null when the sandbox itself failed, which says nothing about the program."""
    kind: VerdictKind
    trust: Trust
    """isolated: computed out of the program's reach; in_process: a test ran beside it and could be fooled."""
    message: str
    """What failed, fit for a prompt; empty when passed."""
    outcomes: list[TestOutcome]
    """Per test, up to and including the first failure; of every test where the request says so."""
    cpu_seconds: float
    wall_seconds: float
    peak_bytes: int

    @classmethod
    def of(cls, verdict: Verdict) -> Self:
        """Return the answer that a verdict gives."""
        facts = {field.name: getattr(verdict, field.name) for field in fields(verdict)}
        facts["message"] = _sendable(verdict.message)
        facts["outcomes"] = [
            TestOutcome(test=each.test, kind=each.kind, measured=_figures(each.measured))
            for each in verdict.outcomes
        ]
        return cls(reward=None if verdict.kind == "harness_error" else int(verdict.passed), **facts)  # type: ignore[arg-type]  # of a bool


class Answers(JsonForm):
    """The answers to a batch, in its order."""

    verdicts: list[RewardResponse]


class Refusal(JsonForm):
    """Why there is no verdict."""

    error: str
    """One sentence."""


class Health(JsonForm):
    """Whether the service works."""

    status: Literal["ok"] = "ok"


def sentence(error: ValidationError) -> str:
    """Return what is wrong with a request, and where."""
    tags = {OWN_TESTS, BENCHMARKS, "assert", "call", "stdio", "source"}
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"] if part not in tags)
    not_object = first["type"] == "model_type"
    message = "Input should be an object" if not_object else first["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def _figures(measured: Mapping[str, float]) -> dict[str, float | None]:
    return {_sendable(name): value if math.isfinite(value) else None for name, value in measured.items()}


def _sendable(text: str) -> str:
    """Return ``text`` without lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-8", "backslashreplace").decode()
