"""The prompts of the methods, as text files, in sets that a run chooses with ``--prompts``.

- ``chat``: sharpen's own. A turn goes on in the conversation before it.
- ``paper``: the form of the papers' code in our words: a system role, a worked example, what was run.
- ``codellama``: the paper's form as one text for Code Llama, with ``[INST]`` and ``[PYTHON]`` marks.
- a folder: its files, named as those here, come before those of ``chat``.

A file is one user's turn in the conversation. Lines ``--- system ---``, ``--- user ---`` and
``--- assistant ---`` make it a conversation of its own.
"""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal, cast

from jinja2 import Environment, StrictUndefined, Template, TemplateError
from pydantic import AfterValidator

from sharpen.errors import DataError
from sharpen.types import Message, Prompt

Role = Literal["system", "user", "assistant"]
CHAT, PAPER, CODE_LLAMA = "chat", "paper", "codellama"
_PIN = "#sha256:"
_ROLE = re.compile(r"^--- (system|user|assistant) ---\n", re.MULTILINE)
_FENCE = re.compile(r"```(?:python)?\n(.*?)```", re.DOTALL)


def _pinned(word: str) -> str:
    """Return a folder's name with the hash of its files, so that a resumed run has the same prompts."""
    if word in (CHAT, PAPER, CODE_LLAMA):
        return word
    folder, _, known = word.partition(_PIN)
    texts = {str(p.relative_to(folder)): p.read_text("utf-8") for p in sorted(Path(folder).rglob("*.txt"))}
    if not texts:
        raise ValueError(
            f"{folder} is not a set of prompts (chat, paper, codellama) and no folder with .txt files"
        )
    if unknown := texts.keys() - set(names()):
        raise ValueError(f"{folder}/{min(unknown)} is not a prompt: there are {', '.join(sorted(names()))}")
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()[:16]
    if known and known != digest:
        raise ValueError(f"the prompts in {folder} have changed since the run began: restore them")
    return f"{folder}{_PIN}{digest}"


Prompts = Annotated[str, AfterValidator(_pinned)]
"""A set of prompts by name, or a folder; see :mod:`sharpen.methods.prompts`."""


@cache
def names() -> tuple[str, ...]:
    """Return the files that a folder of prompts may have."""
    here = files(__package__)
    own = [*_texts(here, ""), *_texts(here / "reflexion", "reflexion/"), *_texts(here / "paper", "")]
    return tuple(dict.fromkeys(own))


def _texts(folder: Traversable, before: str) -> list[str]:
    return [before + place.name for place in folder.iterdir() if place.name.endswith(".txt")]


@cache
def _template(name: str, word: str) -> Template | None:
    """Return a set's own template; None where it has none, and that of ``chat`` is meant."""
    folder = files(__package__) / PAPER if word in (PAPER, CODE_LLAMA) else Path(word.partition(_PIN)[0])
    place = (files(__package__) if word == CHAT else folder) / f"{name}.txt"
    if not place.is_file():
        return None
    # These are plain-text prompts: escaping for HTML would corrupt the code in them.
    plain = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701
    return plain.from_string(place.read_text("utf-8"))


def has(name: str, word: str) -> bool:
    """Whether a set has a prompt of its own for ``name``."""
    return word != CHAT and _template(name, word) is not None


def render(name: str, /, prompts: str = CHAT, **values: str | bool | Sequence[str]) -> str:
    """Return the prompt ``name`` of a set with its blanks filled in.

    Raises:
        DataError: a file of the user's folder has a blank without a value, or is not a template.
    """
    template = _template(name, prompts) or _template(name, CHAT)
    assert template is not None, f"there is no prompt {name}"
    try:
        return template.render(values)
    except TemplateError as error:
        raise DataError(f"the prompt {name}.txt of {prompts} cannot be filled in: {error}") from error


def turn(
    name: str, before: Sequence[Message], /, prompts: str = CHAT, **values: str | bool | Sequence[str]
) -> Prompt:
    """Return the prompt that asks ``name``: a turn after ``before``, or a conversation of its own."""
    text = render(name, prompts, **values)
    parts = _ROLE.split(text)
    if len(parts) == 1:
        return (*before, Message("user", text.strip()))
    messages = tuple(
        Message(cast("Role", role), content.strip())
        for role, content in zip(parts[1::2], parts[2::2], strict=True)
    )
    return _for_code_llama(messages) if prompts == CODE_LLAMA else messages


def _for_code_llama(messages: Sequence[Message]) -> str:
    """Return a conversation as the one text that Code Llama's instruct models were tuned on."""
    system = "".join(f"<<SYS>>\n{m.content}\n<</SYS>>\n\n" for m in messages if m.role == "system")
    text = ""
    for message in messages:
        content = _FENCE.sub(r"[PYTHON]\n\1[/PYTHON]", message.content)
        if message.role == "user":
            text += f"<s>[INST] {system}{content} [/INST]"
            system = ""
        elif message.role == "assistant":
            text += f" {content} </s>"
    return text
