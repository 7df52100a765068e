"""Script generation (proScript): how the texts of scripts agree with the references (arXiv 2210.07128, 3.1).

A script is read aloud: its steps in topological order, in lower case, each ending in one full stop. A
script that cannot be is the word NONE, and counts. The figures are those of GEM-metrics, which CoCoGen's
evaluation calls, of which BLEURT, BERTScore (both need trained weights), NIST, local recall and MSTTR are
not here. Two things differ: GEM-metrics splits words before ROUGE in a way of its own, which matters only
for contractions; and CoCoGen's code treats a step with a colon in its text as unreadable.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sharpen.extras import extra
from sharpen.graphs.graph import Graph
from sharpen.graphs.metrics.overlap import mean, paired

UNREADABLE = "NONE"


@dataclass(frozen=True, slots=True)
class Texts:
    """Agreement of texts with the reference ones.

    Attributes:
        bleu: of the corpus, uncased, 0 to 100 (sacrebleu).
        chrf: of the corpus, 0 to 100 (sacrebleu).
        rouge_2, rouge_l: means over items of ROUGE-2 and ROUGE-L F with stems, 0 to 1 (rouge-score).
        rouge_2_items, rouge_l_items: of each item, in order.
    """

    bleu: float
    chrf: float
    rouge_2: float
    rouge_l: float
    rouge_2_items: tuple[float, ...]
    rouge_l_items: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """Agreement over all items, and over those whose output was read (None when there is none)."""

    all: Texts
    parsed: Texts | None


def score_contents(predicted: Sequence[Graph | None], reference: Sequence[Graph]) -> Contents:
    """Compare the texts of generated scripts with reference ones, None for an output that could not be read.

    Raises:
        DataError: not as many predictions as reference graphs, or none.
        UsageError: sacrebleu or rouge-score is not installed.
    """
    pairs = paired(predicted, reference)
    read = [(left, right) for left, right in pairs if left is not None]
    return Contents(_texts(pairs), _texts(read) if read else None)


def _texts(pairs: Sequence[tuple[Graph | None, Graph]]) -> Texts:
    predicted = [aloud(graph) for graph, _ in pairs]
    references = [aloud(graph) for _, graph in pairs]
    sacrebleu = extra("sacrebleu", "graphs")
    scorer = extra("rouge_score.rouge_scorer", "graphs").RougeScorer(["rouge2", "rougeL"], use_stemmer=True)
    rouge = [scorer.score(reference, text) for text, reference in zip(predicted, references, strict=True)]
    rouge_2 = tuple(float(score["rouge2"].fmeasure) for score in rouge)
    rouge_l = tuple(float(score["rougeL"].fmeasure) for score in rouge)
    return Texts(
        bleu=float(sacrebleu.corpus_bleu(predicted, [references], lowercase=True).score),
        chrf=float(sacrebleu.corpus_chrf(predicted, [references], eps_smoothing=True).score),
        rouge_2=mean(rouge_2),
        rouge_l=mean(rouge_l),
        rouge_2_items=rouge_2,
        rouge_l_items=rouge_l,
    )


def aloud(graph: Graph | None) -> str:
    """Return a script as one text; NONE without a graph, for a cycle or an edge to an unknown node.

    As in CoCoGen's code, only steps that some edge names are read. The order is Kahn's: of the steps that may
    come next, the one that became free first; ties in the order in which edges name them.
    """
    texts = {node.id: node.text for node in graph.nodes} if graph else {}
    order = _order(graph) if graph else None
    if order is None or any(identity not in texts for identity in order):
        return UNREADABLE
    return ". ".join(texts[identity].strip().removesuffix(".").lower().strip() for identity in order) + "."


def _order(graph: Graph) -> list[str] | None:
    """Return the ids that edges name as networkx sorts them (Kahn's algorithm); None for a cycle."""
    following: dict[str, dict[str, None]] = {}
    for edge in graph.edges:
        following.setdefault(edge.source, {})[edge.target] = None
    waiting: dict[str, int] = {}
    for source, targets in following.items():
        for target in targets:
            waiting.setdefault(source, 0)
            waiting[target] = waiting.get(target, 0) + 1
    order = [identity for identity, before in waiting.items() if not before]
    for identity in order:
        for target in following.get(identity, ()):
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    return order if len(order) == len(waiting) else None
