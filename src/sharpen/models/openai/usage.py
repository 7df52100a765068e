"""The tokens that a server counted, in the forms in which servers say them. Nothing is estimated."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_MOST = 1 << 40
"""The most tokens that an answer can have: a larger count is damage."""


class UncountedError(Exception):
    """The counts are missing or cannot be true; the text says which."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request: all of the prompt, those of it from a cache, and all that was generated."""

    prompt: int
    cached: int
    completion: int


def read_usage(body: object, text: str) -> Usage:
    """Return the counts of a ``usage`` object; ``text`` is the answer that they belong to.

    1. ``input_tokens`` and ``output_tokens`` are other names of the same counts.
    2. A count that is missing follows from the total and the other one.
    3. Some servers count reasoning apart: what the total has more than its parts was generated. The exception
       is a prompt that is given without its cached part.

    Raises:
        UncountedError: a count is missing, negative, absurd, or 0 beside text.
    """
    if not isinstance(body, Mapping):
        raise UncountedError("there is no usage")
    prompt = _count(body, "prompt_tokens", "input_tokens")
    completion = _count(body, "completion_tokens", "output_tokens")
    total = _count(body, "total_tokens") or None
    prompt, completion = _completed(prompt, completion, total)
    cached = min(_cached(body), _MOST)
    if body.get("prompt_tokens") is None:  # Anthropic's counts of a prompt: what was cached is apart
        apart = [_loose(body, name) for name in ("cache_read_input_tokens", "cache_creation_input_tokens")]
        prompt += sum(apart)
    reasoning = _detail(body, "completion_tokens_details", "reasoning_tokens") or _loose(
        body, "reasoning_tokens"
    )
    excess = (total or 0) - prompt - completion
    if excess > 0 and excess == cached:
        prompt += cached
    elif excess > 0:
        completion += excess
    elif reasoning > completion:
        completion += reasoning
    if cached > prompt:
        prompt += cached
    if text and not (prompt and completion):
        raise UncountedError(f"it counts {prompt} prompt and {completion} completion tokens beside a text")
    return Usage(prompt, cached, completion)


def _completed(prompt: int | None, completion: int | None, total: int | None) -> tuple[int, int]:
    if prompt is None and completion is not None and total is not None:
        prompt = total - completion
    if completion is None and prompt is not None and total is not None:
        completion = total - prompt
    if prompt is None or completion is None:
        raise UncountedError("there is no count of prompt or completion tokens")
    if prompt < 0 or completion < 0:
        raise UncountedError("the total is smaller than a part of it")
    return prompt, completion


def _count(body: Mapping[str, object], *names: str) -> int | None:
    """Return the first count of those names, or None where there is none."""
    for name in names:
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise UncountedError(f"{name} is not a number of tokens")
        if not 0 <= value <= _MOST:
            raise UncountedError(f"{name} is {value}")
        return int(value)
    return None


def _cached(body: Mapping[str, object]) -> int:
    return next((value for value in _cached_counts(body) if value), 0)


def _cached_counts(body: Mapping[str, object]) -> Iterator[int]:
    yield _detail(body, "prompt_tokens_details", "cached_tokens")
    yield _detail(body, "input_tokens_details", "cached_tokens")
    for name in ("prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_tokens"):
        yield _loose(body, name)


def _detail(body: Mapping[str, object], group: str, name: str) -> int:
    details = body.get(group)
    return _loose(details, name) if isinstance(details, Mapping) else 0


def _loose(body: Mapping[str, object], name: str) -> int:
    """Return a count that only adds to others: 0 where it is missing or is none."""
    try:
        return _count(body, name) or 0
    except UncountedError:
        return 0
