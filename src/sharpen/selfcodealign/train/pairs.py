"""Rows as a trainer sees them: a prompt, and a response whose tokens alone count in the loss.

A conversation of several turns becomes one pair for each trained turn of the assistant, with the turns
before it as the prompt: no word of a user is ever trained.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar

from jinja2 import TemplateError

from sharpen.errors import DataError, UsageError
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
        response: what is learned.
        group: the row's problem, or else its first question. A group is trained on or held out as a whole.
    """

    id: str
    prompt: tuple[Message, ...]
    response: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Preference:
    """Two responses to one prompt, of which one is better.

    Attributes:
        chosen: the better one.
        rejected: the other.
    """

    chosen: Pair
    rejected: Pair

    @property
    def id(self) -> str:
        """The row's id."""
        return self.chosen.id

    @property
    def prompt(self) -> tuple[Message, ...]:
        """The turns up to the responses."""
        return self.chosen.prompt

    @property
    def group(self) -> str:
        """The row's problem, or else its first question."""
        return self.chosen.group


Row = Pair | Preference
SomeRow = TypeVar("SomeRow", bound=Row)


@dataclass(frozen=True, slots=True)
class TokenPair:
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
        ids, prompt_length = list(self.tokens), self.prompt_tokens
        return {
            "input_ids": ids,
            "attention_mask": [1] * len(ids),
            "labels": [IGNORED] * prompt_length + ids[prompt_length:],
        }

    @property
    def sides(self) -> tuple["TokenPair", ...]:
        """The pair itself."""
        return (self,)


@dataclass(frozen=True, slots=True)
class TokenPreference:
    """A preference as tokens, and as the texts that they are of."""

    texts: Preference
    sides: tuple[TokenPair, TokenPair]


Example = TokenPair | TokenPreference


@dataclass(frozen=True, slots=True)
class _Turn:
    role: Literal["system", "user", "assistant"]
    content: str
    train: bool | None = None


@dataclass(frozen=True, slots=True)
class TrainingLine:
    """A line of a file of rows, in any of the forms that are read."""

    id: str | int | float | None = None
    problem: str | int | float | None = None
    prompt: str | list[_Turn] = ""
    completion: str | list[_Turn] = ""
    messages: list[_Turn] = field(default_factory=list)
    instruction: str = ""
    response: str = ""
    chosen: str | list[_Turn] = ""
    rejected: str | list[_Turn] = ""

    @property
    def turns(self) -> list[_Turn]:
        """All turns of the row, those of its prompt marked as not trained."""
        before = [replace(turn, train=False) for turn in _turns(self.prompt or self.instruction, "user")]
        return self.messages or [*before, *_turns(self.completion or self.response, "assistant")]


def read(path: Path) -> list[Pair]:
    """Return the rows of an export or a stage, each content once.

    A row has ``prompt`` and ``completion``, or ``messages`` (:mod:`sharpen.exports.trainers`), or
    ``instruction`` and ``response`` (a stage). A prompt may be a text or turns with ``role`` and ``content``;
    a completion likewise.

    Raises:
        UsageError: the file's ending is unknown.
        DataError: the file cannot be read, has no rows, or a row has nothing to train or cannot be read by a
            tokenizer; it is named.
    """
    pairs: dict[tuple[object, str], Pair] = {}
    for number, line in enumerate(stage_files.read(path, TrainingLine), 1):
        for pair in _pairs(line, f"{path}, row {number}"):
            pairs.setdefault((pair.prompt, pair.response), pair)
    if not pairs:
        raise DataError(f"{path} has no rows: give a file with rows to train on")
    return list(pairs.values())


def read_preferences(path: Path) -> list[Preference]:
    """Return the preferences of a file, each content once.

    A row has ``prompt``, ``chosen`` and ``rejected``, each a text or turns, as ``sharpen improve rows --kinds
    preferences`` and ``sharpen export RUN preferences`` write them.

    Raises:
        UsageError: the file's ending is unknown.
        DataError: the file cannot be read, has no rows, or a row lacks a text; it is named.
    """
    found: dict[tuple[object, str, str], Preference] = {}
    for number, line in enumerate(stage_files.read(path, TrainingLine), 1):
        one = _preference(line, f"{path}, row {number}")
        found.setdefault((one.prompt, one.chosen.response, one.rejected.response), one)
    if not found:
        raise DataError(f"{path} has no rows: give a file with preferences to train on")
    return list(found.values())


def _preference(line: TrainingLine, where: str) -> Preference:
    sides = [
        list(_pairs(replace(line, completion=answer, messages=[]), where)) if answer else []
        for answer in (line.chosen, line.rejected)
    ]
    if [len(side) for side in sides] != [1, 1]:
        raise DataError(
            f"{where} is no prompt with one chosen and one rejected answer: give rows of sharpen improve rows"
            " --kinds preferences"
        )
    (chosen,), (rejected,) = sides
    return Preference(chosen, rejected)


def template(form: str) -> str:
    """Return the Jinja chat template of ``instruction``; empty for ``chat``, the model's own."""
    if form == "chat":
        return ""
    return files("sharpen.selfcodealign").joinpath("prompts", "training.jinja").read_text("utf-8")


def split(pairs: Iterable[SomeRow], held_out: float) -> tuple[list[SomeRow], list[SomeRow]]:
    """Return the rows to train on and the rows held out; the content of a row's group decides which."""
    sides: tuple[list[SomeRow], list[SomeRow]] = [], []
    for pair in pairs:
        sides[_place(pair.group or pair.prompt[0].content) < held_out].append(pair)
    return sides


def share_of(pairs: Iterable[SomeRow], share: float) -> list[SomeRow]:
    """Return a share of the rows, chosen by their ids: a smaller share is part of a larger one."""
    return [pair for pair in pairs if _place(f"share {pair.id}") < share]


def _place(identity: str) -> float:
    """Return a number from 0 to 1, evenly spread over ids."""
    return int.from_bytes(hashlib.sha256(identity.encode("utf-8", "replace")).digest()[:8]) / 2**64


def encode(pair: Pair, tokenizer: Any, form: str, max_length: int) -> TokenPair | None:  # noqa: ANN401
    """Return a pair as tokens of a transformers tokenizer; None where the prompt leaves no room.

    Prompt and response are tokenised apart, as they are when the model answers.

    Raises:
        DataError: the chat template refuses the row's turns.
        UsageError: the model has no chat template.
    """
    text = _rendered(pair, tokenizer, template(form))
    has_bos = bool(tokenizer.bos_token) and text.startswith(tokenizer.bos_token)
    prompt = tokenizer(text, add_special_tokens=not has_bos)["input_ids"]
    response = tokenizer(pair.response, add_special_tokens=False)["input_ids"]
    whole = [*prompt, *response, tokenizer.eos_token_id]
    if len(prompt) >= max_length:
        return None
    return TokenPair(pair.id, tuple(whole[:max_length]), len(prompt), cut=len(whole) > max_length)


def encode_preference(
    preference: Preference,
    tokenizer: Any,  # noqa: ANN401
    form: str,
    max_length: int,
) -> TokenPreference | None:
    """Return both sides as tokens, as :func:`encode` does; None where the prompt leaves no room."""
    chosen, rejected = (
        encode(side, tokenizer, form, max_length) for side in (preference.chosen, preference.rejected)
    )
    return TokenPreference(preference, (chosen, rejected)) if chosen and rejected else None


def _rendered(pair: Pair, tokenizer: Any, ours: str) -> str:  # noqa: ANN401
    if not ours and not tokenizer.chat_template:
        raise UsageError("the model has no chat template: use --prompts instruction")
    turns = [asdict(message) for message in pair.prompt]
    try:
        text: str = tokenizer.apply_chat_template(
            turns, chat_template=ours or None, tokenize=False, add_generation_prompt=True
        )
    except TemplateError as error:
        roles = ", ".join(message.role for message in pair.prompt)
        raise DataError(
            f"the chat template refuses row {pair.id}, whose turns are {roles} ({error}): leave such turns"
            " out, or use --prompts instruction"
        ) from error
    return text


def _pairs(line: TrainingLine, where: str) -> Iterator[Pair]:
    """Yield a pair for each turn of a row that is trained."""
    turns = line.turns
    marked = any(turn.train for turn in turns)
    trained = [number for number, turn in enumerate(turns) if _is_trained(turn, marked)]
    if not trained or trained[0] == 0:
        missing = "prompt or instruction" if trained else "completion or response"
        if line.chosen and line.rejected and not trained:
            raise DataError(f"{where} is a preference: add --recipe dpo")
        raise DataError(f"{where} has no {missing}: give rows of sharpen export or align select")
    texts = [part for turn in turns for part in (turn.role, turn.content)]
    if any("\ud800" <= character <= "\udfff" for text in texts for character in text):
        raise DataError(f"{where} has half of a surrogate pair, which no tokenizer reads: leave it out")
    messages = tuple(Message(turn.role, turn.content) for turn in turns)
    name = _text(line.id) or identity(*texts)
    group = _text(line.problem) or "\0".join(turn.content for turn in turns[: trained[0]])
    for count, number in enumerate(trained, 1):
        own = name if len(trained) == 1 else f"{name}-{count}"
        yield Pair(own, messages[:number], turns[number].content, group)


def _is_trained(turn: _Turn, marked: bool) -> bool:
    """Whether a turn is trained: one that its row marks; without any mark, each of the assistant's."""
    chosen = not marked if turn.train is None else turn.train
    return chosen and turn.role == "assistant" and bool(turn.content.strip())


def _text(name: str | float | None) -> str:
    return "" if name is None else str(name)


def _turns(text: str | list[_Turn], role: Literal["user", "assistant"]) -> list[_Turn]:
    return text if isinstance(text, list) else [_Turn(role, text)] if text else []


def counts(examples: Sequence[Example], given: int) -> Mapping[str, int]:
    """Return rows and tokens of ``examples``, and how many of ``given`` rows were left out or cut."""
    sides = [side for example in examples for side in example.sides]
    return {
        "rows": len(examples),
        "left_out": given - len(examples),
        "cut": sum(any(side.cut for side in example.sides) for example in examples),
        "tokens": sum(len(side.tokens) for side in sides),
        "response_tokens": sum(len(side.tokens) - side.prompt_tokens for side in sides),
    }
