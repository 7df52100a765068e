"""All figures of a run, as plain data: what the terminal prints, the page draws and ``--json`` gives.

A run of full trees gets estimates for every smaller tree, compared with i.i.d. sampling: the samples that a
``repair`` run draws itself, or a ``sample`` run of the same model on the same benchmark that is given beside
it. A run that stopped at success gets plain counts only.
"""

import math
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import combinations, starmap
from pathlib import Path

from sharpen.estimate import IidBaseline, Tree
from sharpen.estimate.rounds import restarts
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.layout import Layout, Size
from sharpen.journal.rows import Spent
from sharpen.reports.comparison import (
    PairedDifference,
    at_equal_tokens,
    comparisons,
    human_and_model_feedback,
)
from sharpen.reports.figures import (
    RESAMPLES,
    RESAMPLES_OF_PART,
    Estimates,
    Rate,
    estimates,
    mean,
    mean_share,
    plain,
    repair_gain,
    share,
)
from sharpen.reports.repair.record import RunRecord, baseline_of, read
from sharpen.reports.repair.results import CompletionCounts, ProblemResult, RepairCounts, Status
from sharpen.types import Stage, VerdictKind


@dataclass(frozen=True, slots=True)
class RoundResult:
    """What a run has solved after one round of repairs.

    Attributes:
        label: the name of the round.
        solved: problems with a passing program by then.
        rate: their share of the finished problems.
        tokens: mean completion tokens per finished problem by then.
    """

    label: str
    solved: int
    rate: Rate
    tokens: float


@dataclass(frozen=True, slots=True)
class RoundOfRepairs:
    """The repairs of one round: those of programs, of repairs, of their repairs ...

    Attributes:
        number: 1 for repairs of first programs.
        sampled, passed: repairs.
        rate: passed over sampled.
        tokens: mean completion tokens of a repair with its share of the feedback.
    """

    number: int
    sampled: int
    passed: int
    rate: Rate
    tokens: float


@dataclass(frozen=True, slots=True)
class Restart:
    """A policy: repair at most so often, then start with a new program, up to the first success.

    Attributes:
        rounds: repairs of one program, one after another; 0 is i.i.d. sampling.
        programs: how many programs are started at most.
        rate: exact pass rate, the mean over all such chains in the recorded trees.
        tokens: expected completion tokens per problem.
    """

    rounds: int
    programs: int
    rate: Rate
    tokens: float


@dataclass(frozen=True, slots=True)
class RepairRate:
    """How often repairs pass: first round, passing over sampled.

    Attributes:
        label: the author of the feedback, or the kind of the failure.
        human: whether the author is a person.
        programs: failing programs that were repaired.
        sampled, passed: repairs.
        rate: passed over sampled.
    """

    label: str
    human: bool
    programs: int
    sampled: int
    passed: int
    rate: Rate


@dataclass(frozen=True, slots=True)
class LabelRate:
    """How often repairs pass after explanations with one label.

    Attributes:
        label: what people called them.
        explanations: how many have it; one may have several labels.
        sampled, passed: repairs.
        rate: passed over sampled.
    """

    label: str
    explanations: int
    sampled: int
    passed: int
    rate: Rate


@dataclass(frozen=True, slots=True)
class DifficultyResult:
    """Results on the problems of one difficulty; ``difference`` is repairs minus i.i.d. at equal tokens."""

    label: str
    problems: int
    first: Rate
    final: Rate
    repair: Rate
    difference: Rate


@dataclass(frozen=True, slots=True)
class Money:
    """What a run has cost, in USD, by the prices that were recorded with it.

    Attributes:
        usd: of all completions, also of problems that ended with an error.
        per_problem: over all problems that the run began.
        per_solved: over those with a passing program; NaN where there is none.
    """

    usd: float
    per_problem: float
    per_solved: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One run.

    Attributes:
        name, path: its directory.
        config: as recorded.
        layout: what its method declares about its rows.
        feedback: a sentence about the tests that feedback quotes.
        problems: results, in the benchmark's order.
        statuses: problems by status.
        pass_at_1: mean share of first programs that pass.
        rounds: solved problems by round, over the finished problems.
        difficulties: results by difficulty, when the benchmark has any.
        kinds: verdicts of first programs.
        passes_visible: failing programs that pass all visible tests.
        by_author, by_kind: success of first-round repairs.
        by_author_and_difficulty: the same crossed, as the paper's table 1; the labels are difficulties.
        by_label: success of repairs by label of the explanation, where people gave labels.
        decay: repairs by round, where there are several rounds.
        restarts: policies that start afresh after some rounds, where there are several.
        answers: completions by stage.
        trust: verdicts by trust grade.
        estimates: from full trees; None when the trees were cut short by success.
        by_difficulty: the same for the problems of each difficulty, where there are several.
        spent: everything the journal paid for.
        cost: in USD; None where no model had a price.
        models: identity by name.
    """

    name: str
    path: str
    config: RecordedConfig
    layout: Layout
    feedback: str
    problems: tuple[ProblemResult, ...]
    statuses: Mapping[Status, int]
    pass_at_1: Rate
    rounds: tuple[RoundResult, ...]
    difficulties: tuple[DifficultyResult, ...]
    kinds: Mapping[VerdictKind, int]
    passes_visible: int
    by_author: tuple[RepairRate, ...]
    by_kind: tuple[RepairRate, ...]
    by_author_and_difficulty: Mapping[str, tuple[RepairRate, ...]]
    by_label: tuple[LabelRate, ...]
    decay: tuple[RoundOfRepairs, ...]
    restarts: tuple[Restart, ...]
    answers: Mapping[Stage, CompletionCounts]
    trust: Mapping[str, int]
    estimates: Estimates | None
    by_difficulty: Mapping[str, Estimates]
    spent: Spent
    cost: Money | None
    models: Mapping[str, str]

    @property
    def finished(self) -> list[ProblemResult]:
        """The problems without an error: every rate is a mean over them."""
        return [problem for problem in self.problems if problem.status not in ("error", "unfinished")]

    def to_json(self) -> dict[str, object]:
        """Return it as plain data; an undefined figure is null."""
        data = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "config"}
        config: dict[str, object] = {"config": self.config.model_dump(mode="json")}
        return config | {name: plain(value) for name, value in data.items()}


@dataclass(frozen=True, slots=True)
class RepairReport:
    """One or more runs, and the differences between them.

    Attributes:
        runs: in the order given.
        equal_tokens: every pair of runs of full trees with common problems, at the same mean tokens.
        comparisons: every pair of runs with common problems, at full size.
        human_feedback: repairs after human feedback against repairs after models', on the same programs: by
            difficulty and overall, as in the paper's table; empty without.
    """

    runs: tuple[Summary, ...]
    equal_tokens: tuple[PairedDifference, ...]
    comparisons: tuple[PairedDifference, ...]
    human_feedback: Mapping[str, PairedDifference]

    def to_json(self) -> dict[str, object]:
        """Return it as plain data; an undefined figure is null."""
        between = {"equal_tokens": plain(self.equal_tokens), "comparisons": plain(self.comparisons)}
        between |= {"human_feedback": plain(self.human_feedback)}
        return {"runs": [run.to_json() for run in self.runs]} | between


def summarise(run: Path) -> Summary:
    """Return the figures of one run; its baseline is its own first programs.

    Raises:
        JournalError: the directory is not a run or cannot be read.
        TruncatedTreesError: a run of full trees lacks rows.
    """
    return summarise_all([run]).runs[0]


def summarise_all(runs: Sequence[Path]) -> RepairReport:
    """Return the figures of several runs and of their differences.

    A ``sample`` run is the baseline of every other run of its model on its benchmark.

    Raises:
        JournalError: a directory is not a run or cannot be read.
        TruncatedTreesError: a run of full trees lacks rows.
    """
    paths = tuple(Path(run).resolve() for run in runs)
    return _summarised(tuple(Path(run) for run in runs), tuple(map(_state, paths)))


def _state(run: Path) -> tuple[object, ...]:
    """Return what changes whenever a run does: its configuration, and the last checksum of its journal."""
    config = read_config(run, RecordedConfig)
    with Journal.read(run) as journal:
        seal = journal.last_seal or os.urandom(8)  # one from before there were checksums is read each time
        return config.model_dump_json(), seal


@lru_cache(maxsize=2)  # a command prints a report and writes its page: the figures are computed once
def _summarised(runs: tuple[Path, ...], states: tuple[object, ...]) -> RepairReport:  # noqa: ARG001
    records = [read(run) for run in runs]
    return RepairReport(
        runs=tuple(_summary(record, baseline_of(record, records)) for record in records),
        equal_tokens=tuple(filter(None, starmap(at_equal_tokens, combinations(records, 2)))),
        comparisons=tuple(comparisons(records)),
        human_feedback=human_and_model_feedback(records),
    )


def _cost(usd: float | None, problems: int, solved: int) -> Money | None:
    if usd is None:
        return None
    return Money(usd, usd / problems if problems else math.nan, usd / solved if solved else math.nan)


def _summary(record: RunRecord, baseline: RunRecord) -> Summary:
    done, layout = record.finished, record.layout
    solved = sum(result.status in ("solved", "repaired") for result in record.results)
    return Summary(
        name=record.name,
        path=str(record.path),
        config=record.config,
        layout=layout,
        feedback=feedback(layout, record.config.visible_tests),
        problems=record.results,
        statuses=Counter(result.status for result in record.results),
        pass_at_1=_pass_at_1(done, layout),
        rounds=_rounds(done),
        difficulties=_difficulties(record, baseline),
        kinds=sum((Counter(result.kinds) for result in done), Counter()),
        passes_visible=sum(result.passes_visible for result in done),
        by_author=_repair_rates(done, lambda repairs: (repairs.author, repairs.human)),
        by_kind=_repair_rates(done, lambda repairs: (repairs.kind, False)),
        by_author_and_difficulty=_crossed(done),
        by_label=_by_label(done),
        decay=_decay(done) if layout.rounds > 1 else (),
        restarts=_restarts(record),
        answers={stage: sum(parts, CompletionCounts()) for stage, parts in _by_stage(record.results).items()},
        trust=sum((Counter(result.trust) for result in record.results), Counter()),
        estimates=_estimates(record, baseline, [result.id for result in done]),
        by_difficulty=_by_difficulty(record, baseline),
        spent=record.spent,
        cost=_cost(record.usd, len(record.results), solved),
        models=record.models,
    )


def feedback(layout: Layout, visible_tests: str) -> str:
    """Return a sentence about the tests that feedback quotes."""
    match layout.feedback:
        case "none":
            return "No feedback: programs are independent samples; the hidden tests decide whether they pass."
        case "hidden":
            return "Feedback quotes the hidden tests, as in the self-repair paper."
        case "unknown":
            return "The hidden tests decide whether programs pass."
    shown = visible_tests.strip().rstrip(".")
    return (
        f"Feedback quotes visible tests only ({shown}); the hidden tests decide."
        if shown
        else "Feedback quotes visible tests only; the hidden tests decide."
    )


def _by_difficulty(record: RunRecord, baseline: RunRecord) -> dict[str, Estimates]:
    labels = list(dict.fromkeys(result.difficulty for result in record.finished if result.difficulty))
    if len(labels) < 2:
        return {}
    groups = {label: [r.id for r in record.finished if r.difficulty == label] for label in labels}
    estimates = {
        label: _estimates(record, baseline, problems, RESAMPLES_OF_PART) for label, problems in groups.items()
    }
    return {label: estimates for label, estimates in estimates.items() if estimates}


def _estimates(
    record: RunRecord, baseline: RunRecord, problems: Sequence[str], resamples: int = RESAMPLES
) -> Estimates | None:
    common = [problem for problem in problems if problem in record.trees and problem in baseline.trees]
    size = record.layout.size
    if size is None or not common:
        return None
    return estimates(*_stacked(record, baseline, common, size), baseline.name, common, resamples)


def _stacked(
    record: RunRecord, baseline: RunRecord, problems: Sequence[str], size: Size
) -> tuple[Tree, Size, IidBaseline]:
    trees = Tree.stack([record.trees[problem] for problem in problems])
    iid = Tree.stack([baseline.trees[problem] for problem in problems])
    further = [record.further[problem] for problem in problems] if record.further else []
    return trees, size, IidBaseline(Tree.of_programs(iid.passed, iid.tokens), further)


def _difference(record: RunRecord, baseline: RunRecord, results: Sequence[ProblemResult]) -> Rate:
    """Return repairs minus i.i.d. samples at equal tokens on some problems; undefined without full trees."""
    common = [r.id for r in results if r.id in record.trees and r.id in baseline.trees]
    size = record.layout.size
    if size is None or not size.n_f or not common:
        return mean([])
    return repair_gain(*_stacked(record, baseline, common, size)).difference


def _pass_at_1(done: Sequence[ProblemResult], layout: Layout) -> Rate:
    if not layout.all_count:  # how many programs there are depends on which passed
        return mean_share([result.first_passed for result in done if result.programs])
    return mean_share([result.programs_passed / result.programs for result in done if result.programs])


def _rounds(done: Sequence[ProblemResult]) -> tuple[RoundResult, ...]:
    most = max((len(result.tokens_by_round) for result in done), default=0)
    return tuple(_round(done, number) for number in range(most))


def _round(done: Sequence[ProblemResult], number: int) -> RoundResult:
    solved = [result.solved_at is not None and result.solved_at <= number for result in done]
    tokens = [sum(result.tokens_by_round[: number + 1]) for result in done]
    labels = {0: "first programs", 1: "after repair"}
    label = labels.get(number, f"after {number} rounds of repair")
    return RoundResult(label, sum(solved), mean_share(solved), sum(tokens) / len(tokens))


def _difficulties(record: RunRecord, baseline: RunRecord) -> tuple[DifficultyResult, ...]:
    done = record.finished
    labels = list(dict.fromkeys(result.difficulty for result in done if result.difficulty))
    return tuple(
        _group(label, [r for r in done if r.difficulty == label], record, baseline) for label in labels
    )


def _group(
    label: str, results: Sequence[ProblemResult], record: RunRecord, baseline: RunRecord
) -> DifficultyResult:
    return DifficultyResult(
        label=label,
        problems=len(results),
        first=_pass_at_1(results, record.layout),
        final=mean_share([result.solved_at is not None for result in results]),
        repair=_success([result.first_round for result in results]),
        difference=_difference(record, baseline, results),
    )


def _crossed(done: Sequence[ProblemResult]) -> dict[str, tuple[RepairRate, ...]]:
    """Return repairs by author of the feedback at each difficulty and over all; empty with one of them."""
    labels = list(dict.fromkeys(result.difficulty for result in done if result.difficulty))
    if len(labels) < 2:
        return {}
    groups = {label: [result for result in done if result.difficulty == label] for label in labels}
    return {
        label: _repair_rates(group, lambda repairs: (repairs.author, repairs.human))
        for label, group in [*groups.items(), ("all", list(done))]
    }


def _decay(done: Sequence[ProblemResult]) -> tuple[RoundOfRepairs, ...]:
    most = max((len(result.by_round) for result in done), default=0)
    return tuple(
        _decayed([r.by_round[i] if i < len(r.by_round) else (0, 0, 0) for r in done], i) for i in range(most)
    )


def _decayed(counts: Sequence[tuple[int, int, int]], number: int) -> RoundOfRepairs:
    sampled, passed, tokens = (list(column) for column in zip(*counts, strict=True))
    mean_tokens = sum(tokens) / sum(sampled) if sum(sampled) else math.nan
    return RoundOfRepairs(number + 1, sum(sampled), sum(passed), share(passed, sampled), mean_tokens)


def _restarts(record: RunRecord) -> tuple[Restart, ...]:
    """Return policies with one program and with all, for every number of rounds."""
    size = record.layout.size
    if size is None or not record.attempts:
        return ()
    points = restarts(list(record.attempts.values()), record.layout.rounds, size.n_p)
    return tuple(
        Restart(
            rounds,
            programs,
            mean_share(points.pass_rate[:, rounds, programs - 1].tolist()),
            float(points.tokens[:, rounds, programs - 1].mean()),
        )
        for programs in dict.fromkeys((1, size.n_p))
        for rounds in range(record.layout.rounds + 1)
    )


def _repair_rates(
    done: Sequence[ProblemResult], key: Callable[[RepairCounts], tuple[str, bool]]
) -> tuple[RepairRate, ...]:
    keys = dict.fromkeys(key(repairs) for result in done for repairs in result.first_round)
    rates = []
    for label, human in keys:
        groups = [[r for r in result.first_round if key(r) == (label, human)] for result in done]
        flat = [repairs for group in groups for repairs in group]
        sampled, passed = sum(r.sampled for r in flat), sum(r.passed for r in flat)
        rates.append(RepairRate(label, human, len(flat), sampled, passed, _success(groups)))
    return tuple(sorted(rates, key=lambda rate: -rate.sampled))


def _by_label(done: Sequence[ProblemResult]) -> tuple[LabelRate, ...]:
    labels = dict.fromkeys(counts.label for result in done for counts in result.labels)
    rates = []
    for label in labels:
        groups = [[counts for counts in result.labels if counts.label == label] for result in done]
        sampled = [sum(counts.sampled for counts in group) for group in groups]
        passed = [sum(counts.passed for counts in group) for group in groups]
        rates.append(
            LabelRate(label, sum(map(len, groups)), sum(sampled), sum(passed), share(passed, sampled))
        )
    return tuple(sorted(rates, key=lambda rate: -rate.explanations))


def _success(groups: Sequence[Sequence[RepairCounts]]) -> Rate:
    """Return passing over sampled repairs, given those of each problem."""
    passed = [sum(repairs.passed for repairs in group) for group in groups]
    return share(passed, [sum(repairs.sampled for repairs in group) for group in groups])


def _by_stage(results: Sequence[ProblemResult]) -> dict[Stage, list[CompletionCounts]]:
    stages: dict[Stage, list[CompletionCounts]] = {}
    for result in results:
        for stage, answers in result.answers.items():
            stages.setdefault(stage, []).append(answers)
    return stages
