"""How ProPara's evaluator compares participants and locations.

A phrase joins items by `` AND `` and the alternatives of an item by `` OR ``. Two phrases are compared by
the Jaccard similarity of their items, where two items match when they share an alternative. ProPara's
evaluator counts pairs of matching items: one item can match several, and a similarity can exceed 1.
"""

from collections.abc import Callable
from functools import cache

from sharpen.extras import extra

ARTICLES = ("a", "an", "the", "your", "his", "their", "my", "another", "other", "this", "that")
"""What is stripped from the start of a location, the first that fits and only once."""

Items = tuple[frozenset[str], ...]


def participants_similarity(answer: str, prediction: str) -> float:
    """Return how alike two phrases of participants are, words compared as they stand."""
    return 1.0 if answer == prediction else _jaccard(_items(prediction), _items(answer))


def locations_similarity(answer: str, prediction: str) -> float:
    """Return how alike two phrases of locations are, after lower-casing, articles and Porter's stemmer.

    Raises:
        UsageError: nltk is not installed.
    """
    if answer == prediction:
        return 1.0
    return _jaccard(_places(prediction), _places(answer))


def _jaccard(left: Items, right: Items) -> float:
    shared = sum(bool(mine & other) for mine in left for other in right)
    union = len(left) + len(right) - shared
    # ProPara's evaluator divides by zero here: two items on each side, and every one matches both others.
    return shared / union if union else 1.0


@cache
def _items(phrase: str) -> Items:
    return tuple(frozenset(item.strip().split(" OR ")) for item in phrase.split(" AND "))


@cache
def _places(phrase: str) -> Items:
    items = (item.strip().split(" OR ") for item in phrase.split(" AND "))
    return tuple(
        frozenset({""} if any(not word.strip() for word in words) else map(_stem, words)) for words in items
    )


def _stem(location: str) -> str:
    lowered = location.lower()
    for article in ARTICLES:
        if lowered.startswith(f"{article} "):
            lowered = lowered.removeprefix(f"{article} ")
            break
    # The whole phrase goes to the stemmer as if it were one word, so only its end is stemmed.
    return _stemmer()(lowered).strip()


@cache
def _stemmer() -> Callable[[str], str]:
    stem: Callable[[str], str] = extra("nltk.stem.porter", "graphs").PorterStemmer().stem
    return stem
