"""Comparing participants and locations: alternatives, articles, stems, and pairs that count twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharpen.graphs.metrics.phrases import ARTICLES, locations_similarity, participants_similarity


@pytest.mark.parametrize(
    ("answer", "prediction", "similarity"),
    [
        ("", "", 1),
        ("?", "?", 1),
        ("", "-", 0),
        ("", "leaf", 0),
        ("plant OR leaf", "leaf", 1),
        ("dew OR rain", "water OR dew", 1),
        ("dew", "dew AND sun", 1 / 2),
        ("dew AND sun", "dew AND fog AND ice", 1 / 4),
        ("dew AND rain", "water OR dew", 1 / 2),
        ("plants", "a plant", 1),
        ("The Plants", "plant", 1),
        ("their roots", "roots", 1),
        ("branches", "a branch", 1),
        ("a the leaf", "leaf", 0),
        ("athletes", "letes", 0),
        ("leaves", "leaf", 0),
        ("leaves of trees", "leaf of trees", 0),
        ("leaf of trees", "leaf of tree", 1),
        ("plant  OR leaf", "leaf", 1),
    ],
)
def test_locations(answer: str, prediction: str, similarity: float):
    assert locations_similarity(answer, prediction) == similarity


def test_only_the_end_of_a_location_is_stemmed():
    assert locations_similarity("raining cats and dogs", "raining cats and dog") == 1
    assert locations_similarity("raining cats and dogs", "rain cat and dog") == 0


@pytest.mark.parametrize("article", ARTICLES)
def test_articles_and_possessives_are_stripped(article: str):
    assert locations_similarity(f"{article.title()} leaf", "leaf") == 1


def test_participants_are_compared_as_they_stand():
    assert participants_similarity("plant OR leaf", "leaf") == 1
    assert participants_similarity("plants", "plant") == 0
    assert participants_similarity("The plant", "the plant") == 0
    assert participants_similarity("water AND light", "water") == 1 / 2


def test_an_item_that_matches_two_others_counts_twice_as_the_original_counts():
    assert locations_similarity("branch", "branches AND a branch") == 2
    assert participants_similarity("water", "water OR ice AND water OR steam") == 2


def test_where_the_original_divides_by_zero_all_match():
    assert locations_similarity("branch AND branches", "a branch AND the branch") == 1


PHRASES = st.lists(
    st.lists(st.sampled_from(["soil", "the soil", "Air", "rivers", "river"]), min_size=1, max_size=2),
    min_size=1,
).map(lambda items: " AND ".join(" OR ".join(words) for words in items))


@given(PHRASES, PHRASES)
def test_no_side_is_preferred(left: str, right: str):
    assert locations_similarity(left, right) == locations_similarity(right, left)
    assert participants_similarity(left, right) == participants_similarity(right, left)
