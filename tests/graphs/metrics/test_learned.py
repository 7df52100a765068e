"""The judges of these tests are functions, except for a classifier of random weights."""

from importlib.util import find_spec

import pytest

from sharpen.errors import UsageError
from sharpen.graphs.graph import Edge, Graph, Vertex
from sharpen.graphs.metrics.learned import (
    bert_score,
    bracketed,
    classifier,
    edge_importance,
    g_bert_score,
    semantic_correctness,
)

EDGES = (("b", "causes", "c"), ("a", "is a", "b"), ("a", "desires", "d"), ("c", "used for", "e"))


def explanation(edges=EDGES, stance="support") -> Graph:
    about = (("belief", "Be lief."), ("argument", "Ar gument."), ("stance", stance))
    nodes = tuple(Vertex(n, n) for n in dict.fromkeys(n for s, _, t in edges for n in (s, t)))
    return Graph(about, nodes, tuple(Edge(s, t, label) for s, label, t in edges))


def test_edges_are_told_depth_first_from_the_roots():
    assert bracketed(explanation()) == "(a; is a; b)(b; causes; c)(c; used for; e)(a; desires; d)"


def test_seca_is_the_share_from_which_the_reference_stance_is_inferred():
    requests = []

    def judge(belief, said):
        requests.append((belief, said))
        return [0.2, 0.3, 0.5] if "desires" in said else [0.6, 0.3, 0.1]

    short = explanation(EDGES[:2])
    reference = [explanation()] * 4
    result = semantic_correctness(
        [short, explanation(), None, short], reference, [True, True, False, False], judge
    )
    assert result == 0.25
    assert requests[0] == ("be lief.", "(a; is a; b)(b; causes; c)")


def test_ea_is_the_share_of_edges_without_which_the_judge_is_less_sure():
    requests = []

    def judge(belief, said):
        requests.append((belief, said))
        sure = 0.5 + 0.1 * ("is a" in said) + 0.1 * ("desires" in said)
        return [sure, 1 - sure]

    result = edge_importance([explanation(), None], [explanation()] * 2, [True, False], judge)
    assert result == pytest.approx(2 / 4 / 2)
    assert requests[0] == ("Be lief.", "Ar gument. a is a b. b causes c. c used for e. a desires d. ")
    assert requests[1] == ("Be lief.", "Ar gument. b causes c. c used for e. a desires d. ")


def test_ea_looks_at_the_reference_stance():
    def judge(_, said):
        return [0.1, 0.5 + 0.1 * ("desires" in said)]

    against = explanation(stance="counter")
    assert edge_importance([against], [against], [True], judge) == pytest.approx(1 / 4)


def test_g_bert_score_pairs_each_edge_with_one_other():
    def same(reference, predicted):
        return float(reference == predicted)

    half = explanation(EDGES[:2])
    assert g_bert_score([explanation(), half], [explanation()] * 2, [True, True], same) == pytest.approx(
        (1 + 2 / 3) / 2
    )
    assert g_bert_score([explanation()], [explanation()], [False], same) == 0


@pytest.mark.skipif(find_spec("bert_score") is not None, reason="bert-score is installed")
def test_what_is_missing_is_named():
    with pytest.raises(UsageError, match=r"pip install 'sharpen\[judges\]'"):
        bert_score()


@pytest.mark.filterwarnings("ignore")  # torch's and transformers' own
class TestClassifier:
    @pytest.fixture(autouse=True)
    def _libraries(self):
        pytest.importorskip("torch", reason="needs sharpen[judges]")
        pytest.importorskip("transformers", reason="needs sharpen[judges]")

    def test_a_folder_that_holds_none_is_named(self, tmp_path):
        with pytest.raises(UsageError, match="one of ExplaGraphs' two checkpoints"):
            classifier(tmp_path)

    def test_a_classifier_reads_both_texts(self, tmp_path):
        from tokenizers import Tokenizer
        from tokenizers.models import WordLevel
        from tokenizers.pre_tokenizers import Whitespace
        from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForSequenceClassification

        words = Tokenizer(WordLevel({w: n for n, w in enumerate(["<unk>", "<pad>", "a", "b", "c"])}, "<unk>"))
        words.pre_tokenizer = Whitespace()
        PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>", pad_token="<pad>").save_pretrained(
            tmp_path
        )
        size = {"vocab_size": 5, "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
        config = RobertaConfig(**size, intermediate_size=8, num_labels=3, max_position_embeddings=140)
        RobertaForSequenceClassification(config).save_pretrained(tmp_path)
        judge = classifier(tmp_path)
        result = judge("a b", "c")
        assert len(result) == 3
        assert sum(result) == pytest.approx(1)
        assert result != judge("a b", "a")
        assert len(judge("a b " * 200, "c")) == 3
