"""Prompts on a page: each text once per tree, however many prompts repeat it."""

from dataclasses import dataclass

from sharpen.journal.steps import TreeRow


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """A message of a prompt.

    Attributes:
        role: who speaks.
        known: whether the row above was given it too.
        number: of its text among the texts of the tree.
        text: what it says; empty where an earlier message of the tree has the same number.
    """

    role: str
    known: bool
    number: int
    text: str


def prompt_messages(step: TreeRow, texts: dict[str, int]) -> tuple[PromptMessage, ...]:
    """Return a row's prompt, and add the texts that are new in this tree to ``texts``."""
    messages: list[PromptMessage] = []
    for place, message in enumerate(step.messages):
        new = message.content not in texts
        number = texts.setdefault(message.content, len(texts))
        text = message.content if new else ""
        messages.append(PromptMessage(message.role, place < step.known, number, text))
    return tuple(messages)
