"""Optional libraries: imported when needed, and named when they are not there."""

import sys

import pytest

from sharpen.errors import UsageError
from sharpen.extras import extra
from sharpen.graphs.metrics.content import score_contents
from sharpen.graphs.metrics.sentences import score_sentences
from tests.graphs.test_canonical import graph


def test_a_library_that_is_there():
    assert extra("nltk.stem.porter", "graphs").PorterStemmer().stem("dogs") == "dog"


@pytest.mark.parametrize(
    ("library", "module"), [("sacrebleu", "sacrebleu"), ("rouge_score", "rouge_score.rouge_scorer")]
)
def test_a_library_that_is_not_there_is_named_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, library: str, module: str
):
    monkeypatch.setitem(sys.modules, module, None)
    tea = graph("ab", (0, 1, "then"))
    with pytest.raises(UsageError, match=rf"needs {library}: run pip install 'sharpen\[graphs\]'"):
        score_contents([tea], [tea])


def test_sentences_need_two(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "nltk.translate.bleu_score", None)
    with pytest.raises(UsageError, match="needs nltk"):
        score_sentences([], [], [])
