"""ExplaGraphs' figures that need trained judges: G-BERTScore, SeCA and EA (arXiv 2104.07644, section 6).

Their weights are in no package, so they are named here and come from the user:

- G-BERTScore: ``roberta-large``, which the package bert-score fetches from its hub.
- SeCA: ExplaGraphs' classifier of a belief and a graph into support, counter and incorrect.
- EA: ExplaGraphs' classifier of a belief and an argument into support and counter. Both checkpoints are in
  the layout of transformers, and linked from the repository swarnaHub/ExplaGraphs.

Texts are what upstream's scripts give to their models. Graphs of a wrong stance or structure count as 0, and
all items count (see ``explanation``).
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
from sharpen.graphs.metrics.sentences import Score, agreements

STANCES = ("support", "counter")
"""The first labels of both classifiers, in their order; SeCA's has a third, incorrect."""
LONGEST = 128
"""Tokens that a classifier reads."""

Classifier = Callable[[str, str], Sequence[float]]
"""The probabilities of the labels, given a belief and what is said of it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A figure by name, and how it comes from answers, gold graphs and which answers count."""

    name: str
    figure: Callable[[Sequence[Graph | None], Sequence[Graph], Sequence[bool]], float]


def judge_named(word: str) -> Judged:
    """Return the figure that ``word`` asks for: ``g-bertscore``, ``seca=FOLDER`` or ``ea=FOLDER``.

    Raises:
        UsageError: it is none of these, or its judge cannot be had.
    """
    name, _, folder = word.partition("=")
    match name, bool(folder):
        case "g-bertscore", False:
            score = bert_score()
            return Judged("G-BERTScore", partial(g_bert_score, score=score))
        case "seca", True:
            judge = classifier(Path(folder))
            return Judged("SeCA", partial(semantic_correctness, judge=judge))
        case "ea", True:
            judge = classifier(Path(folder))
            return Judged("EA", partial(edge_importance, judge=judge))
    raise UsageError(f"no judge is called {word}: there are g-bertscore, seca=FOLDER and ea=FOLDER")


def g_bert_score(
    predicted: Sequence[Graph | None], gold: Sequence[Graph], correct: Sequence[bool], score: Score
) -> float:
    """Return G-BERTScore's F1: edges as sentences, paired so that the sum of ``score`` is greatest."""
    return mean_overlap(agreements(predicted, gold, correct, score)).f1


def semantic_correctness(
    predicted: Sequence[Graph | None], gold: Sequence[Graph], correct: Sequence[bool], judge: Classifier
) -> float:
    """Return SeCA: the share of graphs from which the judge infers the gold stance."""
    return mean(
        [
            float(_inferred(judge(right.given["belief"].lower(), bracketed(said))) == right.given["stance"])
            if counts and said
            else 0.0
            for (said, right), counts in paired(paired(predicted, gold), correct)
        ]
    )


def edge_importance(
    predicted: Sequence[Graph | None], gold: Sequence[Graph], correct: Sequence[bool], judge: Classifier
) -> float:
    """Return EA: the share of a graph's edges without which the judge is less sure of the gold stance."""
    return mean(
        [
            _important(said, right, judge) if counts and said else 0.0
            for (said, right), counts in paired(paired(predicted, gold), correct)
        ]
    )


def bracketed(graph: Graph) -> str:
    """Return the edges in depth-first order, in brackets, as SeCA's judge was trained to read them."""
    return "".join(_bracket(edge) for edge in _depth_first(triples(graph)))


def _important(said: Graph, right: Graph, judge: Classifier) -> float:
    belief, argument = right.given["belief"], right.given["argument"]
    label = STANCES.index(right.given["stance"])
    edges = list(_depth_first(triples(said)))
    whole = judge(belief, f"{argument} {_told(edges)}")[label]
    without = (judge(belief, f"{argument} {_told([e for e in edges if e != edge])}")[label] for edge in edges)
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


def _told(edges: Sequence[Triple]) -> str:
    """Return edges as plain sentences, with upstream's spaces."""
    return "".join(map(_bracket, edges)).replace("(", "").replace(";", "").replace(")", ". ")


def bert_score() -> Score:
    """Return BERTScore's F1 of two English sentences.

    Raises:
        UsageError: bert-score is not installed, or ``roberta-large`` cannot be had.
    """
    try:
        scorer = extra("bert_score", "judges").BERTScorer(lang="en")
    except OSError as error:
        raise UsageError(f"G-BERTScore needs the weights of roberta-large from their hub: {error}") from error

    def score(gold: str, predicted: str) -> float:
        return float(scorer.score([predicted], [gold])[2][0])

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
            f"{folder} is no classifier in transformers' layout ({error}): unpack there one of ExplaGraphs' "
            "two checkpoints, which its repository links"
        ) from error

    def judge(belief: str, said: str) -> Sequence[float]:
        tokens = reader(belief, said, truncation=True, max_length=LONGEST, return_tensors="pt")
        with torch.no_grad():
            found: list[float] = model(**tokens).logits[0].softmax(-1).tolist()
        return found

    return judge
