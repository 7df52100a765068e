"""What a journal says of problems and of the whole run, as plain rows."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """A row of a problem's tree without its text: whether its program passes the hidden tests."""

    id: str
    parent: str | None
    stage: str
    passed: bool


@dataclass(frozen=True, slots=True)
class ProblemRow:
    """What a report needs of a problem."""

    id: str
    statement: str
    starter: str
    difficulty: str
    provenance: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run has paid for: requests, tokens, executions and their CPU seconds."""

    completions: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    executions: int = 0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelTokens:
    """What one model was sent, how much of it the server had already, and what it wrote."""

    model: str
    prompt: int
    cached: int
    completion: int


@dataclass(frozen=True, slots=True)
class ProblemCounts:
    """How far one problem is, counted by the database.

    Attributes:
        answers: completions.
        programs, passed: judged programs (repairs too), and those that pass the hidden tests; further
            i.i.d. samples, which repairs are compared with, count in neither.
        tokens: completion tokens, of these samples too.
        kinds: the kinds of its programs' verdicts on the hidden tests.
    """

    problem: str
    difficulty: str
    answers: int
    programs: int
    passed: int
    tokens: int
    kinds: tuple[str, ...]
