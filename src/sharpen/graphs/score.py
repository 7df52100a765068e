"""The figures of any structured task: those that a table prints, and one figure per item.

Every item counts; an answer that could not be read gets the worst score. The figures over the readable
answers only, which CoCoGen reports, are given beside them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import nan
from random import Random

from sharpen.errors import UsageError
from sharpen.graphs import baselines
from sharpen.graphs.graph import Graph, Table, Task
from sharpen.graphs.metrics.content import Texts, score_contents
from sharpen.graphs.metrics.edges import score_edges
from sharpen.graphs.metrics.explanation import score_explanations
from sharpen.graphs.metrics.learned import LearnedMetric, learned_metric
from sharpen.graphs.metrics.overlap import Overlap
from sharpen.graphs.metrics.script import Agreement, Scripts, score_scripts
from sharpen.graphs.metrics.sentences import score_sentences
from sharpen.graphs.metrics.states import score_tables

Graphs = Sequence[Graph | None]
BY_REFERENCE = ", reference stance"
"""Suffix of an explanation's figures under the protocol that demands the reference's stance."""
DRAWS = 20
"""Random chains that a baseline averages over."""


@dataclass(frozen=True, slots=True)
class GraphScore:
    """The figures of one set of answers.

    Attributes:
        figures: by name, over all items.
        parsed: the same over the answers that were read; NaN where there are none.
        read: the share of answers that were read.
        items: one figure an item, by which two runs are compared: 0 to 100, higher is better.
        by: the name of that figure.
        shape: what the graphs that were read look like and what their references do, by name: means of |V|,
            |E| and degree, and how far the distributions of degrees are apart; empty where no task has it.
    """

    figures: Mapping[str, float]
    parsed: Mapping[str, float]
    read: float
    items: tuple[float, ...]
    by: str
    shape: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def score(task: Task, answers: Graphs, reference: Sequence[Graph], learned: Sequence[str] = ()) -> GraphScore:
    """Score answers, None for one that could not be read, against the reference graphs in the same order.

    ``learned`` names figures of explanations that need a trained model (see :func:`learned_metric`).

    Raises:
        UsageError: a library of the ``graphs`` extra is not installed; or a figure in ``learned`` is unknown,
            not available, or none of this task.
    """
    if task == "explanation":
        return _explanations(answers, reference, [learned_metric(word) for word in learned])
    if learned:
        raise UsageError(f"--judge is for explanations, not for {task}: leave it out")
    return _SCORERS[task](answers, reference)


def baseline_answers(task: Task, given: Sequence[Graph], seed: int = 0) -> Mapping[str, Sequence[Graphs]]:
    """Return answers made without a model, by name; several draws where they are random."""
    match task:
        case "edges":
            random = Random(seed)  # noqa: S311 - a seeded draw
            return {
                "chain as listed": [[baselines.listed_chain(g) for g in given]],
                "random chain": [[baselines.random_chain(g, random) for g in given] for _ in range(DRAWS)],
                "random chain, first and last known": [
                    [baselines.random_chain_between_last(g, random) for g in given] for _ in range(DRAWS)
                ],
            }
        case "script":
            return {
                "plain chain": [
                    [baselines.plain_chain(g.about, len(g.nodes), g.given["goal"]) for g in given]
                ]
            }
        case "states":
            return {"nothing happens": [[_nothing_happens(g) for g in given]]}
        case "explanation":
            return {}


def _nothing_happens(given: Graph) -> Graph:
    assert given.table is not None
    table = baselines.all_unknown(given.table.participants, len(given.nodes))
    return Graph(given.about, given.nodes, (), table)


def _edges(answers: Graphs, reference: Sequence[Graph]) -> GraphScore:
    scores = score_edges(answers, reference)
    items = tuple(100 * item.f1 for item in scores.items)
    return GraphScore(_percent(scores.mean), _percent(scores.parsed), scores.parse_rate, items, "F1")


def _states(answers: Graphs, reference: Sequence[Graph]) -> GraphScore:
    pairs = zip(answers, reference, strict=True)
    scores = score_tables(
        [graph and replace(graph, table=aligned(graph, wanted)) for graph, wanted in pairs], reference
    )
    return GraphScore(
        _percent(scores.mean.overall),
        _percent(scores.parsed.overall),
        scores.parse_rate,
        tuple(100 * scores.items[number].overall.f1 for number in range(len(reference))),
        "F1 of the document",
    )


def aligned(answer: Graph, reference: Graph) -> Table:
    """Return an answer's table with the reference's participants, in its order; gaps where no state is given.

    Names are matched without case: CoCoGen's prompts have them in lower case.
    """
    assert reference.table is not None
    table = answer.table or Table((), ())
    columns = {name.casefold(): column for column, name in enumerate(table.participants)}
    wanted = [columns.get(name.casefold(), len(columns)) for name in reference.table.participants]
    cells = tuple(tuple(row[c] if c < len(row) else "" for c in wanted) for row in table.cells)
    return Table(reference.table.participants, cells)


def _percent(overlap: Overlap) -> Mapping[str, float]:
    return {"P": 100 * overlap.precision, "R": 100 * overlap.recall, "F1": 100 * overlap.f1}


def _scripts(answers: Graphs, reference: Sequence[Graph]) -> GraphScore:
    texts, structures = score_contents(answers, reference), score_scripts(answers, reference)

    def named(text: Texts | None, agreement: Agreement) -> Mapping[str, float]:
        return {
            "BLEU": text.bleu if text else nan,
            "ROUGE-2": 100 * text.rouge_2 if text else nan,
            "ROUGE-L": 100 * text.rouge_l if text else nan,
            "chrF": text.chrf if text else nan,
            "ISO": agreement.isomorphism,
            "GED": agreement.distance,
            "GED proven": 100 * agreement.exact,
        }

    return GraphScore(
        named(texts.all, structures.all),
        named(texts.parsed, structures.parsed),
        structures.parse_rate,
        tuple(100 * value for value in texts.all.rouge_l_items),
        "ROUGE-L",
        _shape(structures),
    )


def _shape(scripts: Scripts) -> Mapping[str, tuple[float, float]]:
    ours, theirs, apart = scripts.shape, scripts.reference_shape, scripts.divergence
    return {
        "|V|": (ours.nodes, theirs.nodes),
        "|E|": (ours.edges, theirs.edges),
        "degree": (ours.degree, theirs.degree),
        "distance of in-degrees": (apart.into, 0.0),
        "distance of out-degrees": (apart.out, 0.0),
        "distance of degrees": (apart.both, 0.0),
    }


def _explanations(
    answers: Graphs, reference: Sequence[Graph], learned: Sequence[LearnedMetric]
) -> GraphScore:
    scores = score_explanations(answers, reference)
    proven = 100 * sum(item.exact for item in scores.items) / max(1, len(scores.items))
    figures: dict[str, float] = {}
    parsed: dict[str, float] = {}
    for suffix, protocol in (("", scores.given_stance), (BY_REFERENCE, scores.reference_stance)):
        sentences = score_sentences(answers, reference, protocol.correct)
        figures |= {
            f"StCA{suffix}": 100 * protocol.structure,
            f"GED{suffix}": protocol.distance,
            f"GED proven{suffix}": proven,
            f"G-BLEU{suffix}": 100 * sentences.bleu.f1,
            f"G-ROUGE{suffix}": 100 * sentences.rouge.f1,
        }
        for metric in learned:
            figures[f"{metric.name}{suffix}"] = 100 * metric.figure(answers, reference, protocol.correct)
        parsed |= {
            f"StCA{suffix}": 100 * protocol.parsed_structure,
            f"GED{suffix}": protocol.parsed_distance,
            f"GED proven{suffix}": proven,
            # An unread answer adds 0 to the mean.
            f"G-BLEU{suffix}": _over(100 * sentences.bleu.f1, scores.parse_rate),
            f"G-ROUGE{suffix}": _over(100 * sentences.rouge.f1, scores.parse_rate),
        }
    correct = scores.given_stance.correct
    return GraphScore(figures, parsed, scores.parse_rate, tuple(100.0 * each for each in correct), "StCA")


def _over(value: float, share: float) -> float:
    return value / share if share else nan


_SCORERS: Mapping[Task, Callable[[Graphs, Sequence[Graph]], GraphScore]] = {
    "edges": _edges,
    "script": _scripts,
    "states": _states,
}
