"""Counts of what happened on one problem: every table of a report is computed from them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal, Self

from sharpen.journal.rows import ProblemRow
from sharpen.types import Node, Stage, VerdictKind

Status = Literal["solved", "repaired", "failed", "error", "unfinished"]

JOINT = "(joint)"
"""The author of feedback that came in one completion with its repair."""


@dataclass(frozen=True, slots=True)
class RepairCounts:
    """The first-round repairs of one failing program under the feedback of one author.

    Attributes:
        program: the program's text, so that runs can be matched program by program.
        kind: of the program's failure.
        author: who wrote the feedback.
        human: whether the author is a person.
        sampled, passed: repairs drawn, and those that pass the hidden tests.
    """

    program: str
    kind: VerdictKind
    author: str
    human: bool
    sampled: int
    passed: int


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """The repairs that followed one explanation, under one of its labels."""

    label: str
    sampled: int
    passed: int


@dataclass(frozen=True, slots=True)
class CompletionCounts:
    """Completions of one stage on one problem.

    Attributes:
        sampled: how many.
        truncated: those cut by the token limit.
        tokens: completion tokens.
        prompt_tokens, cached_tokens: of their prompts.
        seconds: of their requests; requests overlap.
        with_code: explanations that begin to give a program (a code fence, or ``###``).
        unanswered: those without an answer: a provider's filter, nothing but reasoning, or a prompt that does
            not fit into the model's context.
    """

    sampled: int = 0
    truncated: int = 0
    tokens: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    seconds: float = 0.0
    unanswered: int = 0
    with_code: int = 0

    def __add__(self, other: Self) -> Self:
        """Return both together."""
        return type(self)(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True, slots=True)
class ProblemResult:
    """One problem of one run.

    Attributes:
        id, difficulty: as the benchmark gives them.
        status: ``solved`` when a first program passes, ``repaired`` when only a repair does, ``failed`` when
            nothing does; ``error`` and ``unfinished`` problems count in no rate.
        error: why the problem could not be finished.
        programs, programs_passed: first programs, and those that pass the hidden tests.
        first_passed: whether the very first program passes.
        repairs, repairs_passed: repairs of every round.
        solved_at: the first round with a passing program, 0 for first programs; None when unsolved.
        tokens_by_round: completion tokens by round, feedback counted with the repairs it led to.
        kinds: verdicts of first programs by kind.
        passes_visible: failing programs that pass the visible tests, so no error could be quoted.
        answers: by stage.
        first_round: first-round repairs by program and author.
        labels: repairs after each explanation that a person labelled, once for each label.
        by_round: repairs of each round from the first: sampled, passed, and completion tokens with feedback.
        trust: verdicts by trust grade.
    """

    id: str
    difficulty: str
    status: Status
    error: str
    programs: int
    programs_passed: int
    first_passed: bool
    repairs: int
    repairs_passed: int
    solved_at: int | None
    tokens_by_round: tuple[int, ...]
    kinds: Mapping[VerdictKind, int]
    passes_visible: int
    answers: Mapping[Stage, CompletionCounts]
    first_round: tuple[RepairCounts, ...]
    labels: tuple[LabelCounts, ...]
    by_round: tuple[tuple[int, int, int], ...]
    trust: Mapping[str, int]

    @property
    def tokens(self) -> int:
        """All completion tokens spent on the problem."""
        return sum(self.tokens_by_round)


def problem_result(row: ProblemRow, nodes: Sequence[Node], error: str | None) -> ProblemResult:
    """Count one problem's rows.

    Args:
        row: the problem.
        nodes: its rows, parents before children.
        error: its outcome: empty when it went well, None when it is not finished.
    """
    answers = _answers(nodes)
    trust = Counter[str](node.verdict.trust for node in nodes if node.verdict)
    nodes = [node for node in nodes if node.stage != "baseline"]  # what it is compared with solves nothing
    rounds = depths(nodes)
    programs = [node for node in nodes if node.stage == "program"]
    repairs = [node for node in nodes if node.stage == "repair"]
    solved_at = min((rounds[node.id] for node in nodes if node.passed), default=None)
    return ProblemResult(
        id=row.id,
        difficulty=row.difficulty,
        status=_status(solved_at, error),
        error=error or "",
        programs=len(programs),
        programs_passed=sum(node.passed for node in programs),
        first_passed=bool(programs) and programs[0].passed,
        repairs=len(repairs),
        repairs_passed=sum(node.passed for node in repairs),
        solved_at=solved_at,
        tokens_by_round=_tokens_by_round(nodes, rounds),
        kinds=Counter(node.verdict.kind for node in programs if node.verdict),
        passes_visible=sum(bool(node.shown and node.shown.passed and not node.passed) for node in programs),
        answers=answers,
        first_round=_first_round(nodes, programs),
        labels=_labels(nodes),
        by_round=_by_round(nodes, rounds),
        trust=trust,
    )


def depths(nodes: Sequence[Node]) -> dict[str, int]:
    """Return each row's round: 0 for first programs, 1 for their feedback and repairs, and so on."""
    rounds: dict[str, int] = {}
    stages = {node.id: node.stage for node in nodes}
    for node in nodes:
        if node.parent is None:
            rounds[node.id] = 0
        else:
            rounds[node.id] = rounds[node.parent] + (stages[node.parent] != "feedback")
    return rounds


def feedback_author(repair: Node, by_id: Mapping[str, Node]) -> tuple[str, bool]:
    """Return who wrote the feedback that a repair followed, and whether that is a person."""
    parent = by_id[repair.parent or ""]
    if parent.stage == "feedback":
        return parent.author, parent.completion is None
    return f"{repair.author} {JOINT}", False


def _status(solved_at: int | None, error: str | None) -> Status:
    if error is None:
        return "unfinished"
    if error:
        return "error"
    if solved_at is None:
        return "failed"
    return "repaired" if solved_at else "solved"


def _tokens_by_round(nodes: Sequence[Node], rounds: Mapping[str, int]) -> tuple[int, ...]:
    tokens = [0] * (max(rounds.values(), default=0) + 1)
    for node in nodes:
        tokens[rounds[node.id]] += node.tokens
    return tuple(tokens)


def _by_round(nodes: Sequence[Node], rounds: Mapping[str, int]) -> tuple[tuple[int, int, int], ...]:
    counts = [[0, 0, 0] for _ in range(max(rounds.values(), default=0))]
    for node in nodes:
        if number := rounds[node.id]:
            counts[number - 1][2] += node.tokens
            if node.stage == "repair":
                counts[number - 1][0] += 1
                counts[number - 1][1] += node.passed
    return tuple((sampled, passed, tokens) for sampled, passed, tokens in counts)


def _answers(nodes: Sequence[Node]) -> dict[Stage, CompletionCounts]:
    stages: dict[Stage, list[Node]] = {}
    for node in nodes:
        if node.completion:
            stages.setdefault(node.stage, []).append(node)
    return {stage: _tally(group) for stage, group in stages.items()}


def _tally(nodes: Sequence[Node]) -> CompletionCounts:
    completions = [node.completion for node in nodes if node.completion]
    return CompletionCounts(
        sampled=len(completions),
        truncated=sum(c.finish_reason == "length" for c in completions),
        tokens=sum(c.completion_tokens for c in completions),
        prompt_tokens=sum(c.prompt_tokens for c in completions),
        cached_tokens=sum(c.cached_tokens for c in completions),
        seconds=sum(c.seconds for c in completions),
        unanswered=sum(c.finish_reason in ("filter", "thought", "overflow") for c in completions),
        with_code=sum(n.stage == "feedback" and n.explanation != n.answer.strip() for n in nodes),
    )


def _first_round(nodes: Sequence[Node], programs: Sequence[Node]) -> tuple[RepairCounts, ...]:
    by_id = {node.id: node for node in nodes}
    groups: dict[tuple[str, str, bool], list[Node]] = {}
    for node in nodes:
        if node.stage == "repair" and (program := first_program(node, by_id)):
            groups.setdefault((program.id, *feedback_author(node, by_id)), []).append(node)
    failing = {node.id: node for node in programs if not node.passed and node.verdict}
    counts = []
    for (identity, author, human), repairs in groups.items():
        if (program := failing.get(identity)) and program.verdict:
            code = program.program.code if program.program else program.text
            passed = sum(repair.passed for repair in repairs)
            counts.append(RepairCounts(code, program.verdict.kind, author, human, len(repairs), passed))
    return tuple(counts)


def _labels(nodes: Sequence[Node]) -> tuple[LabelCounts, ...]:
    labels = [node for node in nodes if node.stage == "label"]
    after = {
        label.parent: [n for n in nodes if n.parent == label.parent and n.stage == "repair"]
        for label in labels
    }
    return tuple(
        LabelCounts(label.text, len(after[label.parent]), sum(n.passed for n in after[label.parent]))
        for label in labels
    )


def first_program(repair: Node, by_id: Mapping[str, Node]) -> Node | None:
    """Return the first program that a repair starts from; None in later rounds."""
    parent = by_id[repair.parent or ""]
    if parent.stage == "feedback":
        parent = by_id[parent.parent or ""]
    return parent if parent.stage == "program" else None
