"""Rows for a trainer: a prompt and a response; only the response's tokens count in the loss."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from sharpen.errors import DataError
from sharpen.selfcodealign import stage_files
from sharpen.selfcodealign.rows import identity
from sharpen.types import Message

IGNORED = -100
"""The label of a token that does not count in the loss."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A prompt and the response to it.

    Attributes:
        id: of the row; of its texts where it has none.
        prompt: the turns up to the response.
        response: what the model learns to answer.
    """

    id: str
    prompt: tuple[Message, ...]
    response: str


@dataclass(frozen=True, slots=True)
class Example:
    """A pair as tokens.

    Attributes:
        id: of the row.
        tokens: prompt, response and the end token, cut to the longest length.
        prompt_tokens: how many of them are the prompt.
        cut: whether the end was cut off.
    """

    id: str
    tokens: tuple[int, ...]
    prompt_tokens: int
    cut: bool

    @property
    def features(self) -> dict[str, list[int]]:
        """What the trainer takes."""
        ids, asked = list(self.tokens), self.prompt_tokens
        return {
            "input_ids": ids,
            "attention_mask": [1] * len(ids),
            "labels": [IGNORED] * asked + ids[asked:],
        }


@dataclass(frozen=True, slots=True)
class _Line:
    id: str = ""
    prompt: str | list[Message] = ""
    completion: str | list[Message] = ""
    instruction: str = ""
    response: str = ""


def read(path: Path) -> list[Pair]:
    """Return the rows of an export (``prompt``, ``completion``) or a stage (``instruction``, ``response``).

    A prompt may be a text or turns with ``role`` and ``content``; a completion likewise.

    Raises:
        UsageError: the file's ending is unknown.
        DataError: the file cannot be read, has no rows, or a row lacks one of the two; it is named.
    """
    pairs = [_pair(line, number, path) for number, line in enumerate(stage_files.read(path, _Line), 1)]
    if not pairs:
        raise DataError(f"{path} has no rows: give a file with rows to train on")
    return pairs


def template(form: str) -> str:
    """Return the Jinja chat template of ``instruction``; empty for ``chat``, the model's own."""
    if form == "chat":
        return ""
    return files("sharpen.selfcodealign").joinpath("prompts", "training.jinja").read_text("utf-8")


def split(pairs: Iterable[Pair], held_out: float) -> tuple[list[Pair], list[Pair]]:
    """Return the rows to train on and the rows held out; a row's id decides which."""
    found: tuple[list[Pair], list[Pair]] = [], []
    for pair in pairs:
        place = int.from_bytes(hashlib.sha256(pair.id.encode("utf-8", "replace")).digest()[:8]) / 2**64
        found[place < held_out].append(pair)
    return found


def encode(pair: Pair, tokenizer: Any, form: str, max_length: int) -> Example | None:  # noqa: ANN401
    """Return a pair as tokens of a transformers tokenizer; None where the prompt leaves no room.

    Prompt and response are tokenised apart, as they are when the model answers.
    """
    turns = [asdict(message) for message in pair.prompt]
    text = tokenizer.apply_chat_template(
        turns, chat_template=template(form) or None, tokenize=False, add_generation_prompt=True
    )
    has_bos = bool(tokenizer.bos_token) and text.startswith(tokenizer.bos_token)
    prompt = tokenizer(text, add_special_tokens=not has_bos)["input_ids"]
    response = tokenizer(pair.response, add_special_tokens=False)["input_ids"]
    whole = [*prompt, *response, tokenizer.eos_token_id]
    if len(prompt) >= max_length:
        return None
    return Example(pair.id, tuple(whole[:max_length]), len(prompt), cut=len(whole) > max_length)


def _pair(line: _Line, number: int, path: Path) -> Pair:
    prompt = line.prompt or line.instruction
    response = line.completion or line.response
    if not isinstance(response, str):
        response = "".join(message.content for message in response)
    if not prompt or not response:
        missing = "prompt or instruction" if not prompt else "completion or response"
        raise DataError(f"{path}, row {number} has no {missing}: give rows of sharpen export or align select")
    turns = (Message("user", prompt),) if isinstance(prompt, str) else tuple(prompt)
    texts = [part for message in turns for part in (message.role, message.content)]
    return Pair(line.id or identity(*texts, response), turns, response)


def counts(examples: Sequence[Example], given: int) -> Mapping[str, int]:
    """Return rows and tokens of ``examples``, and how many of ``given`` rows were left out or cut."""
    return {
        "rows": len(examples),
        "left_out": given - len(examples),
        "cut": sum(example.cut for example in examples),
        "tokens": sum(len(example.tokens) for example in examples),
        "response_tokens": sum(len(example.tokens) - example.prompt_tokens for example in examples),
    }
