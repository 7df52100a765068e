"""The figures of runs of ``align`` as plain data, read from their journals and stage files."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.rows import Spent
from sharpen.reports.figures import Rate, mean_share, plain
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import Instruction
from sharpen.selfcodealign.stage_files import Funnel
from sharpen.types import Node

STAGES = ("concepts", "instructions", "responses", "rows", "dataset")
"""The stage files of a run, in their order."""
DRAWN = {
    "docstring": "concepts",
    "concepts": "concepts",
    "instruction": "instructions",
    "response": "responses",
}
"""The stage of each kind of row in the journal."""


class AlignConfig(RecordedConfig):
    """What the report of a data set reads of ``config.json``."""

    n: int
    shots: int
    response_shots: int
    example_sets: int = 0
    completion: bool
    temperature: float | None
    seed: int | None


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one stage: completions and their tokens."""

    stage: str
    answers: int
    tokens: int


@dataclass(frozen=True, slots=True)
class TaskKind:
    """Responses to tasks of one category or difficulty, and how many pass their own tests."""

    label: str
    tasks: int
    responses: int
    passed: int


@dataclass(frozen=True, slots=True)
class AlignSummary:
    """One run.

    Attributes:
        name, path: its directory.
        config: as recorded.
        seeds: how many the run has.
        unfinished: seeds that are unfinished or ended with an error.
        funnels: rows in and out of each stage, in order.
        passing: share of the responses that pass their own tests, a mean over tasks with its interval.
        solved: tasks with a response that passes its own tests.
        kinds: the same by category and by difficulty.
        verdicts: responses by verdict.
        costs: by stage.
        spent: the total.
    """

    name: str
    path: str
    config: AlignConfig
    seeds: int
    unfinished: int
    funnels: tuple[Funnel, ...]
    passing: Rate
    solved: int
    kinds: tuple[TaskKind, ...]
    verdicts: Mapping[str, int]
    costs: tuple[Cost, ...]
    spent: Spent

    def to_json(self) -> dict[str, object]:
        """Return plain data."""
        values = {
            each.name: plain(getattr(self, each.name)) for each in fields(self) if each.name != "config"
        }
        return {**values, "config": self.config.model_dump()}


def summarise(run: Path) -> AlignSummary:
    """Return the figures of the run in the directory ``run``.

    Raises:
        JournalError: it is not a run of ``align`` or cannot be read.
        DataError: a stage file is damaged.
    """
    config = read_config(run, AlignConfig)
    with Journal.read(run) as journal:
        outcomes = journal.outcomes(config.outcomes)
        seeds = [row.id for row in journal.problems()]
        costs: dict[str, Counter[str]] = {name: Counter() for name in DRAWN.values()}
        answers: dict[str, list[Node]] = {}
        for seed in seeds:
            nodes = journal.nodes(seed)
            answers[seed] = responses_of(nodes, config.n)
            for node in nodes:
                costs[DRAWN[node.stage]] += Counter(answers=1, tokens=node.tokens)
        spent = journal.spent()
    answered = {seed: nodes for seed, nodes in answers.items() if nodes}
    rates = [sum(node.passed for node in nodes) / len(nodes) for nodes in answered.values()]
    return AlignSummary(
        name=run.resolve().name,
        path=str(run),
        config=config,
        seeds=len(seeds),
        unfinished=sum(outcomes.get(seed) != "" for seed in seeds),
        funnels=tuple(funnels(run, Path(config.benchmark))),
        passing=mean_share(rates),
        solved=sum(map(bool, rates)),
        kinds=tuple(_kinds(run, answered)),
        verdicts=dict(Counter(_verdict(node) for nodes in answered.values() for node in nodes)),
        costs=tuple(Cost(name, each["answers"], each["tokens"]) for name, each in costs.items()),
        spent=spent,
    )


def funnels(run: Path, seeds: Path) -> Iterator[Funnel]:
    """Yield the funnel of each finished stage; that of the seeds is beside the seed file."""
    for path in (seeds, *(run / f"{name}.jsonl" for name in STAGES)):
        if path.with_suffix(".funnel.json").exists():
            yield stage_files.read_funnel(path)


def responses_of(nodes: Sequence[Node], n: int) -> list[Node]:
    """Return the first ``n`` responses among a seed's rows, in order."""
    return [node for node in nodes if node.stage == "response" and node.index < n]


def _verdict(node: Node) -> str:
    return node.verdict.kind if node.verdict else "not run"


def _kinds(run: Path, answered: Mapping[str, Sequence[Node]]) -> Iterator[TaskKind]:
    path = run / "instructions.jsonl"
    tasks = (
        [row for row in stage_files.read(path, Instruction) if row.seed in answered] if path.exists() else []
    )
    for labels in (("function", "class", "program"), ("easy", "medium", "hard")):
        for label in labels:
            seeds = [task.seed for task in tasks if label in (task.category, task.difficulty)]
            nodes = [node for seed in seeds for node in answered[seed]]
            yield TaskKind(label, len(seeds), len(nodes), sum(node.passed for node in nodes))
