"""Rows to train on, from recorded runs: verified programs, repairs of failing ones, and preferences.

- ``programs`` (rejection-sampling fine-tuning): the prompt of the run, answered by a program that passed.
- ``repairs`` (after LeDex, arXiv 2405.18649): the conversation in which self-repair shows a failing program
  and its error, answered by a diagnosis and a verified program of the same problem, the nearest by edit
  distance; and every recorded repair that passed, as the model wrote it.
- ``preferences`` (DPO, arXiv 2305.18290): each failing answer beside the nearest answer to the same prompt
  that passed, both as the model wrote them.

LeDex has a stronger model write the diagnosis. Here it is one sentence made from the verdict, so that no
other model is needed and no diagnosis is wrong.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from sharpen.errors import UsageError
from sharpen.journal.journal import Journal
from sharpen.methods.repair import ask
from sharpen.selfcodealign.overlap.decontaminate import WAYS, Index, Passage, load
from sharpen.selfcodealign.rows import identity
from sharpen.selfcodealign.stage_files import Funnel, Writer
from sharpen.types import Message, Node, Verdict

Kind = Literal["programs", "repairs", "preferences"]
Pool = Literal["passed", "failed", "any"]
"""Which programs rows may answer with; all but ``passed`` are controls."""

WORDS = 13
"""Consecutive words that make a copy of a benchmark's problem."""
CONTAMINATED = {way: f"benchmark's {way}" for way in WAYS}
COPY, FULL, SURPLUS = "same text as another row", "enough rows of its problem", "beyond the number of rows"
REASONS = (COPY, *CONTAMINATED.values(), FULL, SURPLUS)
"""Why a candidate is not a row, in the order of the checks."""

_EXCEPTION = re.compile(r"^(\w*(?:Error|Exception|Interrupt|Exit)\b.*)$", re.MULTILINE)
_TRAILING_COMMENTS = re.compile(r"(?:\s*^[ \t]*#.*$)+\Z", re.MULTILINE)
"""Comments that introduced the tests after a program; the tests themselves are not part of it."""
_WRONG = re.compile(r"failed: (.{1,200}) returned (.{1,200}), expected (.{1,200})$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """A conversation up to an answer, and the answer to learn.

    Attributes:
        id: a hash of the texts.
        kind: ``programs`` or ``repairs``.
        problem: the problem's id.
        prompt: the messages up to the answer.
        completion: the answer.
    """

    id: str
    kind: Kind
    problem: str
    prompt: tuple[Message, ...]
    completion: str

    @property
    def answers(self) -> tuple[str, ...]:
        """The texts that are answers."""
        return (self.completion,)


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """A conversation up to an answer, an answer that passed and one that failed.

    Attributes:
        id: a hash of the texts.
        kind: ``preferences``.
        problem: the problem's id.
        prompt: the messages up to the answer.
        chosen: the answer that passed.
        rejected: the answer that failed.
    """

    id: str
    kind: Kind
    problem: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str

    @property
    def answers(self) -> tuple[str, ...]:
        """The texts that are answers."""
        return self.chosen, self.rejected


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A row that may be trained on.

    Attributes:
        row: the row.
        code: the programs in its answers.
        distance: of a repair or a preference, the edit distance from the failing program as a share, 0 to 1;
            else 0.
        rate: share of the problem's programs that pass.
    """

    row: TrainingRow | PreferenceRow
    code: str
    distance: float
    rate: float


def make(
    runs: Sequence[Path],
    path: Path,
    *,
    against: Sequence[str],
    kinds: Sequence[Kind] = ("programs", "repairs"),
    per_problem: int = 4,
    pool: Pool = "passed",
    limit: int | None = None,
    seed: int = 0,
) -> Funnel:
    """Write the rows of ``runs`` to the stage file ``path``, and return how many there are and why.

    Args:
        runs: directories of runs of ``sample`` or ``repair``, on problems to train on.
        path: ``NAME.jsonl``.
        against: the benchmarks that will be measured: no row may hold a problem of theirs.
        kinds: which rows are made; ``preferences`` by themselves, since another loss learns from them.
        per_problem: rows of a kind from one problem, at most. A problem of which every program passes gives
            one; the harder it is, the more it gives.
        pool: which programs rows may answer with.
        limit: rows in all, chosen at random; all if not given.
        seed: of the random choices.

    Raises:
        UsageError: ``against`` is empty, or names no benchmark; or preferences are asked for together with
            other rows or of another pool.
        JournalError: a run cannot be read.
        DataError: the file cannot be written.
        ContaminationError: the search for benchmarks missed a planted problem.
    """
    if not against:
        raise UsageError("name with --against every benchmark that will be measured: rows must not hold it")
    if "preferences" in kinds and set(kinds) != {"preferences"}:
        raise UsageError("another loss learns from preferences: write them to a file of their own")
    if "preferences" in kinds and pool != "passed":
        raise UsageError(
            f"preferences are a right answer and a wrong one, so there are none of --pool {pool}"
        )
    index = Index(load(against), WORDS)
    pool_rows = [each for run in runs for each in candidates(run, kinds, pool)]
    with Writer(path, reasons=REASONS) as out:
        for candidate, reason in chosen(pool_rows, index, per_problem, limit, seed):
            out.reject(candidate.row, reason) if reason else out.keep(candidate.row)
    return out.funnel()


def candidates(run: Path, kinds: Sequence[Kind], pool: Pool = "passed") -> Iterator[CandidateRow]:
    """Yield every row that a run could give, problem by problem.

    Raises:
        JournalError: the run cannot be read.
    """
    with Journal.read(run) as journal:
        for problem in journal.problems():
            nodes = [node for node in journal.nodes(problem.id) if _is_answer(node)]
            if "programs" in kinds:
                yield from _programs(nodes, pool)
            if "repairs" in kinds:
                yield from _repairs(nodes, pool)
            if "preferences" in kinds:
                yield from _preferences(nodes)


def _is_answer(node: Node) -> bool:
    """Return whether a node is a complete answer to messages, with a verdict on its program."""
    whole = node.completion is not None and node.completion.finish_reason == "stop"
    return whole and node.verdict is not None and node.program is not None and isinstance(node.prompt, tuple)


def _in_pool(node: Node, pool: Pool) -> bool:
    return pool == "any" or node.passed == (pool == "passed")


def _programs(nodes: Sequence[Node], pool: Pool) -> Iterator[CandidateRow]:
    rate = _pass_rate(nodes)
    for node in nodes:
        if node.stage == "program" and _in_pool(node, pool):
            yield _recorded("programs", node, rate)


def _repairs(nodes: Sequence[Node], pool: Pool) -> Iterator[CandidateRow]:
    rate, answers = _pass_rate(nodes), [node for node in nodes if _in_pool(node, pool)]
    for node in answers:
        if node.stage == "repair":
            yield _recorded("repairs", node, rate)
    for failing in nodes:
        if failing.stage == "program" and not failing.passed:
            others = [node for node in answers if _code(node) != _code(failing)]
            if others:
                nearest = min(others, key=lambda other: (distance(failing, other), other.id))
                yield _repaired(failing, nearest, rate)


def _preferences(nodes: Sequence[Node]) -> Iterator[CandidateRow]:
    rate = _pass_rate(nodes)
    for failing in nodes:
        right = [node for node in nodes if node.passed and node.prompt == failing.prompt]
        if right and not failing.passed:
            nearest = min(right, key=lambda other: (distance(failing, other), other.id))
            code = f"{_code(nearest)}\n\n{_code(failing)}"
            yield CandidateRow(_preferred(failing, nearest), code, distance(failing, nearest), rate)


def _preferred(failing: Node, passing: Node) -> PreferenceRow:
    assert isinstance(failing.prompt, tuple)
    chosen, rejected = passing.text.strip(), failing.text.strip()
    identifier = identity(*_texts(failing.prompt), chosen, rejected)
    return PreferenceRow(identifier, "preferences", failing.problem, failing.prompt, chosen, rejected)


def _recorded(kind: Kind, node: Node, rate: float) -> CandidateRow:
    assert isinstance(node.prompt, tuple)
    return CandidateRow(_row(kind, node.problem, node.prompt, node.text.strip()), _code(node), 0.0, rate)


def _repaired(failing: Node, nearest: Node, rate: float) -> CandidateRow:
    """Return the row that shows a failing program and its error, and answers with the nearest of the pool."""
    assert failing.verdict is not None
    verdict = failing.verdict if failing.shown is None or failing.shown.passed else failing.shown
    prompt = ask(failing, "explain_and_repair", error=verdict.message, fence="python")
    code = _TRAILING_COMMENTS.sub("", _code(nearest).strip())
    answer = f"{diagnosis(verdict)}\n\n```python\n{code}\n```"
    return CandidateRow(
        _row("repairs", failing.problem, prompt, answer), code, distance(failing, nearest), rate
    )


def _row(kind: Kind, problem: str, prompt: tuple[Message, ...], completion: str) -> TrainingRow:
    return TrainingRow(identity(*_texts(prompt), completion), kind, problem, prompt, completion)


def _texts(prompt: tuple[Message, ...]) -> list[str]:
    return [part for message in prompt for part in (message.role, message.content)]


def _pass_rate(nodes: Sequence[Node]) -> float:
    programs = [node.passed for node in nodes if node.stage == "program"]
    return sum(programs) / len(programs) if programs else 0.0


def distance(a: Node, b: Node) -> float:
    """Return how far two nodes' programs are apart by their lines' characters: 0 if equal, 1 if disjoint."""
    return 1 - SequenceMatcher(None, _code(a), _code(b), autojunk=False).ratio()


def _code(node: Node) -> str:
    assert node.program is not None
    return node.program.code


def diagnosis(verdict: Verdict) -> str:
    """Return one sentence on why a program fails, from its verdict alone."""
    if verdict.kind == "timeout":
        return "The program does not finish in time."
    if wrong := _WRONG.search(verdict.message):
        call, got, expected = wrong.groups()
        return f"`{call}` returns {got}, but it should return {expected}."
    if raised := _EXCEPTION.search(verdict.message):
        return f"The program fails with {raised[1][:200].rstrip('.')}."
    return "The program does not do what the task asks for."


def chosen(
    rows: Sequence[CandidateRow], index: Index, per_problem: int, limit: int | None = None, seed: int = 0
) -> Iterator[tuple[CandidateRow, str]]:
    """Yield each candidate with why it is not a row; an empty text if it is.

    Of each problem the nearest repairs and preferences are chosen, and programs at random.

    Raises:
        ContaminationError: the search for benchmarks missed a planted problem.
    """
    reasons = dict(_unfit(rows, index))
    order = [number for number in range(len(rows)) if number not in reasons]
    order.sort(key=lambda number: (rows[number].distance, _chance(rows[number], seed)))
    reasons |= _surplus_of_problems(rows, order, per_problem)
    if limit is not None:
        left = [number for number in order if number not in reasons]
        left.sort(key=lambda number: _chance(rows[number], seed))
        reasons |= dict.fromkeys(left[limit:], SURPLUS)
    for number, candidate in enumerate(rows):
        yield candidate, reasons.get(number, "")


def _unfit(rows: Sequence[CandidateRow], index: Index) -> Iterator[tuple[int, str]]:
    """Yield copies of earlier rows and rows with a benchmark's problem, by number, with the reason."""
    seen = set[tuple[str, str, str]]()
    passages = (Passage(_text(candidate.row), candidate.code) for candidate in rows)
    for number, (candidate, matches) in enumerate(zip(rows, index.scan(passages), strict=True)):
        row = candidate.row
        key = row.kind, "".join(row.prompt[-1].content.split()), "".join(candidate.code.split())
        if key in seen:
            yield number, COPY
        elif matches:
            yield number, CONTAMINATED[matches[0].way]
        seen.add(key)


def _surplus_of_problems(
    rows: Sequence[CandidateRow], order: Iterable[int], per_problem: int
) -> dict[int, str]:
    counts: dict[tuple[Kind, str], int] = {}
    reasons = {}
    for number in order:
        row, rate = rows[number].row, rows[number].rate
        taken = counts.get((row.kind, row.problem), 0)
        if taken >= max(1, math.ceil(per_problem * (1 - rate))):
            reasons[number] = FULL
        else:
            counts[row.kind, row.problem] = taken + 1
    return reasons


def _text(row: TrainingRow | PreferenceRow) -> str:
    return "\n\n".join([*(message.content for message in row.prompt), *row.answers])


def _chance(candidate: CandidateRow, seed: int) -> str:
    """Return the place of a candidate in a random order."""
    return identity(str(seed), candidate.row.id)
