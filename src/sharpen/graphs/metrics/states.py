"""Entity tracking (ProPara): precision, recall and F1 of a process's answers to four questions.

The document-level evaluator of the ProPara leaderboard. A question's figure is the mean over documents,
rounded to three digits, and the overall figure the mean of the four rounded ones. Precision takes for each
predicted answer the best reference answer, and recall the reverse. So several answers may match one, and an
empty answer has a precision of 1.

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
from sharpen.graphs.metrics.questions import Conversion, Move, ProcessAnswers, answers

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
        mean: the four questions over all processes, rounded as ProPara's evaluator rounds.
        parsed: the same over the processes whose output was read; NaN when there is none.
        parse_rate: the share of such processes.
    """

    items: Mapping[int, Questions]
    mean: Questions
    parsed: Questions
    parse_rate: float


def score_states(
    predicted: Sequence[Action], reference: Sequence[Action], unread: Sequence[int] = ()
) -> States:
    """Score predicted actions against those of the reference answers.

    Args:
        predicted: rows of every process of the reference answers, with the same participants.
        reference: the rows of the answers.
        unread: the numbers of the processes whose output could not be read, which have no rows.

    Raises:
        DataError: a process is missing, or its participants differ from the reference.
        UsageError: nltk is not installed.
    """
    _same_participants(predicted, reference, frozenset(unread))
    predictions, references = answers(predicted), answers(reference)
    items = {
        process: UNREAD if process in unread else score_process(predictions[process], answer)
        for process, answer in references.items()
    }
    read = [item for process, item in items.items() if process not in unread]
    return States(
        items=items,
        mean=_mean(list(items.values())),
        parsed=_mean(read),
        parse_rate=len(read) / len(items) if items else float("nan"),
    )


def score_tables(predicted: Sequence[Graph | None], reference: Sequence[Graph]) -> States:
    """Score predicted tables of states, None for an output that could not be read.

    Processes are numbered by their place from 0. A predicted table may lack rows and cells (see ``actions``)
    but no participant.

    Raises:
        DataError: there are more or fewer predictions than reference graphs, a reference graph has no table,
            or participants differ from the reference.
        UsageError: nltk is not installed.
    """
    predicted_rows: list[Action] = []
    reference_rows: list[Action] = []
    unread: list[int] = []
    for process, (graph, answer) in enumerate(paired(predicted, reference)):
        if answer.table is None:
            raise DataError(f"the reference graph of item {process} has no table of states")
        steps = len(answer.table.cells) - 1
        reference_rows += actions(process, answer.table, steps)
        if graph is None or graph.table is None:
            unread.append(process)
        else:
            predicted_rows += actions(process, graph.table, steps)
    return score_states(predicted_rows, reference_rows, unread)


def score_process(predicted: ProcessAnswers, reference: ProcessAnswers) -> Questions:
    """Return the four questions of one process, unrounded."""
    return Questions(
        inputs=_score(reference.inputs, predicted.inputs, participants_similarity),
        outputs=_score(reference.outputs, predicted.outputs, participants_similarity),
        conversions=_score(reference.conversions, predicted.conversions, _conversions_similarity),
        moves=_score(reference.moves, predicted.moves, _moves_similarity),
    )


def _score(
    reference: Sequence[Answer], predicted: Sequence[Answer], similarity: Callable[[Answer, Answer], float]
) -> Overlap:
    if not reference or not predicted:
        return Overlap.of(float(not predicted), float(not reference))
    best = total(max(0.0, *(similarity(answer, guess) for answer in reference)) for guess in predicted)
    recalled = best
    # ProPara's evaluator takes both sums to be equal when there are as many answers as predictions.
    if len(reference) != len(predicted):
        recalled = total(
            max(0.0, *(similarity(answer, guess) for guess in predicted)) for answer in reference
        )
    return Overlap.of(best / len(predicted), recalled / len(reference))


def _conversions_similarity(reference: Conversion, predicted: Conversion) -> float:
    if reference.step != predicted.step:
        return 0.0
    return (
        locations_similarity(reference.locations, predicted.locations)
        + participants_similarity(reference.destroyed, predicted.destroyed)
        + participants_similarity(reference.created, predicted.created)
    ) / 3


def _moves_similarity(reference: Move, predicted: Move) -> float:
    if reference.step != predicted.step:
        return 0.0
    return (
        participants_similarity(reference.participant, predicted.participant)
        + locations_similarity(reference.before, predicted.before)
        + locations_similarity(reference.after, predicted.after)
    ) / 3


def _mean(items: Sequence[Questions]) -> Questions:
    def of(question: str) -> Overlap:
        overlaps: list[Overlap] = [getattr(item, question) for item in items]
        return Overlap.of(
            round(mean([overlap.precision for overlap in overlaps]), DIGITS),
            round(mean([overlap.recall for overlap in overlaps]), DIGITS),
        )

    return Questions(**{question.name: of(question.name) for question in fields(Questions)})


def _same_participants(
    predicted: Sequence[Action], reference: Sequence[Action], unread: frozenset[int]
) -> None:
    predictions, references = _participants(predicted), _participants(reference)
    for process, participants in references.items():
        if process in unread:
            continue
        if process not in predictions:
            raise DataError(f"process {process} has no predictions: add its rows, or name it as unread")
        if wrong := sorted(predictions[process] ^ participants):
            raise DataError(f"predictions and answers of process {process} do not share {', '.join(wrong)}")


def _participants(rows: Sequence[Action]) -> dict[int, set[str]]:
    named: dict[int, set[str]] = {}
    for row in rows:
        named.setdefault(row.process, set()).add(row.participant)
    return named
