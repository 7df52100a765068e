"""Word n-grams of many texts at once, as 64-bit hashes, with numpy alone.

A word is a run of letters, digits, underscores and characters beyond ASCII. Its hash is a polynomial of its
bytes modulo 2**64, had for all words at once as differences of one running sum; an n-gram's hash is a
polynomial of its words' mixed hashes. Both bases are odd, so they have inverses and positions cancel out.

Two different n-grams share a hash with probability 2**-64: among the 5.8 million of 20,000 functions that
makes one false equality in a million such runs.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

WORD = re.compile(r"[0-9A-Za-z_\x80-\U0010ffff]+")
"""A word, where it is wanted as text."""

BATCH = 1 << 17
"""Bytes that are hashed at once: the arrays stay in the processor's cache."""

_BYTE_BASE, _WORD_BASE = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SEED = 0


def shingles(texts: Iterable[str], words: int, *, casefold: bool = False) -> Iterator[Hashes]:
    """Yield for each text the sorted, different hashes of its n-grams of ``words`` words.

    A text with fewer words is one n-gram of them all; one without any has none. Texts are taken in batches.
    """
    for batch in _batches(texts, casefold):
        yield from _of_batch(batch, words)


def _batches(texts: Iterable[str], casefold: bool) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for text in texts:
        data = (text.casefold() if casefold else text).encode("utf-8", "replace")
        if batch and size + len(data) > BATCH:
            yield batch
            batch, size = [], 0
        batch.append(data)
        size += len(data) + 1
    if batch:
        yield batch


def _of_batch(batch: list[bytes], words: int) -> Iterator[Hashes]:
    ends = np.cumsum([len(data) + 1 for data in batch])
    hashes, starts = _words(b"\n".join(batch) + b"\n")
    bounds = np.searchsorted(starts, ends)
    grams = _grams(hashes, words)
    first = 0
    for last in bounds.tolist():
        count = last - first
        if count >= words:
            yield _distinct(grams[first : last - words + 1])
        else:
            yield _grams(hashes[first:last], count) if count else hashes[:0]
        first = last


def _distinct(hashes: Hashes) -> Hashes:
    ordered = np.sort(hashes)
    keep = np.empty(len(ordered), bool)
    keep[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return ordered[keep]


def _words(data: bytes) -> tuple[Hashes, NDArray[np.int64]]:
    """Return the mixed hash and the first byte's place of each word of ``data``."""
    letters = np.frombuffer(data, np.uint8)
    inside = np.concatenate(([False], _IS_WORD[letters], [False]))
    edges = np.flatnonzero(inside[1:] != inside[:-1])
    starts, ends = edges[::2], edges[1::2]
    powers, inverses = _powers(len(letters) + 1)
    running = np.zeros(len(letters) + 1, np.uint64)
    np.cumsum(_RANDOM[letters] * powers[:-1], out=running[1:])
    return _mixed((running[ends] - running[starts]) * inverses[starts]), starts


def _grams(hashes: Hashes, words: int) -> Hashes:
    """Return the hash of every n-gram of consecutive words."""
    count = len(hashes) - words + 1
    if count < 1:
        return hashes[:0]
    grams = hashes[:count].copy()
    for place in range(1, words):
        grams *= _WORD_BASE
        grams += hashes[place : place + count]
    return _mixed(grams)


def _mixed(hashes: Hashes) -> Hashes:
    """Spread every bit over all others (the middle of splitmix64)."""
    hashes = (hashes ^ (hashes >> np.uint64(31))) * _MIX
    mixed: Hashes = hashes ^ (hashes >> np.uint64(29))
    return mixed


def _powers(count: int) -> tuple[Hashes, Hashes]:
    """Return the first powers of the byte's base and of its inverse."""
    length = max(BATCH, 1 << count.bit_length())
    inverse = np.uint64(pow(int(_BYTE_BASE), -1, 1 << 64))
    return _power_table(_BYTE_BASE, length)[:count], _power_table(inverse, length)[:count]


@lru_cache(maxsize=2)
def _power_table(base: np.uint64, length: int) -> Hashes:
    factors = np.full(length, base, np.uint64)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint64)


_RANDOM = np.random.default_rng(_SEED).integers(0, 1 << 64, 256, np.uint64)
_IS_WORD = np.array([chr(code).isalnum() or code == ord("_") for code in range(128)] + [True] * 128)
