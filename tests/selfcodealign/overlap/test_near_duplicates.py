import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sharpen.selfcodealign.overlap import near_duplicates as module
from sharpen.selfcodealign.overlap import shingles as hashing
from sharpen.selfcodealign.overlap.near_duplicates import near_duplicates
from sharpen.selfcodealign.overlap.shingles import shingles

TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "b_1", "ß", "long", "7"]), max_size=12).map(", ".join), max_size=12
)


@pytest.fixture(scope="module", autouse=True)
def small_table():
    """A table of counts so small that hashes collide in it: that may cost time and never an answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_COUNTERS", 1 << 6)
        yield


def grams(text, words):
    tokens = re.findall(r"\w+", text)
    size = min(words, len(tokens)) or 1
    return {tuple(tokens[at : at + size]) for at in range(len(tokens) - size + 1)}


def by_hand(texts, threshold, words):
    """Return what the definition says, comparing everything with everything."""
    sets, selected, twins = [grams(text, words) for text in texts], [], []
    for number, own in enumerate(sets):
        near = [
            other
            for other in selected
            if own and len(own & sets[other]) >= threshold * len(own | sets[other]) - 1e-9
        ]
        twins.append(near[0] if near else -1)
        if not near:
            selected.append(number)
    return twins


@given(TEXTS, st.sampled_from([0.3, 0.5, 0.7, 1.0]), st.integers(1, 5))
@settings(max_examples=150)
def test_it_is_what_comparing_everything_with_everything_gives(texts, threshold, words):
    assert near_duplicates(texts, threshold, words).tolist() == by_hand(texts, threshold, words)


@given(TEXTS, st.integers(1, 5), st.integers(1, 40))
def test_hashes_are_equal_exactly_where_words_are(texts, words, batch):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashing, "BATCH", batch)
        hashed = list(shingles(texts, words))
    assert [len(each) for each in hashed] == [len(grams(text, words)) for text in texts]
    for left, right in itertools.pairwise(texts):
        same = len(grams(left, words) & grams(right, words))
        assert len(np.intersect1d(hashed[texts.index(left)], hashed[texts.index(right)])) == same


def test_case_counts_unless_it_is_folded():
    assert near_duplicates(["One two three", "one TWO three"], 1.0).tolist() == [-1, -1]
    (left, right) = shingles(["One two", "oNE tWO"], 2, casefold=True)
    assert left.tolist() == right.tolist()


@pytest.mark.parametrize("threshold", [0, -0.1, 1.1])
def test_what_is_no_index_is_refused(threshold):
    with pytest.raises(ValueError, match="above 0"):
        near_duplicates(["a"], threshold)
