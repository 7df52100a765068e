"""The figures of runs of ``structure`` as plain data, read from their journals."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean, stdev

from pydantic import TypeAdapter

from sharpen.errors import JournalError, UsageError
from sharpen.graphs import checker
from sharpen.graphs.codec import decode, format_of
from sharpen.graphs.formats.base import Decoded
from sharpen.graphs.graph import Graph, Task
from sharpen.graphs.retrieval import END
from sharpen.graphs.score import GraphScore, baseline_answers, score
from sharpen.journal.directory import RecordedConfig, read_config
from sharpen.journal.journal import Journal
from sharpen.journal.rows import ProblemRow, Spent
from sharpen.reports.comparison import PairedDifference
from sharpen.reports.figures import Rate, mean, plain
from sharpen.types import Node, Prompt

_TASK: TypeAdapter[Task] = TypeAdapter(Task)


class StructureConfig(RecordedConfig):
    """What the report of graphs reads of ``config.json``."""

    shots: int
    choose: str
    completion: bool
    constrained: bool
    best_of: int
    repairs: int
    temperature: float | None
    seed: int | None


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """A run's answer to one item.

    Attributes:
        id: the item's.
        reference: the right graph.
        decoded: the graph that was read, or why there is none.
        faults: the rules that it breaks, one per line (see :mod:`sharpen.graphs.validate`).
        code: the text that the graph was read from.
        drafts: how many were sampled.
        shown: solved examples that the first draft's prompt showed.
        tokens: completion tokens of all drafts.
    """

    id: str
    reference: Graph
    decoded: Decoded
    faults: str
    code: str
    drafts: int
    shown: int
    tokens: int


@dataclass(frozen=True, slots=True)
class BaselineFigures:
    """The figures of answers made without a model.

    Attributes:
        figures: by name, as means over draws where they are random.
        items: the figure by which runs are compared, of each item, as a mean over draws.
    """

    figures: Mapping[str, float]
    items: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class StructureSummary:
    """One run.

    Attributes:
        name, path: its directory.
        config: as recorded.
        task, format: the task, and the format of graphs.
        answers: to the finished items, in the benchmark's order.
        unfinished: items without an answer yet, or with an error.
        score: of the answers.
        headline: the mean of the figure by which runs are compared, with its interval over items.
        statuses: answers by how they were read.
        valid: answers that break no rule.
        baselines: answers to the same items made without a model, by name.
        spent: the cost of the whole journal.
    """

    name: str
    path: str
    config: StructureConfig
    task: Task
    format: str
    answers: tuple[ItemAnswer, ...]
    unfinished: int
    score: GraphScore
    headline: Rate
    statuses: Mapping[str, int]
    valid: int
    baselines: Mapping[str, BaselineFigures]
    spent: Spent

    @property
    def shown(self) -> Mapping[int, int]:
        """How many items were asked with how many examples, the usual number first."""
        return dict(Counter(answer.shown for answer in self.answers).most_common())

    @property
    def tokens(self) -> float:
        """Mean completion tokens an item."""
        return sum(answer.tokens for answer in self.answers) / max(1, len(self.answers))


@dataclass(frozen=True, slots=True)
class PooledSeeds:
    """Runs that differ in nothing but their seed.

    Attributes:
        runs: their names.
        figures: by name, the mean over runs and the standard deviation (with n - 1).
    """

    runs: tuple[str, ...]
    figures: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class StructureReport:
    """Runs of one task, each compared with the baselines and with every other run.

    Attributes:
        runs: in the order given.
        comparisons: of runs with baselines and with each other, on common items.
        pooled: seeds of one configuration together, where there are several.
        uneven: sentences about compared runs whose prompts show different numbers of examples.
    """

    runs: tuple[StructureSummary, ...]
    comparisons: tuple[PairedDifference, ...]
    pooled: tuple[PooledSeeds, ...]
    uneven: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return it as plain data; an undefined figure is null."""
        return {
            "runs": [{"config": run.config.model_dump(), **_plain(run)} for run in self.runs],
            "comparisons": plain(self.comparisons),
            "pooled": plain(self.pooled),
            "uneven": list(self.uneven),
        }


def _plain(run: StructureSummary) -> dict[str, object]:
    names = ("name", "path", "unfinished", "score", "headline", "statuses", "valid", "baselines", "spent")
    values = {name: plain(getattr(run, name)) for name in names}
    return values | {"tokens": plain(run.tokens), "shown": plain(run.shown)}


def summarise(runs: Sequence[Path]) -> StructureReport:
    """Return the figures of runs of one task.

    Raises:
        JournalError: a directory is not a run of ``structure`` or cannot be read.
        UsageError: the runs are of several tasks.
    """
    read = tuple(_read(Path(run)) for run in runs)
    if len(tasks := {run.task for run in read}) > 1:
        raise UsageError(f"{' and '.join(sorted(tasks))} have no common figure: report them one at a time")
    return StructureReport(read, tuple(_comparisons(read)), tuple(_pooled(read)), tuple(_uneven(read)))


def _read(run: Path) -> StructureSummary:
    config = read_config(run, StructureConfig)
    with Journal.read(run) as journal:
        errors = journal.outcomes(config.outcomes)
        rows = list(journal.problems())
        if not rows:
            raise JournalError(f"{run} holds no item yet, so there is nothing to report")
        done = [row for row in rows if errors.get(row.id) == ""]
        answers = tuple(_answer(row, journal.nodes(row.id)) for row in done)
        spent = journal.spent()
    reference = [answer.reference for answer in answers]
    task = _TASK.validate_python(rows[0].provenance["task"])
    scored = score(task, [answer.decoded.graph for answer in answers], reference)
    return StructureSummary(
        name=run.resolve().name,
        path=str(run),
        config=config,
        task=task,
        format=rows[0].provenance["format"],
        answers=answers,
        unfinished=len(rows) - len(done),
        score=scored,
        headline=mean(scored.items),
        statuses=Counter(answer.decoded.status for answer in answers),
        valid=sum(not answer.faults for answer in answers),
        baselines=_baselines(task, reference),
        spent=spent,
    )


def _answer(row: ProblemRow, nodes: Sequence[Node]) -> ItemAnswer:
    form = format_of(_TASK.validate_python(row.provenance["task"]), row.provenance["format"])
    chosen = choose(nodes)
    assert chosen.program is not None
    return ItemAnswer(
        id=row.id,
        reference=checker.load(row.provenance["gold"]),
        decoded=decode(chosen.program.code, form),
        faults=chosen.shown.message if chosen.shown else "",
        code=chosen.program.code,
        drafts=len(nodes),
        shown=shown_examples(nodes[0].prompt),
        tokens=sum(node.tokens for node in nodes),
    )


def shown_examples(prompt: Prompt) -> int:
    """Return how many solved examples a first draft's prompt shows."""
    if isinstance(prompt, str):
        return prompt.count(f"\n{END}\n")
    return sum(message.role == "assistant" for message in prompt)


def choose(drafts: Sequence[Node]) -> Node:
    """Return the draft to score: the first that breaks no rule, else the first readable, else the first."""
    valid = [node for node in drafts if node.shown and node.shown.passed]
    read = [node for node in drafts if node.shown and node.shown.kind != "syntax"]
    return (valid or read or list(drafts))[0]


def _baselines(task: Task, reference: Sequence[Graph]) -> dict[str, BaselineFigures]:
    baselines = {}
    for label, draws in baseline_answers(task, reference).items():
        scores = [score(task, answers, reference) for answers in draws]
        figures = {n: sum(each.figures[n] for each in scores) / len(scores) for n in scores[0].figures}
        items = zip(*(each.items for each in scores), strict=True)
        baselines[label] = BaselineFigures(figures, tuple(sum(draws) / len(draws) for draws in items))
    return baselines


def _pooled(runs: Sequence[StructureSummary]) -> Iterator[PooledSeeds]:
    """Yield the runs of one configuration with several seeds, on the same items."""
    groups: dict[tuple[object, ...], list[StructureSummary]] = {}
    for run in runs:
        c = run.config
        setting = (c.shots, c.choose, c.completion, c.constrained, c.best_of, c.repairs, c.temperature)
        items = tuple(answer.id for answer in run.answers)
        groups.setdefault((c.model, c.benchmark_name, run.format, *setting, items), []).append(run)
    for group in groups.values():
        if len({run.config.seed for run in group}) == len(group) > 1:
            values = {n: [run.score.figures[n] for run in group] for n in group[0].score.figures}
            figures = {name: (fmean(each), stdev(each)) for name, each in values.items()}
            yield PooledSeeds(tuple(run.name for run in group), figures)


def _uneven(runs: Sequence[StructureSummary]) -> Iterator[str]:
    for a, b in combinations(runs, 2):
        left, right = ({answer.id: answer.shown for answer in run.answers} for run in (a, b))
        common = [item for item in left if item in right]
        if other := sum(left[item] != right[item] for item in common):
            yield (
                f"{a.name} and {b.name} show different numbers of examples for {other} of {len(common)} "
                "common items: choose a --shots at which the examples of both fit."
            )


def _comparisons(runs: Sequence[StructureSummary]) -> Iterator[PairedDifference]:
    for run in runs:
        for label, baseline in run.baselines.items():
            pairs = list(zip(run.score.items, baseline.items, strict=True))
            yield _comparison(run.name, label, pairs, run.tokens, 0)
    for a, b in combinations(runs, 2):
        left, right = _by_item(a), _by_item(b)
        if common := [item for item in left if item in right]:
            pairs = [(left[item][0], right[item][0]) for item in common]
            tokens = [sum(side[item][1] for item in common) / len(common) for side in (left, right)]
            yield _comparison(a.name, b.name, pairs, *tokens)


def _comparison(
    a: str, b: str, pairs: Sequence[tuple[float, float]], tokens_a: float, tokens_b: float
) -> PairedDifference:
    rates = mean([x for x, _ in pairs]), mean([y for _, y in pairs])
    return PairedDifference(a, b, *rates, mean([x - y for x, y in pairs]), tokens_a, tokens_b)


def _by_item(run: StructureSummary) -> dict[str, tuple[float, float]]:
    pairs = zip(run.answers, run.score.items, strict=True)
    return {answer.id: (value, float(answer.tokens)) for answer, value in pairs}
