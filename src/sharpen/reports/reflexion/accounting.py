"""The figures of Reflexion runs: success by trial, three accountings, and how reliable own tests are.

An accounting says when a chain of attempts ends and which of its programs is scored. There are three:

- ``self_tests``: stops when the model's own tests pass; its final program is scored. This is pass@1 without
  an oracle.
- ``oracle_first``: the hidden tests decide about the first program: where it passes, the chain ends; where it
  fails, it is reflected on, whatever the model's own tests say. Only a run with ``--oracle first`` has it,
  because a chain that ended otherwise does not say what would have come next.
- ``oracle_every``: any program that passes the hidden tests ends the chain and is scored: the best of the
  chain that the run has.

Each is compared with i.i.d. sampling at equal tokens (:mod:`sharpen.reports.reflexion.equal_tokens`).
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.registry import method
from sharpen.reports.figures import Rate, mean, mean_share, plain
from sharpen.reports.reflexion import trials
from sharpen.reports.reflexion.equal_tokens import (
    UNDEFINED,
    Baseline,
    ProgramsDrawn,
    TokenPoint,
    at_equal_tokens,
    curve,
    sampled,
    simple,
    unless_the_first_passes,
    until_one_passes,
    whatever_passes,
)
from sharpen.reports.reflexion.self_test_counts import SelfTestCounts, self_test_counts
from sharpen.reports.reflexion.trials import ProblemTrials, TrialRecord
from sharpen.reports.repair import record

Accounting = Literal["self_tests", "oracle_first", "oracle_every"]
ACCOUNTINGS: tuple[Accounting, ...] = get_args(Accounting)
LOOPS = ("reflexion", "immediate-reflexion", "immediate-refinement", "self-debug", "self-debug-trace")
"""Strategies whose attempts follow one another, so that they could have ended at any of them."""

Result = tuple[float, float]
"""Success on one problem, 0 to 1, and the completion tokens that it took."""


@dataclass(frozen=True, slots=True)
class AccountingLine:
    """A figure with its cost, and i.i.d. sampling at the same cost.

    Attributes:
        label: the accounting.
        rate: share of problems.
        tokens: mean completion tokens per problem.
        k: how many i.i.d. programs cost the same, with the same rule for an early end; NaN without a
            baseline, or where one program costs more.
        iid: their pass@k; NaN likewise.
        gap: the paired difference of the two.
        exhausted: whether the baseline ran out of samples; then the difference is at most ``gap``.
    """

    label: Accounting
    rate: Rate
    tokens: float
    k: float
    iid: Rate
    gap: Rate
    exhausted: bool = False


@dataclass(frozen=True, slots=True)
class TrialSummary:
    """One Reflexion run.

    Attributes:
        record: as read.
        by_trial: share of problems with a success up to each trial: the paper's curve.
        by_trial_self: share whose last program up to each trial passes, by the accounting by which the run's
            chains ended; only for strategies that loop.
        lines: the accountings; empty where no programs are written.
        submitted_tests, all_tests: own tests against hidden tests, for the submitted program of each
            problem and for every program; empty where no programs are written.
        tests_right: problems whose reference program passes the model's tests, and how many there are
            (test-acc).
        score: mean finer figure of the last trial (F1), where the environment gives one; n is 0 without.
        halted: how often the heuristic ended a trial, by reason.
        baseline: where i.i.d. samples are from; empty without.
        against_tokens: for programs, each accounting by trial, against what it cost.
        iid: pass@k of the baseline against the tokens of sampling until one passes.
    """

    record: TrialRecord
    by_trial: tuple[Rate, ...]
    by_trial_self: tuple[Rate, ...]
    lines: tuple[AccountingLine, ...]
    submitted_tests: SelfTestCounts
    all_tests: SelfTestCounts
    tests_right: tuple[int, int]
    score: Rate
    halted: Mapping[str, int]
    baseline: str
    against_tokens: Mapping[Accounting, tuple[TokenPoint, ...]]
    iid: tuple[TokenPoint, ...]

    def to_json(self) -> dict[str, object]:
        """Return plain data; an undefined figure is null."""
        own = {name: getattr(self, name) for name in self.__slots__ if name != "record"}
        head = {"name": self.record.name, "config": self.record.config.model_dump(mode="json")}
        shares = {
            "submitted_tests_shares": self.submitted_tests.shares,
            "all_tests_shares": self.all_tests.shares,
        }
        facts = {"problems": self.record.problems, "spent": self.record.spent, "models": self.record.models}
        return head | {name: plain(value) for name, value in (own | shares | facts).items()}


@dataclass(frozen=True, slots=True)
class SuccessDifference:
    """Two runs on their common problems: final success and the paired difference a - b."""

    a: str
    b: str
    rate_a: Rate
    rate_b: Rate
    gap: Rate


def summarise(runs: Sequence[Path]) -> tuple[tuple[TrialSummary, ...], tuple[SuccessDifference, ...]]:
    """Return the figures of Reflexion runs and of their differences; other runs are i.i.d. baselines.

    Raises:
        JournalError: a directory is not a run or cannot be read.
    """
    kinds = {run: method(read_config(run, RecordedConfig).method).kind for run in runs}
    records = [trials.read(run) for run in runs if kinds[run] == "trials"]
    others = [record.read(run) for run in runs if kinds[run] == "programs"]
    baselines = [sampled(other) for other in others if other.layout.independent]
    baselines += [simple(one) for one in records if one.config.strategy == "simple"]
    summaries = tuple(_summary(one, baselines) for one in records)
    return summaries, tuple(_pairs(records))


def _summary(one: TrialRecord, baselines: Sequence[Baseline]) -> TrialSummary:
    done = [problem for problem in one.finished if problem.attempts]
    every = [attempt for problem in done for attempt in problem.attempts]
    accuracy = [problem.tests_right for problem in one.finished if problem.tests_right is not None]
    others = [other for other in baselines if other.name != one.name]
    baseline = max(others, key=lambda other: sum(other.drawn.values()), default=None)
    length = max((len(problem.attempts) for problem in done), default=0)
    loops = one.programs and one.config.strategy in LOOPS
    return TrialSummary(
        record=one,
        by_trial=tuple(mean_share([_any(p, t) for p in done]) for t in range(length)),
        by_trial_self=tuple(mean_share([_last(p, t) for p in done]) for t in range(length)) if loops else (),
        lines=tuple(line(done, label, baseline) for label in own(one)) if one.programs and done else (),
        submitted_tests=self_test_counts([problem.final for problem in done] if one.programs else []),
        all_tests=self_test_counts(every if one.programs else []),
        tests_right=(sum(accuracy), len(accuracy)),
        score=mean([p.score or 0.0 for p in done] if any(p.score is not None for p in done) else []),
        halted=Counter(attempt.halted for attempt in every if attempt.halted),
        baseline=baseline.name if baseline and one.programs else "",
        against_tokens=_against_tokens(done, length, own(one) if loops else own(one)[1:])
        if one.programs
        else {},
        iid=curve(baseline) if baseline and one.programs else (),
    )


def own(one: TrialRecord) -> tuple[Accounting, Accounting]:
    """Return the accountings that a run's chains have: that by which they ended, and their best program."""
    return "oracle_first" if one.config.oracle == "first" else "self_tests", "oracle_every"


def _against_tokens(
    done: Sequence[ProblemTrials], length: int, names: Sequence[Accounting]
) -> dict[Accounting, tuple[TokenPoint, ...]]:
    """Return each accounting's figure after each trial; strategies that do not loop have only the best."""
    return {name: tuple(_point(done, name, trial) for trial in range(length)) for name in names}


def _point(done: Sequence[ProblemTrials], name: Accounting, trial: int) -> TokenPoint:
    results = [_ACCOUNTS[name](cut_short(problem, trial)) for problem in done]
    return TokenPoint(
        sum(cost for _, cost in results) / len(results),
        mean_share([float(success) for success, _ in results]),
    )


def cut_short(problem: ProblemTrials, trial: int) -> ProblemTrials:
    """Return the problem as it was after ``trial``, with its last program submitted."""
    attempts = problem.attempts[: trial + 1]
    return replace(problem, attempts=attempts, chosen=len(attempts) - 1)


def line(done: Sequence[ProblemTrials], label: Accounting, baseline: Baseline | None) -> AccountingLine:
    """Return one accounting with i.i.d. sampling at equal tokens."""
    account = _ACCOUNTS[label]
    results = [account(problem) for problem in done]
    rates = [float(success) for success, _ in results]
    tokens = sum(cost for _, cost in results) / len(results)
    if baseline is None:
        return AccountingLine(label, mean_share(rates), tokens, math.nan, UNDEFINED, UNDEFINED)
    baseline_result = at_equal_tokens(
        baseline, {p.id: r for p, r in zip(done, results, strict=True)}, _DRAWN[label]
    )
    return AccountingLine(
        label,
        mean_share(rates),
        tokens,
        baseline_result.k,
        baseline_result.iid,
        baseline_result.gap,
        baseline_result.exhausted,
    )


def self_tests(problem: ProblemTrials) -> Result:
    """Return whether the submitted program passes, and the tokens of all that was drawn.

    Independent attempts submit no particular one: their mean counts (pass@1).
    """
    if problem.independent:
        n = len(problem.attempts)
        return sum(attempt.success for attempt in problem.attempts) / n, problem.attempts[-1].tokens / n
    return problem.final.success, problem.attempts[-1].tokens


def oracle_every(problem: ProblemTrials) -> Result:
    """Return the same, where any program that passes ends the chain."""
    right = [attempt for attempt in problem.attempts if attempt.success]
    return (True, right[0].tokens) if right else (False, problem.attempts[-1].tokens)


_ACCOUNTS: Mapping[Accounting, Callable[[ProblemTrials], Result]] = {
    "self_tests": self_tests,
    "oracle_first": self_tests,  # of chains that ended by the gate
    "oracle_every": oracle_every,
}

_DRAWN: Mapping[Accounting, ProgramsDrawn] = {
    "self_tests": whatever_passes,
    "oracle_first": unless_the_first_passes,
    "oracle_every": until_one_passes,
}
"""The same rule for i.i.d. sampling, by accounting."""


def _any(problem: ProblemTrials, trial: int) -> bool:
    return any(attempt.success for attempt in problem.attempts[: trial + 1])


def _last(problem: ProblemTrials, trial: int) -> bool:
    return problem.attempts[: trial + 1][-1].success


def _pairs(records: Sequence[TrialRecord]) -> list[SuccessDifference]:
    pairs = []
    for i, a in enumerate(records):
        for b in records[i + 1 :]:
            left, right = ({p.id: self_tests(p)[0] for p in r.finished if p.attempts} for r in (a, b))
            common = [name for name in left if name in right]
            if common and a.config.benchmark == b.config.benchmark:
                ours, theirs = ([side[name] for name in common] for side in (left, right))
                gap = mean([x - y for x, y in zip(ours, theirs, strict=True)])
                pairs.append(SuccessDifference(a.name, b.name, mean_share(ours), mean_share(theirs), gap))
    return pairs
