"""Near duplicates by the Jaccard index of word 5-grams, exactly: none is missed and none is invented.

1. Each text's n-grams are hashed (:mod:`sharpen.selfcodealign.overlap.shingles`) and go to a temporary file;
   a table counts in how many texts a hash occurs, roughly and never too low.
2. Texts are taken in order. All hashes have one order, the rare ones first. Two sets with an index of at
   least t share one of the first |x| - ceil(t |x|) + 1 hashes of each (the prefix filter of Chaudhuri et al.
   2006, Bayardo et al. 2007), and |x| >= t |y|. So only texts that are listed under such a hash are compared.
   Hashes that occur in a single text, which are most, are never looked up.
3. The comparison is the index itself. A text that comes up to t with an earlier one that was kept is a
   duplicate of it. Hence no two kept texts are near, and each other one is near a kept one.

SelfCodeAlign and the code it takes from StarCoder group texts by MinHash (250 permutations): that misses
some, and takes others whose index is below the threshold, since it compares no sets; then it keeps one of
each group, so that a chain of neighbours can drop texts that are near to no kept one.
"""

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

import numpy as np
from numpy.typing import NDArray

from sharpen.selfcodealign.overlap.shingles import Hashes, shingles

PAPER_WORDS, PAPER_THRESHOLD = 5, 0.7
"""SelfCodeAlign's for rows; seeds are held against 0.5."""

_COUNTERS = 1 << 25
"""Bytes of the table of counts."""
_MOST = 255
_TOGETHER = 512
"""Texts whose hashes are read at once."""


def near_duplicates(
    texts: Iterable[str], threshold: float = PAPER_THRESHOLD, words: int = PAPER_WORDS
) -> NDArray[np.int64]:
    """Return for each text the number of the earlier kept text that it is a near duplicate of, or -1.

    Args:
        texts: are read once; in memory are a batch of them, the counts, and the rare n-grams of kept texts.
        threshold: the least Jaccard index of near duplicates, above 0 and at most 1.
        words: words of an n-gram. Shorter texts are one n-gram; texts without words are not duplicates.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"a Jaccard index of {threshold} is none: give one above 0, at most 1")
    with tempfile.TemporaryFile(prefix="sharpen-") as file:
        counts = np.zeros(_COUNTERS, np.uint8)
        sizes = []
        for hashes in shingles(texts, words):
            sizes.append(len(hashes))
            file.write(hashes.tobytes())
            _count(hashes, counts)
        return _joined(_Sets(file, np.array(sizes, np.int64)), counts, threshold)


def _slots(hashes: Hashes) -> Hashes:
    return hashes & np.uint64(_COUNTERS - 1)


def _count(hashes: Hashes, counts: NDArray[np.uint8]) -> None:
    slots = _slots(hashes)
    seen = counts[slots]
    seen += seen < _MOST
    counts[slots] = seen


class _Sets:
    """The sets of hashes, in a file."""

    def __init__(self, file: IO[bytes], sizes: NDArray[np.int64]) -> None:
        self._file, self.sizes = file, sizes
        self.ends = np.cumsum(sizes)

    def __getitem__(self, number: int) -> Hashes:
        return self.between(number, number + 1)

    def between(self, first: int, last: int) -> Hashes:
        """Return the hashes of the texts from ``first`` up to ``last``, one after the other."""
        start = int(self.ends[first] - self.sizes[first])
        self._file.seek(8 * start)
        return np.frombuffer(self._file.read(8 * (int(self.ends[last - 1]) - start)), np.uint64)


def _joined(sets: _Sets, counts: NDArray[np.uint8], threshold: float) -> NDArray[np.int64]:
    twins = np.full(len(sets.sizes), -1, np.int64)
    listed: dict[int, list[int]] = {}
    for number, hashes, prefix in _common(sets, counts, threshold):
        near = {other for key in prefix for other in listed.get(key, ())}
        twins[number] = twin = _first_twin(hashes, sorted(near), sets, threshold)
        if twin < 0:
            for key in prefix:
                listed.setdefault(key, []).append(number)
    return twins


def _common(
    sets: _Sets, counts: NDArray[np.uint8], threshold: float
) -> Iterator[tuple[int, Hashes, list[int]]]:
    """Yield number, hashes and those first hashes of each text that others may have, where there are some."""
    lengths = sets.sizes - np.ceil(threshold * sets.sizes - 1e-9).astype(np.int64) + 1
    for first in range(0, len(sets.sizes), _TOGETHER):
        last = min(first + _TOGETHER, len(sets.sizes))
        together = sets.between(first, last)
        rarity = counts[_slots(together)]
        ends = sets.ends[first:last] - sets.ends[first] + sets.sizes[first]
        alone = np.concatenate(([0], np.cumsum(rarity == 1)))
        starts = ends - sets.sizes[first:last]
        shared = alone[ends] - alone[starts] < np.minimum(lengths[first:last], sets.sizes[first:last])
        for place in np.flatnonzero(shared).tolist():
            span = slice(starts[place], ends[place])
            order = np.argsort(rarity[span], kind="stable")[: lengths[first + place]]  # ties stay sorted
            hashes = together[span]
            yield first + place, hashes, hashes[order[rarity[span][order] > 1]].tolist()


def _first_twin(hashes: Hashes, near: list[int], sets: _Sets, threshold: float) -> int:
    size = len(hashes)
    for other in near:
        size_there = int(sets.sizes[other])
        if min(size, size_there) >= threshold * max(size, size_there) - 1e-9:
            common = np.intersect1d(hashes, sets[other], assume_unique=True).size
            if common >= threshold * (size + size_there - common) - 1e-9:
                return other
    return -1
