"""Reads a Reflexion run, problem by problem: attempts, rewards, tokens and the submitted program."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.rows import ProblemRow, Spent
from sharpen.types import Node, Observer


class TrialsConfig(RecordedConfig):
    """What the report of trials reads of ``config.json``."""

    strategy: str = ""
    trials: int = 1
    memory: int | None = None
    oracle: str = "none"
    evaluator: str = "tests"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One trial.

    Attributes:
        number: from 0.
        success: by the hidden tests, or by the environment's reward where no program is written.
        reward: the loop's feedback, from the model's own tests or the environment; None without any.
        tokens: completion tokens of the problem up to and with this trial.
        halted: why the heuristic ended it; empty when it did not.
    """

    number: int
    success: bool
    reward: float | None
    tokens: int
    halted: str = ""


@dataclass(frozen=True, slots=True)
class ProblemTrials:
    """One problem of one run.

    Attributes:
        id, difficulty: as the benchmark gives them.
        status: ``solved``, ``failed``, ``error`` or ``unfinished``; the last two count in no rate.
        error: why it could not be finished.
        attempts: in order.
        chosen: the submitted attempt; the last one where the strategy submits none.
        independent: whether the attempts are independent draws of one prompt (``simple``).
        tests_right: whether the reference program passes the model's tests (``test-acc``); else None.
        score: the finer figure of the last trial (F1), 0 where it gave no answer; None where there is none.
    """

    id: str
    difficulty: str
    status: str
    error: str
    attempts: tuple[Attempt, ...]
    chosen: int
    independent: bool = False
    tests_right: bool | None = None
    score: float | None = None

    @property
    def final(self) -> Attempt:
        """The submitted attempt."""
        return self.attempts[self.chosen]


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One Reflexion run as read.

    Attributes:
        path: its directory.
        config: as recorded.
        programs: whether programs were written, so that own tests and hidden tests differ.
        problems: all, in the benchmark's order.
        spent, models: from the journal.
    """

    path: Path
    config: TrialsConfig
    programs: bool
    problems: tuple[ProblemTrials, ...]
    spent: Spent
    models: dict[str, str]

    @property
    def name(self) -> str:
        """The directory's own name."""
        return self.path.resolve().name

    @property
    def finished(self) -> list[ProblemTrials]:
        """The problems without an error: every rate is a mean over them."""
        return [problem for problem in self.problems if problem.status in ("solved", "failed")]


def read(run: Path) -> TrialRecord:
    """Read one Reflexion run.

    Raises:
        JournalError: the directory is not a run or cannot be read.
    """
    config = read_config(run, TrialsConfig)
    with Journal.read(run) as journal:
        errors = journal.outcomes(config.outcomes)
        problems, programs = [], False
        for row in journal.problems():
            nodes = journal.nodes(row.id)
            programs = programs or any(node.verdict for node in nodes)
            independent = config.strategy == "simple"
            problems.append(problem_trials(row, nodes, errors.get(row.id), independent=independent))
        return TrialRecord(run, config, programs, tuple(problems), journal.spent(), journal.models())


def problem_trials(
    row: ProblemRow, nodes: Sequence[Node], error: str | None, *, independent: bool
) -> ProblemTrials:
    """Return one problem's attempts.

    Args:
        row: the problem.
        nodes: its rows.
        error: its outcome: empty when it went well, None when it is not finished.
        independent: whether the attempts are draws of one prompt; then any that passes solves the problem.
    """
    attempts = _attempts(nodes)
    submissions = [node for node in nodes if node.stage == "submission"]
    submitted = [node.index for node in submissions if node.reward is None]
    scores = {node.index: node.reward for node in submissions if node.reward is not None}
    chosen = submitted[-1] if submitted else len(attempts) - 1
    scored = attempts if independent else attempts[chosen : chosen + 1]
    solved = any(attempt.success for attempt in scored)
    judged = [node.reward for node in nodes if node.stage == "observation" and node.reward is not None]
    accuracy = not attempts and bool(judged)
    status = "unfinished" if error is None else "error" if error else "solved" if solved else "failed"
    return ProblemTrials(
        id=row.id,
        difficulty=row.difficulty,
        status=status,
        error=error or "",
        attempts=attempts,
        chosen=chosen,
        independent=independent,
        tests_right=judged[0] == 1 if accuracy else None,
        score=scores.get(attempts[-1].number, 0.0) if scores and attempts else None,
    )


def _attempts(nodes: Sequence[Node]) -> tuple[Attempt, ...]:
    """Return the attempts, numbered by trial: a program, or an evaluated trajectory."""
    programs = {node.index: node for node in nodes if node.stage in ("program", "repair")}
    outcomes = {
        node.index: node
        for node in nodes
        if node.stage == "observation" and node.author != Observer.NO_TESTS and node.reward is not None
    }
    numbers = sorted(programs) if programs else sorted(outcomes) if _acts(nodes) else []
    attempts = []
    for number in numbers:
        outcome = outcomes.get(number)
        program = programs.get(number)
        attempts.append(
            Attempt(
                number=number,
                success=program.passed if program else bool(outcome and outcome.reward == 1),
                reward=outcome.reward if outcome else None,
                tokens=sum(node.tokens for node in nodes if node.index <= number),
                halted=outcome.text if outcome and outcome.author == Observer.HEURISTIC else "",
            )
        )
    return tuple(attempts)


def _acts(nodes: Sequence[Node]) -> bool:
    return any(node.stage == "action" for node in nodes)
