"""The figures of a structured task, whichever it is: what a table prints, and one figure an item.

Every item counts; an answer that could not be read scores worst. The figures of the answers that were read,
which the original reports, stand beside them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import nan
from random import Random

from sharpen.errors import UsageError
from sharpen.graphs import baselines
from sharpen.graphs.graph import Graph, Table, Task
from sharpen.graphs.metrics.content import Texts, score_contents
from sharpen.graphs.metrics.edges import score_edges
from sharpen.graphs.metrics.explanation import score_explanations
from sharpen.graphs.metrics.judged import Judged, judge_named
from sharpen.graphs.metrics.overlap import Overlap
from sharpen.graphs.metrics.script import Agreement, score_scripts
from sharpen.graphs.metrics.sentences import score_sentences
from sharpen.graphs.metrics.states import score_tables

Graphs = Sequence[Graph | None]
BY_GOLD = ", gold stance"
"""Ends the names of an explanation's figures that hold its stance against the gold one."""
DRAWS = 20
"""Random chains that a baseline averages over."""


@dataclass(frozen=True, slots=True)
class Score:
    """What one set of answers scores.

    Attributes:
        figures: by name, over all items.
        parsed: the same over the answers that were read; NaN where there are none.
        read: the share of answers that were read.
        items: one figure an item, by which two runs are compared: 0 to 100, higher is better.
        by: what that figure is.
    """

    figures: Mapping[str, float]
    parsed: Mapping[str, float]
    read: float
    items: tuple[float, ...]
    by: str


def score(task: Task, answers: Graphs, gold: Sequence[Graph], judges: Sequence[str] = ()) -> Score:
    """Score answers, None for one that could not be read, against the gold graphs in the same order.

    ``judges`` are those of explanations, by the words of :func:`judge_named`.

    Raises:
        UsageError: a library of the ``graphs`` extra is not installed, or a judge is unknown, cannot be had
            or has nothing to say of the task.
    """
    if task == "explanation":
        return _explanations(answers, gold, [judge_named(word) for word in judges])
    if judges:
        raise UsageError(f"judges are for explanations, not for {task}: leave out --judge")
    return _SCORERS[task](answers, gold)


def baseline_answers(task: Task, given: Sequence[Graph], seed: int = 0) -> Mapping[str, Sequence[Graphs]]:
    """Return answers that need no model, by what they do; several draws where they are random."""
    match task:
        case "edges":
            random = Random(seed)  # noqa: S311 - a draw that anybody can repeat
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


def _edges(answers: Graphs, gold: Sequence[Graph]) -> Score:
    found = score_edges(answers, gold)
    items = tuple(100 * item.f1 for item in found.items)
    return Score(_percent(found.mean), _percent(found.parsed), found.parse_rate, items, "F1")


def _states(answers: Graphs, gold: Sequence[Graph]) -> Score:
    pairs = zip(answers, gold, strict=True)
    found = score_tables([said and replace(said, table=aligned(said, right)) for said, right in pairs], gold)
    return Score(
        _percent(found.mean.overall),
        _percent(found.parsed.overall),
        found.parse_rate,
        tuple(100 * found.items[number].overall.f1 for number in range(len(gold))),
        "F1 of the document",
    )


def aligned(answer: Graph, gold: Graph) -> Table:
    """Return an answer's table with the gold one's participants, in its order; a gap where nothing was said.

    Names are matched without case: CoCoGen's prompts have them in lower case.
    """
    assert gold.table is not None
    said = answer.table or Table((), ())
    columns = {name.casefold(): column for column, name in enumerate(said.participants)}
    wanted = [columns.get(name.casefold(), len(columns)) for name in gold.table.participants]
    cells = tuple(tuple(row[c] if c < len(row) else "" for c in wanted) for row in said.cells)
    return Table(gold.table.participants, cells)


def _percent(overlap: Overlap) -> Mapping[str, float]:
    return {"P": 100 * overlap.precision, "R": 100 * overlap.recall, "F1": 100 * overlap.f1}


def _scripts(answers: Graphs, gold: Sequence[Graph]) -> Score:
    texts, structures = score_contents(answers, gold), score_scripts(answers, gold)

    def named(text: Texts | None, agreement: Agreement) -> Mapping[str, float]:
        return {
            "BLEU": text.bleu if text else nan,
            "ROUGE-2": 100 * text.rouge_2 if text else nan,
            "ROUGE-L": 100 * text.rouge_l if text else nan,
            "ISO": agreement.isomorphism,
            "GED": agreement.distance,
        }

    return Score(
        named(texts.all, structures.all),
        named(texts.parsed, structures.parsed),
        structures.parse_rate,
        tuple(100 * value for value in texts.all.rouge_l_items),
        "ROUGE-L",
    )


def _explanations(answers: Graphs, gold: Sequence[Graph], judges: Sequence[Judged]) -> Score:
    found = score_explanations(answers, gold)
    figures: dict[str, float] = {}
    parsed: dict[str, float] = {}
    for suffix, protocol in (("", found.given_stance), (BY_GOLD, found.gold_stance)):
        sentences = score_sentences(answers, gold, protocol.correct)
        figures |= {
            f"StCA{suffix}": 100 * protocol.structure,
            f"GED{suffix}": protocol.distance,
            f"G-BLEU{suffix}": 100 * sentences.bleu.f1,
            f"G-ROUGE{suffix}": 100 * sentences.rouge.f1,
        }
        for judge in judges:
            figures[f"{judge.name}{suffix}"] = 100 * judge.figure(answers, gold, protocol.correct)
        parsed |= {
            f"StCA{suffix}": 100 * protocol.parsed_structure,
            f"GED{suffix}": protocol.parsed_distance,
            # An unread answer adds 0 to the mean.
            f"G-BLEU{suffix}": _over(100 * sentences.bleu.f1, found.parse_rate),
            f"G-ROUGE{suffix}": _over(100 * sentences.rouge.f1, found.parse_rate),
        }
    correct = found.given_stance.correct
    return Score(figures, parsed, found.parse_rate, tuple(100.0 * each for each in correct), "StCA")


def _over(value: float, share: float) -> float:
    return value / share if share else nan


_SCORERS: Mapping[Task, Callable[[Graphs, Sequence[Graph]], Score]] = {
    "edges": _edges,
    "script": _scripts,
    "states": _states,
}
