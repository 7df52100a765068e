"""Entity tracking (ProPara): precision, recall and F1 of a process's answers to four questions.

The document-level evaluator of the ProPara leaderboard. A question's figure is the mean over documents,
rounded to three digits, and the overall figure the mean of the four rounded ones. Precision takes for each
predicted answer the best gold answer and recall the reverse, so answers may share a partner, and saying
nothing has a precision of 1.

An output that could not be read has no rows. It scores 0 for all questions here, beside the figure of the
documents that were read, since counting it as an empty table would reward it with precision 1.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

from sharpen.errors import DataError
from sharpen.graphs.graph import Graph
from sharpen.graphs.metrics.actions import Action, actions
from sharpen.graphs.metrics.overlap import NONE, Overlap, mean, paired, total
from sharpen.graphs.metrics.phrases import locations_similarity, participants_similarity
from sharpen.graphs.metrics.questions import Answers, Conversion, Move, answers

Answer = TypeVar("Answer", str, Conversion, Move)
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Questions:
    """A figure for each of the four questions."""

    inputs: Overlap
    outputs: Overlap
    conversions: Overlap
    moves: Overlap

    @property
    def overall(self) -> Overlap:
        """The mean precision and recall of the four, and their F1."""
        each = [self.inputs, self.outputs, self.conversions, self.moves]
        return Overlap.of(sum(o.precision for o in each) / 4, sum(o.recall for o in each) / 4)


UNREAD = Questions(NONE, NONE, NONE, NONE)


@dataclass(frozen=True, slots=True)
class States:
    """The figures of a benchmark of entity tracking, between 0 and 1.

    Attributes:
        items: the four questions of each process, by its number.
        mean: the four questions over all processes, rounded as upstream rounds.
        parsed: the same over the processes whose output was read; NaN when there is none.
        parse_rate: the share of such processes.
    """

    items: Mapping[int, Questions]
    mean: Questions
    parsed: Questions
    parse_rate: float


def score_states(predicted: Sequence[Action], gold: Sequence[Action], unread: Sequence[int] = ()) -> States:
    """Score predicted actions against those of the gold answers.

    Args:
        predicted: rows of every process of the gold answers, of the very same participants.
        gold: the rows of the answers.
        unread: the numbers of the processes whose output could not be read, which have no rows.

    Raises:
        DataError: a process is missing, or its participants are not the gold ones.
        UsageError: nltk is not installed.
    """
    _same_participants(predicted, gold, frozenset(unread))
    said, right = answers(predicted), answers(gold)
    items = {
        process: UNREAD if process in unread else score_process(said[process], answer)
        for process, answer in right.items()
    }
    read = [item for process, item in items.items() if process not in unread]
    return States(
        items=items,
        mean=_mean(list(items.values())),
        parsed=_mean(read),
        parse_rate=len(read) / len(items) if items else float("nan"),
    )


def score_tables(predicted: Sequence[Graph | None], gold: Sequence[Graph]) -> States:
    """Score predicted tables of states, None for an output that could not be read.

    Processes are numbered by their place from 0. A predicted table may lack rows and cells (see ``actions``)
    but no participant.

    Raises:
        DataError: not as many predictions as gold graphs, a gold graph without a table, or participants that
            are not the gold ones.
        UsageError: nltk is not installed.
    """
    said: list[Action] = []
    right: list[Action] = []
    unread: list[int] = []
    for process, (graph, answer) in enumerate(paired(predicted, gold)):
        if answer.table is None:
            raise DataError(f"the gold graph of item {process} has no table of states")
        steps = len(answer.table.cells) - 1
        right += actions(process, answer.table, steps)
        if graph is None or graph.table is None:
            unread.append(process)
        else:
            said += actions(process, graph.table, steps)
    return score_states(said, right, unread)


def score_process(predicted: Answers, gold: Answers) -> Questions:
    """Return the four questions of one process, unrounded."""
    return Questions(
        inputs=_score(gold.inputs, predicted.inputs, participants_similarity),
        outputs=_score(gold.outputs, predicted.outputs, participants_similarity),
        conversions=_score(gold.conversions, predicted.conversions, _conversions_similarity),
        moves=_score(gold.moves, predicted.moves, _moves_similarity),
    )


def _score(
    gold: Sequence[Answer], predicted: Sequence[Answer], similarity: Callable[[Answer, Answer], float]
) -> Overlap:
    if not gold or not predicted:
        return Overlap.of(float(not predicted), float(not gold))
    best = total(max(0.0, *(similarity(answer, said) for answer in gold)) for said in predicted)
    found = best
    # Upstream takes both sums to be equal when there are as many answers as predictions.
    if len(gold) != len(predicted):
        found = total(max(0.0, *(similarity(answer, said) for said in predicted)) for answer in gold)
    return Overlap.of(best / len(predicted), found / len(gold))


def _conversions_similarity(gold: Conversion, predicted: Conversion) -> float:
    if gold.step != predicted.step:
        return 0.0
    return (
        locations_similarity(gold.locations, predicted.locations)
        + participants_similarity(gold.destroyed, predicted.destroyed)
        + participants_similarity(gold.created, predicted.created)
    ) / 3


def _moves_similarity(gold: Move, predicted: Move) -> float:
    if gold.step != predicted.step:
        return 0.0
    return (
        participants_similarity(gold.participant, predicted.participant)
        + locations_similarity(gold.before, predicted.before)
        + locations_similarity(gold.after, predicted.after)
    ) / 3


def _mean(items: Sequence[Questions]) -> Questions:
    def of(question: str) -> Overlap:
        overlaps: list[Overlap] = [getattr(item, question) for item in items]
        return Overlap.of(
            round(mean([overlap.precision for overlap in overlaps]), DIGITS),
            round(mean([overlap.recall for overlap in overlaps]), DIGITS),
        )

    return Questions(**{question.name: of(question.name) for question in fields(Questions)})


def _same_participants(predicted: Sequence[Action], gold: Sequence[Action], unread: frozenset[int]) -> None:
    said, right = _participants(predicted), _participants(gold)
    for process, participants in right.items():
        if process in unread:
            continue
        if process not in said:
            raise DataError(f"the predictions say nothing of process {process}")
        if wrong := sorted(said[process] ^ participants):
            raise DataError(f"predictions and answers of process {process} do not share {', '.join(wrong)}")


def _participants(rows: Sequence[Action]) -> dict[int, set[str]]:
    named: dict[int, set[str]] = {}
    for row in rows:
        named.setdefault(row.process, set()).add(row.participant)
    return named
