"""Reads one run for its report: configuration, counts of every problem, full trees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sharpen.estimate import Tree
from sharpen.journal.journal import Journal, Spent
from sharpen.journal.keys import is_same_model
from sharpen.journal.trees import RecordedConfig, grow, read_config
from sharpen.reports.repair.results import ProblemResult, problem_result
from sharpen.reports.words import added


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run as read.

    Attributes:
        path: its directory.
        config: as recorded.
        results: of every problem, in the benchmark's order.
        trees: of the finished problems, when trees are full.
        spent, models: from the journal.
    """

    path: Path
    config: RecordedConfig
    results: tuple[ProblemResult, ...]
    trees: Mapping[str, Tree]
    spent: Spent
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
        TruncatedTreesError: a collected run lacks rows.
    """
    config = read_config(run)
    results: list[ProblemResult] = []
    trees: dict[str, Tree] = {}
    full = config.method == "sample" or config.collect
    with Journal.read(run) as journal:
        errors = journal.outcomes(config.outcomes)
        for row in journal.problems():
            nodes, error = journal.nodes(row.id), errors.get(row.id)
            results.append(problem_result(row, nodes, error))
            if full and error == "":
                trees[row.id] = grow(nodes, config.size, run.name, row.id)
        return RunRecord(run, config, tuple(results), trees, journal.spent(), journal.models())


def baseline_of(record: RunRecord, records: Sequence[RunRecord]) -> RunRecord:
    """Return the largest sample run of the same model on some of the same problems, else itself."""

    def fits(other: RunRecord) -> bool:
        same = is_same_model(other.config.model, record.config.model) and all(
            getattr(other.config, name) == getattr(record.config, name)
            for name in ("benchmark", "temperature", "top_p", "max_tokens")
        )
        same = same and added(other.config.server) == added(record.config.server)
        common = len(record.trees.keys() & other.trees.keys()) >= max(1, len(record.trees) // 2)
        return same and common and other.config.method == "sample"

    larger = [other for other in records if fits(other) and other.config.n > record.config.size.n_p]
    return max(larger, key=lambda other: other.config.n, default=record)
