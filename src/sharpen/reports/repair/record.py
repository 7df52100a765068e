"""Reads one run for its report: configuration, counts of every problem, full trees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sharpen import prices
from sharpen.estimate import Samples, Tree
from sharpen.estimate.rounds import ChainProgram
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.keys import is_same_model
from sharpen.journal.layout import Layout
from sharpen.journal.rows import Spent
from sharpen.journal.trees import attempts, further_samples, grow_all
from sharpen.registry import layout_of
from sharpen.reports.repair.results import ProblemResult, problem_result
from sharpen.reports.words import added
from sharpen.types import Node


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as read.

    Attributes:
        path: its directory.
        config: as recorded.
        layout: what its method declares about its rows.
        results: of every problem, in the benchmark's order.
        trees: of the finished problems, when trees are full.
        attempts: the same problems with the repairs of every round; empty where there is one round.
        further: the i.i.d. samples after the first programs of the same problems; empty where there are none.
        spent, models: from the journal.
        usd: what the completions cost; None where no model had a price.
    """

    path: Path
    config: RecordedConfig
    layout: Layout
    results: tuple[ProblemResult, ...]
    trees: Mapping[str, Tree]
    attempts: Mapping[str, Sequence[ChainProgram]]
    further: Mapping[str, Samples]
    spent: Spent
    usd: float | None
    models: Mapping[str, str]

    @property
    def name(self) -> str:
        """The directory's own name."""
        return self.path.resolve().name

    @property
    def finished(self) -> list[ProblemResult]:
        """The problems without an error: every rate is a mean over them."""
        return [result for result in self.results if result.status not in ("error", "unfinished")]


def read(run: Path) -> RunRecord:
    """Read one run.

    Raises:
        JournalError: the directory is not a run or cannot be read.
        TruncatedTreesError: a run of full trees lacks rows.
    """
    config, layout = read_config(run, RecordedConfig), layout_of(run)
    results: list[ProblemResult] = []
    done: dict[str, Sequence[Node]] = {}
    with Journal.read(run) as journal:
        errors = journal.outcomes(config.outcomes)
        for row in journal.problems():
            nodes, error = journal.nodes(row.id, prompts=False), errors.get(row.id)
            results.append(problem_result(row, nodes, error))
            if layout.size and error == "":
                done[row.id] = nodes
        spent, models = journal.spent(), journal.models()
        known = prices.recorded(config.prices)
        usd = prices.cost(known, journal.tokens_by_model()) if known else None
    trees: dict[str, Tree] = {}
    rounds: dict[str, Sequence[ChainProgram]] = {}
    further: dict[str, Samples] = {}
    if layout.size and done:
        trees, size = grow_all(done, layout.size, run.name, people=bool(layout.stopped))
        layout = replace(layout, size=size)
        if layout.rounds > 1:
            rounds = {problem: attempts(nodes) for problem, nodes in done.items()}
        if layout.baseline:
            further = {problem: further_samples(nodes, size) for problem, nodes in done.items()}
    return RunRecord(run, config, layout, tuple(results), trees, rounds, further, spent, usd, models)


def baseline_of(record: RunRecord, records: Sequence[RunRecord]) -> RunRecord:
    """Return the largest run of independent programs of the same model on the same problems, else itself.

    A run that has drawn its own baseline is compared with that, which shares its first programs.
    """
    if record.further:
        return record

    def fits(other: RunRecord) -> bool:
        same = is_same_model(other.config.model, record.config.model) and all(
            getattr(other.config, name, None) == getattr(record.config, name, None)
            for name in ("benchmark", "temperature", "top_p", "max_tokens")
        )
        same = same and added(other.config.server) == added(record.config.server)
        common = len(record.trees.keys() & other.trees.keys()) >= max(1, len(record.trees) // 2)
        return same and common and other.layout.independent

    larger = [other for other in records if fits(other) and _programs(other) > _programs(record)]
    return max(larger, key=_programs, default=record)


def _programs(record: RunRecord) -> int:
    return record.layout.size.n_p if record.layout.size else 0
