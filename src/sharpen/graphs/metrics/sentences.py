"""Explanation graphs as sets of sentences: G-BLEU and G-ROUGE (ExplaGraphs, arXiv 2104.07644, section 6).

Each edge is a sentence ``concept; relation; concept``. Sentences of two graphs are paired so that the sum
of their scores is greatest. That sum over the number of predicted edges is the precision, over the number
of reference edges the recall. A score is nltk's sentence BLEU, or the precision of ROUGE-2 with stems.

Graphs of a wrong stance or structure count as 0 (see ``explanation``).
"""

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from sharpen.extras import extra
from sharpen.graphs.graph import Graph
from sharpen.graphs.metrics.explanation import triples
from sharpen.graphs.metrics.overlap import NONE, Overlap, mean_overlap, paired

SentenceScore = Callable[[str, str], float]


@dataclass(frozen=True, slots=True)
class Sentences:
    """Agreement of the sentences of graphs, of each item and as means over all items.

    Attributes:
        bleu_items, rouge_items: of each item, 0 for one that is not correct.
        bleu, rouge: the means over all items.
    """

    bleu_items: tuple[Overlap, ...]
    rouge_items: tuple[Overlap, ...]
    bleu: Overlap
    rouge: Overlap


def score_sentences(
    predicted: Sequence[Graph | None], reference: Sequence[Graph], correct: Sequence[bool]
) -> Sentences:
    """Return G-BLEU and G-ROUGE of explanation graphs.

    Args:
        predicted: the graphs, None for an output that could not be read.
        reference: the reference graphs.
        correct: which predictions count, of one of the protocols of ``explanation``.

    Raises:
        DataError: the three are not of one length.
        UsageError: nltk or rouge-score is not installed.
    """
    bleu, rouge = _bleu(), _rouge()
    bleu_items = agreements(predicted, reference, correct, bleu)
    rouge_items = agreements(predicted, reference, correct, rouge)
    return Sentences(bleu_items, rouge_items, mean_overlap(bleu_items), mean_overlap(rouge_items))


def agreements(
    predicted: Sequence[Graph | None],
    reference: Sequence[Graph],
    correct: Sequence[bool],
    score: SentenceScore,
) -> tuple[Overlap, ...]:
    """Return how well each prediction's sentences agree with the reference; 0 where it does not count.

    Raises:
        DataError: the three are not of one length.
    """
    return tuple(
        agreement(left, right, score) if counts and left else NONE
        for (left, right), counts in paired(paired(predicted, reference), correct)
    )


def agreement(predicted: Graph, reference: Graph, score: SentenceScore) -> Overlap:
    """Return how well the sentences of two graphs agree, each paired with at most one other.

    Args:
        predicted: a graph.
        reference: another.
        score: of a reference sentence and a predicted one.
    """
    guesses, wanted = _sentences(predicted), _sentences(reference)
    if not guesses or not wanted:
        return NONE
    scores = np.array([[score(answer, sentence) for answer in wanted] for sentence in guesses])
    best = float(scores[linear_sum_assignment(scores, maximize=True)].sum())
    return Overlap.of(best / len(guesses), best / len(wanted))


def _sentences(graph: Graph) -> list[str]:
    return [re.sub("[()]", "", "; ".join(triple)).strip() for triple in triples(graph)]


def tokens(sentence: str) -> list[str]:
    """Return the words of a sentence; a semicolon is a word, unless it begins one."""
    return re.findall(r"(?<!\S);[^\s;]*|[^\s;]+|;", sentence)


def _bleu() -> SentenceScore:
    sentence_bleu = extra("nltk.translate.bleu_score", "graphs").sentence_bleu

    def score(reference: str, predicted: str) -> float:
        with warnings.catch_warnings():
            # It warns of sentences that share no four words in a row. Here that is the rule.
            warnings.simplefilter("ignore", UserWarning)
            return float(sentence_bleu([tokens(reference)], tokens(predicted)))

    return score


def _rouge() -> SentenceScore:
    scorer = extra("rouge_score.rouge_scorer", "graphs").RougeScorer(["rouge2"], use_stemmer=True)

    def score(reference: str, predicted: str) -> float:
        return float(scorer.score(reference, predicted)["rouge2"].precision)

    return score
