"""ExplaGraphs' figures that need a trained model: G-BERTScore, SeCA and EA (arXiv 2104.07644, section 6).

Their weights are in no package, so they are named here and come from the user:

- G-BERTScore: ``roberta-large``, which the package bert-score fetches from its hub.
- SeCA: ExplaGraphs' classifier of a belief and a graph into support, counter and incorrect.
- EA: ExplaGraphs' classifier of a belief and an argument into support and counter. Both checkpoints are in
  the layout of transformers, and linked from the repository swarnaHub/ExplaGraphs.

The models get the same texts as in ExplaGraphs' scripts. Graphs of a wrong stance or structure count as 0,
and all items count (see ``explanation``).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sharpen.errors import UsageError
from sharpen.extras import extra
from sharpen.graphs.graph import Graph
from sharpen.graphs.metrics.explanation import Triple, triples
from sharpen.graphs.metrics.overlap import mean, mean_overlap, paired
from sharpen.graphs.metrics.sentences import SentenceScore, agreements

STANCES = ("support", "counter")
"""The first labels of both classifiers, in their order; SeCA's has a third, incorrect."""
LONGEST = 128
"""Tokens that a classifier reads."""

Classifier = Callable[[str, str], Sequence[float]]
"""The probabilities of the labels, given a belief and a text about it."""


@dataclass(frozen=True, slots=True)
class LearnedMetric:
    """A figure by name, and how it is computed from answers, reference graphs and which answers count."""

    name: str
    figure: Callable[[Sequence[Graph | None], Sequence[Graph], Sequence[bool]], float]


def learned_metric(word: str) -> LearnedMetric:
    """Return the figure called ``word``: ``g-bertscore``, ``seca=FOLDER`` or ``ea=FOLDER``.

    Raises:
        UsageError: it is none of these, or its model is not available.
    """
    name, _, folder = word.partition("=")
    match name, bool(folder):
        case "g-bertscore", False:
            score = bert_score()
            return LearnedMetric("G-BERTScore", partial(g_bert_score, score=score))
        case "seca", True:
            return LearnedMetric("SeCA", partial(semantic_correctness, classify=classifier(Path(folder))))
        case "ea", True:
            return LearnedMetric("EA", partial(edge_importance, classify=classifier(Path(folder))))
    raise UsageError(f"no figure is called {word}: choose g-bertscore, seca=FOLDER or ea=FOLDER")


def g_bert_score(
    predicted: Sequence[Graph | None],
    reference: Sequence[Graph],
    correct: Sequence[bool],
    score: SentenceScore,
) -> float:
    """Return G-BERTScore's F1: edges as sentences, paired so that the sum of ``score`` is greatest."""
    return mean_overlap(agreements(predicted, reference, correct, score)).f1


def semantic_correctness(
    predicted: Sequence[Graph | None],
    reference: Sequence[Graph],
    correct: Sequence[bool],
    classify: Classifier,
) -> float:
    """Return SeCA: the share of graphs from which the classifier infers the reference stance."""
    return mean(
        [
            float(
                _inferred(classify(wanted.given["belief"].lower(), bracketed(answer)))
                == wanted.given["stance"]
            )
            if counts and answer
            else 0.0
            for (answer, wanted), counts in paired(paired(predicted, reference), correct)
        ]
    )


def edge_importance(
    predicted: Sequence[Graph | None],
    reference: Sequence[Graph],
    correct: Sequence[bool],
    classify: Classifier,
) -> float:
    """Return EA: the share of edges without which the classifier is less sure of the reference stance."""
    return mean(
        [
            _important(answer, wanted, classify) if counts and answer else 0.0
            for (answer, wanted), counts in paired(paired(predicted, reference), correct)
        ]
    )


def bracketed(graph: Graph) -> str:
    """Return the edges in depth-first order, in brackets, as SeCA's classifier was trained to read them."""
    return "".join(_bracket(edge) for edge in _depth_first(triples(graph)))


def _important(answer: Graph, wanted: Graph, classify: Classifier) -> float:
    belief, argument = wanted.given["belief"], wanted.given["argument"]
    label = STANCES.index(wanted.given["stance"])
    edges = list(_depth_first(triples(answer)))
    whole = classify(belief, f"{argument} {_sentences(edges)}")[label]
    without = (
        classify(belief, f"{argument} {_sentences([e for e in edges if e != edge])}")[label] for edge in edges
    )
    return mean([float(whole > less) for less in without])


def _inferred(probabilities: Sequence[float]) -> str:
    best = max(range(len(probabilities)), key=probabilities.__getitem__)
    return STANCES[best] if best < len(STANCES) else "incorrect"


def _depth_first(edges: Sequence[Triple]) -> Iterator[Triple]:
    networkx = extra("networkx", "graphs")
    labels: Mapping[tuple[str, str], str] = {(source, target): label for source, label, target in edges}
    drawn = networkx.DiGraph(list(labels))
    roots = [
        node for node in dict.fromkeys(end for ends in labels for end in ends) if not drawn.in_degree(node)
    ]
    for source, target in networkx.edge_dfs(drawn, source=roots):
        yield source, labels[source, target], target


def _bracket(edge: Triple) -> str:
    return f"({'; '.join(edge)})"


def _sentences(edges: Sequence[Triple]) -> str:
    """Return edges as plain sentences, with the spaces of ExplaGraphs' scripts."""
    return "".join(map(_bracket, edges)).replace("(", "").replace(";", "").replace(")", ". ")


def bert_score() -> SentenceScore:
    """Return BERTScore's F1 of two English sentences.

    Raises:
        UsageError: bert-score is not installed, or ``roberta-large`` is not available.
    """
    try:
        scorer = extra("bert_score", "judges").BERTScorer(lang="en")
    except OSError as error:
        raise UsageError(f"G-BERTScore needs the weights of roberta-large from their hub: {error}") from error

    def score(reference: str, predicted: str) -> float:
        return float(scorer.score([predicted], [reference])[2][0])

    return score


def classifier(folder: Path) -> Classifier:
    """Return a classifier of pairs of texts in transformers' layout.

    Raises:
        UsageError: transformers is not installed, or the folder holds no such model.
    """
    transformers, torch = extra("transformers", "judges"), extra("torch", "judges")
    try:
        reader = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{folder} is not a classifier in transformers' layout ({error}): unpack one of ExplaGraphs' two "
            "checkpoints there; its repository links them"
        ) from error

    def classify(belief: str, text: str) -> Sequence[float]:
        tokens = reader(belief, text, truncation=True, max_length=LONGEST, return_tensors="pt")
        with torch.no_grad():
            probabilities: list[float] = model(**tokens).logits[0].softmax(-1).tolist()
        return probabilities

    return classify
